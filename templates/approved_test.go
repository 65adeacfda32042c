package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// cloudy are options of a shop with WhatsApp Cloud.
func cloudy() Options {
	o := options()
	o.Channels = append(o.Channels, Channel{Name: "whatsapp_cloud", Format: WhatsApp, MaxText: 4096, MaxCaption: 1024, Answerable: true, Marketing: true, Window: true})
	return o
}

func loadCloudy(files map[string]string) (*Set, error) {
	own := fstest.MapFS{}
	for name, text := range files {
		own[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(cloudy(), Builtin(), Layer{Name: "own", FS: own})
}

// said writes an approved template on one line.
func said(a *Approved) string {
	if a == nil {
		return ""
	}
	s := a.Name + " " + a.Language
	if a.Header != "" {
		s += " [" + a.Header + "]"
	}
	for _, f := range a.Body {
		s += " " + f.Name + `="` + f.Text + `"`
	}
	for _, b := range a.Buttons {
		s += fmt.Sprintf(" %d:%s%s", b.Index, b.URL, b.Data)
	}
	return s
}

func TestApproved(t *testing.T) {
	with := func(rest string) string {
		return "+++\n[approved]\nname = \"bonus_added\"\n" + rest + "\n+++\nтекст {{.a}}"
	}
	for name, c := range map[string]struct {
		file, text string
		a          any
		want       string
	}{
		"a name alone":                 {"t/uk.md", with(""), "x", "bonus_added uk"},
		"in the language of its file":  {"t/en-US.md", with(""), "x", "bonus_added en_US"},
		"in another":                   {"t/uk.md", with(`language = "en_GB"`), "x", "bonus_added en_GB"},
		"values by number":             {"t/uk.md", with(`body = ["{{.a}}", "{{company}}"]`), "x", `bonus_added uk ="x" ="Shop & Co"`},
		"values by name":               {"t/uk.md", with(`body = { points = "{{.a}} балів", shop = "{{company}}" }`), 7, `bonus_added uk points="7 балів" shop="Shop & Co"`},
		"a shape":                      {"t/uk.md", with(`body = ["{{money .a}}"]`), "1200", "bonus_added uk =\"1\u00a0200\u00a0грн\""},
		"a picture":                    {"t/uk.md", with(`header = "https://shop.example/{{.a}}.jpg"`), "7/8", "bonus_added uk [https://shop.example/7%2F8.jpg]"},
		"what comes behind an address": {"t/uk.md", with(`buttons = [{ url = "c/{{.a}}" }]`), "7/8 ?", "bonus_added uk 0:c/7%2F8%20%3F"},
		"an answer":                    {"t/uk.md", with(`buttons = [{ index = 2, data = "more" }, { data = "less" }]`), "x", "bonus_added uk 2:more 1:less"},
		"data has no line ends":        {"t/uk.md", with(`body = ["{{.a}}"]`), "a\nb\t  c", `bonus_added uk ="a b c"`},
		"data never becomes a mark":    {"t/uk.md", with(`body = ["{{.a}}"]`), "*a*", "bonus_added uk =\"*\u200aa\u200a*\""},
		"data is never parsed":         {"t/uk.md", with(`body = ["{{.a}}"]`), "{{.b}}", `bonus_added uk ="{{.b}}"`},
		"a file for WhatsApp Cloud":    {"t/uk.whatsapp_cloud.md", with(""), "x", "bonus_added uk"},
		"a file without one has none":  {"t/uk.md", "текст {{.a}}", "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := loadCloudy(map[string]string{c.file: c.text, "t/uk.md": c.text})
			if c.file == "t/uk.whatsapp_cloud.md" {
				s, err = loadCloudy(map[string]string{c.file: c.text, "t/uk.md": "текст {{.a}}"})
			}
			if err != nil {
				t.Fatal(err)
			}
			locale, _, _ := strings.Cut(strings.TrimPrefix(c.file, "t/"), ".")
			in := Input{Template: "t", Locale: locale, Channel: "whatsapp_cloud", Format: WhatsApp, Data: map[string]any{"a": c.a}, Company: options().Company}
			r := render(t, s, in)
			if got := said(r.Approved); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !strings.Contains(r.Text, "текст") {
				t.Errorf("the free text is %q", r.Text)
			}
			in.Channel, in.Format = "telegram", Telegram
			if r := render(t, s, in); r.Approved != nil {
				t.Errorf("on Telegram it is %s", said(r.Approved))
			}
		})
	}
}

func TestApprovedNeedsItsData(t *testing.T) {
	s, err := loadCloudy(map[string]string{"t/uk.md": "+++\n[approved]\nname = \"x\"\nbody = [\"{{.a}}\"]\n[example]\na = \"1\"\n+++\nтекст"})
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Template: "t", Channel: "whatsapp_cloud", Format: WhatsApp}
	var field *FieldError
	if _, err := s.Render(in); !errors.As(err, &field) || field.Field != "a" {
		t.Errorf("without data: %v", err)
	}
	var empty *Empty
	in.Data = map[string]any{"a": " \n"}
	if _, err := s.Render(in); !errors.As(err, &empty) {
		t.Errorf("with an empty value: %v", err)
	}
	if fields, err := s.Fields("t"); err != nil || len(fields) != 1 || !fields[0].Required {
		t.Errorf("fields %+v, %v", fields, err)
	}
}

