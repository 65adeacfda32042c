package whatsapp

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// tries sends once and counts what arrived at WhatsApp.
func (k *talk) tries(out bots.Outgoing) (*bots.SendError, int) {
	k.t.Helper()
	return k.within(soon(k.t), out)
}

// untilPlayed sends once and gives up as soon as a fault was played: nothing would come any more.
func (k *talk) untilPlayed(out bots.Outgoing, kind simulator.Kind) (*bots.SendError, int) {
	k.t.Helper()
	ctx, cancel := context.WithCancel(soon(k.t))
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		defer cancel()
		_, _ = k.s.WaitStanza(ctx, 1, func(s simulator.Stanza) bool { return s.From == shop && s.Fault == kind }) // or the send is over
	})
	return k.within(ctx, out)
}

func (k *talk) within(ctx context.Context, out bots.Outgoing) (*bots.SendError, int) {
	k.t.Helper()
	_, err := k.bot.Send(ctx, out)
	if err == nil {
		return nil, k.s.Message(k.bot.NameOf(out.Step)).Times
	}
	for _, number := range []string{"380501112233", "380441112233", "900002", out.Text} {
		if strings.Contains(err.Error(), number) {
			k.t.Errorf("the error shows what it must not: %v", err)
		}
	}
	return bots.FaultOf(err), k.s.Message(k.bot.NameOf(out.Step)).Times
}

func TestSendsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		fail   simulator.Fault
		want   string
		times  int
		silent bool // no answer comes
	}{
		"a chat that we may not begin":   {simulator.Fault{Kind: simulator.Refuse, Code: 463}, "rejected 463", 1, false},
		"a message that is not taken":    {simulator.Fault{Kind: simulator.Refuse, Code: 479}, "rejected 479", 1, false},
		"too many messages":              {simulator.Fault{Kind: simulator.Refuse, Code: 429}, "temporary 429 later", 1, false},
		"an error of WhatsApp's own":     {simulator.Fault{Kind: simulator.Refuse, Code: 500}, "uncertain 500", 1, false},
		"taken and not answered":         {simulator.Fault{Kind: simulator.NoAck}, "uncertain ", 1, true},
		"lost on the way":                {simulator.Fault{Kind: simulator.Drop}, "uncertain ", 1, true},
		"a connection that is dead":      {simulator.Fault{Kind: simulator.Hang}, "uncertain ", 1, true},
		"cut before it is taken":         {simulator.Fault{Kind: simulator.CutBefore}, "uncertain ", 1, false},
		"cut after it is taken":          {simulator.Fault{Kind: simulator.CutAfter}, "uncertain ", 1, false},
		"too many questions":             {simulator.Fault{Tag: "iq", Query: "usync", Kind: simulator.Refuse, Code: 429, Times: -1}, "temporary 429 later", 0, false},
		"no answer to a question":        {simulator.Fault{Tag: "iq", Query: "usync", Kind: simulator.NoAck, Times: -1}, "temporary ", 0, true},
		"cut while a question is open":   {simulator.Fault{Tag: "iq", Query: "usync", Kind: simulator.CutAfter}, "temporary ", 0, false},
		"no keys of any of her devices":  {simulator.Fault{Tag: "iq", Query: "encrypt", Kind: simulator.Refuse, Code: 429, Times: -1}, "temporary no_keys later", 1, false},
		"too many questions for devices": {simulator.Fault{Tag: "iq", Query: "usync", Skip: 2, Kind: simulator.Refuse, Code: 429, Times: -1}, "temporary 429 later", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, nil)
			c.fail.From = shop
			k.s.Fail(c.fail)
			try := k.tries
			if c.silent {
				try = func(out bots.Outgoing) (*bots.SendError, int) { return k.untilPlayed(out, c.fail.Kind) }
			}
			e, times := try(k.out("120 bonus points"))
			if e == nil {
				t.Fatal("it was accepted")
			}
			got := fmt.Sprint(e.Fault, " ", e.Code)
			if e.RetryAfter > 0 {
				got += " later"
			}
			if got != c.want || times != c.times {
				t.Errorf("%s, and WhatsApp got it %d times; want %s, %d times (%v)", got, times, c.want, c.times, e)
			}
		})
	}
}

