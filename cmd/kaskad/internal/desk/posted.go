package desk

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// posted takes the end of a post. What did not arrive is posted once more; what may have arrived, too, and says so.
func (k *keeper) posted(v fallback.View, c *bots.Change) {
	unsure := c.Type == "delivery.unconfirmed"
	switch c.Type {
	case "delivery.done":
		k.hold, k.misses = time.Time{}, 0
		return
	case "delivery.failed", "delivery.skipped", "delivery.expired", "delivery.unconfirmed":
	default:
		return
	}
	d := v.Delivery(c.Delivery)
	p, ok := fallback.PostOf(d)
	if !ok || p.Act == bots.EditAct || k.unposted(c, d, &p) { // a mark on a post that stands: nothing is lost with it
		return
	}
	if c.Type == "delivery.failed" || d.Reason == fallback.ReasonLane {
		k.failed(c, d, &p)
	}
	k.desk.Log.Warn("a post did not reach the staff's group", "delivery", d.ID.String(), "state", d.State.String(), "reason", d.Reason, "tries", p.Tries)
	switch {
	case p.Tries > maxTries:
		k.desk.Log.Error("a post is given up: Telegram does not take it; the messages are in the conversation", "delivery", d.ID.String())
	case len(p.Lines) > 0 && (p.On == "" || p.Changes):
		k.Waiting = slices.Insert(k.Waiting, 0, waiting{Contact: p.Contact, Lines: p.Lines, Again: p.Again || unsure, Tries: p.Tries})
	case !unsure:
		k.Says = append(k.Says, saying{Why: sayAgain, Text: d.Text, Kept: p})
	}
}

// failed draws the conclusions of a post that was not taken: whether the room is gone, and how long to leave it alone. Only what
// is refused for itself is given up some day; a channel that does not work is waited for.
func (k *keeper) failed(c *bots.Change, d *fallback.Delivery, p *fallback.Post) {
	k.misses++
	k.hold = c.At.Add(min(time.Minute<<(min(k.misses-1, 8)), 8*time.Minute))
	if strings.HasPrefix(d.Reason, bots.Rejected.String()) || d.Reason == "unwritable" {
		p.Tries++
		k.hold = c.At.Add(min(time.Minute<<p.Tries, 30*time.Minute))
	}
	k.gone = k.gone || strings.HasPrefix(d.Reason, bots.Unreachable.String())
}
