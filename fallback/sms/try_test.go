package sms

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/sms"
)

func TestTry(t *testing.T) {
	s := startPreset(t, "turbosms")
	p := newProvider(t, presetAt("turbosms", s.URL()))
	got := p.Try(t.Context(), message("hello"))
	if got.Err != nil || got.Asked != "POST /message/send.json" || got.Status != 200 || !strings.Contains(got.Answer, "SUCCESS_MESSAGE_SENT") || got.Receipt.ID == "" || got.Receipt.Step != step {
		t.Errorf("Try = %+v", got)
	}
	s.Fail(simulator.Fault{Kind: simulator.Refuse, Code: "203"})
	got = p.Try(t.Context(), message("hello"))
	if bots.FaultOf(got.Err).Fault != bots.Misconfigured || got.Code != "203" || !strings.Contains(got.Answer, "203") {
		t.Errorf("without money Try = %+v", got)
	}
	if got := p.Try(t.Context(), message("")); got.Asked != "" || bots.FaultOf(got.Err).Fault != bots.Rejected {
		t.Errorf("without text Try = %+v", got)
	}
}

// An answer may quote what it was asked; the operator sees it, and his secrets stay where they are.
func TestTriedAnswerHidesSecrets(t *testing.T) {
	w := &wire{answer: `{"status":"no","code":"44","you":"tok-123` + strings.Repeat("x", 3*maxShown) + `"}`}
	cfg := own(t)
	cfg.APIURL = w.start(t)
	got := newProvider(t, cfg).Try(t.Context(), message("hi"))
	if strings.Contains(got.Answer, "tok-123") || !strings.Contains(got.Answer, "***") || len(got.Answer) > maxShown+len("…") {
		t.Errorf("Answer = %.80s… of %d bytes", got.Answer, len(got.Answer))
	}
}

func TestWaitStatus(t *testing.T) {
	s := startPreset(t, "decision")
	p := newProvider(t, presetAt("decision", s.URL()))
	if err := s.AddPerson(simulator.Person{Phone: anna, Habits: simulator.Always(simulator.Act{Do: simulator.Expire, After: time.Minute})}); err != nil {
		t.Fatal(err)
	}
	sent := p.Try(t.Context(), message("hello")).Receipt
	m := Awaited{ID: sent.ID, Step: sent.Step, Phone: anna}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := p.WaitStatus(ended, m, time.Millisecond); err == nil || !strings.Contains(err.Error(), "nothing final") {
		t.Errorf("WaitStatus = %+v, %v", got, err)
	}
	if got, err := p.WaitStatus(t.Context(), m, time.Millisecond); err != nil || !got.Failed || got.Step != step {
		t.Errorf("WaitStatus = %+v, %v; want failed", got, err)
	}
	for _, name := range []string{"infobip", "kannel"} {
		if _, err := newProvider(t, presetAt(name, "https://x.example")).WaitStatus(t.Context(), m, time.Millisecond); err == nil {
			t.Errorf("%s was asked about one message", name)
		}
	}
}

