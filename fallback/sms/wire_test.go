package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
	simulator "kaskad/bots/simulator/sms"
)

const reportSecret = "report-s3cret-of-ours"

// presetAt is a preset, as an operator writes it, at its simulator.
func presetAt(name, url string) Config {
	return Config{
		Name: "main", Preset: name, APIURL: url, Token: "tok-123", Login: "login-9", Password: "pass-456", Sender: "Shop",
		Price: price("0.92"), ReportSecret: reportSecret, Country: "UA",
	}
}

func startPreset(t *testing.T, name string) *simulator.Server {
	return startSimulator(t, simulator.Options{Provider: name, Token: "tok-123", Login: "login-9", Password: "pass-456", Secret: reportSecret})
}

// differences are where a provider cannot say what others can.
var differences = map[string]struct {
	faults map[bottest.Failure]bots.Fault
	never  []bottest.Failure // it has no such answer
	code   string            // of a text that is not taken
}{
	"turbosms": {never: []bottest.Failure{bottest.Flooded}, code: "412"},
	"smsc":     {faults: map[bottest.Failure]bots.Fault{bottest.Gone: bots.Rejected}, never: []bottest.Failure{bottest.Flooded, bottest.Blocked}, code: "6"},
	"smsru":    {faults: map[bottest.Failure]bots.Fault{bottest.Gone: bots.Rejected}, never: []bottest.Failure{bottest.Flooded}, code: "205"},
	"decision": {never: []bottest.Failure{bottest.Flooded, bottest.Blocked}, code: "46"},
	"alphasms": {faults: map[bottest.Failure]bots.Fault{bottest.Gone: bots.Rejected}, never: []bottest.Failure{bottest.Flooded, bottest.Blocked}, code: "?"},
	"twilio":   {code: "21617"},
	"infobip":  {faults: map[bottest.Failure]bots.Fault{bottest.Gone: bots.Rejected}, never: []bottest.Failure{bottest.Blocked}, code: "45"},
	"kannel":   {faults: map[bottest.Failure]bots.Fault{bottest.Gone: bots.Rejected}, never: []bottest.Failure{bottest.Flooded, bottest.Blocked}, code: "45"},
}

func TestConformOfPresets(t *testing.T) {
	for _, preset := range Presets() {
		d := differences[preset.Name]
		t.Run(preset.Name, func(t *testing.T) {
			t.Parallel()
			bottest.Conform(t, bottest.Adapter{
				New: func(t *testing.T, url string) bots.Sender {
					cfg := presetAt(preset.Name, url)
					cfg.ReportURL = conformURL
					return newProvider(t, cfg)
				},
				To:      bots.Address{Channel: bots.SMS, ID: anna},
				Secrets: []string{"tok-123", "pass-456", reportSecret, anna[1:]},
				Faults:  d.faults,
				Genuine: genuine(preset.Name), Forged: forged(preset),
				Start: func(t *testing.T) bottest.Peer { return presetPeer(t, preset.Name, d.never, d.code) },
			})
		})
	}
}

// conformURL is where conforming providers say that they are called.
const conformURL = "http://127.0.0.1:1/in/sms/main/" + reportSecret

// genuine is a STOP as each provider brings it.
func genuine(name string) []bots.Call {
	switch name {
	case "smsc":
		return []bots.Call{formCall("sms_id=77&phone=380501112233&mes=STOP")}
	case "infobip":
		return []bots.Call{jsonCall(`{"results":[{"messageId":"in-1","from":"380501112233","to":"380441234567","text":"STOP"}]}`)}
	case "kannel":
		return []bots.Call{queryCall("GET", "from=%2B380501112233&text=STOP&id=77")}
	case "twilio":
		call := formCall("MessageSid=SM1&From=%2B380501112233&Body=STOP")
		h := hmac.New(sha1.New, []byte("pass-456"))
		io.WriteString(h, conformURL+"BodySTOP"+"From+380501112233"+"MessageSidSM1")
		call.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
		return []bots.Call{call}
	}
	return nil
}

// forged is what anybody could post who learnt the address.
func forged(preset Preset) []bots.Call {
	if !preset.Signed {
		return nil
	}
	return []bots.Call{
		formCall("MessageSid=SM1&MessageStatus=delivered"), formCall("data%5B0%5D=sms_status%0A1%0A103&hash="),
		jsonCall(`{"id":"e","signature":"","type":"DLR_SMS_API","data":{"message_id":"m1","status":"Delivered"}}`), jsonCall(`{}`),
	}
}

