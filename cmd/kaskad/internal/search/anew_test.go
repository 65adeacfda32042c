package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// filled is a shop with some people and messages, and what its queries find.
func filled(people int) (*shop, func(*rig)) {
	s := newShop()
	for n := range people {
		id := s.add(bots.Contact{Name: fmt.Sprintf("Покупець %04d", n)})
		s.say(id, fmt.Sprintf("замовлення номер %04d", n))
	}
	return s, func(r *rig) {
		r.t.Helper()
		r.level()
		for _, n := range []int{0, people / 2, people - 1} {
			if got := r.names(fmt.Sprintf("покупець %04d", n)); len(got) != 1 {
				r.t.Errorf("person %d: %q", n, got)
			}
			if got := r.texts(fmt.Sprintf("номер %04d", n)); len(got) != 1 {
				r.t.Errorf("message %d: %q", n, got)
			}
		}
		r.intact()
	}
}

// intact compares the index with the texts that the file keeps.
func (r *rig) intact() {
	r.t.Helper()
	f, err := openFile(context.Background(), r.path(), origin{mark: r.Mark})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, check := range []string{
		"INSERT INTO people_index (people_index, rank) VALUES ('integrity-check', 1)", "INSERT INTO messages_index (messages_index, rank) VALUES ('integrity-check', 1)",
	} {
		if _, err := f.conn.ExecContext(context.Background(), check); err != nil {
			r.t.Errorf("%s: %v", check, err)
		}
	}
	if err := f.close(); err != nil {
		r.t.Error(err)
	}
}

// A file that is of no use is made anew, and then finds everything.
func TestAFileOfNoUseIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string, s *shop){
		"missing": func(t *testing.T, path string, _ *shop) { must(t, os.Remove(path)) },
		"empty":   func(t *testing.T, path string, _ *shop) { must(t, os.Truncate(path, 0)) },
		"no database": func(t *testing.T, path string, _ *shop) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("no ", 9000)), 0o600))
		},
		"cut off":             func(t *testing.T, path string, _ *shop) { must(t, os.Truncate(path, 20_000)) },
		"of an older version": func(t *testing.T, path string, _ *shop) { sqlIn(t, path, "PRAGMA user_version = 0") },
		"of a newer version":  func(t *testing.T, path string, _ *shop) { sqlIn(t, path, "PRAGMA user_version = 99") },
		"of another store": func(t *testing.T, path string, _ *shop) {
			sqlIn(t, path, "UPDATE meta SET value = 'that one' WHERE name = 'mark'")
		},
		"without a table": func(t *testing.T, path string, _ *shop) { sqlIn(t, path, "DROP TABLE messages_index") },
		"ahead of the store": func(t *testing.T, path string, _ *shop) {
			sqlIn(t, path, "UPDATE meta SET value = 1000000 WHERE name = 'change'")
		},
		"of another story of the same store": func(t *testing.T, path string, s *shop) {
			sqlIn(t, path, "DELETE FROM people") // what that story knows nothing of
			s.changes[len(s.changes)-1].At = s.changes[len(s.changes)-1].At.Add(time.Second)
			s.add(bots.Contact{})
			s.add(bots.Contact{})
		},
		"behind what is kept":  func(_ *testing.T, _ string, s *shop) { s.add(bots.Contact{}); s.add(bots.Contact{}); s.dropChanges() },
		"with its header gone": func(t *testing.T, path string, _ *shop) { flip(t, path, func(at int) bool { return at < 100 }) },
		"with a page in pieces": func(t *testing.T, path string, _ *shop) {
			flip(t, path, func(at int) bool { return at > 4096 && at%7 == 0 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, check := filled(300)
			r := rigOn(t, s, t.TempDir())
			check(r)
			r.stop()
			spoil(t, r.path(), s)
			again := rigOn(t, s, r.Dir)
			again.until("it answers", func() bool { // what is damaged is found to be when somebody looks there
				_, _, err := again.People(t.Context(), "покупець 0001", "", 1, nil)
				_, _, err2 := again.Talks(t.Context(), "замовлення", "", 300, nil)
				return err == nil && err2 == nil
			})
			check(again)
		})
	}
}

// Damage that comes while the gateway runs is met by a search, which is answered that it has to wait.
func TestDamageUnderARunningIndexIsMended(t *testing.T) {
	s, check := filled(300)
	r := rigOn(t, s, t.TempDir())
	check(r)
	sqlIn(t, r.path(), "PRAGMA wal_checkpoint(TRUNCATE)") // all of it is in the file itself
	flip(t, r.path(), func(at int) bool { return at > 4096 })
	r.file.Load().read.SetMaxIdleConns(0) // what a connection has read it reads no more
	r.until("the damage is met", func() bool {
		_, _, err := r.Talks(t.Context(), "замовлення", "", 300, nil)
		return err != nil
	})
	r.until("it answers", func() bool {
		_, _, err := r.Talks(t.Context(), "замовлення", "", 300, nil)
		return err == nil
	})
	check(r)
}

