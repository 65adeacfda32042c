package demo

import (
	"context"
	"time"

	"kaskad/bots"
)

type amount struct{ Amount, Currency string }

// money reads what our own API wrote; nothing written is nothing.
func (a amount) money() bots.Money {
	m, _ := bots.ParseMoney(a.Amount, a.Currency)
	return m
}

// delivery is the API's answer, as far as the demo shows it.
type delivery struct {
	ID, Contact, State, Reason string
	ReachedBy                  string `json:"reached_by"`
	Proof                      string
	LateProof                  string `json:"late_proof"`
	Cost                       amount
	AsSMS                      amount    `json:"as_sms"`
	CreatedAt                  time.Time `json:"created_at"`
	Steps                      []step
}

// step is one channel's part of a delivery.
type step struct {
	Channel, State, Reason string
	QueuedAt               time.Time `json:"queued_at"`
	SentAt                 time.Time `json:"sent_at"`
	DeliveredAt            time.Time `json:"delivered_at"`
	ReadAt                 time.Time `json:"read_at"`
	EngagedAt              time.Time `json:"engaged_at"`
	NextAt                 time.Time `json:"next_at"`
	Late                   bool
	Cost                   amount
}

func (s Shop) delivery(ctx context.Context, id string) (*delivery, error) {
	var d delivery
	err := s.call(ctx, "GET", "/v1/deliveries/"+id, nil, &d)
	return &d, err
}

func (d *delivery) final() bool {
	switch d.State {
	case "scheduled", "held", "queued", "sending", "waiting":
		return false
	}
	return true
}

// late reports whether a channel proved something when a later one had gone out already.
func (d *delivery) late() bool {
	if d.LateProof != "" {
		return true
	}
	for i := range d.Steps {
		if d.Steps[i].Late {
			return true
		}
	}
	return false
}

// receipt is what the API calls a proof that the channel gave, not the person.
const receipt = "receipt"

// out reports whether the step went out, as far as anybody knows.
func (s *step) out() bool { return !s.SentAt.IsZero() || s.State == "uncertain" }

// proven reports whether something came back that is more than the channel's word that it took the message.
func (s *step) proven() bool { return s.State == "read" || s.State == "engaged" }
