package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

var viberAt = bots.Address{Channel: bots.Viber, ID: "v42"}

// gated is a delivery whose only step is Viber.
func gated(p Purpose) *stage {
	plan := testPlan(p)
	plan.Cascade.Steps = plan.Cascade.Steps[1:2]
	s := &stage{d: &Delivery{Plan: plan}, e: testEnv(), now: noon}
	return s
}

func TestGates(t *testing.T) {
	warm := func(s *stage) { s.limit(func(l *bots.Limits) { l.WarmOnly = true }) }
	window := func(since time.Duration) func(*stage) {
		return func(s *stage) {
			s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour })
			s.e.Contact.Address(viberAt).Heard = s.now.Add(-since)
		}
	}
	never := func(s *stage) { s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour }) }
	wrote := func(n int) func(*stage) {
		return func(s *stage) {
			s.limit(func(l *bots.Limits) { l.Daily = bots.Daily{First: 3} })
			today := day(s.now, s.e.Zone)
			s.e.written = map[string]Written{bots.Viber: {Day: today, Count: n}}
		}
	}
	stands := func(st bots.Standing) func(*stage) {
		return func(s *stage) { s.e.Standing = map[string]bots.Standing{bots.Viber: st} }
	}
	unverified := func(s *stage) { s.e.Contact.Set(viberAt, bots.Unverified, s.now) }
	both := func(a, b func(*stage)) func(*stage) { return func(s *stage) { a(s); b(s) } }
	for name, c := range map[string]struct {
		purpose Purpose
		world   func(*stage)
		want    string // state and reason after the claim
	}{
		"who was heard there is warm":                              {Service, warm, "sending "},
		"who was never heard there is passed over":                 {Service, both(warm, unverified), "skipped cold"},
		"an urgent message does not write to the cold either":      {Urgent, both(warm, unverified), "skipped cold"},
		"whoever is answered is warm":                              {Conversation, both(warm, unverified), "sending "},
		"another channel writes first":                             {Service, unverified, "sending "},
		"text goes while the window is open":                       {Service, window(23*time.Hour + 58*time.Minute), "sending "},
		"the window closes a minute early":                         {Service, window(23*time.Hour + 59*time.Minute), "skipped window_closed"},
		"a window that never opened is closed":                     {Marketing, never, "skipped window_closed"},
		"an approved template goes when it is closed":              {Marketing, both(never, func(s *stage) { s.e.Approved = true }), "sending "},
		"an answer after the window fails":                         {Conversation, window(25 * time.Hour), "failed window_closed"},
		"an answer inside it goes":                                 {Conversation, window(time.Hour), "sending "},
		"the last message of the day goes":                         {Marketing, wrote(2), "sending "},
		"one more than a day's does not":                           {Marketing, wrote(3), "skipped daily_cap"},
		"an urgent one is bound like others":                       {Urgent, wrote(3), "skipped daily_cap"},
		"an answer is not bound":                                   {Conversation, wrote(30), "sending "},
		"yesterday's count is over":                                {Service, both(wrote(3), func(s *stage) { s.now = s.now.Add(24 * time.Hour) }), "sending "},
		"a later attempt is bound: what stayed here did not count": {Service, both(wrote(3), func(s *stage) { s.d.leg().Attempts = 1 }), "failed daily_cap"},
		"a session that is shut sends nothing":                     {Urgent, stands(bots.Standing{Shut: true}), "skipped channel_shut"},
		"an answer fails when it is shut":                          {Conversation, stands(bots.Standing{Shut: true}), "failed channel_shut"},
		"one that is limited sends answers":                        {Conversation, stands(bots.Standing{Limited: true}), "sending "},
		"and nothing else":                                         {Service, stands(bots.Standing{Limited: true}), "skipped channel_limited"},
		"one that is well sends":                                   {Service, stands(bots.Standing{State: "connected"}), "sending "},
		"a pause holds though the session is shut":                 {Service, both(stands(bots.Standing{Shut: true}), func(s *stage) { s.e.Pauses = []Pause{{From: s.now}} }), "held pause"},
		"a leg that was tried before is given up, not passed by":   {Service, both(stands(bots.Standing{Shut: true}), func(s *stage) { s.d.leg().Attempts = 1 }), "failed channel_shut"},
	} {
		t.Run(name, func(t *testing.T) {
			s := gated(c.purpose)
			s.d.Accept(s.e, s.now)
			c.world(s)
			s.d.Claim(0, s.cost(), s.e, s.now)
			if got := s.d.State.String() + " " + s.d.Reason; got != c.want {
				t.Errorf("%s, want %s; %s", got, c.want, show(&s.d.Status))
			}
			if place := s.e.Contact.Address(viberAt); place.State == bots.UnreachableState || place.State == bots.BlockedState {
				t.Errorf("the address became %s", place.State)
			}
			standing(t, s.d)
		})
	}
}

// A person has one window under both addresses of a chat.
func TestTheWindowIsThePersons(t *testing.T) {
	s := gated(Service)
	s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour })
	other := bots.Address{Channel: bots.Viber, ID: "other"}
	s.e.Contact.Set(other, bots.Active, s.now.Add(-2*time.Hour)) // written to is the one heard last
	s.e.Contact.Address(other).Heard = s.now.Add(-time.Hour)
	if s.e.takesText(bots.Viber, s.now) {
		t.Error("the window of another account of the person's is open here")
	}
	s.e.Contact.Address(viberAt).Also, s.e.Contact.Address(other).Also = other.ID, viberAt.ID
	if !s.e.takesText(bots.Viber, s.now) {
		t.Error("the window that opened under the other address is closed")
	}
}

