package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

// refusedExamples are those of Meta's own examples that its documentation does not allow.
var refusedExamples = map[string]string{
	"Send Reply to List Message":            "Parameter 'text' is mandatory for type 'text'", // it has no type, which is text then
	"Send Sample Issue Resolution Template": "must be a string",                              // a text is true, another false
}

func TestMetasExamplesAreTaken(t *testing.T) {
	examples := readExamples(t, "testdata/send-examples.json")
	if len(examples) != 50 {
		t.Fatalf("%d examples, want 50", len(examples))
	}
	taken := 0
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			body := fillExample(t, s, examples[name].(obj))
			a := call(t, s, body)
			if want := refusedExamples[name]; want != "" {
				if a.HTTP != 400 || !strings.Contains(a.Error.Message+a.Error.Data.Details, want) {
					t.Errorf("got %s, want a refusal: %s", a.Raw, want)
				}
				return
			}
			if name == "Send typing indicator and read receipt" {
				if a.HTTP != 200 || !a.Success {
					t.Errorf("got %s", a.Raw)
				}
				taken++
				return
			}
			if a.HTTP != 200 || a.id() == "" || a.Contacts[0].WaID == "" {
				t.Fatalf("%s\ngot %s", stagetest.JSON(t, body), a.Raw)
			}
			taken++
			if got := s.Statuses(a.id()); !slices.Equal(got, []string{"sent", "delivered"}) {
				t.Errorf("told %v", got)
			}
			if odd := s.Oddities(); len(odd) > 0 {
				t.Errorf("odd: %v", odd)
			}
		})
	}
	if taken != 48 {
		t.Errorf("%d of 50 are taken, want 48", taken)
	}
}

func readExamples(t *testing.T, path string) obj {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	var out obj
	must(t, json.Unmarshal(raw, &out))
	return out
}

// fillExample puts real values where an example has placeholders, and makes what it speaks of: media, messages, the template.
func fillExample(t *testing.T, s *Server, example obj) obj {
	t.Helper()
	for _, phone := range []string{"16505551234", "16315555555"} {
		must(t, s.AddPerson(Person{Phone: phone, Wrote: true}))
	}
	earlier := got2[string](t)(s.Say(anna, "earlier"))
	values := map[string]string{
		"{{Recipient-Phone-Number}}": anna, "{{Recipient-WA-Phone-Number}}": anna, "<HEADER_TYPE>": "text",
		"<MSGID_OF_PREV_MSG>": earlier, "<MSGID_OF_MSG_YOU_ARE_REPLYING_TO>": earlier, "wamid.HBgLM...": earlier,
		"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUYzMjEzNDM2RTZGQ0MzMDJBRgA=": earlier,
		"<AUDIO_OBJECT_ID>": got2[string](t)(s.AddMedia("audio/ogg", []byte("a"))), "<IMAGE_OBJECT_ID>": got2[string](t)(s.AddMedia("image/png", []byte("i"))),
		"<VIDEO_OBJECT_ID>": got2[string](t)(s.AddMedia("video/mp4", []byte("v"))), "<DOCUMENT_OBJECT_ID>": got2[string](t)(s.AddMedia("application/pdf", []byte("d"))),
		"<MEDIA_OBJECT_ID>": got2[string](t)(s.AddMedia("image/webp", []byte("s"))),
	}
	out := replace(example, values).(obj)
	if call, ok := out["template"].(obj); ok {
		must(t, s.AddTemplate(templateFor(call)))
	}
	return out
}

func replace(v any, values map[string]string) any {
	switch v := v.(type) {
	case obj:
		out := obj{}
		for name, inner := range v {
			out[name] = replace(inner, values)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, replace(inner, values))
		}
		return out
	case string:
		if value, ok := values[v]; ok {
			return value
		}
		if _, rest, ok := strings.Cut(v, "http(s)://"); ok {
			return "https://media.example/" + strings.TrimSuffix(rest, ">")
		}
	}
	return v
}

// templateFor is a template that an example's call fits.
func templateFor(call obj) Template {
	t := Template{Name: call["name"].(string), Language: call["language"].(obj)["code"].(string), Body: "Hello"}
	components, _ := call["components"].([]any)
	for _, c := range components {
		c := c.(obj)
		params := c["parameters"].([]any)
		switch c["type"] {
		case "header":
			t.Header = strings.ToUpper(params[0].(obj)["type"].(string))
		case "body":
			for i := range params {
				t.Body += fmt.Sprintf(" {{%d}}", i+1)
			}
		case "button":
			t.Buttons = append(t.Buttons, TemplateButton{Type: strings.ToUpper(c["sub_type"].(string)), Text: fmt.Sprintf("Button %v", c["index"])})
		}
	}
	return t
}
