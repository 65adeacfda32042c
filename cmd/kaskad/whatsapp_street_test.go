package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
	"kaskad/cmd/kaskad/internal/app"
)

// street is a gateway whose phone is paired, and the customers around it.
type street struct {
	*plant
	wa *simwhatsapp.Server
}

// newStreet starts a gateway that sends as fast as it goes; extra is appended to its configuration.
func newStreet(t *testing.T, extra string) *street {
	t.Helper()
	wa := newWhatsApp(t)
	always := simsms.Always(simsms.Act{Do: simsms.Deliver})
	s := &street{newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: always}, phoneText+extra), wa}
	s.env = []string{whatsAppEnv(t, wa)}
	s.start()
	s.pairs("")
	return s
}

// pairs links the shop's phone through the running gateway: by a QR code, or by a code that is typed on the phone.
func (s *street) pairs(byCode string) {
	s.t.Helper()
	s.last("channel.degraded") // there is no phone
	gate, err := app.Connect(s.t.Context(), app.Place(s.config), app.Running)
	mustAll(s.t, err)
	defer gate.Close()
	var paired *app.WhatsAppAccount
	mustAll(s.t, gate.PairWhatsApp(s.t.Context(), byCode, func(step app.WhatsAppStep) error {
		paired = step.Paired
		switch {
		case step.QR != "":
			return s.wa.ScanQR(s.t.Context(), step.QR, shopPhone)
		case step.Code != "":
			return s.wa.EnterCode(s.t.Context(), shopPhone, step.Code)
		}
		return nil
	}))
	if paired == nil || paired.Phone != shopPhone {
		s.t.Fatalf("paired as %+v", paired)
	}
	s.carries()
}

// carries waits until the gateway sends by WhatsApp.
func (s *street) carries() {
	s.t.Helper()
	s.connected()
	s.last("channel.recovered")
}

// last waits until a change is the last word about WhatsApp: the lanes look once a second how the session stands, and say so.
func (s *street) last(want string) {
	s.t.Helper()
	waitFor(s.t, want, func() bool {
		var page struct {
			Items []struct {
				Type string
				Data struct{ Channel string }
			}
		}
		last := ""
		mustAll(s.t, s.call("GET", "/v1/changes?limit=1000", nil, &page))
		for _, c := range page.Items {
			if strings.HasPrefix(c.Type, "channel.") && c.Data.Channel == "whatsapp" {
				last = c.Type
			}
		}
		return last == want
	})
}

// in is the same street for a story of its own.
func (s *street) in(t *testing.T) *street {
	p := *s.plant
	p.t = t
	return &street{&p, s.wa}
}

// buyer is a customer with WhatsApp whom the gateway knows by a card.
type buyer struct {
	*simwhatsapp.Customer
	card, phone string
}

// numbered is the n-th customer's phone and hidden id.
func numbered(n int) (phone, lid string) {
	return fmt.Sprintf("+38067000%04d", n), fmt.Sprint(910000 + n)
}

// buyer adds the n-th customer, who has written to the shop before.
func (s *street) buyer(n int, traits func(*simwhatsapp.Traits), habits simwhatsapp.Habits) *buyer {
	s.t.Helper()
	phone, lid := numbered(n)
	b := &buyer{card: fmt.Sprintf("W-%d", n), phone: phone}
	b.Customer = s.joins(simwhatsapp.Person{Phone: phone, LID: lid, Name: b.card, Traits: traits, Habits: habits})
	s.put(b.card, phone)
	s.greets(b)
	return b
}

func (s *street) joins(who simwhatsapp.Person) *simwhatsapp.Customer {
	s.t.Helper()
	traits := who.Traits
	who.Traits = func(a *simwhatsapp.Traits) {
		a.FewKeys = true
		if traits != nil {
			traits(a)
		}
	}
	c, err := s.wa.AddCustomer(s.t.Context(), who)
	mustAll(s.t, err)
	return c
}

// put makes a customer known to the gateway.
func (s *street) put(card, phone string) {
	s.t.Helper()
	contact := map[string]any{"phone": phone, "addresses": []map[string]string{{"channel": "whatsapp", "id": phone}}}
	mustAll(s.t, s.call("PUT", "/v1/contacts/ext:"+card, contact, nil))
}

func (s *street) greets(b *buyer) {
	s.t.Helper()
	_, err := b.Say(s.t.Context(), shopPhone, greeting)
	mustAll(s.t, err)
	waitFor(s.t, "the greeting", func() bool { return len(s.said(b.card)) == 1 })
}

const greeting = "вітаю"

// way is a cascade of its own: each step as "channel wait until".
func way(steps ...string) map[string]any {
	var all []map[string]any
	for _, s := range steps {
		f := strings.Fields(s)
		step := map[string]any{"channel": f[0]}
		for i, name := range []string{"wait", "until"} {
			if len(f) > i+1 {
				step[name] = f[i+1]
			}
		}
		all = append(all, step)
	}
	return map[string]any{"steps": all, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}
}

