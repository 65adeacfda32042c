package fallback_test

import (
	"strings"
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

// posts makes posts in the first room, and pins.
func (r *rig) posts(posts, pins int) { r.t.Helper(); r.postsIn("", "-100", posts, pins) }

// postsIn makes posts in a room, and pins. Without any there is the room.
func (r *rig) postsIn(name, group string, posts, pins int) {
	r.t.Helper()
	err := r.engine.Staff(r.t.Context(), r.store, func(tx fallback.Tx, post fallback.Poster) error {
		if err := fallback.FixStaffRoom(tx, name, group); err != nil {
			return err
		}
		room, err := fallback.ReadStaffRoom(tx, name)
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

// wentOut counts what went to a group by now.
func (r *rig) wentOut(group string) (posts, pins int) {
	r.with(func() {
		for _, out := range r.sent {
			switch {
			case out.To.ID != group:
			case out.Act == bots.PinAct:
				pins++
			default:
				posts++
			}
		}
	})
	return posts, pins
}

func (r *rig) wantOut(posts, pins int) { r.t.Helper(); r.wantIn("-100", posts, pins) }

func (r *rig) wantIn(group string, posts, pins int) {
	r.t.Helper()
	if p, n := r.wentOut(group); p != posts || n != pins {
		r.t.Errorf("after %v %d posts and %d pins went to %s, want %d and %d", time.Since(r.start), p, n, group, posts, pins)
	}
}

// task asks the team to call somebody: a step of a service message, behind what customers write.
func (r *rig) task(chat bots.Address) {
	r.t.Helper()
	r.ask(fallback.Ask{To: chat.String(), Text: "Your order waits", Purpose: "service", Steps: &fallback.CascadeConfig{
		Steps: []fallback.StepConfig{{Channel: bots.Staff, Task: fallback.TaskCall, Wait: fallback.Lasting(4 * time.Hour)}, {Channel: bots.SMS}},
	}})
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

// The minute of one group is no business of another's: what waits for it stands in the same lanes, and is passed by.
func TestEachRoomHasItsOwnMinute(t *testing.T) {
	scripts{
		"a full one keeps nothing from another": {crowded, func(r *rig) {
			r.postsIn("", "-100", 40, 0)
			r.postsIn("sales", "-200", 25, 3)
			r.pass(2 * time.Second)
			r.wantIn("-100", 19, 0)
			r.wantIn("-200", 19, 3)
			r.pass(57 * time.Second)
			r.wantIn("-100", 19, 0)
			r.wantIn("-200", 19, 3)
			r.pass(5 * time.Second)
			r.wantIn("-100", 38, 0)
			r.wantIn("-200", 25, 3)
		}},
		"more that waits for one than a look reads at a time": {crowded, func(r *rig) {
			r.postsIn("", "-100", 600, 0)
			r.pass(time.Second)
			r.postsIn("sales", "-200", 1, 0)
			r.pass(time.Second)
			r.wantIn("-100", 19, 0)
			r.wantIn("-200", 1, 0)
		}},
		"what comes after customers' lines goes to the other group at once": {crowded, func(r *rig) {
			r.postsIn("", "-100", 0, 0)
			r.postsIn("sales", "-200", 40, 0)
			r.pass(2 * time.Second)
			r.task(r.person())
			r.pass(time.Second)
			r.wantIn("-100", 1, 0)
			r.wantIn("-200", 19, 0)
		}},
		"and to a full one after those": {crowded, func(r *rig) {
			r.postsIn("", "-100", 19, 0)
			r.pass(2 * time.Second)
			r.task(r.person())
			r.pass(time.Second)
			r.postsIn("", "-100", 25, 0)
			r.postsIn("sales", "-200", 1, 0)
			r.pass(time.Second)
			r.wantIn("-100", 19, 0)
			r.wantIn("-200", 1, 0)
			r.pass(60 * time.Second)
			r.wantIn("-100", 38, 0)
			if n := r.tasks(); n != 0 {
				r.t.Errorf("the task went before %d lines of customers", 25-19)
			}
			r.pass(62 * time.Second)
			r.wantIn("-100", 45, 0)
			if n := r.tasks(); n != 1 {
				r.t.Errorf("%d tasks went, want 1", n)
			}
		}},
	}.play(t)
}

// tasks counts those that went out.
func (r *rig) tasks() (n int) {
	r.with(func() {
		for _, out := range r.sent {
			if out.To.Channel == bots.Staff && strings.Contains(out.Text, "+38050111") {
				n++
			}
		}
	})
	return n
}
