package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// allOf reads a list page by page.
func allOf(t *testing.T, db *DB, f Filter, limit int) []bots.ID {
	t.Helper()
	var ids []bots.ID
	for cursor := ""; ; {
		page, err := db.List(t.Context(), f, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if cursor = page.Next; cursor == "" {
			return ids
		}
	}
}

// TestList compares every filter with picking from everything.
func TestList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Generation: 8})
		var all []*fallback.Delivery
		began := now()
		for i := range 60 {
			req := request(fmt.Sprintf("+38050111220%d", i%4))
			req.Text = fmt.Sprint(i)
			req.Metadata = map[string]string{"order": fmt.Sprint(i % 5), "shop": "kyiv"}
			if i%6 == 0 {
				req.SendAt = now().Add(time.Hour)
			}
			a := accept(t, db, req)
			if i%3 == 0 {
				if _, err := db.Cancel(t.Context(), a.ID); err != nil {
					t.Fatal(err)
				}
			}
			d, err := db.Delivery(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
			time.Sleep(time.Second)
		}
		slices.Reverse(all)
		cancelled, queued, done := fallback.Cancelled, fallback.Queued, fallback.Done
		for name, f := range map[string]Filter{
			"everything":            {},
			"a contact":             {Contact: all[0].Contact},
			"a contact, since":      {Contact: all[0].Contact, Since: began.Add(30 * time.Second)},
			"since":                 {Since: began.Add(30 * time.Second)},
			"metadata":              {Metadata: map[string]string{"order": "3"}},
			"two of metadata":       {Metadata: map[string]string{"order": "3", "shop": "kyiv"}},
			"metadata of nobody":    {Metadata: map[string]string{"order": "33"}},
			"a final state":         {State: &cancelled},
			"an open state":         {State: &queued},
			"a state nobody has":    {State: &done},
			"a contact and a state": {Contact: all[0].Contact, State: &queued},
			"all at once":           {Contact: all[0].Contact, State: &queued, Since: began.Add(10 * time.Second), Metadata: map[string]string{"shop": "kyiv"}},
		} {
			var want []bots.ID
			for _, d := range all {
				if f.matches(d) {
					want = append(want, d.ID)
				}
			}
			for _, limit := range []int{1, 7, 1000} {
				if got := allOf(t, db, f, limit); !slices.Equal(got, want) {
					t.Errorf("%s, by %d: %v; want %v", name, limit, got, want)
				}
			}
		}
		if _, err := db.List(t.Context(), Filter{Contact: all[0].Contact}, "!", 1); !errors.Is(err, ErrCursor) {
			t.Errorf("List with a wrong cursor = %v; want ErrCursor", err)
		}
		if _, err := db.List(t.Context(), Filter{Contact: all[0].Contact}, "AAAAAAAAAAA", 1); !errors.Is(err, ErrCursor) {
			t.Errorf("List with a cursor of nothing = %v; want ErrCursor", err)
		}
	})
}

func TestListReadsBoundedRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := fill(dir, 10, maxRows+100); err != nil {
		t.Fatal(err)
	}
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	page, err := db.List(t.Context(), Filter{Metadata: nil, Since: now().Add(-1000 * time.Hour), State: nil, Contact: 0}, "", 10)
	if err != nil || len(page.Items) != 10 || page.Next == "" {
		t.Fatalf("List = %d, %q, %v", len(page.Items), page.Next, err)
	}
	var f Filter
	f.Since = now() // nothing is as new, and ids tell so at once
	if page, err = db.List(t.Context(), f, "", 10); err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Errorf("List since now = %d, %q, %v", len(page.Items), page.Next, err)
	}
	done := fallback.Done
	f = Filter{State: &done, Metadata: map[string]string{}, Contact: 0, Since: now()}
	if page, err = db.List(t.Context(), f, "", 10); err != nil || len(page.Items) != 0 || page.Next == "" {
		t.Errorf("List of what does not match = %d, %q, %v; want an empty page with a next one", len(page.Items), page.Next, err)
	}
	if page, err = db.List(t.Context(), f, page.Next, 10); err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Errorf("the next page = %d, %q, %v; want the end", len(page.Items), page.Next, err)
	}
}

