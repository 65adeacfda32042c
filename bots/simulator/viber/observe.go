package viber

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kaskad/bots/simulator/internal/stage"
)

// Oddity is something that the real server lets pass, but that no careful bot sends: an unknown field, for one.
type Oddity struct {
	Method string // "welcome" for the answer to conversation_started
	Path   string // keyboard.Buttons[0].Colums
	What   string
}

func (o Oddity) String() string { return o.Method + ": " + o.Path + " " + o.What }

// Oddities are all that was seen so far. A test of a bot wants none.
func (s *Server) Oddities() []Oddity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.oddities)
}

// Calls are all calls so far, in order, failed and unanswered ones too.
func (s *Server) Calls() []Call { return s.CallsOf("") }

// CallsOf are the calls of one method.
func (s *Server) CallsOf(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callsOf(method)
}

func (s *Server) callsOf(method string) []Call {
	of := func(c *Call) bool { return method == "" || c.Method == method }
	return stage.Pick(s.calls, of, func(c *Call) Call {
		out := *c
		out.Params = maps.Clone(c.Params)
		return out
	})
}

// Connections is how many connections were opened to the server.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Messages are what a person was shown by the bot, in order.
func (s *Server) Messages(id string) []Message {
	return s.pick(id, shown)
}

// Accepted are all messages to a person that Viber accepted: shown, failed and waiting ones.
func (s *Server) Accepted(id string) []Message {
	return s.pick(id, func(m *Message) bool { return m.FromBot })
}

// Chat is what stands in the chat, both directions, in the order in which Viber got it.
func (s *Server) Chat(id string) []Message {
	return s.pick(id, func(m *Message) bool { return !m.Shown.IsZero() && !m.Silent })
}

// shown tells whether a person has seen a message of ours.
func shown(m *Message) bool { return m.FromBot && !m.Shown.IsZero() }

func (s *Server) pick(id string, which func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.picked(id, which)
}

func (s *Server) picked(id string, which func(*Message) bool) []Message {
	p := s.people[id]
	if p == nil {
		return nil
	}
	return stage.Pick(p.messages, which, (*Message).clone)
}

// ShownWith counts how often messages with this tracking_data were shown, over all people.
func (s *Server) ShownWith(trackingData string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.people {
		for _, m := range p.messages {
			if shown(m) && m.TrackingData == trackingData {
				n++
			}
		}
	}
	return n
}

// Subscribed tells whether the bot may write to a person.
func (s *Server) Subscribed(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[id]
	return p != nil && p.Subscribed && !p.left
}

// Charged is how many messages were billed.
func (s *Server) Charged() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.purse.charged
}

// Callbacks are all callbacks so far, with what they were answered, in the order in which they came up.
func (s *Server) Callbacks() []Callback { return s.CallbacksOf("") }

// CallbacksOf are the callbacks of one event.
func (s *Server) CallbacksOf(event string) []Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callbacksOf(event)
}

func (s *Server) callbacksOf(event string) []Callback {
	var out []Callback
	for _, c := range s.callbacks {
		if event == "" || c.Event == event {
			found := *c
			found.Tries = slices.Clone(c.Tries)
			out = append(out, found)
		}
	}
	return out
}

// Repeat brings a callback once more, with the same bytes and signature, as the real server does when the 200 was lost. It
// answers when the bot has, and changes nothing of what Callbacks tells.
func (s *Server) Repeat(c Callback) (Answer, error) {
	if !s.stage.Enter() {
		return Answer{}, fmt.Errorf("viber simulator: repeat %s: the server is closed", c.Event)
	}
	defer s.stage.Leave()
	a, _ := s.post(&c, s.address())
	if a.Error != "" {
		return a, fmt.Errorf("viber simulator: repeat %s: %s", c.Event, a.Error)
	}
	return a, nil
}

// WaitMessage waits for the n-th message that a person is shown, counted from 1.
func (s *Server) WaitMessage(ctx context.Context, id string, n int) (Message, error) {
	return stage.Nth(ctx, s.stage, n, "messages to "+id, func() []Message { return s.picked(id, shown) })
}

// WaitCall waits for the n-th call of a method, counted from 1. It may not be answered yet.
func (s *Server) WaitCall(ctx context.Context, method string, n int) (Call, error) {
	return stage.Nth(ctx, s.stage, n, "calls of "+method, func() []Call { return s.callsOf(method) })
}

// WaitCallback waits until n callbacks of an event are answered 200, and answers with the n-th of them.
func (s *Server) WaitCallback(ctx context.Context, event string, n int) (Callback, error) {
	var got []Callback
	err := s.stage.Wait(ctx, func() bool {
		got = slices.DeleteFunc(s.callbacksOf(event), func(c Callback) bool { return !c.Done })
		return len(got) >= n
	})
	if err != nil {
		return Callback{}, fmt.Errorf("viber simulator: %d of %d callbacks of %s: %w", len(got), n, event, err)
	}
	return got[n-1], nil
}

// WaitIdle waits until every callback is answered 200 or given up.
func (s *Server) WaitIdle(ctx context.Context) error {
	err := s.stage.Wait(ctx, func() bool { return s.open == 0 })
	if err != nil {
		return fmt.Errorf("viber simulator: callbacks are left: %w", err)
	}
	return nil
}
