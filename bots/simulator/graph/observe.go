package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kaskad/bots/simulator/internal/stage"
)

// Oddity is something that the real server lets pass, but that no careful client sends: an unknown parameter, for one.
type Oddity struct {
	Method string // of the call
	Path   string
	What   string
}

func (o Oddity) String() string { return o.Method + ": " + o.Path + " " + o.What }

// Oddities are all that was seen so far. A test of a client wants none.
func (s *Server) Oddities() []Oddity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.oddities)
}

// odd notes an oddity. The caller holds s.mu.
func (s *Server) odd(path, what string) {
	s.oddities = stage.Newest(append(s.oddities, Oddity{Messages, path, what}), s.opt.Keep)
}

// noteUnknown lists the parameters of a call that Graph does not know.
func (s *Server) noteUnknown(req *request) {
	if req.Method != Messages || req.body.wrong != nil {
		return // a body that was refused half-way was not read to its end
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range req.body.Unread() {
		s.odd(name, "is no parameter that Graph knows here")
	}
}

// Count is how much was done.
type Count struct {
	Calls    int // of all methods, refused ones too
	Accepted int // messages that were taken
	Marked   int // messages of people that were marked as read
}

// Count tells how much was done so far.
func (s *Server) Count() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
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

// Messages are what a person was shown by the business, in order, each once.
func (s *Server) Messages(id string) []Message {
	return s.pick(id, shown)
}

// Accepted are all messages to a person that were answered with an id: shown, failed and waiting ones.
func (s *Server) Accepted(id string) []Message {
	return s.pick(id, func(m *Message) bool { return m.FromUs })
}

// Chat is what stands in the chat, both directions, in the order in which Meta got it.
func (s *Server) Chat(id string) []Message {
	return s.pick(id, func(m *Message) bool { return !m.FromUs || !m.Shown.IsZero() })
}

// shown tells whether a person has seen a message of ours.
func shown(m *Message) bool { return m.FromUs && !m.Shown.IsZero() }

func (s *Server) pick(id string, which func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.picked(id, which)
}

func (s *Server) picked(id string, which func(*Message) bool) []Message {
	p := s.find(id)
	if p == nil {
		return nil
	}
	return stage.Pick(p.messages, which, (*Message).clone)
}

// Message finds a message by its id.
func (s *Server) Message(id string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.byID[id]
	if m == nil {
		return Message{}, false
	}
	return m.clone(), true
}

// ShownWith counts how often messages with this biz_opaque_callback_data were shown, over all people.
func (s *Server) ShownWith(data string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.people {
		for _, m := range p.messages {
			if shown(m) && m.Data == data {
				n++
			}
		}
	}
	return n
}

// Posts are all webhook calls so far, with what they were answered, in the order in which they came up.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.postsOf("")
}

// PostsOf are the webhook calls that carry a notice of a kind: sent, delivered, read, played, failed, text, image, …
func (s *Server) PostsOf(kind string) []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.postsOf(kind)
}

func (s *Server) postsOf(kind string) []Post {
	var out []Post
	for _, p := range s.posts {
		if kind == "" || slices.ContainsFunc(p.Notices, func(n Notice) bool { return n.Kind == kind }) {
			found := *p
			found.Tries = slices.Clone(p.Tries)
			out = append(out, found)
		}
	}
	return out
}

// WaitMessage waits for the n-th message that a person is shown, counted from 1.
func (s *Server) WaitMessage(ctx context.Context, id string, n int) (Message, error) {
	return stage.Nth(ctx, s.stage, n, "messages to "+id, func() []Message { return s.picked(id, shown) })
}

// WaitCall waits for the n-th call of a method, counted from 1. It may not be answered yet.
func (s *Server) WaitCall(ctx context.Context, method string, n int) (Call, error) {
	return stage.Nth(ctx, s.stage, n, "calls of "+method, func() []Call { return s.callsOf(method) })
}

// WaitPost waits until n webhook calls with a notice of a kind are answered 200, and answers with the n-th of them.
func (s *Server) WaitPost(ctx context.Context, kind string, n int) (Post, error) {
	var got []Post
	err := s.stage.Wait(ctx, func() bool {
		got = slices.DeleteFunc(s.postsOf(kind), func(p Post) bool { return !p.Done })
		return len(got) >= n
	})
	if err != nil {
		return Post{}, fmt.Errorf("graph simulator: %d of %d webhook calls with %s: %w", len(got), n, kind, err)
	}
	return got[n-1], nil
}
