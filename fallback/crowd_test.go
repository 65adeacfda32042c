package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/fallback"
)

// TestMarketingWaitsForStaff: three marketing messages are due at once while twice as many people wait for an answer as staff keep up with.
// They go ten seconds apart; a service message goes between them, at once; and when the crowd is gone, so does what is left.
func TestMarketingWaitsForStaff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) { o.PaceAt = 2 })
		defer r.close()
		r.engine.PeopleWait(4)
		if gap, n := r.engine.Slowed(); gap != 10*time.Second || n != 4 {
			t.Fatalf("slowed to %v by %d", gap, n)
		}
		people := r.people(5)
		for _, p := range people[:4] {
			r.promo(p)
		}
		r.pass(time.Second)
		r.bonus(people[4], 7)
		r.pass(20 * time.Second)
		r.want("0s telegram 1", "1s telegram 5", "10s telegram 2", "20s telegram 3")
		r.engine.PeopleWait(2)
		r.pass(time.Second)
		r.want("0s telegram 1", "1s telegram 5", "10s telegram 2", "20s telegram 3", "21s telegram 4")
	})
}

// TestACrowdIsBounded: however many wait, marketing goes on.
func TestACrowdIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) { o.PaceAt = 1 })
		defer r.close()
		r.engine.PeopleWait(100_000)
		people := r.people(2)
		for _, p := range people {
			r.promo(p)
		}
		r.pass(61 * time.Second)
		r.want("0s telegram 1", "1m0s telegram 2")
	})
}

// TestWithoutABoundNobodyWaits: the zero value is off.
func TestWithoutABoundNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.engine.PeopleWait(100_000)
		people := r.people(2)
		for _, p := range people {
			r.promo(p)
		}
		r.pass(time.Second)
		r.want("0s telegram 1", "0s telegram 2")
	})
}
