package telegram

import (
	"net/http"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault  Fault
		status int // 0 = no answer
		stored int
	}{
		"hang after accept":         {Fault{Kind: HangAfterAccept}, 0, 1},
		"429":                       {Fault{Kind: FloodWait, RetryAfter: 7}, 429, 0},
		"500":                       {Fault{Kind: InternalError}, 500, 0},
		"500 that sent it":          {Fault{Kind: InternalError, CarryOut: true}, 500, 1},
		"502 with a page":           {Fault{Kind: BadGateway}, 502, 0},
		"garbage":                   {Fault{Kind: Garbage}, 200, 0},
		"garbage that sent it":      {Fault{Kind: Garbage, CarryOut: true}, 200, 1},
		"cut before":                {Fault{Kind: CutBefore}, 0, 0},
		"cut after":                 {Fault{Kind: CutAfter}, 0, 1},
		"a delay only delays":       {Fault{Kind: Delay, Delay: time.Second}, 200, 1},
		"a late answer":             {Fault{Kind: LateAnswer, Delay: time.Second}, 200, 1},
		"a fault of another method": {Fault{Kind: CutBefore, Method: "getMe"}, 200, 1},
		"a fault of another chat":   {Fault{Kind: CutBefore, ChatID: "43"}, 200, 1},
		"one that skips a call":     {Fault{Kind: CutBefore, Skip: 1}, 200, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			s.Fail(tt.fault)
			client := &http.Client{Timeout: 100 * time.Millisecond}
			resp, err := client.Get(s.URL() + "/bot" + s.Token() + "/sendMessage?chat_id=42&text=x")
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("answer %v, error %v", resp, err)
			}
			if err == nil {
				defer resp.Body.Close()
				if resp.StatusCode != tt.status || tt.fault.Kind == FloodWait && resp.Header.Get("Retry-After") != "7" {
					t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
				}
			}
			if n := len(s.Messages(anna)); n != tt.stored {
				t.Errorf("%d messages arrived, want %d", n, tt.stored)
			}
			if c := s.Calls()[0]; c.Status != tt.status || c.Params["text"] != "x" {
				t.Errorf("call: %+v", c)
			}
			s.ClearFaults()
			if !say(t, s, "after").OK {
				t.Error("the next call failed too")
			}
		})
	}
}
