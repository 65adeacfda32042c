package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kaskad/cmd/kaskad/internal/intake"
)

// street is the way to a shop, on which batches come and go in an order of the test's: thousand is which part of the list one is.
type street struct {
	*shop
	there func(thousand int)       // it is under way, nothing is done
	back  func(thousand int) error // it is done, and the answer is under way; an error: it is lost
}

func (s *street) Call(ctx context.Context, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var ask struct {
		Contacts []json.RawMessage
		DryRun   bool `json:"dry_run"`
	}
	if err := json.Unmarshal(raw, &ask); err != nil {
		return err
	}
	thousand := lastOf(ask.Contacts) / 1000
	if s.there != nil && !ask.DryRun {
		s.there(thousand)
	}
	if err := s.shop.Call(ctx, method, path, in, out); err != nil || s.back == nil || ask.DryRun {
		return err
	}
	return s.back(thousand)
}

// inTurn lets batches go on in an order, each when the one before it has.
func inTurn(order ...int) (wait func(int), gone func(int)) {
	var mu sync.Mutex
	open := make([]chan struct{}, len(order)+1)
	for i := range open {
		open[i] = make(chan struct{})
	}
	close(open[0])
	place := func(thousand int) int {
		for i, n := range order {
			if n == thousand {
				return i
			}
		}
		return len(order)
	}
	wait = func(thousand int) { <-open[place(thousand)] }
	gone = func(thousand int) {
		mu.Lock()
		defer mu.Unlock()
		if i := place(thousand); i < len(order) {
			close(open[i+1])
		}
	}
	return wait, gone
}

// whole looks at what an import came to in the end, however often it was broken off: every row once.
func whole(t *testing.T, s *shop, done *intake.Outcome, err error) {
	t.Helper()
	if err != nil || done.Rows != listed || done.Created+done.Unchanged != listed-refused || done.Updated != 0 || done.Refused != refused || len(s.people) != listed-refused {
		t.Fatalf("%+v, %v; %d people", done, err, len(s.people))
	}
	raw, err := os.ReadFile(done.RefusedFile)
	if err != nil || strings.Count(string(raw), "\n") != 1+refused {
		t.Errorf("%d refused rows are written, %v", strings.Count(string(raw), "\n")-1, err)
	}
	met := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if met[line] {
			t.Errorf("written twice: %s", line)
		}
		met[line] = true
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(done.RefusedFile), "people.importing.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it has ended, and still says how far it came: %v", err)
	}
}

// Answers that come the other way round are counted as the rows stand.
func TestAnswersAreCountedInTheOrderOfTheRows(t *testing.T) {
	path := people(t, listed)
	wait, gone := inTurn(2, 1, 0)
	s := &street{shop: &shop{people: map[string]string{}}}
	s.there = wait
	s.back = func(thousand int) error { gone(thousand); return nil }
	done, err := bring(t, t.Context(), s, path, false)
	whole(t, s.shop, done, err)
	if done.Created != listed-refused || s.made != listed-4 {
		t.Errorf("%+v; %d rows were handed over", done, s.made)
	}
	raw, err := os.ReadFile(done.RefusedFile)
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for line := range strings.Lines(string(raw)) {
		if row := strings.Split(line, ",")[2]; len(row) < len(last) || len(row) == len(last) && row < last {
			if last != "row" {
				t.Errorf("row %s is written behind row %s", row, last)
			}
		} else {
			last = row
		}
	}
}

// Ctrl-C while three batches are under way waits for all three and counts them: nothing that was done is told as not done.
func TestCtrlCWaitsForAllBatchesThatAreUnderWay(t *testing.T) {
	path := people(t, listed)
	ctx, cancel := context.WithCancel(t.Context())
	wait, gone := inTurn(2, 1, 0)
	s := &street{shop: &shop{people: map[string]string{}}}
	s.there = func(thousand int) {
		if thousand == 2 {
			cancel()
		}
		wait(thousand)
	}
	s.back = func(thousand int) error { gone(thousand); return nil }
	broken, err := bring(t, ctx, s, path, false)
	if !errors.Is(err, context.Canceled) || broken.Rows != 3000 || broken.Created != len(s.people) {
		t.Fatalf("%+v are counted and %d are in the store, %v", broken, len(s.people), err)
	}
	s.there, s.back = nil, nil
	done, err := bring(t, t.Context(), s, path, false)
	whole(t, s.shop, done, err)
	if done.GoneOn != 3000 || done.Created != listed-refused || s.made != listed-4 {
		t.Errorf("%+v; %d rows were handed over in all", done, s.made)
	}
}

