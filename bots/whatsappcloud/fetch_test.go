package whatsappcloud_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

// library is a Graph API that has one file.
func library(t *testing.T, where func(base string) string, size string, file http.HandlerFunc) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("%s came without the token", r.URL.Path)
		}
		if r.URL.Path == "/v23.0/1003383421387256" {
			fmt.Fprintf(w, `{"url":%q,"mime_type":"image/jpeg","sha256":"x","file_size":%s,"id":"1003383421387256"}`, where(srv.URL), size)
			return
		}
		asked.Add(1)
		file(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/v23.0", asked
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func TestFetch(t *testing.T) {
	own := func(base string) string { return base + "/files/1?ext=2&hash=abc" }
	at := func(address string) func(string) string { return func(string) string { return address } }
	for name, c := range map[string]struct {
		id    string
		where func(string) string
		size  string
		file  http.HandlerFunc
		most  int64
		want  string
		err   string
		asked int32
	}{
		"a file":                        {"", own, "5", says("hello"), 100, "hello", "", 1},
		"exactly as long as allowed":    {"", own, "5", says("hello"), 5, "hello", "", 1},
		"said to be longer":             {"", own, "500", says("hello"), 100, "", "too large", 0},
		"longer than it was said to be": {"", own, `"5"`, says("hello world"), 5, "", "too large", 1},
		"of no known size":              {"", own, "null", says("hello world"), 5, "", "too large", 1},
		"on another host":               {"", at("https://evil.example/x"), "5", nil, 100, "", "not Meta's", 0},
		"on a host that looks like it":  {"", at("https://lookaside.fbsbx.com.evil.example/x"), "5", nil, 100, "", "not Meta's", 0},
		"on a host that ends like it":   {"", at("https://evilwhatsapp.net/x"), "5", nil, 100, "", "not Meta's", 0},
		"on Meta's host without TLS":    {"", at("http://lookaside.fbsbx.com/x"), "5", nil, 100, "", "not Meta's", 0},
		"on another port of Meta's":     {"", at("https://lookaside.fbsbx.com:8080/x"), "5", nil, 100, "", "not Meta's", 0},
		"with a name in its address":    {"", at("https://me@lookaside.fbsbx.com/x"), "5", nil, 100, "", "not Meta's", 0},
		"in a private network":          {"", at("http://169.254.169.254/latest/meta-data"), "5", nil, 100, "", "not Meta's", 0},
		"of no address":                 {"", at(""), "5", nil, 100, "", "not Meta's", 0},
		"that redirects elsewhere":      {"", own, "5", http.RedirectHandler("https://evil.example/x", http.StatusFound).ServeHTTP, 100, "", "HTTP status 302", 1},
		"too old":                       {"", own, "5", http.NotFound, 100, "", "HTTP status 404", 1},
		"an id that is a path":          {"../" + numberID, own, "5", nil, 100, "", "no id of a file", 0},
		"no id":                         {" ", own, "5", nil, 100, "", "no id of a file", 0},
	} {
		t.Run(name, func(t *testing.T) {
			url, asked := library(t, c.where, c.size, c.file)
			media := bots.Media{Type: "photo", ID: "1003383421387256"}
			if c.id != "" {
				media.ID = c.id
			}
			got, err := read(newBot(t, url, whatsappcloud.Options{}).Fetch(t.Context(), media, c.most))
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("Fetch = %q, %v; want %q", got, err, c.err)
			}
			if err == nil && got != c.want {
				t.Errorf("Fetch = %q, want %q", got, c.want)
			}
			if asked.Load() != c.asked {
				t.Errorf("the file was asked for %d times, want %d", asked.Load(), c.asked)
			}
			mustHide(t, err)
		})
	}
}

func read(body io.ReadCloser, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer body.Close()
	all, err := io.ReadAll(body)
	return string(all), err
}

// A file that Meta has deleted says nothing about our number, although Meta uses one code for both.
func TestFetchOfAFileThatIsGone(t *testing.T) {
	srv := httptest.NewServer(says(`{"error":{"message":"Unsupported get request. Object with ID '1' does not exist","code":100,"error_subcode":33}}`))
	defer srv.Close()
	_, err := newBot(t, srv.URL, whatsappcloud.Options{}).Fetch(t.Context(), bots.Media{ID: "1003383421387256"}, 100)
	if e := bots.FaultOf(err); e.Fault != bots.Rejected || !strings.Contains(err.Error(), "does not have the file") {
		t.Errorf("Fetch = %v", err)
	}
	if errors.Is(err, bots.ErrTooLarge) {
		t.Error("it is not too large")
	}
}
