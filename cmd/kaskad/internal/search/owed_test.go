package search

import (
	"fmt"
	"testing"
	"time"

	"kaskad/bots"
)

// Of many texts that change at once letters are left in the index: nobody is found by them, it is noted, and they go when all is merged.
func TestLettersOfManyTextsAtOnceGoWithAMerge(t *testing.T) {
	s := newShop()
	r := &rig{t: t, shop: s}
	r.Index = New(Options{Dir: t.TempDir(), Store: s, Mark: "this one", Country: "UA"})
	r.careful, r.mergeApart = 0, 0
	var ids []bots.ID
	for i := range 5 * outAtOnce {
		ids = append(ids, s.add(bots.Contact{Name: fmt.Sprintf("xqzwvkj %d", i)}))
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	r.level()
	if !r.inFiles("xqz") {
		t.Fatal("the words are not there to begin with: the test looks at nothing")
	}
	for i, id := range ids {
		s.change(bots.Change{Type: "contact.updated", Contact: id}, func() { s.contacts[id] = &bots.Contact{ID: id, Name: fmt.Sprintf("Інша %d", i)} })
	}
	r.level()
	if got := r.names("xqzwvkj"); len(got) != 0 {
		t.Errorf("an old name finds %q", got)
	}
	if got := r.names("інша 39"); len(got) != 1 {
		t.Errorf("a new name finds %q", got)
	}
	for _, part := range []string{"xqzwvkj", "qzw", "zwv", "wvk", "vkj"} {
		r.until(part+" is gone from the files", func() bool { return !r.inFiles(part) })
	}
	r.until("nothing is owed", func() bool { owed, _ := r.debt(); return owed == 0 })
	if _, merged := r.debt(); time.Since(merged) > time.Hour {
		t.Errorf("it was merged at %s", merged)
	}
}

func (r *rig) debt() (owed int64, merged time.Time) {
	r.t.Helper()
	var at int64
	const get = "SELECT coalesce((SELECT value FROM meta WHERE name = 'owed'), 0), coalesce((SELECT value FROM meta WHERE name = 'merged'), 0)"
	if err := r.file.Load().read.QueryRow(get).Scan(&owed, &at); err != nil {
		r.t.Fatal(err)
	}
	return owed, time.Unix(at, 0)
}

// What is owed is remembered over a restart, and all is merged once a day at most.
func TestAMergeWaitsForItsDay(t *testing.T) {
	f, err := openFile(t.Context(), t.TempDir()+"/search.db", origin{mark: "mark"})
	must(t, err)
	defer f.close()
	k := &keeper{x: New(Options{}), f: f}
	round := func(from int) *batch {
		b := &batch{at: 1}
		for i := range 2 * outAtOnce {
			b.people = append(b.people, text{id: bots.ID(i + 1), text: fmt.Sprint("слово ", from+i)})
		}
		return b
	}
	for _, s := range []struct {
		what   string
		from   int
		merged time.Duration // ago; 0: never
		owed   int64         // after the steps
	}{
		{"nothing went", 0, 0, 0},
		{"some went and never was anything merged", 100, 0, 0},
		{"some went an hour after a merge", 200, time.Hour, 1},
		{"more went, and a day is over", 300, 25 * time.Hour, 0},
		{"the clock went back by years since the merge", 400, -50_000 * time.Hour, 0},
	} {
		_, err := f.apply(t.Context(), round(s.from), 0)
		must(t, err)
		if s.merged != 0 {
			_, err := f.conn.ExecContext(t.Context(), "UPDATE meta SET value = ? WHERE name = 'merged'", time.Now().Add(-s.merged).Unix())
			must(t, err)
		}
		for range 20 {
			must(t, k.settle(t.Context()))
		}
		if owed, _, err := f.debt(t.Context()); err != nil || owed != s.owed {
			t.Errorf("%s: %d owed, %v, want %d", s.what, owed, err, s.owed)
		}
	}
}

// What goes while everything is merged is owed still.
func TestWhatGoesDuringAMergeIsOwed(t *testing.T) {
	f, err := openFile(t.Context(), t.TempDir()+"/search.db", origin{mark: "mark"})
	must(t, err)
	defer f.close()
	must(t, run(t.Context(), step{f.statements.owe, nil}, step{f.statements.owe, nil}))
	must(t, f.settled(t.Context(), 1))
	if owed, merged, err := f.debt(t.Context()); err != nil || owed != 1 || time.Since(merged) > time.Hour {
		t.Errorf("%d owed, merged %s, %v", owed, merged, err)
	}
}