func TestUnderstand(t *testing.T) {
	p := newProvider(t, own(t))
	got, err := p.Understand(jsonCall(`[{"message_id":"m1","status":"delivered"},{"message_id":"m1","status":"undelivered"},{"message_id":"m1","status":"sent"},{"id":"1","from":"+380501112233","text":"STOP"},{"a":1}]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`the status "delivered" is taken as delivered`, `the status "undelivered" is taken as unreachable`,
		`the status "sent" says nothing final, or names no message: nothing changes`, "a person wrote", "neither a report nor a message: nothing changes",
	}
	for i, u := range got {
		if i >= len(want) || u.Text != want[i] || strings.Contains(u.Text, "38050") || (u.Event == nil) != strings.Contains(u.Text, "nothing changes") {
			t.Errorf("element %d: %+v", i, u)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d elements, want %d", len(got), len(want))
	}
	forged := newProvider(t, presetAt("turbosms", "https://x.example"))
	if _, err := forged.Understand(jsonCall(`{"id":"e1","signature":"00","type":"DLR_SMS_API"}`)); !errors.Is(err, bots.ErrForged) {
		t.Errorf("Understand = %v, want forged", err)
	}
}

func TestQuestions(t *testing.T) {
	var got []string
	for _, q := range newProvider(t, presetAt("smsc", "https://x.example")).Questions() {
		got = append(got, q.Part)
		if !strings.Contains(q.Text, "?") {
			t.Errorf("%q is no question", q.Text)
		}
	}
	if strings.Join(got, " ") != "report inbound" {
		t.Errorf("asked about %v", got)
	}
	if len(questions) != len(describedParts) {
		t.Errorf("%d questions for %d sections", len(questions), len(describedParts))
	}
}

func TestMoneyOf(t *testing.T) {
	for amount, want := range map[string]string{
		"47.79134": "47.7913", "-791.8391870": "-791.8392", "1e3": "1000", "0": "0", "1000.0": "1000", "+5": "5", ".5": "0.50",
		"": "", "much": "", "NaN": "", "99999999999999999999": "", "1/3": "0.3333", strings.Repeat("9", 50): "",
	} {
		got, ok := moneyOf(amount, "")
		if ok != (want != "") || ok && got.Decimal() != want {
			t.Errorf("moneyOf(%.20s) = %s, %v; want %q", amount, got, ok, want)
		}
	}
	if _, ok := moneyOf("1", "more than a currency"); ok {
		t.Error("a sentence is taken for a currency")
	}
}

// An answer that is not understood is no proof of a wrong token, and where nobody has seen the balance work, none of a right one.
func TestCheckSaysWhatItKnows(t *testing.T) {
	w := &wire{answer: `{"something":"new"}`}
	cfg := presetAt("infobip", w.start(t))
	who, err := newProvider(t, cfg).Check(t.Context())
	if err != nil || !strings.Contains(strings.Join(who.Warnings, "\n"), "its balance was not understood") || !strings.Contains(strings.Join(who.Warnings, "\n"), "faults, inbound, poll, balance") {
		t.Errorf("Check = %+v, %v", who, err)
	}
	cfg.Unverified = []string{}
	if who, err := newProvider(t, cfg).Check(t.Context()); err == nil || bots.FaultOf(err).Fault != bots.Temporary {
		t.Errorf("with a balance that was seen to work Check = %+v, %v", who, err)
	}
}

func TestDescriptionFaults(t *testing.T) {
	for toml, want := range map[string]string{
		"[sms.balance]\npath = \"/b\"":                                                                                               "balance.amount: ",
		"[sms.balance]\namount = \".[\"":                                                                                             "balance.amount: ",
		"[sms.balance]\namount = \".a\"\nquery = { to = \"{{.to}}\" }":                                                               "balance.query.to: .to is no placeholder; there are .token .login .password .sender",
		"[sms.balance]\namount = \".a\"\nformat = \"xml\"":                                                                           "balance.format: ",
		"[sms.poll]\npath = \"/s\"\nquery = { id = \"{{.ids}}\" }":                                                                   "poll.status: ",
		"[sms.poll]\npath = \"/s\"\nstatus = \".s\"":                                                                                 "poll: {{.ids}} is nowhere",
		"[sms.poll]\npath = \"/s\"\nstatus = \".s\"\nnew = true":                                                                     "poll.id: nothing names the message",
		"[sms.poll]\nquery = { id = \"{{.ids}}\" }\nstatus = \".s\"\nbatch = 2":                                                      "poll.id: with a batch of several",
		"[sms.poll]\nquery = { id = \"{{.ids}}\" }\nstatus = \".s\"\nid = \".i\"\nbatch = 2000":                                      "poll.batch: ",
		"[sms.poll]\nquery = { id = \"{{.ids}}\" }\nstatus = \".s\"\nevery = \"soon\"":                                               "poll.every: ",
		"[sms.poll]\nquery = { id = \"{{.ids}}\" }\nstatus = \".s\"\nstates = { a = \"b\" }":                                         "poll.states.a: ",
		"[sms.poll]\nquery = { id = \"{{.ids}}\", text = \"{{.text}}\" }\nstatus = \".s\"":                                           "poll.query.text: .text is no placeholder",
		"[sms.poll]\nmethod = \"GET\"\nform = { id = \"{{.ids}}\" }\nstatus = \".s\"":                                                "poll.method: GET has no body",
		"[sms.accept]\nparts = \"(\"":                                                                                                "accept.parts: ",
		"[sms.poll]\nquery = { id = \"{{.ids}}\" }\nstatus = \".s\"\nformat = \"xml\"\n[sms.balance]\namount = \".a\"\nmethod=\"X\"": "poll.format: ",
	} {
		cfg := own(t)
		other := configOf(t, "[[sms]]\n"+toml)
		cfg.Poll, cfg.Balance, cfg.Accept.Parts = other.Poll, other.Balance, other.Accept.Parts
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nValidate = %v, want %q", toml, err, want)
		}
	}
}

func TestAskWithoutAnything(t *testing.T) {
	if _, err := newProvider(t, own(t)).Ask(t.Context(), []Awaited{{ID: "m1"}}); err == nil {
		t.Error("a provider that cannot be asked was asked")
	}
	p := newProvider(t, presetAt("smsc", "https://x.example"))
	for _, about := range [][]Awaited{nil, {{ID: "1"}, {ID: "2"}}} {
		if _, err := p.Ask(t.Context(), about); err == nil || bots.FaultOf(err).Fault != bots.Uncertain {
			t.Errorf("asked about %d messages: %v", len(about), err)
		}
	}
}

// A question changes nothing, so that none of its failures is uncertain.
func TestNothingIsUncertainOfAQuestion(t *testing.T) {
	for _, kind := range []simulator.Kind{simulator.CutBefore, simulator.CutAfter, simulator.BadGateway, simulator.Garbage} {
		s := startPreset(t, "smsc")
		for _, path := range []string{"/balance", "/status"} {
			s.Fail(simulator.Fault{Path: path, Kind: kind})
		}
		p := newProvider(t, presetAt("smsc", s.URL()))
		_, balance := p.Balance(t.Context())
		_, status := p.Ask(t.Context(), []Awaited{{ID: "1", Phone: anna}})
		for _, err := range []error{balance, status} {
			if err == nil || bots.FaultOf(err).Fault != bots.Temporary {
				t.Errorf("%s: %v, want temporary", kind, err)
			}
		}
	}
}
