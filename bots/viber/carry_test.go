package viber_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/viber"
	"kaskad/bots/viber"
)

type inHand struct{ *bytes.Reader }

func (inHand) Close() error { return nil }

func TestFilesThatAreHandedOn(t *testing.T) {
	v := simulator(t, sim.Options{})
	withWebhook(t, v)
	jpeg, mp4 := "\xff\xd8\xff\xe0 a picture", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	for _, c := range []struct {
		sentence   string
		media      bots.Media
		body, text string
		url        bool
		kind, says string
		bare       bool
		fault      bots.Fault
	}{
		{sentence: "a photo", media: bots.Media{Type: "photo"}, body: jpeg, text: "our cups", url: true, kind: "picture", says: "our cups"},
		{sentence: "a photo without words", media: bots.Media{Type: "photo"}, body: jpeg, url: true, kind: "picture"},
		{sentence: "a large photo is a file", media: bots.Media{Type: "photo"}, body: jpeg + strings.Repeat("x", 1<<20), url: true, kind: "file"},
		{sentence: "a film", media: bots.Media{Type: "video"}, body: mp4, url: true, kind: "video"},
		{sentence: "a voice", media: bots.Media{Type: "voice"}, body: "OggS\x00\x02", url: true, kind: "file"},
		{sentence: "a paper", media: bots.Media{Type: "document", Name: "Чек.pdf"}, body: "%PDF-1.7", url: true, kind: "file"},
		{sentence: "a paper with words loses neither", media: bots.Media{Type: "document", Name: "a.pdf"}, body: "%PDF-1.7", text: "your bill", url: true, kind: "text", says: "your bill\nhttps://k.example/m/x/a.pdf"},
		{sentence: "a program with words", media: bots.Media{Type: "document", Name: "a.exe"}, body: "MZ", text: "run it", url: true, kind: "text", says: "run it", bare: true},
		{sentence: "a program", media: bots.Media{Type: "document", Name: "a.exe"}, body: "MZ", url: true, fault: bots.Rejected},
		{sentence: "a photo with words, without an address", media: bots.Media{Type: "photo"}, body: jpeg, text: "our cups", kind: "text", says: "our cups", bare: true},
		{sentence: "a photo without an address", media: bots.Media{Type: "photo"}, body: jpeg, fault: bots.Rejected},
	} {
		file, err := bots.NewCarried(inHand{bytes.NewReader([]byte(c.body))}, c.media)
		must(t, err)
		if c.url {
			file.URL = "https://k.example/m/x/" + file.Name
		}
		b := newBot(t, v.URL(), viber.Options{Carries: true})
		before := len(v.CallsOf("send_message"))
		got, err := b.Carry(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: c.text, Media: &c.media}, file)
		if c.fault != 0 {
			if bots.FaultOf(err).Fault != c.fault || len(v.CallsOf("send_message")) != before {
				t.Errorf("%s: Carry = %v", c.sentence, err)
			}
			continue
		}
		if err != nil || got.ID == "" || got.Bare != c.bare {
			t.Errorf("%s: Carry = %+v, %v", c.sentence, got, err)
			continue
		}
		all := v.Chat(toOlena.ID)
		m := all[len(all)-1]
		if m.Type != c.kind || m.Text != c.says || c.kind != "text" && m.Media != file.URL || c.kind == "file" && (m.FileName != file.Name || m.FileSize != len(c.body)) {
			t.Errorf("%s: it is %+v", c.sentence, m)
		}
	}
	if l := newBot(t, v.URL(), viber.Options{}).Limits(); l.Carries != nil {
		t.Errorf("without a public address it takes %v", l.Carries)
	}
}

func TestFetch(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a.jpg" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "a picture")
	}))
	t.Cleanup(h.Close)
	v := simulator(t, sim.Options{})
	b := newBot(t, v.URL(), viber.Options{Visitor: bots.NewVisitor(bots.VisitorOptions{Loopback: true})})
	f, err := b.Fetch(t.Context(), bots.Media{Type: "photo", ID: h.URL + "/a.jpg"}, 100)
	must(t, err)
	if body, err := io.ReadAll(f); err != nil || string(body) != "a picture" {
		t.Errorf("it is %q, %v", body, err)
	}
	if _, err := b.Fetch(t.Context(), bots.Media{ID: h.URL + "/none"}, 100); err == nil || !strings.Contains(err.Error(), bots.ErrGone.Error()) {
		t.Errorf("one that is gone: %v", err)
	}
	if f, err := b.Fetch(t.Context(), bots.Media{ID: h.URL + "/a.jpg"}, 3); err == nil {
		if _, err = io.ReadAll(f); err == nil {
			t.Error("more was fetched than allowed")
		}
	}
	if _, err := newBot(t, v.URL(), viber.Options{}).Fetch(t.Context(), bots.Media{ID: h.URL + "/a.jpg"}, 100); err == nil {
		t.Error("an address led into a private network")
	}
}
