package sms

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhatALookupUnderstands(t *testing.T) {
	const none = "nothing"
	for name, c := range map[string]struct {
		status  int
		answer  string
		want    string
		problem string // of the error; none: the system has nothing for the person
	}{
		"a number":                           {200, `{"points": 120}`, "120", ""},
		"a number written as text":           {200, `{"points": "1 200,50"}`, "1 200,50", ""},
		"nought is a number":                 {200, `{"points": 0}`, "0", ""},
		"a card that it does not know":       {404, `{"error": "no such card"}`, "", none},
		"a card that was closed":             {410, ``, "", none},
		"points that are nothing":            {200, `{"points": null}`, "", "no value"},
		"points that are empty":              {200, `{"points": ""}`, "", "no value"},
		"an answer without the field":        {200, `{}`, "", "no value"},
		"a system that fails":                {500, `{"points": 120}`, "", "status 500"},
		"a key that it refuses":              {401, `{}`, "", "status 401"},
		"a page to log in":                   {200, `<html>`, "", "no JSON"},
		"a text that is longer than numbers": {200, `{"points": "` + strings.Repeat("9", maxLookup+1) + `"}`, "", "no number"},
		"several lines":                      {200, `{"points": "12\n\u001b[31m"}`, "", "no number"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			}))
			defer srv.Close()
			l, faults := NewLookup(LookupConfig{APIURL: srv.URL, Request: Request{Path: "/{{.external_id}}"}, Value: ".points"})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			got, err := l.Ask(t.Context(), "C-1", "")
			switch {
			case got != c.want || (err == nil) != (c.problem == ""):
				t.Errorf("Ask = %q, %v", got, err)
			case errors.Is(err, ErrNothing) != (c.problem == none):
				t.Errorf("the error is %v: nothing for the person is %t", err, c.problem == none)
			case err != nil && c.problem != none && !strings.Contains(err.Error(), c.problem):
				t.Errorf("the error is %v, want %q in it", err, c.problem)
			}
		})
	}
}
