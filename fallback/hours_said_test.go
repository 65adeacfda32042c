package fallback_test

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Time that did not count stays uncounted, however often the person changes the hours: no deadline moves by more than the time in
// which they were changed.
func TestManyChangesOfHours(t *testing.T) {
	afterFiveHours := func(forms int, later time.Duration) func(r *rig) {
		return func(r *rig) {
			chat := r.person()
			who := r.of(chat)
			wish := func(from, to int) {
				r.event(bots.Event{Kind: bots.Wished, Contact: who, Wish: &bots.Wish{Asked: []string{"telegram"}, Limited: true, From: from, To: to}})
			}
			wish(18, 21)
			id := r.ask(fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": 1}})
			end := func() time.Time {
				have, err := r.store.Load(r.t.Context(), id)
				if err != nil {
					r.t.Fatal(err)
				}
				return have.Delivery.Deadline(have.Contact, nil)
			}
			r.pass(5 * time.Hour) // from noon, none of which counts
			before, began := end(), time.Now()
			for i := range forms {
				r.pass(later)
				wish(17-i%2, 20)
			}
			r.pass(later)
			wish(18, 21)
			if moved := before.Sub(end()).Abs(); moved > time.Since(began) {
				r.t.Errorf("the deadline was %s, and is %s", before, end())
			}
		}
	}
	scripts{
		"six in half a minute":           {plain, afterFiveHours(6, 5*time.Second)},
		"a hundred, one after the other": {plain, afterFiveHours(100, 5*time.Second)},
	}.play(t)
}
