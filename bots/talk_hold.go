package bots

import "time"

// adsApart is how long after the end of a hold another one goes on with it: what could not go out in between, as at night, has clocks that
// stood still all the while, and the head keeps one stretch alone.
const adsApart = 24 * time.Hour

// HoldAds keeps marketing from the person until a time at least.
func (c *Conversation) HoldAds(now, until time.Time) {
	if now.Sub(c.AdsTo) >= adsApart { // the hold of before is over
		c.AdsFrom, c.AdsTo = now, until
		return
	}
	latest(&c.AdsTo, until)
}

// FreeAds ends that, unless staff said how long; it reports whether anything is free now.
func (c *Conversation) FreeAds(now time.Time) bool {
	if !now.Before(c.AdsTo) {
		return false
	}
	if now.Before(c.PausedTo) {
		c.AdsTo = c.PausedTo
		return false
	}
	c.AdsTo = now
	return true
}
