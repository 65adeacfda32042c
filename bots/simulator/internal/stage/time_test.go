package stage

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestDelaysAreDividedBySpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 60)
		began := time.Now()
		if !s.Sleep(t.Context(), time.Hour) || time.Since(began) != time.Minute {
			t.Errorf("an hour at speed 60 took %v, want 1m", time.Since(began))
		}
	})
}

func TestASleepEnds(t *testing.T) {
	for name, end := range map[string]func(s *show, cancel func()){
		"with its context": func(_ *show, cancel func()) { cancel() },
		"with the stage":   func(s *show, _ func()) { must(t, s.Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShow(t, 1)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, func() { end(s, cancel) })
				if s.Sleep(ctx, time.Hour) {
					t.Error("Sleep is true although it was cut short")
				}
			})
		})
	}
}

func TestLater(t *testing.T) {
	for name, tc := range map[string]struct {
		delay, after time.Duration
		want         bool
	}{
		"at once without a delay":  {0, 0, true},
		"not before its time":      {time.Minute, 59 * time.Second, false},
		"when its time has come":   {time.Minute, time.Minute, true},
		"not after the stage ends": {time.Hour, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShow(t, 1)
				done := false
				s.locked(func() { s.Later(tc.delay, func() { done = true }) })
				time.Sleep(tc.after)
				synctest.Wait()
				s.locked(func() {
					if done != tc.want {
						t.Errorf("done is %v after %v, want %v", done, tc.after, tc.want)
					}
				})
			})
		})
	}
}

func TestWaitLooksAgainAfterEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 1)
		n := 0
		for i := range 3 {
			s.locked(func() { s.Later(time.Duration(i+1)*time.Second, func() { n++ }) })
		}
		must(t, s.Wait(t.Context(), func() bool { return n == 3 }))
	})
}

func TestAWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 1)
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Wait(soon, never); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait = %v, want that its time is over", err)
		}
		time.AfterFunc(time.Second, func() { _ = s.Close() })
		if err := s.Wait(t.Context(), never); !errors.Is(err, context.Canceled) {
			t.Errorf("Wait = %v, want that the stage ended", err)
		}
	})
}

func never() bool { return false }

func TestNth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 1)
		var all []string
		found := func() []string { return all }
		s.locked(func() {
			s.Later(time.Second, func() { all = append(all, "one") })
			s.Later(2*time.Second, func() { all = append(all, "two", "three") })
		})
		if got, err := Nth(t.Context(), s.Stage, 2, "words", found); got != "two" || err != nil {
			t.Errorf("the second is %q, %v; want two", got, err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Nth(soon, s.Stage, 4, "words", found)
		if want := "test simulator: 3 of 4 words: context deadline exceeded"; err == nil || err.Error() != want {
			t.Errorf("the fourth: %v, want %s", err, want)
		}
	})
}
