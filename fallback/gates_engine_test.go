package fallback_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// session is a sender that says how it stands.
type session struct {
	*sender
	mu  sync.Mutex
	now bots.Standing
}

func (s *session) Standing() bots.Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *session) stands(now bots.Standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now.Since = time.Now()
	s.now = now
}

// held makes Telegram a channel that holds a session, of limits that are changed.
func held(change func(*fallback.Channel)) func(*fallback.Options) {
	return func(o *fallback.Options) {
		tg := o.Senders["telegram"].(*sender)
		o.Senders = map[string]bots.Sender{"telegram": &session{sender: tg}, "sms/main": o.Senders["sms/main"]}
		rules := *o.Rules
		c := rules.Channels["telegram"]
		change(&c)
		rules.Channels = map[string]fallback.Channel{"telegram": c, "sms": rules.Channels["sms"]}
		o.Rules = &rules
		o.Still = false
	}
}

// still is held without the heartbeat, so that days pass quickly.
func still(change func(*fallback.Channel)) func(*fallback.Options) {
	return func(o *fallback.Options) {
		held(change)(o)
		o.Still = true
	}
}

func (r *rig) session() *session { return r.engine.Senders["telegram"].(*session) }

// people makes some contacts.
func (r *rig) people(n int) (all []bots.Address) {
	r.t.Helper()
	for range n {
		all = append(all, r.person())
	}
	return all
}

// bonuses sends one message to each.
func (r *rig) bonuses(to []bots.Address) (ids []bots.ID) {
	r.t.Helper()
	for i, chat := range to {
		ids = append(ids, r.bonus(chat, i+1))
	}
	return ids
}

// sorted compares what was sent, in whatever order within a second.
func (r *rig) sorted(lines ...string) {
	r.t.Helper()
	r.with(func() { slices.Sort(r.log) })
	r.want(lines...)
}

var (
	asIs  = held(func(*fallback.Channel) {})
	shut  = bots.Standing{State: "banned", Shut: true, Advice: "wait"}
	bound = held(func(c *fallback.Channel) { c.Daily = bots.Daily{First: 2, Growth: 2, Most: 5} })
)

func TestSessions(t *testing.T) {
	scripts{
		"steps of a session that is shut go on at once, however slow its lane": {held(func(c *fallback.Channel) { c.PerSecond, c.Burst = 0.01, 1 }), func(r *rig) {
			ids := r.bonuses(r.people(3))
			r.pass(time.Second)
			r.want("0s telegram 1")
			r.session().stands(shut)
			r.pass(2 * time.Second)
			r.sorted("0s telegram 1", "2s sms/main +380501110002", "2s sms/main +380501110003")
			d := r.state(ids[1], "waiting")
			if l := d.Route[0]; l.Outcome != fallback.PassedBy || l.Reason != fallback.ReasonShut {
				r.t.Errorf("the step is %s %s", l.Outcome, l.Reason)
			}
			if place, _ := r.store.Contact(d.Contact).At("telegram"); place.State != bots.Active {
				r.t.Errorf("the address is %s", place.State)
			}
		}},
		"one that opens again is used again": {asIs, func(r *rig) {
			r.session().stands(shut)
			r.pass(2 * time.Second)
			to := r.people(2)
			r.bonus(to[0], 1)
			r.session().stands(bots.Standing{State: "connected"})
			r.pass(2 * time.Second)
			r.bonus(to[1], 2)
			r.want("2s sms/main +380501110001", "4s telegram 2")
		}},
		"an answer to a person fails when it is shut, and is sent when it is limited": {asIs, func(r *rig) {
			chat := r.person()
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "?", MessageID: "7"})
			r.session().stands(bots.Standing{State: "limited", Limited: true})
			r.pass(2 * time.Second)
			r.bonus(chat, 1)
			r.answer(chat, "yes")
			r.session().stands(shut)
			r.pass(2 * time.Second)
			r.state(r.answer(chat, "no"), "failed")
			r.want("2s sms/main +380501110001", "2s telegram 1")
		}},
		"a session that is in trouble is told of once, restarts or not, by its state": {asIs, func(r *rig) {
			r.session().stands(shut)
			r.pass(2 * time.Second)
			r.told("channel.degraded telegram banned")
			r.stop()
			r.begin(asIs)
			r.session().stands(shut)
			r.pass(2 * time.Second)
			r.told("channel.degraded telegram banned")
			r.session().stands(bots.Standing{State: "logged_out", Shut: true})
			r.pass(2 * time.Second)
			r.session().stands(bots.Standing{State: "connected"})
			r.pass(2 * time.Second)
			r.told("channel.degraded telegram banned", "channel.degraded telegram logged_out", "channel.recovered telegram logged_out")
		}},
		"a session that connects is no trouble until it takes long": {asIs, func(r *rig) {
			r.session().stands(bots.Standing{State: "connecting", Shut: true})
			r.pass(20 * time.Second)
			r.told()
			r.pass(20 * time.Second)
			r.told("channel.degraded telegram connecting")
		}},
		"how sessions stand is told to whoever asks": {asIs, func(r *rig) {
			r.session().stands(shut)
			if got := r.engine.Standings(); len(got) != 1 || got["telegram"].State != "banned" || got["telegram"].Advice != "wait" {
				r.t.Errorf("standings %+v", got)
			}
		}},
		"a channel with another sender goes on": {func(o *fallback.Options) {
			asIs(o)
			c := o.Rules.Channels["telegram"]
			c.Senders = append(c.Senders, "sms/main")
			o.Rules.Channels["telegram"] = c
		}, func(r *rig) {
			r.session().stands(shut)
			if got := r.engine.Standings(); len(got) != 0 {
				r.t.Errorf("standings %+v of a channel that another sender carries", got)
			}
		}},
	}.play(t)
}

