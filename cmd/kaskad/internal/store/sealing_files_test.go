package store

import (
	"errors"
	"slices"
	"testing"

	"kaskad/bots"
)

// The key of a person's file goes with the person's, in every copy; a message's file and that of a delivery are the person's.
func TestKeysOfFiles(t *testing.T) {
	opt := Options{Generation: 16, Keys: keysAt(t, t.TempDir())}
	dir := t.TempDir()
	db := openAt(t, dir, opt)
	if plain := openAt(t, t.TempDir(), Options{Generation: 16}); plain.Files() != nil {
		t.Error("a store without keys has some for files")
	}
	who := lived(t, db, 2)
	other := livedAs(t, db, 2, life{"C-200-boris", "Boris", "boris@example.com", "+380672223344", "telegram-chat-717171", "b"})
	type one struct {
		id     bots.ID
		sealed []byte
	}
	files := map[bots.ID][]one{}
	for _, c := range []bots.ID{who, other} {
		page, err := db.Messages(t.Context(), c, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Items {
			for _, id := range []bots.ID{m.ID, m.Delivery} {
				if id != 0 && !slices.ContainsFunc(files[c], func(o one) bool { return o.id == id }) {
					sealed, err := db.Files().SealFor(t.Context(), id, []byte("name"), []byte("the key of a file"))
					if err != nil {
						t.Fatalf("%v: %v", id, err)
					}
					files[c] = append(files[c], one{id, sealed})
				}
			}
		}
		if len(files[c]) < 6 {
			t.Fatalf("only %d messages and deliveries", len(files[c]))
		}
	}
	if _, err := db.Files().SealFor(t.Context(), who, []byte("name"), []byte("x")); !errors.Is(err, bots.ErrNoFile) {
		t.Errorf("of what is neither: %v", err)
	}
	opens := func(c bots.ID, want error) {
		t.Helper()
		for _, o := range files[c] {
			key, err := db.Files().Unseal([]byte("name"), o.sealed)
			if !errors.Is(err, want) || want == nil && string(key) != "the key of a file" {
				t.Errorf("%v opens as %q, %v; want %v", o.id, key, err, want)
			}
			if key, err := db.Files().Unseal([]byte("another"), o.sealed); err == nil {
				t.Errorf("%v opens as another file: %q", o.id, key)
			}
		}
	}
	opens(who, nil)
	opens(other, nil)
	for _, bad := range [][]byte{nil, {0x80}, {1}, files[who][0].sealed[:5]} {
		if _, err := db.Files().Unseal([]byte("name"), bad); err == nil {
			t.Errorf("%x opens", bad)
		}
	}

	db = eraseAll(t, db, dir, opt, who)
	if _, err := db.ForgetKeys(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	opens(who, bots.ErrNoFile)
	opens(other, nil)
	for _, o := range files[who] {
		if _, err := db.Files().SealFor(t.Context(), o.id, []byte("name"), []byte("x")); !errors.Is(err, bots.ErrNoFile) {
			t.Errorf("%v of somebody who was erased: %v", o.id, err)
		}
	}
}