func presetPeer(t *testing.T, name string, never []bottest.Failure, code string) bottest.Peer {
	s := startPreset(t, name)
	return bottest.Peer{
		URL: s.URL(),
		Fail: func(f bottest.Failure) bool {
			for _, n := range never {
				if n == f {
					return false
				}
			}
			switch f {
			case bottest.BadText:
				s.Fail(simulator.Fault{Kind: simulator.Refuse, Code: code, Times: -1})
				return true
			case bottest.BadToken:
				s.Fail(simulator.Fault{Kind: simulator.Refuse, Code: "41", Times: -1})
				return true
			}
			return fail(t, s, f)
		},
		Requests: func() (sends int) {
			for _, c := range s.Calls() {
				if c.Path == "/send" {
					sends++
				}
			}
			return sends
		},
		Texts: func() (texts []string) {
			for _, m := range s.Messages(anna) {
				texts = append(texts, m.Text)
			}
			return texts
		},
	}
}

// ear is our side of the reports: the program's own handler, on a socket.
type ear struct {
	url string // of provider's reports

	mu     sync.Mutex
	events []bots.Event
	hook   http.Handler
}

func startEar(t *testing.T) *ear {
	e := &ear{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.hook.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	e.url = srv.URL + "/in/sms/main/" + reportSecret
	return e
}

func (e *ear) listen(t *testing.T, p *Provider) {
	hook, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{p.Hook()},
		Receive: func(_ context.Context, b bots.Batch) (bots.Answer, error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.events = append(e.events, b.Events...)
			return b.Answer, nil
		},
		Quarantine: func(_ context.Context, _ string, raw []byte, reason string) error {
			t.Errorf("put into quarantine: %s", reason)
			return nil
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.hook = hook
}

func (e *ear) heard() []bots.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]bots.Event(nil), e.events...)
}