// cool makes an address one where the person was never heard.
func (r *rig) cool(at bots.Address) {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		c := tx.Contact(tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}))
		c.Set(at, bots.Unverified, tx.Now())
		tx.PutContact(c)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// answer is what staff write to a person.
func (r *rig) answer(chat bots.Address, text string) bots.ID {
	r.t.Helper()
	who := r.store.Find(chat)
	done, err := r.engine.Reply(r.t.Context(), r.store, fallback.Reply{Contact: who, Text: text, Author: "ann"})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(0)
	return done.ID
}

func TestADaysBound(t *testing.T) {
	scripts{
		"who is too many goes on to the next channel at once, and the next day more may go": {bound, func(r *rig) {
			r.bonuses(r.people(4))
			r.pass(time.Second)
			r.sorted("0s sms/main +380501110003", "0s sms/main +380501110004", "0s telegram 1", "0s telegram 2")
			r.pass(24*time.Hour - time.Second)
			r.with(func() { r.log = nil })
			r.bonuses(r.people(5))
			r.sorted("24h0m0s sms/main +380501110009", "24h0m0s telegram 5", "24h0m0s telegram 6", "24h0m0s telegram 7", "24h0m0s telegram 8")
		}},
		"the count outlives the process": {bound, func(r *rig) {
			to := r.people(3)
			r.bonuses(to[:2])
			r.stop()
			r.begin(bound)
			r.bonus(to[2], 3)
			r.sorted("0s sms/main +380501110003", "0s telegram 1", "0s telegram 2")
		}},
		"a step that is tried again counts once": {bound, func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n <= 3 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary}
				}
				return r.tg.ok(n, out), nil
			}
			to := r.people(3)
			r.bonus(to[0], 1)
			r.pass(time.Minute)
			r.bonus(to[1], 2)
			r.bonus(to[2], 3)
			r.want("0s telegram 1", "2s telegram 1", "6s telegram 1", "14s telegram 1", "1m0s telegram 2", "1m0s sms/main +380501110003")
		}},
		"answers to people are not counted": {bound, func(r *rig) {
			chat := r.person()
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "?", MessageID: "7"})
			for i := range 4 {
				r.answer(chat, fmt.Sprint("answer ", i))
			}
			r.bonus(r.person(), 1)
			r.want("0s telegram 1", "0s telegram 1", "0s telegram 1", "0s telegram 1", "0s telegram 2")
		}},
		"a lane that is slow does not keep those who are too many": {held(func(c *fallback.Channel) {
			c.Daily, c.PerSecond, c.Burst, c.Jitter = bots.Daily{First: 1}, 0.01, 1, time.Minute
		}), func(r *rig) {
			r.bonuses(r.people(3))
			r.pass(time.Second)
			r.sorted("0s sms/main +380501110002", "0s sms/main +380501110003", "0s telegram 1")
		}},
	}.play(t)
}

// paced is a channel that sends like a person: one at a time, ten seconds and up to ten more between two.
var paced = held(func(c *fallback.Channel) { c.PerSecond, c.Burst, c.Jitter, c.Workers = 0.1, 1, 10*time.Second, 1 })

// times are when messages left, of a channel.
func (r *rig) times(channel string) (at []time.Duration) {
	for _, line := range r.sends() {
		if f := strings.Fields(line); f[1] == channel {
			d, _ := time.ParseDuration(f[0])
			at = append(at, d)
		}
	}
	return at
}

