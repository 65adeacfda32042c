package graph

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Template is a message that Meta has approved, or not.
type Template struct {
	Name     string
	Language string // uk, en_US
	Category string // MARKETING, UTILITY, AUTHENTICATION; "" = UTILITY
	Status   string // APPROVED, PAUSED, DISABLED, PENDING, REJECTED; "" = APPROVED
	Held     bool   // Meta looks at the quality first: messages wait for ReleaseHeld

	Header     string // TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION; "" = none
	HeaderText string // of a TEXT header, with at most one place
	Body       string // with places {{1}}, {{2}}, … or {{name}}
	Footer     string
	Buttons    []TemplateButton
}

// TemplateButton is a button of a template.
type TemplateButton struct {
	Type string // QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, CATALOG, FLOW; "" = QUICK_REPLY
	Text string
	URL  string // with at most one place, at its end: https://shop.example/{{1}}
}

// AddTemplate makes a template known, or replaces it.
func (s *Server) AddTemplate(t Template) error {
	if t.Name == "" || t.Language == "" || t.Body == "" {
		return fmt.Errorf("graph simulator: template %q needs a name, a language and a body", t.Name)
	}
	t.Category = cmp.Or(t.Category, "UTILITY")
	t.Status = cmp.Or(t.Status, "APPROVED")
	if t.HeaderText != "" {
		t.Header = cmp.Or(t.Header, "TEXT")
	}
	t.Buttons = slices.Clone(t.Buttons)
	for i := range t.Buttons {
		t.Buttons[i].Type = cmp.Or(t.Buttons[i].Type, "QUICK_REPLY")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.templates[t.Name+" "+t.Language] = &t
	return nil
}

// SetTemplate pauses, disables or approves a template, or moves it to another category; "" leaves as it is.
func (s *Server) SetTemplate(name, language, status, category string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.templates[name+" "+language]
	if old == nil {
		return fmt.Errorf("graph simulator: there is no template %s in %s", name, language)
	}
	changed := *old
	if status != "" {
		changed.Status = status
	}
	if category != "" {
		changed.Category = category
	}
	s.templates[name+" "+language] = &changed
	return nil
}

func categoryName(category string) string { return strings.ToLower(category) }

var (
	places  = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)
	badRuns = regexp.MustCompile(`[\n\t]| {5,}`)
)

// placesOf are the names of the places of a text, each once, in order.
func placesOf(text string) []string {
	var out []string
	for _, m := range places.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

func isNumbered(names []string) bool {
	return len(names) == 0 || strings.Trim(names[0], "0123456789") == ""
}

// templateCall is a template with what fills it, as a call has them.
type templateCall struct {
	header, body []param
	hasHeader    bool
	buttons      map[int]buttonParam
}

// param fills one place.
type param struct{ kind, name, text string }

// buttonParam fills a button.
type buttonParam struct {
	sub, kind, text string
	path            string
}

// readTemplate reads the shape of a template call; whether it fits the template is looked at later.
func readTemplate(o *object, d *draft) {
	t := o.needObject("template")
	d.Template = t.filled("name", 512)
	lang := t.needObject("language")
	d.Language = lang.filled("code", maxID)
	lang.oneOf("policy", "deterministic")
	d.params = &templateCall{buttons: map[int]buttonParam{}}
	for _, c := range t.objects("components", 0, 20) {
		c.need("type")
		switch strings.ToLower(c.text("type")) {
		case "header":
			d.params.hasHeader = true
			d.params.header = readParams(c, d, "text", "image", "video", "document", "location")
		case "body":
			d.params.body = readParams(c, d, "text", "currency", "date_time")
		case "button":
			readTemplateButton(c, d)
		case "":
		default:
			c.invalid("Param %s must be one of {HEADER, BODY, BUTTON} - got %q.", c.at("type"), c.text("type"))
		}
	}
}

func readParams(c *object, d *draft, kinds ...string) []param {
	var out []param
	for _, p := range c.objects("parameters", 0, 100) {
		p.need("type")
		kind := strings.ToLower(p.text("type"))
		if kind != "" && !slices.Contains(kinds, kind) {
			p.refuse(refuse(paramFormat, "%s: %q does not fit here", p.at("type"), kind))
			return out
		}
		out = append(out, readParam(p, d, kind))
	}
	return out
}

func readParam(p *object, d *draft, kind string) param {
	out := param{kind: kind, name: p.text("parameter_name")}
	switch kind {
	case "text":
		out.text = p.text("text")
		if out.text == "" && p.wrong == nil {
			p.refuse(refuse(missing, "Parameter of type text is missing text value"))
		}
		if badRuns.MatchString(out.text) {
			p.refuse(refuse(badParameter, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"))
		}
	case "currency":
		c := p.needObject("currency")
		out.text = c.filled("fallback_value", maxBodyLen)
		c.filled("code", 3)
		c.need("amount_1000")
		c.decimal("amount_1000")
	case "date_time":
		t := p.needObject("date_time")
		out.text = t.filled("fallback_value", maxBodyLen)
		t.Free() // "For Cloud API, this fallback value is always used"
	case "location":
		p.needObject("location").Free()
	case "image", "video", "document":
		readTemplateMedia(p.needObject(kind), d, kind)
	}
	return out
}

// readTemplateMedia reads the medium of a header: it has no caption.
func readTemplateMedia(m *object, d *draft, kind string) {
	if m.Has("caption") {
		m.invalid("Unexpected key \"caption\" on param %q.", m.path)
	}
	readMedia(m, d, kind)
}

func readTemplateButton(c *object, d *draft) {
	c.need("sub_type", "index")
	b := buttonParam{sub: strings.ToLower(c.text("sub_type")), path: c.path}
	if !slices.Contains([]string{"quick_reply", "url", "catalog", "flow", "copy_code", "voice_call", ""}, b.sub) {
		c.invalid("Param %s is no type of button - got %q.", c.at("sub_type"), b.sub)
	}
	index, _ := c.decimal("index")
	if index < 0 || index > 9 {
		c.invalid("Param %s must be between 0 and 9.", c.at("index"))
	}
	for _, p := range c.objects("parameters", 1, 1) {
		p.need("type")
		b.kind = strings.ToLower(p.text("type"))
		b.text = readButtonParam(p, b.kind)
	}
	d.params.buttons[int(index)] = b
}

func readButtonParam(p *object, kind string) string {
	switch kind {
	case "payload":
		return p.filled("payload", maxID)
	case "text":
		return p.filled("text", 2000)
	case "coupon_code":
		return p.filled("coupon_code", 15)
	case "action":
		p.needObject("action").Free()
	case "":
	default:
		p.refuse(refuse(paramFormat, "%s: %q does not fit here", p.at("type"), kind))
	}
	return ""
}