// The middle one of three batches fails while the first is taken and the third is under way: the first counts, the two others are handed
// over again.
func TestABatchThatFailsBetweenTwo(t *testing.T) {
	for name, lost := range map[string]bool{"after it was done": true, "before it was done": false} {
		t.Run(name, func(t *testing.T) {
			path := people(t, listed)
			broke := make(chan struct{})
			s := &street{shop: &shop{people: map[string]string{}}}
			away := errors.New("the connection broke off")
			s.back = func(thousand int) error {
				switch thousand {
				case 1:
					defer close(broke)
					if lost {
						return away
					}
				case 2:
					<-broke // it is under way when the one before it fails
				}
				return nil
			}
			gateway := intake.Gateway(s)
			if !lost {
				gateway = refusesOne{s, broke, away}
			}
			broken, err := bring(t, t.Context(), gateway, path, false)
			if !errors.Is(err, away) || broken.Rows != 1000 || broken.Created != 998 {
				t.Fatalf("%+v, %v", broken, err)
			}
			if s.people["C-2000"] == "" || (s.people["C-1000"] != "") != lost {
				t.Fatalf("in the store: C-1000 %q, C-2000 %q", s.people["C-1000"], s.people["C-2000"])
			}
			s.back = nil
			done, err := bring(t, t.Context(), s, path, false)
			whole(t, s.shop, done, err)
			if done.GoneOn != 1000 {
				t.Errorf("it went on at %d", done.GoneOn)
			}
		})
	}
}

// refusesOne answers the second thousand with an error before anything is done.
type refusesOne struct {
	*street
	broke chan struct{}
	err   error
}

func (g refusesOne) Call(ctx context.Context, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var ask struct{ Contacts []json.RawMessage }
	if err := json.Unmarshal(raw, &ask); err != nil {
		return err
	}
	if lastOf(ask.Contacts)/1000 == 1 {
		defer close(g.broke)
		return g.err
	}
	return g.street.Call(ctx, method, path, in, out)
}

// A killed import has told of one batch; the three behind it are done, and their answers were never read. What it left beside the list is
// what the next one finds.
func TestAnImportThatIsKilledBetweenAnswers(t *testing.T) {
	path := people(t, listed)
	left := t.TempDir()
	s := &street{shop: &shop{people: map[string]string{}}}
	killed := make(chan struct{})
	var behind sync.WaitGroup
	behind.Add(2)
	s.back = func(thousand int) error {
		switch thousand {
		case 1: // when the first is noted, and the others are done
			behind.Wait()
			untilNoted(t, path, 1000)
			copyAll(t, filepath.Dir(path), left)
			close(killed)
			return errors.New("killed")
		case 2, 3:
			behind.Done()
			<-killed
		}
		return nil
	}
	if _, err := bring(t, t.Context(), s, path, false); err == nil {
		t.Fatal("it was not broken off")
	}
	if s.people["C-1000"] == "" || s.people["C-2000"] == "" || s.people["C-3000"] == "" || s.people["C-4000"] != "" {
		t.Fatal("four thousand were to be in the store, and no more")
	}
	s.back = nil
	done, err := bring(t, t.Context(), s, filepath.Join(left, "people.csv"), false)
	whole(t, s.shop, done, err)
	if unchanged := 3000 - 5; done.GoneOn != 1000 || done.Unchanged != unchanged {
		t.Errorf("%+v; want %d unchanged: what was done, and not told", done, unchanged)
	}
}

func untilNoted(t *testing.T, list string, rows int) {
	for {
		var noted struct{ Sum intake.Outcome }
		raw, err := os.ReadFile(strings.TrimSuffix(list, ".csv") + ".importing.json")
		if err == nil && json.Unmarshal(raw, &noted) == nil && noted.Sum.Rows >= rows {
			return
		}
		select {
		case <-t.Context().Done():
			return
		default:
		}
	}
}

func copyAll(t *testing.T, from, to string) {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Error(err)
	}
}
