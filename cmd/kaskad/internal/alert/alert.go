// Package alert wakes a person: it says once that something is wrong, again at growing intervals while it lasts, and once that it is over.
//
// What is wrong comes as conditions, each with a key that stays the same while it lasts. What is new has to last for a moment before it is
// told, and to be gone for a moment before it is over, so that what comes and goes wakes nobody twice. Everything that a target is told at
// one moment is one message.
//
// Targets are told each for itself: one that cannot be reached, or hangs, holds up no other, and hears what is open then when it is back.
//
// It keeps what is open in one record of the store, what each target was told in one of its own, written when that target has taken it, and
// what is silenced in one more: after a restart nothing is told anew, and what ended meanwhile is told as over. A crash between the two may
// tell a target the last message once more. It never holds a person's data, and it never decides what is wrong.
package alert

import (
	"time"
)

// Condition is one thing that is wrong.
type Condition struct {
	Key      string // kind, or kind:object
	Critical bool
	Text     string // what it is and what to do
}

// Open is a condition that lasts, or that is not over yet.
type Open struct {
	Key      string    `json:"key"`
	Critical bool      `json:"critical,omitempty"`
	Text     string    `json:"text"`
	Since    time.Time `json:"since"`
	Raised   bool      `json:"raised,omitempty"` // it has lasted long enough to be told
	Gone     time.Time `json:"gone,omitzero"`    // since when it is not there; zero: it is
}

// Notice is what becomes of the open conditions when some are found.
func Notice(open map[string]Open, found []Condition, hold time.Duration, now time.Time) map[string]Open {
	next := map[string]Open{}
	for _, c := range found {
		o, was := open[c.Key]
		if !was || o.Since.After(now) { // the clock was put back
			o.Key, o.Since = c.Key, now
		}
		o.Critical, o.Text, o.Gone = c.Critical, c.Text, time.Time{}
		o.Raised = o.Raised || now.Sub(o.Since) >= hold
		next[c.Key] = o
	}
	for key, o := range open {
		if _, there := next[key]; there || !o.Raised {
			continue
		}
		if o.Gone.IsZero() || o.Gone.After(now) {
			o.Gone = now
		}
		if now.Sub(o.Gone) < hold {
			next[key] = o
		}
	}
	return next
}

// settled is a condition without what may change at every look: that is not written each time.
func (o Open) settled() Open {
	o.Text = ""
	return o
}
