package graph

import (
	"strings"
	"testing"
)

// order is a template with everything in it.
var order = Template{
	Name: "order_ready", Language: "uk", Category: "UTILITY",
	Header: "IMAGE", Body: "Замовлення {{1}} готове, {{2}}. Номер {{1}}.", Footer: "Kaskad",
	Buttons: []TemplateButton{{Text: "Дякую"}, {Text: "Пізніше"}, {Type: "URL", Text: "Де?", URL: "https://shop.example/o/{{1}}"}},
}

func component(kind string, params ...obj) obj { return obj{"type": kind, "parameters": params} }

func words(text string) obj { return obj{"type": "text", "text": text} }

func picture() obj { return obj{"type": "image", "image": obj{"link": "https://media.example/1.jpg"}} }

func buttonFor(index, sub string, p obj) obj {
	return obj{"type": "button", "sub_type": sub, "index": index, "parameters": []obj{p}}
}

func suffix(text string) obj { return buttonFor("2", "url", words(text)) }

// templated is a call of a template.
func templated(to, name, language string, components ...obj) obj {
	return message(to, "type", "template", "text", nil, "template", obj{"name": name, "language": obj{"code": language}, "components": components})
}

func TestATemplateIsFilled(t *testing.T) {
	s, g := start(t, Options{})
	must(t, s.AddTemplate(order))
	a := call(t, s, templated(boris, "order_ready", "uk", component("header", picture()), component("body", words("A-17"), words("Борисе")),
		buttonFor("0", "quick_reply", obj{"type": "payload", "payload": "thanks#d1/0"}), suffix("17")))
	if a.HTTP != 200 || a.Messages[0].Status != "accepted" {
		t.Fatalf("got %s", a.Raw)
	}
	m := s.Messages(boris)[0] // outside the window
	if m.Text != "Замовлення A-17 готове, Борисе. Номер A-17." || m.Header != "image" || m.Footer != "Kaskad" || m.Template != "order_ready" || m.Category != "UTILITY" {
		t.Errorf("shown %+v", m)
	}
	if b := m.Buttons; len(b) != 3 || b[0].ID != "thanks#d1/0" || b[1].ID != "Пізніше" || b[2].URL != "https://shop.example/o/17" {
		t.Errorf("buttons %+v", b)
	}
	must(t, second(s.Press(boris, a.id(), 0)))
	if err := second(s.Press(boris, a.id(), 2)); err == nil {
		t.Error("a button that opens an address tells nobody")
	}
	values := g.values(t, s)
	last := values[len(values)-1].Messages[0]
	if last.Type != "button" || last.Button.Payload != "thanks#d1/0" || last.Button.Text != "Дякую" || last.Context.ID != a.id() || last.Context.From != DefaultPhone {
		t.Errorf("told %+v", last)
	}
	if p := values[0].Statuses[0].Pricing; p.Category != "utility" {
		t.Errorf("pricing %+v", p)
	}
}

