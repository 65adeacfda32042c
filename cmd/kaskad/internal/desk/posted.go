package desk

import (
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// posted takes the end of a post. What did not arrive is posted once more; what may have arrived, too, and says so.
func (k *keeper) posted(v fallback.View, c *bots.Change) {
	if strings.HasPrefix(c.Type, "delivery.") && c.Type != "delivery.accepted" && c.Type != "delivery.step_sent" && c.Type != "delivery.proof" {
		maps.DeleteFunc(k.asked, func(_ bots.ID, a asked) bool { return a.delivery == c.Delivery })
	}
	unsure := c.Type == "delivery.unconfirmed"
	switch c.Type {
	case "delivery.done":
		k.hold, k.misses = time.Time{}, 0
		k.spoke(v, c)
		k.left(v, c)
		return
	case "delivery.failed", "delivery.skipped", "delivery.expired", "delivery.unconfirmed":
	default:
		return
	}
	d := v.Delivery(c.Delivery)
	p, ok := fallback.PostOf(d)
	if !ok || p.Act == bots.EditAct || k.unposted(v, c, d, &p) { // a mark on a post that stands: nothing is lost with it
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
		k.back(v, &p, p.Again || unsure, p.Tries)
	case !unsure:
		k.Says = append(k.Says, saying{Why: sayAgain, Text: d.Text, Kept: p})
	}
}

// muted takes that the group does not let us write: nothing is given up for that. Until it does, a post is tried now and then.
func (k *keeper) muted(v fallback.View, c *bots.Change, d *fallback.Delivery, p *fallback.Post) {
	if k.desk.mute.Load() == nil {
		at := c.At
		k.desk.mute.Store(&at)
		k.desk.Log.Error("the bot may not write in the staff's group: make it an administrator there, or let members write; posts wait", "group", p.Group)
	}
	k.misses++
	k.hold = c.At.Add(min(time.Minute<<(min(k.misses-1, 8)), 8*time.Minute))
	switch {
	case len(p.Lines) > 0 && (p.On == "" || p.Changes):
		k.back(v, p, p.Again, p.Tries)
	case d.Text != k.desk.words.say[sayRights]: // that it may make no topics: it will find out anew
		k.Says = append(k.Says, saying{Why: sayAgain, Text: d.Text, Kept: *p})
	}
}

// spoke takes that a post stands in the group: we may write there.
func (k *keeper) spoke(v fallback.View, c *bots.Change) {
	if k.desk.mute.Load() == nil {
		return
	}
	if p, ok := fallback.PostOf(v.Delivery(c.Delivery)); ok && p.Act == "" {
		k.desk.mute.Store(nil)
		k.desk.Log.Info("the bot may write in the staff's group again")
	}
}

// back lets the lines of a post wait once more, before all others; those of a digest each with whom they are of.
func (k *keeper) back(v fallback.View, p *fallback.Post, again bool, tries int) {
	if len(p.Contacts) == 0 {
		k.Waiting = slices.Insert(k.Waiting, 0, waiting{Contact: p.Contact, Lines: p.Lines, Again: again, Tries: tries})
		return
	}
	of := fallback.DigestOf(v, p.Contact)
	var all []waiting
	for _, id := range p.Contacts {
		if lines := linesOf(v, id, p.Lines); len(lines) > 0 {
			all = append(all, waiting{Contact: id, Lines: lines, Again: again, Tries: tries, Of: of})
		}
	}
	k.Waiting = slices.Insert(k.Waiting, 0, all...)
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
