package fallback_test

import (
	"fmt"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func TestDeadlinesAreInTime(t *testing.T) {
	scripts{
		"a deadline is over in time though its channel is deaf": {plain, func(r *rig) {
			chat := r.person()
			ask := func(wait, deadline time.Duration) bots.ID {
				return r.ask(fallback.Ask{To: chat.String(), Text: fmt.Sprint(wait, deadline), Purpose: "service", Steps: &fallback.CascadeConfig{
					Deadline: fallback.Lasting(deadline), Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(wait), Until: "read"}, {Channel: "sms"}}}})
			}
			before, during, between := ask(10*time.Minute, time.Hour), ask(62*time.Minute, 64*time.Minute), ask(30*time.Minute, 65*time.Minute)
			after := ask(time.Hour, 3*time.Hour)
			r.heard(true)
			r.stop()
			r.pass(61 * time.Minute)
			r.begin() // Telegram may tell of the last hour until 71 minutes
			r.state(before, "unconfirmed")
			r.state(during, "waiting")
			r.state(between, "waiting")
			r.pass(3*time.Minute + time.Second)
			r.state(during, "unconfirmed")
			r.state(between, "waiting")
			r.pass(time.Minute)
			if d := r.state(between, "unconfirmed"); d.Reason != fallback.ReasonDeadline {
				r.t.Errorf("reason %q", d.Reason)
			}
			r.state(after, "waiting")
			r.heard(true)
			r.pass(61 * time.Minute)
			if n := len(r.sends()); n != 5 {
				r.t.Errorf("sends %v, want four by Telegram and one SMS", r.sends())
			}
		}},
		"deadlines are not held by the ramp of a channel that stays deaf": {plain, func(r *rig) {
			var all []bots.ID
			for i := range 100 {
				all = append(all, r.ask(fallback.Ask{To: r.person().String(), Text: fmt.Sprint(i), Purpose: "service", Steps: &fallback.CascadeConfig{
					Deadline: fallback.Lasting(72 * time.Minute), Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour), Until: "read"}, {Channel: "sms"}}}}))
			}
			r.heard(true)
			r.stop()
			r.pass(65 * time.Minute)
			r.begin() // the cap is over at 75 minutes
			r.pass(7*time.Minute + time.Second)
			for _, id := range all {
				r.state(id, "unconfirmed")
			}
		}},
		"a pause moves the deadline of what waits for a deaf channel": {plain, func(r *rig) {
			id := r.ask(fallback.Ask{To: r.person().String(), Text: "1", Purpose: "service", Steps: &fallback.CascadeConfig{
				Deadline: fallback.Lasting(63 * time.Minute), Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour), Until: "read"}, {Channel: "sms"}}}})
			r.heard(true)
			r.stop()
			r.pass(61 * time.Minute)
			r.begin()
			r.engine.Pause(r.t.Context(), "service", false)
			r.pass(3 * time.Minute)
			r.engine.Resume(r.t.Context(), "service")
			r.pass(90 * time.Second)
			r.state(id, "waiting")
			r.pass(time.Minute)
			r.state(id, "unconfirmed")
		}},
		"deadlines in a lane that a fault holds need no place in its ramp": {plain, func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured}
			}
			var all []bots.ID
			for i := range 30 {
				all = append(all, r.ask(fallback.Ask{To: r.person().String(), Text: fmt.Sprint(i), Purpose: "service", Steps: &fallback.CascadeConfig{
					Deadline: fallback.Lasting(10 * time.Minute), Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour), Until: "read"}, {Channel: "sms"}}}}))
			}
			r.pass(10*time.Minute + 2*time.Second)
			for _, id := range all {
				if d := r.store.Delivery(id); !d.State.Final() || d.Reason != fallback.ReasonDeadline {
					r.t.Fatalf("delivery is %s %s, want it over", d.State, d.Reason)
				}
			}
		}},
	}.play(t)
}
