package stage

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLanesKeepTheOrderOfARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 1)
		var got []string
		lanes := NewLanes(s.Stage, func(one string) {
			s.Sleep(t.Context(), time.Second)
			s.locked(func() { got = append(got, one) })
		})
		s.locked(func() {
			lanes.Push("a", "a1")
			lanes.Push("a", "a2")
		})
		time.Sleep(500 * time.Millisecond)
		s.locked(func() { lanes.Push("b", "b1") }) // waits for nobody
		time.Sleep(time.Minute)
		s.locked(func() {
			if row := strings.Join(got, " "); row != "a1 b1 a2" {
				t.Errorf("brought %s, want a1 b1 a2", row)
			}
			if lanes.Len() != 0 {
				t.Errorf("%d empty lanes are kept", lanes.Len())
			}
		})
	})
}

func TestAForgottenLaneHoldsNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 1)
		var got []string
		lanes := NewLanes(s.Stage, func(one string) {
			wait := time.Second
			if one == "slow" {
				wait = time.Minute
			}
			s.Sleep(t.Context(), wait)
			s.locked(func() { got = append(got, one) })
		})
		s.locked(func() {
			lanes.Push("a", "slow")
			lanes.Forget("a")
			lanes.Push("a", "new")
		})
		time.Sleep(time.Hour)
		s.locked(func() {
			if row := strings.Join(got, " "); row != "new slow" || lanes.Len() != 0 {
				t.Errorf("brought %s, %d lanes are left; want new slow, and none", row, lanes.Len())
			}
		})
	})
}
