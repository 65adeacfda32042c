package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

func TestAMessageIsAcknowledgedWhenItIsStoredAndNotBefore(t *testing.T) {
	t.Parallel()
	r := up(t)
	c := r.customer(anna, "900002")
	storing, goOn := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	defer release()
	var once sync.Once
	r.got.failing(func(b bots.Batch) error {
		if len(b.Events) > 0 {
			once.Do(func() { close(storing) })
			<-goOn
		}
		return nil
	})
	id := r.says(c, "де моє замовлення?")
	<-storing
	if n := r.s.Waiting(shop, 1); n != 1 || r.s.Message(id).Delivered != 0 {
		t.Errorf("while it is being stored WhatsApp keeps %d stanzas, and was told of %d deliveries; want 1 and 0", n, r.s.Message(id).Delivered)
	}
	release()
	r.taken()
	if _, err := r.s.WaitMessage(soon(t), id, func(m simulator.Message) bool { return m.Delivered == 1 }); err != nil {
		t.Error(err)
	}
	if n := r.buffered(); n != 0 {
		t.Errorf("%d plain texts stay in %s; want none", n, FileName)
	}
}

// buffered counts the plain texts in the store.
func (r *rig) buffered() (n int) {
	r.t.Helper()
	row := r.bot.db.QueryRowContext(r.t.Context(), "SELECT count(*) FROM whatsmeow_event_buffer WHERE plaintext IS NOT NULL")
	needs(r.t, row.Scan(&n))
	return n
}

func TestWhatCannotBeStoredComesAgain(t *testing.T) {
	t.Parallel()
	for fails := int32(1); fails < poison; fails += 1 {
		t.Run(fmt.Sprintf("after %d failures", fails), func(t *testing.T) {
			t.Parallel()
			r := up(t)
			c := r.customer(anna, "900002")
			var failed atomic.Int32
			r.got.failing(func(b bots.Batch) error {
				if len(b.Events) > 0 && failed.Load() < 2*fails { // each time as a group, and then by itself
					failed.Add(1)
					return errDisk
				}
				return nil
			})
			id := r.says(c, "привіт")
			r.got.hears(t, "привіт")
			r.taken()
			r.await(Connected)
			if m := r.s.Message(id); m.Retries != 0 {
				t.Errorf("it was asked for again %d times; WhatsApp has it", m.Retries)
			}
			if !r.logs.has("state=" + Storing) {
				t.Errorf("no state told that nothing can be stored:\n%s", r.logs)
			}
		})
	}
}

// A store that takes nothing for long is no reason to put events into quarantine.
func TestALongFailureOfTheStoreQuarantinesNothing(t *testing.T) {
	t.Parallel()
	r := up(t)
	c := r.customer(anna, "900002")
	var failed atomic.Int32
	r.got.failing(func(b bots.Batch) error {
		// That the disk is well again in the very moment between an event and its raw form is left out.
		if len(b.Events) > 0 && (failed.Add(1) < 4*poison || b.Events[0].Kind == "") {
			return errDisk
		}
		return nil
	})
	r.says(c, "раз")
	r.says(c, "два")
	r.got.hears(t, "раз")
	r.got.hears(t, "два")
	r.taken()
	for _, e := range r.got.events() {
		if e.Kind == "" {
			t.Errorf("%s was put into quarantine", e.ID)
		}
	}
}