func TestApprovedFaults(t *testing.T) {
	with := func(rest string) string {
		return "+++\n[approved]\nname = \"bonus_added\"\n" + rest + "\n+++\nтекст {{.a}}"
	}
	for name, c := range map[string]struct{ file, text, says string }{
		"no name":                    {"uk.md", "+++\n[approved]\nlanguage = \"uk\"\n+++\nтекст", "t/uk.md:2: front matter: [approved] needs the name of the template at WhatsApp"},
		"another's letters":          {"uk.md", "+++\n[approved]\nname = \"Бонус\"\n+++\nтекст", "t/uk.md:3: front matter: [approved] needs the name"},
		"an unknown key":             {"uk.md", with(`footer = "x"`), `t/uk.md:4: front matter: unknown key "approved.footer"`},
		"an unknown key of a button": {"uk.md", with(`buttons = [{ text = "x" }]`), `unknown key "approved.text"`},
		"a file for another channel": {"uk.sms.md", with(""), "t/uk.sms.md:2: front matter: [approved] in a file for sms"},
		"a language":                 {"uk.md", with(`language = "ukrainian!"`), `language "ukrainian!" is none of WhatsApp's`},
		"a body of one text":         {"uk.md", with(`body = "x"`), "body is no list"},
		"a number in the body":       {"uk.md", with(`body = [7]`), "a place of the body that is no text"},
		"an empty place":             {"uk.md", with(`body = [""]`), "a place of the body that is no text"},
		"a place with a bad name":    {"uk.md", with(`body = { "Points" = "{{.a}}" }`), `a place named "Points"`},
		"a choice":                   {"uk.md", with(`body = ["{{if .a}}x{{end}}"]`), "t/uk.md:4: front matter: {{if}} in the body of [approved]"},
		"the way out":                {"uk.md", with(`body = ["{{way_out}}"]`), "{{way_out}} in the body"},
		"a field that is none":       {"uk.md", with(`body = ["{{.}}"]`), "t/uk.md:4:"},
		"a header that is no https":  {"uk.md", with(`header = "http://shop.example/a.jpg"`), "[approved] header: the image"},
		"a header of another format": {"uk.md", with(`header = "https://shop.example/a.webp"`), "WhatsApp takes addresses"},
		"a button without anything":  {"uk.md", with(`buttons = [{ index = 1 }]`), "a button needs either url or data"},
		"a button with both":         {"uk.md", with(`buttons = [{ url = "x", data = "y" }]`), "a button needs either url or data"},
		"two buttons in one place":   {"uk.md", with(`buttons = [{ data = "x" }, { index = 0, data = "y" }]`), "a button whose place is taken"},
		"a place that is none":       {"uk.md", with(`buttons = [{ index = 10, data = "x" }]`), "a button whose place is taken"},
		"data with a field":          {"uk.md", with(`buttons = [{ data = "{{.a}}" }]`), "data of a button is at most 32 plain ASCII"},
		"a shape in an address":      {"uk.md", with(`buttons = [{ url = "{{number .a}}" }]`), "an address has no language"},
		"a field that others lack":   {"uk.whatsapp_cloud.md", with(`body = ["{{.b}}"]`), "{{.b}} is not in own/t/uk.md"},
		"well":                       {"uk.md", with(`body = ["{{.a}}"]`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"t/uk.md": "текст {{.a}}"}
			files["t/"+c.file] = c.text
			_, err := loadCloudy(files)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.says) || c.says == "" && got != "" {
				t.Errorf("%q, want %q", got, c.says)
			}
		})
	}
}

func TestUnapproved(t *testing.T) {
	files := map[string]string{
		"with/uk.md":               "+++\n[approved]\nname = \"x\"\n+++\nтекст",
		"without/uk.md":            "+++\npurpose = \"marketing\"\n+++\nтекст {{way_out}}",
		"own/uk.md":                "текст",
		"own/uk.whatsapp_cloud.md": "+++\n[approved]\nname = \"y\"\n+++\nтекст",
	}
	s, err := loadCloudy(files)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Unapproved(cloudy())
	wantFiles(t, "some of its own", got, "builtin/bonus/uk.md", "builtin/order_ready/uk.md", "builtin/promo/uk.md", "own/without/uk.md")
	for _, f := range got {
		if !strings.Contains(f.Problem, "whatsapp_cloud") || !strings.Contains(f.Problem, "window_closed") || !strings.Contains(f.Fix, "[approved]") {
			t.Errorf("it warns: %v", f)
		}
	}
	unsold := cloudy()
	unsold.Channels[len(unsold.Channels)-1].Marketing = false
	wantFiles(t, "no cascade sells there", s.Unapproved(unsold), "builtin/bonus/uk.md", "builtin/order_ready/uk.md")
	unused := cloudy()
	unused.Channels[len(unused.Channels)-1].Unused = true
	wantFiles(t, "no cascade sends there", s.Unapproved(unused))
	own, err := loadCloudy(map[string]string{"bonus/uk.md": "+++\n[approved]\nname = \"x\"\n+++\nтекст", "welcome/uk.md": "вітаємо"})
	if err != nil {
		t.Fatal(err)
	}
	wantFiles(t, "one laid over a built-in one, and a welcome", own.Unapproved(cloudy()), "builtin/order_ready/uk.md", "builtin/promo/uk.md")
	if got := s.Unapproved(options()); len(got) != 0 {
		t.Errorf("no channel has a window, and it warns of %v", got)
	}
}

func wantFiles(t *testing.T, name string, faults []Fault, want ...string) {
	t.Helper()
	var got []string
	for _, f := range faults {
		got = append(got, f.File)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: it warns of %v, want %v", name, got, want)
	}
}
