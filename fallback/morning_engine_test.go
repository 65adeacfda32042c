package fallback_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// TestTheMorning: what the night held does not go out in a burst at nine. Each delivery has a place of its own in the ramp, the same at
// every look at it, and the places are even.
func TestTheMorning(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("thousands of deliveries; run without -short")
	}
	all, burst, share := 3_000, 8, 20 // share: in a hundred, what ten minutes may have too many or too few; fewer scatter more
	if fallbacktest.Full() {
		all, burst, share = 10_000, 15, 10
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.pass(10 * time.Hour) // 22:00 in Kyiv
		asks := make([]fallback.Ask, 0, 1000)
		for n := range all {
			asks = append(asks, fallback.Ask{To: fmt.Sprintf("phone:+38050%07d", n), Template: "bonus", Data: map[string]any{"points": n}})
			if len(asks) == cap(asks) {
				for _, res := range r.engine.AcceptAll(t.Context(), asks) {
					if res.Err != nil {
						t.Fatal(res.Err)
					}
				}
				asks = asks[:0]
			}
		}
		r.pass(11*time.Hour - time.Second)
		r.want()
		r.pass(time.Hour + 3*time.Second)
		if n := len(r.sends()); n != all {
			t.Errorf("%d of %d went out within the ramp", n, all)
		}
		seconds := make([]int, 3600)
		for _, s := range r.sends() {
			at, _, _ := strings.Cut(s, " ")
			after, err := time.ParseDuration(at)
			if err != nil {
				t.Fatal(err)
			}
			seconds[min(int((after-21*time.Hour)/time.Second), 3599)]++
		}
		if most := slices.Max(seconds); most > burst { // 0.8 or 2.8 on average
			t.Errorf("%d went out in one second", most)
		}
		for m := 0; m < len(seconds); m += 600 {
			sum := 0
			for _, n := range seconds[m : m+600] {
				sum += n
			}
			if sum < all/6*(100-share)/100 || sum > all/6*(100+share)/100 {
				t.Errorf("%d of %d went out in ten minutes from %d minutes after nine on", sum, all, m/60)
			}
		}
		r.close()
	})
}

// TestTwoBroadcastsAtOnce: two lists to the same people by two cascades, on two channels that work at the same time. Each person gets one
// of the two messages, and the other one says which.
func TestTwoBroadcastsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) { o.Rules.PerDay, o.Rules.PerWeek = 1, 3 })
		const all = 200
		var asks []fallback.Ask
		soon := time.Now().Add(time.Hour)
		for range all {
			chat := r.shopper()
			for _, channel := range []string{"telegram", "sms"} {
				asks = append(asks, fallback.Ask{To: chat.String(), Text: "Sale on " + channel, Purpose: "marketing", SendAt: soon, Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: channel}}}})
			}
		}
		var ids []bots.ID
		for _, res := range r.engine.AcceptAll(t.Context(), asks) {
			if res.Err != nil {
				t.Fatal(res.Err)
			}
			ids = append(ids, res.ID)
		}
		r.pass(2 * time.Hour)
		if n := len(r.sends()); n != all {
			t.Errorf("%d messages left, want one for each of %d people", n, all)
		}
		for i := 0; i < len(ids); i += 2 {
			a, b := r.store.Delivery(ids[i]), r.store.Delivery(ids[i+1])
			if a.Reason == fallback.ReasonOften {
				a, b = b, a
			}
			if a.Reason == fallback.ReasonOften || b.Reason != fallback.ReasonOften || b.LostTo != a.ID {
				t.Fatalf("%s %s and %s %s, lost to %v; want one that lost to %v", a.State, a.Reason, b.State, b.Reason, b.LostTo, a.ID)
			}
		}
		r.close()
	})
}
