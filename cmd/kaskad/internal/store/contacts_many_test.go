package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/fallback"
)

// told is a change as an import makes it: names, and a text that says which one it was.
func told(name string, refs ...bots.Ref) contacts.Put {
	return contacts.Put{Refs: refs, Names: refs, Change: func(c *bots.Contact) error {
		if name == "bad" {
			return errors.New("refused")
		}
		c.Name = name
		for _, ref := range refs {
			switch ref.Kind {
			case "ext":
				c.ExternalID = ref.Value
			case "phone":
				c.Phone = ref.Value
				c.Set(bots.Address{Channel: bots.SMS, ID: ref.Value}, bots.Unverified, time.Unix(1, 0))
			default:
				c.Set(bots.Address{Channel: ref.Kind, ID: ref.Value}, bots.Unverified, time.Unix(1, 0))
			}
		}
		return nil
	}}
}

func card(n any) bots.Ref     { return bots.Ref{Kind: "ext", Value: fmt.Sprint("C-", n)} }
func number(n int) bots.Ref   { return bots.Ref{Kind: "phone", Value: fmt.Sprintf("+38050%07d", n)} }
func chat(id string) bots.Ref { return bots.Ref{Kind: bots.Telegram, Value: id} }

// Who a change is about is settled by the surest name that somebody has, and never against what they have in its place.
func TestWhomAChangeOfManyIsAbout(t *testing.T) {
	for name, c := range map[string]struct {
		have []contacts.Put // in a store, one after the other
		put  contacts.Put
		want string // outcome, and whose record it was; or the error's kind
	}{
		"nobody has any name":                         {nil, told("new", card(1), number(1)), "created new"},
		"the card is known":                           {[]contacts.Put{told("a", card(1))}, told("new", card(1), number(1)), "updated a"},
		"only the phone is known, of no card":         {[]contacts.Put{told("a", number(1))}, told("new", card(1), number(1)), "updated a"},
		"only the phone is known, of another card":    {[]contacts.Put{told("a", card(2), number(1))}, told("new", card(1), number(1)), "created new"},
		"card and phone name two people":              {[]contacts.Put{told("a", card(1), number(2)), told("b", number(1))}, told("new", card(1), number(1)), "updated a"},
		"only the chat is known, of no phone":         {[]contacts.Put{told("a", chat("42"))}, told("new", card(1), number(1), chat("42")), "updated a"},
		"only the chat is known, of another phone":    {[]contacts.Put{told("a", number(2), chat("42"))}, told("new", card(1), number(1), chat("42")), "taken"},
		"the card is known, the chat somebody else's": {[]contacts.Put{told("a", card(1)), told("b", chat("42"))}, told("new", card(1), chat("42")), "taken"},
		"all of it is so":                             {[]contacts.Put{told("new", card(1), number(1))}, told("new", card(1), number(1)), "unchanged new"},
		"it is refused":                               {nil, told("bad", card(1)), "refused"},
	} {
		db := open(t, Options{Twice: true})
		whose := map[bots.ID]string{}
		for _, p := range c.have {
			done := db.PutContacts(t.Context(), []contacts.Put{p})[0]
			if done.Err != nil || done.Outcome != contacts.Created {
				t.Fatalf("%s: the store could not be made: %v %v", name, done.Outcome, done.Err)
			}
			whose[done.Contact.ID] = done.Contact.Name
		}
		tried, err := db.TryContacts(t.Context(), []contacts.Put{c.put})
		if err != nil {
			t.Fatal(err)
		}
		before := db.LastChange()
		done := db.PutContacts(t.Context(), []contacts.Put{c.put})[0]
		if got := outcome(done, whose); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if tried[0].Outcome != done.Outcome || (tried[0].Err == nil) != (done.Err == nil) {
			t.Errorf("%s: tried it was %v %v, done %v %v", name, tried[0].Outcome, tried[0].Err, done.Outcome, done.Err)
		}
		if wrote := db.LastChange() != before; wrote != (done.Err == nil && done.Outcome != contacts.Unchanged) {
			t.Errorf("%s: %v %v, and the outbox has grown: %v", name, done.Outcome, done.Err, wrote)
		}
	}
}

