package fallback_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// hold begins a hold of marketing in a region; until the zero time, until somebody ends it.
func (r *rig) hold(region string, until time.Time, purposes ...fallback.Purpose) bots.ID {
	r.t.Helper()
	h, err := r.engine.Hold(r.t.Context(), fallback.RegionHold{Region: region, Until: until, Purposes: purposes})
	if err != nil {
		r.t.Fatalf("Hold: %v", err)
	}
	r.pass(0)
	return h.ID
}

func (r *rig) endHold(id bots.ID) {
	r.t.Helper()
	if _, err := r.engine.EndHold(r.t.Context(), id); err != nil {
		r.t.Fatalf("EndHold: %v", err)
	}
	r.pass(0)
}

// shopper is a person who takes offers.
func (r *rig) shopper() bots.Address {
	r.t.Helper()
	chat := r.person()
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "START", MessageID: "3"})
	return chat
}

// offer is marketing that falls back after fifteen minutes without proof. Nothing of it is spread over a ramp, so that every moment of it
// is exact.
func (r *rig) offer(chat bots.Address, changes ...func(*fallback.Ask)) bots.ID {
	r.t.Helper()
	a := fallback.Ask{To: chat.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{
		Steps:      []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(15 * time.Minute), Until: "read"}, {Channel: "sms"}},
		QuietHours: &fallback.QuietConfig{From: "21:00", To: "09:00", Ramp: fallback.Lasting(time.Millisecond)},
	}}
	for _, change := range changes {
		change(&a)
	}
	return r.ask(a)
}

// ramped spreads what was held over a time.
func ramped(d time.Duration) func(*fallback.Ask) {
	return func(a *fallback.Ask) { a.Steps.QuietHours.Ramp = fallback.Lasting(d) }
}

// alone is an offer that goes nowhere else.
func alone(a *fallback.Ask) { a.Steps.Steps = a.Steps.Steps[:1] }

// ends gives an offer a deadline.
func ends(d time.Duration) func(*fallback.Ask) {
	return func(a *fallback.Ask) { a.Steps.Deadline = fallback.Lasting(d) }
}

// is asks for a delivery's state and reason.
func (r *rig) is(id bots.ID, state, reason string) {
	r.t.Helper()
	if d := r.state(id, state); d.Reason != reason {
		r.t.Errorf("delivery is %s (%s), want (%s)", d.State, d.Reason, reason)
	}
}

// move changes a person's record as a retailer's system does.
func (r *rig) move(chat bots.Address, change func(*bots.Contact)) {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		c := tx.Contact(tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID}))
		before := *c
		change(c)
		tx.PutContact(c)
		fallback.Told(tx, &before, c, false)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(0)
}

// slowly lets Telegram take thirty seconds for every message, and fail the first with an error, if there is one.
func (r *rig) slowly(first *bots.SendError) {
	r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
		time.Sleep(30 * time.Second)
		if n == 1 && first != nil {
			return bots.Receipt{}, first
		}
		return r.tg.ok(n, out), nil
	}
}

const fallsBack = "sms/main +380501110001"

