package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/fallback"
)

// junk is a number that a system writes for everybody whose number it does not know.
const junk = "+380501111111"

// receive takes a word of a person, in a chat or from a number.
func receive(t *testing.T, db *DB, chat bots.Address, id, text string) {
	t.Helper()
	sender := chat.Channel
	if sender == bots.SMS {
		sender = "sms/main"
	}
	e := bots.Event{ID: id, Channel: chat.Channel, Sender: sender, Kind: bots.Wrote, Chat: chat, At: now(), MessageID: "1", Text: text}
	if _, err := db.Receive(t.Context(), e, rules(), world()); err != nil {
		t.Fatal(err)
	}
}

// crowd are people of one number: one who was heard there, one who said no to everything in a chat, and some of whom nothing is known.
func crowd(t *testing.T, db *DB, others int) {
	t.Helper()
	shut := bots.Address{Channel: bots.Telegram, ID: "42"}
	someone(t, db, "C-refusing", junk, shut)
	receive(t, db, bots.Address{Channel: bots.SMS, ID: junk}, "heard", "hello")
	someone(t, db, "C-quiet", "+380502222222")
	for n := range others {
		someone(t, db, fmt.Sprint("C-other-", n), junk)
	}
	receive(t, db, shut, "stop", "стоп все")
}

// hears is what a newcomer hears at the number, and whom a message there is taken to be of.
func hears(t *testing.T, db *DB) string {
	t.Helper()
	heard := ""
	err := db.Read(t.Context(), func(v fallback.View) error {
		last := func(id bots.ID) string {
			if c := v.Contact(id); c != nil {
				return c.ExternalID
			}
			return "nobody"
		}
		heard = fmt.Sprintf("no of %s, then of %s; found %s", last(v.LastNo(junk, 0)), last(v.LastNo(junk, v.LastNo(junk, 0))), last(v.FindContact(bots.Ref{Kind: "phone", Value: junk})))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

const crowdHears = "no of C-refusing, then of nobody; found C-refusing"

// older makes a file one of schema 1: as it was before the entries, or with what a migration wrote that was killed.
func olderFile(t *testing.T, dir string, left ...[]byte) {
	t.Helper()
	damage(t, dir, func(btx *bolt.Tx) error {
		if err := btx.DeleteBucket([]byte(layouts[tNewest].bucket)); err != nil {
			return err
		}
		if err := btx.Bucket(metaBucket).Put(keySchema, numberKey(1)); err != nil || left == nil {
			return err
		}
		b, err := btx.CreateBucket([]byte(layouts[tNewest].bucket))
		for _, key := range left {
			err = errors.Join(err, b.Put(key, nil))
		}
		return err
	})
}

// A file of an older version hears the noes of those who are in it already, also when its migration was killed on the way.
func TestAnOlderFileLearnsWhoWasLastAtANumber(t *testing.T) {
	t.Parallel()
	some := []migration{createBuckets, func(btx *bolt.Tx, from []byte) ([]byte, error) { return fillSome(btx, from, 2) }}
	killed := errors.New("killed")
	for name, c := range map[string]struct {
		opt  Options
		left [][]byte
		dies bool // at its third transaction, and is begun anew
	}{
		"in one transaction":                  {},
		"in many":                             {opt: Options{migrations: some}},
		"one was killed, and people changed":  {opt: Options{migrations: some}, left: [][]byte{naming{}.newestKey(newestNo, junk, now(), true, 5), naming{}.newestKey(newestHeard, junk, now(), false, 5)}},
		"it is killed on the way":             {opt: Options{migrations: some}, dies: true},
		"it is killed, and the next has room": {dies: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, Options{})
			crowd(t, db, 7)
			if got := hears(t, db); got != crowdHears {
				t.Fatalf("before: %s", got)
			}
			closeChecked(t, db)
			olderFile(t, dir, c.left...)
			if c.dies {
				n := 0
				_, err := Open(dir, Options{migrations: []migration{createBuckets, func(btx *bolt.Tx, from []byte) ([]byte, error) {
					if n++; n == 3 {
						return nil, killed
					}
					return fillSome(btx, from, 2)
				}}})
				if !errors.Is(err, killed) {
					t.Fatalf("Open = %v", err)
				}
			}
			c.opt.Twice = true
			db, err := Open(dir, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer closeChecked(t, db)
			if got := hears(t, db); got != crowdHears {
				t.Errorf("after: %s; want %s", got, crowdHears)
			}
		})
	}
}

// TestCheckFindsWhatIsWrongAtANumber breaks the entries each way.
func TestCheckFindsWhatIsWrongAtANumber(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(*bolt.Bucket) error
		want string
	}{
		"nothing is broken": {func(*bolt.Bucket) error { return nil }, ""},
		"what was said is lost": {func(b *bolt.Bucket) error {
			k, _ := b.Cursor().Last()
			return b.Delete(k)
		}, "is not found by"},
		"who was heard is lost": {func(b *bolt.Bucket) error {
			k, _ := b.Cursor().Seek(name(newestHeard))
			return b.Delete(k)
		}, "is not found by"},
		"somebody said nothing": {func(b *bolt.Bucket) error {
			return b.Put(naming{}.newestKey(newestNo, junk, now(), false, 5), nil)
		}, "did not say or do that there"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, Options{})
			crowd(t, db, 1)
			closeChecked(t, db)
			damage(t, dir, func(btx *bolt.Tx) error { return c.harm(btx.Bucket([]byte(layouts[tNewest].bucket))) })
			db, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			found, err := db.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			said := fmt.Sprint(found)
			if c.want == "" && len(found) > 0 || !strings.Contains(said, c.want) {
				t.Errorf("Check says %s, want %q", said, c.want)
			}
		})
	}
}

