package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// everyFormat are the channels of a shop of the future, each with its format.
func everyFormat() []Channel {
	return []Channel{
		{Name: "telegram", Format: Telegram, MaxText: 4096, MaxCaption: 1024, Answerable: true, Marketing: true},
		{Name: "viber", Format: Viber, MaxText: 7000, MaxCaption: 768, Answerable: true, Marketing: true},
		{Name: "whatsapp", Format: WhatsApp, MaxText: 4096, MaxCaption: 1024, Answerable: true, Marketing: true},
		{Name: "sms", Format: SMS, Parts: ucs2Parts, MaxParts: 20, Marketing: true},
		{Name: "email", Format: Email, Marketing: true},
	}
}

// Each file of testdata/formats is one template and data, then what every channel is handed.
func TestFormats(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %v", files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := string(txtar.Format(inFormats(t, archive)))
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want := string(txtar.Format(archive)); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
		}
	}
}

func inFormats(t *testing.T, a *txtar.Archive) *txtar.Archive {
	out := &txtar.Archive{Comment: a.Comment, Files: slices.Clone(a.Files[:2])}
	o := options()
	o.Channels = everyFormat()
	s, err := Load(o, Builtin(), Layer{Name: "own", FS: fstest.MapFS{"t/uk.md": {Data: a.Files[0].Data}}})
	if err != nil {
		t.Fatal(err)
	}
	data := decode(t, string(a.Files[1].Data))
	for _, ch := range o.Channels {
		r := render(t, s, Input{Template: "t", Channel: ch.Name, Format: ch.Format, Data: data, WayOut: o.WayOut, Company: o.Company})
		texts := [][2]string{{"", r.Markup}, {" text", r.Text}, {" subject", r.Subject}, {" image", r.Image}, {" units", fmt.Sprint(r.Units)}}
		for _, b := range r.Buttons {
			texts = append(texts, [2]string{" button", fmt.Sprintf("%q %q %q", b.Text, b.URL, b.Data)})
		}
		for _, text := range texts {
			if text[1] != "" {
				out.Files = append(out.Files, txtar.File{Name: ch.Name + text[0], Data: []byte(visibly(text[1]) + "\n")})
			}
		}
		if problem := badTelegram(r.Markup); ch.Format == Telegram && problem != "" {
			t.Errorf("%s: %s", problem, r.Markup)
		}
	}
	return out
}

// visibly shows what nobody sees.
func visibly(s string) string {
	return strings.NewReplacer("\u200a", "{hair}", "\u2060", "{joiner}", "\u02cb", "{grave}").Replace(s)
}
