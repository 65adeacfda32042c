package templates

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// faultsOf loads one file for the channels of everyFormat.
func faultsOf(t *testing.T, name, text string) string {
	t.Helper()
	o := options()
	o.Channels = everyFormat()
	_, err := Load(o, Builtin(), Layer{Name: "own", FS: fstest.MapFS{name: {Data: []byte(text)}}})
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatal(err)
	}
	return faults.Error()
}

func TestImageFaults(t *testing.T) {
	with := func(front string) string { return "+++\nsubject = \"x\"\n" + front + "\n+++\nтекст {{.a}}" }
	for name, c := range map[string]struct{ text, says string }{
		"no https":            {with(`image = "http://shop.example/a.jpg"`), `t/uk.md:3: front matter: the image "http://shop.example/a.jpg" is no https address`},
		"a file":              {with(`image = "bonus.jpg"`), "is no https address"},
		"a user":              {with(`image = "https://a@shop.example/b.jpg"`), "an image with a link without a plain host"},
		"a field as its host": {with(`image = "https://{{.a}}/b.jpg"`), "an image with a field in the host of a link"},
		"another format":      {with(`image = "https://shop.example/{{.a}}/b.webp?x=.jpg"`), `the image ends in "b.webp"`},
		"a page":              {with(`image = "https://shop.example/"`), "the image ends in"},
		"a choice":            {with(`image = "{{if .a}}https://shop.example/b.jpg{{end}}"`), "{{if}} in the image"},
		"a shape":             {with(`image = "https://shop.example/{{number .a}}.jpg"`), "inside a link"},
		"the way out":         {with(`image = "https://shop.example/{{way_out}}.jpg"`), "{{way_out}} inside a link"},
		"too much text":       {with(`image = "https://shop.example/b.jpg"`) + strings.Repeat(" слово", 130), "t/uk.md:3: 796 characters under a picture on viber with the example data, at most 768"},
		"a choice in subject": {"+++\nsubject = \"{{if .a}}x{{end}}\"\n+++\nx", "{{if}} in the subject"},
		"two subjects":        {"+++\nsubject = \"x\\ny\"\n+++\nx", "the subject has two lines"},
		"a way out in one":    {"+++\nsubject = \"{{way_out}}\"\n+++\nx", "{{way_out}} in the subject"},
		"no subject":          {"текст", "on email with the example data: template t has no subject"},
		"well":                {with(`image = "https://shop.example/{{.a}}"`), ""},
		"well, in capitals":   {with(`image = "HTTPS://shop.example/b.jpg"`), ""},
		"well, a whole link":  {with(`image = "{{.a}}"`), ""},
	} {
		if got := faultsOf(t, "t/uk.md", c.text); !strings.Contains(got, c.says) || c.says == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.says)
		}
	}
	if got := faultsOf(t, "t/uk.email.md", "текст"); !strings.Contains(got, "t/uk.email.md:1: an e-mail without a subject") {
		t.Errorf("a variant for e-mail: %q", got)
	}
}

func TestImageOfData(t *testing.T) {
	s := load(t, "+++\nimage = \"{{.a}}\"\n+++\nтекст")
	for data, want := range map[string]string{
		"https://shop.example/b.jpg?x=1": "https://shop.example/b.jpg?x=1", "HTTPS://shop.example/ж.png": "https://shop.example/%D0%B6.png",
		"http://shop.example/b.jpg": "", "javascript:x": "", "https://a@evil.example/": "", "bonus.jpg": "", "": "",
	} {
		r, err := s.Render(Input{Template: "t", Channel: "telegram", Format: Telegram, Data: map[string]any{"a": data}})
		var wrong *FieldError
		if r.Image != want || (err == nil) != (want != "") || err != nil && (!errors.As(err, &wrong) || wrong.Field != "a") {
			t.Errorf("%q: %q, %v", data, r.Image, err)
		}
	}
}

// Where a channel that is on shows no pictures, its people get the text alone: the operator is told.
func TestUnpictured(t *testing.T) {
	o := options()
	o.Channels = everyFormat()
	file := fstest.MapFS{
		"t/uk.md": {Data: []byte("+++\nsubject = \"x\"\nimage = \"https://shop.example/b.jpg\"\n+++\nтекст")},
		"u/uk.md": {Data: []byte("+++\nsubject = \"x\"\nimage = \"https://shop.example/b.jpg\"\n+++\nтекст")}, "u/uk.sms.md": {Data: []byte("текст")},
	}
	s, err := Load(o, Builtin(), Layer{Name: "own", FS: file})
	if err != nil {
		t.Fatal(err)
	}
	got := Faults(s.Unpictured(o)).Error()
	if want := "own/t/uk.md:3: the image is not shown on sms: the text goes alone; nothing need be done if the text says enough by itself"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
