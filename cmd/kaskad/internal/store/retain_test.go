package store

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// aged is people who write, and get what is withdrawn; with a link, and an event that nobody could take.
func aged(t *testing.T, db *DB, people int, when string) (ids []bots.ID) {
	t.Helper()
	for n := range people {
		chat := fmt.Sprint(n)
		if _, err := db.Receive(t.Context(), wrote(when+chat, chat, "hello"), rules(), world()); err != nil {
			t.Fatal(err)
		}
		req := request("")
		req.To = bots.Ref{Kind: bots.Telegram, Value: chat}
		a := accept(t, db, req)
		if _, err := db.Cancel(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
		if _, err := db.MakeLink(t.Context(), contactOf(t, db, a.ID), bots.Telegram, "", time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Event: "q" + when + chat, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func contactOf(t *testing.T, db *DB, delivery bots.ID) bots.ID {
	t.Helper()
	d, err := db.Delivery(t.Context(), delivery)
	if err != nil {
		t.Fatal(err)
	}
	return d.Contact
}

func retain(t *testing.T, db *DB, keep Retention) map[string]int {
	t.Helper()
	dropped := map[string]int{}
	if err := db.Retain(t.Context(), keep, func(kind string, n int) { dropped[kind] += n }); err != nil {
		t.Fatal(err)
	}
	for kind, n := range dropped {
		if n == 0 {
			delete(dropped, kind)
		}
	}
	return dropped
}

// TestRetain: what is too old goes, what is not stays, and nothing goes when everything is kept for ever.
func TestRetain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Generation: 16})
		defer closeChecked(t, db)
		old := aged(t, db, 40, "first")
		time.Sleep(300 * 24 * time.Hour)
		newest := aged(t, db, 40, "second")[0]
		if got := retain(t, db, Retention{}); len(got) != 0 {
			t.Errorf("kept for ever, and dropped %v", got)
		}
		day := 24 * time.Hour
		got := retain(t, db, Retention{Messages: 30 * day, Deliveries: 30 * day, Changes: 30 * day, Quarantine: 30 * day})
		if got[KeptDeliveries] != 40 || got[KeptQuarantine] != 40 || got[KeptChanges] == 0 || got[KeptLists] == 0 {
			t.Errorf("dropped %v", got)
		}
		if got[KeptMessages] != 0 {
			t.Errorf("dropped %d messages of open conversations", got[KeptMessages])
		}
		noProblems(t, db)
		if _, err := db.Delivery(t.Context(), old[0]); err != fallback.ErrUnknownDelivery {
			t.Errorf("the old delivery: %v; want ErrUnknownDelivery", err)
		}
		if page, err := db.List(t.Context(), Filter{Contact: contactOf(t, db, newest)}, "", 10); err != nil || len(page.Items) != 1 || page.Items[0].ID != newest {
			t.Errorf("the person's list = %v, %v; want the one of this year", page.Items, err)
		}
		time.Sleep(370 * 24 * time.Hour)
		if got = retain(t, db, Retention{Messages: 30 * day}); got[KeptMessages] != 80 || got[KeptLinks] != 40 {
			t.Errorf("dropped %v; want the links, and the messages of conversations that nobody closed for a year", got)
		}
		first, err := db.FirstChange(t.Context())
		if err != nil || first <= 1 || first > db.LastChange() {
			t.Errorf("FirstChange = %d, %v; the last one is %d", first, err, db.LastChange())
		}
		if lines, err := db.Changes(t.Context(), 0, 1); err != nil || len(lines) != 1 || lines[0].ID != first {
			t.Errorf("Changes from the beginning = %v, %v; want to begin at %d", lines, err, first)
		}
		if page, err := db.Messages(t.Context(), contactOf(t, db, newest), "", 10); err != nil || len(page.Items) != 0 {
			t.Errorf("Messages = %v, %v; want an empty page", page.Items, err)
		}
		noProblems(t, db)
	})
}

