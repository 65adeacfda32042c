package telegram

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stage"
)

func TestStrangersFillNoMemory(t *testing.T) {
	for name, opt := range map[string]Options{"a server that keeps all": {}, "one that runs for long": {Keep: 200}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, opt)
			say(t, s, "ours")
			form := url.Values{"chat_id": {"42"}, "text": {strings.Repeat("x", 4<<10)}}
			for range stage.MaxStrangers + 10 {
				resp, err := http.PostForm(s.URL()+"/bot7000000001:wrong/sendMessage"+strings.Repeat("e", 500)+"?more=much", form)
				if g := read(t, resp, err); g.Status != 401 {
					t.Fatalf("a stranger got %d", g.Status)
				}
			}
			calls := s.Calls()
			if len(calls) != 1+stage.MaxStrangers || calls[0].Params["text"] != "ours" {
				t.Fatalf("%d calls are kept, want ours and %d of strangers", len(calls), stage.MaxStrangers)
			}
			for _, c := range calls[1:] {
				if len(c.Params) != 0 || len(c.Method) > 100 || c.Status != 401 {
					t.Fatalf("of a stranger's call is kept: %d bytes of method, %d parameters, status %d", len(c.Method), len(c.Params), c.Status)
				}
			}
		})
	}
}

func TestParametersAreBounded(t *testing.T) {
	long := strings.Repeat("x", maxParams)
	for name, c := range map[string]struct{ kind, body string }{
		"a form":                {"application/x-www-form-urlencoded", "text=" + long},
		"JSON":                  {"application/json", `{"text":"` + long + `"}`},
		"parts":                 {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + long + "x\r\n--b--\r\n"},
		"something that has no": {"text/plain", long + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			resp, err := http.Post(s.URL()+"/bot"+s.Token()+"/sendMessage", c.kind, strings.NewReader(c.body))
			if g := read(t, resp, err); g.Status != 413 {
				t.Errorf("answered %d %q, want 413", g.Status, g.Description)
			}
			if calls := s.Calls(); len(calls) != 1 || len(calls[0].Params["text"]) != 0 {
				t.Errorf("%d calls are kept, with %d bytes of text", len(calls), len(calls[0].Params["text"]))
			}
		})
	}
}
