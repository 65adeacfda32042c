package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kaskad/bots"
)

// said is one word of somebody's consents, so many minutes after the story began; copy copies both files before it.
type said struct {
	copy    bool
	person  string // what the person writes; else the retailer tells:
	about   string
	state   bots.ConsentState
	minutes int
}

// says has the one person of a story, or their retailer, say words one after the other.
func (s *story) says(began time.Time, words ...said) {
	s.t.Helper()
	for n, w := range words {
		s.flush()
		if w.copy {
			s.copy()
		}
		at := began.Add(time.Duration(w.minutes) * time.Minute)
		if w.person != "" {
			e := wrote(fmt.Sprint("said-", len(s.stores), "-", n), "chat-1", w.person)
			e.At = at
			if _, err := s.db.Receive(s.t.Context(), e, rules(), world()); err != nil {
				s.t.Fatal(err)
			}
			continue
		}
		s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-1"}, w.about, bots.Consent{State: w.state, At: at, Source: "form"})
	}
	s.flush()
}

func (s *story) tells(who bots.Ref, about string, told bots.Consent) *bots.Contact {
	s.t.Helper()
	c, _, err := s.db.PutContact(s.t.Context(), who, func(c *bots.Contact) error {
		switch about {
		case bots.AboutMarketing:
			c.Tell(told)
		case bots.AboutAll:
			c.TellAll(told)
		default:
			c.TellOn(about, told)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *story) flush() {
	s.t.Helper()
	if err := s.db.FlushJournal(s.t.Context(), JournalIn(s.dir)); err != nil {
		s.t.Fatal(err)
	}
}

// words are what the person's consents say, with who said each.
func (s *story) words() (all string) {
	s.t.Helper()
	c, err := s.db.FindContact(s.t.Context(), bots.Ref{Kind: bots.Telegram, Value: "chat-1"})
	if err != nil || c == nil {
		s.t.Fatal(c, err)
	}
	add := func(about string, said bots.Consent) {
		if said.State == bots.Unknown {
			return
		}
		by := "retailer"
		if said.ByPerson {
			by = "person"
		}
		all += fmt.Sprintf("%s %s by %s; ", about, said.State, by)
	}
	add("marketing", c.Marketing)
	add("all", c.All)
	for _, on := range c.On {
		add(on.Channel, on.Consent)
	}
	return all
}

// before are the lines of a journal as they were written before each no had its own words.
func (s *story) before() {
	s.t.Helper()
	path := filepath.Join(s.dir, JournalName)
	raw, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	var old []byte
	for line := range bytes.Lines(raw) {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(line[9:], &fields); err != nil {
			s.t.Fatal(err)
		}
		delete(fields, "noes")
		b, err := json.Marshal(fields)
		if err != nil {
			s.t.Fatal(err)
		}
		old = fmt.Appendf(old, "%08x %s\n", crc32.ChecksumIEEE(b), b)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestAnOlderJournalBesideANewerStore: all of it is done again, and changes nothing: the store knows every no of it, and what was said since.
func TestAnOlderJournalBesideANewerStore(t *testing.T) {
	for name, c := range map[string]struct {
		words []said // the journal that is put back is the one of the last copy
		want  string
	}{
		"the person's no, and their own yes since": {
			[]said{{person: "hello"}, {person: "stop", minutes: 1}, {copy: true, person: "start", minutes: 2}, {person: "stop", minutes: 3}, {person: "start", minutes: 4}},
			"marketing given by person; "},
		"the person's no, their own yes since, and the retailer's after that": {
			[]said{{person: "hello"}, {person: "stop", minutes: 1}, {copy: true, person: "start", minutes: 2}, {person: "stop", minutes: 3}, {person: "start", minutes: 4}, {about: bots.AboutMarketing, state: bots.Given, minutes: 5}},
			"marketing given by retailer; "},
		"the retailer's no, and the retailer's yes since": {
			[]said{{person: "hello"}, {about: bots.AboutMarketing, state: bots.Denied, minutes: 1}, {copy: true, about: bots.AboutMarketing, state: bots.Given, minutes: 2}, {about: bots.AboutMarketing, state: bots.Denied, minutes: 3}, {about: bots.AboutMarketing, state: bots.Given, minutes: 4}},
			"marketing given by retailer; "},
		"the retailer's no, that stands": {
			[]said{{person: "hello"}, {about: bots.AboutMarketing, state: bots.Denied, minutes: 1}, {copy: true, about: bots.Viber, state: bots.Denied, minutes: 2}},
			"marketing denied by retailer; viber denied by retailer; "},
		"the retailer's no to a channel, and a yes since": {
			[]said{{person: "hello"}, {about: bots.Viber, state: bots.Denied, minutes: 1}, {copy: true, about: bots.Viber, state: bots.Given, minutes: 2}, {about: bots.AboutMarketing, state: bots.Denied, minutes: 3}},
			"marketing denied by retailer; viber given by retailer; "},
		"the retailer's no to everything, taken back since": {
			[]said{{person: "hello"}, {about: bots.AboutAll, state: bots.Denied, minutes: 1}, {copy: true, about: bots.AboutAll, state: bots.Given, minutes: 2}, {about: bots.Viber, state: bots.Denied, minutes: 3}},
			"marketing denied by retailer; all given by retailer; viber denied by retailer; "},
		"a yes of between two noes that came late, after the line was written": {
			[]said{{person: "hello"}, {about: bots.Viber, state: bots.Denied, minutes: 9}, {person: "stop", minutes: 1}, {copy: true, person: "start", minutes: 5}, {about: bots.SMS, state: bots.Denied, minutes: 10}},
			"marketing given by person; viber denied by retailer; sms denied by retailer; "},
	} {
		for _, old := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, old lines: %t", name, old), func(t *testing.T) {
				s := newStory(t, 0)
				s.says(time.Now().Add(-time.Hour).UTC().Truncate(time.Second), c.words...)
				s.copy()
				if got := s.words(); got != c.want {
					t.Fatalf("before: %q; want %q", got, c.want)
				}
				closeChecked(t, s.db)
				if err := os.WriteFile(filepath.Join(s.dir, JournalName), s.journal[len(s.journal)-2], 0o600); err != nil {
					t.Fatal(err)
				}
				if old {
					s.before()
				}
				s.db = openAt(t, s.dir, Options{})
				n, err := s.db.ReplayJournal(t.Context(), JournalIn(s.dir), nil)
				if got := s.words(); err != nil || n != 0 || got != c.want {
					t.Errorf("ReplayJournal = %d, %v, and the consents are %q; want nothing changed: %q", n, err, got, c.want)
				}
			})
		}
	}
}

// TestAnOlderStoreBesideANewerJournal: a no that the store does not know comes to it as whose it was.
func TestAnOlderStoreBesideANewerJournal(t *testing.T) {
	yes := func(minutes int) said { return said{about: bots.AboutMarketing, state: bots.Given, minutes: minutes} }
	for name, c := range map[string]struct {
		known, later []said
		want, old    string // of old lines, where that differs
		after        []said
		then         string
	}{
		"the retailer's no, which the retailer lifts": {
			[]said{{person: "hello"}, yes(1)}, []said{{about: bots.AboutMarketing, state: bots.Denied, minutes: 2}},
			"marketing denied by retailer; ", "marketing denied by person; ", []said{yes(3)}, "marketing given by retailer; "},
		"the person's no, which the retailer does not lift": {
			[]said{{person: "hello"}, yes(1)}, []said{{person: "stop", minutes: 2}},
			"marketing denied by person; ", "", []said{yes(3)}, "marketing denied by person; "},
		"the person's no, over a yes that the retailer dated ahead": {
			[]said{{person: "hello"}, yes(50)}, []said{{person: "stop", minutes: 2}},
			"marketing denied by person; ", "", []said{{person: "start", minutes: 55}}, "marketing given by person; "},
		"a no of the person's after one that is known: a yes of between the two, which comes late, lifts neither": {
			[]said{{person: "stop", minutes: 1}}, []said{{person: "start", minutes: 2}, {person: "stop", minutes: 9}},
			"marketing denied by person; ", "marketing denied by person; ", []said{{person: "start", minutes: 5}}, "marketing denied by person; "},
		"the retailer's no after the person's is the person's still": {
			[]said{{person: "stop", minutes: 1}}, []said{{about: bots.AboutMarketing, state: bots.Denied, minutes: 2}},
			"marketing denied by person; ", "", []said{yes(3)}, "marketing denied by person; "},
		"the retailer's no of the moment of a yes": {
			[]said{{person: "hello"}, yes(1)}, []said{{about: bots.AboutMarketing, state: bots.Denied, minutes: 1}},
			"marketing denied by retailer; ", "marketing denied by person; ", []said{yes(3)}, "marketing given by retailer; "},
		"the person's no to marketing, the retailer's to a channel": {
			[]said{{person: "hello"}, yes(1)}, []said{{person: "stop", minutes: 2}, {about: bots.Viber, state: bots.Denied, minutes: 3}},
			"marketing denied by person; viber denied by retailer; ", "marketing denied by person; viber denied by person; ", []said{{about: bots.Viber, state: bots.Given, minutes: 4}, yes(5)}, "marketing denied by person; viber given by retailer; "},
	} {
		for _, old := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, old lines: %t", name, old), func(t *testing.T) {
				s, began := newStory(t, 0), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
				s.says(began, c.known...)
				s.copy()
				s.says(began, c.later...)
				if old {
					s.before()
				}
				s.putBack(len(s.stores)-1, -1)
				want := c.want
				if old && c.old != "" {
					want = c.old
				}
				if got := s.words(); got != want {
					t.Fatalf("the consents are %q; want %q", got, want)
				}
				if n, err := s.db.ReplayJournal(t.Context(), JournalIn(s.dir), nil); err != nil || n != 0 {
					t.Errorf("a second replay = %d, %v", n, err)
				}
				if old && c.old != "" {
					return
				}
				s.copy()
				s.says(began, c.after...)
				if got := s.words(); got != c.then {
					t.Errorf("after that they are %q; want %q", got, c.then)
				}
			})
		}
	}
}

