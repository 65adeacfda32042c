package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/fallback"
)

// keysAt are the keys in a folder; new ones, when there are none.
func keysAt(t *testing.T, dir string) *keyring.Ring {
	t.Helper()
	path := filepath.Join(dir, "people.keys")
	var master keyring.Master
	if err := keyring.Make(path, master); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	keys, err := keyring.Open(path, master)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() }) // some tests close them
	return keys
}

// What is kept of a person and of what was said cannot be read in the file.
func TestASealedFileTellsNothing(t *testing.T) {
	for name, sealed := range map[string]bool{"sealed": true, "as it was": false} {
		t.Run(name, func(t *testing.T) {
			opt := Options{Generation: 16}
			if sealed {
				opt.Keys = keysAt(t, t.TempDir())
			}
			db := openAt(t, t.TempDir(), opt)
			lived(t, db, 30)
			told := tells(t, db)
			if !sealed {
				if len(told) < len(needles)-1 {
					t.Errorf("only %q are in a file that is not sealed: the look for them is blind", told)
				}
				return
			}
			told = slices.DeleteFunc(told, func(s string) bool { return slices.Contains(openly, s) })
			if len(told) > 0 {
				t.Errorf("the sealed file has %q in it", told)
			}
		})
	}
}

// openly are the needles that a sealed file has: the channel's ids of messages and of the chat stand in what became of a message, and in
// proofs that wait for one.
var openly = []string{"provider-id-", "telegram-chat-424242"}

