package fallback

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

const callWait = 4 * time.Hour

// asked is a delivery of marketing at its task: Telegram's step has gone out in vain, and SMS comes behind.
func asked(t *testing.T) *stage {
	t.Helper()
	p := testPlan(Marketing)
	p.Cascade.Steps = []Step{
		{Channel: bots.Telegram, Wait: telegramWait, Until: Until{Level: bots.Read}},
		{Channel: bots.Staff, Wait: callWait, Until: Until{Level: bots.Engaged}, Task: TaskCall},
		{Channel: bots.SMS, Until: Until{Level: bots.Delivered}},
	}
	s := &stage{d: &Delivery{Plan: p}, e: testEnv(), now: noon}
	s.e.Channels[bots.Staff] = Channel{Limits: bots.Limits{Reports: bots.Accepted, Buttons: true}, Senders: []string{bots.Staff}}
	s.e.room.value = bots.Address{Channel: bots.Staff, ID: "-100500"}
	s.d.Accept(s.e, s.now)
	s.settle(s.claim(t), nil)
	s.later(telegramWait).do((*Delivery).Come)
	if s.d.State != Queued || s.d.leg().Channel != bots.Staff {
		t.Fatalf("it is %s at %s, want the task in its lane", s.d.State, s.d.leg().Channel)
	}
	return s
}

// What each event does to a delivery at its task: in its lane, under way, waited for, of unknown outcome, and when the text behind it has
// gone out.
func TestTransitionsOfATask(t *testing.T) {
	states := []struct {
		name string
		come func(t *testing.T) *stage
	}{
		{"queued", asked},
		{"sending", func(t *testing.T) *stage { s := asked(t); s.claim(t); return s }},
		{"waiting", func(t *testing.T) *stage { s := asked(t); s.settle(s.claim(t), nil); return s }},
		{"unsure", func(t *testing.T) *stage { s := asked(t); s.settle(s.claim(t), &bots.SendError{}); return s }},
		{"behind", func(t *testing.T) *stage {
			s := asked(t)
			s.settle(s.claim(t), nil)
			s.later(callWait).do((*Delivery).Come)
			s.settle(s.claim(t), nil)
			return s
		}},
	}
	press := func(data string) func(*stage) {
		return func(s *stage) {
			s.d.Prove(1, Evidence{Level: bots.Engaged, Kind: TaskProof, Data: data, By: "Iryna", At: s.now}, s.now)
		}
	}
	other := func(kind string) func(*stage) {
		return func(s *stage) { s.d.Prove(1, Evidence{Level: bots.Engaged, Kind: kind, At: s.now}, s.now) }
	}
	claim := func(change func(*stage)) func(*stage) {
		return func(s *stage) { change(s); s.d.Claim(s.d.Leg, bots.Money{}, s.e, s.now) }
	}
	for _, row := range []struct {
		event string
		do    func(*stage)
		want  string // by state, in their order: the state, and behind a colon the leg
	}{
		{"called", press(TaskCalled), "queued:1 done:1 done:1 done:1 done:2"},
		{"not interested", press(TaskNotInterested), "queued:1 done:1 done:1 done:1 done:2"},
		{"no answer", func(s *stage) { s.d.NoAnswer(1, "Iryna", s.e, s.now) }, "queued:1 sending:1 queued:2 queued:2 waiting:2"},
		{"a button that is none of its own", other("button"), "queued:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"a reply among colleagues", other("reply"), "queued:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"a proof of the step before", func(s *stage) { s.d.Prove(0, Evidence{Level: bots.Engaged, Kind: "reply", At: s.now}, s.now) }, "done:1 done:1 done:1 done:1 done:2"},
		{"a stop", func(s *stage) { s.d.OptOut(s.now) }, "refused:1 refused:1 refused:1 refused:1 refused:2"},
		{"a cancel", func(s *stage) { s.d.Cancel(s.now) }, "cancelled:1 cancelled:1 cancelled:1 cancelled:1 cancelled:2"},
		{"its time is over", func(s *stage) { s.later(callWait).do((*Delivery).Come) }, "queued:1 waiting:1 queued:2 queued:2 waiting:2"},
		{"claim", claim(func(*stage) {}), "sending:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim, stopped", claim(func(s *stage) { s.e.Contact.Marketing.State = bots.Denied }), "refused:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim, no phone", claim(func(s *stage) { s.e.Contact.Phone = "" }), "queued:2 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim, a phone that is only claimed", claim(func(s *stage) { s.e.Contact.PhoneClaimed = true }), "queued:2 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim, no room", claim(func(s *stage) { s.e.room.value = bots.Address{} }), "queued:2 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim, paid enough", claim(func(s *stage) { s.d.Cascade.PaidSteps = 1; s.d.Route[0].Cost = bots.Money{Amount: 1} }), "sending:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim at night", claim(func(s *stage) { s.now = noon.Add(11 * time.Hour) }), "held:1 sending:1 waiting:1 waiting:1 waiting:2"},
		{"claim in a pause", claim(func(s *stage) { s.e.Pauses = []Pause{{Scope: bots.Staff, From: s.now}} }), "held:1 sending:1 waiting:1 waiting:1 waiting:2"},
	} {
		var got []string
		for _, from := range states {
			s := from.come(t)
			row.do(s)
			got = append(got, s.d.State.String()+":"+string(rune('0'+s.d.Leg)))
		}
		if want := strings.Fields(row.want); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", row.event, got, want)
		}
	}
}