// TestANoOfSomebodyWhomTheStoreNeverKnew waits at the names, as whose it was: the retailer's word since then stands against the retailer's.
func TestANoOfSomebodyWhomTheStoreNeverKnew(t *testing.T) {
	for name, c := range map[string]struct {
		no    said
		yes   int // minutes: what the retailer tells of the person when they come again
		wants string
	}{
		"the retailer's, and a yes of since": {said{about: bots.AboutMarketing, state: bots.Denied, minutes: 5}, 9, "marketing given by retailer; "},
		"the retailer's, and an older yes":   {said{about: bots.AboutMarketing, state: bots.Denied, minutes: 5}, 1, "marketing denied by retailer; "},
		"the person's, and a yes of since":   {said{person: "stop", minutes: 5}, 9, "marketing denied by person; "},
	} {
		t.Run(name, func(t *testing.T) {
			s, began := newStory(t, 0), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
			s.says(began, c.no)
			s.putBack(0, -1)
			s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-1"}, bots.AboutMarketing, bots.Consent{State: bots.Given, At: began.Add(time.Duration(c.yes) * time.Minute), Source: "form"})
			if got := s.words(); got != c.wants {
				t.Errorf("the consents are %q; want %q", got, c.wants)
			}
		})
	}
}

// TestTheNoOfOneWhoWasErasedAndCameBack: whoever came back and said yes is not told no again by an older journal.
func TestTheNoOfOneWhoWasErasedAndCameBack(t *testing.T) {
	s, began := newStory(t, 0), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	s.says(began, said{person: "stop", minutes: 1})
	erase := func(last bool) {
		c, err := s.db.FindContact(t.Context(), bots.Ref{Kind: bots.Telegram, Value: "chat-1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Erase(t.Context(), c.ID, "local", "", Record{}); err != nil {
			t.Fatal(err)
		}
		s.flush()
		if !last {
			s.copy()
		}
	}
	erase(false)
	s.says(began, said{person: "hello", minutes: 2}, said{person: "start", minutes: 3})
	erase(true)
	s.putBack(-1, 1)
	s.copy()
	s.says(began, said{person: "hello", minutes: 4})
	if got := s.words(); got != "" {
		t.Errorf("who came back twice, and had said yes last, has %q", got)
	}
}
