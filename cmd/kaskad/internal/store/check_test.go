package store

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// whole makes a store in which every kind of record is there, and returns a delivery that waits, one that has ended and the
// message of the first.
func wholeStore(t *testing.T, db *DB) (open, ended, message bots.ID) {
	t.Helper()
	ctx := t.Context()
	for i, e := range []bots.Event{wrote("e1", "42", "hello"), wrote("e2", "43", "hello")} {
		if _, err := db.Receive(ctx, e, rules(), world()); err != nil {
			t.Fatal(i, err)
		}
	}
	req := request("")
	req.To, req.Metadata, req.Key = bots.Ref{Kind: bots.Telegram, Value: "42"}, map[string]string{"order": "7"}, "key"
	ended = accept(t, db, req).ID
	send(t, db, ended, "1")
	if _, err := db.Cancel(ctx, ended); err != nil {
		t.Fatal(err)
	}
	req.Key = ""
	open = accept(t, db, req).ID
	message = send(t, db, open, "2").Message
	_, err := db.MakeLink(ctx, 0, bots.Telegram, "", now())
	if err == nil {
		t.Error("MakeLink for nobody gives no error")
	}
	d, err := db.Delivery(ctx, open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.MakeLink(ctx, d.Contact, bots.Telegram, "", now()); err != nil {
		t.Fatal(err)
	}
	sealAll(t, db)
	return open, ended, message
}

// send takes a delivery's current leg over Telegram; the channel accepts it.
func send(t *testing.T, db *DB, id bots.ID, provider string) *fallback.Attempt {
	t.Helper()
	have, err := db.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	place, _ := have.Contact.At(bots.Telegram)
	out := bots.Outgoing{To: place.Address, Text: "120 bonus points"}
	a, err := db.Claim(t.Context(), &fallback.Intent{Delivery: id, Leg: have.Delivery.Leg, Out: out}, rules(), world())
	if err != nil || a == nil {
		t.Fatalf("Claim = %v, %v", a, err)
	}
	res := fallback.Result{Receipt: bots.Receipt{Sender: "telegram", ID: provider, Level: bots.Accepted}}
	if err := db.Settle(t.Context(), a, res, rules(), world()); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCheckFindsDamage breaks a whole file by hand, each time in one place, and looks what Check says.
func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	var waits, ended, message bots.ID
	bucket := func(btx *bolt.Tx, t table) *bolt.Bucket { return btx.Bucket([]byte(layouts[t].bucket)) }
	first := func(b *bolt.Bucket) []byte { k, _ := b.Cursor().First(); return k }
	drop := func(of table) func(*bolt.Tx) error {
		return func(btx *bolt.Tx) error {
			b := bucket(btx, of)
			if layouts[of].generations {
				return edit(b, of, func(list []entry) []entry { return list[1:] })
			}
			return b.Delete(first(b))
		}
	}
	garble := func(of table) func(*bolt.Tx) error {
		return func(btx *bolt.Tx) error { b := bucket(btx, of); return b.Put(first(b), []byte{0xff, 0xff, 0xff}) }
	}
	tests := map[string]struct {
		harm func(btx *bolt.Tx) error
		want string
	}{
		"an open delivery has no due entry": {func(btx *bolt.Tx) error {
			b := bucket(btx, tDue)
			c := b.Cursor()
			for k, _ := c.First(); k != nil; k, _ = c.Next() {
				if strings.HasPrefix(string(k), "wait/") {
					_ = b.Delete(k)
				}
			}
			return nil
		}, "has no entry in lane"},
		"a due entry names no delivery": {func(btx *bolt.Tx) error {
			return bucket(btx, tDue).Put(dueKey("start", fallback.Entry{Due: now(), ID: 5}), nil)
		}, "delivery 0000000000005 is not there"},
		"a due entry without a due time": {func(btx *bolt.Tx) error {
			return bucket(btx, tDue).Put([]byte("start\x00123"), nil)
		}, "no lane, due and id"},
		"a final delivery is claimed": {func(btx *bolt.Tx) error {
			b, key := bucket(btx, tStatus), idKey(nil, ended)
			s, err := decodeStatus(ended, b.Get(key))
			s.Boot = 7
			_ = b.Put(key, encodeStatus(nil, ended, &s))
			return err
		}, "still claimed or due"},
		"a delivery has no status":       {func(btx *bolt.Tx) error { return bucket(btx, tStatus).Delete(idKey(nil, waits)) }, "has no status"},
		"a status has no delivery":       {func(btx *bolt.Tx) error { return bucket(btx, tPlan).Delete(idKey(nil, waits)) }, "there is no record in d"},
		"a message is lost":              {func(btx *bolt.Tx) error { return bucket(btx, tMessage).Delete(idKey(nil, message)) }, "there is no record in m"},
		"an attempt without its message": {func(btx *bolt.Tx) error { return bucket(btx, tAttempt).Put(attemptKey(5, 1), nil) }, "message 0000000000005 is not there"},
		"a contact is lost":              {drop(tContact), "does not have this name"},
		"a name is lost":                 {drop(tPlace), "is not found by"},
		"a name of nobody": {func(btx *bolt.Tx) error {
			return bucket(btx, tPlace).Put(idKey(name("ext", "x"), 5), nil)
		}, "does not have this name"},
		"the list by contact misses one":   {drop(tByContact), "is not in the list of contact"},
		"the list by metadata misses one":  {drop(tByMetadata), "is not in the list of its metadata"},
		"the list of the final misses one": {drop(tFinal), "is not in the list of those that are cancelled"},
		"the list of the final has one too many": {func(btx *bolt.Tx) error {
			return bucket(btx, tFinal).Put(finalKey(fallback.Done, now(), waits), nil)
		}, "is no delivery that has ended"},
		"a conversation misses a message": {drop(tTalk), "is not in the conversation"},
		"a channel's id is lost":          {drop(tProvider), "is not found by the channel's id"},
		"a channel's id means nothing": {func(btx *bolt.Tx) error {
			return edit(bucket(btx, tProvider), tProvider, func(list []entry) []entry {
				return []entry{{list[0].key, idKey(nil, 5)}}
			})
		}, "is no message of ours"},
		"the last of a chat is lost": {drop(tLastSent), "the newest message of its chat is not known"},
		"a chain is broken": {func(btx *bolt.Tx) error {
			b, key := bucket(btx, tMessage), idKey(nil, message)
			m, err := decodeMessage(message, b.Get(key))
			m.Prev = message
			_ = b.Put(key, encodeMessage(nil, m))
			return err
		}, "is not of this chat"},
		"the list by activity misses a head":    {drop(tActivity), "is not in the list by activity"},
		"the list by activity has one too many": {drop(tHead), "the conversation does not stand there"},
		"a change is missing": {func(btx *bolt.Tx) error {
			b := bucket(btx, tChange)
			c := b.Cursor()
			_, _ = c.First()
			k, _ := c.Next()
			return b.Delete(k)
		}, "is missing"},
		"the last id is behind": {func(btx *bolt.Tx) error { return btx.Bucket(metaBucket).Put(keyLastID, numberKey(1)) }, "and there is a record"},
		"a generation in no list": {func(btx *bolt.Tx) error {
			_, err := btx.Bucket([]byte("seen")).CreateBucket(numberKey(99))
			return err
		}, "the generation is in no list"},
		"a log that nobody needs": {func(btx *bolt.Tx) error {
			_, err := btx.Bucket(logBucket).CreateBucket(genKey(tSeen, 99))
			return err
		}, "of no generation that needs one"},
		"a log is lost": {func(btx *bolt.Tx) error {
			return btx.Bucket(genBucket).Put(genKey(tSeen, 99), encodeGeneration(nil, &generation{no: 99, n: 4}))
		}, "has no entries"},
		"a generation is not in order": {func(btx *bolt.Tx) error {
			return edit(bucket(btx, tSeen), tSeen, func(list []entry) []entry { slices.Reverse(list); return list })
		}, "is not in order"},
		"a generation is garbled": {func(btx *bolt.Tx) error {
			return bucket(btx, tSeen).Bucket(numberKey(1)).Put(blockKey, []byte{9, 0, 0, 0, 1, 2, 3, 4, 5})
		}, "file"},
		"a filter hides an entry": {func(btx *bolt.Tx) error {
			b := btx.Bucket(filterBucket)
			k := first(b)
			return b.Put(k, make([]byte, len(b.Get(k))))
		}, "would hide it"},
		"a filter is lost":      {func(btx *bolt.Tx) error { b := btx.Bucket(filterBucket); return b.Delete(first(b)) }, "or no filter"},
		"a contact is garbled":  {garble(tContact), "malformed"},
		"a plan is garbled":     {garble(tPlan), "malformed"},
		"a status is garbled":   {garble(tStatus), "malformed"},
		"a message is garbled":  {garble(tMessage), "malformed"},
		"an attempt is garbled": {garble(tAttempt), "malformed"},
		"a change is garbled":   {garble(tChange), "malformed"},
		"a head is garbled":     {garble(tHead), "malformed"},
		"a link is garbled":     {garble(tLink), "malformed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, Options{Generation: 2})
			waits, ended, message = wholeStore(t, db)
			closeChecked(t, db)
			damage(t, dir, tt.harm)
			db, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			problems, err := db.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range problems {
				all = append(all, p.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), tt.want) {
				t.Errorf("Check says\n%s\nwant %q", strings.Join(all, "\n"), tt.want)
			}
		})
	}
}

// edit changes the newest sealed generation of a table.
func edit(b *bolt.Bucket, of table, f func([]entry) []entry) error {
	last, _ := b.Cursor().Last()
	sealed := b.Bucket(last)
	return sealed.Put(blockKey, newBlock(of, f(block(sealed.Get(blockKey)).all())))
}

// damage changes the file behind the store's back.
func damage(t *testing.T, dir string, f func(*bolt.Tx) error) {
	t.Helper()
	file, err := bolt.Open(filepath.Join(dir, FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Update(f), file.Close()); err != nil {
		t.Fatal(err)
	}
}
