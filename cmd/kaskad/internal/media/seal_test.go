package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"kaskad/bots"
)

// ring is people's keys, each its person's id over what is sealed: enough to tell whose it is, and gone when the person is.
type ring struct{ erased map[bots.ID]bool }

func (r *ring) SealFor(_ context.Context, id bots.ID, about, key []byte) ([]byte, error) {
	if r.erased[id] {
		return nil, bots.ErrNoFile
	}
	return append([]byte(id.String()+"|"+string(about)+"|"), key...), nil
}

func (r *ring) Unseal(about, sealed []byte) ([]byte, error) {
	parts := bytes.SplitN(sealed, []byte("|"), 3)
	if len(parts) != 3 || string(parts[1]) != string(about) {
		return nil, errors.New("another file's")
	}
	if id, err := bots.ParseID(string(parts[0])); err != nil || r.erased[id] {
		return nil, errors.Join(bots.ErrNoFile, err)
	}
	return parts[2], nil
}

func newSealedKeeper(t *testing.T, s *servers) (*Keeper, *ring) {
	r := &ring{erased: map[bots.ID]bool{}}
	return newKeeper(t, s, func(o *Options) { o.Sealer = r }), r
}

// Files of all sizes come out as they went in, from any place in them, and do not lie in the folder as they are.
func TestSealedFiles(t *testing.T) {
	content := map[string]string{"empty": "", "short": "a secret of a person", "long": strings.Repeat("a secret of a person, ", 10_000), "even": strings.Repeat("a secret", 1<<13)}
	k, _ := newSealedKeeper(t, &servers{files: content})
	id := bots.ID(1)
	for ref, want := range content {
		id++
		m := voice(id, ref)
		for range 2 { // fetched, and kept
			if got, err := read(t, k, m, 0); err != nil || got != want {
				t.Fatalf("%s is %d bytes, %v", ref, len(got), err)
			}
		}
		raw, err := os.ReadFile(k.name(id, 0))
		if err != nil || bytes.Contains(raw, []byte("a secret")) {
			t.Errorf("%s lies in the folder as it is, %v", ref, err)
		}
		f, err := k.Open(t.Context(), m, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			at := rand.Int64N(int64(len(want)) + 1)
			part := make([]byte, min(100, int64(len(want))-at))
			if _, err := f.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(f, part); err != nil || string(part) != want[at:at+int64(len(part))] {
				t.Fatalf("%s from %d on is %q, %v", ref, at, part, err)
			}
		}
		if end, err := f.Seek(0, io.SeekEnd); err != nil || end != int64(len(want)) {
			t.Errorf("%s is %d bytes long, %v; want %d", ref, end, err, len(want))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Of somebody who was erased nothing opens, also when the file lies there again, from a backup; and nothing is fetched anew.
func TestSealedFilesOfTheErased(t *testing.T) {
	s := &servers{files: map[string]string{"a": "a secret"}}
	k, r := newSealedKeeper(t, s)
	if _, err := read(t, k, voice(7, "a"), 0); err != nil {
		t.Fatal(err)
	}
	r.erased[7], r.erased[8] = true, true
	if got, err := read(t, k, voice(7, "a"), 0); !errors.Is(err, bots.ErrNoFile) {
		t.Errorf("the kept one is %q, %v", got, err)
	}
	if got, err := read(t, k, voice(8, "a"), 0); !errors.Is(err, bots.ErrNoFile) {
		t.Errorf("one that was not fetched before is %q, %v", got, err)
	}
	if left, err := k.list(); err != nil || len(left) != 1 {
		t.Errorf("in the folder there are %v, %v", left, err)
	}
	if k.soon(t.Context(), voice(8, "a"), 0) {
		t.Error("it will be tried again")
	}
}

// What does not open is never handed out in part or as another's: it is fetched again, as long as the channel has it.
func TestSpoiledFiles(t *testing.T) {
	for name, spoil := range map[string]func(k *Keeper, path string, raw []byte) error{
		"cut off":        func(_ *Keeper, path string, raw []byte) error { return os.WriteFile(path, raw[:len(raw)-20], 0o600) },
		"emptied":        func(_ *Keeper, path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"not sealed":     func(_ *Keeper, path string, _ []byte) error { return os.WriteFile(path, []byte("a forged one"), 0o600) },
		"another's file": func(k *Keeper, path string, _ []byte) error { return os.Rename(k.name(9, 0), path) },
		"a changed end": func(_ *Keeper, path string, raw []byte) error {
			raw[len(raw)-1] ^= 1
			return os.WriteFile(path, raw, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &servers{files: map[string]string{"a": "mine", "b": "another's"}}
			k, _ := newSealedKeeper(t, s)
			for id, ref := range map[bots.ID]string{7: "a", 9: "b"} {
				if _, err := read(t, k, voice(id, ref), 0); err != nil {
					t.Fatal(err)
				}
			}
			path := k.name(7, 0)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(k, path, raw); err != nil {
				t.Fatal(err)
			}
			s.set(func() { delete(s.files, "a") })
			if got, err := read(t, k, voice(7, "a"), 0); !errors.Is(err, bots.ErrGone) {
				t.Errorf("what the channel has no more is %q, %v", got, err)
			}
			s.set(func() { s.files["a"] = "mine" })
			for range 2 {
				if got, err := read(t, k, voice(7, "a"), 0); err != nil || got != "mine" {
					t.Errorf("it is %q, %v", got, err)
				}
			}
			if s.count() != 4 {
				t.Errorf("the channel was asked %d times; want twice, in vain, and once more", s.count())
			}
		})
	}
}
