package bots

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

func TestWhatAFileIs(t *testing.T) {
	jpeg, zip := "\xff\xd8\xff\xe0 a picture", "PK\x03\x04 a paper"
	for sentence, c := range map[string]struct {
		m          Media
		body       string
		kind, name string
	}{
		"a photo has no name":                      {Media{Type: "photo"}, jpeg, "image/jpeg", "photo.jpg"},
		"bytes count more than a name":             {Media{Type: "document", Name: "bill.pdf"}, jpeg, "image/jpeg", "bill.pdf"},
		"a paper is told from an archive by name":  {Media{Type: "document", Name: "Чек.DOCX"}, zip, papers[".docx"], "Чек.DOCX"},
		"an archive":                               {Media{Type: "document", Name: "a.zip"}, zip, "application/zip", "a.zip"},
		"a page is bytes":                          {Media{Type: "document", Name: "a.html"}, "<html><script>", "application/octet-stream", "a.html"},
		"folders are no name":                      {Media{Type: "document", Name: `..\..\etc/passwd`}, "x", "text/plain", "passwd.bin"},
		"nothing but dots":                         {Media{Type: "document", Name: "../.."}, "x", "text/plain", "document.bin"},
		"what turns the reading round is left out": {Media{Type: "document", Name: "bill\u202efdp.exe"}, "MZ", "text/plain", "billfdp.exe"},
		"a long one":                               {Media{Type: "document", Name: strings.Repeat("ї", 300) + ".pdf"}, "%PDF-1.7", "application/pdf", strings.Repeat("ї", 120) + ".pdf"},
		"a voice":                                  {Media{Type: "voice"}, "OggS\x00\x02", "application/ogg", "voice.ogg"},
		"an empty one":                             {Media{Type: "document"}, "", "text/plain", "document.bin"},
	} {
		got, err := NewCarried(opened{bytes.NewReader([]byte(c.body))}, c.m)
		if err != nil || got.Kind != c.kind || got.Name != c.name || got.Size != int64(len(c.body)) {
			t.Errorf("%s: %q %q %d, %v; want %q %q", sentence, got.Kind, got.Name, got.Size, err, c.kind, c.name)
		}
		if all, err := io.ReadAll(got); err != nil || string(all) != c.body {
			t.Errorf("%s: read %q, %v: it has to begin at the beginning", sentence, all, err)
		}
	}
}

func TestWhatAMessageOfOursCarries(t *testing.T) {
	m := &Message{Media: []Media{{Type: "photo", ID: "AgAC", From: Telegram}}}
	if x := m.Carried(); x == nil || x.ID != "AgAC" || m.Image() != "" {
		t.Errorf("a photo that is handed on is %v, with the address %q", x, m.Image())
	}
	m.Media[0] = Media{Type: "document", ID: "BQAC", From: Telegram}
	if m.Carried() == nil || m.File() != nil {
		t.Errorf("a paper that is handed on has the address %v", m.File())
	}
	m.Media = Picture("https://shop.example/a.jpg")
	if m.Carried() != nil || m.Image() == "" {
		t.Error("a picture with an address is none that is handed on")
	}
}
