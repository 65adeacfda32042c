package evidence

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var noon = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

// facts are those of a person who said yes, got marketing and a service message, and said stop.
func facts() Facts {
	yes := bots.Consent{State: bots.Given, At: noon, Source: "checkout form", Words: "<b>I want offers</b>", Version: "2026-01", By: "key:crm"}
	no := bots.Consent{State: bots.Denied, At: noon.Add(time.Hour), Source: "keyword:стоп", Words: "стоп\x1b[2J", ByPerson: true, Line: 2}
	sale := &fallback.Delivery{Plan: fallback.Plan{ID: 11, Purpose: fallback.Marketing, Template: "sale"}}
	sale.Route, sale.Reached, sale.Proof = []fallback.Leg{{Channel: bots.Telegram, Attempts: 1}}, 1, "reply"
	ended := &fallback.Delivery{Plan: fallback.Plan{ID: 12, Purpose: fallback.Marketing}, Status: fallback.Status{State: fallback.RefusedState, Reason: fallback.ReasonOptOut}}
	skipped := &fallback.Delivery{Plan: fallback.Plan{ID: bots.ID(noon.Add(2 * time.Hour).UnixMicro()), Created: noon.Add(2 * time.Hour), Purpose: fallback.Marketing}, Status: fallback.Status{State: fallback.Skipped, Reason: fallback.ReasonOptOut}}
	to := bots.Address{Channel: bots.SMS, ID: "+380501112233"}
	return Facts{
		Contact: &bots.Contact{ID: 7, Phone: to.ID, Marketing: no, Created: noon},
		Statements: []bots.Statement{
			{Number: 1, Kept: noon, About: bots.AboutMarketing, Consent: yes},
			{Number: 2, Kept: noon.Add(time.Hour), About: bots.AboutMarketing, Consent: no, Was: bots.Given, WasLine: 1, Scene: bots.Scene{Chat: to}, Ended: []bots.ID{12}},
		},
		Sent: []Sent{
			{&bots.Message{ID: 21, Delivery: 11, To: to, Text: "Sale"}, bots.MessageState{Basis: bots.BasisGiven, BasisLine: 1}, sale},
			{&bots.Message{ID: 22, Delivery: 13, To: to}, bots.MessageState{Basis: bots.BasisOptOut}, nil},
			{&bots.Message{ID: 23, Delivery: 14, To: to}, bots.MessageState{}, nil},
			{&bots.Message{ID: 24, To: to}, bots.MessageState{}, nil},
		},
		Deliveries: []*fallback.Delivery{skipped, ended, sale}, Now: noon.Add(3 * time.Hour), Money: func(m bots.Money) string { return m.Decimal() },
	}
}

func TestEachMessageSaysWhyItCould(t *testing.T) {
	d := Build(facts())
	want := []string{
		"marketing, given 2026-05-20 12:00:00 by key:crm, checkout form, in the words “<b>I want offers</b>”, version 2026-01 (line 1)",
		`marketing, of which nothing was said: the gateway was set to opt-out ([consent] marketing = "opt-out")`,
		"sent before the gateway kept with each message what allowed it",
		"said in the answer to the call by which the person opened the bot",
	}
	for i, m := range d.Messages {
		if m.Why.Says != want[i] || m.To != "+380…233" {
			t.Errorf("message %d to %s: %q, want %q", i, m.To, m.Why.Says, want[i])
		}
	}
	if m := d.Messages[0]; m.Proof != "reply" || m.Purpose != "marketing" || m.Step != 1 {
		t.Errorf("the first message is %+v", m)
	}
	if len(d.Stopped) != 2 || d.Stopped[0].Line != 2 || d.Stopped[1].Line != 2 {
		t.Errorf("stopped %+v, want both by line 2", d.Stopped)
	}
}

// What was said and sent while the person was a stranger stands in the document, with whose line allowed or ended it.
func TestTheEvidenceOfWhoCameAsAStranger(t *testing.T) {
	f := facts()
	f.Others = []Theirs{{Contact: 70, Statements: []bots.Statement{
		{Number: 1, Kept: noon, About: bots.AboutMarketing, Consent: bots.Consent{State: bots.Given, At: noon, ByPerson: true, Source: "button"}},
		{Number: 2, Kept: noon, About: bots.AboutMarketing, Consent: bots.Consent{State: bots.Denied, At: noon, ByPerson: true, Source: "keyword:stop"}, Scene: bots.Scene{}, Ended: []bots.ID{71}},
	}}}
	f.Sent = append(f.Sent, Sent{Message: &bots.Message{ID: 72, Contact: 70, Delivery: 73}, State: bots.MessageState{Basis: bots.BasisGiven, BasisLine: 1}})
	f.Deliveries = append(f.Deliveries, &fallback.Delivery{Plan: fallback.Plan{ID: 71, Contact: 70}, Status: fallback.Status{State: fallback.RefusedState, Reason: fallback.ReasonOptOut}})
	d, former := Build(f), bots.ID(70).String()
	last := d.Messages[len(d.Messages)-1]
	if last.Why.Contact != former || last.Why.Line != 1 || !strings.Contains(last.Why.Says, "given 2026-05-20 12:00:00 by person, button") {
		t.Errorf("the message to the stranger could go because of %+v", last.Why)
	}
	if s := d.Stopped[len(d.Stopped)-1]; s.Line != 2 || s.Contact != former {
		t.Errorf("what the stranger's no stopped: %+v", s)
	}
	var text strings.Builder
	if err := d.Text(&text); err != nil || !strings.Contains(text.String(), "(line 2 of contact "+former+")") {
		t.Errorf("err %v, and the text is\n%s", err, text.String())
	}
}

func TestTheDocumentIsSafeToShow(t *testing.T) {
	d := Build(facts())
	var text, page strings.Builder
	if err := d.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := d.HTML(&page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "\x1b") || !strings.Contains(text.String(), "because: marketing, given 2026-05-20") {
		t.Errorf("text:\n%s", text.String())
	}
	for _, bad := range []string{"<b>I want", "<script", "http://", "https://"} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(page.String(), "&lt;b&gt;I want offers") || !strings.Contains(page.String(), `href="#line1"`) {
		t.Errorf("page:\n%s", page.String())
	}
	raw, err := json.Marshal(d)
	for name, all := range map[string]string{"text": text.String(), "page": page.String(), "json": string(raw)} {
		if strings.Contains(all, "380501112233") {
			t.Errorf("the %s has the whole number", name)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
