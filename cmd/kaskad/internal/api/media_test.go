package api_test

import (
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

func TestAFileIsADownloadWhateverItSays(t *testing.T) {
	d := newDesk(t)
	d.seed()
	at := &d.said[0].Message
	path := "/v1/conversations/ext:C-100/messages/" + at.ID.String() + "/media/0"
	for sentence, c := range map[string]struct{ body, name, kind, disposition string }{
		"a paper":                     {"%PDF-1.7 …", "price list.pdf", "application/pdf", `attachment; filename="price list.pdf"`},
		"a picture":                   {"\x89PNG\x0d\x0a\x1a\x0a", "", "image/png", "attachment"},
		"a page that calls itself so": {"<!DOCTYPE html><script>alert(1)</script>", "photo.jpg", "application/octet-stream", "attachment; filename=photo.jpg"},
		"a drawing with a script":     {`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`, "a.svg", "application/octet-stream", "attachment; filename=a.svg"},
		"words":                       {"hello", "a.txt", "application/octet-stream", "attachment; filename=a.txt"},
		"a name with a way out":       {"hello", "../../a\r\nSet-Cookie: x\"", "application/octet-stream", `attachment; filename="....aSet-Cookie: x\""`},
		"a name in another script":    {"hello", "чек.pdf", "application/octet-stream", "attachment; filename*=utf-8''%D1%87%D0%B5%D0%BA.pdf"},
	} {
		at.Media = []bots.Media{{Type: "document", ID: c.body, Name: c.name}}
		w := d.call(people.Read, "GET", path, "")
		h := w.Header()
		if w.Code != 200 || w.Body.String() != c.body || h.Get("Content-Type") != c.kind || h.Get("Content-Disposition") != c.disposition {
			t.Errorf("%s: %d %v", sentence, w.Code, h)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: a browser is told %v", sentence, h)
		}
	}
}

func TestAFileThatCannotBeHad(t *testing.T) {
	d := newDesk(t)
	d.seed()
	at := &d.said[0].Message
	path := "/v1/conversations/ext:C-100/messages/" + at.ID.String() + "/media/0"
	for ref, want := range map[string]struct {
		status int
		code   string
	}{"": {404, "no_media"}, "gone": {410, "media_gone"}, "large": {422, "media_too_large"}, "later": {503, "media_not_ready"}} {
		at.Media = []bots.Media{{Type: "document", ID: ref}}
		if w := d.call(people.Read, "GET", path, ""); w.Code != want.status || code(t, w) != want.code {
			t.Errorf("%q is answered %d %s; want %d %s", ref, w.Code, w.Body, want.status, want.code)
		}
	}
}
