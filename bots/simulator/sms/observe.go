package sms

import (
	"context"
	"fmt"
	"maps"

	"kaskad/bots/simulator/internal/stage"
)

// Calls are all calls so far, in order, failed and unanswered ones too.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stage.Pick(s.calls, nil, func(c *Call) Call {
		out := *c
		out.Params = maps.Clone(c.Params)
		return out
	})
}

// Messages are what the provider accepted for a number, in order; "" = for all.
func (s *Server) Messages(to string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messagesTo(to)
}

func (s *Server) messagesTo(to string) []Message {
	theirs := func(m *Message) bool { return to == "" || m.To == to }
	return stage.Pick(s.messages, theirs, func(m *Message) Message { return *m })
}

// Balance is what is left of the money.
func (s *Server) Balance() Money {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.balance
}

// SetBalance changes the money that is left.
func (s *Server) SetBalance(m Money) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balance = m
}

// Reports are all reports and answers so far, in the order in which they came about.
func (s *Server) Reports() []Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return stage.Pick(s.reports, nil, func(r *Report) Report { return *r })
}

// WaitMessage waits for the n-th message to a number, counted from 1.
func (s *Server) WaitMessage(ctx context.Context, to string, n int) (Message, error) {
	return stage.Nth(ctx, s.stage, n, "messages to "+to, func() []Message { return s.messagesTo(to) })
}

// WaitReports waits until n reports and answers were taken, duplicates included.
func (s *Server) WaitReports(ctx context.Context, n int) error {
	taken := 0
	err := s.stage.Wait(ctx, func() bool {
		taken = 0
		for _, r := range s.reports {
			taken += r.Taken
		}
		return taken >= n
	})
	if err != nil {
		return fmt.Errorf("sms simulator: %d of %d reports were taken: %w", taken, n, err)
	}
	return nil
}
