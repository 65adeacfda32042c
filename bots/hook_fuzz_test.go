package bots_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kaskad/bots"
)

// reader is a channel that reads every call and believes none, or one of a body.
type reader struct{ read int }

func (r *reader) Parse(c bots.Call) (bots.Batch, error) {
	r.read++
	switch {
	case bytes.HasPrefix(c.Body, []byte("forged")):
		return bots.Batch{}, bots.ErrForged
	case bytes.HasPrefix(c.Body, []byte("panic")):
		panic("a fault of ours")
	case bytes.HasPrefix(c.Body, []byte("odd")):
		return bots.Batch{}, errors.New("nobody foresaw this")
	}
	return bots.Batch{}, bots.ErrMalformed
}

// FuzzHooks calls the one handler behind /in/ with whatever somebody may send: only who knows the secret is read, nothing ends with a fault of
// ours, and no answer says more than its status.
func FuzzHooks(f *testing.F) {
	const secret = "0123456789abcdef"
	f.Add("POST", "/in/viber/"+secret, "", "{}", "X-Sign", "1")
	f.Add("POST", "/in/viber/"+secret+"/", "", "forged", "", "")
	f.Add("POST", "/in/viber//"+secret, "a=b", "panic", "", "")
	f.Add("GET", "/in/sms/main/"+secret, "a=%zz", "odd", "", "")
	f.Add("POST", "/in/%76iber/"+secret, "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, body, name, value string) {
		at := &url.URL{Scheme: "https", Host: "shop.example", RawQuery: query}
		if p, err := url.PathUnescape(path); err == nil {
			at.Path, at.RawPath = p, path
			if at.RawPath == p {
				at.RawPath = ""
			}
		}
		viber, sms := &reader{}, &reader{}
		kept := 0
		h, err := bots.NewHookHandler(bots.Hooks{
			Table: []bots.Hook{{Path: "viber", Secret: secret, Webhook: viber, MaxBody: 64}, {Path: "sms/main", Secret: secret, Methods: []string{"GET", "POST"}, Webhook: sms, MaxBody: 64}},
			Receive: func(context.Context, bots.Batch) (bots.Answer, error) {
				return bots.Answer{}, nil
			},
			Quarantine: func(context.Context, string, []byte, string) error { kept++; return nil },
			Log:        slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := (&http.Request{Method: method, URL: at, Header: http.Header{name: {value}}, Body: http.NoBody, Host: "shop.example"}).WithContext(t.Context())
		if body != "" {
			r.Body = readsOnce{strings.NewReader(body)}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		read := viber.read + sms.read
		if read > 0 && at.Path != "/in/viber/"+secret && at.Path != "/in/sms/main/"+secret {
			t.Errorf("%q was read", at)
		}
		if w.Code >= 500 || w.Code < 400 && kept == 0 || read > 1 || strings.Contains(w.Body.String(), secret) || w.Body.Len() > 64 {
			t.Errorf("%s %s %q is answered %d %q; read %d times, kept %d", method, at, body, w.Code, w.Body, read, kept)
		}
	})
}

type readsOnce struct{ *strings.Reader }

func (readsOnce) Close() error { return nil }
