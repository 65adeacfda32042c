package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// crowded gives a rig a room that takes 19 in any minute.
func crowded(o *fallback.Options) {
	limits := bots.Limits{Reports: bots.Accepted, Buttons: true, PerSecond: 19, Burst: 19, PerMinute: 19, Together: true}
	o.Senders[bots.Staff] = &sender{name: bots.Staff, limits: limits, rig: o.Senders["telegram"].(*sender).rig}
	o.Rules.Channels[bots.Staff] = fallback.Channel{Limits: limits, Senders: []string{bots.Staff}, Price: bots.Money{Currency: "UAH"}}
}

// posts makes posts in the room, and as many pins.
func (r *rig) posts(posts, pins int) {
	r.t.Helper()
	err := r.engine.Staff(r.t.Context(), r.store, func(tx fallback.Tx, post fallback.Poster) error {
		if err := fallback.FixStaffRoom(tx, "", "-100"); err != nil {
			return err
		}
		room, err := fallback.ReadStaffRoom(tx, "")
		for i := range posts + pins {
			p := fallback.Post{}
			if i >= posts {
				p = fallback.Post{Act: bots.PinAct, On: "7"}
			}
			if _, failed := post(room.Contact, "words", p); failed != nil {
				return failed
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

// wentOut counts what went out by now.
func (r *rig) wentOut() (posts, pins int) {
	r.with(func() {
		for _, out := range r.sent {
			if out.Act == bots.PinAct {
				pins++
				continue
			}
			posts++
		}
	})
	return posts, pins
}

func (r *rig) wantOut(posts, pins int) {
	r.t.Helper()
	if p, n := r.wentOut(); p != posts || n != pins {
		r.t.Errorf("after %v %d posts and %d pins went, want %d and %d", time.Since(r.start), p, n, posts, pins)
	}
}

func TestARoomTakesSoManyInAMinute(t *testing.T) {
	scripts{
		"the rest waits for the minute to be over, and what it does not count goes at once": {crowded, func(r *rig) {
			r.posts(40, 30)
			r.pass(time.Second)
			r.wantOut(19, 30)
			r.pass(59 * time.Second)
			r.wantOut(19, 30)
			r.pass(3 * time.Second)
			r.wantOut(38, 30)
			r.pass(62 * time.Second)
			r.wantOut(40, 30)
		}},
		"a minute begins with each post, not with the clock": {crowded, func(r *rig) {
			r.posts(10, 0)
			r.pass(30 * time.Second)
			r.posts(20, 0)
			r.pass(30 * time.Second)
			r.wantOut(19, 0)
			r.pass(3 * time.Second)
			r.wantOut(29, 0)
			r.pass(30 * time.Second)
			r.wantOut(30, 0)
		}},
		"what the channel says comes first, for what is free as well": {crowded, func(r *rig) {
			room := r.engine.Senders[bots.Staff].(*sender)
			room.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: 40 * time.Second, Code: "429"}
				}
				return room.ok(n, out), nil
			}
			r.posts(1, 0)
			r.pass(time.Second)
			r.posts(1, 5)
			r.pass(30 * time.Second)
			r.wantOut(1, 0)
			r.pass(15 * time.Second)
			r.wantOut(3, 5)
		}},
	}.play(t)
}
