package ticks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// world is a store in memory and a channel, in a bubble.
type world struct {
	t       *testing.T
	mu      sync.Mutex
	changes []bots.Change
	lines   []Line // oldest first
	plans   map[bots.ID]*fallback.Delivery
	kept    uint64
	cleared int // changes that are not there any more
	changed chan struct{}
	asked   []string // "+1: a b"
	broken  error    // the channel
	hang    bool     // the channel answers nothing
	unread  bots.ID  // a delivery that cannot be read
	full    error    // the store cannot write
	log     bytes.Buffer
	ticks   *Ticks
	stop    func()
}

const (
	olena = bots.ID(7)
	home  = "+380501112233"
)

func play(t *testing.T, story func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, plans: map[bots.ID]*fallback.Delivery{}, changed: make(chan struct{}), kept: 1}
		w.note(bots.Change{Type: "contact.created"})
		w.run()
		defer func() { w.stop() }()
		story(w)
	})
}

// run starts the ticks on what the store has.
func (w *world) run() {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.ticks = New(Options{Feed: w, Markers: map[string]bots.Marker{bots.WhatsApp: w}, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
	done := make(chan error, 1)
	go func() { done <- w.ticks.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run = %v; it ends without an error", err)
		}
	}
	synctest.Wait()
}

func (w *world) MarkRead(ctx context.Context, chat bots.Address, ids []string) error {
	w.mu.Lock()
	w.asked = append(w.asked, chat.ID+": "+strings.Join(ids, " "))
	broken, hang := w.broken, w.hang
	w.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return broken
}

func (w *world) ChangesOf(_ context.Context, after uint64, limit int, types ...string) (list []bots.Change, upTo uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from := min(max(int(after), w.cleared), len(w.changes))
	upTo = uint64(min(from+limit, len(w.changes)))
	for _, c := range w.changes[from:upTo] {
		if slices.Contains(types, c.Type) {
			list = append(list, c)
		}
	}
	return list, upTo, nil
}

func (w *world) LastChange() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return uint64(len(w.changes))
}

func (w *world) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

func (w *world) Cursor(_ context.Context, name string) (uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept, nil
}

func (w *world) PutCursor(_ context.Context, name string, at uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full == nil {
		w.kept = at
	}
	return w.full
}

func (w *world) Delivery(_ context.Context, id bots.ID) (*fallback.Delivery, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id == w.unread {
		return nil, errors.New("the record cannot be read")
	}
	if d := w.plans[id]; d != nil {
		return d, nil
	}
	return nil, fallback.ErrUnknownDelivery
}

func (w *world) Said(_ context.Context, contact bots.ID, most int) ([]Line, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Line
	for _, l := range slices.Backward(w.lines) {
		if l.Contact == contact && len(all) < most {
			all = append(all, l)
		}
	}
	return all, nil
}

