package fallback

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/templates"
)

// A machine that slept while a channel caught up has not caught up: nobody called it meanwhile.
func TestASleepBeginsTheCatchingUpAgain(t *testing.T) {
	e := &Engine{Options: Options{
		Rules:   &Rules{Channels: map[string]Channel{bots.Viber: {Limits: bots.Limits{Keeps: time.Hour}}}},
		CatchUp: map[string]time.Duration{bots.Viber: 10 * time.Minute}, Log: slog.New(slog.DiscardHandler),
	}}
	x := newEars(e)
	start := time.Now()
	x.m[bots.Viber].Until, x.m[bots.Viber].deafFrom, x.m[bots.Viber].progress = start.Add(-time.Hour), start.Add(-time.Hour), start
	x.beat(start)
	for name, c := range map[string]struct {
		at    time.Duration
		sleep time.Duration
		until time.Duration
	}{
		"awake":  {time.Minute, 0, 10 * time.Minute},
		"asleep": {time.Minute, 3 * time.Hour, 3*time.Hour + 11*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			x.last, x.wall = start.Add(c.at), start.Add(c.at).Round(0)
			now := x.last.Add(c.sleep)
			x.beat(now)
			ear := x.picture(now)[bots.Viber]
			if !ear.Deaf || ear.Until.Sub(start) != c.until {
				t.Errorf("deaf %v until %s after the start, want until %s", ear.Deaf, ear.Until.Sub(start), c.until)
			}
			x.m[bots.Viber].progress = start
		})
	}
}

// A clock that was a day ahead when the last process ran makes no gap that ends before it begins.
func TestAClockThatWasSetBack(t *testing.T) {
	now := time.Now()
	store := &hearingOnly{hearing: map[string]Hearing{bots.Viber: {Until: now.Add(24 * time.Hour)}}}
	e := &Engine{Options: Options{Store: store, Rules: &Rules{Channels: map[string]Channel{bots.Viber: {}}},
		CatchUp: map[string]time.Duration{bots.Viber: time.Minute}, Log: slog.New(slog.DiscardHandler)}}
	x := newEars(e)
	if err := x.begin(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if ear := x.picture(now)[bots.Viber]; !ear.Deaf || !ear.Until.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v, want deaf for a minute", ear)
	}
	if x.m[bots.Viber].deafFrom.After(now) {
		t.Errorf("deaf from %s on, which is to come", x.m[bots.Viber].deafFrom)
	}
}

// hearingOnly is a store of which only the hearing is asked for.
type hearingOnly struct {
	Store
	hearing map[string]Hearing
}

func (s *hearingOnly) Hearing(context.Context) (map[string]Hearing, error) { return s.hearing, nil }

func (s *hearingOnly) PutHearing(_ context.Context, channel string, h Hearing) error {
	s.hearing[channel] = h
	return nil
}

// Who was never told where we are has nothing to tell again; who was has.
func TestTheFirstTimeThereIsNothingToCatchUpWith(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		had  map[string]Hearing
		deaf bool
	}{
		"the first time": {map[string]Hearing{}, false},
		"heard before":   {map[string]Hearing{bots.Viber: {Until: now.Add(-time.Minute)}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Engine{Options: Options{Store: &hearingOnly{hearing: c.had}, Rules: &Rules{Channels: map[string]Channel{bots.Viber: {}}},
				CatchUp: map[string]time.Duration{bots.Viber: 10 * time.Minute}, Log: slog.New(slog.DiscardHandler)}, loops: map[string]*sendLoop{}}
			x := newEars(e)
			e.ears, e.waits = x, newWaitLoop(e)
			x.listens(bots.Viber, false, now)
			if err := x.begin(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			now := now.Add(time.Minute)
			x.tick(t.Context(), now)
			if ear := x.picture(now)[bots.Viber]; !ear.Deaf {
				t.Errorf("%+v before it knows where we are", ear)
			}
			x.listens(bots.Viber, true, now)
			x.tick(t.Context(), now)
			if ear := x.picture(now)[bots.Viber]; ear.Deaf != c.deaf {
				t.Errorf("%+v, want deaf %v", ear, c.deaf)
			}
			x.listens(bots.Viber, false, now)
			x.listens(bots.Viber, true, now)
			x.tick(t.Context(), now)
			if ear := x.picture(now)[bots.Viber]; !ear.Deaf {
				t.Errorf("%+v: the second time it has something to tell again", ear)
			}
		})
	}
}

