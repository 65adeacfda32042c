package api

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestALaneShrinksWhileCallsTakeLongAndGrowsWhileTheyDoNot(t *testing.T) {
	now := time.Now()
	l := newCallKind("work", 300*time.Millisecond, 1000, 64, 2000)
	full := func(took time.Duration) {
		for l.enter(1, 1, now) == 0 {
		}
		for l.held > 0 {
			now = now.Add(time.Millisecond)
			l.leave(1, 1, took, true, now)
		}
	}
	full(time.Second)
	if l.bound > 1000*0.5 || l.bound < 1000*0.3 { // about five cuts in a second
		t.Errorf("after a second of slow calls the bound is %.0f", l.bound)
	}
	for range 20 {
		full(time.Second)
	}
	if l.bound != 64 {
		t.Errorf("it shrinks to %.0f", l.bound)
	}
	full(10 * time.Millisecond)
	if l.bound <= 64 {
		t.Error("it does not grow")
	}
	for range 500 {
		full(10 * time.Millisecond)
	}
	if l.bound != 2000 {
		t.Errorf("it grows to %.0f", l.bound)
	}
	before := l.bound
	l.enter(1, 1, now)
	l.leave(1, 1, time.Hour, false, now)
	if l.bound != before {
		t.Error("a call that says nothing has changed it")
	}
}

func TestWhoIsLetIn(t *testing.T) {
	now := time.Now()
	l := newCallKind("work", time.Second, 100, 10, 100)
	if l.enter(1, 5000, now) != 0 {
		t.Error("nothing is under way, and a large call is refused")
	}
	if l.enter(2, 1, now) == 0 {
		t.Error("something is let in beyond the bound")
	}
	l.leave(1, 5000, 0, true, now)
	for range 60 {
		if l.enter(1, 1, now) != 0 {
			t.Fatal("one who is alone does not get more than half")
		}
	}
	if l.enter(1, 11, now) == 0 {
		t.Error("a large call is let in while more than half is taken")
	}
	if l.enter(2, 5, now) != 0 {
		t.Error("another one is not let in")
	}
	if l.enter(1, 1, now) == 0 {
		t.Error("one who has more than half gets more beside another")
	}
	for range 60 {
		l.leave(1, 1, 0, true, now)
	}
	l.leave(2, 5, 0, true, now)
	if l.held != 0 || len(l.holders) != 0 {
		t.Errorf("at the end %v is held by %v", l.held, l.holders)
	}
}

func TestTheMoreAreRefusedTheLaterTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newCallKind("work", time.Second, 100, 100, 100)
		var last int
		for range 20 { // ten times as much as there is room for
			for range 100 {
				l.enter(1, 1, time.Now())
			}
			for range 900 {
				last = l.enter(1, 1, time.Now())
			}
			for range 100 {
				l.leave(1, 1, 0, true, time.Now())
			}
			time.Sleep(200 * time.Millisecond)
		}
		if last < 6 || last > 14 {
			t.Errorf("with nine refused for each that is let in they come again in %d s", last)
		}
		time.Sleep(time.Minute)
		for range 100 {
			l.enter(1, 1, time.Now())
		}
		if again := l.enter(1, 1, time.Now()); again > 2 {
			t.Errorf("after a quiet minute the first one that is refused waits %d s", again)
		}
	})
}
