package fallbacktest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// run lets time pass, and works every lane that comes due.
func (s *script) run(d time.Duration) {
	s.t.Helper()
	end := time.Now().Add(d)
	for {
		moved := false
		for _, lane := range lanes() {
			moved = s.work(lane) || moved
		}
		if moved {
			continue
		}
		next := s.nextDue()
		if !next.After(time.Now()) {
			next = time.Now().Add(time.Minute) // something is due and cannot go, as in a pause
		}
		if next.IsZero() || next.After(end) {
			time.Sleep(time.Until(end))
			return
		}
		time.Sleep(time.Until(next))
	}
}

// settleDown works what is due now, and lets no time pass.
func (s *script) settleDown() { s.t.Helper(); s.run(0) }

func lanes() []fallback.Lane {
	all := []fallback.Lane{fallback.LaneStart, fallback.LaneLease, fallback.LaneGap, fallback.LaneHold, fallback.LaneTalk}
	for _, channel := range append(bots.Channels(), bots.Staff) {
		for _, p := range fallback.Priorities() {
			all = append(all, fallback.SendLane(channel, p), fallback.WaitLane(channel, p))
		}
	}
	return all
}

func (s *script) nextDue() (next time.Time) {
	for _, lane := range lanes() {
		at, err := s.NextDue(s.ctx(), lane)
		s.must(err)
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		next = time.Now().Add(1000 * time.Hour)
	}
	return next
}

// work moves what is due in one lane; it reports whether anything moved.
func (s *script) work(lane fallback.Lane) (moved bool) {
	s.t.Helper()
	entries, err := s.Due(s.ctx(), lane, fallback.Entry{}, time.Now(), 100)
	s.must(err)
	if lane == fallback.LaneTalk {
		return s.mind(entries)
	}
	for _, e := range entries {
		have, err := s.Load(s.ctx(), e.ID)
		if errors.Is(err, fallback.ErrUnknownDelivery) {
			moved = true // dropped: the entry is stale
			continue
		}
		s.must(err)
		switch {
		case !have.Delivery.Stands(lane, e):
			moved = true
		case strings.HasPrefix(string(lane), "send/"):
			moved = s.send(have) || moved
		default:
			s.must(s.Come(s.ctx(), e.ID, s.rules, s.world))
			after, err := s.Load(s.ctx(), e.ID)
			s.must(err)
			moved = moved || !after.Delivery.Stands(lane, e)
		}
	}
	s.must(s.Drop(s.ctx(), lane, entries))
	return moved
}

// mind looks at the conversations that are due.
func (s *script) mind(entries []fallback.Entry) (moved bool) {
	s.t.Helper()
	for _, e := range entries {
		s.must(s.Mind(s.ctx(), e.ID, s.rules))
	}
	s.must(s.Drop(s.ctx(), fallback.LaneTalk, entries))
	return len(entries) > 0
}

// send claims a step, hands it to its channel and settles it.
func (s *script) send(have fallback.Loaded) (moved bool) {
	s.t.Helper()
	a := s.claim(have)
	if a == nil {
		after, err := s.Load(s.ctx(), have.Delivery.ID)
		s.must(err)
		return after.Delivery.State != have.Delivery.State || after.Delivery.Leg != have.Delivery.Leg || !after.Delivery.Due.Equal(have.Delivery.Due)
	}
	x := &sent{Attempt: *a, ProviderID: fmt.Sprint(100 + len(s.sends))}
	if s.nameOf != nil {
		x.ProviderID = s.nameOf(a.Message)
	}
	s.sends = append(s.sends, x)
	s.log = append(s.log, fmt.Sprintf("%v %s d%d/%d", time.Since(s.start), x.Sender, slices.Index(s.ids, x.Delivery)+1, x.Leg))
	for _, name := range []string{x.Sender, x.Out.To.Channel} {
		if todo := s.nexts[name]; len(todo) > 0 {
			s.nexts[name] = todo[1:]
			todo[0](x)
			break
		}
	}
	if !x.Lost {
		s.settle(x)
	}
	return true
}

func (s *script) claim(have fallback.Loaded) *fallback.Attempt {
	s.t.Helper()
	d := have.Delivery
	channel := d.Route[d.Leg].Channel
	links := []string{fmt.Sprintf("https://shop.example/0/%d", len(s.sends)), fmt.Sprintf("https://shop.example/1/%d", len(s.sends))}
	if d.Purpose == fallback.Conversation {
		links = nil // links are tracked in templates
	}
	a, err := s.Claim(s.ctx(), &fallback.Intent{Links: links, Delivery: d.ID, Leg: d.Leg, Out: bots.Outgoing{To: have.Place(), Thread: have.Thread, Text: d.Text, Image: d.Image, File: d.File, Approved: s.approved}, Parts: 1, Cost: s.rules.Channels[channel].Price, NameOf: s.nameOf}, s.rules, s.world)
	s.must(err)
	return a
}

func (s *script) settle(x *sent) {
	s.t.Helper()
	res := fallback.Result{Err: x.Err}
	if x.Err == nil {
		res.Receipt = bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Rest: x.Rest, Step: x.Message, Level: bots.Accepted, At: time.Now(), Astray: x.Astray, Forum: x.Forum}
	}
	s.must(s.Settle(s.ctx(), &x.Attempt, res, s.rules, s.world))
}
