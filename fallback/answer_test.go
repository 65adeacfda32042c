package fallback_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestAnswer: what is said in the response to a call is durable before it is said, and a repeat reads the same.
func TestAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) {
			rules := *o.Rules
			rules.Core.Welcome = func(c *bots.Contact, _ string) bots.Outgoing { return bots.Outgoing{Text: "Hello, " + c.Name} }
			o.Rules = &rules
		})
		defer r.stop()
		word := func(m *bots.Message) (bots.Answer, error) {
			if m.ID == 0 {
				return bots.Answer{}, errors.New("a message without an id is not durable")
			}
			return bots.Answer{Type: "application/json", Body: []byte(m.ID.String() + " " + m.Text)}, nil
		}
		opened := bots.Batch{Answer: bots.Answer{Body: []byte("ok")}, Word: word, Events: []bots.Event{
			{ID: "viber:1", Kind: bots.Opened, Channel: bots.Viber, Sender: bots.Viber, Chat: bots.Address{Channel: bots.Viber, ID: "v"}, Name: "Olena", Answerable: true},
		}}
		first, err := r.engine.Answer(t.Context(), opened)
		if err != nil || len(first.Body) < 20 {
			t.Fatalf("Answer = %q, %v", first.Body, err)
		}
		opened.Events[0].Name = "Somebody else"
		if again, err := r.engine.Answer(t.Context(), opened); err != nil || string(again.Body) != string(first.Body) {
			t.Errorf("the repeat was answered %q, %v; want %q", again.Body, err, first.Body)
		}
		opened.Events[0] = bots.Event{ID: "viber:2", Kind: bots.Wrote, Channel: bots.Viber, Sender: bots.Viber, Chat: opened.Events[0].Chat, Text: "hi"}
		if other, err := r.engine.Answer(t.Context(), opened); err != nil || string(other.Body) != "ok" {
			t.Errorf("a message was answered %q, %v; want the call's own answer", other.Body, err)
		}
		r.with(func() { r.fail = func(string) error { return fallback.ErrUnavailable } })
		opened.Events[0] = bots.Event{ID: "viber:3", Kind: bots.Opened, Channel: bots.Viber, Sender: bots.Viber, Chat: bots.Address{Channel: bots.Viber, ID: "w"}, Answerable: true}
		if a, err := r.engine.Answer(t.Context(), opened); err == nil {
			t.Errorf("a full disk was answered %q", a.Body)
		}
		r.with(func() { r.fail = nil })
	})
}
