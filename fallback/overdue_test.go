package fallback_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// A service message that a fault keeps in its lane is overdue since it was due; while that is paused, and once it is cancelled, none is.
func TestWhatAFaultKeepsIsOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.stop()
		r.with(func() {
			r.sms.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("no money")}
			}
		})
		want := func(when string, age time.Duration) {
			t.Helper()
			got, err := r.engine.Overdue(t.Context(), time.Now().Add(-10*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			since, is := got["sms"]
			if is != (age > 0) || is && (time.Since(since) < age || time.Since(since) > age+2*time.Minute) || len(got) > 1 {
				t.Errorf("%s: overdue %v, after %s", when, got, time.Since(r.start))
			}
		}
		steps := &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms", Wait: fallback.Lasting(time.Hour)}}}
		id := r.ask(fallback.Ask{To: r.person().String(), Text: "Your order is ready", Purpose: "service", Steps: steps})
		r.pass(5 * time.Minute)
		want("after five minutes", 0)
		r.pass(10 * time.Minute)
		want("after a quarter of an hour", 13*time.Minute)
		for _, scope := range []string{"sms", "service", ""} {
			if err := r.engine.Pause(t.Context(), scope, false); err != nil {
				t.Fatal(err)
			}
			want("while "+scope+" is paused", 0)
			if err := r.engine.Resume(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
		}
		want("when it goes on", 13*time.Minute)
		if _, err := r.engine.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		want("when it was cancelled", 0)
	})
}

// What the night keeps is due in the morning, and not before.
func TestWhatTheNightKeepsIsNotOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.stop()
		now := time.Now().UTC()
		night := fallback.QuietConfig{From: now.Add(-time.Hour).Format("15:04"), To: now.Add(8 * time.Hour).Format("15:04")}
		steps := &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms", Wait: fallback.Lasting(time.Hour)}}, QuietHours: &night}
		id := r.ask(fallback.Ask{To: r.person().String(), Text: "Your order is ready", Purpose: "service", Steps: steps})
		r.pass(4 * time.Hour)
		if d := r.store.Delivery(id); d.Reason != fallback.ReasonQuiet {
			t.Fatalf("it is %s (%s)", d.State, d.Reason)
		}
		if got, err := r.engine.Overdue(t.Context(), time.Now().Add(-10*time.Minute)); err != nil || len(got) > 0 {
			t.Errorf("overdue %v, %v", got, err)
		}
	})
}