// A colleague may press before the call that posts the task has ended: what they said stays.
func TestATaskThatIsAnsweredBeforeItsCallEnds(t *testing.T) {
	for _, said := range []string{TaskCalled, TaskNotInterested} {
		s := asked(t)
		a := s.claim(t)
		s.d.Prove(a.Leg, Evidence{Level: bots.Engaged, Kind: TaskProof, Data: said, By: "Iryna", At: s.now}, s.now)
		s.settle(a, nil)
		if l := &s.d.Route[a.Leg]; l.Reason != said || l.By != "Iryna" || l.Outcome != Taken || s.d.State != Done {
			t.Errorf("%s: it is %s of %q, %s", said, l.Reason, l.By, show(&s.d.Status))
		}
	}
}

// While Telegram, through which the room is heard, is deaf, the wait for a colleague stands still.
func TestATaskIsNotOverWhileTheRoomIsNotHeard(t *testing.T) {
	s := asked(t)
	s.settle(s.claim(t), nil)
	s.e.Ears[bots.Telegram] = Ear{Deaf: true, Until: s.now.Add(callWait + time.Minute)}
	s.later(callWait).do((*Delivery).Come)
	if s.d.State != Waiting || s.d.Lane() != WaitLane(bots.Telegram, s.d.Purpose.Priority()) {
		t.Errorf("it is %s in lane %s, want to wait in that of Telegram", s.d.State, s.d.Lane())
	}
}

// A colleague's time is the dearest: where the order is settled for each person, the call comes last.
func TestATaskComesLastWhereTheOrderIsSettled(t *testing.T) {
	for _, order := range []string{"preferred", "cheapest"} {
		s := asked(t)
		s.d.Cascade.Order = order
		var got []string
		for _, l := range route(&s.d.Plan, s.e) {
			got = append(got, l.Channel)
		}
		if got[len(got)-1] != bots.Staff || len(got) != 3 {
			t.Errorf("%s: %v", order, got)
		}
	}
}

// A post in the room is none of a person's deliveries; a delivery with a task, and nothing else, is.
func TestATaskIsNoPost(t *testing.T) {
	p := testPlan(Service)
	p.Cascade.Steps = []Step{{Channel: bots.Staff}}
	if !p.ForStaff() {
		t.Error("a post is not taken for one")
	}
	p.Cascade.Steps[0].Task = TaskCall
	if p.ForStaff() {
		t.Error("a task is taken for a post")
	}
}