func outcome(d contacts.Done, whose map[bots.ID]string) string {
	var conflict *ConflictError
	switch {
	case errors.As(d.Err, &conflict):
		return "taken"
	case d.Err != nil:
		return d.Err.Error()
	case d.Outcome == contacts.Created:
		return "created " + d.Contact.Name
	}
	if name, ok := whose[d.Contact.ID]; ok {
		return d.Outcome.String() + " " + name
	}
	return "somebody else"
}

// Changes of one person are made in their order, however many there are and by whatever name; the last one stays.
func TestManyChangesOfOnePersonAreMadeInOrder(t *testing.T) {
	db := open(t, Options{})
	var puts []contacts.Put
	for i := range 300 {
		puts = append(puts, told(fmt.Sprint(i), card(i%7), number(i%7)))
		if i%5 == 0 {
			puts = append(puts, told(fmt.Sprint("by phone ", i), number(i%7)))
		}
	}
	created := 0
	for i, d := range db.PutContacts(t.Context(), puts) {
		if d.Err != nil {
			t.Fatalf("change %d: %v", i, d.Err)
		}
		if d.Outcome == contacts.Created {
			created++
		}
	}
	if created != 7 {
		t.Errorf("%d people were made, want 7", created)
	}
	for i := range 7 {
		want := 0
		for n := range 300 {
			if n%7 == i {
				want = n
			}
		}
		name := fmt.Sprint(want)
		if want%5 == 0 {
			name = fmt.Sprint("by phone ", want)
		}
		if c, err := db.FindContact(t.Context(), card(i)); err != nil || c.Name != name {
			t.Errorf("card %d is %q, %v; want the last, %q", i, c.Name, err, name)
		}
	}
}

// A dry run of a batch sees what it would have done itself, and leaves no trace.
func TestTryingWritesNothingAndSeesItself(t *testing.T) {
	db := open(t, Options{})
	var puts []contacts.Put
	for i := range 400 {
		puts = append(puts, told("first", card(i), number(i)))
	}
	puts = append(puts, told("second", card(3), number(3)), told("second", card(3), number(3)), told("bad", card(4)), told("x", card(9), chat("9")), told("y", card(8), chat("9")))
	done, err := db.TryContacts(t.Context(), puts)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range done[400:] {
		got = append(got, outcome(d, map[bots.ID]string{done[3].Contact.ID: "card 3", done[9].Contact.ID: "card 9"}))
	}
	if want := []string{"updated card 3", "unchanged card 3", "refused", "updated card 9", "taken"}; !slices.Equal(got, want) || done[0].Outcome != contacts.Created {
		t.Errorf("it would be %q, want %q", got, want)
	}
	if c, err := db.FindContact(t.Context(), card(3)); err != nil || c != nil || db.LastChange() != 0 {
		t.Errorf("after a dry run: %v, %v, %d changes", c, err, db.LastChange())
	}
}

// Each person has a line of the outbox, as from a single change; who is left as they are has none.
func TestManyTellOfEachPerson(t *testing.T) {
	db := open(t, Options{})
	puts := []contacts.Put{told("a", card(1)), told("b", card(2)), told("a", card(1)), told("c", card(2))}
	db.PutContacts(t.Context(), puts)
	lines, err := db.Changes(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, l := range lines {
		count[l.Type]++
	}
	if count["contact.created"] != 2 || count["contact.updated"] != 1 || len(lines) != 3 {
		t.Errorf("the outbox tells %v", count)
	}
}

// While somebody waits for journeys, an import hands over few changes at a time and pauses for longer than they took; while nobody does
// it does not pause. (Time is the bubble's: a commit takes none of it, so what is measured is the pausing alone.)
func TestAnImportGivesWayToJourneys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &DB{gone: make(chan struct{})}
		begun := time.Now()
		if db.giveWay(t.Context(), 20*time.Millisecond); time.Since(begun) != 0 || db.AtOnce() != atOnce {
			t.Errorf("nobody asks for anything: it waits %s and hands over %d", time.Since(begun), db.AtOnce())
		}
		db.journey()
		for took, want := range map[time.Duration]time.Duration{5 * time.Millisecond: wayTimes * 5 * time.Millisecond, time.Second: wayMost} {
			db.journey()
			begun = time.Now()
			if db.giveWay(t.Context(), took); time.Since(begun) != want || db.AtOnce() != atOnceNow {
				t.Errorf("after changes that took %s: it waits %s and hands over %d, want %s and %d", took, time.Since(begun), db.AtOnce(), want, atOnceNow)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begun = time.Now()
		if db.giveWay(ctx, time.Second); time.Since(begun) != 0 {
			t.Error("it waits though it was given up")
		}
		time.Sleep(trafficFor)
		if db.AtOnce() != atOnce {
			t.Error("the last journey is long over, and it still gives way")
		}
	})
}

