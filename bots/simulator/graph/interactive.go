package graph

import "slices"

// readInteractive reads a message with something to press.
func readInteractive(o *object, d *draft) {
	i := o.needObject("interactive")
	i.need("type", "action")
	kind := i.text("type")
	read := actions()[kind]
	if kind != "" && read == nil {
		i.invalid("Param %s must be one of the types of interactive messages - got %q.", i.at("type"), kind)
		return
	}
	if i.wrong != nil {
		return
	}
	readFrame(i, d, kind)
	read(i.object("action"), d)
}

func actions() map[string]func(*object, *draft) {
	return map[string]func(*object, *draft){
		"button":                   readButtons,
		"list":                     readList,
		"cta_url":                  readURLButton,
		"product":                  readProduct,
		"product_list":             readProductList,
		"catalog_message":          readCatalog,
		"flow":                     readFlow,
		"location_request_message": named("send_location"),
		"call_permission_request":  named("call_permission_request"),
		"order_details":            named("review_and_pay"),
		"order_status":             named("review_order"),
	}
}

// readFrame reads what stands around the action: a header, the body, a footer.
func readFrame(i *object, d *draft, kind string) {
	if kind != "product" {
		i.need("body")
	}
	if i.Has("body") {
		most := maxBodyLen
		if kind == "list" {
			most = maxText
		}
		d.Text = i.object("body").filled("text", most)
	}
	if i.Has("footer") {
		d.Footer = i.object("footer").filled("text", maxShort)
	}
	if !i.Has("header") {
		if kind == "product_list" {
			i.need("header")
		}
		return
	}
	readHeader(i.object("header"), d, kind)
}

func readHeader(h *object, d *draft, kind string) {
	h.need("type")
	form := h.oneOf("type", "text", "image", "video", "document")
	if kind == "product" || kind == "list" && form != "text" || kind == "product_list" && form != "text" {
		h.refuse(refuse(notValid, "%s: no header of this type for %s", h.path, kind))
		return
	}
	switch form {
	case "text":
		d.Header = h.filled("text", maxShort)
		h.within("sub_text", maxShort)
	case "image", "video", "document":
		text := d.Text
		readMedia(h.needObject(form), d, form)
		d.Header, d.Text = form, text
	}
}

func readButtons(a *object, d *draft) {
	a.need("buttons")
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, b := range a.objects("buttons", 1, 3) {
		b.need("type")
		b.oneOf("type", "reply")
		r := b.needObject("reply")
		id, title := r.filled("id", maxID), r.filled("title", maxTitle)
		if ids[id] || titles[title] {
			r.refuse(refuse(notValid, "%s: ids and titles of buttons must differ", r.path))
		}
		if id != trimmed(id) {
			r.refuse(refuse(notValid, "%s begins or ends with a blank", r.at("id")))
		}
		ids[id], titles[title] = true, true
		d.Buttons = append(d.Buttons, Button{ID: id, Title: title})
	}
}

func readList(a *object, d *draft) {
	d.Menu = a.filled("button", maxTitle)
	a.need("sections")
	sections := a.objects("sections", 1, 10)
	ids := map[string]bool{}
	for _, sec := range sections {
		title := sec.within("title", 24)
		if title == "" && len(sections) > 1 {
			sec.need("title")
		}
		sec.need("rows")
		for _, r := range sec.objects("rows", 1, 10) {
			row := Row{title, r.filled("id", 200), r.filled("title", 24), r.within("description", 72)}
			if ids[row.ID] {
				r.refuse(refuse(notValid, "%s is there twice", r.at("id")))
			}
			ids[row.ID] = true
			d.Rows = append(d.Rows, row)
		}
	}
	if len(d.Rows) > 10 {
		a.refuse(refuse(notValid, "%s: at most 10 rows in all", a.at("sections")))
	}
}

func readURLButton(a *object, d *draft) {
	a.need("name")
	a.oneOf("name", "cta_url")
	p := a.needObject("parameters")
	b := Button{Title: p.filled("display_text", maxTitle), URL: p.filled("url", 2000)}
	d.Buttons = append(d.Buttons, b)
}

func readProduct(a *object, d *draft) {
	a.filled("catalog_id", maxID)
	a.filled("product_retailer_id", maxID)
}

func readProductList(a *object, d *draft) {
	a.filled("catalog_id", maxID)
	a.need("sections")
	for _, sec := range a.objects("sections", 1, 10) {
		sec.within("title", 24)
		sec.need("product_items")
		for _, p := range sec.objects("product_items", 1, 30) {
			p.filled("product_retailer_id", maxID)
		}
	}
}

func readCatalog(a *object, d *draft) {
	a.need("name")
	a.oneOf("name", "catalog_message")
	if a.Has("parameters") {
		a.object("parameters").text("thumbnail_product_retailer_id")
	}
}

func readFlow(a *object, d *draft) {
	a.need("name")
	a.oneOf("name", "flow")
	p := a.needObject("parameters")
	p.need("flow_message_version", "flow_cta")
	p.oneOf("flow_message_version", "3")
	d.Buttons = append(d.Buttons, Button{Title: p.filled("flow_cta", 30)})
	if p.Has("flow_id") == p.Has("flow_name") {
		p.refuse(refuse(notValid, "%s: either flow_id or flow_name", p.path))
	}
	p.text("flow_id")
	p.text("flow_name")
	p.text("flow_token")
	p.oneOf("mode", "draft", "published")
	p.oneOf("flow_action", "navigate", "data_exchange")
	if p.Has("flow_action_payload") {
		load := p.object("flow_action_payload")
		load.text("screen")
		load.object("data").Free()
	}
}

// named is an action that this server knows by its name alone: what is in its parameters is not looked at.
func named(name string) func(*object, *draft) {
	return func(a *object, d *draft) {
		a.need("name")
		a.oneOf("name", name)
		if a.Has("parameters") {
			a.object("parameters").Free()
		}
	}
}

func trimmed(s string) string {
	runes := []rune(s)
	first := slices.IndexFunc(runes, func(r rune) bool { return r != ' ' && r != '\t' && r != '\n' })
	if first < 0 {
		return ""
	}
	last := len(runes)
	for runes[last-1] == ' ' || runes[last-1] == '\t' || runes[last-1] == '\n' {
		last--
	}
	return string(runes[first:last])
}
