package store

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// holdSealing lets full generations of a table wait, until the test says so.
func holdSealing(t *testing.T, db *DB, of table) (release func()) {
	t.Helper()
	g := &db.gens[of]
	onWriter(t, db, func() { g.building = true })
	return func() {
		t.Helper()
		onWriter(t, db, func() { g.building = false; g.build(of, db.opt.Generation) })
	}
}

// putKeys writes keys from..to-1, in one commit; each says the number of its round too.
func putKeys(t *testing.T, db *DB, from, to, round int) {
	t.Helper()
	err := db.write(t.Context(), func(tx *tx) error {
		for i := from; i < to; i++ {
			tx.PutKey(fmt.Sprint("key ", i), fallback.KeyUse{Delivery: bots.ID(i + 1), Body: uint64(round)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hasKeys looks for keys 0..n-1, and for one that is not there.
func hasKeys(t *testing.T, tx *tx, n, round int) {
	t.Helper()
	for i := range n {
		if use, ok := tx.Key(fmt.Sprint("key ", i)); !ok || use.Delivery != bots.ID(i+1) || use.Body != uint64(round) {
			t.Errorf("Key(%d) = %+v, %v; want that of round %d", i, use, ok, round)
		}
	}
	if _, ok := tx.Key("none such"); ok {
		t.Error("a key is there that nobody put")
	}
}

func lookForKeys(t *testing.T, db *DB, n, round int) {
	t.Helper()
	_, err := view(t.Context(), db, func(tx *tx) (int, error) { hasKeys(t, tx, n, round); return 0, nil })
	if err != nil {
		t.Error(err)
	}
}

// keyLists are how many generations of keys are sealed, and how many wait for it.
func keyLists(db *DB) (sealed, full int) {
	list := db.gens[tKey].list.Load()
	return len(list.sealed), len(list.memory) - 1
}

// TestACrashBetweenTheStepsOfSealing opens the file as it lies on disk after each step; nothing may be lost, and sealing goes on
// from there.
func TestACrashBetweenTheStepsOfSealing(t *testing.T) {
	db := open(t, Options{Generation: 4, boltOpts: func(o *bolt.Options) { o.InitialMmapSize = 0 }})
	after := func(step string, round, sealed, full int) {
		t.Helper()
		if s, f := keyLists(db); s != sealed || f != full {
			t.Errorf("%s: %d are sealed and %d wait; want %d and %d", step, s, f, sealed, full)
		}
		lookForKeys(t, db, 6, round)
		noProblems(t, db)
		crashed := openAt(t, crashCopy(t, db), Options{Generation: 4})
		if s, f := keyLists(crashed); s != sealed || f != full {
			t.Errorf("%s, after a crash: %d are sealed and %d wait; want %d and %d", step, s, f, sealed, full)
		}
		lookForKeys(t, crashed, 6, round)
		noProblems(t, crashed)
		sealAll(t, crashed)
		if s, f := keyLists(crashed); s != sealed+full || f != 0 {
			t.Errorf("%s, after a crash: %d are sealed in the end and %d wait; want all %d", step, s, f, sealed+full)
		}
		lookForKeys(t, crashed, 6, round)
		putKeys(t, crashed, 0, 6, 99)
		lookForKeys(t, crashed, 6, 99)
		closeChecked(t, crashed)
	}
	release := holdSealing(t, db, tKey)
	putKeys(t, db, 0, 3, 1)
	putKeys(t, db, 3, 6, 1)
	after("one is full", 1, 0, 1)
	putKeys(t, db, 0, 6, 2)
	putKeys(t, db, 0, 6, 3)
	after("three are full", 3, 0, 3)
	release()
	for db.gens[tKey].built.Load() == nil {
		runtime.Gosched() // it is being sorted
	}
	after("the oldest is sorted", 3, 0, 3)
	onWriter(t, db, func() { db.bolt.MaxSize = 1 })
	if err := db.PutSetting(t.Context(), "a", make([]byte, 1<<20)); !errors.Is(err, ErrFull) {
		t.Fatalf("PutSetting = %v; want ErrFull", err)
	}
	after("the disk was full when it was to be sealed", 3, 0, 3)
	onWriter(t, db, func() { db.bolt.MaxSize = 0 })
	if err := db.PutSetting(t.Context(), "a", nil); err != nil {
		t.Fatal(err)
	}
	if s, f := keyLists(db); s != 1 || f != 2 {
		t.Errorf("after one more commit %d are sealed and %d wait; want 1 and 2", s, f)
	}
	sealAll(t, db)
	after("all are sealed", 3, 3, 0)
}

// TestReadersWhileGenerationsAreSealed: whoever began to read before a step sees what was there then, through all that follow.
func TestReadersWhileGenerationsAreSealed(t *testing.T) {
	db := open(t, Options{Generation: 4})
	var views []*tx
	look := func() {
		for i, tx := range views {
			hasKeys(t, tx, 6, i+1)
		}
	}
	round := func() {
		putKeys(t, db, 0, 6, len(views)+1)
		tx, err := db.begin()
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, tx)
		look()
	}
	release := holdSealing(t, db, tKey)
	for range 3 {
		round()
	}
	release()
	sealAll(t, db)
	look()
	round()
	for _, tx := range views {
		tx.close()
	}
}

// TestPagesWhileGenerationsAreSealed: a list goes on where its last page ended, although what was in memory then has been sealed.
func TestPagesWhileGenerationsAreSealed(t *testing.T) {
	for name, newestFirst := range map[string]bool{"oldest first": false, "newest first": true} {
		t.Run(name, func(t *testing.T) {
			db := open(t, Options{Generation: 4})
			release := holdSealing(t, db, tTalk)
			var want []bots.ID
			var contact bots.ID
			for i := range 30 {
				turn, err := db.Receive(t.Context(), wrote(fmt.Sprint("e", i), "42", fmt.Sprint(i)), rules(), world())
				if err != nil {
					t.Fatal(err)
				}
				contact, want = turn.Contact.ID, append(want, turn.Message.ID)
			}
			read := db.Messages
			if newestFirst {
				read = db.LastMessages
				slices.Reverse(want)
			}
			var got []bots.ID
			for n, cursor := 0, ""; n == 0 || cursor != ""; n++ {
				page, err := read(t.Context(), contact, cursor, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range page.Items {
					got = append(got, m.ID)
				}
				if cursor = page.Next; n == 3 {
					release()
				}
				if err := db.PutSetting(t.Context(), "any", nil); err != nil { // seals what is ready
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v; want %v", got, want)
			}
		})
	}
}

// TestAWrongClockDoesNotKeepGenerationsForEver: entries of a time when the clock was ahead say that they are of the future; what
// came after them tells how old they are at least.
func TestAWrongClockDoesNotKeepGenerationsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db := openAt(t, dir, Options{Generation: 4})
		putKeys(t, db, 0, 4, 1)
		sealAll(t, db)
		closeChecked(t, db)
		damage(t, dir, func(btx *bolt.Tx) error {
			b, key := btx.Bucket(genBucket), genKey(tKey, 1)
			g, err := decodeGeneration(b.Get(key))
			g.last = g.last.Add(10 * 365 * 24 * time.Hour)
			return errors.Join(err, b.Put(key, encodeGeneration(nil, &g)))
		})
		db = openAt(t, dir, Options{Generation: 4})
		for day := range 40 {
			time.Sleep(24 * time.Hour)
			putKeys(t, db, 4*day, 4*day+4, 1)
			sealAll(t, db)
			if _, ok := keyUse(t, db, fmt.Sprint("key ", max(4*(day-6), 0))); !ok {
				t.Errorf("a key of six days is forgotten on day %d", day)
			}
		}
		if sealed, _ := keyLists(db); sealed > 10 {
			t.Errorf("%d generations are kept of seven days; want at most 10", sealed)
		}
	})
}
