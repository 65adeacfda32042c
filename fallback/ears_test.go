package fallback_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// hooked is a beating rig whose Telegram calls us, tells again at the latest after two minutes, and keeps a press for a little more.
func hooked(o *fallback.Options) {
	o.Still = false
	rules := *o.Rules
	tg := rules.Channels["telegram"]
	tg.Polls, tg.KeepsPress = false, 125*time.Second
	rules.Channels = map[string]fallback.Channel{"telegram": tg, "sms": rules.Channels["sms"]}
	o.Rules = &rules
	o.CatchUp = map[string]time.Duration{"telegram": 2 * time.Minute, "sms": 90 * time.Second}
}

// promo is marketing that falls back after fifteen minutes without proof.
func (r *rig) promo(chat bots.Address) bots.ID {
	r.t.Helper()
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "START", MessageID: "3"})
	return r.ask(fallback.Ask{To: chat.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
		{Channel: "telegram", Wait: fallback.Lasting(15 * time.Minute), Until: "read"}, {Channel: "sms"}}}})
}

// away stops the engine and starts it again later.
func (r *rig) away(d time.Duration) {
	r.t.Helper()
	r.stop()
	r.pass(d)
	r.begin(hooked)
}

// told counts the lines of the outbox of one type about one channel.
func (r *rig) toldOf(kind, channel string) int {
	n := 0
	for _, c := range r.store.Changes() {
		if c.Type == kind && c.Channel == channel {
			n++
		}
	}
	return n
}

