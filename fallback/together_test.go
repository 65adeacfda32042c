package fallback_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// manyOf are messages of one person, as one call brings them.
func manyOf(n int) (b bots.Batch) {
	for i := range n {
		b.Events = append(b.Events, bots.Event{
			ID: fmt.Sprint("e", i), Channel: bots.WhatsAppCloud, Kind: bots.Wrote, Chat: bots.Address{Channel: bots.WhatsAppCloud, ID: "+380501112233"},
			At: time.Now(), Text: fmt.Sprintf("%d;", i), MessageID: fmt.Sprint("IN", i),
		})
	}
	return b
}

// A call with very many messages of one person is not one transaction each: they would wait for the disk one after the other.
func TestManyEventsOfOnePersonShareTransactions(t *testing.T) {
	const many = 1000
	for name, c := range map[string]struct {
		poison string // of this event no rule can make anything
		most   int    // transactions
	}{
		"all of them can be taken": {"", many/50 + 1},
		"one of them cannot":       {"e500", many/50 + 1 + 65},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				transactions := 0
				r.store.Fail = func(op string) error {
					if op == "Receive" {
						transactions++
					}
					return nil
				}
				b := manyOf(many)
				want := ""
				for i := range b.Events {
					if e := &b.Events[i]; e.ID == c.poison {
						e.Kind = "nobody knows this"
					} else {
						want += e.Text
					}
				}
				for range 2 { // told again, nothing is taken again
					if err := r.engine.Receive(t.Context(), b); err != nil {
						t.Fatal(err)
					}
				}
				if got := r.received(); got != want {
					t.Errorf("received %d bytes of text, want %d in their order", len(got), len(want))
				}
				if transactions > 2*c.most {
					t.Errorf("%d transactions for %d events told twice, want %d at most", transactions, many, 2*c.most)
				}
				if q := r.store.Quarantined(); len(q) > 0 != (c.poison != "") || len(q) > 0 && q[0].Event != c.poison {
					t.Errorf("quarantine has %d, want only what nobody knows", len(q))
				}
			})
		})
	}
}

// Where the store takes nothing, nothing of a call is acknowledged.
func TestManyEventsOnAStoreThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.store.Fail = func(op string) error { return fmt.Errorf("%s: %w", op, fallback.ErrUnavailable) }
		if err := r.engine.Receive(t.Context(), manyOf(200)); !errors.Is(err, fallback.ErrUnavailable) {
			t.Errorf("Receive = %v, want that the store takes nothing", err)
		}
		r.store.Fail = nil
		if got := r.received(); got != "" || len(r.store.Quarantined()) > 0 {
			t.Errorf("received %q, %d in quarantine; want nothing", got, len(r.store.Quarantined()))
		}
	})
}

// received are the texts of all messages that people wrote, in the order in which they are kept.
func (r *rig) received() (texts string) {
	for _, c := range r.store.Changes() {
		if c.Type == "message.received" {
			r.store.View(func(v fallback.View) { texts += v.Message(c.Message).Text })
		}
	}
	return texts
}
