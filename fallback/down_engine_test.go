package fallback_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// silent is a channel that takes messages and answers nothing.
func silent(int, bots.Outgoing) (bots.Receipt, error) {
	return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain, Err: errors.New("no answer")}
}

// refused is a channel to which there is no connection: nothing went out.
func refused(int, bots.Outgoing) (bots.Receipt, error) {
	return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, Err: errors.New("connection refused")}
}

// whenDown writes a policy for the cascade of service messages.
func whenDown(p fallback.DownPolicy) func(*fallback.Options) {
	return func(o *fallback.Options) {
		beating(o)
		o.Intake.WhenDown = map[string]fallback.DownPolicy{"service": p}
	}
}

// channelOf counts what went to one channel.
func (r *rig) channelOf(name string) (n int) {
	for _, line := range r.sends() {
		if strings.Contains(line, " "+name+" ") {
			n++
		}
	}
	return n
}

// minutes lets time pass while Telegram tells that nothing happened.
func (r *rig) minutes(n int) {
	for range n {
		r.pass(time.Minute)
		r.heard(true)
	}
}

func TestAChannelThatDoesNotAnswer(t *testing.T) {
	const fell, rose = "channel.degraded telegram down", "channel.recovered telegram down"
	scripts{
		"it is put aside after five, tried with one at a time, and what waited goes out when it answers": {beating, func(r *rig) {
			r.heard(true)
			r.with(func() { r.tg.answer = silent; r.tg.check = errors.New("no route") })
			r.bonuses(r.people(30))
			if n := r.channelOf("telegram"); n != 5 {
				r.t.Errorf("%d were tried on a channel that answers none, want 5", n)
			}
			if down := slices.Sorted(maps.Keys(r.engine.Down())); !slices.Equal(down, []string{"telegram"}) || len(r.engine.Refusing()) != 0 {
				r.t.Errorf("down %v, refusing %v", down, r.engine.Refusing())
			}
			r.told(fell)
			if held := slices.Sorted(maps.Keys(r.engine.Held())); !slices.Equal(held, []string{"telegram"}) {
				r.t.Errorf("held %v", held)
			}
			r.minutes(3)
			if n := r.channelOf("telegram"); n != 5 {
				r.t.Errorf("%d were tried while the check fails, want none beyond 5", n-5)
			}
			r.with(func() { r.tg.check = nil }) // our words are known, messages get no answer
			r.minutes(6)
			if n := r.channelOf("telegram") - 5; n < 1 || n > 6 {
				r.t.Errorf("%d were tried in six minutes, want one for each check", n)
			}
			r.told(fell)
			tried := r.channelOf("telegram")
			r.with(func() { r.tg.answer = nil })
			r.minutes(5)
			if n := r.channelOf("telegram"); n != 30 {
				r.t.Errorf("%d were sent, want each once", n)
			}
			if n := r.channelOf("sms/main"); n != 0 {
				r.t.Errorf("%d texts before a step's wait was over", n)
			}
			r.told(fell, rose)
			r.minutes(30) // those of unknown outcome were waited for, the others are not read either
			if n := r.channelOf("sms/main"); n != 30 {
				r.t.Errorf("%d texts, want one for each who did not react", n)
			}
			if seen := map[string]bool{}; tried > 5 {
				for _, line := range r.sends() {
					what := line[strings.Index(line, " ")+1:]
					if seen[what] {
						r.t.Errorf("%s twice", what)
					}
					seen[what] = true
				}
			}
		}},
		"connections that are refused are tried again, and nobody pays": {beating, func(r *rig) {
			r.heard(true)
			r.with(func() {
				r.tg.answer = refused
				r.tg.check = errors.New("refused")
			})
			r.bonuses(r.people(20))
			r.minutes(4)
			tries := r.channelOf("telegram")
			r.with(func() { r.tg.answer, r.tg.check = nil, nil })
			r.minutes(5)
			if n := r.channelOf("telegram") - tries; tries > 10 || n != 20 || r.channelOf("sms/main") != 0 {
				r.t.Errorf("%d tries meanwhile, %d after it, %d texts; want few, 20, none", tries, n, r.channelOf("sms/main"))
			}
		}},
		"service goes on after its wait": {beating, func(r *rig) {
			r.heard(true)
			r.with(func() { r.tg.answer = silent; r.tg.check = errors.New("no route") })
			r.bonuses(r.people(10))
			r.minutes(14)
			if n := r.channelOf("sms/main"); n != 0 {
				r.t.Errorf("%d texts before the wait was over", n)
			}
			r.minutes(3)
			if n := r.channelOf("sms/main"); n != 10 {
				r.t.Errorf("%d texts after it, want 10", n)
			}
		}},
		"or at once, where the operator wrote so": {whenDown(fallback.DownSkip), func(r *rig) {
			r.heard(true)
			r.with(func() { r.tg.answer = silent; r.tg.check = errors.New("no route") })
			r.bonuses(r.people(15))
			r.pass(25 * time.Second)
			if n := r.channelOf("sms/main"); n != 0 {
				r.t.Errorf("%d texts within half a minute", n)
			}
			r.pass(15 * time.Second)
			if n := r.channelOf("sms/main"); n != 10 {
				r.t.Errorf("%d texts after it, want the ten that were not tried: %q", n, r.sends())
			}
		}},
		"or never": {whenDown(fallback.DownHold), func(r *rig) {
			r.heard(true)
			r.with(func() { r.tg.answer = silent; r.tg.check = errors.New("no route") })
			r.bonuses(r.people(15))
			r.minutes(60)
			if n := r.channelOf("sms/main"); n != 5 {
				r.t.Errorf("%d texts, want those of the five whose outcome nobody knows", n)
			}
		}},
		"what waited goes out over as long as the channel was away": {func(o *fallback.Options) {
			beating(o)
			tg := o.Rules.Channels["telegram"]
			tg.PerSecond = 2
			o.Rules.Channels["telegram"] = tg
		}, func(r *rig) {
			r.heard(true)
			r.with(func() {
				r.tg.answer = refused
				r.tg.check = errors.New("refused")
			})
			r.bonuses(r.people(100))
			r.minutes(5)
			r.with(func() { r.tg.answer, r.tg.check = nil, nil })
			before := r.channelOf("telegram")
			r.pass(2 * time.Minute) // at most until the next check
			early := r.channelOf("telegram") - before
			r.minutes(4)
			if all := r.channelOf("telegram") - before; early == 0 || early > 90 || all != 100 {
				r.t.Errorf("%d in the first two minutes, %d in all; want some, and then all 100", early, all)
			}
		}},
	}.play(t)
}