func TestHoldsInTheLoops(t *testing.T) {
	scripts{
		"a step in its lane is put aside, and those behind it have their turn": {limited, func(r *rig) {
			here, there := r.shopper(), r.shopper()
			r.move(there, func(c *bots.Contact) { c.Phone = "+48501112233" })
			var kept []bots.ID
			for range 8 {
				kept = append(kept, r.offer(here)) // one a second
			}
			other := r.offer(there)
			r.pass(500 * time.Millisecond)
			r.hold("+38050", time.Time{})
			again := r.offer(there)
			r.pass(time.Second)
			r.want("0s telegram 1", "0s telegram 2", "1s telegram 2")
			r.is(kept[1], "held", "hold")
			r.is(kept[7], "held", "hold")
			r.state(other, "waiting")
			r.state(again, "waiting")
		}},
		"what is held before a lane that is full is put aside all the same, and read no more": {full, func(r *rig) {
			here, there := r.shopper(), r.shopper()
			r.move(there, func(c *bots.Contact) { c.Phone = "+48501112233" })
			r.engine.Pause(r.t.Context(), "telegram", false) // so that everything stands in the lane at once
			var kept []bots.ID
			for range 30 {
				kept = append(kept, r.offer(here))
			}
			for range 60 {
				r.offer(there)
			}
			r.hold("+38050", time.Now().Add(100*time.Hour))
			r.engine.Resume(r.t.Context(), "telegram")
			loads := r.loads()
			r.pass(10 * time.Second)
			for _, id := range kept {
				r.is(id, "held", "hold")
			}
			if n := r.loads() - loads; n > 1000 {
				r.t.Errorf("%d deliveries were read in ten seconds, for thirty that are held and one a second that goes", n)
			}
		}},
		"a hold that begins while a step is sending: it is out, and its wait begins when the hold ends": {plain, func(r *rig) {
			r.slowly(nil)
			id := r.offer(r.shopper())
			r.pass(10 * time.Second)
			h := r.hold("UA", time.Time{})
			r.state(id, "sending")
			r.pass(time.Hour)
			r.is(id, "waiting", "hold")
			r.want("0s telegram 1")
			r.pass(time.Hour)
			r.endHold(h)
			r.pass(15*time.Minute - time.Second)
			r.want("0s telegram 1")
			r.pass(2 * time.Second)
			r.want("0s telegram 1", "2h15m10s "+fallsBack)
		}},
		"a hold that begins while a step is sending that fails: the next try waits for its end": {plain, func(r *rig) {
			r.slowly(&bots.SendError{Fault: bots.Temporary})
			id := r.offer(r.shopper())
			r.pass(10 * time.Second)
			h := r.hold("UA", time.Time{})
			r.pass(time.Hour)
			r.is(id, "held", "hold")
			r.want("0s telegram 1")
			r.endHold(h)
			r.pass(time.Minute)
			r.want("0s telegram 1", "1h0m10s telegram 1")
			r.state(id, "waiting")
		}},
		"a hold that begins while a step is sending that nobody there can take: the next channel waits for its end": {plain, func(r *rig) {
			r.slowly(&bots.SendError{Fault: bots.Unreachable})
			id := r.offer(r.shopper())
			r.pass(10 * time.Second)
			h := r.hold("UA", time.Time{})
			r.pass(time.Hour)
			r.is(id, "held", "hold")
			r.endHold(h)
			r.pass(time.Minute)
			r.want("0s telegram 1", "1h0m10s "+fallsBack)
		}},
		"the clock of a wait stands still, and what was left of it is left": {plain, func(r *rig) {
			id := r.offer(r.shopper())
			r.pass(5 * time.Minute)
			h := r.hold("UA", time.Time{})
			r.pass(9 * time.Minute)
			r.state(id, "waiting")
			r.pass(51 * time.Minute)
			r.is(id, "waiting", "hold")
			r.endHold(h)
			r.is(id, "waiting", "")
			r.pass(10*time.Minute - time.Second)
			r.want("0s telegram 1")
			r.pass(2 * time.Second)
			r.want("0s telegram 1", "1h15m0s "+fallsBack)
		}},
		"proof in a hold ends it": {plain, func(r *rig) {
			chat := r.shopper()
			id := r.offer(chat)
			r.hold("UA", time.Time{})
			r.pass(time.Hour)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "дякую", MessageID: "500", On: "101"})
			r.state(id, "done")
		}},
		"a stop in a hold ends what is held": {plain, func(r *rig) {
			chat := r.shopper()
			h := r.hold("UA", time.Time{})
			id := r.offer(chat)
			r.is(id, "held", "hold")
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "СТОП", MessageID: "500"})
			r.state(id, "refused")
			r.endHold(h)
			r.pass(time.Hour)
			r.state(id, "refused")
		}},
		"a hold ends by itself": {plain, func(r *rig) {
			r.offer(r.shopper())
			r.pass(5 * time.Minute)
			r.hold("UA", time.Now().Add(time.Hour))
			late := r.offer(r.shopper())
			r.pass(time.Hour - time.Second)
			r.is(late, "held", "hold")
			r.pass(2 * time.Second)
			r.want("0s telegram 1", "1h5m0s telegram 2")
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "1h5m0s telegram 2", "1h15m0s "+fallsBack)
			if all := r.engine.Holds(); len(all) != 1 || !all[0].To.Equal(all[0].Until) {
				r.t.Errorf("holds %+v, want one that ended when it was to", all)
			}
		}},
		"a hold that is ended before its time": {plain, func(r *rig) {
			r.offer(r.shopper())
			r.pass(5 * time.Minute)
			h := r.hold("UA", time.Now().Add(5*time.Hour))
			r.offer(r.shopper())
			r.pass(time.Hour)
			r.endHold(h)
			r.pass(time.Second)
			r.want("0s telegram 1", "1h5m0s telegram 2")
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "1h5m0s telegram 2", "1h15m0s "+fallsBack)
		}},
		"a hold that is prolonged, twice": {plain, func(r *rig) {
			r.offer(r.shopper())
			r.pass(5 * time.Minute)
			h := r.hold("UA", time.Now().Add(time.Hour))
			id := r.offer(r.shopper())
			r.pass(30 * time.Minute)
			r.hold("UA", time.Now().Add(time.Hour)) // 1h35m
			r.pass(55 * time.Minute)
			r.is(id, "held", "hold")
			if again := r.hold("UA", time.Now().Add(time.Hour)); again != h { // 2h30m
				r.t.Errorf("the same region is hold %v, want %v", again, h)
			}
			r.pass(59 * time.Minute)
			r.want("0s telegram 1")
			r.pass(2 * time.Minute)
			r.want("0s telegram 1", "2h30m0s telegram 2")
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "2h30m0s telegram 2", "2h40m0s "+fallsBack)
		}},
		"a hold whose end is put forward": {plain, func(r *rig) {
			r.hold("UA", time.Now().Add(50*time.Hour))
			r.offer(r.shopper())
			r.pass(time.Hour)
			r.hold("UA", time.Now().Add(time.Hour))
			r.pass(time.Hour + time.Second)
			r.want("2h0m0s telegram 1")
		}},
		"of two holds that overlap the time of both counts once": {plain, func(r *rig) {
			id := r.offer(r.shopper())
			r.pass(5 * time.Minute)
			h := r.hold("everywhere", time.Time{})
			r.pass(15 * time.Minute)
			r.hold("+38050", time.Now().Add(45*time.Minute)) // 20m to 1h5m
			r.pass(15 * time.Minute)
			r.endHold(h) // 5m to 35m
			r.is(id, "waiting", "hold")
			r.pass(time.Hour)
			r.want("0s telegram 1", "1h15m0s "+fallsBack)
		}},
		"of two holds one after the other each stops the clock": {plain, func(r *rig) {
			r.offer(r.shopper())
			r.pass(5 * time.Minute)
			r.hold("UA", time.Now().Add(5*time.Minute))
			r.pass(7 * time.Minute)
			r.hold("+38050", time.Now().Add(10*time.Minute))
			r.pass(time.Hour)
			r.want("0s telegram 1", "30m0s "+fallsBack) // five minutes, two, eight
		}},
		"the deadline stands still, and comes when its time is over": {plain, func(r *rig) {
			chat := r.shopper()
			read := func(a *fallback.Ask) {
				a.Steps.Steps = []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(10 * time.Hour), Until: "read"}, {Channel: "sms"}}
			}
			out := r.offer(chat, ends(time.Hour), read)
			r.pass(20 * time.Minute)
			h := r.hold("UA", time.Time{})
			kept := r.offer(chat, ends(time.Hour))
			r.pass(6 * time.Hour)
			r.is(out, "waiting", "hold")
			r.is(kept, "held", "hold")
			r.endHold(h)
			r.pass(40*time.Minute - time.Second)
			r.state(out, "waiting")
			r.pass(2 * time.Second)
			r.is(out, "unconfirmed", "deadline")
			r.state(kept, "waiting") // it had all of its hour
		}},
		"marketing waits; service, what is urgent and answers go on": {plain, func(r *rig) {
			chat := r.shopper()
			r.hold("everywhere", time.Time{})
			r.offer(chat)
			r.bonus(chat, 1)
			r.ask(fallback.Ask{To: chat.String(), Text: "Code 1234", Purpose: "urgent", Admin: true})
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "СТОП", MessageID: "400"}) // is answered
			r.pass(time.Minute)
			if n := len(r.sends()); n < 2 {
				r.t.Errorf("sends %q, want service and urgent", r.sends())
			}
			for _, out := range r.sent {
				if strings.Contains(out.Text, "Sale") {
					r.t.Errorf("marketing left in a hold of everywhere")
				}
			}
		}},
		"a hold of service keeps service, and what is urgent goes on": {plain, func(r *rig) {
			chat := r.shopper()
			r.hold("everywhere", time.Time{}, fallback.Service)
			kept := r.bonus(chat, 1)
			r.ask(fallback.Ask{To: chat.String(), Text: "Code 1234", Purpose: "urgent", Admin: true})
			r.offer(chat)
			r.pass(time.Minute)
			r.is(kept, "held", "hold")
			r.want("0s telegram 1", "0s telegram 1")
		}},
		"a restart in the middle": {plain, func(r *rig) {
			r.offer(r.shopper())
			r.pass(5 * time.Minute)
			r.hold("UA", time.Now().Add(time.Hour))
			id := r.offer(r.shopper())
			r.pass(20 * time.Minute)
			r.heard(true)
			r.stop()
			r.begin()
			r.heard(true)
			r.pass(10 * time.Minute)
			r.is(id, "held", "hold")
			r.want("0s telegram 1")
			r.pass(31 * time.Minute)
			r.want("0s telegram 1", "1h5m0s telegram 2")
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "1h5m0s telegram 2", "1h15m0s "+fallsBack)
		}},
		"a hold that ends while we are away": {plain, func(r *rig) {
			r.hold("UA", time.Now().Add(time.Hour))
			id := r.offer(r.shopper())
			r.pass(10 * time.Minute)
			r.stop()
			r.pass(2 * time.Hour)
			r.begin()
			r.heard(true)
			r.pass(time.Second)
			r.want("2h10m0s telegram 1")
			r.state(id, "waiting")
		}},
		"a hold that somebody ends, and a kill before anything went on": {plain, func(r *rig) {
			h := r.hold("UA", time.Time{})
			id := r.offer(r.shopper())
			r.pass(time.Minute)
			r.stop()
			if _, err := r.store.EndHold(r.t.Context(), h); err != nil { // as a process does that dies right after
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
			r.begin()
			r.heard(true)
			r.pass(time.Second)
			r.want("2m0s telegram 1")
			r.state(id, "waiting")
		}},
		"quiet hours come after a hold": {plain, func(r *rig) {
			id := r.offer(r.shopper())
			r.pass(5 * time.Minute)
			r.hold("UA", time.Now().Add(10*time.Hour)) // 22:05
			r.pass(10*time.Hour + time.Minute)
			r.state(id, "waiting")
			r.pass(11*time.Hour + 4*time.Minute)
			r.want("0s telegram 1", "21h10m0s "+fallsBack) // ten minutes after nine
		}},
		"what was held goes out over the ramp": {plain, func(r *rig) {
			r.hold("UA", time.Time{})
			const all = 300
			for range all {
				r.offer(r.shopper(), alone, ramped(time.Hour))
			}
			r.pass(time.Hour)
			r.endHold(r.engine.Holding()[0].ID)
			r.spreads(all, time.Hour)
		}},
		"what a hold with an end held goes out over the ramp": {plain, func(r *rig) {
			r.hold("UA", time.Now().Add(time.Hour))
			const all = 300
			for range all {
				r.offer(r.shopper(), alone, ramped(time.Hour))
			}
			r.pass(time.Hour)
			r.spreads(all, time.Hour)
		}},
		"waits that a hold stopped do not all end at once": {plain, func(r *rig) {
			const all = 200
			for range all {
				r.offer(r.shopper(), ramped(time.Hour))
			}
			r.pass(5 * time.Minute)
			h := r.hold("UA", time.Time{})
			r.pass(time.Hour)
			r.endHold(h)
			r.pass(10*time.Minute - time.Second)
			r.with(func() { r.log = nil })
			r.spreads(all, time.Hour)
		}},
	}.play(t)
}

