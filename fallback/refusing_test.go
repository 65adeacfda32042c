package fallback_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestRefusing: a provider that refuses our account is told of, also while another one carries its messages.
func TestRefusing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, beating, func(o *fallback.Options) {
			rules := *o.Rules
			both := rules.Channels["sms"]
			both.Senders = []string{"sms/main", "sms/spare"}
			rules.Channels = map[string]fallback.Channel{"telegram": rules.Channels["telegram"], "sms": both}
			o.Rules = &rules
			o.Senders["sms/spare"] = &sender{name: "sms/spare", rig: o.Senders["sms/main"].(*sender).rig}
		})
		defer r.stop()
		empty := true
		r.with(func() {
			r.sms.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if empty {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Code: "49"}
				}
				return r.sms.ok(n, out), nil
			}
		})
		said := func() []string { return slices.Sorted(maps.Keys(r.engine.Refusing())) }
		n := 0
		send := func() {
			n++
			r.ask(fallback.Ask{To: fmt.Sprintf("phone:+38050111440%d", n), Text: fmt.Sprint("Code ", n), Purpose: "service", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}})
		}
		send()
		if got := said(); !slices.Equal(got, []string{"sms/main"}) {
			t.Errorf("refusing %v, want sms/main", got)
		}
		if held := r.engine.Held(); len(held) != 0 {
			t.Errorf("held %v: the spare carries on", held)
		}
		r.with(func() { empty = false })
		time.Sleep(time.Minute) // it is checked, and tried again
		synctest.Wait()
		for range 3 {
			send()
		}
		if got := said(); len(got) != 0 {
			t.Errorf("refusing %v after it took a message", got)
		}
	})
}