func TestAChannelThatIsSwitchedOffByHand(t *testing.T) {
	scripts{
		"its steps go on to the next channel at once, and what is out is waited for": {beating, func(r *rig) {
			r.heard(true)
			out := r.bonus(r.person(), 1)
			if err := r.engine.Pause(r.t.Context(), "telegram", true); err != nil {
				r.t.Fatal(err)
			}
			r.bonuses(r.people(20))
			r.pass(2 * time.Second)
			if tg, sms := r.channelOf("telegram"), r.channelOf("sms/main"); tg != 1 || sms != 20 {
				r.t.Errorf("telegram %d, texts %d; want 1 and 20", tg, sms)
			}
			r.state(out, "waiting")
			r.minutes(16)
			if sms := r.channelOf("sms/main"); sms != 21 {
				r.t.Errorf("%d texts, want that of who had not read, too", sms)
			}
		}},
		"who has no other channel waits, and gets it at the resume": {beating, func(r *rig) {
			r.heard(true)
			chat := bots.Address{Channel: "telegram", ID: "77"}
			r.event(bots.Event{Kind: bots.Started, Chat: chat, Text: "/start", MessageID: "1"})
			if err := r.engine.Pause(r.t.Context(), "telegram", true); err != nil {
				r.t.Fatal(err)
			}
			id := r.bonus(chat, 1)
			r.minutes(30)
			if d := r.state(id, "held"); d.Reason != fallback.ReasonPause {
				r.t.Errorf("reason %q", d.Reason)
			}
			if err := r.engine.Resume(r.t.Context(), "telegram"); err != nil {
				r.t.Fatal(err)
			}
			r.minutes(1)
			if n := r.channelOf("telegram"); n != 1 {
				r.t.Errorf("%d messages after the resume", n)
			}
		}},
		"it is for a channel alone, and takes the place of a pause": {plain, func(r *rig) {
			for _, scope := range []string{"", "service"} {
				var invalid *fallback.Invalid
				if err := r.engine.Pause(r.t.Context(), scope, true); !errors.As(err, &invalid) || invalid.Field != "skip" {
					r.t.Errorf("scope %q: %v", scope, err)
				}
			}
			for _, skip := range []bool{false, true, true, false} {
				if err := r.engine.Pause(r.t.Context(), "telegram", skip); err != nil {
					r.t.Fatal(err)
				}
				if on := r.engine.Paused(); len(on) != 1 || on[0].Skip != skip {
					r.t.Errorf("paused %+v, want telegram alone, skip %v", on, skip)
				}
			}
		}},
	}.play(t)
}
