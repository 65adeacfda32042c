package sms

import (
	"errors"
	"fmt"

	"kaskad/bots"
)

// Group is the providers in the order in which they are tried. It sends nothing itself: every attempt must be durable
// before it is made, so the caller makes one attempt with one provider and asks for the next.
type Group struct{ all []*Provider }

// NewGroup returns the providers in their order. Two of one name are a fault.
func NewGroup(all ...*Provider) (*Group, error) {
	seen := make(map[string]bool)
	var bad []error
	for _, p := range all {
		if seen[p.Name()] {
			bad = append(bad, fmt.Errorf("sms %q: name: there are two of that name; rename one", p.cfg.Name))
		}
		seen[p.Name()] = true
	}
	return &Group{all: all}, errors.Join(bad...)
}

// Senders are the providers in their order; Provider.Name is what Next speaks of.
func (g *Group) Senders() []*Provider { return append([]*Provider(nil), g.all...) }

// Next names the sender to try after one that failed; "" before the first. It is false when there is none, and when
// another provider could not help (the person said no, or cannot be reached) or could send a message twice (uncertain).
func (g *Group) Next(afterSender string, fault bots.Fault) (sender string, ok bool) {
	at := 0
	if afterSender != "" {
		at = g.index(afterSender) + 1
		if at == 0 || !helps(fault) {
			return "", false
		}
	}
	if at >= len(g.all) {
		return "", false
	}
	return g.all[at].Name(), true
}

func (g *Group) index(sender string) int {
	for i, p := range g.all {
		if p.Name() == sender {
			return i
		}
	}
	return -1
}

// helps reports whether another provider may do better.
func helps(fault bots.Fault) bool {
	switch fault {
	case bots.Temporary, bots.Misconfigured, bots.Rejected:
		return true
	}
	return false
}