// Cold is known before a leg is queued: nothing of the delivery has to wait.
func TestAColdPlaceIsPassedOverAtOnce(t *testing.T) {
	s := gated(Service)
	s.limit(func(l *bots.Limits) { l.WarmOnly = true })
	s.e.Contact.Set(viberAt, bots.Unverified, s.now)
	s.d.Accept(s.e, s.now)
	if s.d.State != Skipped || s.d.Reason != ReasonCold || s.d.Route[0].Outcome != PassedBy {
		t.Errorf("it is %s", show(&s.d.Status))
	}
}

// Of a messenger step the next messenger goes at once when the first is gated.
func TestTheNextMessengerGoesForAGatedOne(t *testing.T) {
	s := gated(Service)
	s.d.Cascade.Steps[0].Channel = Messengers
	s.e.Standing = map[string]bots.Standing{bots.Telegram: {Shut: true}}
	s.d.Accept(s.e, s.now)
	s.d.Claim(0, bots.Money{}, s.e, s.now)
	if s.d.State != Queued || s.d.Leg != 1 || s.d.leg().Channel != bots.Viber {
		t.Errorf("it is %s", show(&s.d.Status))
	}
}

func TestPassBy(t *testing.T) {
	shut := map[string]bots.Standing{bots.Viber: {Shut: true}}
	for name, c := range map[string]struct {
		world func(*stage)
		want  string
	}{
		"a leg that may go stays":                {func(*stage) {}, "queued "},
		"one that may not leaves":                {func(s *stage) { s.e.Standing = shut }, "skipped channel_shut"},
		"one whose words nobody knows yet stays": {func(s *stage) { s.limit(func(l *bots.Limits) { l.Window = time.Hour }) }, "queued "},
		"one whose time has not come stays":      {func(s *stage) { s.e.Standing, s.d.Due = shut, s.now.Add(time.Second) }, "queued "},
		"one that is under way stays":            {func(s *stage) { s.d.Claim(0, s.cost(), s.e, s.now); s.e.Standing = shut }, "sending "},
		"one that the night begins for is held":  {func(s *stage) { s.e.Standing = shut; s.now = s.now.Add(10 * time.Hour) }, "held quiet_hours"},
		"a pause goes before":                    {func(s *stage) { s.e.Standing = shut; s.e.Pauses = []Pause{{From: s.now}} }, "held pause"},
	} {
		t.Run(name, func(t *testing.T) {
			s := gated(Service)
			s.d.Accept(s.e, s.now)
			c.world(s)
			s.d.PassBy(s.e, s.now)
			if got := s.d.State.String() + " " + s.d.Reason; got != c.want {
				t.Errorf("%s, want %s; %s", got, c.want, show(&s.d.Status))
			}
			standing(t, s.d)
		})
	}
}

func TestAWindowOpensWithThePersonsOwnMessage(t *testing.T) {
	at := noon.Add(-time.Hour)
	for name, c := range map[string]struct {
		event bots.Event
		want  time.Time
	}{
		"a message":                             {bots.Event{Kind: bots.Wrote, At: at}, at},
		"a button":                              {bots.Event{Kind: bots.Pressed, At: at}, at},
		"opening the bot":                       {bots.Event{Kind: bots.Started, At: at}, at},
		"a shared phone":                        {bots.Event{Kind: bots.Shared, At: at}, at},
		"a reaction does not":                   {bots.Event{Kind: bots.Reacted, At: at}, time.Time{}},
		"an edit does not":                      {bots.Event{Kind: bots.Edited, At: at}, time.Time{}},
		"what one of us wrote does not":         {bots.Event{Kind: bots.ByOwner, At: at}, time.Time{}},
		"a clock that runs ahead counts as now": {bots.Event{Kind: bots.Wrote, At: noon.Add(time.Hour)}, noon},
		"an event without a time does not":      {bots.Event{Kind: bots.Wrote, ArrivedAt: noon}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := gated(Service)
			s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour })
			turn := bots.Turn{Event: c.event, Contact: *s.e.Contact}
			if turn.Event.Chat == (bots.Address{}) {
				turn.Event.Chat = viberAt
			}
			s.e.Rules.heard(&turn, noon)
			if got := turn.Contact.Address(viberAt).Heard; !got.Equal(c.want) {
				t.Errorf("heard at %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnOlderMessageLeavesTheWindow(t *testing.T) {
	s := gated(Service)
	s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour })
	for _, at := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(30 * time.Second)} {
		s.e.Rules.heard(&bots.Turn{Event: bots.Event{Kind: bots.Wrote, Chat: viberAt, At: at}, Contact: *s.e.Contact}, noon.Add(time.Hour))
	}
	if got := s.e.Contact.Address(viberAt).Heard; !got.Equal(noon) {
		t.Errorf("heard at %v, want %v: neither an older message nor half a minute moves it", got, noon)
	}
}

func TestAChannelWithoutAWindowWritesNothing(t *testing.T) {
	s := gated(Service)
	s.e.Rules.heard(&bots.Turn{Event: bots.Event{Kind: bots.Wrote, Chat: viberAt, At: noon}, Contact: *s.e.Contact}, noon)
	if got := s.e.Contact.Address(viberAt).Heard; !got.IsZero() {
		t.Errorf("heard at %v is kept", got)
	}
}
