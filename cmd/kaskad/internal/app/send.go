package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/control"
)

// Sending is what `kaskad send` asks for.
type Sending struct {
	Letter
	To string
}

// Sent is a delivery as the command prints it.
type Sent struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Reason    string `json:"reason,omitempty"`
	ReachedBy string `json:"reached_by,omitempty"`
	Proof     string `json:"proof,omitempty"`
}

func (s *Sent) String() string {
	words := []string{s.ID, s.State}
	if s.Reason != "" {
		words = append(words, "("+s.Reason+")")
	}
	if s.ReachedBy != "" {
		words = append(words, "by", s.ReachedBy, "proof", s.Proof)
	}
	return strings.Join(words, " ")
}

// Send asks for one delivery.
func (g *Gate) Send(ctx context.Context, m Sending) (*Sent, error) {
	ask := m.ask()
	var done Sent
	err := g.Call(ctx, "POST", "/v1/deliveries", ask, &done)
	return &done, err
}

// Estimate asks what one delivery would do and cost.
func (g *Gate) Estimate(ctx context.Context, m Sending) (json.RawMessage, error) {
	var out struct{ Results []json.RawMessage }
	if err := g.Call(ctx, "POST", "/v1/deliveries:estimate", map[string]any{"deliveries": []any{m.ask()}}, &out); err != nil {
		return nil, err
	}
	if len(out.Results) != 1 {
		return nil, errors.New("gateway: no answer to one delivery; is it another version?")
	}
	return out.Results[0], problemIn(out.Results[0])
}

// problemIn is the problem that stands in place of an answer.
func problemIn(raw json.RawMessage) error {
	var p control.Problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("gateway: its answer cannot be read: %w; is it another version?", err)
	}
	if p.Code == "" {
		return nil
	}
	return asCommand(&p)
}

func (m *Sending) ask() map[string]any {
	ask := map[string]any{"to": m.To}
	for key, value := range map[string]string{"template": m.Template, "text": m.Text, "cascade": m.Cascade, "purpose": m.Purpose, "key": m.Key} {
		if value != "" {
			ask[key] = value
		}
	}
	if len(m.Data) > 0 {
		ask["data"] = m.Data
	}
	if !m.SendAt.IsZero() {
		ask["send_at"] = m.SendAt
	}
	return ask
}

// Moment is a time of day, with the day unless it is today.
func Moment(at, now time.Time) string {
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04 MST")
	}
	return at.Format("2006-01-02 15:04 MST")
}