// asks sends a text to the person with a card.
func (s *street) asks(card, text string, steps ...string) string {
	s.t.Helper()
	return s.mustSend(map[string]any{"to": "ext:" + card, "text": text, "purpose": "service", "cascade": way(steps...)})
}

// ends waits for the end of a delivery, which must be done by a channel with a proof (empty: any); then its steps are as wanted, each
// as "channel state reason".
func (s *street) ends(id, by, proof string, steps ...string) {
	s.t.Helper()
	d := s.await(id, "done", "failed", "unconfirmed", "refused", "expired", "skipped")
	if d.State != "done" || d.ReachedBy != by || proof != "" && d.Proof != proof {
		s.t.Errorf("%s (%s) by %s with %s; want it done by %s with %s; steps %v", d.State, d.Reason, d.ReachedBy, d.Proof, by, proof, d.Steps)
	}
	waitFor(s.t, "what is told of its steps", func() bool { // a receipt may come after what ended it
		if !as(d, steps...) {
			d = s.await(id, d.State)
		}
		return as(d, steps...) || s.t.Failed()
	})
	s.went(d, steps...)
}

// as reports whether the steps of a delivery are as wanted.
func as(d state, steps ...string) bool {
	for i, want := range steps {
		if d.step(i) != want {
			return false
		}
	}
	return true
}

func (d state) step(i int) string {
	if i >= len(d.Steps) {
		return "none"
	}
	return strings.TrimSpace(d.Steps[i].Channel + " " + d.Steps[i].State + " " + d.Steps[i].Reason)
}

func (s *street) went(d state, steps ...string) {
	s.t.Helper()
	for i, want := range steps {
		if got := d.step(i); got != want {
			s.t.Errorf("step %d is %q, want %q; all: %v", i, got, want, d.Steps)
		}
	}
}

// named is WhatsApp's id of the message of a delivery's step.
func (s *street) named(id, channel string) string {
	s.t.Helper()
	var d struct {
		Steps []struct {
			Channel    string
			ProviderID string `json:"provider_id"`
		}
	}
	mustAll(s.t, s.call("GET", "/v1/deliveries/"+id, nil, &d))
	for _, step := range d.Steps {
		if step.Channel == channel {
			return step.ProviderID
		}
	}
	s.t.Fatalf("delivery %s has no step on %s", id, channel)
	return ""
}

// spoken is a message of a conversation.
type spoken struct {
	ID, Direction, Kind, Channel, Text, Author, Status, Delivery string
	ReplyTo                                                      string `json:"reply_to"`
}

// lines reads a whole conversation.
func (s *street) lines(ref string) (all []spoken) {
	s.t.Helper()
	for next := ""; ; {
		var page struct {
			Items json.RawMessage
			Next  string
		}
		var some []spoken
		path := "/v1/conversations/" + url.PathEscape(ref) + "/messages?limit=1000&cursor=" + url.QueryEscape(next)
		mustAll(s.t, s.call("GET", path, nil, &page), json.Unmarshal(page.Items, &some))
		all = append(all, some...)
		if next = page.Next; next == "" {
			return all
		}
	}
}

// had counts what the shop wrote to a customer.
func had(b *simwhatsapp.Customer) (n int) {
	for _, m := range b.Got() {
		if !m.Mine && m.Chat == shopPhone {
			n++
		}
	}
	return n
}

// texted counts the SMS of a phone.
func (s *street) texted(phone string, want int) {
	s.t.Helper()
	if n := len(s.sms.Messages(phone)); n != want {
		s.t.Errorf("the customer got %d SMS, want %d", n, want)
	}
}

// message waits until something is true of a message of ours at WhatsApp.
func (s *street) message(id string, what string, done func(simwhatsapp.Message) bool) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	if m, err := s.wa.WaitMessage(ctx, id, done); err != nil {
		s.t.Fatalf("never %s: %+v (%v)", what, m, err)
	}
}

// once checks that WhatsApp was given every message of the gateway's to somebody one time, and saw nothing odd. What the gateway asks
// its own phone for (a copy of what it could not read) is nobody's message.
func (s *street) once() {
	s.t.Helper()
	for _, m := range s.wa.Messages(shopPhone) {
		if n := m.Times - m.Direct; n != 1 && m.Device > 0 && m.To != shopPhone[1:]+"@s.whatsapp.net" { // Direct: a phone could not read it, and asked for it
			s.t.Errorf("the message %+v was sent %d times", m, n)
		}
	}
	if odd := s.wa.Oddities(); len(odd) > 0 {
		s.t.Errorf("WhatsApp wonders about %v", odd)
	}
}