func TestChannelsThatCallUs(t *testing.T) {
	for name, script := range map[string]func(r *rig){
		"our listener being up is hearing": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(20 * time.Minute)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
			if deaf := r.engine.Degraded(); len(deaf) != 0 {
				r.t.Errorf("degraded %v", deaf)
			}
		},
		"after a start overdue waits are held for what is told again": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.away(3 * time.Hour)
			r.pass(time.Hour)
			r.want("0s telegram 1", "3h17m0s sms/main +380501110001") // 5 minutes heard, 3 hours away, 2 to catch up, 10 left
		},
		"what is told again in that time comes before the deadline": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.away(3 * time.Hour)
			r.pass(119 * time.Second)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "дякую", MessageID: "500", On: "101", At: time.Now().Add(-2 * time.Hour)})
			r.pass(time.Hour)
			r.want("0s telegram 1")
			r.state(id, "done")
		},
		"a channel that says it has nothing left ends it at once": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.away(3 * time.Hour)
			r.pass(time.Second)
			r.heard(false) // it still has something
			r.pass(4 * time.Second)
			r.heard(true)
			r.pass(time.Hour)
			r.want("0s telegram 1", "3h15m5s sms/main +380501110001")
		},
		"a channel that keeps something for us does not hold waits beyond catch_up": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.away(3 * time.Hour)
			for range 60 {
				r.pass(10 * time.Second)
				r.heard(false)
			}
			r.pass(time.Hour)
			r.want("0s telegram 1", "3h17m0s sms/main +380501110001")
		},
		"one that does not know where we are catches up from when it does": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.away(3 * time.Hour)
			r.engine.Listens("telegram", false)
			r.pass(5 * time.Minute)
			r.heard(true) // it has nothing for who is not there
			r.pass(3 * time.Minute)
			r.want("0s telegram 1")
			r.engine.Listens("telegram", true)
			r.pass(time.Hour)
			r.want("0s telegram 1", "3h25m0s sms/main +380501110001")
		},
		"one that never calls does not block for ever, and is told of": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.engine.Listens("telegram", false)
			r.pass(8 * time.Minute)
			if n := r.toldOf("channel.degraded", "telegram"); n != 0 {
				r.t.Errorf("degraded told %d times before the cap", n)
			}
			r.pass(30 * time.Minute)
			r.want("0s telegram 1", "25m0s sms/main +380501110001") // ten minutes held
			if n := r.toldOf("channel.degraded", "telegram"); n != 1 {
				r.t.Errorf("degraded told %d times", n)
			}
			r.engine.Listens("telegram", true)
			r.pass(3 * time.Minute)
			if n := r.toldOf("channel.recovered", "telegram"); n != 1 || len(r.engine.Degraded()) != 0 {
				r.t.Errorf("recovered told %d times, degraded %v", n, r.engine.Degraded())
			}
		},
		"a listener that is down deafens those that call, not those that are asked": func(r *rig) {
			chat := r.person()
			r.engine.Listens("sms", false)
			slow := r.ask(fallback.Ask{To: chat.String(), Text: "SMS first", Purpose: "service", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
				{Channel: "sms", Wait: fallback.Lasting(5 * time.Minute), Until: "delivered"}, {Channel: "telegram"}}}})
			r.pass(9 * time.Minute)
			r.want("0s sms/main +380501110001")
			r.state(slow, "waiting")
			r.engine.Listens("sms", true)
			r.pass(10 * time.Minute)
			if got := r.sends(); len(got) != 2 || got[1] != "15m30s telegram 1" { // 9 minutes deaf, 90 seconds to catch up, 5 of the wait
				r.t.Errorf("sends %v", got)
			}
			if r.engine.Listens("telegram", false); r.engine.Degraded()["telegram"].IsZero() {
				r.t.Error("telegram calls us here, and cannot")
			}
		},
		"a short absence has lost nothing for good": func(r *rig) {
			id := r.promo(r.person())
			r.away(100 * time.Second) // with two minutes to catch up it is longer than a press is kept
			r.pass(30 * time.Minute)
			if d := r.state(id, "waiting"); d.Leg != 1 {
				r.t.Errorf("leg %d, want the SMS", d.Leg)
			}
		},
		"an absence longer than a press is kept may have lost one": func(r *rig) {
			id := r.promo(r.person())
			r.away(130 * time.Second)
			r.pass(30 * time.Minute)
			if d := r.state(id, "held"); d.Reason != fallback.ReasonGap {
				r.t.Errorf("reason %q", d.Reason)
			}
		},
		"a long absence that is caught up with at once may have lost one too": func(r *rig) {
			id := r.promo(r.person())
			r.away(130 * time.Second)
			r.pass(time.Second)
			r.heard(true)
			r.pass(30 * time.Minute)
			r.state(id, "held")
		},
		"hearing is written at most every thirty seconds": func(r *rig) {
			writes := 0
			r.with(func() {
				r.fail = func(op string) error {
					if op == "PutHearing" {
						writes++
					}
					return nil
				}
			})
			r.pass(10 * time.Minute)
			r.with(func() { r.fail = nil })
			if writes < 30 || writes > 40 {
				r.t.Errorf("%d writes for two channels in ten minutes", writes)
			}
			all, err := r.store.Hearing(r.t.Context())
			if late := time.Since(all["telegram"].Until); err != nil || late > 31*time.Second {
				r.t.Errorf("the last one is %s old (%v)", late, err)
			}
		},
		"a kill counts as away from the last that was written": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5*time.Minute + 20*time.Second)
			r.with(func() {
				r.fail = func(op string) error {
					if op == "PutHearing" {
						return fmt.Errorf("killed")
					}
					return nil
				}
			})
			r.stop()
			r.pass(time.Hour)
			r.with(func() { r.fail = nil })
			r.begin(hooked)
			r.pass(time.Hour)
			got := r.sends()
			if want := time.Hour + 17*time.Minute; len(got) != 2 || !within(r.t, got[1], want, 30*time.Second) {
				r.t.Errorf("sends %v, want the SMS up to half a minute after %s", got, want)
			}
		},
		"nobody was let in any more while sends under way ended": func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				time.Sleep(6 * time.Second)
				return r.tg.ok(n, out), nil
			}
			chat := r.person()
			r.bonus(chat, 1)
			asked := time.Now()
			r.stop()
			if took := time.Since(asked); took < 5*time.Second {
				r.t.Fatalf("the send ended after %s: this shows nothing", took)
			}
			all, err := r.store.Hearing(r.t.Context())
			if err != nil || all["telegram"].Until.After(asked.Add(time.Second)) {
				r.t.Errorf("heard until %s, asked to stop at %s (%v)", all["telegram"].Until, asked, err)
			}
			r.begin(hooked)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, hooked)
				script(r)
				r.close()
			})
		})
	}
}

// within reports whether a line of the rig's log tells of a time from least on, by slack at most.
func within(t *testing.T, line string, least, slack time.Duration) bool {
	t.Helper()
	var at string
	if _, err := fmt.Sscan(line, &at); err != nil {
		t.Fatal(err)
	}
	d, err := time.ParseDuration(at)
	if err != nil {
		t.Fatal(err)
	}
	return d >= least && d <= least+slack
}

// Urgent and conversation waits are never held, and a first step never is.
func TestNobodyWhoIsAnsweredWaitsForADeafChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, hooked)
		chat := r.person()
		r.away(time.Hour)
		r.engine.Listens("telegram", false)
		r.bonus(chat, 7)
		r.ask(fallback.Ask{To: chat.String(), Text: "Код 1234", Purpose: "urgent", Admin: true})
		if got := r.sends(); !slices.Equal(got, []string{"1h0m0s telegram 1", "1h0m0s telegram 1"}) {
			t.Errorf("sends %v, want both at once", got)
		}
		r.close()
	})
}
