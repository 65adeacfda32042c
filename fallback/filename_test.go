package fallback

import (
	"strings"
	"testing"

	"kaskad/bots"
)

func TestNamesThatAFileMayHave(t *testing.T) {
	for name, fits := range map[string]bool{
		"":                             true,
		"рахунок 7 (копія).pdf":        true,
		"👨‍👩‍👧.jpg":                    true,
		"חשבונית.pdf":                  true,
		strings.Repeat("a", 200):       true,
		strings.Repeat("a", 201):       false,
		"a/b":                          false,
		`a\b`:                          false,
		"a\nb":                         false,
		"a\x7fb":                       false,
		"a\xffb":                       false,
		"invoice\u202efdp.exe":         false,
		"\u2066invoice.pdf":            false,
		"invoice\u200f.pdf":            false,
		"invoice\u061c.pdf":            false,
		"\u202ainvoice\u202c.pdf":      false,
		"\u2067invoice\u2069.pdf":      false,
		"invoice.pdf\u200e":            false,
		"invoice.pdf\u2068":            false,
		"a zero width joiner\u200d.md": true, // of pictures of several people
	} {
		reply := Reply{Text: "here", File: &bots.File{URL: "https://shop.example/1.pdf", Name: name}}
		err := reply.attachable(bots.WhatsApp, Channel{Limits: bots.Limits{Files: true, MaxCaption: 1000}})
		if wrong, ok := err.(*Invalid); fits != (err == nil) || !fits && (!ok || wrong.Field != "file.name") {
			t.Errorf("%q: %v, want it taken: %t", name, err, fits)
		}
	}
}
