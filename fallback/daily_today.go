package fallback

import (
	"time"

	"kaskad/bots"
)

// Today is how many messages that answer nobody a channel wrote today, and how many it may; false: nothing bounds them.
func (w Written) Today(d bots.Daily, zone *time.Location, now time.Time) (count, most int, bound bool) {
	w = w.on(day(now, zone))
	most, bound = allowed(d, w.Days)
	return w.Count, most, bound
}