// copied copies a store's file as a backup would.
func copied(t *testing.T, db *DB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := db.bolt.View(func(btx *bolt.Tx) error { return btx.CopyFile(filepath.Join(dir, FileName), 0o600) }); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Once an erase has come to its end, its person cannot be read in a copy either that was made before: neither by whoever has all keys that are
// left, nor after the copy was put back. Others can.
func TestAnEraseReachesTheCopies(t *testing.T) {
	keys := t.TempDir()
	opt := Options{Generation: 16, Keys: keysAt(t, keys)}
	dir := t.TempDir()
	db := openAt(t, dir, opt)
	who := lived(t, db, 5)
	other := livedAs(t, db, 2, life{"C-200-boris", "Boris", "boris@example.com", "+380672223344", "telegram-chat-717171", "b"})
	old := copied(t, db)
	db = eraseAll(t, db, dir, opt, who)
	full := errors.New("no room for the copy")
	if n, err := db.ForgetKeys(t.Context(), func() error { return full }); !errors.Is(err, full) || n != 0 {
		t.Fatalf("ForgetKeys = %d, %v, when the copy failed", n, err)
	}
	copied := 0
	if n, err := db.ForgetKeys(t.Context(), func() error { copied++; return nil }); err != nil || n != 1 || copied != 1 {
		t.Fatalf("ForgetKeys = %d, %v; want the one's", n, err)
	}
	if n, err := db.ForgetKeys(t.Context(), func() error { copied++; return nil }); err != nil || n != 0 || copied != 1 {
		t.Errorf("ForgetKeys once more = %d, %v", n, err)
	}
	noProblems(t, db)

	back, err := Open(old, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer closeChecked(t, back)
	nameless, err := back.Nameless(t.Context())
	if err != nil || !slices.Equal(nameless, []bots.ID{who}) {
		t.Fatalf("in the copy nameless are %v, %v; want the one who was erased", nameless, err)
	}
	noProblems(t, back) // a backup is looked through before it is put back
	read := func(id bots.ID) string {
		c, err := back.Contact(t.Context(), id)
		if err != nil || c == nil {
			t.Fatalf("contact: %+v, %v", c, err)
		}
		all := fmt.Sprintf("%+v %s", c, c.Attributes)
		page, err := back.Messages(t.Context(), id, "", 100)
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("messages: %d, %v", len(page.Items), err)
		}
		for _, m := range page.Items {
			all += fmt.Sprintf(" %+v", m.Message)
			tries, err := back.Attempts(t.Context(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprintf(" %+v", tries)
			if m.Delivery != 0 {
				d, err := back.Delivery(t.Context(), m.Delivery)
				if err != nil {
					t.Fatal(err)
				}
				all += fmt.Sprintf(" %+v %s", d.Plan, d.Data)
			}
		}
		return all
	}
	if all := read(who); slices.ContainsFunc(needles, func(s string) bool { return strings.Contains(all, s) }) {
		t.Errorf("of who was erased the copy tells %s", all)
	}
	if all := read(other); !strings.Contains(all, "Boris") || !strings.Contains(all, "my secret words") {
		t.Errorf("of the other one the copy tells only %s", all)
	}
	back = eraseAll(t, back, old, opt, who) // looks through it after each step
	for ref, want := range map[bots.Ref]bots.ID{
		{Kind: "phone", Value: "+380501112233"}: 0, {Kind: "ext", Value: "C-100-olena"}: 0, {Kind: "ext", Value: "C-200-boris"}: other,
	} {
		c, err := back.FindContact(t.Context(), ref)
		if err != nil || (c == nil) != (want == 0) || c != nil && c.ID != want {
			t.Errorf("%v finds %+v, %v", ref, c, err)
		}
	}
	again := livedAs(t, back, 1, life{"C-100-olena", "Olena", "olena@example.com", "+380501112233", "telegram-chat-424242", "again"})
	if c, err := back.Contact(t.Context(), again); err != nil || c.Name != "Olena" {
		t.Errorf("who comes back is %+v, %v", c, err)
	}
}

// A file is opened with the keys it was made with, and with no others.
func TestAFileKeepsToItsKeys(t *testing.T) {
	sealed, open := t.TempDir(), t.TempDir()
	mine, others := keysAt(t, t.TempDir()), keysAt(t, t.TempDir())
	for dir, keys := range map[string]*keyring.Ring{sealed: mine, open: nil} {
		db, err := Open(dir, Options{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: "1"}, func(*bots.Contact) error { return nil }); err != nil {
			t.Fatal(err)
		}
		closeChecked(t, db)
	}
	for name, c := range map[string]struct {
		dir  string
		keys *keyring.Ring
		want error
	}{
		"sealed, without keys":  {sealed, nil, ErrSealed},
		"sealed, other keys":    {sealed, others, ErrKeys},
		"not sealed, with keys": {open, mine, ErrUnsealed},
	} {
		if db, err := Open(c.dir, Options{Keys: c.keys}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
			if err == nil {
				closeChecked(t, db)
			}
		}
	}
	closeChecked(t, openAt(t, sealed, Options{Keys: mine}))
}

// A copy of the keys that is older than the store is refused: it would give numbers away again that other people's records name. One that has all
// keys of the store is taken, and so is a newer one than the store, which came from a backup.
func TestAnOldCopyOfTheKeysIsRefused(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	path := filepath.Join(at, "people.keys")
	meet := func(keys *keyring.Ring, from, to int) {
		t.Helper()
		db := openAt(t, dir, Options{Keys: keys})
		for i := from; i < to; i++ {
			if _, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprint(i)}, func(*bots.Contact) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		closeChecked(t, db)
	}
	keep := func() (store, keys []byte) {
		t.Helper()
		store, err1 := os.ReadFile(filepath.Join(dir, FileName))
		keys, err2 := os.ReadFile(path)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		return store, keys
	}
	put := func(file string, raw []byte) {
		t.Helper()
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := keysAt(t, at)
	meet(keys, 0, 10)
	oldStore, oldKeys := keep()
	meet(keys, 10, 300)
	newStore, newKeys := keep()

	put(path, oldKeys)
	if db, err := Open(dir, Options{Keys: keysAt(t, at)}); !errors.Is(err, ErrOldKeys) {
		t.Errorf("keys that are older than the store: %v; want %v", err, ErrOldKeys)
		if err == nil {
			closeChecked(t, db)
		}
	}
	put(filepath.Join(dir, FileName), oldStore)
	meet(keysAt(t, at), 300, 301) // both are old
	put(path, newKeys)
	put(filepath.Join(dir, FileName), oldStore)
	meet(keysAt(t, at), 300, 301) // a backup, and the keys of now
	put(filepath.Join(dir, FileName), newStore)
	meet(keysAt(t, at), 300, 301)
}

// A record that somebody moved to another place of the file, or changed, is not read as that one's.
func TestASealedRecordIsOfItsPlace(t *testing.T) {
	dir, keys := t.TempDir(), keysAt(t, t.TempDir())
	db := openAt(t, dir, Options{Keys: keys})
	var ids []bots.ID
	for i := range 2 {
		c, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprint(i)}, func(*bots.Contact) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	closeChecked(t, db)
	file, err := bolt.Open(filepath.Join(dir, FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = file.Update(func(btx *bolt.Tx) error {
		b := btx.Bucket([]byte(layouts[tContact].bucket))
		return b.Put(idKey(nil, ids[1]), slices.Clone(b.Get(idKey(nil, ids[0]))))
	})
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	db, err = Open(dir, Options{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if c, err := db.Contact(t.Context(), ids[0]); err != nil || c.ExternalID != "0" {
		t.Errorf("the one that nobody touched: %+v, %v", c, err)
	}
	c, err := db.Contact(t.Context(), ids[1])
	if _, corrupt := errors.AsType[*CorruptError](err); !corrupt {
		t.Errorf("the one that was moved: %+v, %v; want it told", c, err)
	}
	if found, err := db.Check(t.Context()); err != nil || len(found) == 0 {
		t.Errorf("Check = %v, %v", found, err)
	}
}

// Where no key can be made, what needs one is refused, and everything else goes on: nothing is written in clear instead.
func TestWithoutKeysNothingIsWrittenInClear(t *testing.T) {
	folder := t.TempDir()
	keys := keysAt(t, folder)
	db := openAt(t, t.TempDir(), Options{Keys: keys})
	put := func(i int) error {
		_, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprint("needle-", i)}, func(*bots.Contact) error { return nil })
		return err
	}
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	if err := keys.Close(); err != nil {
		t.Fatal(err)
	}
	var refused error
	for i := 1; i < 600 && refused == nil; i++ { // until those that were made before are given away
		refused = put(i)
	}
	if !errors.Is(refused, os.ErrClosed) {
		t.Fatalf("it is refused with %v", refused)
	}
	if err := db.PutSetting(t.Context(), "x", []byte("y")); err != nil {
		t.Errorf("what is of nobody: %v", err)
	}
	if told := tellsOf(t, db, []string{"needle-"}); len(told) > 0 {
		t.Error("somebody stands there in clear")
	}
}

// The topic of a customer in the staff's forum is called after the person and what they wrote first: it is sealed, and goes with the key.
func TestATopicIsSealed(t *testing.T) {
	keys := t.TempDir()
	opt := Options{Keys: keysAt(t, keys)}
	db := openAt(t, t.TempDir(), opt)
	who := lived(t, db, 1)
	topic := fallback.Topic{Contact: who, Group: "g", Thread: "17", Name: "Olena · my secret words", Since: now()}
	if err := db.write(t.Context(), func(t *tx) error { t.PutTopic(topic); return nil }); err != nil {
		t.Fatal(err)
	}
	if told := slices.DeleteFunc(tells(t, db), func(s string) bool { return slices.Contains(openly, s) }); len(told) > 0 {
		t.Errorf("the sealed file has %q in it", told)
	}
	read := func() fallback.Topic {
		t.Helper()
		x, err := view(t.Context(), db, func(t *tx) (fallback.Topic, error) { return t.Topic(who), nil })
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	if x := read(); x.Name != topic.Name || x.Thread != "17" {
		t.Errorf("it is read as %+v", x)
	}
	noProblems(t, db)
	slot, err := view(t.Context(), db, func(t *tx) (keyring.Slot, error) {
		s, _ := readSlot(t.bucket(tRecord).Get(slotKey(who)))
		return s, nil
	})
	if err == nil {
		err = opt.Keys.Forget(slot)
	}
	if err != nil {
		t.Fatal(err)
	}
	if x := read(); x.Name != "" || x.Thread != "17" || x.Group != "g" {
		t.Errorf("once the key is gone it is read as %+v", x)
	}
}

// A file that was rolled back knows that keys were forgotten since; keys that were rolled back are refused, for they open what is gone.
func TestRolledBackKeysAndStores(t *testing.T) {
	keys, dir := t.TempDir(), t.TempDir()
	opt := Options{Keys: keysAt(t, keys)}
	db := openAt(t, dir, opt)
	who := lived(t, db, 1)
	old := copied(t, db)
	path := filepath.Join(keys, "people.keys")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	behind := func(db *DB, want bool) {
		t.Helper()
		if got, err := db.BehindKeys(t.Context()); err != nil || got != want {
			t.Errorf("BehindKeys = %v, %v; want %v", got, err, want)
		}
	}
	behind(db, false)
	db = eraseAll(t, db, dir, opt, who)
	if n, err := db.ForgetKeys(t.Context(), nil); err != nil || n != 1 {
		t.Fatalf("ForgetKeys = %d, %v", n, err)
	}
	behind(db, false)
	back, err := Open(old, opt)
	if err != nil {
		t.Fatal(err)
	}
	behind(back, true)
	if err := back.CaughtUpWithKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	behind(back, false)
	if err := errors.Join(back.Close(), db.Close(), os.WriteFile(path, before, 0o600)); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(dir, Options{Keys: keysAt(t, keys)}); !errors.Is(err, ErrOldKeys) {
		t.Errorf("with keys of before the erase: %v, %v", again, err)
	}
}
