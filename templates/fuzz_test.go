package templates

import (
	"errors"
	"html"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// hostile is data that wants to be something else than data.
var hostile = []string{
	"**bold** _it_ ~~s~~ `code` ``` \\*", "<b>x</b><script>&lt;&amp;\"'", "[x](http://evil.example)", "{{.x}}{{way_out}}{{end}}",
	"a\r\nb\n\n\n\n- c\n> d\n# e\n```\n", "\x00\x01\x7f\u0085\u2028", "\u202eabc\u2066\u202a", "\xff\xfe\xc3", "\ue000\ue001\uf8ff",
	"javascript:alert(1)", "https://good.example@evil.example/", "https://ok.example/\"><b>", "", " ", strings.Repeat("ж<", 3000), "&#60;b&#62;", "\ufffe\U0010ffff",
}

// everywhere has fields in every place a field may be.
const everywhere = `+++
buttons = [{ text = "B {{.a}}", url = "https://shop.example/{{.b}}" }, { text = "{{.b}}", data = "x" }]
+++
# {{.a}}
**{{.a}}**{{.b}}*{{.b}}* ~~{{.a}}~~ ` + "`{{.b}}`" + ` [{{.a}}](https://shop.example/{{.b}}?c={{.a}}#{{.b}}) \{{.a}}&{{.b}};
{{if .c}}[w]({{.c}}){{else}}{{.a}}{{end}}
> {{.b}}
> 1. {{.a}}
>    - **{{.b}}**

` + "```\n{{.a}}\n```\n"

var tags = regexp.MustCompile(`<[^>]*>`)
var href = regexp.MustCompile(`href="https?://[^"]*"`)

// skeleton is the marks of a text without the words between them.
func skeleton(markup string) string {
	return href.ReplaceAllString(strings.Join(tags.FindAllString(markup, -1), ""), `href="web"`)
}

// inspect holds one rendering to what is promised for all data.
func inspect(t *testing.T, s *Set, in Input) (markup string, ok bool) {
	t.Helper()
	in.Format, in.WayOut, in.Company = Telegram, options().WayOut, options().Company
	r, err := s.Render(in)
	var tooLong *TooLong
	var field *FieldError
	var empty *Empty
	if errors.As(err, &tooLong) || errors.As(err, &field) || errors.As(err, &empty) {
		return "", false
	}
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	if problem := badTelegram(r.Markup); problem != "" {
		t.Fatalf("%s\n%s", problem, r.Markup)
	}
	words := html.UnescapeString(tags.ReplaceAllString(r.Markup, ""))
	if n := units(words); n > 4096 {
		t.Fatalf("%d units", n)
	}
	in.Format = SMS
	sms, err := s.Render(in)
	if err != nil {
		t.Fatalf("as SMS: %v", err)
	}
	texts := []string{words, r.Text, sms.Text}
	for _, b := range r.Buttons {
		texts = append(texts, b.Text, b.URL)
	}
	for _, f := range []Format{Viber, WhatsApp, Email} {
		in.Format = f
		other, err := s.Render(in)
		var subject *NoSubject
		if err != nil && !errors.As(err, &tooLong) && !errors.As(err, &subject) {
			t.Fatalf("as %v: %v", f, err)
		}
		texts = append(texts, other.Markup, other.Text, other.Subject, other.Image)
	}
	for _, text := range texts {
		if problem := unfit(text); problem != "" {
			t.Fatalf("%s in %q", problem, text)
		}
	}
	return r.Markup, true
}

// unfit tells what of text should not have come through.
func unfit(text string) string {
	if !utf8.ValidString(text) {
		return "invalid UTF-8"
	}
	for _, r := range text {
		switch {
		case r < ' ' && r != '\n', r >= 0x7f && r < 0xa0:
			return "a control character"
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return "a direction override"
		case r >= firstPlaceholder && r <= lastPlaceholder:
			return "a placeholder"
		}
	}
	return ""
}

// FuzzData: whatever the data, the marks of a text are those its author wrote.
func FuzzData(f *testing.F) {
	for i, h := range hostile {
		f.Add(h, hostile[(i+1)%len(hostile)], "https://track.example/"+h)
	}
	s := load(f, everywhere)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		markup, ok := inspect(t, s, Input{Template: "t", Channel: "telegram", Data: map[string]any{"a": a, "b": b, "c": c}})
		if !ok {
			return
		}
		calm := Input{Template: "t", Channel: "telegram", Format: Telegram, Data: map[string]any{"a": "x", "b": "y", "c": ""}}
		if truth(c) {
			calm.Data["c"] = "https://z.example"
		}
		r, err := s.Render(calm)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := skeleton(markup), skeleton(r.Markup); got != want {
			t.Fatalf("data changed the marks:\n%s\nwant\n%s", got, want)
		}
	})
}

// FuzzFile: whatever the file, it is refused with a reason or renders well.
func FuzzFile(f *testing.F) {
	f.Add(everywhere)
	for _, h := range hostile {
		f.Add(h)
		f.Add("+++\n" + h + "\n+++\n" + h)
	}
	f.Add("{{if .a}}**{{else}}[{{end}}{{.b}}**](https://x.example/{{.a}})")
	f.Add("> > - `{{.a}}` **`x`** [`y`](tg://z?{{.b}})\n\n    code {{.a}}\n\n1) a\n\n   b\n***")
	f.Add("[a][b] <https://x.example/{{.a}}>\n\n[b]: {{.b}}\n[c]: <x>")
	words, err := Builtin().FS.(fs.ReadFileFS).ReadFile(phrasesFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if len(file) > 2000 {
			return // only slower
		}
		s, err := Load(options(), Layer{Name: "own", FS: fstest.MapFS{"phrases.toml": {Data: words}, "t/uk.md": {Data: []byte(file)}}})
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("Load: %v", err)
			}
			for _, fault := range faults {
				if fault.File == "" || fault.Problem == "" || fault.Fix == "" || fault.Line > strings.Count(file, "\n")+2 {
					t.Fatalf("%+v", fault)
				}
			}
			return
		}
		fields, err := s.Fields("t")
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hostile {
			data := map[string]any{}
			for _, field := range fields {
				data[field.Name] = h
			}
			inspect(t, s, Input{Template: "t", Channel: "telegram", Data: data})
		}
	})
}
