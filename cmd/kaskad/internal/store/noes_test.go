package store

import (
	"fmt"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

// mail is a name that no index is read for: only the kept noes are.
func mail(n int) string { return fmt.Sprintf("p%d@example.com", n) }

// mailed is a change as an import makes it, of somebody with an e-mail address.
func mailed(n, address int) contacts.Put {
	put := told("new", card(n))
	named := put.Change
	put.Change = func(c *bots.Contact) error {
		c.Email = mail(address)
		return named(c)
	}
	return put
}

// refusing is a person who said no to marketing, and is erased then.
func refusing(t *testing.T, db *DB, n int) (erase func()) {
	t.Helper()
	at := now()
	c, _, err := db.PutContact(t.Context(), card(n), func(c *bots.Contact) error {
		c.Email, c.Marketing = mail(n), bots.Consent{State: bots.Denied, At: at, Source: "form", ByPerson: true}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := db.Erase(t.Context(), c.ID, "crm", "", Record{}); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = db.EraseSome(t.Context(), c.ID, rules(), world()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Whoever comes with a name of somebody who refused and was erased has that no: also an import that was prepared before the erase, and is
// written after it. In the first case it was certain then that the store kept nobody's no.
func TestANoIsHeardByAnImportThatWasPreparedBeforeIt(t *testing.T) {
	for name, tc := range map[string]struct{ before, between []int }{
		"the store's first no comes between": {nil, []int{1}},
		"another no stood before":            {[]int{2}, []int{1}},
		"it stood before":                    {[]int{1}, nil},
		"and others come between":            {[]int{1}, []int{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, Options{})
			erase := map[int]func(){}
			for _, n := range append(tc.before, tc.between...) {
				erase[n] = refusing(t, db, n)
			}
			for _, n := range tc.before {
				erase[n]()
			}
			put, done := mailed(100, 1), contacts.Done{}
			o := db.newOp(func(t *tx) (err error) {
				done, err = t.putOne(&put)
				return err
			})
			if !db.prepare(o) {
				t.Fatalf("it has nothing to write: %v", o.err)
			}
			for _, n := range tc.between {
				erase[n]()
			}
			db.queue <- o
			if err := db.wait(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			heard := func(c *bots.Contact, when string) {
				t.Helper()
				if c.Marketing.State != bots.Denied || c.Marketing.Source != "erased" {
					t.Errorf("%s the new contact's marketing is %+v", when, c.Marketing)
				}
			}
			heard(done.Contact, "as it was answered")
			closeChecked(t, db)
			db = openAt(t, dir, Options{})
			all := db.PutContacts(t.Context(), []contacts.Put{mailed(101, 1), mailed(102, 77)})
			heard(all[0].Contact, "after the store was opened anew")
			if c := all[1].Contact; c.Marketing.State != bots.Unknown {
				t.Errorf("somebody with other names has %+v", c.Marketing)
			}
		})
	}
}
