package sms

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
	simulator "kaskad/bots/simulator/sms"
)

func conformer(t *testing.T) bottest.Adapter {
	cfg := own(t)
	cfg.ReportURL = "https://bots.example.com/in/sms/own/report-s3cret"
	body := func(s string) bots.Call {
		return bots.Call{Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(s), At: time.Now()}
	}
	return bottest.Adapter{
		New: func(t *testing.T, url string) bots.Sender {
			cfg.APIURL = url
			return newProvider(t, cfg)
		},
		To:      bots.Address{Channel: bots.SMS, ID: anna},
		Secrets: []string{"tok-123", "report-s3cret", anna[1:]},
		Genuine: []bots.Call{
			body(`{"message_id": "SM000001", "ref": "our-id", "status": "delivered", "at": "2026-11-22T10:00:00Z"}`),
			body(`{"type": "mo", "id": "MO000001", "from": "+380501112233", "text": "STOP"}`),
		},
	}
}

func TestConformOnSimulator(t *testing.T) {
	a := conformer(t)
	a.Start = func(t *testing.T) bottest.Peer {
		s := startSimulator(t, simulator.Options{Token: "tok-123"})
		return bottest.Peer{
			URL:      s.URL(),
			Fail:     func(f bottest.Failure) bool { return fail(t, s, f) },
			Requests: func() int { return len(s.Calls()) },
			Texts: func() (texts []string) {
				for _, m := range s.Messages(anna) {
					texts = append(texts, m.Text)
				}
				return texts
			},
		}
	}
	bottest.Conform(t, a)
}

func fail(t *testing.T, s *simulator.Server, f bottest.Failure) bool {
	always := func(fault simulator.Fault) { fault.Times = -1; s.Fail(fault) }
	switch f {
	case bottest.Blocked:
		s.SetStopped(anna, true)
	case bottest.Gone:
		s.SetUnreachable(anna, true)
	case bottest.Flooded:
		always(simulator.Fault{Kind: simulator.FloodWait, RetryAfter: 7})
	case bottest.BadText:
		always(simulator.Fault{Kind: simulator.Refuse, Code: "45"})
	case bottest.ServerError:
		always(simulator.Fault{Kind: simulator.BadGateway, CarryOut: true})
	case bottest.Garbage:
		always(simulator.Fault{Kind: simulator.Garbage, CarryOut: true})
	case bottest.Hang:
		always(simulator.Fault{Kind: simulator.HangAfterAccept})
	case bottest.Cut:
		always(simulator.Fault{Kind: simulator.CutAfter})
	case bottest.Down:
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		return false // see TestConformOnAnswers
	}
	return true
}

// The same with answers that the simulator does not give.
func TestConformOnAnswers(t *testing.T) {
	said := func(status int, code string) http.HandlerFunc {
		return bottest.Answer(status, "application/json", `{"status":"error","code":"`+code+`","error":"no"}`, "Retry-After", "7")
	}
	a := conformer(t)
	a.Start = bottest.HTTP{
		Accept: bottest.Answer(200, "application/json", `{"status":"ok","message_id":"m1"}`),
		Text: func(r *http.Request) string {
			var m struct{ Text string }
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			return m.Text
		},
		Refuse: map[bottest.Failure]http.HandlerFunc{
			bottest.Blocked:  said(200, "404"),
			bottest.Gone:     said(200, "51"),
			bottest.Flooded:  bottest.Answer(429, "text/plain", "slow down", "Retry-After", "7"),
			bottest.BadText:  said(200, "77"),
			bottest.BadToken: said(401, "41"),
		},
	}.Start
	bottest.Conform(t, a)
}