func TestMessagesByPages(t *testing.T) {
	t.Parallel()
	db := open(t, Options{Generation: 4})
	var contact bots.ID
	var want []bots.ID
	for i := range 30 {
		turn, err := db.Receive(t.Context(), wrote(fmt.Sprint("e", i), "42", fmt.Sprint(i)), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Receive(t.Context(), wrote(fmt.Sprint("other ", i), fmt.Sprint(i+100), "x"), rules(), world()); err != nil {
			t.Fatal(err)
		}
		contact, want = turn.Contact.ID, append(want, turn.Message.ID)
	}
	for _, limit := range []int{1, 4, 7, 30, 100} {
		for name, read := range map[string]func(string) (Page[MessageLine], error){
			"oldest first": func(c string) (Page[MessageLine], error) { return db.Messages(t.Context(), contact, c, limit) },
			"newest first": func(c string) (Page[MessageLine], error) { return db.LastMessages(t.Context(), contact, c, limit) },
		} {
			var got []bots.ID
			for cursor := ""; ; {
				page, err := read(cursor)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range page.Items {
					got = append(got, m.ID)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			if name == "newest first" {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s by %d: %v; want %v", name, limit, got, want)
			}
		}
	}
}

func TestChanges(t *testing.T) {
	db := open(t, Options{})
	news := db.Changed()
	for i := range 300 {
		if err := db.write(t.Context(), func(tx *tx) error {
			for n := range i % 7 {
				tx.Change(bots.Change{Type: "contact.updated", At: tx.now, Leg: n, Reason: fmt.Sprint(i, " ", n, " ", string(make([]byte, i)))})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-news:
	default:
		t.Error("nobody was told of new changes")
	}
	all, err := db.Changes(t.Context(), 0, 1<<20)
	if err != nil || uint64(len(all)) != db.LastChange() || len(all) < 800 {
		t.Fatalf("Changes = %d, %v; the last is %d", len(all), err, db.LastChange())
	}
	for i := range all {
		if all[i].ID != uint64(i+1) {
			t.Fatalf("change %d has number %d", i+1, all[i].ID)
		}
	}
	for _, after := range []uint64{0, 1, 2, 3, 100, 101, 102, 103, db.LastChange() - 1, db.LastChange(), db.LastChange() + 5} {
		for _, limit := range []int{1, 2, 50} {
			got, err := db.Changes(t.Context(), after, limit)
			from := min(after, db.LastChange())
			want := all[from:min(from+uint64(limit), db.LastChange())]
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("Changes(%d, %d) = %d lines, %v; want %d", after, limit, len(got), err, len(want))
			}
		}
	}
	if n, err := db.Cursor(t.Context(), "webhooks"); n != 0 || err != nil {
		t.Errorf("Cursor = %d, %v; want 0", n, err)
	}
	if err := db.PutCursor(t.Context(), "webhooks", 7); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Cursor(t.Context(), "webhooks"); n != 7 || err != nil {
		t.Errorf("Cursor = %d, %v; want 7", n, err)
	}
}

// TestManyLinesInOneCommit: entries of the outbox are full when many operations share a commit.
func TestManyLinesInOneCommit(t *testing.T) {
	db := open(t, Options{})
	var run []func(*tx) error
	for i := range 300 {
		run = append(run, func(tx *tx) error {
			tx.Change(bots.Change{Type: "contact.updated", Reason: fmt.Sprint(i)})
			tx.Change(bots.Change{Type: "contact.linked", Reason: fmt.Sprint(i)})
			return nil
		})
	}
	together(t, db, run...)
	all, err := db.Changes(t.Context(), 0, 1000)
	if err != nil || len(all) != 600 {
		t.Fatalf("Changes = %d, %v; want 600", len(all), err)
	}
	for i := 0; i < len(all); i += 2 {
		if all[i].Reason != all[i+1].Reason {
			t.Fatalf("lines %d and %d are of different operations", all[i].ID, all[i+1].ID)
		}
	}
	entries := 0
	_, _ = view(t.Context(), db, func(tx *tx) (int, error) {
		eachKey(tx.bucket(tChange), func() bool { return false }, func(_, _ []byte) { entries++ })
		return 0, nil
	})
	if entries > 20 {
		t.Errorf("600 lines take %d entries", entries)
	}
}
