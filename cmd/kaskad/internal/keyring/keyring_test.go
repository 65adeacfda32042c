package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

func made(t *testing.T) (path string, master Master) {
	t.Helper()
	path, master = filepath.Join(t.TempDir(), "people.keys"), NewMaster()
	if err := Make(path, master); err != nil {
		t.Fatal(err)
	}
	return path, master
}

func opened(t *testing.T, path string, master Master) *Ring {
	t.Helper()
	r, err := Open(path, master)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // some tests close it
	return r
}

func fresh(t *testing.T, r *Ring) Key {
	t.Helper()
	s, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	k, err := r.Key(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedIsOpened(t *testing.T) {
	path, master := made(t)
	r := opened(t, path, master)
	about, words := []byte("m 1"), []byte("my secret words")
	a, b := fresh(t, r), fresh(t, r)
	sealed := a.Seal([]byte("before "), about, words)
	if bytes.Contains(sealed, words) || !bytes.HasPrefix(sealed, []byte("before ")) || len(sealed) != len("before ")+len(words)+Overhead {
		t.Errorf("sealed it is %q", sealed)
	}
	sealed = sealed[len("before "):]
	again := opened(t, path, master) // as after a crash: nothing was closed
	for name, ring := range map[string]*Ring{"the same": r, "opened anew": again} {
		if got, err := ring.Open(a.Slot, about, sealed); err != nil || !bytes.Equal(got, words) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct {
		slot          Slot
		about, sealed []byte
	}{
		"another key": {b.Slot, about, sealed}, "of something else": {a.Slot, []byte("m 2"), sealed}, "changed": {a.Slot, about, append(sealed[:len(sealed)-1:len(sealed)-1], sealed[len(sealed)-1]^1)},
		"cut off": {a.Slot, about, sealed[:Overhead-1]}, "nothing": {a.Slot, about, nil}, "a key that is not there": {1 << 40, about, sealed}, "no number of a key": {1 << 63, about, sealed},
	} {
		if got, err := r.Open(c.slot, c.about, c.sealed); err == nil {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
}

func TestWhatIsForgottenStaysForgotten(t *testing.T) {
	path, master := made(t)
	r := opened(t, path, master)
	a, b := fresh(t, r), fresh(t, r)
	old := filepath.Join(t.TempDir(), "copy.keys")
	if err := r.Copy(old); err != nil {
		t.Fatal(err)
	}
	sealed := a.Seal(nil, nil, []byte("words"))
	for range 2 {
		if err := r.Forget(a.Slot); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Copy(old); err != nil { // the new copy is in the old one's place
		t.Fatal(err)
	}
	for name, ring := range map[string]*Ring{"the same": r, "opened anew": opened(t, path, master), "the copy": opened(t, old, master)} {
		if got, err := ring.Open(a.Slot, nil, sealed); !errors.Is(err, ErrForgotten) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := ring.Key(b.Slot); err != nil {
			t.Errorf("%s: the other one's: %v", name, err)
		}
	}
	for _, s := range []Slot{Own, 1 << 20} {
		if err := r.Forget(s); err == nil {
			t.Errorf("key %d was forgotten, which is of nobody", s)
		}
	}
}

// A number is given away once, whatever happened to its key, and to the program.
func TestANumberIsGivenAwayOnce(t *testing.T) {
	path, master := made(t)
	given := map[Slot]bool{Own: true}
	take := func(r *Ring, n int) {
		t.Helper()
		for range n {
			k := fresh(t, r)
			if given[k.Slot] {
				t.Fatalf("%d is given away again", k.Slot)
			}
			given[k.Slot] = true
		}
	}
	r := opened(t, path, master)
	take(r, chunk+1)
	if err := r.Forget(chunk); err != nil {
		t.Fatal(err)
	}
	take(opened(t, path, master), 3)
	if err := os.Truncate(path, at(3*chunk)-7); err != nil { // a write that a crash cut off
		t.Fatal(err)
	}
	r = opened(t, path, master)
	take(r, 2*chunk)
	for s := range given {
		if _, err := r.Key(s); err != nil && s != chunk {
			t.Errorf("key %d: %v", s, err)
		}
	}
}

// wantAlone wants nothing to lie beside a file of keys: it would have the keys of people who are forgotten later.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(all) != 1 || all[0].Name() != filepath.Base(path) {
		t.Errorf("beside %s lie %v, %v", filepath.Base(path), all, err)
	}
}

// One store at a time gives the numbers away; others may read, as a look through a backup does.
func TestOneStoreHasTheKeys(t *testing.T) {
	path, master := made(t)
	first, second := opened(t, path, master), opened(t, path, master)
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	switch err := second.Lock(); {
	case runtime.GOOS != "linux" && runtime.GOOS != "darwin":
		t.Skip("files cannot be locked here: run it on Linux or macOS")
	case !errors.Is(err, ErrInUse):
		t.Errorf("the second one: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); err != nil {
		t.Errorf("once the first is closed: %v", err)
	}
}

// A hole in the file is damage, and nobody's erase.
func TestAHoleIsNobodysErase(t *testing.T) {
	path, master := made(t)
	k := fresh(t, opened(t, path, master))
	for name, hole := range map[string][]byte{"zeros": make([]byte, slotSize), "zeros that end as one does who was forgotten": append(make([]byte, sealSize), gone...)} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copy(raw[at(k.Slot):], hole)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := opened(t, path, master).Key(k.Slot); !errors.Is(err, errDamaged) || errors.Is(err, ErrForgotten) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// That another one was forgotten says nothing of this one.
	r := opened(t, path, master)
	other := fresh(t, r)
	if err := r.Forget(other.Slot); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[at(k.Slot):][:slotSize], raw[at(other.Slot):])
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, path, master).Key(k.Slot); !errors.Is(err, errDamaged) {
		t.Errorf("another one's end in its place: %v", err)
	}
}

// Nothing takes the place of the only copy but a whole file of the same keys, with no fewer people.
func TestWhatMayNotTakeThePlaceOfTheCopy(t *testing.T) {
	path, master := made(t)
	copied := filepath.Join(t.TempDir(), "elsewhere.keys")
	r := opened(t, path, master)
	few, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k := fresh(t, r)
	if err := r.Copy(copied); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	place := func(raw []byte) *Ring {
		t.Helper()
		at := filepath.Join(t.TempDir(), "people.keys")
		if err := os.WriteFile(at, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return opened(t, at, master)
	}
	damaged := bytes.Clone(good)
	damaged[at(k.Slot)+20] ^= 1
	another, master2 := made(t)
	for name, c := range map[string]struct {
		r    *Ring
		want error
	}{
		"one bit of one key is another": {place(damaged), errDamaged},
		"a store that was begun anew":   {opened(t, another, master2), errNotOurs},
		"fewer people":                  {place(few), errNotOurs},
	} {
		if err := c.r.Copy(copied); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(copied); err != nil || !bytes.Equal(now, good) {
			t.Errorf("%s: the copy was written over (%v)", name, err)
		}
	}
	later := place(good)
	if err := errors.Join(later.Forget(k.Slot), later.Copy(copied)); err != nil {
		t.Fatal(err)
	}
	if err := r.Copy(copied); !errors.Is(err, errNotOurs) {
		t.Errorf("keys of before somebody was forgotten: %v", err)
	}
	if err := r.Forget(k.Slot); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(path), link); err != nil {
		t.Skip(err)
	}
	if err := r.Copy(filepath.Join(link, filepath.Base(path))); !errors.Is(err, errOneFile) {
		t.Errorf("a copy onto itself: %v", err)
	}
	if err := r.Copy(copied); err != nil {
		t.Errorf("and once more as it should be: %v", err)
	}
}

// What a crash in the middle of a copy left goes with the next copy, and what one in the middle of a rotation left with the next start.
func TestWhatACrashLeavesOfACopyGoes(t *testing.T) {
	path, master := made(t)
	copied := filepath.Join(t.TempDir(), "elsewhere.keys")
	for _, at := range []string{path, copied} {
		if err := os.WriteFile(at+unfinished, []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := opened(t, path, master)
	wantAlone(t, path)
	var all sync.WaitGroup
	for range 4 { // a backup and an erase at once
		all.Go(func() {
			if err := r.Copy(copied); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantAlone(t, copied)
	if mode, err := os.Stat(copied); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("the copy has the rights %v, %v", mode.Mode(), err)
	}
}

// Another master key opens the same keys, the old one none; who was forgotten stays so, and numbers go on.
func TestRewrap(t *testing.T) {
	path, old := made(t)
	other := NewMaster()
	r := opened(t, path, old)
	kept, gone := fresh(t, r), fresh(t, r)
	sealed := kept.Seal(nil, []byte("of"), []byte("words"))
	if err := r.Forget(gone.Slot); err != nil {
		t.Fatal(err)
	}
	id, next := r.ID(), r.Made()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Rewrap(path, NewMaster(), other); !errors.Is(err, ErrMaster) {
		t.Errorf("Rewrap with a wrong key: %v", err)
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, before) {
		t.Error("a wrong key changed the file")
	}
	for range 2 { // a second time, as after a crash
		if err := Rewrap(path, old, other); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(path, old); !errors.Is(err, ErrMaster) {
		t.Errorf("the old master key: %v", err)
	}
	r = opened(t, path, other)
	if plain, err := r.Open(kept.Slot, []byte("of"), sealed); err != nil || string(plain) != "words" {
		t.Errorf("what was sealed before: %q, %v", plain, err)
	}
	if _, err := r.Key(gone.Slot); !errors.Is(err, ErrForgotten) {
		t.Errorf("who was forgotten: %v", err)
	}
	if !bytes.Equal(r.ID(), id) || r.Made() != next {
		t.Errorf("the file is %x with %d keys, not %x with %d", r.ID(), r.Made(), id, next)
	}
	if after := fresh(t, r); after.Slot < next {
		t.Errorf("number %d is given away again", after.Slot)
	}
	wantAlone(t, path)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[at(kept.Slot)+20] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Rewrap(path, other, old); !errors.Is(err, errDamaged) {
		t.Errorf("Rewrap of a damaged file: %v", err)
	}
}

func TestAFileThatIsNotRight(t *testing.T) {
	path, master := made(t)
	if err := Make(path, master); !errors.Is(err, os.ErrExist) {
		t.Errorf("Make over another one: %v", err)
	}
	if _, err := Open(path, NewMaster()); !errors.Is(err, ErrMaster) {
		t.Errorf("another master key: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), master); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "the beginning alone": raw[:40], "of another kind": append([]byte("x"), raw[1:]...), "its own key is cut off": raw[:headSize+10], "its own key is damaged": append(raw[:headSize+20:headSize+20], append([]byte{raw[headSize+20] ^ 1}, raw[headSize+21:]...)...)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Open(path, master); err == nil {
			t.Errorf("%s: it is opened", name)
			_ = r.Close()
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

func TestAMasterKeyIsWrittenAndRead(t *testing.T) {
	m := NewMaster()
	if got, err := ParseMaster(" " + m.String() + "\n"); err != nil || got != m {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "abc", m.String() + "AAAA", m.String()[:40]} {
		if _, err := ParseMaster(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Everything at once, for the race detector: nobody reads a half of what another one writes.
func TestManyAtOnce(t *testing.T) {
	path, master := made(t)
	r := opened(t, path, master)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				k := fresh(t, r)
				words := fmt.Append(nil, i, n)
				sealed := k.Seal(nil, nil, words)
				if got, err := r.Open(k.Slot, nil, sealed); err != nil || !bytes.Equal(got, words) {
					t.Errorf("%q, %v", got, err)
				}
				if n%10 == 0 {
					if err := r.Forget(k.Slot); err != nil {
						t.Error(err)
					}
					if _, err := r.Open(k.Slot, nil, sealed); !errors.Is(err, ErrForgotten) {
						t.Errorf("after it was forgotten: %v", err)
					}
				}
			}
		})
	}
	all.Wait()
}

func FuzzOpen(f *testing.F) {
	path, master := filepath.Join(f.TempDir(), "people.keys"), NewMaster()
	if err := Make(path, master); err != nil {
		f.Fatal(err)
	}
	r, err := Open(path, master)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint64(0), []byte("about"), r.Own().Seal(nil, []byte("other"), []byte("words")))
	f.Fuzz(func(t *testing.T, slot uint64, about, sealed []byte) {
		if got, err := r.Open(Slot(slot), about, sealed); err == nil {
			t.Errorf("%q was opened", got)
		}
	})
}
