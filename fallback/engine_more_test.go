package fallback_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// beating is a rig whose heart beats, as in the program.
func beating(o *fallback.Options) { o.Still = false }

// limited gives Telegram a rate and a pause between two messages to one chat.
func limited(o *fallback.Options) {
	rules := *o.Rules
	tg := rules.Channels["telegram"]
	tg.PerSecond, tg.PerChat = 10, time.Second
	rules.Channels = map[string]fallback.Channel{"telegram": tg, "sms": rules.Channels["sms"]}
	o.Rules = &rules
}

// scripts are engines of an option each, and what they live through.
type scripts map[string]struct {
	option func(*fallback.Options)
	script func(r *rig)
}

// plain changes nothing.
func plain(*fallback.Options) {}

func (all scripts) play(t *testing.T) {
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, c.option)
				c.script(r)
				r.close()
			})
		})
	}
}

func TestEngineAsItRuns(t *testing.T) {
	scripts{
		"a quiet bot that is asked again and again is not deaf": {beating, func(r *rig) {
			r.bonus(r.person(), 120)
			for range 24 { // long polls, each answered empty after 50 seconds
				r.heard(true)
				r.pass(50 * time.Second)
			}
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
			if deaf := r.engine.Degraded(); len(deaf) != 0 {
				r.t.Errorf("degraded %v", deaf)
			}
		}},
		"a bot whose polls are not answered is deaf, and the wait stands still": {beating, func(r *rig) {
			r.bonus(r.person(), 120)
			r.heard(true)
			r.pass(8 * time.Minute) // nothing for eight minutes: less than the cap
			r.heard(true)
			for range 20 {
				r.pass(50 * time.Second)
				r.heard(true)
			}
			if n := len(r.sends()); n != 2 || !strings.HasPrefix(r.sends()[1], "23m") {
				r.t.Errorf("sends %v, want the SMS eight minutes late", r.sends())
			}
		}},
		"a sender that is misconfigured is checked and used again": {beating, func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Code: "401"}
				}
				return r.tg.ok(n, out), nil
			}
			r.tg.check = fmt.Errorf("still wrong")
			id := r.bonus(r.person(), 120)
			r.pass(4 * time.Minute)
			r.want("0s telegram 1") // held: no message is spent on trying
			if _, held := r.engine.Held()["telegram"]; !held {
				r.t.Error("the channel is not held")
			}
			r.with(func() { r.tg.check = nil })
			r.pass(5 * time.Minute)
			if n := len(r.sends()); n != 2 {
				r.t.Errorf("sends %v, want one more after the check", r.sends())
			}
			r.state(id, "waiting")
		}},
		"one person's many messages do not stand before others": {limited, func(r *rig) {
			a, b := r.person(), r.person()
			for i := range 30 {
				r.bonus(a, i)
			}
			r.bonus(b, 1)
			r.pass(500 * time.Millisecond)
			if all := r.sends(); len(all) != 2 || all[1] != "0s telegram 2" {
				r.t.Errorf("sends %v, want one to each", r.sends())
			}
			r.pass(40 * time.Second)
			if len(r.sends()) != 31 {
				r.t.Errorf("%d sends after 40 s, want all 31", len(r.sends()))
			}
		}},
		"a message costs one token": {limited, func(r *rig) {
			for i := range 40 {
				r.bonus(r.person(), i)
			}
			r.pass(5 * time.Second)
			if len(r.sends()) != 40 {
				r.t.Errorf("%d of 40 messages left in five seconds at ten a second", len(r.sends()))
			}
		}},
		"a full disk passes": {plain, func(r *rig) {
			id := r.bonus(r.person(), 120)
			r.with(func() {
				r.fail = func(op string) error {
					if op == "Come" || op == "Claim" || op == "Drop" {
						return fmt.Errorf("no room: %w", fallback.ErrUnavailable)
					}
					return nil
				}
			})
			r.pass(20 * time.Minute)
			r.want("0s telegram 1")
			r.with(func() { r.fail = nil })
			r.pass(time.Minute)
			if len(r.sends()) != 2 {
				r.t.Errorf("sends %v, want the SMS once there is room", r.sends())
			}
			r.state(id, "waiting")
		}},
		"a later step in its lane waits until an earlier channel was heard": {plain, func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.heard(true)
			r.engine.Pause(r.t.Context(), "sms", false)
			r.pass(20 * time.Minute)
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.engine.Resume(r.t.Context(), "sms")
			r.pass(5 * time.Second)
			r.want("0s telegram 1") // her answer may be waiting at Telegram
			r.event(bots.Event{Kind: bots.Pressed, Chat: chat, Step: r.step(0), Data: "ok"})
			r.heard(true)
			r.pass(time.Hour)
			r.want("0s telegram 1")
			r.state(id, "done")
		}},
		"a later step in its lane goes out as soon as an earlier channel was heard": {plain, func(r *rig) {
			id := r.bonus(r.person(), 120)
			r.heard(true)
			r.engine.Pause(r.t.Context(), "sms", false)
			r.pass(20 * time.Minute)
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.engine.Resume(r.t.Context(), "sms")
			r.pass(5 * time.Second)
			if d := r.state(id, "held"); d.Reason != "catching_up: telegram" {
				r.t.Errorf("held for %q", d.Reason)
			}
			r.heard(true) // nothing was waiting there
			r.pass(time.Minute)
			r.want("0s telegram 1", "1h20m5s sms/main +380501110001")
		}},
		"a later step in its lane does not wait for ever for an earlier channel": {plain, func(r *rig) {
			r.bonus(r.person(), 120)
			r.heard(true)
			r.engine.Pause(r.t.Context(), "sms", false)
			r.pass(20 * time.Minute)
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.engine.Resume(r.t.Context(), "sms")
			r.pass(time.Hour)
			r.want("0s telegram 1", "1h30m0s sms/main +380501110001")
		}},
		"a provider that was removed carries nothing": {plain, func(r *rig) {
			r.sms.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured}
			}
			r.ask(fallback.Ask{To: "phone:+380501112233", Template: "bonus", Data: map[string]any{"points": 1}})
			r.stop()
			r.begin(func(o *fallback.Options) {
				rules := *o.Rules
				other := rules.Channels["sms"]
				other.Senders = []string{"sms/other"}
				rules.Channels = map[string]fallback.Channel{"telegram": rules.Channels["telegram"], "sms": other}
				o.Rules = &rules
				o.Senders["sms/other"] = &sender{name: "sms/other", rig: r, limits: r.sms.limits}
			})
			r.pass(time.Second)
			r.want("0s sms/main +380501112233", "0s sms/other +380501112233")
		}},
		"a record that cannot be read stops nobody else": {plain, func(r *rig) {
			chat := r.person()
			other := r.person()
			bad, last := 3, ""
			r.with(func() {
				r.fail = func(op string) error {
					if op == "Load" && bad > 0 { // the first send, and what the lane tries next
						bad--
						last = op
						return errors.New("malformed record: field 7")
					}
					return nil
				}
			})
			r.bonus(chat, 1)
			r.pass(10 * time.Second)
			r.want()
			r.with(func() { bad = 0 })
			r.bonus(other, 1)
			r.want("10s telegram 2")
			r.pass(time.Minute) // the first is looked at again after a minute
			r.want("10s telegram 2", "1m10s telegram 1")
			if last != "Load" {
				r.t.Error("no record was unreadable")
			}
		}},
		"a message whose writing panics fails its step, and nothing else": {func(o *fallback.Options) {
			o.WayOut = func(d *fallback.Delivery) string {
				if d.Leg == 0 && d.Text == "Bad" {
					panic("Bad")
				}
				return "https://example.com/u/1"
			}
			o.Rules.OptOut = true
		}, func(r *rig) {
			chat := r.person()
			steps := &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour)}, {Channel: "sms", Wait: fallback.Lasting(time.Hour)}}}
			bad := r.ask(fallback.Ask{To: chat.String(), Text: "Bad", Purpose: "marketing", Steps: steps})
			good := r.ask(fallback.Ask{To: chat.String(), Text: "Good", Purpose: "marketing", Steps: steps})
			r.want("0s sms/main +380501110001", "0s telegram 1")
			if d := r.state(bad, "waiting"); d.Route[0].Outcome != fallback.Fell || d.Route[0].Fault != bots.Rejected || d.Route[1].Outcome != fallback.Taken {
				r.t.Errorf("legs %+v", d.Route)
			}
			r.state(good, "waiting")
		}},
		"an adapter that panics leaves the outcome unknown, not the program": {plain, func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) { panic("nil map") }
			id := r.bonus(r.person(), 120)
			if d := r.state(id, "waiting"); d.Route[0].Outcome != fallback.Doubtful {
				r.t.Errorf("legs %+v", d.Route)
			}
		}},
		"a stop by SMS is for everybody at that number": {plain, func(r *rig) {
			chat := r.person()
			phone := bots.Address{Channel: "sms", ID: "+380501110001"}
			r.ask(fallback.Ask{To: "phone:" + phone.ID, Template: "bonus", Data: map[string]any{"points": 1}})
			other := r.person()
			r.event(bots.Event{Kind: bots.Shared, Chat: other, Phone: phone.ID, MessageID: "9"})
			for _, who := range []bots.Address{chat, other} {
				r.event(bots.Event{Kind: bots.Wrote, Chat: who, Text: "START", MessageID: "10"})
			}
			r.event(bots.Event{Kind: bots.Wrote, Chat: phone, Sender: "sms/main", Text: "STOP", At: time.Now()})
			for _, who := range []bots.Address{chat, other} {
				id := r.ask(fallback.Ask{To: who.String(), Text: "Sale " + who.ID, Purpose: "marketing"})
				r.state(id, "skipped")
			}
		}},
		"proofs that cannot be stored hold everything back": {plain, func(r *rig) {
			chat := r.person()
			r.bonus(chat, 120)
			r.pass(15*time.Minute - 2*time.Second)
			r.with(func() {
				r.fail = func(op string) error {
					if op == "Receive" { // small writes still fit
						return fmt.Errorf("no room: %w", fallback.ErrUnavailable)
					}
					return nil
				}
			})
			press := bots.Event{ID: "p", Channel: "telegram", Sender: "telegram", Kind: bots.Pressed, Chat: chat, Step: r.step(0), Data: "ok", At: time.Now()}
			for range 10 { // the poller tries again and again
				if r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{press}}) == nil {
					r.t.Error("an event that was not stored was acknowledged")
				}
				r.pass(3 * time.Second)
			}
			r.want("0s telegram 1")
			r.with(func() { r.fail = nil })
			if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{press}}); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Hour)
			r.want("0s telegram 1")
		}},
		"a proof that could not be stored is waited for, however long the poller rests": {plain, func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.heard(true)
			r.pass(15*time.Minute - 2*time.Second)
			r.with(func() { r.fail = func(string) error { return fmt.Errorf("no room: %w", fallback.ErrUnavailable) } })
			press := bots.Event{ID: "p", Channel: "telegram", Sender: "telegram", Kind: bots.Pressed, Chat: chat, Step: r.step(0), Data: "ok", At: time.Now()}
			if r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{press}}) == nil {
				r.t.Error("an event that was not stored was acknowledged")
			}
			r.pass(6 * time.Second)
			r.with(func() { r.fail = nil })
			r.pass(37 * time.Second) // there is room, and nobody asks Telegram yet
			r.want("0s telegram 1")
			if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{press}}); err != nil {
				r.t.Fatal(err)
			}
			r.heard(true)
			r.pass(time.Hour)
			r.want("0s telegram 1")
			r.state(id, "done")
		}},
		"a restart in the middle of a resume's ramp does not let go of everything at once": {limited, func(r *rig) {
			r.engine.Pause(r.t.Context(), "", false)
			for i := range 200 {
				r.bonus(r.person(), i)
			}
			r.engine.Resume(r.t.Context(), "")
			r.pass(10 * time.Second)
			before := len(r.sends())
			if before < 8 || before > 20 { // a second each at first; two may go at once
				r.t.Errorf("%d sends in the first ten seconds, want about ten", before)
			}
			r.stop()
			r.begin(limited)
			r.pass(10 * time.Second)
			if n := len(r.sends()) - before; n < 8 || n > 20 {
				r.t.Errorf("%d sends in the ten seconds after the restart, want about ten", n)
			}
		}},
		"the ramp is of the channel that was paused": {limited, func(r *rig) {
			r.engine.Pause(r.t.Context(), "sms", false)
			r.engine.Resume(r.t.Context(), "sms")
			for i := range 40 {
				r.bonus(r.person(), i)
			}
			r.pass(5 * time.Second)
			if n := len(r.sends()); n != 40 {
				r.t.Errorf("%d of 40 messages left by Telegram in five seconds: nothing of it was paused", n)
			}
		}},
		"resuming everything ends every pause": {plain, func(r *rig) {
			chat := r.person()
			r.engine.Pause(r.t.Context(), "telegram", false)
			r.engine.Pause(r.t.Context(), "service", false)
			r.bonus(chat, 1)
			r.pass(time.Minute)
			r.want()
			if err := r.engine.Resume(r.t.Context(), ""); err != nil || len(r.engine.Paused()) != 0 {
				r.t.Errorf("Resume: %v, paused %v", err, r.engine.Paused())
			}
			r.pass(time.Second)
			r.want("1m0s telegram 1")
		}},
		"two steps that lead to one chat send one message": {plain, func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain}
			}
			chat := r.person()
			r.ask(fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": 1}, Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
				{Channel: "messenger", Wait: fallback.Lasting(time.Minute), Until: "read"}, {Channel: "telegram", Wait: fallback.Lasting(time.Minute)}, {Channel: "sms"}}}})
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "1m0s sms/main +380501110001")
		}},
		"free marketing without a way to stop it is refused": {func(o *fallback.Options) { o.Intake.WayOut = false }, func(r *rig) {
			chat := r.person()
			_, err := r.engine.Accept(r.t.Context(), fallback.Ask{To: chat.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}})
			if err == nil || !strings.Contains(err.Error(), "STOP") {
				r.t.Errorf("Accept: %v", err)
			}
		}},
		"a slow check is no sleeping machine": {beating, func(r *rig) {
			r.tg.slow, r.tg.check = 19*time.Second, fmt.Errorf("no network")
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured}
			}
			r.bonus(r.person(), 1)
			for range 12 {
				r.heard(true)
				r.pass(30 * time.Second)
				if deaf := r.engine.Degraded(); len(deaf) != 0 {
					r.t.Fatalf("degraded %v", deaf)
				}
			}
		}},
		"a refusal is the no of the one it was sent to, and of who shares the number": {plain, func(r *rig) {
			first, second := r.person(), r.person()
			for _, who := range []bots.Address{first, second} {
				r.event(bots.Event{Kind: bots.Shared, Chat: who, Phone: "+380501119999", MessageID: "9"})
				r.event(bots.Event{Kind: bots.Wrote, Chat: who, Text: "START", MessageID: "10"})
			}
			r.sms.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Refused, Code: "404"}
			}
			id := r.ask(fallback.Ask{To: first.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}})
			r.state(id, "refused")
			for _, who := range []bots.Address{first, second} {
				id := r.ask(fallback.Ask{To: who.String(), Text: "More " + who.ID, Purpose: "marketing"})
				if d := r.state(id, "skipped"); d.Reason != fallback.ReasonOptOut {
					r.t.Errorf("reason %q", d.Reason)
				}
			}
		}},
		"a price is the price of the provider that carries it": {func(o *fallback.Options) {
			rules := *o.Rules
			both := rules.Channels["sms"]
			both.Senders = []string{"sms/main", "sms/dear"}
			rules.Channels = map[string]fallback.Channel{"telegram": rules.Channels["telegram"], "sms": both}
			o.Rules = &rules
			o.Senders["sms/dear"] = &sender{name: "sms/dear", rig: o.Senders["sms/main"].(*sender).rig, price: bots.Money{Amount: 20_000, Currency: "UAH"}}
		}, func(r *rig) {
			r.sms.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured}
			}
			for i := range 4 {
				id := r.ask(fallback.Ask{To: fmt.Sprintf("phone:+38050111330%d", i), Template: "bonus", Data: map[string]any{"points": i}})
				if d := r.state(id, "waiting"); d.Route[0].Sender != "sms/dear" || d.Cost().Decimal() != "2" {
					r.t.Errorf("carried by %s for %s", d.Route[0].Sender, d.Cost())
				}
			}
		}},
		"the day's limit is told once, whoever it holds": {func(o *fallback.Options) {
			rules := *o.Rules
			rules.SpendPerDay = bots.Money{Amount: 10_000, Currency: "UAH"}
			o.Rules = &rules
		}, func(r *rig) {
			for i := range 5 {
				r.ask(fallback.Ask{To: fmt.Sprintf("phone:+38050111220%d", i), Template: "bonus", Data: map[string]any{"points": i}})
			}
			r.pass(time.Minute)
			if told := r.reached(); len(r.sends()) != 1 || len(told) != 1 {
				r.t.Errorf("%d sends for 0.92 of 1 UAH a day, told %q", len(r.sends()), told)
			}
		}},
		"pausing the urgent does not spin": {plain, func(r *rig) {
			chat := r.person()
			r.engine.Pause(r.t.Context(), "urgent", false)
			r.ask(fallback.Ask{To: chat.String(), Text: "Код 1", Purpose: "urgent", Admin: true})
			r.pass(10 * time.Minute)
			r.want()
			r.engine.Resume(r.t.Context(), "urgent")
			r.pass(time.Minute + time.Second)
			if len(r.sends()) != 1 {
				r.t.Errorf("sends %v", r.sends())
			}
		}},
	}.play(t)
}

