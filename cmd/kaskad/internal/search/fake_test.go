package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// shop is a store in memory: the records and changes that an index reads.
type shop struct {
	mu       sync.Mutex
	contacts map[bots.ID]*bots.Contact
	messages map[bots.ID]*bots.Message
	states   map[bots.ID]bots.MessageState
	changes  []bots.Change
	first    uint64 // number of changes[0]
	changed  chan struct{}
	last     bots.ID

	importing atomic.Bool

	more func(context.Context) // nil: nothing; called when somebody who has read some people asks for more
}

func newShop() *shop {
	return &shop{
		contacts: map[bots.ID]*bots.Contact{}, messages: map[bots.ID]*bots.Message{}, states: map[bots.ID]bots.MessageState{},
		changed: make(chan struct{}), first: 1, last: 0x65f0000000000,
	}
}

func (s *shop) id() bots.ID { s.last++; return s.last }

// change does something to the records and tells of it.
func (s *shop) change(c bots.Change, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	if c.Type == "" {
		return
	}
	c.ID, c.At = s.first+uint64(len(s.changes)), time.Now()
	s.changes = append(s.changes, c)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *shop) add(c bots.Contact) bots.ID {
	s.mu.Lock()
	c.ID = s.id()
	s.mu.Unlock()
	s.put(c)
	return c.ID
}

func (s *shop) put(c bots.Contact) {
	s.change(bots.Change{Type: "contact.updated", Contact: c.ID}, func() { s.contacts[c.ID] = &c })
}

func (s *shop) say(contact bots.ID, text string) bots.ID {
	return s.message(bots.Message{Contact: contact, In: true, Text: text, Channel: bots.Telegram}, "message.received")
}

func (s *shop) message(m bots.Message, what string) bots.ID {
	s.mu.Lock()
	m.ID = s.id()
	s.mu.Unlock()
	s.change(bots.Change{Type: what, Contact: m.Contact, Message: m.ID}, func() {
		s.messages[m.ID] = &m
		state := s.states[m.ReplyTo]
		switch m.Kind {
		case bots.EditMessage:
			state.Edit = m.ID
		case bots.DeleteMessage:
			state.DeletedAt = time.Now()
		}
		s.states[m.ReplyTo] = state
	})
	return m.ID
}

// forget takes records away as a store does that keeps them no longer: without a word.
func (s *shop) forget(ids ...bots.ID) {
	s.change(bots.Change{}, func() {
		for _, id := range ids {
			delete(s.contacts, id)
			delete(s.messages, id)
		}
	})
}

func (s *shop) Changes(_ context.Context, after uint64, limit int) ([]bots.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(int(max(after+1, s.first)-s.first), len(s.changes))
	return slices.Clone(s.changes[from:min(from+limit, len(s.changes))]), nil
}

func (s *shop) Importing() bool { return s.importing.Load() }

func (s *shop) LastChange() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first + uint64(len(s.changes)) - 1
}

func (s *shop) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *shop) Read(_ context.Context, f func(fallback.View) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f(shopView{shop: s})
}

func (s *shop) ContactIDs(ctx context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	if s.more != nil && after != 0 {
		s.more(ctx)
	}
	return idsAfter(&s.mu, s.contacts, after, limit), nil
}

func (s *shop) MessageIDs(_ context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	return idsAfter(&s.mu, s.messages, after, limit), nil
}

func idsAfter[T any](mu *sync.Mutex, of map[bots.ID]T, after bots.ID, limit int) []bots.ID {
	mu.Lock()
	defer mu.Unlock()
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(of)), func(id bots.ID) bool { return id <= after })
	return ids[:min(limit, len(ids))]
}

type shopView struct {
	fallback.View
	*shop
}

func (v shopView) Now() time.Time                                { return time.Now() }
func (v shopView) Contact(id bots.ID) *bots.Contact              { return v.contacts[id] }
func (v shopView) Message(id bots.ID) *bots.Message              { return v.messages[id] }
func (v shopView) MessageState(id bots.ID) bots.MessageState     { return v.states[id] }
func (v shopView) Conversation(id bots.ID) (c bots.Conversation) { c.Contact = id; return c }

// rig is an index over a shop.
type rig struct {
	*Index
	t    *testing.T
	shop *shop
	stop func()
}

func newRig(t *testing.T) *rig { return rigOn(t, newShop(), t.TempDir()) }

func rigOn(t *testing.T, s *shop, dir string) *rig {
	r := &rig{t: t, shop: s}
	r.Index = New(Options{Dir: dir, Store: s, Mark: "this one", Country: "UA"})
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// start lets the index run; stop ends it as the program does.
func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run ended with %v", err)
		}
	})
}

// level waits until the index has everything.
func (r *rig) level() {
	r.t.Helper()
	r.until("the index has everything", func() bool {
		f, s := r.file.Load(), r.Status(context.Background())
		return f != nil && s.State == Ready && f.at.Load() == r.shop.LastChange()
	})
}

// until waits for something that takes a moment; who waits for very long waits for nothing.
func (r *rig) until(what string, is func() bool) {
	r.t.Helper()
	for range 3000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("%s: never so; %+v", what, r.Status(context.Background()))
}

// names are those of the people who are found, over all pages.
func (r *rig) names(words string) []string {
	r.t.Helper()
	var all []string
	for cursor := ""; ; {
		found, next, err := r.People(r.t.Context(), words, cursor, 2, nil)
		if err != nil {
			return append(all, explain(err))
		}
		for _, c := range found {
			all = append(all, c.Name)
		}
		if cursor = next; next == "" {
			return all
		}
	}
}

// texts are what was said in the messages that are found, over all pages.
func (r *rig) texts(words string) []string {
	r.t.Helper()
	var all []string
	for cursor := ""; ; {
		found, next, err := r.Talks(r.t.Context(), words, cursor, 2, nil)
		if err != nil {
			return append(all, explain(err))
		}
		for _, h := range found {
			all = append(all, h.Snippet)
		}
		if cursor = next; next == "" {
			return all
		}
	}
}

func explain(err error) string {
	if _, ok := errors.AsType[*Refused](err); ok {
		return "refused"
	}
	return fmt.Sprint("error: ", err)
}

// fuzzRig is an empty file to ask.
func fuzzRig(t testing.TB) *file {
	f, err := openFile(context.Background(), t.TempDir()+"/"+FileName, origin{mark: "mark"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// dropChanges forgets the changes, as a store does that keeps them for a time.
func (s *shop) dropChanges() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first += uint64(len(s.changes) - 1)
	s.changes = s.changes[len(s.changes)-1:]
}
