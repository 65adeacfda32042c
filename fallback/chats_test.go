package fallback_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// tellsAll takes a while for each message, another one each time, and writes down which went to each chat and how many were under way
// to one chat at once.
type tellsAll struct {
	*sender
	mu       sync.Mutex
	draw     *rand.Rand
	slowest  time.Duration
	arrived  map[string][]bots.ID
	underWay map[string]int
	together int // sends to a chat that had another one under way
}

func newTellsAll(s *sender, slowest time.Duration) *tellsAll {
	return &tellsAll{sender: s, draw: rand.New(rand.NewPCG(1, 2)), slowest: slowest, arrived: map[string][]bots.ID{}, underWay: map[string]int{}}
}

func (s *tellsAll) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	s.mu.Lock()
	takes := time.Duration(s.draw.Int64N(int64(s.slowest)))
	chat := out.To.ID
	if s.underWay[chat] > 0 {
		s.together++
	}
	s.underWay[chat]++
	s.arrived[chat] = append(s.arrived[chat], out.Step)
	s.mu.Unlock()
	time.Sleep(takes)
	s.mu.Lock()
	s.underWay[chat]--
	s.mu.Unlock()
	return s.sender.Send(ctx, out)
}

// messages are what became of deliveries, in their order.
func (r *rig) messages(ids []bots.ID) (all []bots.ID) {
	for _, id := range ids {
		all = append(all, r.store.Delivery(id).Route[0].Message)
	}
	return all
}

// asks are n requests to a chat that are made in one moment.
func asks(chat bots.Address, n int) (all []fallback.Ask) {
	for i := range n {
		all = append(all, fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": i + 1}})
	}
	return all
}

func (r *rig) askAll(all []fallback.Ask) (ids []bots.ID) {
	r.t.Helper()
	for i, done := range r.engine.AcceptAll(r.t.Context(), all) {
		if done.Err != nil {
			r.t.Fatalf("request %d: %v", i, done.Err)
		}
		ids = append(ids, done.ID)
	}
	return ids
}

func TestOneChatsMessagesGoInTheirOrder(t *testing.T) {
	var wire *tellsAll
	slow := func(slowest time.Duration) func(*fallback.Options) {
		return func(o *fallback.Options) {
			wire = newTellsAll(o.Senders["telegram"].(*sender), slowest)
			o.Senders["telegram"] = wire
		}
	}
	const chats, each = 60, 5
	t.Run("many chats at once, whatever each send takes", func(t *testing.T) {
		scripts{"": {slow(2 * time.Second), func(r *rig) {
			var all []fallback.Ask
			people := make([]bots.Address, chats)
			for i := range people {
				people[i] = r.person()
			}
			for _, chat := range people {
				all = append(all, asks(chat, each)...)
			}
			ids := r.askAll(all)
			r.pass(2 * each * time.Second)
			if wire.together != 0 {
				t.Errorf("%d messages went to a chat while another one was under way", wire.together)
			}
			for i, chat := range people {
				want := r.messages(ids[i*each : (i+1)*each])
				if got := wire.arrived[chat.ID]; !slices.Equal(got, want) {
					t.Errorf("chat %s got %v, want %v", chat.ID, got, want)
				}
			}
		}}}.play(t)
	})
}

// TestAChatWaits tells what a chat waits for, and how long.
func TestAChatWaits(t *testing.T) {
	scripts{
		"a send that hangs keeps its own chat alone, and no longer than its lease": {plain, func(r *rig) {
			end := make(chan struct{})
			a, b := r.person(), r.person()
			ok, first := r.tg.ok, true
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				hangs := false
				r.with(func() { hangs = first && out.To == a; first = first && !hangs })
				if hangs {
					<-end // whatever its context says
				}
				return ok(n, out), nil
			}
			r.askAll(append(asks(a, 2), asks(b, 2)...))
			r.pass(30 * time.Second)
			r.wantCount("0s telegram 1", 1)
			r.wantCount("0s telegram 2", 2)
			r.pass(31 * time.Second)
			r.wantCount("1m0s telegram 1", 1)
			close(end)
		}},
		"a message that is tried again goes before the next one": {plain, func(r *rig) {
			r.tg.answer = r.failing(bots.SendError{Fault: bots.Temporary, Code: "502"})
			a, b := r.person(), r.person()
			ids := r.askAll(append(asks(a, 2), asks(b, 1)...))
			r.pass(30 * time.Second)
			r.wantCount("0s telegram 2", 1)
			r.wantCount("2s telegram 1", 2)
			r.inOrder(ids[:2])
		}},
		"so does one whose channel told to wait": {plain, func(r *rig) {
			r.tg.answer = r.failing(bots.SendError{Fault: bots.Temporary, Code: "429", RetryAfter: 20 * time.Second})
			a := r.person()
			ids := r.askAll(asks(a, 2))
			r.pass(30 * time.Second)
			r.want("0s telegram 1", "20s telegram 1", "20s telegram 1")
			r.inOrder(ids)
		}},
		"one that is tried again in an hour keeps nobody": {plain, func(r *rig) {
			r.tg.answer = r.failing(bots.SendError{Fault: bots.Temporary, Code: "429", RetryAfter: 10 * time.Minute})
			a := r.person()
			r.askAll(asks(a, 2))
			r.pass(11 * time.Minute)
			if n := len(r.sends()); n != 3 {
				r.t.Errorf("sends %v, want three", r.sends())
			}
		}},
	}.play(t)
}

// failing fails the first message to the first chat.
func (r *rig) failing(with bots.SendError) func(int, bots.Outgoing) (bots.Receipt, error) {
	failed := false
	return func(n int, out bots.Outgoing) (bots.Receipt, error) {
		fails := false
		r.with(func() { fails = !failed && out.To.ID == "1"; failed = failed || fails })
		if fails {
			return bots.Receipt{}, &with
		}
		return r.tg.ok(n, out), nil
	}
}

// wantCount is how often a line is among the sends: those to several chats are in no order.
func (r *rig) wantCount(line string, n int) {
	r.t.Helper()
	got := 0
	for _, l := range r.sends() {
		if l == line {
			got++
		}
	}
	if got != n {
		r.t.Errorf("%d × %q in %v, want %d", got, line, r.sends(), n)
	}
}

// inOrder holds the last messages that left to the order of their deliveries.
func (r *rig) inOrder(ids []bots.ID) {
	r.t.Helper()
	var got []string
	want := fmt.Sprint(r.messages(ids))
	r.with(func() {
		for _, out := range r.sent[len(r.sent)-len(ids):] {
			got = append(got, out.Step.String())
		}
	})
	if have := "[" + strings.Join(got, " ") + "]"; have != want {
		r.t.Errorf("went out in the order %s, want %s", have, want)
	}
}
