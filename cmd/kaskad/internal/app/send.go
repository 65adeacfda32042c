package app

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Sending is what `kaskad send` asks for.
type Sending struct {
	To, Template, Text, Cascade, Purpose, Key string
	Data                                      map[string]string
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
	ask := map[string]any{"to": m.To}
	for key, value := range map[string]string{"template": m.Template, "text": m.Text, "cascade": m.Cascade, "purpose": m.Purpose, "key": m.Key} {
		if value != "" {
			ask[key] = value
		}
	}
	if len(m.Data) > 0 {
		ask["data"] = m.Data
	}
	var done Sent
	err := g.Call(ctx, "POST", "/v1/deliveries", ask, &done)
	return &done, err
}

// seen is a delivery as it stands on its way.
type seen struct {
	Sent
	Steps []struct {
		Channel string    `json:"channel"`
		NextAt  time.Time `json:"next_at"` // of the current step
	} `json:"steps"`
}

// line says where a delivery stands and when it goes on, as far as that is known: a pause ends when somebody ends it.
func (s *seen) line(now time.Time) string {
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
			text += " until " + moment(step.NextAt.In(now.Location()), now)
		}
	}
	return text + "; Ctrl-C leaves it to the gateway"
}

// moment is a time of day, with the day unless it is today.
func moment(at, now time.Time) string {
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04 MST")
	}
	return at.Format("2006-01-02 15:04 MST")
}

// Follow waits until a delivery is final, and tells meanwhile where it stands, once for each change.
func (g *Gate) Follow(ctx context.Context, id string, tell func(line string)) (*Sent, error) {
	told := ""
	for {
		var now seen
		if err := g.Call(ctx, "GET", "/v1/deliveries/"+id, nil, &now); err != nil {
			return nil, err
		}
		if final(now.State) {
			return &now.Sent, nil
		}
		if line := now.line(time.Now()); line != told {
			told = line
			tell(line)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is still %s; the gateway goes on with it", id, now.State)
		case <-time.After(250 * time.Millisecond):
		}
	}
}
