package fallback

import (
	"math"
	"time"

	"kaskad/bots"
)

// A young account that writes to many people who did not ask is shut by its messenger. Limits.Daily bounds, per day of the company's
// zone, the messages of a channel that answer nobody: all but those of purpose conversation. Urgent ones count and are bound like
// the others: an account that is shut carries nothing at all, and what is urgent goes on to the next channel at once.

// Written is how much a channel wrote that answers nobody.
type Written struct {
	Day   string // the last one that was counted, as 2006-01-02
	Count int    // on that day
	Days  int    // before the last one, on which something was written: an account that is idle grows no older
	// Since is when another account took the channel over: whoever wrote to the one before is a stranger to it. Zero: none did.
	Since time.Time
}

// on is the count as of a day. A clock that is set back by less than a day counts on, so that nothing is allowed twice.
func (w Written) on(today string) Written {
	if w.Day > today && daysBetween(today, w.Day) == 1 {
		return w
	}
	if w.Day != today {
		if w.Count > 0 {
			w.Days++
		}
		w.Day, w.Count = today, 0
	}
	return w
}

// daysBetween is how many days lie from one to another; 0 when one of them is no day.
func daysBetween(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// allowed is how many messages a day bound lets through on day n, from 0; false: there is no bound.
func allowed(d bots.Daily, n int) (int, bool) {
	if d == (bots.Daily{}) {
		return 0, false
	}
	if d.First == 0 {
		return d.Most, true // an account that is not young
	}
	many := float64(d.First)
	if d.Growth > 1 {
		many *= math.Pow(d.Growth, float64(n))
	}
	if d.Most > 0 {
		many = min(many, float64(d.Most))
	}
	return int(min(many, math.MaxInt32)), true
}

// counts reports whether a message of this purpose counts for the day.
func (p Purpose) counts() bool { return p != Conversation }

// capped reports whether a channel has written as much today as it may.
func (e *Env) capped(channel string, now time.Time) bool {
	bound := e.Channels[channel].Daily
	if bound == (bots.Daily{}) {
		return false
	}
	w := e.writtenOn(channel).on(day(now, e.Zone))
	most, _ := allowed(bound, w.Days)
	return w.Count >= most
}

// writtenOn is what a channel wrote so far.
func (e *Env) writtenOn(channel string) Written {
	w, known := e.written[channel]
	if known || e.from == nil {
		return w
	}
	w = e.from.Written(channel)
	if e.written == nil {
		e.written = map[string]Written{}
	}
	e.written[channel] = w
	return w
}

// countWritten counts an attempt before it is made.
func countWritten(tx Tx, e *Env, d *Delivery) {
	l := d.leg()
	if _, bound := allowed(e.Channels[l.Channel].Daily, 0); !bound || !d.Purpose.counts() {
		return
	}
	w := tx.Written(l.Channel).on(day(tx.Now(), e.Zone))
	w.Count++
	tx.PutWritten(l.Channel, w)
}

// uncountWritten takes an attempt out of its day that was under way and certainly did not go out, through no fault of the message's:
// while a channel cannot be reached, tries alone must not use up its day.
func uncountWritten(tx Tx, e *Env, d *Delivery, a *Attempt, err *bots.SendError) {
	l := &d.Route[a.Leg]
	_, bound := allowed(e.Channels[l.Channel].Daily, 0)
	stayed := err != nil && (err.Fault == bots.Temporary || err.Fault == bots.Misconfigured) && (l.Outcome == Untried || l.Outcome == Fell)
	if !bound || !stayed || !d.Purpose.counts() {
		return
	}
	if w := tx.Written(l.Channel); w.Day == day(a.At, e.Zone) && w.Count > 0 {
		w.Count--
		tx.PutWritten(l.Channel, w)
	}
}