func (w *world) note(c bots.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.ID = uint64(len(w.changes) + 1)
	if c.At.IsZero() {
		c.At = time.Now()
	}
	w.changes = append(w.changes, c)
	close(w.changed)
	w.changed = make(chan struct{})
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// id is that of something that happens now.
func (w *world) id() bots.ID {
	time.Sleep(time.Millisecond)
	return bots.ID(time.Now().UnixMicro())
}

// says lets the customer write; each field that change sets differs from an ordinary message.
func (w *world) says(name string, change ...func(*bots.Message)) bots.ID {
	m := &bots.Message{ID: w.id(), Contact: olena, In: true, Kind: bots.TextMessage, To: bots.Address{Channel: bots.WhatsApp, ID: home}, Channel: bots.WhatsApp, ProviderID: name}
	for _, f := range change {
		f(m)
	}
	w.mu.Lock()
	w.lines = append(w.lines, Line{Message: m})
	w.mu.Unlock()
	return m.ID
}

// written makes an answer a delivery that has not gone out.
func (w *world) written(change ...func(*fallback.Delivery)) *fallback.Delivery {
	d := &fallback.Delivery{Plan: fallback.Plan{ID: w.id(), Contact: olena, Purpose: fallback.Conversation, Author: "Ірина"}}
	for _, f := range change {
		f(d)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plans[d.ID] = d
	return d
}

// goes lets a delivery go out on WhatsApp.
func (w *world) goes(d *fallback.Delivery) {
	m := &bots.Message{ID: w.id(), Contact: d.Contact, Delivery: d.ID, Author: d.Author, Channel: bots.WhatsApp, To: bots.Address{Channel: bots.WhatsApp, ID: home}}
	w.mu.Lock()
	w.lines = append(w.lines, Line{m, bots.MessageState{Level: bots.Accepted}})
	w.mu.Unlock()
	w.note(bots.Change{Type: sent, Delivery: d.ID, Contact: d.Contact, Channel: bots.WhatsApp})
	w.pass(pace)
}

func (w *world) answered(change ...func(*fallback.Delivery)) { w.goes(w.written(change...)) }

// marked compares what the channel was asked.
func (w *world) marked(want ...string) {
	w.t.Helper()
	w.pass(pace)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.asked, want) {
		w.t.Errorf("asked to mark %q, want %q", w.asked, want)
	}
}

func (w *world) counted(kind string, want uint64) {
	w.t.Helper()
	var got uint64
	for _, c := range w.ticks.Counts() {
		if c.What == "read_mark" && c.Channel == bots.WhatsApp && c.Kind == kind {
			got = c.N
		}
	}
	if got != want {
		w.t.Errorf("%d counted as %s, want %d", got, kind, want)
	}
}

// inRoom makes an answer one to a post in the staff's group, whose last line is a message.
func inRoom(post bots.ID) func(*fallback.Delivery) {
	return func(d *fallback.Delivery) {
		d.ReplyTo, d.Metadata = post, map[string]string{fallback.StaffMessage: "-500:7"}
	}
}

var stories = map[string]func(*world){
	"an answer shows that all before it was read": func(w *world) {
		w.says("a")
		w.says("b")
		w.marked()
		w.answered()
		w.marked(home + ": a b")
		w.counted("marked", 1)
	},
	"not what came while the answer waited": func(w *world) {
		w.says("a")
		d := w.written()
		w.says("b")
		w.goes(d)
		w.marked(home + ": a")
		w.answered()
		w.marked(home+": a", home+": b")
	},
	"each is marked once": func(w *world) {
		w.says("a")
		w.answered()
		w.answered()
		w.marked(home + ": a")
	},
	"an answer to a post shows that the post was read": func(w *world) {
		post := w.says("a")
		w.says("b")
		w.answered(inRoom(post))
		w.marked(home + ": a")
		w.answered()
		w.marked(home+": a", home+": b")
	},
	"an answer of the inbox that quotes shows that all was read": func(w *world) {
		quoted := w.says("a")
		w.says("b")
		w.answered(func(d *fallback.Delivery) { d.ReplyTo = quoted })
		w.marked(home + ": a b")
	},
	"a reaction shows that what got it was read": func(w *world) {
		got := w.says("a")
		w.says("b")
		w.answered(func(d *fallback.Delivery) { d.ReplyTo, d.Act = got, bots.ReactAct })
		w.marked(home + ": a")
	},
	"what staff change of their own shows nothing": func(w *world) {
		w.says("a")
		w.answered(func(d *fallback.Delivery) { d.Act = bots.EditAct })
		w.answered(func(d *fallback.Delivery) { d.Act = bots.DeleteAct })
		w.marked()
	},
	"what the program says by itself shows nothing": func(w *world) {
		w.says("stop")
		w.answered(func(d *fallback.Delivery) { d.Author = "" })
		w.answered(func(d *fallback.Delivery) { d.Purpose = fallback.Marketing })
		w.marked()
	},
	"an answer that is not out shows nothing": func(w *world) {
		w.says("a")
		d := w.written()
		w.note(bots.Change{Type: "delivery.accepted", Delivery: d.ID, Contact: olena})
		w.note(bots.Change{Type: "delivery.failed", Delivery: d.ID, Contact: olena, Channel: bots.WhatsApp})
		w.marked()
	},
	"an earlier answer that did not arrive shows nothing": func(w *world) {
		w.says("a")
		w.answered()
		w.lines[len(w.lines)-1].State = bots.MessageState{Failed: true}
		w.asked = nil
		w.says("b")
		w.answered()
		w.marked(home + ": a b")
	},
	"what was answered on the phone was read there": func(w *world) {
		w.says("a")
		w.says("", func(m *bots.Message) { m.In, m.Author = false, bots.OwnerAuthor })
		w.says("b")
		w.answered()
		w.marked(home + ": b")
	},
	"another channel without ticks": func(w *world) {
		w.says("a", func(m *bots.Message) { m.Channel, m.To.Channel = bots.Telegram, bots.Telegram })
		w.says("b")
		w.note(bots.Change{Type: sent, Delivery: w.written().ID, Channel: bots.Telegram})
		w.marked()
		w.answered()
		w.marked(home + ": b")
	},
	"what has no ticks of its own": func(w *world) {
		w.says("a", func(m *bots.Message) { m.Kind = bots.EditMessage })
		w.says("b", func(m *bots.Message) { m.Kind = bots.ReactionMessage })
		w.says("")
		w.answered()
		w.marked()
		w.says("c", func(m *bots.Message) { m.Kind = bots.PressMessage })
		w.answered()
		w.marked(home + ": c")
	},
	"a person with two addresses": func(w *world) {
		w.says("a", func(m *bots.Message) { m.To.ID = "9@lid" })
		w.says("b")
		w.says("c", func(m *bots.Message) { m.To.ID = "9@lid" })
		w.answered()
		w.marked("9@lid: a c", home+": b")
	},
	"somebody else's words": func(w *world) {
		w.says("a", func(m *bots.Message) { m.Contact = 8 })
		w.answered()
		w.marked()
	},
	"a failure is counted, said once, and hinders nothing": func(w *world) {
		w.broken = errors.New("no")
		for range 3 {
			w.says("a")
			w.answered()
		}
		w.counted("failed", 3)
		w.broken = nil
		w.says("b")
		w.answered()
		w.counted("marked", 1)
		w.marked(home+": a", home+": a", home+": a", home+": b")
		if n := strings.Count(w.log.String(), "could not be marked"); n != 1 || strings.Contains(w.log.String(), home) {
			w.t.Errorf("%d failures were said: %s", n, w.log.String())
		}
	},
	"a channel that does not answer is left": func(w *world) {
		w.hang = true
		w.says("a")
		w.answered()
		w.mu.Lock()
		w.hang = false
		w.mu.Unlock()
		time.Sleep(markTime + time.Second)
		w.counted("failed", 1)
		w.says("b")
		w.answered()
		w.marked(home+": a", home+": b")
	},
	"a delivery that cannot be read, or is gone, hinders nothing": func(w *world) {
		w.says("a")
		d := w.written()
		w.unread = d.ID
		w.goes(d)
		gone := w.written()
		delete(w.plans, gone.ID)
		w.goes(gone)
		w.unread = 0
		w.answered()
		w.marked() // the answer that could not be read showed it
		w.says("b")
		w.answered()
		w.marked(home + ": b")
	},
	"a restart repeats nothing": func(w *world) {
		w.says("a")
		w.answered()
		w.stop()
		w.run()
		w.marked(home + ": a")
	},
	"a crash repeats the last, and then no more": func(w *world) {
		w.says("a")
		w.full = errors.New("the disk is full")
		w.answered()
		w.stop()
		w.full = nil
		w.run()
		w.marked(home+": a", home+": a")
		w.stop()
		w.run()
		w.marked(home+": a", home+": a")
	},
	"what was answered long before is left": func(w *world) {
		w.says("a")
		w.stop()
		d := w.written()
		w.note(bots.Change{Type: sent, Delivery: d.ID, Channel: bots.WhatsApp})
		w.kept = 1
		time.Sleep(late + time.Second)
		w.run()
		w.marked()
	},
	"what was answered before there were ticks is left": func(w *world) {
		w.says("a")
		w.stop()
		w.kept = 0
		d := w.written()
		w.note(bots.Change{Type: sent, Delivery: d.ID, Channel: bots.WhatsApp})
		w.run()
		w.marked()
	},
	"many lines": func(w *world) {
		for n := range mostLines + 20 {
			w.says(fmt.Sprint(n))
		}
		w.answered()
		if n := len(strings.Fields(w.asked[0])); n != mostLines { // the answer is a line; the address is a word
			w.t.Errorf("%d marked", n-1)
		}
	},
	"an answer among many changes": func(w *world) {
		w.says("a")
		w.stop()
		for range 2*page + 7 {
			w.note(bots.Change{Type: "contact.updated"})
		}
		d := w.written()
		w.note(bots.Change{Type: sent, Delivery: d.ID, Contact: olena, Channel: bots.WhatsApp})
		w.run()
		w.marked(home + ": a")
	},
	"an answer behind changes that were cleared away": func(w *world) {
		w.says("a")
		w.stop()
		for range 2*page + 7 {
			w.note(bots.Change{Type: "contact.updated"})
		}
		d := w.written()
		w.note(bots.Change{Type: sent, Delivery: d.ID, Contact: olena, Channel: bots.WhatsApp})
		w.cleared = page / 2
		w.run()
		w.marked(home + ": a")
	},
	"a place that is a little old is kept in time": func(w *world) {
		for range 3 {
			w.note(bots.Change{Type: "contact.updated"})
			time.Sleep(saveEvery)
		}
		synctest.Wait()
		if w.kept != w.LastChange() {
			w.t.Errorf("the place on disk is %d of %d", w.kept, w.LastChange())
		}
	},
}

func TestTicks(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) { play(t, story) })
	}
}
