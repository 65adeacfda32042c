package store

import (
	"testing"
	"time"
)

// A disk is slow while each commit takes a second or longer: not after one that did not, not before one has run for so long, and not for
// ever when nothing is written any more.
func TestSlowness(t *testing.T) {
	began := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	var c counters
	commit := func(from, to float64) { c.begin(at(from)); c.batch(1, true, at(from), at(to)) }
	want := func(now, since, took float64) {
		t.Helper()
		from, for_ := c.slowness(at(now))
		if since < 0 && (!from.IsZero() || for_ != 0) || since >= 0 && (!from.Equal(at(since)) || for_ != time.Duration(took*float64(time.Second))) {
			t.Errorf("after %g s it is slow since %v, the last took %v; want %g, %g", now, from.Sub(began), for_, since, took)
		}
	}
	const quick = -1
	want(0, quick, 0)
	commit(1, 1.2)
	want(1.2, quick, 0)
	c.begin(at(2))
	want(2.9, quick, 0)
	want(3.5, 2, 1.5) // under way
	c.batch(1, true, at(2), at(4))
	want(4, 2, 2)
	c.begin(at(4))
	want(4.5, 2, 2)
	c.batch(1, false, at(4), at(4.6)) // wrote nothing: it says nothing of the disk
	want(5, 2, 2)
	commit(5, 7)
	want(30, 2, 2)
	want(70, quick, 0) // for a minute nothing was written
	commit(80, 80.1)
	want(80.2, quick, 0)
	commit(81, 83)
	want(83, 81, 2)
}