func TestPace(t *testing.T) {
	scripts{
		"pauses between two sends are of random length": {paced, func(r *rig) {
			r.bonuses(r.people(30))
			r.pass(10 * time.Minute)
			at := r.times("telegram")
			if len(at) < 25 {
				r.t.Fatalf("%d left in ten minutes", len(at))
			}
			lengths := map[time.Duration]bool{}
			for i := range at[1:] {
				gap := at[i+1] - at[i]
				lengths[gap] = true
				if gap < 9*time.Second || gap > 21*time.Second { // the log has whole seconds
					r.t.Errorf("%s between two sends", gap)
				}
			}
			if len(lengths) < 4 {
				r.t.Errorf("the pauses are %v", lengths)
			}
		}},
		"an answer does not wait for the pause": {held(func(c *fallback.Channel) { c.Jitter = time.Hour }), func(r *rig) {
			to := r.people(2)
			r.event(bots.Event{Kind: bots.Wrote, Chat: to[0], Text: "?", MessageID: "7"})
			r.bonus(to[1], 1)
			r.pass(time.Second)
			r.answer(to[0], "yes")
			r.want("0s telegram 2", "1s telegram 1")
		}},
		"what comes after an answer keeps its distance": {held(func(c *fallback.Channel) { c.PerSecond, c.Burst, c.Jitter = 0.1, 5, time.Second }), func(r *rig) {
			to := r.people(2)
			r.event(bots.Event{Kind: bots.Wrote, Chat: to[0], Text: "?", MessageID: "7"})
			r.answer(to[0], "yes")
			r.bonus(to[1], 1)
			r.pass(time.Minute)
			if at := r.times("telegram"); len(at) != 2 || at[1] < 10*time.Second || at[1] > 11*time.Second {
				r.t.Errorf("sent at %v", at)
			}
		}},
		"as many are under way as the channel takes": {held(func(c *fallback.Channel) { c.Workers = 2 }), func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				time.Sleep(3 * time.Second)
				return r.tg.ok(n, out), nil
			}
			r.bonuses(r.people(5))
			r.pass(time.Minute)
			if got := fmt.Sprint(r.times("telegram")); got != "[0s 0s 3s 3s 6s]" {
				r.t.Errorf("sent at %s", got)
			}
		}},
		"the next one goes while the outcome of the last is written": {held(func(c *fallback.Channel) { c.Workers = 1 }), func(r *rig) {
			r.store.Fail = func(op string) error {
				if op == "Settle" {
					time.Sleep(2 * time.Second)
				}
				return nil
			}
			under, most := 0, 0
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				r.with(func() { under++; most = max(most, under) })
				time.Sleep(3 * time.Second)
				r.with(func() { under-- })
				return r.tg.ok(n, out), nil
			}
			r.bonuses(r.people(3))
			r.pass(time.Minute)
			if got := fmt.Sprint(r.times("telegram")); got != "[0s 3s 6s]" || most != 1 {
				r.t.Errorf("sent at %s, %d at once at most; want one after another, and nothing in between", got, most)
			}
		}},
		"a resume ramps up a paced channel, too": {held(func(c *fallback.Channel) { c.PerSecond, c.Burst, c.Jitter = 1, 1, time.Second }), func(r *rig) {
			to := r.people(40)
			if err := r.engine.Pause(r.t.Context(), "", false); err != nil {
				r.t.Fatal(err)
			}
			r.bonuses(to)
			if err := r.engine.Resume(r.t.Context(), ""); err != nil {
				r.t.Fatal(err)
			}
			r.pass(30 * time.Second)
			if n := len(r.times("telegram")); n < 2 || n > 6 {
				r.t.Errorf("%d left in the first thirty seconds", n)
			}
		}},
	}.play(t)
}

func TestOneChatWaits(t *testing.T) {
	scripts{
		"who got too much waits, and the lane goes on": {asIs, func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, Code: "131056", RetryAfter: 30 * time.Second, ChatOnly: true}
				}
				return r.tg.ok(n, out), nil
			}
			to := r.people(2)
			r.bonus(to[0], 1)
			r.pass(10 * time.Second)
			r.bonus(to[1], 2)
			r.ask(fallback.Ask{To: to[0].String(), Text: "another", Purpose: "service"})
			r.pass(time.Minute)
			r.want("0s telegram 1", "10s telegram 2", "30s telegram 1", "30s telegram 1")
		}},
		"longer than the step's wait is the next channel's": {asIs, func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Hour, ChatOnly: true}
			}
			r.bonus(r.person(), 1)
			r.want("0s telegram 1", "0s sms/main +380501110001")
		}},
	}.play(t)
}
