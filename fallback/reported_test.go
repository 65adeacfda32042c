package fallback_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// failLater makes Telegram take every message and report two seconds later that it will not arrive.
func (r *rig) failLater(fault bots.Fault) func(int, bots.Outgoing) (bots.Receipt, error) {
	return func(n int, out bots.Outgoing) (bots.Receipt, error) {
		go func() {
			time.Sleep(2 * time.Second)
			e := failed(fmt.Sprint(100+n), fault, time.Now())
			e.Receipt.Chat = out.To.ID
			if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil && r.t.Context().Err() == nil {
				r.t.Error(err)
			}
		}()
		return r.tg.ok(n, out), nil
	}
}

func failed(id string, fault bots.Fault, at time.Time) bots.Event {
	return bots.Event{
		ID: "failed:" + id, Channel: "telegram", Sender: "telegram", Kind: bots.Reported, At: at,
		Receipt: &bots.Receipt{Sender: "telegram", ID: id, Failed: true, Fault: fault, Reason: "131042: no money", At: at},
	}
}

func (r *rig) count(word string) (n int) {
	for _, s := range r.sends() {
		if strings.Contains(s, " "+word+" ") {
			n++
		}
	}
	return n
}

// A channel without money takes messages, is known by its name, and tells of each message that it will not arrive.
func TestAChannelThatTakesMessagesAndFailsThem(t *testing.T) {
	refusing := func(r *rig) []string { return slices.Sorted(maps.Keys(r.engine.Refusing())) }
	scripts{
		"the lane is held, few messages are lost, it is told of once, and it comes back": {beating, func(r *rig) {
			r.tg.answer = r.failLater(bots.Misconfigured)
			r.heard(true)
			r.bonus(r.person(), 1)
			r.pass(3 * time.Second)
			r.want("0s telegram 1", "2s sms/main +380501110001")
			r.told("channel.degraded telegram misconfigured")
			if held := r.engine.Held(); held["telegram"].IsZero() || !slices.Equal(refusing(r), []string{"telegram"}) {
				r.t.Errorf("held %v, refusing %v", held, refusing(r))
			}
			for i := range 30 {
				r.bonus(r.person(), i)
			}
			for range 4 * 60 {
				r.pass(30 * time.Second)
				r.heard(true)
			}
			if n := r.count("telegram"); n < 3 || n > 16 { // checks after 30 s, 1, 2, 4, 8 and then every 10 minutes, one message after each
				r.t.Errorf("%d messages were tried in two hours", n)
			}
			if n := r.count("sms/main"); n != 31 {
				r.t.Errorf("%d texts, want one for everybody", n)
			}
			r.told("channel.degraded telegram misconfigured")
			r.with(func() { r.tg.answer = nil })
			r.bonus(r.person(), 7)
			for range 30 {
				r.pass(30 * time.Second)
				r.heard(true)
			}
			r.bonus(r.person(), 8)
			r.told("channel.degraded telegram misconfigured", "channel.recovered telegram misconfigured")
			if len(refusing(r)) != 0 || len(r.engine.Held()) != 0 {
				r.t.Errorf("refusing %v, held %v", refusing(r), r.engine.Held())
			}
		}},
		"after a check one message goes, and not all that wait": {beating, func(r *rig) {
			r.heard(true)
			r.tg.answer = r.failLater(bots.Misconfigured)
			r.bonus(r.person(), 1)
			r.pass(3 * time.Second)
			for i := range 30 {
				r.bonus(r.person(), i)
			}
			r.pass(40 * time.Second)
			if n := r.count("telegram"); n != 2 {
				r.t.Errorf("%d messages were tried, want the first and one after the check", n)
			}
		}},
		"what failed long ago, and what says nothing of our account, holds nothing": {plain, func(r *rig) {
			for i, e := range []bots.Event{failed("1", bots.Misconfigured, time.Now().Add(-time.Hour)), failed("2", bots.Rejected, time.Now()), failed("3", bots.Temporary, time.Now())} {
				if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
					r.t.Fatal(err)
				}
				if len(r.engine.Held()) != 0 || len(refusing(r)) != 0 {
					r.t.Errorf("report %d holds %v", i, r.engine.Held())
				}
			}
			r.told()
		}},
		"a report that comes again is no second failure": {plain, func(r *rig) {
			e := failed("1", bots.Misconfigured, time.Now())
			for range 2 {
				if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
					r.t.Fatal(err)
				}
			}
			r.told("channel.degraded telegram misconfigured")
		}},
		"a wave of reports that nobody can be reached deactivates no more addresses": {plain, func(r *rig) {
			r.tg.answer = r.failLater(bots.Unreachable)
			for i := range 200 {
				r.ask(fallback.Ask{To: r.person().String(), Text: fmt.Sprint("Code ", i), Purpose: "service", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "telegram"}}}})
				r.pass(100 * time.Millisecond)
			}
			r.pass(3 * time.Second)
			gone := 0
			for i := range 200 {
				if p, _ := r.store.Contact(r.store.Find(bots.Address{Channel: "telegram", ID: fmt.Sprint(i + 1)})).At("telegram"); p.State == bots.UnreachableState {
					gone++
				}
			}
			if gone < 50 || gone > 100 {
				r.t.Errorf("%d of 200 addresses were deactivated", gone)
			}
		}},
	}.play(t)
}
