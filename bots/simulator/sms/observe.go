package sms

import (
	"context"
	"fmt"
	"maps"
)

// Calls are all calls so far, in order, failed and unanswered ones too.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		call := *c
		call.Params = maps.Clone(c.Params)
		out = append(out, call)
	}
	return out
}

// Messages are what the provider accepted for a number, in order; "" = for all.
func (s *Server) Messages(to string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messagesTo(to)
}

func (s *Server) messagesTo(to string) []Message {
	var out []Message
	for _, m := range s.messages {
		if to == "" || m.To == to {
			out = append(out, *m)
		}
	}
	return out
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
	var out []Report
	for _, r := range s.reports {
		out = append(out, *r)
	}
	return out
}

// WaitMessage waits for the n-th message to a number, counted from 1.
func (s *Server) WaitMessage(ctx context.Context, to string, n int) (Message, error) {
	var got []Message
	err := s.wait(ctx, func() bool {
		got = s.messagesTo(to)
		return len(got) >= n
	})
	if err != nil {
		return Message{}, fmt.Errorf("sms simulator: %d of %d messages to %s: %w", len(got), n, to, err)
	}
	return got[n-1], nil
}

// WaitReports waits until n reports and answers were taken, duplicates included.
func (s *Server) WaitReports(ctx context.Context, n int) error {
	taken := 0
	err := s.wait(ctx, func() bool {
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

// wait calls done, with s.mu held, after every change until it is true.
func (s *Server) wait(ctx context.Context, done func() bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !done() {
		changed := s.changed
		s.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.ctx.Done():
			err = context.Canceled
		}
		s.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}