// TestTextsOfConversations: whoever still has to answer finds what was asked, for a year; what was closed goes in its time.
func TestTextsOfConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Generation: 4})
		defer closeChecked(t, db)
		day := 24 * time.Hour
		people := map[bots.ConversationState]bots.ID{}
		for chat, state := range map[string]bots.ConversationState{"1": bots.Open, "2": bots.Snoozed, "3": bots.Closed} {
			turn, err := db.Receive(t.Context(), wrote("e"+chat, chat, "when do you open?"), rules(), world())
			if err != nil {
				t.Fatal(err)
			}
			people[state] = turn.Contact.ID
			if _, err := db.PutConversation(t.Context(), turn.Contact.ID, func(c *bots.Conversation) ([]bots.Change, error) {
				c.State = state
				return nil, nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		texts := func(state bots.ConversationState) int {
			t.Helper()
			page, err := db.Messages(t.Context(), people[state], "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Items)
		}
		keep := Retention{Messages: 30 * day}
		for _, at := range []struct {
			after  time.Duration
			open   int
			closed int
		}{{29 * day, 1, 1}, {2 * day, 1, 0}, {330 * day, 1, 0}, {5 * day, 0, 0}} {
			time.Sleep(at.after)
			retain(t, db, keep)
			if o, s, c := texts(bots.Open), texts(bots.Snoozed), texts(bots.Closed); o != at.open || s != at.open || c != at.closed {
				t.Errorf("after %s more: open %d, snoozed %d, closed %d texts; want %d, %d, %d", at.after, o, s, c, at.open, at.open, at.closed)
			}
			noProblems(t, db)
		}
	})
}

// TestNamesOfDroppedMessages go when they have been of no use for a year.
func TestNamesOfDroppedMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Generation: 4})
		defer closeChecked(t, db)
		day := 24 * time.Hour
		for n := range 8 {
			accepted(t, db, fmt.Sprint(n))
		}
		names := func() (n int) {
			t.Helper()
			_, err := view(t.Context(), db, func(t *tx) (any, error) {
				list, _ := t.generations(tProvider)
				n = len(list.sealed)
				return nil, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		time.Sleep(40 * day)
		if err := db.PutSetting(t.Context(), "x", nil); err != nil { // a commit seals what is full
			t.Fatal(err)
		}
		keep := Retention{Messages: 30 * day, Deliveries: 30 * day}
		before := names()
		if got := retain(t, db, keep); before == 0 || got[KeptMessages] != 16 || names() != before {
			t.Fatalf("%d blocks of names, then dropped %v, and %d", before, got, names())
		}
		time.Sleep(330 * day)
		if retain(t, db, keep); names() != 0 {
			t.Errorf("after a year there are %d blocks of names; want none", names())
		}
		noProblems(t, db)
	})
}

// accepted is a message that went to a chat, and that its channel has given a name.
func accepted(t *testing.T, db *DB, chat string) {
	t.Helper()
	turn, err := db.Receive(t.Context(), wrote("e"+chat, chat, "hello"), rules(), world())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.PutConversation(t.Context(), turn.Contact.ID, func(c *bots.Conversation) ([]bots.Change, error) {
		c.State = bots.Closed
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	req := request("")
	req.To = bots.Ref{Kind: bots.Telegram, Value: chat}
	done := accept(t, db, req)
	to := bots.Address{Channel: bots.Telegram, ID: chat}
	a, err := db.Claim(t.Context(), &fallback.Intent{Delivery: done.ID, Out: bots.Outgoing{To: to, Text: "x"}}, rules(), world())
	if err != nil || a == nil {
		t.Fatalf("claim: %v, %v", a, err)
	}
	if err := db.Settle(t.Context(), a, fallback.Result{Receipt: bots.Receipt{Sender: "telegram", Chat: chat, ID: "p" + chat, Level: bots.Accepted}}, rules(), world()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Cancel(t.Context(), done.ID); err != nil {
		t.Fatal(err)
	}
}

// TestRetainWithARecordThatCannotBeRead says so, and drops what is of other kinds.
func TestRetainWithARecordThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		aged(t, db, 3, "first")
		if err := db.write(t.Context(), func(t *tx) error {
			t.set.put(tMessage, idKey(nil, 1), []byte{0xff})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(365 * 24 * time.Hour)
		dropped := map[string]int{}
		day := 24 * time.Hour
		err := db.Retain(t.Context(), Retention{Messages: 30 * day, Deliveries: 30 * day, Quarantine: 30 * day}, func(kind string, n int) { dropped[kind] += n })
		if _, corrupt := errors.AsType[*CorruptError](err); !corrupt {
			t.Errorf("Retain = %v; want the record named", err)
		}
		if dropped[KeptQuarantine] != 3 || dropped[KeptDeliveries] != 3 {
			t.Errorf("dropped %v; want what is of other kinds", dropped)
		}
		if err := db.write(t.Context(), func(t *tx) error { t.set.delete(tMessage, idKey(nil, 1)); return nil }); err != nil {
			t.Fatal(err)
		}
	})
}
