package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// TestContacts compares every filter and size of a page with picking from everybody.
func TestContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		began := now()
		var all []*bots.Contact
		for i := range 25 {
			c, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprint("C-", i)}, func(c *bots.Contact) error {
				c.Phone, c.PhoneClaimed = fmt.Sprintf("+38050111220%d", i%3), i == 8
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
			time.Sleep(time.Second)
		}
		slices.Reverse(all)
		for name, c := range map[string]struct {
			f    ContactFilter
			fits func(*bots.Contact) bool
		}{
			"everybody":                     {ContactFilter{}, func(*bots.Contact) bool { return true }},
			"made since":                    {ContactFilter{Since: began.Add(10 * time.Second)}, func(c *bots.Contact) bool { return !c.Created.Before(began.Add(10 * time.Second)) }},
			"one phone, also who claims it": {ContactFilter{Phone: "+380501112202"}, func(c *bots.Contact) bool { return c.Phone == "+380501112202" }},
			"one phone since": {ContactFilter{Phone: "+380501112201", Since: began.Add(9 * time.Second)}, func(c *bots.Contact) bool {
				return c.Phone == "+380501112201" && !c.Created.Before(began.Add(9*time.Second))
			}},
			"a phone that nobody has":         {ContactFilter{Phone: "+380509999999"}, func(*bots.Contact) bool { return false }},
			"a time in which nobody was made": {ContactFilter{Since: now().Add(time.Hour)}, func(*bots.Contact) bool { return false }},
			"a time before all times of ours": {ContactFilter{Since: time.Unix(-1, 0)}, func(*bots.Contact) bool { return true }},
		} {
			var want []bots.ID
			for _, one := range all {
				if c.fits(one) {
					want = append(want, one.ID)
				}
			}
			for _, limit := range []int{1, 4, 1000} {
				if got := peopleOf(t, db, c.f, limit); !slices.Equal(got, want) {
					t.Errorf("%s by %d: %v; want %v", name, limit, got, want)
				}
			}
		}
	})
}

// TestContactsEndAtSince reads no further than the time that was asked for, in a store of test keys, too: its ids are higher.
func TestContactsEndAtSince(t *testing.T) {
	for name, test := range map[string]bool{"the real side": false, "the test side": true} {
		t.Run(name, func(t *testing.T) {
			db := open(t, Options{Test: test})
			var made time.Time
			err := db.write(t.Context(), func(tx *tx) error {
				for range maxRows {
					c := &bots.Contact{ID: tx.NewID(), Created: tx.Now()}
					made = c.Created
					tx.PutContact(c)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			page, err := db.Contacts(t.Context(), ContactFilter{Since: made.Add(time.Hour)}, "", 10)
			if err != nil || len(page.Items) > 0 || page.Next != "" {
				t.Errorf("made in an hour: %d, next %q, %v; want nobody, and nothing next", len(page.Items), page.Next, err)
			}
			page, err = db.Contacts(t.Context(), ContactFilter{Since: made.Add(-time.Hour)}, "", 10)
			if err != nil || len(page.Items) != 10 || page.Next == "" {
				t.Errorf("made in the last hour: %d, next %q, %v; want a page, and a next one", len(page.Items), page.Next, err)
			}
		})
	}
}

// peopleOf reads the list page by page.
func peopleOf(t *testing.T, db *DB, f ContactFilter, limit int) (ids []bots.ID) {
	t.Helper()
	for cursor := ""; ; {
		page, err := db.Contacts(t.Context(), f, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		if cursor = page.Next; cursor == "" {
			return ids
		}
	}
}

func TestContactsRefusesCursorsOfOtherLists(t *testing.T) {
	db := open(t, Options{})
	for _, cursor := range []string{"!", "AA", "AAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := db.Contacts(t.Context(), ContactFilter{}, cursor, 10); !errors.Is(err, ErrCursor) {
			t.Errorf("cursor %q: %v; want ErrCursor", cursor, err)
		}
	}
}
