package fallback_test

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Whose clock counts is asked at every step: an open delivery must not go by the night of a place in which the person is no more.
func TestAPersonWhoMovesTakesTheNightAlong(t *testing.T) {
	at := func(change func(*bots.Contact)) func(*bots.Contact) {
		return func(c *bots.Contact) { change(c); c.Updated = time.Now() } // as the store does
	}
	auckland := at(func(c *bots.Contact) { c.Zone = "Pacific/Auckland" }) // 23:00 there at noon in Kyiv
	kyiv := at(func(c *bots.Contact) { c.Zone = "Europe/Kyiv" })
	const morning = 10 * time.Hour // nine o'clock in Auckland, from noon in Kyiv
	scripts{
		"told to be elsewhere while a step waits": {plain, func(r *rig) {
			chat := r.shopper()
			r.offer(chat)
			r.pass(5 * time.Minute)
			r.move(chat, auckland)
			r.pass(morning)
			r.want("0s telegram 1")
			r.pass(15 * time.Minute)
			r.want("0s telegram 1", "10h15m0s sms/main +380501110001")
		}},
		"told to be elsewhere before the first step": {plain, func(r *rig) {
			chat := r.shopper()
			id := r.offer(chat, alone, func(a *fallback.Ask) { a.SendAt = time.Now().Add(time.Hour) })
			r.pass(5 * time.Minute)
			r.move(chat, auckland)
			r.pass(time.Hour)
			r.is(id, "held", "quiet_hours")
			r.pass(morning - time.Hour)
			r.want("10h0m0s telegram 1")
		}},
		"another phone tells of another place": {plain, func(r *rig) {
			chat := r.shopper()
			id := r.offer(chat, alone, func(a *fallback.Ask) { a.SendAt = time.Now().Add(time.Hour) })
			r.pass(5 * time.Minute)
			r.move(chat, at(func(c *bots.Contact) { c.Phone = "+64211234567" }))
			r.pass(time.Hour)
			r.is(id, "held", "quiet_hours")
		}},
		"what the old night held is looked at in the old morning": {plain, func(r *rig) {
			chat := r.shopper()
			r.move(chat, auckland)
			id := r.offer(chat, alone)
			r.is(id, "held", "quiet_hours")
			r.pass(5 * time.Minute)
			r.move(chat, kyiv)
			r.pass(morning) // ten in the evening in Kyiv
			r.is(id, "held", "quiet_hours")
			r.want()
			r.pass(11 * time.Hour)
			if n := len(r.sends()); n != 1 {
				r.t.Errorf("sends %q by nine in Kyiv, want one", r.sends())
			}
		}},
		"a change of something else changes nothing": {plain, func(r *rig) {
			chat := r.shopper()
			r.offer(chat)
			r.pass(5 * time.Minute)
			r.move(chat, at(func(c *bots.Contact) { c.Name = "Olena" }))
			r.pass(15 * time.Minute)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
		}},
	}.play(t)
}

// What has ended is shown with the clock it ended by.
func TestADeliveryThatHasEndedKeepsItsZone(t *testing.T) {
	scripts{"a deadline": {plain, func(r *rig) {
		chat := r.shopper()
		id := r.offer(chat, ends(24*time.Hour))
		r.pass(time.Second)
		r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "дякую", MessageID: "500"})
		have := r.state(id, "done")
		before := have.Deadline(&bots.Contact{Phone: "+380501110001"}, nil)
		after := have.Deadline(&bots.Contact{Zone: "Pacific/Auckland", Updated: time.Now().Add(time.Hour)}, nil)
		if !before.Equal(after) {
			r.t.Errorf("the deadline was %v and is %v", before, after)
		}
	}}}.play(t)
}
