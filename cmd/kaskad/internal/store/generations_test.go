package store

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

func TestFilterHidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		group := newFilterGroup(filterSize(16))
		var all [][]uint64
		for range rapid.IntRange(1, groupSize).Draw(t, "generations") {
			hashes := rapid.SliceOfN(rapid.Uint64(), 0, 16).Draw(t, "hashes")
			filter := newFilter(hashes, 16)
			for _, h := range hashes {
				if !inFilter(filter, h) {
					t.Fatalf("the filter hides %x", h)
				}
			}
			group.add(filter)
			all = append(all, hashes)
		}
		for col, hashes := range all {
			for _, h := range hashes {
				if group.match(h)&(1<<col) == 0 {
					t.Fatalf("the group hides %x of generation %d", h, col)
				}
			}
		}
	})
}

func TestFilterExcludesMost(t *testing.T) {
	var hashes []uint64
	for i := range 8192 {
		hashes = append(hashes, tKey.hash([]byte(fmt.Sprint("in ", i))))
	}
	filter, wrong := newFilter(hashes, 8192), 0
	for i := range 100_000 {
		if inFilter(filter, tKey.hash([]byte(fmt.Sprint("out ", i)))) {
			wrong++
		}
	}
	if wrong > 300 {
		t.Errorf("%d of 100000 names that are not there pass the filter; want at most 300", wrong)
	}
}

// TestCandidates compares the quick walk over filters with looking into each of them.
func TestCandidates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g genTable
		list := &genList{}
		var filters [][]byte
		for i := range rapid.IntRange(0, 3*groupSize).Draw(t, "sealed") {
			filter := newFilter(rapid.SliceOfN(rapid.Uint64Range(0, 8), 0, 3).Draw(t, "hashes"), 16)
			if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
				filter = nil
			}
			s := &sealed{generation: generation{no: uint64(i + 1)}}
			g.adopt(s, filter)
			list.sealed, filters = append(list.sealed, s), append(filters, filter)
		}
		dropped := rapid.IntRange(0, len(filters)).Draw(t, "dropped")
		list.sealed, filters = list.sealed[dropped:], filters[dropped:]
		for h := range uint64(9) {
			var got []uint64
			list.candidates(h, func(no uint64) bool { got = append(got, no); return true })
			var want []uint64
			for i := len(filters) - 1; i >= 0; i-- {
				if filters[i] == nil || inFilter(filters[i], h) {
					want = append(want, list.sealed[i].no)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("candidates of %d: %v; want %v", h, got, want)
			}
		}
	})
}

