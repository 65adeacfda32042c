package desk

import (
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// bareEvery is how often it is told at most that answers went out without their pictures: where the host of the pictures is down, every
// answer of a program does.
const bareEvery = time.Hour

// bare takes the news that an answer of staff went out without its picture. Whoever wrote it, by the API too, believes that the customer
// sees it. One post tells all that there is to tell of until its turn comes.
func (k *keeper) bare(v fallback.View, c *bots.Change) {
	if c.Type != "delivery.step_sent" || c.Reason != fallback.ReasonBare {
		return
	}
	d := v.Delivery(c.Delivery)
	if d == nil || d.Purpose != fallback.Conversation || d.Author == "" || !k.serves(v, d.Contact) {
		return
	}
	if i := slices.IndexFunc(k.Says, func(s saying) bool { return s.Why == sayBare }); i >= 0 {
		k.Says[i].More++
		return
	}
	k.Says = append(k.Says, saying{Why: sayBare, Of: d.ID})
}

// spare reports whether a short post is of pictures: what customers ask comes before it.
func (s *saying) spare() bool {
	p := &s.Kept
	return s.Why == sayBare || s.Why == sayAgain && p.Contact != 0 && p.Of == 0 && p.On == "" && len(p.Lines) == 0
}

// early reports whether pictures were told of too lately to be told of again. A time to come is a clock's mistake.
func (n *notes) early(now time.Time) bool {
	since := now.Sub(n.Told)
	return since >= 0 && since < bareEvery
}

// sayable is the place of the short post whose turn it is, -1 for none. The rest of what somebody wrote comes when what is posted about them has
// been taken: several posts go at once.
func (n *notes) sayable(now time.Time, busy map[bots.ID]bool) int {
	return slices.IndexFunc(n.Says, func(s saying) bool {
		return !(s.Why == sayRest && busy[s.Who]) && !(s.spare() && len(n.Waiting) > 0) && !(s.Why == sayBare && n.early(now)) && !(s.Why == sayWaits && n.crowded(&s, now))
	})
}

// without words that a picture was left out of an answer, which, and of how many more. An answer to this post reaches the customer.
func (d *Desk) without(v fallback.View, s *saying) (text string, p fallback.Post) {
	if sent := v.Delivery(s.Of); sent != nil {
		if c := v.Contact(sent.Contact); c != nil { // not erased since
			text, p.Contact = d.unseen(v, c, sent), c.ID
		}
	}
	if s.More == 0 {
		return text, p
	}
	if text != "" {
		text += "\n"
	}
	return text + fmt.Sprintf(d.words.more, s.More), p
}

func (d *Desk) unseen(v fallback.View, c *bots.Contact, sent *fallback.Delivery) string {
	text := oneLine(d.topicPerson(c), maxName) + ": " + d.words.say[sayBare]
	for i := range sent.Route {
		if m := v.Message(sent.Route[i].Message); m != nil {
			return text + "\n↪ " + d.quote(v, m)
		}
	}
	return text
}