func TestRebuildByHand(t *testing.T) {
	s, check := filled(1200)
	r := rigOn(t, s, t.TempDir())
	check(r)
	sqlIn(t, r.path(), "DELETE FROM people") // what nobody could notice
	r.Rebuild()
	if got := r.Status(t.Context()); got.State != Building {
		t.Errorf("just after it was asked for it is %s", got.State)
	}
	if _, _, err := r.People(t.Context(), "покупець", "", 1, nil); !isNotReady(err) {
		t.Errorf("just after it was asked for it answers %v", err)
	}
	check(r)
}

// While it is built, what happens is taken in as well: records that are changed, added and dropped around the walk.
func TestAChangeDuringTheWalkIsNotLost(t *testing.T) {
	s, check := filled(1500)
	reached, goOn := make(chan struct{}), make(chan struct{})
	s.more = func(ctx context.Context) { // the walk comes here with a third of the people behind it
		select {
		case reached <- struct{}{}:
		case <-goOn:
			return
		case <-ctx.Done():
			return
		}
		select {
		case <-goOn:
		case <-ctx.Done():
		}
	}
	r := rigOn(t, s, t.TempDir())
	<-reached
	first, _ := s.ContactIDs(t.Context(), 0, 1)
	s.put(bots.Contact{ID: first[0], Name: "Покупець 0000 Перейменований"})
	s.put(bots.Contact{ID: s.last - 1, Name: "Останній 1499 Покупець"})
	s.add(bots.Contact{Name: "Нова людина"})
	s.say(first[0], "щойно написано")
	if _, _, err := r.People(t.Context(), "покупець", "", 1, nil); !isNotReady(err) {
		t.Errorf("a half of everything is shown: %v", err)
	}
	close(goOn)
	check(r)
	for _, query := range []string{"перейменований", "останній", "нова людина"} {
		if got := r.names(query); len(got) != 1 {
			t.Errorf("%q finds %q", query, got)
		}
	}
	if got := r.texts("щойно"); len(got) != 1 {
		t.Errorf("a message that came meanwhile: %q", got)
	}
}

// A disk that cannot be used is told of, and tried again; the file stays.
func TestAFileThatCannotBeReachedIsTold(t *testing.T) {
	s, check := filled(10)
	dir := filepath.Join(t.TempDir(), "data")
	must(t, os.WriteFile(dir, nil, 0o600)) // no folder
	r := rigOn(t, s, dir)
	r.until("it is told", func() bool { return r.Status(t.Context()).State == Broken })
	if _, _, err := r.People(t.Context(), "покупець", "", 1, nil); !isNotReady(err) || !strings.Contains(err.Error(), "search.db cannot be written") {
		t.Errorf("a search is answered %v", err)
	}
	must(t, os.Remove(dir))
	must(t, os.Mkdir(dir, 0o700))
	check(r)
}

// An index that has fallen behind finds what it has, and says that it is behind.
func TestAnIndexThatIsBehindSaysSo(t *testing.T) {
	s, check := filled(10)
	r := rigOn(t, s, t.TempDir())
	check(r)
	r.stop()
	r.Index.shut(nil) // as if it ran, and did nothing
	f, err := openFile(t.Context(), r.path(), origin{mark: r.Mark})
	must(t, err)
	defer f.close()
	r.file.Store(f)
	s.add(bots.Contact{Name: "Щойно"})
	if got := r.Status(t.Context()); got.State != Ready || got.Lag <= 0 || got.Lag > MaxLag {
		t.Errorf("a moment behind it stands as %+v", got)
	}
	s.changes[len(s.changes)-1].At = time.Now().Add(-MaxLag - time.Second)
	if got := r.Status(t.Context()); got.State != Behind || got.Lag <= MaxLag || got.Why == "" {
		t.Errorf("far behind it stands as %+v", got)
	}
	if found, _, err := r.People(t.Context(), "покупець 0001", "", 1, nil); err != nil || len(found) != 1 {
		t.Errorf("far behind it finds %d people it has, %v", len(found), err)
	}
	if found, _, err := r.People(t.Context(), "щойно", "", 1, nil); err != nil || len(found) != 0 {
		t.Errorf("far behind it finds %d people it has not, %v", len(found), err)
	}
}

func isNotReady(err error) bool {
	_, ok := errors.AsType[*NotReady](err)
	return ok
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sqlIn does something to a file behind the index's back.
func sqlIn(t *testing.T, path, query string) {
	t.Helper()
	f := &file{}
	must(t, f.connect(path))
	_, err := f.write.ExecContext(t.Context(), query)
	must(t, errors.Join(err, f.read.Close(), f.write.Close()))
}

// flip turns bytes of a file over.
func flip(t *testing.T, path string, which func(at int) bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	raw, err := os.ReadFile(path)
	must(t, err)
	for at := range raw {
		if which(at) {
			raw[at] ^= 0xff
		}
	}
	_, err = f.WriteAt(raw, 0)
	must(t, errors.Join(err, f.Close()))
	if slices.Equal(raw, nil) {
		t.Fatal("there was nothing to damage")
	}
}
