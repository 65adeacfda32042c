package desk

import (
	"kaskad/bots"
	"kaskad/fallback"
)

// bare takes the news that an answer of staff went out without its picture. Whoever wrote it, by the API too, believes that the customer
// sees it.
func (k *keeper) bare(v fallback.View, c *bots.Change) {
	if c.Type != "delivery.step_sent" || c.Reason != fallback.ReasonBare {
		return
	}
	if d := v.Delivery(c.Delivery); d != nil && d.Purpose == fallback.Conversation && d.Author != "" {
		k.Says = append(k.Says, saying{Why: sayBare, Of: d.ID})
	}
}

// without words that a picture was left out of an answer, and which. An answer to this post reaches the customer.
func (d *Desk) without(v fallback.View, s *saying) (string, fallback.Post) {
	sent := v.Delivery(s.Of)
	if sent == nil {
		return "", fallback.Post{}
	}
	c := v.Contact(sent.Contact)
	if c == nil { // erased since
		return "", fallback.Post{}
	}
	text := oneLine(d.nameOf(c), maxName) + ": " + d.words.say[sayBare]
	for i := range sent.Route {
		if m := v.Message(sent.Route[i].Message); m != nil {
			return text + "\n↪ " + d.quote(v, m), fallback.Post{Contact: sent.Contact}
		}
	}
	return text, fallback.Post{Contact: sent.Contact}
}