// One message's whole way: sent, accepted, on the phone, and known to be there, by a report or by asking.
func TestWayOfAMessage(t *testing.T) {
	for _, preset := range Presets() {
		t.Run(preset.Name, func(t *testing.T) {
			s, e := startPreset(t, preset.Name), startEar(t)
			cfg := presetAt(preset.Name, s.URL())
			cfg.ReportURL = bots.Secret(e.url)
			p := newProvider(t, cfg)
			e.listen(t, p)
			if preset.ReportsAt != "" && !strings.HasPrefix(preset.ReportsAt, "nowhere") {
				if err := s.SetReportURL(e.url); err != nil { // what the operator enters
					t.Fatal(err)
				}
			}
			got, err := p.Send(t.Context(), message(strings.Repeat("ж", 71)))
			if err != nil || got.Level != bots.Accepted || got.Parts != 2 {
				t.Fatalf("Send = %+v, %v", got, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if preset.Reports {
				reported(ctx, t, s, e, got)
			}
			if preset.Polls && preset.Name != "infobip" { // which tells nothing that it has pushed
				statusAsked(ctx, t, s, p, got)
			}
		})
	}
}

// reported waits for the report and looks at what it proves.
func reported(ctx context.Context, t *testing.T, s *simulator.Server, e *ear, sent bots.Receipt) {
	if err := s.WaitReports(ctx, 1); err != nil {
		t.Fatalf("%v; %+v", err, s.Reports())
	}
	events := e.heard()
	if len(events) != 1 || events[0].Receipt == nil {
		t.Fatalf("heard %+v, want one report", events)
	}
	r := events[0].Receipt
	if r.Level != bots.Delivered || r.Sender != "sms/main" || r.ID != sent.ID && r.Step != sent.Step {
		t.Errorf("the report is %+v of what was sent as %+v", r, sent)
	}
}

// statusAsked asks until the message is delivered.
func statusAsked(ctx context.Context, t *testing.T, s *simulator.Server, p *Provider, sent bots.Receipt) {
	if s.Messages(anna)[0].Status == simulator.Accepted {
		if err := s.Report(sent.ID, simulator.Delivered); err != nil {
			t.Fatal(err)
		}
	}
	batch, err := p.Ask(ctx, []Awaited{{ID: sent.ID, Step: sent.Step, Phone: anna}})
	if err != nil || len(batch.Events) != 1 || batch.Events[0].Receipt.Level != bots.Delivered || batch.Events[0].Receipt.Step != sent.Step {
		t.Fatalf("Ask = %+v, %v", batch.Events, err)
	}
}

func TestFailedReports(t *testing.T) {
	for _, preset := range Presets() {
		if !preset.Reports {
			continue
		}
		t.Run(preset.Name, func(t *testing.T) {
			s, e := startPreset(t, preset.Name), startEar(t)
			if err := s.AddPerson(simulator.Person{Phone: anna, Habits: simulator.Always(simulator.Act{Do: simulator.Undeliver})}); err != nil {
				t.Fatal(err)
			}
			cfg := presetAt(preset.Name, s.URL())
			cfg.ReportURL = bots.Secret(e.url)
			p := newProvider(t, cfg)
			e.listen(t, p)
			if err := s.SetReportURL(e.url); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Send(t.Context(), message("hello")); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := s.WaitReports(ctx, 1); err != nil {
				t.Fatalf("%v; %+v", err, s.Reports())
			}
			if events := e.heard(); len(events) != 1 || !events[0].Receipt.Failed || events[0].Receipt.Fault != bots.Unreachable {
				t.Errorf("heard %+v, want a failed report", events)
			}
		})
	}
}

// A STOP reaches us through every provider that brings what people answer.
func TestStopComesIn(t *testing.T) {
	for _, preset := range Presets() {
		if !preset.Inbound {
			continue
		}
		t.Run(preset.Name, func(t *testing.T) {
			s, e := startPreset(t, preset.Name), startEar(t)
			cfg := presetAt(preset.Name, s.URL())
			cfg.ReportURL = bots.Secret(e.url)
			e.listen(t, newProvider(t, cfg))
			if err := s.SetReportURL(e.url); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Inbound(anna, "СТОП & все"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := s.WaitReports(ctx, 1); err != nil {
				t.Fatalf("%v; %+v", err, s.Reports())
			}
			events := e.heard()
			if len(events) != 1 || events[0].Kind != bots.Wrote || events[0].Text != "СТОП & все" || events[0].Chat.ID != anna || events[0].MessageID == "" {
				t.Errorf("heard %+v", events)
			}
		})
	}
}

func TestBalanceOfPresets(t *testing.T) {
	currency := map[string]string{"turbosms": "", "alphasms": "", "smsru": "RUB"} // what they do not say, or always count in
	for _, preset := range Presets() {
		t.Run(preset.Name, func(t *testing.T) {
			s := startPreset(t, preset.Name)
			p := newProvider(t, presetAt(preset.Name, s.URL()))
			who, err := p.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !preset.Balance {
				if len(s.Calls()) != 0 || !strings.Contains(strings.Join(who.Warnings, "\n"), "cannot be checked without sending") {
					t.Errorf("Check = %+v after %d calls", who, len(s.Calls()))
				}
				return
			}
			want := bots.Money{Amount: 1000_0000, Currency: "UAH"}
			if c, other := currency[preset.Name]; other {
				want.Currency = c
			}
			if got, err := p.Balance(t.Context()); err != nil || got != want {
				t.Errorf("Balance = %v, %v; want %v", got, err, want)
			}
			if !strings.Contains(who.Name, "balance 1000") {
				t.Errorf("Check = %+v", who)
			}
			s.SetBalance(0)
			if who, err := p.Check(t.Context()); err != nil || !strings.Contains(strings.Join(who.Warnings, "\n"), "no money left") {
				t.Errorf("without money Check = %+v, %v", who, err)
			}
		})
	}
}

// A wrong token is found without sending anything.
func TestCheckFindsWrongToken(t *testing.T) {
	for _, preset := range Presets() {
		if !preset.Balance {
			continue
		}
		t.Run(preset.Name, func(t *testing.T) {
			s := startPreset(t, preset.Name)
			cfg := presetAt(preset.Name, s.URL())
			cfg.Token, cfg.Password = "wrong-tok", "wrong-pass"
			_, err := newProvider(t, cfg).Check(t.Context())
			if err == nil || bots.FaultOf(err).Fault != bots.Misconfigured {
				t.Errorf("Check = %v, want misconfigured", err)
			}
			if n := len(s.Messages("")); n != 0 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}

// What is asked about one moment after another, over connections that die, reaches the provider once each: net/http repeats a
// GET by itself when a kept connection breaks.
func TestGetIsNeverRepeated(t *testing.T) {
	for _, name := range []string{"decision", "alphasms", "kannel"} {
		s := startPreset(t, name)
		p := newProvider(t, presetAt(name, s.URL()))
		if _, err := p.Send(t.Context(), message("one")); err != nil {
			t.Fatal(err)
		}
		s.Fail(simulator.Fault{Kind: simulator.CutAfter, Times: -1})
		_, err := p.Send(t.Context(), message("two"))
		if bots.FaultOf(err).Fault != bots.Uncertain || err == nil {
			t.Errorf("%s: Send = %v, want uncertain", name, err)
		}
		if n := len(s.Calls()); n != 2 || len(s.Messages(anna)) != 2 {
			t.Errorf("%s: the provider counted %d calls and %d messages, want 2 and 2", name, n, len(s.Messages(anna)))
		}
	}
}
