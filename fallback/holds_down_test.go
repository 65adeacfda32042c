package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

var (
	noAnswer = &bots.SendError{Fault: bots.Uncertain}
	noRoute  = &bots.SendError{Fault: bots.Temporary}
)

func TestWhichErrorsAreSlips(t *testing.T) {
	for name, c := range map[string]struct {
		err  *bots.SendError
		want bool
	}{
		"taken":                      {nil, false},
		"no answer, or 5xx":          {noAnswer, true},
		"no connection":              {noRoute, true},
		"told to wait":               {&bots.SendError{Fault: bots.Temporary, RetryAfter: time.Second}, false},
		"a minute of one chat":       {&bots.SendError{Fault: bots.Temporary, ChatOnly: true}, false},
		"nobody there":               {&bots.SendError{Fault: bots.Unreachable}, false},
		"the person's no":            {&bots.SendError{Fault: bots.Refused}, false},
		"the text":                   {&bots.SendError{Fault: bots.Rejected}, false},
		"our account: has its place": {&bots.SendError{Fault: bots.Misconfigured}, false},
	} {
		if got := slipped(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestASenderIsDownAfterARowOfMessages(t *testing.T) {
	for name, c := range map[string]struct {
		outcomes string // x: no answer, o: taken, r: the same message once more, without an answer
		want     bool
	}{
		"four in a row":                  {"xxxx", false},
		"five":                           {"xxxxx", true},
		"one message that is repeated":   {"xrrrrrrrr", false},
		"one in five":                    {"xooooxooooxooooxooooxoooo", false},
		"nine of ten":                    {"oxxxoxxxxx", true},
		"every second one":               {"xoxoxoxoxoxoxoxoxo", false},
		"four, a good one, and two more": {"xxxxoxx", true},
	} {
		h, id := newHolds(), bots.ID(0)
		for _, o := range c.outcomes {
			err := noAnswer
			switch o {
			case 'o':
				err, id = nil, id+1
			case 'x':
				id++
			}
			h.answered("viber", id, err, noon)
		}
		if got := h.avoided(noon)["viber"]; got != c.want || h.isDown("viber") != c.want {
			t.Errorf("%s: put aside %v (down %v), want %v", name, got, h.isDown("viber"), c.want)
		}
	}
}

// fallen are holds with a sender that is down since noon.
func fallen() *holds {
	h := newHolds()
	for id := range bots.ID(tripAfter) {
		h.answered("viber", id+1, noRoute, noon)
	}
	return h
}

func TestASenderThatIsDownIsTriedWithOneMessage(t *testing.T) {
	h, only := fallen(), []string{"viber"}
	if _, until, held := h.channel(only, noon); !held || until != noon.Add(firstDown) {
		t.Fatalf("held %v until %v", held, until)
	}
	h.failed("viber", false, noon.Add(firstDown)) // the check says no, too
	since, until, held := h.channel(only, noon.Add(firstDown))
	if !held || since != noon || until != noon.Add(3*firstDown) {
		t.Errorf("held %v since %v until %v; want since noon, twice as long", held, since, until)
	}
	at := noon.Add(time.Minute)
	if believed := h.try("viber"); believed {
		t.Error("a check that succeeds is believed")
	}
	if h.avoided(at)["viber"] || !h.trial(only, at) {
		t.Error("it is not tried with one message")
	}
	if _, news := h.answered("viber", 50, noAnswer, at); news || !h.avoided(at)["viber"] {
		t.Errorf("the one message got no answer: news %v, put aside %v", news, h.avoided(at)["viber"])
	}
	h.try("viber")
	h.answered("viber", 51, nil, at)
	h.release("viber", at)
	if h.avoided(at)["viber"] || h.trial(only, at) || h.isDown("viber") {
		t.Error("it took a message and is not used as before")
	}
	for id := range bots.ID(tripAfter) {
		h.answered("viber", 100+id, noAnswer, at.Add(time.Minute))
	}
	if _, until, _ := h.channel(only, at.Add(time.Minute)); until.Sub(at.Add(time.Minute)) <= firstDown {
		t.Errorf("who falls over again is asked after %v, as if it were the first time", until.Sub(at.Add(time.Minute)))
	}
}

func TestARefusalIsAnAnswer(t *testing.T) {
	h := fallen()
	h.failed("viber", true, noon.Add(firstDown))
	if h.isDown("viber") || !h.avoided(noon.Add(time.Hour))["viber"] {
		t.Error("a check that says that our token is wrong: down, or used")
	}
	h = fallen()
	h.try("viber")
	h.blame("viber", noon.Add(firstDown), noon.Add(firstDown))
	if h.isDown("viber") || !h.avoided(noon.Add(time.Hour))["viber"] {
		t.Error("a message that is refused for our account: down, or used")
	}
	for id := range bots.ID(tripAfter) {
		h.answered("viber", 200+id, noAnswer, noon.Add(firstDown)) // were under way
	}
	if h.isDown("viber") {
		t.Error("what was under way made it down: the account is the stronger word")
	}
}

func TestTheRampAfterAnOutageIsAsLongAsTheOutage(t *testing.T) {
	var o outage
	if o.part(noon) != 1 {
		t.Error("a ramp without an outage")
	}
	o.begins(noon)
	o.begins(noon.Add(time.Second))
	o.ends(noon.Add(time.Minute))
	o.ends(noon.Add(time.Hour))
	for after, want := range map[time.Duration]float64{0: 0, 15 * time.Second: 0.25, time.Minute: 1, time.Hour: 1} {
		if got := o.part(noon.Add(time.Minute + after)); got != want {
			t.Errorf("%v after it: %v, want %v", after, got, want)
		}
	}
	o.begins(noon)
	o.ends(noon.Add(5 * time.Hour))
	if got := o.part(noon.Add(5*time.Hour + rampTime)); got != 1 {
		t.Errorf("a ramp of hours: %v after ten minutes", got)
	}
	o.begins(noon)
	o.ends(noon.Add(shortOutage - time.Second))
	if got := o.part(noon.Add(shortOutage - time.Second)); got != 1 {
		t.Errorf("a ramp after a moment: %v", got)
	}
}

func TestWhatHappensWhenAChannelIsDown(t *testing.T) {
	since := func(d time.Duration) func(s *stage) {
		return func(s *stage) { s.e.Held = map[string]time.Time{bots.Telegram: s.now.Add(-d)} }
	}
	policy := func(p DownPolicy) func(s *stage) {
		return func(s *stage) { s.e.WhenDown = map[string]DownPolicy{s.d.Cascade.Name: p} }
	}
	skip := func(scope string) func(s *stage) {
		return func(s *stage) { s.e.Pauses = append(s.e.Pauses, Pause{Scope: scope, From: s.now, Skip: true}) }
	}
	alone := func(s *stage) { s.d.Route = s.d.Route[:1] }
	for name, c := range map[string]struct {
		purpose Purpose
		changes []func(s *stage)
		want    bool
	}{
		"hold: for ever":                       {Service, []func(*stage){policy(DownHold), since(5 * telegramWait)}, false},
		"wait: for its own wait":               {Service, []func(*stage){policy(DownWait), since(telegramWait - time.Second)}, false},
		"wait: and then on":                    {Service, []func(*stage){policy(DownWait), since(telegramWait)}, true},
		"skip: not for a moment":               {Service, []func(*stage){policy(DownSkip), since(skipAfter - time.Second)}, false},
		"skip: after half a minute":            {Service, []func(*stage){policy(DownSkip), since(skipAfter)}, true},
		"skip: marketing, too":                 {Marketing, []func(*stage){policy(DownSkip), since(skipAfter)}, true},
		"skip: not when there is nothing else": {Service, []func(*stage){policy(DownSkip), since(time.Hour), alone}, false},
		"skip: not when the others are down": {Service, []func(*stage){policy(DownSkip), func(s *stage) {
			h := s.now.Add(-time.Hour)
			s.e.Held = map[string]time.Time{bots.Telegram: h, bots.Viber: h, bots.SMS: h}
		}}, false},
		"skip: not when the others are paused":      {Service, []func(*stage){policy(DownSkip), since(time.Hour), func(s *stage) { s.e.Pauses = []Pause{{Scope: bots.Viber, From: s.now}, {Scope: bots.SMS, From: s.now}} }}, false},
		"skip: one of the others is enough":         {Service, []func(*stage){policy(DownSkip), since(time.Hour), skip(bots.Viber)}, true},
		"by hand: at once":                          {Service, []func(*stage){skip(bots.Telegram)}, true},
		"by hand: marketing, too":                   {Marketing, []func(*stage){skip(bots.Telegram)}, true},
		"by hand: not when there is nothing else":   {Service, []func(*stage){skip(bots.Telegram), alone}, false},
		"by hand: whatever the cascade says":        {Service, []func(*stage){policy(DownHold), skip(bots.Telegram)}, true},
		"by hand: another channel":                  {Service, []func(*stage){skip(bots.Viber)}, false},
		"by hand: a pause of everything stops that": {Service, []func(*stage){skip(bots.Telegram), func(s *stage) { s.e.Pauses = append(s.e.Pauses, Pause{From: s.now}) }}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(c.purpose).later(telegramWait)
			s.e.WhenDown = nil
			for _, change := range c.changes {
				change(s)
			}
			if got := s.d.GiveUpLane(s.e, s.now); got != c.want || (s.d.Leg == 1) != c.want {
				t.Errorf("GiveUpLane = %v, leg %d; want %v", got, s.d.Leg, c.want)
			}
		})
	}
}

// A channel that somebody has switched off is not written to, and clocks go on: its steps have somewhere to go.
func TestAChannelThatIsSkipped(t *testing.T) {
	s := started(Service)
	s.e.Pauses = []Pause{{Scope: bots.Telegram, From: s.now, Skip: true}}
	if _, err := s.d.Claim(s.d.Leg, s.cost(), s.e, s.now); err == nil {
		t.Fatal("it was claimed")
	}
	if s.d.State != Held || s.d.Reason != ReasonPause || s.d.Lane() != SendLane(bots.Telegram, Second) {
		t.Errorf("%s in %s, want held in its lane", show(&s.d.Status), s.d.Lane())
	}
	s.later(time.Minute)
	if end := s.d.end(s.e, s.now); !end.Equal(started(Service).d.end(s.e, noon)) {
		t.Errorf("its deadline moved to %v", end)
	}
	s.do(func(d *Delivery, e *Env, now time.Time) { d.GiveUpLane(e, now) })
	if s.d.State != Queued || s.d.Lane() != SendLane(bots.Viber, Second) {
		t.Errorf("%s in %s, want queued for viber", show(&s.d.Status), s.d.Lane())
	}
	s.claim(t)
}

// A step "messenger" has several channels of its own: whoever leaves the first because it takes nothing finds the next of them, and not the end.
func TestAMessengerThatIsLeftIsFollowedByTheNext(t *testing.T) {
	skip := func(s *stage) { s.e.Pauses = []Pause{{Scope: bots.Telegram, From: s.now, Skip: true}} }
	down := func(p DownPolicy) func(s *stage) {
		return func(s *stage) {
			s.e.Held = map[string]time.Time{bots.Telegram: s.now.Add(-telegramWait)}
			s.e.WhenDown = map[string]DownPolicy{s.d.Cascade.Name: p}
		}
	}
	for name, c := range map[string]struct {
		purpose Purpose
		because func(s *stage)
	}{
		"by hand":            {Service, skip},
		"by hand, marketing": {Marketing, skip},
		"skip":               {Service, down(DownSkip)},
		"wait":               {Marketing, down(DownWait)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stage{d: &Delivery{Plan: testPlan(c.purpose)}, e: testEnv(), now: noon}
			s.d.Cascade.Steps = []Step{{Channel: Messengers, Wait: telegramWait, Until: Until{Level: bots.Read}}}
			s.d.Accept(s.e, s.now)
			s.later(telegramWait)
			c.because(s)
			if !s.d.GiveUpLane(s.e, s.now) {
				t.Fatalf("it stays: %s", show(&s.d.Status))
			}
			if s.d.State != Queued || s.d.Lane().Channel() != bots.Viber {
				t.Errorf("%s, want queued for viber", show(&s.d.Status))
			}
		})
	}
}

// At night no later step can go: a channel may be back by the morning, and a text instead costs money.
func TestNothingIsSkippedAtNight(t *testing.T) {
	night := time.Date(2026, 5, 20, 19, 0, 0, 0, time.UTC) // 22:00 in Kyiv
	for name, because := range map[string]func(s *stage){
		"by hand": func(s *stage) {
			s.e.Pauses = []Pause{{Scope: bots.Telegram, From: s.now.Add(-time.Minute), Skip: true}}
		},
		"skip": func(s *stage) {
			s.e.Held = map[string]time.Time{bots.Telegram: s.now.Add(-time.Hour)}
			s.e.WhenDown = map[string]DownPolicy{s.d.Cascade.Name: DownSkip}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(Service)
			s.now = night
			because(s)
			if s.d.GiveUpLane(s.e, s.now) || s.d.Leg != 0 {
				t.Errorf("it has left telegram: %s", show(&s.d.Status))
			}
			s.later(12 * time.Hour)
			if !s.d.GiveUpLane(s.e, s.now) || s.d.Leg != 1 {
				t.Errorf("it has not left telegram in the morning: %s", show(&s.d.Status))
			}
		})
	}
}