// TestManyGenerations: what is in hundreds of sealed generations is found, newest first, now and after a restart.
func TestManyGenerations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openAt(t, dir, Options{Generation: 4})
	const n = 600
	for from := 0; from < n; from += 5 {
		err := db.write(t.Context(), func(tx *tx) error {
			for i := from; i < from+5; i++ {
				tx.PutKey(fmt.Sprint("key ", i), fallback.KeyUse{Delivery: bots.ID(i + 1)})
				tx.PutProvider(fallback.ProviderKey{Sender: "s", ID: fmt.Sprint(i % 100)}, bots.ID(i+1))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look := func(db *DB) {
		t.Helper()
		_, err := view(t.Context(), db, func(tx *tx) (int, error) {
			for i := range n {
				if use, ok := tx.Key(fmt.Sprint("key ", i)); !ok || use.Delivery != bots.ID(i+1) {
					t.Errorf("Key(%d) = %v, %v", i, use, ok)
				}
				if _, ok := tx.Key(fmt.Sprint("no key ", i)); ok {
					t.Errorf("Key(no key %d) is there", i)
				}
			}
			for i := range 100 {
				if id := tx.ByProvider(fallback.ProviderKey{Sender: "s", ID: fmt.Sprint(i)}); id != bots.ID(500+i+1) {
					t.Errorf("ByProvider(%d) = %d; want the newest, %d", i, id, 500+i+1)
				}
			}
			return 0, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	look(db)
	sealAll(t, db)
	look(db)
	if sealed := len(db.gens[tKey].list.Load().sealed); sealed != n/5 {
		t.Errorf("%d generations are sealed; want %d", sealed, n/5)
	}
	makeMessages(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, dir, Options{Generation: 4})
	if sealed := len(db.gens[tProvider].list.Load().sealed); sealed != n/5 {
		t.Errorf("%d generations are sealed after a restart; want %d", sealed, n/5)
	}
}

// sealAll commits until no full generation waits to be sealed.
func sealAll(t *testing.T, db *DB) {
	t.Helper()
	for waiting(db) > 0 {
		if err := db.PutSetting(t.Context(), "any", nil); err != nil {
			t.Fatal(err)
		}
	}
}

// waiting is how many generations are full and not sealed.
func waiting(db *DB) (n int) {
	for t := range tables {
		if layouts[t].generations {
			n += len(db.gens[t].list.Load().memory) - 1
		}
	}
	return n
}

// makeMessages makes the messages that the provider ids mean, so that the check at the end has nothing to say.
func makeMessages(t *testing.T, db *DB) {
	t.Helper()
	err := db.write(t.Context(), func(tx *tx) error {
		for i := range 600 {
			tx.PutMessage(&bots.Message{ID: bots.ID(i + 1), Seq: 1})
			tx.NewID()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsKeptForAWhileIsDroppedWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{Generation: 4})
		ctx := t.Context()
		day := func(n int) {
			err := db.write(ctx, func(tx *tx) error {
				tx.PutKey(fmt.Sprint("key ", n), fallback.KeyUse{Delivery: bots.ID(n)})
				tx.MarkSeen(fmt.Sprint("event ", n))
				tx.PutOrphan(fallback.Orphan{Key: fallback.ProviderKey{Sender: "s", ID: "1"}, Chat: bots.Address{Channel: "sms", ID: "1"}, At: tx.now})
				tx.Count(7, tx.now)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for n := range 40 {
			day(n)
			time.Sleep(24 * time.Hour)
		}
		_, _ = view(ctx, db, func(tx *tx) (int, error) {
			for n := range 40 {
				age := time.Duration(40-n) * 24 * time.Hour
				if _, ok := tx.Key(fmt.Sprint("key ", n)); ok != (age < keyLife) {
					t.Errorf("a key of %v ago is there: %v", age, ok)
				}
				if seen := tx.Seen(fmt.Sprint("event ", n)); !seen && age <= seenLife {
					t.Errorf("an event of %v ago is forgotten", age)
				}
			}
			if got := len(tx.Orphans(fallback.ProviderKey{Sender: "s", ID: "1"})); got != 1 {
				t.Errorf("%d orphans are left of 48 hours; want 1", got)
			}
			if got := len(tx.Counted(7, tx.now.Add(-countLife))); got != 8 {
				t.Errorf("%d deliveries are counted of eight days; want 8", got)
			}
			return 0, nil
		})
		for _, kept := range []table{tKey, tSeen, tOrphan, tCount} {
			if n := len(db.gens[kept].list.Load().sealed); n > 8 {
				t.Errorf("%s has %d sealed generations", kept, n)
			}
		}
	})
}

// TestFiltersAreReadThroughTheView: bbolt may be asked for no second transaction by someone who has one: a writer that maps
// more of the file, or a Close, waits for the first and lets nobody begin another.
func TestFiltersAreReadThroughTheView(t *testing.T) {
	dir := t.TempDir()
	put := func(db *DB, from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			err := db.write(t.Context(), func(tx *tx) error {
				for n := range 4 {
					tx.PutKey(fmt.Sprint("key ", i, " ", n), fallback.KeyUse{Delivery: 1})
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		sealAll(t, db)
	}
	db := openAt(t, dir, Options{Generation: 4})
	put(db, 0, 10)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, dir, Options{Generation: 4})
	_, err := view(t.Context(), db, func(old *tx) (int, error) {
		put(db, 10, 20) // sealed after the view began, before the filters are read
		before := db.bolt.Stats().TxN
		for i := range 20 {
			if _, ok := old.Key(fmt.Sprint("key ", i, " 1")); ok != (i < 10) {
				t.Errorf("the view has key %d: %v", i, ok)
			}
		}
		if n := db.bolt.Stats().TxN - before; n != 0 {
			t.Errorf("%d transactions were begun under the view; want none", n)
		}
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range db.gens[tKey].list.Load().sealed {
		c := g.filter.Load()
		if c == nil {
			t.Fatalf("generation %d has no filter", g.no)
		}
		if c.group.match(tKey.hash([]byte("none such")))>>c.col&1 != 0 {
			t.Errorf("the filter of generation %d lets everything through", g.no)
		}
	}
}