// A number that WhatsApp does not know is asked about, and nothing is sent to it. One that it knows is asked about once.
func TestFirstContact(t *testing.T) {
	k := newTalk(t, nil)
	asked := func() int { return len(k.whether()) }
	stranger := k.out("who are you?")
	stranger.To.ID = "+380509999999"
	e, _ := k.tries(stranger)
	if e == nil || e.Fault != bots.Unreachable || e.Code != "not_on_whatsapp" {
		t.Errorf("to a number that is not on WhatsApp: %v, want unreachable", e)
	}
	if n := len(k.s.Messages(shop)); n != 0 {
		t.Errorf("WhatsApp got %d messages", n)
	}
	before := asked()
	k.sends(k.out("one"))
	first := asked() - before
	k.sends(k.out("two"))
	if again := asked() - before - first; first < 2 || again != 0 {
		t.Errorf("WhatsApp was asked %d times before the first message, %d times before the second; want at least twice, and never", first, again)
	}
	if m := k.s.Messages(shop)[0]; m.Retries > 0 {
		t.Errorf("her phone asked %d times for the first message", m.Retries)
	}
	// Who wrote first is known.
	c := k.customer(borys, "900003")
	k.says(c, "hi")
	k.got.hears(t, "hi")
	before = asked()
	out := k.out("hello")
	out.To.ID = borys
	k.hands(out)
	if n := asked() - before; n > 1 {
		t.Errorf("WhatsApp was asked %d times about somebody who wrote first; want once, for the devices", n)
	}
}

// whether are the questions about numbers and their devices.
func (k *talk) whether() (all []simulator.Stanza) {
	for _, s := range k.s.Stanzas("iq") {
		if s.From == shop && s.Query == "usync" {
			all = append(all, s)
		}
	}
	return all
}

// Without resend_uncertain a message goes out once, whatever becomes of it. With it, the other side sees one bubble, of two copies.
func TestSendingOnceMore(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("resend_uncertain = %t", again), func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, func(r *rig) { r.cfg.ResendUncertain = again })
			k.bot.pen.ackTime = 300 * time.Millisecond
			k.s.Fail(simulator.Fault{From: shop, Kind: simulator.NoAck})
			out := k.out("120 bonus points")
			e, times := k.tries(out)
			id := k.bot.NameOf(out.Step)
			copies := 1
			if again {
				copies = 2
			}
			if (e == nil) != again || times != copies {
				t.Fatalf("%v, and WhatsApp got it %d times, want %d", e, times, copies)
			}
			if e != nil && e.Fault != bots.Uncertain {
				t.Errorf("%v, want uncertain", e)
			}
			got, err := k.anna.Wait(soon(t), 1, func(m simulator.Shown) bool { return m.ID == id && m.Times == copies })
			if err != nil || len(k.anna.Got()) != 1 {
				t.Errorf("Anna has %d bubbles, the first of %d copies, %v; want one of %d", len(k.anna.Got()), got.Times, err, copies)
			}
			// The receipt names the message, though nobody heard that it was taken.
			k.hears(bots.Reported, func(e bots.Event) bool { return e.Receipt.ID == id })
		})
	}
}

// The second try says nothing about the first.
func TestTheSecondTryFailsToo(t *testing.T) {
	k := newTalk(t, func(r *rig) { r.cfg.ResendUncertain = true })
	k.bot.pen.ackTime = 300 * time.Millisecond
	k.s.Fail(simulator.Fault{From: shop, Kind: simulator.NoAck})
	k.s.Fail(simulator.Fault{From: shop, Kind: simulator.Refuse, Code: 463})
	e, times := k.tries(k.out("120 bonus points"))
	if e == nil || e.Fault != bots.Uncertain || times != 2 {
		t.Errorf("%v after %d copies, want uncertain after 2", e, times)
	}
}

// Three refused chats within the hour, and only answers are sent; a restart does not make us forget.
func TestRefusedChatsOpenTheBreaker(t *testing.T) {
	k := newTalk(t, nil)
	k.s.Fail(simulator.Fault{From: shop, Kind: simulator.Refuse, Code: 463, Times: -1})
	for i := range refusals {
		if s := k.bot.Standing(); s.Limited {
			t.Fatalf("after %d refusals the standing is %+v", i, s)
		}
		if e, _ := k.tries(k.out("Вітаємо")); e == nil || e.Code != "463" {
			t.Fatalf("%v, want 463", e)
		}
	}
	s := k.bot.Standing()
	if !s.Limited || s.Shut || s.State != "limited" || time.Until(s.Until) < time.Hour || s.Advice == "" {
		t.Errorf("the standing is %+v", s)
	}
	k.close()
	k.open()
	k.run().await(Connected)
	if again := k.bot.Standing(); !again.Limited || again.Until.Sub(s.Until).Abs() > time.Second { // clocks are set, and what is left is measured
		t.Errorf("after a restart the standing is %+v", again)
	}
	k.s.ClearFaults()
	k.sends(k.out("an answer")) // it is the engine that decides what is one
}

func TestSendsWhileTheSessionIsShut(t *testing.T) {
	k := newTalk(t, nil)
	if !k.s.Kick(shop, 1, simulator.DeviceRemoved) {
		t.Fatal("the shop is not there")
	}
	k.await(LoggedOut)
	if e, _ := k.tries(k.out("Вітаємо")); e == nil || e.Fault != bots.Rejected || e.Code != LoggedOut {
		t.Errorf("%v, want rejected (logged_out): the next channel at once, the address as it is", e)
	}
}