func TestTemplateRefusals(t *testing.T) {
	head, body := component("header", picture()), component("body", words("A-17"), words("B"))
	named := func(name, text string) obj { return obj{"type": "text", "parameter_name": name, "text": text} }
	tests := map[string]struct {
		body obj
		http int
		code int
		says string
	}{
		"one that is not there":        {templated(anna, "order_gone", "uk"), 404, 132001, "template name (order_gone) does not exist in uk"},
		"another language":             {templated(anna, "order_ready", "en", head, body, suffix("1")), 404, 132001, "does not exist in en"},
		"one that waits":               {templated(anna, "waits", "uk"), 404, 132001, "waits"},
		"a paused one":                 {templated(anna, "paused", "uk"), 400, 132015, "paused due to low quality"},
		"a disabled one":               {templated(anna, "disabled", "uk"), 400, 132016, "permanently disabled"},
		"too few parameters":           {templated(anna, "order_ready", "uk", head, component("body", words("A")), suffix("1")), 400, 132000, "localizable_params (1) does not match the expected number of params (2)"},
		"too many parameters":          {templated(anna, "order_ready", "uk", head, component("body", words("A"), words("B"), words("C")), suffix("1")), 400, 132000, "params (3)"},
		"no components":                {templated(anna, "order_ready", "uk"), 400, 132012, "expected IMAGE, received UNKNOWN"},
		"a header of another kind":     {templated(anna, "order_ready", "uk", component("header", words("x")), body, suffix("1")), 400, 132012, "expected IMAGE, received TEXT"},
		"a header where there is none": {templated(anna, "named", "uk", head, component("body", named("name", "A"))), 400, 132012, "expected NONE, received IMAGE"},
		"a header with a caption": {templated(anna, "order_ready", "uk", component("header", obj{"type": "image", "image": obj{"link": "https://a.example/1.jpg", "caption": "x"}}), body, suffix("1")), 400, 100,
			`Unexpected key "caption"`},
		"no suffix for the link":         {templated(anna, "order_ready", "uk", head, body), 400, 131008, "Button at index 2 of type Url requires a parameter"},
		"a link for a quick reply":       {templated(anna, "order_ready", "uk", head, body, suffix("1"), buttonFor("0", "url", words("x"))), 400, 132012, "index 0 is of the type quick_reply, not url"},
		"a text for a quick reply":       {templated(anna, "order_ready", "uk", head, body, suffix("1"), buttonFor("0", "quick_reply", words("x"))), 400, 132012, "takes a payload"},
		"a payload for a link":           {templated(anna, "order_ready", "uk", head, body, buttonFor("2", "url", obj{"type": "payload", "payload": "x"})), 400, 132012, "takes a text"},
		"a button beyond the last":       {templated(anna, "order_ready", "uk", head, body, suffix("1"), buttonFor("3", "quick_reply", obj{"type": "payload", "payload": "x"})), 400, 132000, "no button at index 3"},
		"an index that is none":          {templated(anna, "order_ready", "uk", buttonFor("first", "url", words("x"))), 400, 100, "['index'] must be a number"},
		"an index of ten":                {templated(anna, "order_ready", "uk", buttonFor("10", "url", words("x"))), 400, 100, "['index'] must be between 0 and 9"},
		"a button without an index":      {templated(anna, "order_ready", "uk", obj{"type": "button", "sub_type": "url", "parameters": []obj{words("x")}}), 400, 100, "['index'] is required"},
		"a payload too long":             {templated(anna, "order_ready", "uk", head, body, suffix("1"), buttonFor("0", "quick_reply", obj{"type": "payload", "payload": long(257)})), 400, 100, "at most 256"},
		"a line break in a parameter":    {templated(anna, "order_ready", "uk", head, component("body", words("A\nB"), words("B")), suffix("1")), 400, 100, "new-line/tab"},
		"five blanks in a parameter":     {templated(anna, "order_ready", "uk", head, component("body", words("A     B"), words("B")), suffix("1")), 400, 100, "4 consecutive spaces"},
		"an empty parameter":             {templated(anna, "order_ready", "uk", head, component("body", words(""), words("B")), suffix("1")), 400, 131008, "missing text value"},
		"a parameter that is no text":    {templated(anna, "order_ready", "uk", head, component("body", obj{"type": "text", "text": true}, words("B")), suffix("1")), 400, 100, "must be a string"},
		"too long when filled":           {templated(anna, "order_ready", "uk", head, component("body", words(long(600)), words("B")), suffix("1")), 400, 132005, "at most 1024"},
		"no name for a named place":      {templated(anna, "named", "uk", component("body", words("A"))), 400, 100, "Parameter name is missing"},
		"another name for a named place": {templated(anna, "named", "uk", component("body", named("surname", "A"))), 400, 100, "no parameter is named name"},
		"a name for a numbered place":    {templated(anna, "order_ready", "uk", head, component("body", named("a", "A"), named("b", "B")), suffix("1")), 400, 100, "no named parameters"},
		"an unknown component":           {templated(anna, "named", "uk", component("footer", words("x"))), 400, 100, "must be one of {HEADER, BODY, BUTTON}"},
		"an unknown key":                 {templated(anna, "named", "uk", obj{"type": "body", "params": []obj{}}), 400, 100, `Unexpected key "params" on param "template['components'][0]".`},
		"no language":                    {message(anna, "type", "template", "text", nil, "template", obj{"name": "named"}), 400, 100, "template['language'] is required"},
		"another policy":                 {message(anna, "type", "template", "text", nil, "template", obj{"name": "named", "language": obj{"code": "uk", "policy": "fallback"}}), 400, 100, "['policy'] must be one of"},
	}
	s, _ := start(t, Options{})
	must(t, s.AddTemplate(order))
	must(t, s.AddTemplate(Template{Name: "named", Language: "uk", Body: "Hi {{name}}"}))
	for name, status := range map[string]string{"waits": "PENDING", "paused": "PAUSED", "disabled": "DISABLED"} {
		must(t, s.AddTemplate(Template{Name: name, Language: "uk", Body: "Hi", Status: status}))
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := call(t, s, tt.body)
			if a.HTTP != tt.http || a.Error.Code != tt.code || !strings.Contains(a.Error.Message+" "+a.Error.Data.Details, tt.says) {
				t.Errorf("got %d %s, want %d, %d: %s", a.HTTP, a.Raw, tt.http, tt.code, tt.says)
			}
		})
	}
	if a := call(t, s, templated(anna, "named", "uk", component("body", named("name", "A")))); a.HTTP != 200 || s.Messages(anna)[0].Text != "Hi A" {
		t.Errorf("got %s", a.Raw)
	}
	must(t, s.SetTemplate("named", "uk", "PAUSED", ""))
	if a := call(t, s, templated(anna, "named", "uk", component("body", named("name", "A")))); a.Error.Code != 132015 {
		t.Errorf("got %s", a.Raw)
	}
}

func TestTheLibraryListsTemplates(t *testing.T) {
	s, _ := start(t, Options{})
	must(t, s.AddTemplate(order))
	must(t, s.AddTemplate(Template{Name: "named", Language: "uk", Body: "Hi {{name}}", Status: "PAUSED"}))
	a := ask(t, s, "GET", "/v23.0/"+s.WABA()+"/message_templates?name=order", s.Token(), "", nil)
	if a.HTTP != 200 || !strings.Contains(a.Raw, `"name":"order_ready"`) || !strings.Contains(a.Raw, `"format":"IMAGE"`) || strings.Contains(a.Raw, `"named"`) {
		t.Errorf("got %s", a.Raw)
	}
}
