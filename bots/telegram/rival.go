package telegram

import (
	"time"
)

const (
	rivalFirst = 5 * time.Second
	// rivalMost bounds how long we leave the updates to another program; rivalGone is after which it is taken for gone.
	rivalMost = 5 * time.Minute
	rivalGone = 15 * time.Minute
)

// rival is another program that polls with our token. Each poll ends the other's, so that both get some of the updates: polls that work
// in between do not end the quarrel, and whoever asks at once again keeps it up. So the rests grow from one meeting to the next.
type rival struct {
	since, last time.Time
	met         int
}

// meet notes that a poll was ended by the other, and says how long to rest.
func (r *rival) meet(now time.Time) time.Duration {
	if r.met == 0 {
		r.since = now
	}
	r.met++
	r.last = now
	return backOffTo(rivalFirst, rivalMost, r.met)
}

// quarrels reports whether the other is there to stay. One meeting alone may be what was left of our own last life.
func (r *rival) quarrels() bool { return r.met > 1 }

// leave ends the quarrel when the other was not met for long.
func (r *rival) leave(now time.Time) (left bool) {
	if r.met == 0 || now.Sub(r.last) < rivalGone {
		return false
	}
	*r = rival{}
	return true
}

// Rival reports since when another program polls with the same token, as long as it was met within the last quarter of an hour. Both get
// some of the updates: what comes to the other is lost for us.
func (b *Bot) Rival() (since time.Time, there bool) {
	if at := b.rivalSince.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}
