package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/control"
)

// Standing is a delivery as it stands on its way.
type Standing struct {
	Sent
	Steps []StandingStep  `json:"steps"`
	Raw   json.RawMessage `json:"-"` // all that the API says of it
}

// StandingStep is one of its steps.
type StandingStep struct {
	Channel     string    `json:"channel"`
	State       string    `json:"state"`
	Reason      string    `json:"reason"`
	QueuedAt    time.Time `json:"queued_at"`
	SentAt      time.Time `json:"sent_at"`
	DeliveredAt time.Time `json:"delivered_at"`
	ReadAt      time.Time `json:"read_at"`
	EngagedAt   time.Time `json:"engaged_at"`
	NextAt      time.Time `json:"next_at"` // of the current step
}

// Since is when a step came to where it stands.
func (s *StandingStep) Since() time.Time {
	for _, at := range []time.Time{s.EngagedAt, s.ReadAt, s.DeliveredAt, s.SentAt, s.QueuedAt} {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// Line says where a delivery stands and when it goes on, as far as that is known: a pause ends when somebody ends it.
func (s *Standing) Line(now time.Time) string {
	text := s.State
	if s.Reason != "" {
		text += " (" + s.Reason + ")"
	}
	if s.State != "held" && s.State != "waiting" {
		return text // for a moment
	}
	for _, step := range s.Steps {
		if s.State == "waiting" && !step.NextAt.IsZero() {
			text += " for proof from " + step.Channel
		}
		if step.NextAt.After(now) {
			text += " until " + Moment(step.NextAt.In(now.Location()), now)
		}
	}
	return text + "; Ctrl-C leaves it to the gateway"
}

// Ended reports whether nothing more will be sent.
func (s *Standing) Ended() bool { return final(s.State) }

// Failed is the error of a delivery that ended without the message being taken anywhere; nil: it was reached, or taken.
func (s *Standing) Failed() error {
	if s.State == "done" || s.State == "unconfirmed" {
		return nil
	}
	why := ""
	if s.Reason != "" {
		why = " (" + s.Reason + ")"
	}
	return fmt.Errorf("%s was not taken by any channel: %s%s; docs/api.md tells what the reason means", s.ID, s.State, why)
}

// lookAt is how often a delivery is looked at while nothing is heard of it: what holds it is not told as a change.
const lookAt = time.Second

// patience is how many looks may fail, one after the other: a gateway that is started anew is back by then.
const patience = 30

// Follow waits until a delivery is final, and tells meanwhile where it stands, whenever that may have changed. The stream of changes
// says when to look; without one it is looked at each second.
func (g *Gate) Follow(ctx context.Context, id string, tell func(*Standing)) (*Standing, error) {
	news := make(chan struct{}, 1)
	ring := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	streaming, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.Changes(streaming, ring, func(delivery, _ string) { // one that breaks off, or cannot be had, is done without
			if delivery == id {
				ring()
			}
		})
	}()
	defer func() { stop(); <-done }()
	var seen *Standing // last
	for missed := 0; ; {
		now, err := g.standing(ctx, id)
		if err != nil && ctx.Err() == nil {
			if _, said := errors.AsType[*control.Problem](err); said || missed >= patience {
				return nil, fmt.Errorf("%s was accepted, and cannot be followed to its end: %w", id, err)
			}
			missed++
		}
		if err == nil {
			missed, seen = 0, now
			tell(now)
			if now.Ended() {
				return now, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, left(id, seen)
		case <-news:
		case <-time.After(lookAt):
		}
	}
}

// left is the error of who does not wait for the end.
func left(id string, seen *Standing) error {
	if seen == nil {
		return fmt.Errorf("%s was not looked at to its end; the gateway goes on with it", id)
	}
	return fmt.Errorf("%s is still %s; the gateway goes on with it", id, seen.State)
}

func (g *Gate) standing(ctx context.Context, id string) (*Standing, error) {
	var raw json.RawMessage
	if err := g.Call(ctx, "GET", "/v1/deliveries/"+id, nil, &raw); err != nil {
		return nil, err
	}
	now := &Standing{Raw: raw}
	return now, json.Unmarshal(raw, now)
}
