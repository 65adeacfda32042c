package bottest

import (
	"errors"
	"fmt"
	"testing"

	"kaskad/bots"
)

// printed is an error and everything it wraps, in the words that a log could show.
func printed(err error) []string {
	var seen []string
	for err != nil {
		seen = append(seen, err.Error(), fmt.Sprintf("%+v", err))
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				seen = append(seen, printed(e)...)
			}
		}
		err = errors.Unwrap(err)
	}
	return seen
}

func (a Adapter) check(t *testing.T) {
	peer, sender := a.start(t)
	if _, err := sender.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
	wantRequests(t, peer, 0)
	for _, failure := range []Failure{BadToken, Garbage, Cut, Down} {
		t.Run(string(failure), func(t *testing.T) {
			peer, sender := a.start(t)
			if !peer.Fail(failure) {
				t.Skip("it cannot happen on this channel")
			}
			_, err := sender.Check(t.Context()) // some channels can answer without asking
			a.wantNoSecret(t, err)
		})
	}
}

func (a Adapter) limits(t *testing.T) {
	_, sender := a.start(t)
	l := sender.Limits()
	for fault, is := range map[string]bool{
		"MaxText is negative":                               l.MaxText < 0,
		"MaxCaption is negative or above MaxText":           l.MaxCaption < 0 || l.MaxText > 0 && l.MaxCaption > l.MaxText,
		"PerSecond is not positive":                         l.PerSecond <= 0,
		"PerChat is negative":                               l.PerChat < 0,
		"Reports is below accepted":                         l.Reports < bots.Accepted,
		"Reports engagement, which is not the channel's":    l.Reports > bots.Read,
		"KeepsPress is longer than Keeps":                   l.KeepsPress > l.Keeps,
		"DeafCap is negative":                               l.DeafCap < 0,
		"Polls without a DeafCap":                           l.Polls && l.DeafCap == 0,
		"Buttons that nobody hears":                         l.Buttons && !l.CanEngage,
		"WayBack, but nothing comes back (CanEngage)":       l.WayBack && !l.CanEngage,
		"it polls, but has no Run":                          l.Polls && !is[bots.Runner](sender),
		"it is called, but brought no genuine call to read": !l.Polls && is[bots.Webhook](sender) && l.CanEngage && len(a.Genuine) == 0,
	} {
		if is {
			t.Errorf("%s: %+v", fault, l)
		}
	}
}

func is[T any](v any) bool {
	_, ok := v.(T)
	return ok
}

func (a Adapter) webhook(t *testing.T) {
	_, sender := a.start(t)
	hook, ok := sender.(bots.Webhook)
	if !ok || len(a.Genuine)+len(a.Forged) == 0 {
		t.Skip("the channel does not call us")
	}
	for i, call := range a.Genuine {
		batch, err := hook.Parse(call)
		if err != nil {
			t.Errorf("genuine call %d: Parse = %v", i, err)
		}
		for _, e := range batch.Events {
			wantWhole(t, e)
		}
	}
	for i, call := range a.Forged {
		batch, err := hook.Parse(call)
		if !errors.Is(err, bots.ErrForged) || len(batch.Events) > 0 {
			t.Errorf("forged call %d: Parse = %d events, %v; want ErrForged", i, len(batch.Events), err)
		}
		a.wantNoSecret(t, err)
	}
	a.garbled(t, hook)
}

// garbled calls come from the right place (as far as can be seen) and say nothing sensible: no panic, no events without ids.
func (a Adapter) garbled(t *testing.T, hook bots.Webhook) {
	for _, call := range a.Genuine {
		for n := range len(call.Body) {
			cut := call
			cut.Body = call.Body[:n]
			batch, err := hook.Parse(cut)
			if err == nil {
				for _, e := range batch.Events {
					wantWhole(t, e)
				}
			}
			a.wantNoSecret(t, err)
		}
	}
}

func wantWhole(t *testing.T, e bots.Event) {
	t.Helper()
	if e.ID == "" || e.Channel == "" || e.Sender == "" {
		t.Errorf("the event lacks an id, a channel or a sender: %+v", e)
	}
	if e.Kind == "" && len(e.Raw) == 0 {
		t.Errorf("event %s cannot be understood and has no raw form for quarantine", e.ID)
	}
}
