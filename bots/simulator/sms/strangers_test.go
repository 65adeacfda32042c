package sms

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaskad/bots/simulator/internal/stage"
)

func TestStrangersFillNoMemory(t *testing.T) {
	text := strings.Repeat("x", 4<<10)
	for name, c := range map[string]struct {
		opt    Options
		path   string
		fields url.Values
	}{
		"our own way":      {Options{}, "/send", url.Values{"token": {"wrong"}, "to": {anna}, "text": {text}}},
		"one that goes on": {Options{Keep: 200}, "/send", url.Values{"token": {"wrong"}, "to": {anna}, "text": {text}}},
		"sms.ru":           {Options{Provider: "smsru"}, "/sms/send", url.Values{"api_id": {"wrong"}, "to": {anna}, "msg": {text}, "json": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.opt)
			for range stage.MaxStrangers + 10 {
				resp, err := http.PostForm(s.URL()+c.path, c.fields)
				must(t, err)
				resp.Body.Close()
			}
			calls := s.Calls()
			if len(calls) != stage.MaxStrangers {
				t.Fatalf("%d calls of strangers are kept, want %d", len(calls), stage.MaxStrangers)
			}
			for _, call := range calls {
				if len(call.Params) != 0 || call.Code != "41" {
					t.Fatalf("of a stranger's call is kept: %d parameters, code %s", len(call.Params), call.Code)
				}
			}
		})
	}
}