// spreads looks that so many messages leave within a time from now, in each quarter of it about a quarter, and nowhere many in a second.
func (r *rig) spreads(all int, over time.Duration) {
	r.t.Helper()
	counts := []int{}
	for range 4 {
		before := len(r.sends())
		r.pass(over / 4)
		counts = append(counts, len(r.sends())-before)
	}
	r.pass(time.Minute)
	if n := len(r.sends()); n != all {
		r.t.Errorf("%d of %d left", n, all)
	}
	for _, n := range counts {
		if n < all/8 || n > all/2 {
			r.t.Errorf("quarters %v of %d, want about as many in each", counts, all)
		}
	}
	seconds := map[string]int{}
	for _, s := range r.sends() {
		at, _, _ := strings.Cut(s, " ")
		seconds[at]++
	}
	for at, n := range seconds {
		if n > max(4, all/25) {
			r.t.Errorf("%d of %d left in the second %s", n, all, at)
		}
	}
}

// Whoever moves into a region on hold, or out of it, is looked at where they are now.
func TestWhoMovesInAHold(t *testing.T) {
	in := func(c *bots.Contact) { c.Attributes = []byte(`{"region":"Kharkiv"}`) }
	out := func(c *bots.Contact) { c.Attributes = []byte(`{"region":"Lviv"}`) }
	scripts{
		"who moves in while a wait runs falls back after the hold": {plain, func(r *rig) {
			chat := r.shopper()
			r.hold("region=Kharkiv", time.Now().Add(3*time.Hour))
			id := r.offer(chat)
			r.pass(5 * time.Minute)
			r.move(chat, in)
			r.pass(time.Hour)
			r.is(id, "waiting", "hold")
			r.want("0s telegram 1")
			r.pass(3 * time.Hour)
			if n := len(r.sends()); n != 2 {
				r.t.Errorf("sends %q", r.sends())
			}
		}},
		"who moves out is not kept until the end of the hold": {plain, func(r *rig) {
			chat := r.shopper()
			r.move(chat, in)
			r.hold("region=Kharkiv", time.Now().Add(80*24*time.Hour))
			id := r.offer(chat)
			r.is(id, "held", "hold")
			r.pass(10 * time.Minute)
			r.move(chat, out)
			r.pass(time.Minute) // the loop's own beat
			if n := len(r.sends()); n != 1 {
				r.t.Errorf("sends %q a minute later, want one", r.sends())
			}
		}},
		"who moves out of an open hold, by zone": {plain, func(r *rig) {
			chat := r.shopper()
			r.move(chat, func(c *bots.Contact) { c.Zone = "Europe/Warsaw" })
			r.hold("Europe/Warsaw", time.Time{})
			id := r.offer(chat)
			r.is(id, "held", "hold")
			r.pass(10 * time.Minute)
			r.move(chat, func(c *bots.Contact) { c.Zone = "Europe/Kyiv" })
			r.pass(time.Minute) // the loop's own beat
			if n := len(r.sends()); n != 1 {
				r.t.Errorf("sends %q a minute later, want one", r.sends())
			}
		}},
		"who has another phone now, while a wait is held": {plain, func(r *rig) {
			chat := r.shopper()
			r.hold("+38050", time.Time{})
			id := r.offer(chat)
			r.pass(0)
			r.is(id, "held", "hold")
			r.pass(10 * time.Minute)
			r.move(chat, func(c *bots.Contact) { c.Phone = "+380671112233" })
			r.pass(time.Minute) // the loop's own beat
			if n := len(r.sends()); n != 1 {
				r.t.Errorf("sends %q a minute later, want one", r.sends())
			}
		}},
		"who moves from one hold to another stays": {plain, func(r *rig) {
			chat := r.shopper()
			r.move(chat, in)
			r.hold("region=Kharkiv", time.Time{})
			r.hold("region=Lviv", time.Now().Add(time.Hour))
			id := r.offer(chat)
			r.move(chat, out)
			r.is(id, "held", "hold")
			r.pass(time.Hour + time.Second)
			if n := len(r.sends()); n != 1 {
				r.t.Errorf("sends %q, want one when the second hold ended: nothing keeps the person any more", r.sends())
			}
		}},
	}.play(t)
}

// counting counts how often deliveries are read.
type counting struct {
	fallback.Store
	loads atomic.Int64
}

func (c *counting) Load(ctx context.Context, id bots.ID) (fallback.Loaded, error) {
	c.loads.Add(1)
	return c.Store.Load(ctx, id)
}

// full is a lane that lets one message a second go, and a store that counts how often deliveries are read. Nobody has too much.
func full(o *fallback.Options) {
	limited(o)
	tg := o.Rules.Channels["telegram"]
	tg.PerSecond, tg.PerChat = 1, 0
	o.Rules.Channels["telegram"] = tg
	o.Rules.PerDay, o.Rules.PerWeek = 0, 0
	o.Store = &counting{Store: o.Store}
}

func (r *rig) loads() int64 { return r.engine.Store.(*counting).loads.Load() }