// The evidence of what an import tells names its list and row, and who told it; the same word of another list is another line.
func TestTheEvidenceOfAnImport(t *testing.T) {
	db := open(t, Options{})
	put := func(list string, row, day int) contacts.Put {
		p := told("a", card(1))
		name := p.Change
		p.Scene = bots.Scene{List: list, Row: row}
		p.Teller = "key:local"
		p.Change = func(c *bots.Contact) error {
			c.Tell(bots.Consent{State: bots.Given, At: time.Unix(int64(day)*86_400, 0).UTC(), Source: "form", By: "key:local"})
			c.Prefer(bots.Viber)
			return name(c)
		}
		return p
	}
	for _, p := range []contacts.Put{put("may.csv", 2, 10), put("may.csv", 2, 10), put("june.csv", 7, 40)} {
		if done := db.PutContacts(t.Context(), []contacts.Put{p})[0]; done.Err != nil {
			t.Fatal(done.Err)
		}
	}
	c, err := db.FindContact(t.Context(), card(1))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := db.Statements(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprintf("%s %s by %s from %s:%d", l.About, l.State, l.By, l.List, l.Row))
	}
	want := []string{"marketing given by key:local from may.csv:2", "wishes unknown by key:local from may.csv:2", "marketing given by key:local from june.csv:7"}
	if !slices.Equal(got, want) {
		t.Errorf("the evidence is %q, want %q", got, want)
	}
}

// Beside journeys no commit waits for more than a few people of an import; alone it takes them together. Either way whatever can wait
// hears that an import goes on, and of a single change it does not.
func TestHowManyPeopleAnImportHandsOverAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		journeys bool
		most     int
	}{"alone": {false, 100}, "beside journeys": {true, atOnceNow}} {
		t.Run(name, func(t *testing.T) {
			db := open(t, Options{})
			if db.PutContacts(t.Context(), []contacts.Put{told("a", card(1000))}); db.Importing() {
				t.Error("a single change is taken for an import")
			}
			var puts []contacts.Put
			for i := range 100 {
				puts = append(puts, told("a", card(i)))
			}
			m := many{db: db, ctx: t.Context(), puts: puts, done: make([]contacts.Done, len(puts)), ops: make([]*op, len(puts)), busy: map[string]bool{}}
			most := 0
			for i := range puts {
				if tc.journeys {
					db.journey()
				}
				m.add(i)
				most = max(most, m.next-m.first)
			}
			if m.settle(); most != tc.most || !db.Importing() {
				t.Errorf("it hands over %d at once, want %d; an import is heard of: %t", most, tc.most, db.Importing())
			}
		})
	}
}

// Accept is a journey; what an import does itself is none.
func TestOnlyJourneysAreGivenWayTo(t *testing.T) {
	db := open(t, Options{})
	db.PutContacts(t.Context(), []contacts.Put{told("a", card(1))})
	if db.traffic() {
		t.Error("an import gives way to itself")
	}
	if _, err := db.Accept(t.Context(), &fallback.Request{To: card(1)}, &fallback.Rules{}, &fallback.World{}); err == nil {
		t.Log("an empty request was accepted")
	}
	if !db.traffic() {
		t.Error("somebody asked for a delivery, and nobody gives way")
	}
}

// What was not made when the caller left has its error, and nothing is half made.
func TestManyChangesThatAreGivenUp(t *testing.T) {
	db := open(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for i, d := range db.PutContacts(ctx, []contacts.Put{told("a", card(1)), told("b", card(2))}) {
		if !errors.Is(d.Err, context.Canceled) || d.Contact != nil {
			t.Errorf("change %d: %v %v", i, d.Contact, d.Err)
		}
	}
}