// counted is a transaction that counts the people that are read.
type counted struct {
	fallback.Tx
	people, lists int
}

func (c *counted) Contact(id bots.ID) *bots.Contact {
	c.people++
	return c.Tx.Contact(id)
}

func (c *counted) Owners(ref bots.Ref) []bots.ID {
	c.lists++
	return c.Tx.Owners(ref)
}

// A list in which thousands have the same made-up number reads no more for the last of them than for the first: what it reads is counted,
// and one of them had said no, so that all have that no.
func TestANumberOfThousandsIsHeardAtOneRead(t *testing.T) {
	t.Parallel()
	db := openAt(t, t.TempDir(), Unsynced(Options{}))
	crowd(t, db, 0)
	row := func(n int) (reads int) {
		put, done := told("new", card(n), bots.Ref{Kind: "phone", Value: junk}), contacts.Done{}
		o := db.newOp(func(t *tx) (err error) {
			done, err = t.putOne(&put)
			return err
		})
		if !db.prepare(o) {
			t.Fatalf("it has nothing to write: %v", o.err)
		}
		reads = len(o.tx.reads)
		db.queue <- o
		if err := db.wait(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if c := done.Contact; c.Marketing.State != bots.Denied || !c.Silent() {
			t.Fatalf("row %d hears %+v, %+v", n, c.Marketing, c.All)
		}
		return reads
	}
	const owners = 2000
	first := row(1)
	for n := 2; n < owners; n++ {
		if reads := row(n); reads > first+contacts.MostSharers {
			t.Fatalf("row %d reads %d groups of entries, the first %d", n, reads, first)
		}
	}
	err := db.Update(t.Context(), func(tx fallback.Tx) error {
		c, fresh := &counted{Tx: tx}, &bots.Contact{ID: tx.NewID(), Phone: junk}
		if fallback.Heed(c, nil, fresh); c.people > 1 || c.lists > 0 || !fresh.Silent() {
			t.Errorf("%d people and %d lists were read to hear %+v", c.people, c.lists, fresh.Marketing)
		}
		if n := len(tx.Owners(bots.Ref{Kind: "phone", Value: junk})); n != owners {
			t.Errorf("%d have the number, want %d", n, owners)
		}
		return errLooked
	})
	if !errors.Is(err, errLooked) {
		t.Fatal(err)
	}
}

// A no that is said between the preparing of an import and its writing is heard: the number's last no is one of the things it read.
func TestANoOfAnOwnerIsHeardByAnImportThatWasPreparedBeforeIt(t *testing.T) {
	t.Parallel()
	shut := bots.Address{Channel: bots.Telegram, ID: "42"}
	for name, before := range map[string]string{"nobody had said no": "hello", "an earlier no is there": "stop"} {
		t.Run(name, func(t *testing.T) {
			db := openAt(t, t.TempDir(), Options{})
			someone(t, db, "C-refusing", junk, shut)
			someone(t, db, "C-other", junk) // by the number this one is found, and read
			receive(t, db, shut, "before", before)
			put, done := told("new", card(1), bots.Ref{Kind: "phone", Value: junk}), contacts.Done{}
			o := db.newOp(func(t *tx) (err error) {
				done, err = t.putOne(&put)
				return err
			})
			if !db.prepare(o) {
				t.Fatalf("it has nothing to write: %v", o.err)
			}
			receive(t, db, shut, "after", "стоп все")
			db.queue <- o
			if err := db.wait(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if c := done.Contact; c.Marketing.State != bots.Denied || !c.Silent() {
				t.Errorf("the newcomer has %+v, %+v", c.Marketing, c.All)
			}
		})
	}
}