// What was learnt of a channel's calls is acted on now, not at the next beat: waits that begin meanwhile are not put off by it.
func TestAChannelThatMayCallIsHeardAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := New(Options{Senders: map[string]bots.Sender{"viber": struct{ bots.Sender }{}}, Store: &hearingOnly{hearing: map[string]Hearing{}}, Rules: &Rules{Channels: map[string]Channel{bots.Viber: {Senders: []string{"viber"}}}},
			Intake: &Intake{Templates: &templates.Set{}}, CatchUp: map[string]time.Duration{bots.Viber: 10 * time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		e.Listens(bots.Viber, false)
		e.holds.blame("viber", time.Now(), time.Now()) // a bot that nobody can call is refused
		if err := e.ears.begin(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go e.ears.run(ctx)
		time.Sleep(100 * time.Millisecond)
		e.Listens(bots.Viber, true)
		time.Sleep(50 * time.Millisecond)
		if deaf := e.Degraded(); len(deaf) > 0 {
			t.Errorf("still unheard: %v", deaf)
		}
		if due := e.holds.due(time.Now()); len(due) != 1 {
			t.Errorf("%v is checked, want the bot that was refused", due)
		}
	})
}

// Who stood still for a moment lets nothing run out before what was told meanwhile is in: a channel that we ask has answered, one that calls
// us had time to. It is no gap.
func TestAMomentInWhichWeStoodStill(t *testing.T) {
	start := time.Now()
	for name, c := range map[string]struct {
		stood time.Duration
		polls bool
		heard []time.Duration // after the end of the standstill: answers to polls
		part  bool            // the answers are not the last
		deaf  map[time.Duration]bool
	}{
		"a beat that is a little late is none":     {2 * time.Second, true, nil, false, map[time.Duration]bool{0: false}},
		"a channel that calls us":                  {6 * time.Second, false, nil, false, map[time.Duration]bool{0: true, 10 * time.Second: true, 11 * time.Second: false}},
		"one that we ask, and that is silent":      {6 * time.Second, true, nil, false, map[time.Duration]bool{10 * time.Second: true, 11 * time.Second: false}},
		"one that we ask, and that answers":        {6 * time.Second, true, []time.Duration{time.Second}, false, map[time.Duration]bool{0: true, 2 * time.Second: false}},
		"an answer from before says nothing":       {6 * time.Second, true, []time.Duration{-time.Second}, false, map[time.Duration]bool{2 * time.Second: true, 11 * time.Second: false}},
		"nor does a part of what there is":         {6 * time.Second, true, []time.Duration{time.Second}, true, map[time.Duration]bool{2 * time.Second: true}},
		"who calls us is not done with one answer": {6 * time.Second, false, []time.Duration{time.Second}, false, map[time.Duration]bool{2 * time.Second: true}},
	} {
		t.Run(name, func(t *testing.T) {
			hearing := map[string]Hearing{}
			e := &Engine{Options: Options{Store: &hearingOnly{hearing: hearing}, Log: slog.New(slog.DiscardHandler),
				Rules: &Rules{Channels: map[string]Channel{bots.Viber: {Limits: bots.Limits{Polls: c.polls, DeafCap: 10 * time.Minute}}}}}}
			x := newEars(e)
			x.m[bots.Viber].Until = start
			x.beat(start)
			end := start.Add(c.stood)
			x.beat(end)
			for _, at := range c.heard {
				x.heard(t.Context(), bots.Viber, end.Add(at), !c.part, end.Add(max(at, 0)))
			}
			for after, want := range c.deaf {
				if len(c.heard) > 0 && after < c.heard[0] {
					continue // asked before that answer: see the others
				}
				now := end.Add(after)
				ear := x.picture(now)[bots.Viber]
				if ear.Deaf != want || ear.Deaf && !ear.Until.After(now) || len(ear.Gaps) > 0 {
					t.Errorf("%v after it: %+v, want deaf %v and no gap", after, ear, want)
				}
			}
			if deaf := x.m[bots.Viber].deafFrom; !deaf.IsZero() || x.m[bots.Viber].Degraded {
				t.Errorf("it counts as a gap since %v", deaf)
			}
		})
	}
}

// Who stands still again and again is starved, and nobody knows until when: waits go on slowly, as those of a channel that stays deaf do. Once
// it ran well for a while, the next standstill is one like the first.
func TestWhoIsStarvedHoldsNothingForEver(t *testing.T) {
	e := &Engine{Options: Options{Rules: &Rules{Channels: map[string]Channel{bots.Viber: {}}}, Log: slog.New(slog.DiscardHandler)}}
	x := newEars(e)
	now := time.Now()
	x.beat(now)
	late := func(d time.Duration) Ear {
		for end := now.Add(d); now.Before(end); {
			now = now.Add(lateBeat + time.Second)
			x.beat(now)
		}
		return x.picture(now)[bots.Viber]
	}
	if ear := late(starvedCap / 2); !ear.Deaf || ear.Gone {
		t.Errorf("starved for less than the cap: %+v, want deaf", ear)
	}
	if ear := late(starvedCap); ear.Deaf || !ear.Gone {
		t.Errorf("starved for longer than the cap: %+v, want gone", ear)
	}
	if ear := late(starvedCap); ear.Deaf || !ear.Gone {
		t.Errorf("starved for twice as long: %+v, want gone", ear)
	}
	for range 60 {
		now = now.Add(pulseEvery)
		x.beat(now)
	}
	if ear := x.picture(now)[bots.Viber]; ear.Deaf || ear.Gone {
		t.Errorf("a minute after it: %+v, want heard", ear)
	}
	if ear := late(time.Second); !ear.Deaf || ear.Gone {
		t.Errorf("the next one: %+v, want deaf", ear)
	}
}

// A jump of the clock is remembered, for whoever is to be told; time that simply goes by is none.
func TestAJumpIsRemembered(t *testing.T) {
	e := &Engine{Options: Options{Rules: &Rules{Channels: map[string]Channel{bots.Viber: {}}}, Log: slog.New(slog.DiscardHandler)}}
	e.ears = newEars(e)
	start := time.Now()
	e.ears.beat(start)
	e.ears.beat(start.Add(time.Second))
	if at := e.Jumped(); !at.IsZero() {
		t.Errorf("a jump at %s", at)
	}
	e.ears.wall = e.ears.wall.Add(-time.Hour) // as if the clock had been an hour behind
	now := start.Add(2 * time.Second)
	if e.ears.beat(now); !e.Jumped().Equal(now) {
		t.Errorf("the jump is noticed at %s, want %s", e.Jumped(), now)
	}
}
