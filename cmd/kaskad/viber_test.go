package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

// olena is the customer of the journeys on Viber.
var olena = simviber.UserID(1)

// violet is a plant with Viber and one customer who subscribed by the personal link.
func violet(t *testing.T, opt simviber.Options) (*plant, *simviber.Server) {
	t.Helper()
	if opt.Repeats == nil {
		opt.Repeats = slices.Repeat([]time.Duration{300 * time.Millisecond}, 200)
	}
	vb, err := simviber.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vb.Close() })
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, fmt.Sprintf(`
[cascades.quick]
steps = [
  { channel = "viber", wait = "2s", until = "read" },
  { channel = "sms" },
]
quiet_hours = { from = "00:00", to = "00:00" }
[cascades.roomy]
steps = [
  { channel = "viber", wait = "6s", until = "read" },
  { channel = "sms" },
]
quiet_hours = { from = "00:00", to = "00:00" }
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
`, vb.Token(), vb.URL()))
	p.start()
	if err := p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": phone}, nil); err != nil {
		t.Fatal(err)
	}
	if err := vb.AddPerson(simviber.Person{ID: olena, Name: "Олена", Phone: phone[1:]}); err != nil {
		t.Fatal(err)
	}
	if _, err := vb.WaitCallback(t.Context(), "webhook", 1); err != nil {
		t.Fatal(err)
	}
	return p, vb
}

// join opens the bot through the personal link and taps the button of the welcome.
func (p *plant) join(vb *simviber.Server) {
	p.t.Helper()
	var made struct{ Links []struct{ URL string } }
	if err := p.call("POST", "/v1/contacts/ext:C-1/links", map[string]any{"channels": []string{"viber"}}, &made); err != nil {
		p.t.Fatal(err)
	}
	if err := vb.OpenLink(olena, made.Links[0].URL); err != nil {
		p.t.Fatal(err)
	}
	welcome, err := vb.WaitMessage(p.t.Context(), olena, 1)
	if err != nil {
		p.t.Fatal(err)
	}
	if !welcome.Welcome || len(welcome.Buttons) == 0 || welcome.TrackingData == "" {
		p.t.Fatalf("the welcome is %+v", welcome)
	}
	if _, err := vb.PressButton(olena, welcome.Token, 0); err != nil {
		p.t.Fatal(err)
	}
	waitFor(p.t, "the address to become active", func() bool { return p.viberState() == "active" })
}

// viberState is what the gateway knows of the customer's place on Viber.
func (p *plant) viberState() string { return p.state("viber") }

// state is what the gateway knows of the customer's place on a channel.
func (p *plant) state(channel string) string {
	var c struct {
		Addresses []struct{ Channel, State string }
	}
	if err := p.call("GET", "/v1/contacts/ext:C-1", nil, &c); err != nil {
		p.t.Fatal(err)
	}
	for _, a := range c.Addresses {
		if a.Channel == channel {
			return a.State
		}
	}
	return ""
}

// shown counts what the customer got after the welcome.
func (p *plant) shown(vb *simviber.Server, vibers, texts int) {
	p.t.Helper()
	if n := len(vb.Messages(olena)) - 1; n != vibers {
		p.t.Errorf("the customer got %d Viber messages, want %d", n, vibers)
	}
	if n := len(p.sms.Messages(phone)); n != texts {
		p.t.Errorf("the customer got %d SMS, want %d", n, texts)
	}
	if odd := vb.Oddities(); len(odd) > 0 {
		p.t.Errorf("Viber wondered about %v", odd)
	}
}

func TestViberJourneys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opt     simviber.Options
		play    func(*plant, *simviber.Server)
		reached string
		vibers  int
		texts   int
	}{
		"read in time: no SMS": {play: func(p *plant, vb *simviber.Server) {
			if err := vb.SetHabits(olena, simviber.Always(simviber.Act{Do: simviber.ReadAll, After: 300 * time.Millisecond})); err != nil {
				p.t.Error(err)
			}
		}, reached: "viber", vibers: 1},
		"not read in time: SMS": {play: func(*plant, *simviber.Server) {}, reached: "sms", vibers: 1, texts: 1},
		"an answer is a proof, though seen is hidden": {play: func(p *plant, vb *simviber.Server) {
			if err := vb.SetHabits(olena, simviber.Always(simviber.Act{Do: simviber.WriteText, Text: "Дякую, буду", After: 300 * time.Millisecond})); err != nil {
				p.t.Error(err)
			}
		}, reached: "viber", vibers: 1},
		"no device that can show bots: SMS at once": {play: func(p *plant, vb *simviber.Server) {
			vb.Fail(simviber.Fault{Method: "send_message", Kind: simviber.AnswerStatus, Status: 11})
		}, reached: "sms", texts: 1},
		"unsubscribed before: SMS": {play: func(p *plant, vb *simviber.Server) {
			if err := vb.Unsubscribe(olena); err != nil {
				p.t.Error(err)
			}
			waitFor(p.t, "the address to be blocked", func() bool { return p.viberState() == "blocked" })
		}, reached: "sms", texts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, vb := violet(t, c.opt)
			p.join(vb)
			c.play(p, vb)
			ask := bonus(120)
			if c.texts == 0 {
				ask = roomyBonus()
			}
			d := p.await(p.mustSend(ask), "done")
			if d.ReachedBy != c.reached {
				t.Errorf("reached by %s with %s, want %s", d.ReachedBy, d.Proof, c.reached)
			}
			if c.texts == 0 {
				over(t, time.Now()) // nothing may follow
			}
			p.shown(vb, c.vibers, c.texts)
			p.finish()
		})
	}
}

// The process dies in a send that Viber carried out: the customer never gets it twice, and an SMS comes when no proof does.
func TestKilledInAHangingViberSend(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.join(vb)
	vb.Fail(simviber.Fault{Method: "send_message", Kind: simviber.HangAfterAccept})
	id := p.mustSend(bonus(120))
	waitFor(t, "the message to arrive", func() bool { return len(vb.Messages(olena)) == 2 })
	p.kill()
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "sms" {
		t.Errorf("reached by %s, want sms", d.ReachedBy)
	}
	p.shown(vb, 1, 1)
	p.finish()
}

// The customer reads while the gateway is dead. Viber tells it again, and no SMS goes out though the wait was over.
func TestViberSeenWhileDead(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.join(vb)
	id := p.mustSend(roomyBonus())
	p.await(id, "waiting")
	waitFor(t, "the message to arrive", func() bool { return len(vb.Messages(olena)) == 2 })
	begun := time.Now()
	p.kill()
	if err := vb.Read(olena); err != nil {
		t.Fatal(err)
	}
	over(t, begun)
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "viber" {
		t.Errorf("reached by %s with %s, want viber", d.ReachedBy, d.Proof)
	}
	p.shown(vb, 1, 0)
	p.finish()
}

// Viber asks again when the answer to conversation_started was lost: it reads the same welcome, also from another process.
func TestTheSameWelcomeAgain(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.join(vb)
	opened := vb.CallbacksOf("conversation_started")
	if len(opened) != 1 || len(opened[0].Tries) == 0 {
		t.Fatalf("conversation_started was told %+v", opened)
	}
	first := opened[0].Tries[len(opened[0].Tries)-1]
	p.kill()
	p.start()
	again, err := vb.Repeat(opened[0])
	if err != nil || again.HTTP != 200 || again.Body != first.Body || first.Body == "" {
		t.Errorf("the repeat was answered %s, %v\nthe first time %s", again, err, first)
	}
	p.finish()
}