func TestAnEventThatIsNeverTakenGoesIntoQuarantineAndBlocksNobody(t *testing.T) {
	t.Parallel()
	const bad = "отрута"
	cases := map[string]func(r *rig) (tries *atomic.Int32){
		"the program refuses it": func(r *rig) *atomic.Int32 {
			n := new(atomic.Int32)
			r.got.failing(func(b bots.Batch) error {
				for _, e := range b.Events {
					if e.Text == bad {
						n.Add(1)
						return errors.New("no")
					}
				}
				return nil
			})
			return n
		},
		"the program panics": func(r *rig) *atomic.Int32 {
			n := new(atomic.Int32)
			r.got.failing(func(b bots.Batch) error {
				for _, e := range b.Events {
					if e.Text == bad {
						n.Add(1)
						panic(bad)
					}
				}
				return nil
			})
			return n
		},
		"reading it panics": func(r *rig) *atomic.Int32 {
			n, decode := new(atomic.Int32), r.bot.parts.decode
			r.bot.parts.decode = func(ctx context.Context, evt any) ([]bots.Event, error) {
				if m, is := evt.(*events.Message); is && m.Message.GetConversation() == bad {
					n.Add(1)
					panic(bad)
				}
				return decode(ctx, evt)
			}
			return n
		},
		"it cannot be read": func(r *rig) *atomic.Int32 {
			n, decode := new(atomic.Int32), r.bot.parts.decode
			r.bot.parts.decode = func(ctx context.Context, evt any) ([]bots.Event, error) {
				if m, is := evt.(*events.Message); is && m.Message.GetConversation() == bad {
					n.Add(1)
					return nil, errors.New("no")
				}
				return decode(ctx, evt)
			}
			return n
		},
	}
	for name, setUp := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := pairedRig(t)
			tries := setUp(r)
			r.run()
			r.await(Connected)
			c := r.customer(anna, "900002")
			r.says(c, "до")
			r.says(c, bad)
			r.says(c, "після")
			r.got.hears(t, "до")
			r.got.hears(t, "після")
			r.taken()
			var kept []bots.Event
			for _, e := range r.got.events() {
				if e.Kind == "" {
					kept = append(kept, e)
				}
			}
			if len(kept) != 1 || !strings.HasPrefix(kept[0].ID, "whatsapp:") || kept[0].Channel != bots.WhatsApp {
				t.Fatalf("in quarantine: %+v; want one event", kept)
			}
			evt, err := fromRaw(kept[0].Raw)
			if m, is := evt.(*events.Message); err != nil || !is || m.Message.GetConversation() != bad {
				t.Errorf("what is kept reads as %v, %v; want the message", evt, err)
			}
			if n := tries.Load(); n < poison {
				t.Errorf("it was given up after %d tries; want %d", n, poison)
			}
			if r.logs.has(bad) {
				t.Error("the log repeats what was written")
			}
		})
	}
}

// KASKAD_BACKLOG=500 is so many messages of each person.
func TestABacklogIsStoredInFewGroups(t *testing.T) {
	t.Parallel()
	people, each := 4, 100
	if n, err := strconv.Atoi(os.Getenv("KASKAD_BACKLOG")); err == nil {
		each = n
	}
	if underRace {
		people, each = 2, 100
	}
	r := pairedRig(t)
	var sending sync.WaitGroup
	for i := range people {
		c := r.customer(fmt.Sprintf("+3805022233%02d", i), fmt.Sprintf("9100%02d", i))
		sending.Go(func() {
			for n := range each {
				if _, err := c.Say(t.Context(), shop, fmt.Sprintf("%d %d", i, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	sending.Wait()
	if n := r.s.Waiting(shop, 1); n < people*each {
		t.Fatalf("%d stanzas wait; want %d messages", n, people*each)
	}
	begun := time.Now()
	r.run()
	r.taken()
	took := time.Since(begun)
	t.Logf("%d messages in %s", people*each, took.Round(time.Millisecond))
	r.await(Connected)
	if n := len(r.got.texts()); n != people*each {
		t.Errorf("%d messages were taken; want %d", n, people*each)
	}
	groups := 0
	for _, b := range r.got.batches {
		if len(b.Events) > 0 {
			groups++
		}
	}
	t.Logf("%d messages in %d groups", people*each, groups)
	if most := people*each/25 + int(took/gathering); groups > most && !underRace { // a slow machine has few in a moment
		t.Errorf("%d messages took %d groups: a commit each", people*each, groups)
	}
	if mode := r.synchronous(); mode != 2 {
		t.Errorf("PRAGMA synchronous = %d after the backlog; want 2 (FULL), as sends need it", mode)
	}
	if n := r.buffered(); n != 0 {
		t.Errorf("%d plain texts stay in %s", n, FileName)
	}
	for i := range people { // what one person wrote is in order
		last := -1
		for _, words := range r.got.texts() {
			var who, n int
			_, _ = fmt.Sscan(words, &who, &n)
			if who == i && n < last {
				t.Fatalf("person %d: %d after %d", i, n, last)
			} else if who == i {
				last = n
			}
		}
	}
}

func (r *rig) synchronous() (mode int) {
	r.t.Helper()
	needs(r.t, r.bot.db.QueryRowContext(r.t.Context(), "PRAGMA synchronous").Scan(&mode))
	return mode
}
