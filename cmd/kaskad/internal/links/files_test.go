package links

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

type inHand struct{ *bytes.Reader }

func (inHand) Close() error { return nil }

// shelf has the files of two deliveries; asked is what was looked for.
func shelf(asked *[]bots.ID) *Files {
	bodies := map[bots.ID]struct{ kind, name, body string }{
		7: {"image/jpeg", "photo.jpg", "\xff\xd8\xff\xe0 a picture"}, 8: {"text/html", "a.html", "<script>"}, 9: {"application/pdf", "Чек 1.pdf", "%PDF-1.7"},
	}
	return &Files{PublicURL: "https://k.example/", Secret: "s", Life: time.Hour, Log: slog.New(slog.DiscardHandler), Open: func(_ context.Context, id bots.ID) (bots.Carried, error) {
		*asked = append(*asked, id)
		if id == 5 {
			return bots.Carried{}, errors.New("the disk")
		}
		x, ok := bodies[id]
		if !ok {
			return bots.Carried{}, bots.ErrNoFile
		}
		return bots.Carried{ReadSeekCloser: inHand{bytes.NewReader([]byte(x.body))}, Kind: x.kind, Name: x.name, Size: int64(len(x.body))}, nil
	}}
}

func ask(f *Files, method, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(method, strings.TrimPrefix(url, "https://k.example"), nil))
	return w
}

func TestAFileForItsPerson(t *testing.T) {
	var asked []bots.ID
	f := shelf(&asked)
	for id, want := range map[bots.ID]struct{ kind, disposition, end string }{
		7: {"image/jpeg", `inline; filename=photo.jpg`, "/photo.jpg"},
		8: {"application/octet-stream", `attachment; filename=a.html`, "/a.html"},
		9: {"application/pdf", `attachment; filename*=utf-8''%D0%A7%D0%B5%D0%BA%201.pdf`, ".pdf"},
	} {
		name := map[bots.ID]string{7: "photo.jpg", 8: "a.html", 9: "Чек 1.pdf"}[id]
		url := f.URL(id, name, time.Now())
		w := ask(f, http.MethodGet, url)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != want.kind || h.Get("Content-Disposition") != want.disposition || !strings.HasSuffix(url, want.end) || !strings.HasPrefix(url, "https://k.example/m/") {
			t.Errorf("%s: %d %v", url, w.Code, h)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "private, no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", url, h)
		}
	}
	if w := ask(f, http.MethodHead, f.URL(7, "a.jpg", time.Now())); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
	if w := ask(f, http.MethodPost, f.URL(7, "a.jpg", time.Now())); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if w := ask(f, http.MethodGet, f.URL(5, "a.jpg", time.Now())); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("a disk that fails: %d %s", w.Code, w.Body)
	}
	if (&Files{Life: time.Hour}).URL(7, "a", time.Now()) != "" {
		t.Error("without a public address there is none of a file")
	}
}

func TestNobodyElsesFile(t *testing.T) {
	var asked []bots.ID
	f := shelf(&asked)
	good := f.URL(7, "photo.jpg", time.Now())
	code, _, _ := strings.Cut(strings.TrimPrefix(good, "https://k.example/m/"), "/")
	other := *f
	other.Secret = "another"
	foreign, _, _ := strings.Cut(strings.TrimPrefix(other.URL(7, "x", time.Now()), "https://k.example/m/"), "/")
	raw, _ := letters.DecodeString(code)
	of := func(change func(b []byte)) string {
		b := bytes.Clone(raw)
		change(b)
		return letters.EncodeToString(b)
	}
	pictures := &Pictures{PublicURL: "https://k.example", Secret: "s", Life: time.Hour, Draw: func(string) ([]byte, error) { return nil, nil }}
	card := strings.TrimSuffix(strings.TrimPrefix(pictures.URL(&bots.Contact{ID: 7, ExternalID: "7"}, time.Now()), "https://k.example/c/"), ".png")
	for sentence, path := range map[string]string{
		"one that is over":             strings.TrimPrefix(f.URL(7, "photo.jpg", time.Now().Add(-2*time.Hour)), "https://k.example/m/"),
		"one that ends this second":    strings.TrimPrefix(f.URL(7, "photo.jpg", time.Now().Add(-time.Hour)), "https://k.example/m/"),
		"of another key":               foreign + "/photo.jpg",
		"of another delivery":          of(func(b []byte) { b[7]++ }) + "/photo.jpg",
		"that lasts longer":            of(func(b []byte) { b[idBytes]++ }) + "/photo.jpg",
		"with another proof":           of(func(b []byte) { b[len(b)-1] ^= 1 }) + "/photo.jpg",
		"without a proof":              letters.EncodeToString(raw[:16]) + "/photo.jpg",
		"the code of a card":           card + "/photo.jpg",
		"the list":                     "",
		"a folder":                     "../../etc/passwd",
		"capital letters":              strings.ToUpper(code) + "/photo.jpg",
		"a code with something behind": code + "a/photo.jpg",
	} {
		asked = nil
		if w := ask(f, http.MethodGet, "/m/"+path); w.Code != http.StatusNotFound || len(asked) != 0 {
			t.Errorf("%s: %d, and %v was looked for", sentence, w.Code, asked)
		}
	}
	if w := ask(f, http.MethodGet, f.URL(77, "photo.jpg", time.Now())); w.Code != http.StatusNotFound {
		t.Errorf("a person who was erased: %d", w.Code)
	}
}
