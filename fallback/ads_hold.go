package fallback

import (
	"strings"
	"time"

	"kaskad/bots"
)

// A person who answers marketing in words is talked with first: what else of marketing is on its way to them waits until the conversation
// is closed, or a time is over. It stands aside like what a region's hold keeps, and its clocks stand still as there.

// talkHold is the hold of a person's conversation, as one of a region; false: there was none.
func talkHold(v View, c *bots.Contact) (RegionHold, bool) {
	if c == nil {
		return RegionHold{}, false
	}
	talk := v.Conversation(c.ID)
	if talk.AdsFrom.IsZero() || !talk.AdsTo.After(talk.AdsFrom) {
		return RegionHold{}, false
	}
	return RegionHold{Reason: ReasonTalk, Purposes: []Purpose{Marketing}, From: talk.AdsFrom, Until: talk.AdsTo}, true
}

// talking reports whether it is the person's conversation that keeps a delivery.
func (e *Env) talking(p Purpose, now time.Time) bool {
	for i := range e.Holds {
		if h := &e.Holds[i]; h.ID == 0 && h.Reason == ReasonTalk && h.covers(p) && h.On(now) {
			return true
		}
	}
	return false
}

// holdAds begins the hold when an event is such an answer.
func holdAds(tx Tx, t *bots.Turn, r *Rules) {
	if r.Staff.HoldMarketing <= 0 || !answersAds(tx, t) || r.Core.Keyword(t.Event.Text) {
		return
	}
	talk := tx.Conversation(t.Contact.ID)
	talk.Contact = t.Contact.ID
	talk.HoldAds(tx.Now(), tx.Now().Add(r.Staff.HoldMarketing))
	tx.PutConversation(talk)
}

// answersAds reports whether a person's message answers marketing: one that it names, or else what was sent last in that chat. Thanks, words
// about consent and what the bot answers are none.
func answersAds(tx View, t *bots.Turn) bool {
	e := &t.Event
	m := t.Message
	if m == nil || !m.In || m.Kind != bots.TextMessage || t.Stopped || t.Intent != "" && !t.Intent.ForStaff() {
		return false
	}
	if strings.TrimSpace(e.Text) == "" || bots.Courtesy(e.Text) {
		return false
	}
	ours := named(tx, e.Step, e.Chat, e.Also, providerKey(senderOf(e), e.Chat.ID, e.On))
	if ours == nil && e.On == "" && e.Step == 0 {
		last := bots.ID(0)
		for _, side := range sides(tx, e.Chat, e.Also) {
			last = max(last, tx.LastSent(side))
		}
		ours = tx.Message(last)
	}
	if ours == nil || m.At.Sub(ours.At) > adsLife {
		return false
	}
	d := tx.Delivery(ours.Delivery)
	return d != nil && d.Purpose == Marketing
}

// adsLife is for how long a message that names none is taken for an answer to the last one.
const adsLife = 3 * 24 * time.Hour

// freeAds makes what waits for the end of a conversation due, so that it is asked anew for how long.
func freeAds(tx Tx, contact bots.ID) {
	looked := 0
	tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		if d := tx.Delivery(id); d != nil && d.aside() && d.Due.After(tx.Now()) {
			d.Due = tx.Now()
			save(tx, d)
		}
		looked++
		return looked < mostLooked
	})
}
