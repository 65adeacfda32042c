package store

import (
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
		time.Sleep(365 * 24 * time.Hour)
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
		time.Sleep(365 * 24 * time.Hour)
		if got = retain(t, db, Retention{Messages: 30 * day}); got[KeptMessages] != 80 || got[KeptLinks] != 40 {
			t.Errorf("dropped %v; want the links, and all messages of conversations in which nobody wrote for a year", got)
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