// Safe mode of a store that was put back: nothing ends by itself, not even by a deadline that was over before the copy was put back. What was
// open is ended as what it is, when somebody confirms.
func TestNothingMovesInAStoreThatWasPutBack(t *testing.T) {
	scripts{
		"a wait and a deadline that are long over, and a delivery that was to start": {beating, func(r *rig) {
			r.heard(true)
			waits := r.bonus(r.person(), 1)
			starts := r.ask(fallback.Ask{To: r.person().String(), Template: "bonus", Data: map[string]any{"points": 2}, SendAt: time.Now().Add(time.Hour)})
			r.stop()
			r.pass(72 * time.Hour)
			if err := r.store.Pause(r.t.Context(), fallback.RestoredScope, false); err != nil {
				r.t.Fatal(err)
			}
			r.begin(beating)
			r.minutes(30)
			r.state(waits, "waiting")
			r.state(starts, "scheduled")
			r.want("0s telegram 1")
			if err := r.engine.Confirm(r.t.Context()); err != nil {
				r.t.Fatal(err)
			}
			r.minutes(2)
			if d := r.store.Delivery(waits); d.State == fallback.Waiting {
				r.t.Error("it still stands after the confirmation")
			}
			if d := r.store.Delivery(starts); d.State == fallback.Scheduled {
				r.t.Error("it did not start after the confirmation")
			}
		}},
	}.play(t)
}
