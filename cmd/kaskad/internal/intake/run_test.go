package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"kaskad/cmd/kaskad/internal/intake"
	"kaskad/cmd/kaskad/internal/sheet"
)

// shop is a gateway in memory: people by their card.
type shop struct {
	mu     sync.Mutex
	people map[string]string
	calls  int
	made   int // of calls that were no dry run
	breaks int // from the how many-th thousand of the list on calls break off, after they were made; 0: none do
	before func(call int)
	said   []string // where each consent is from: list and row
}

func (s *shop) Call(_ context.Context, _, path string, in, out any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var ask struct {
		Contacts []json.RawMessage
		Merge    bool `json:"merge_attributes"`
		DryRun   bool `json:"dry_run"`
		List     string
	}
	if err := json.Unmarshal(raw, &ask); err != nil || path != "/v1/contacts:batch" || !ask.Merge || len(ask.Contacts) > 1000 {
		return fmt.Errorf("%s with %d people, %v", path, len(ask.Contacts), err)
	}
	s.calls++
	if s.before != nil {
		s.before(s.calls)
	}
	var answers []string
	for _, one := range ask.Contacts {
		answers = append(answers, s.put(one, ask.DryRun))
		var told struct {
			Row      int
			Consents json.RawMessage
		}
		if err := json.Unmarshal(one, &told); err != nil {
			return err
		}
		if told.Consents != nil {
			s.said = append(s.said, fmt.Sprintf("%s:%d", ask.List, told.Row))
		}
	}
	if !ask.DryRun {
		s.made += len(ask.Contacts)
		if s.breaks > 0 && lastOf(ask.Contacts) >= (s.breaks-1)*1000 {
			return errors.New("the connection broke off")
		}
	}
	return json.Unmarshal([]byte(`{"results":[`+strings.Join(answers, ",")+`]}`), out)
}

// lastOf is the number of the last person of a batch. Batches come in any order, some at a time.
func lastOf(batch []json.RawMessage) int {
	var told struct {
		ID string `json:"external_id"`
	}
	if len(batch) == 0 || json.Unmarshal(batch[len(batch)-1], &told) != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(told.ID, "C-")) // 0: of another list
	return n
}

func (s *shop) put(raw json.RawMessage, dry bool) string {
	var p struct {
		ID   string `json:"external_id"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(raw, &p); err != nil || p.Name == "bad" {
		return `{"code":"invalid_field","status":422,"detail":"=it is bad"}`
	}
	had, known := s.people[p.ID]
	if !dry {
		s.people[p.ID] = p.Name
	}
	stands := ""
	if p.Name == "stopped" {
		stands = `,"consent_stands":{"state":"denied","at":"2026-05-01T08:00:00Z","source":"keyword:стоп"}`
	}
	if p.Name == "family" {
		stands = `,"shared_with":["0fzk3x9a2m001"]`
	}
	switch {
	case !known:
		return `{"state":"created"` + stands + `}`
	case had != p.Name:
		return `{"state":"updated"` + stands + `}`
	}
	return `{"state":"unchanged"` + stands + `}`
}

// bring imports a list into a shop.
func bring(t *testing.T, ctx context.Context, s intake.Gateway, path string, dry bool) (*intake.Outcome, error) {
	t.Helper()
	list, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	columns, err := intake.NewColumns(list.Header, intake.Wish{Zone: kyiv(t)})
	if err != nil {
		t.Fatal(err)
	}
	mark, err := intake.NewMark(path, "flags")
	if err != nil {
		t.Fatal(err)
	}
	refused := sheet.NewRefused(path, list)
	refused.Numbered = true
	stands := sheet.NewStands(path, list)
	stands.Numbered = true
	run := &intake.Run{Gateway: s, List: list, Columns: columns, Refused: refused, Stands: stands, Mark: mark, DryRun: dry, Tell: func(intake.Progress) {}}
	return run.Do(ctx)
}

// people writes a list of so many, of whom some are refused: each thousandth by the gateway, each 1,500th before it.
func people(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("ext,name\n")
	for i := range n {
		switch {
		case i%1500 == 7:
			fmt.Fprintf(&b, ",nobody %d\n", i)
		case i%1000 == 3:
			fmt.Fprintf(&b, "C-%d,bad\n", i)
		default:
			fmt.Fprintf(&b, "C-%d,A%d\n", i, i)
		}
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	listed  = 5500
	refused = 4 + 6
)

func TestAnImportCountsAndWritesBackWhatIsRefused(t *testing.T) {
	path := people(t, listed)
	s := &shop{people: map[string]string{"C-1": "A1", "C-2": "other"}}
	tried, err := bring(t, t.Context(), s, path, true)
	if err != nil || tried.Created != listed-refused-2 || tried.Updated != 1 || tried.Unchanged != 1 || tried.Refused != refused || len(s.people) != 2 {
		t.Fatalf("a dry run: %+v, %v", tried, err)
	}
	beside := func(name string) string { return filepath.Join(filepath.Dir(path), name) }
	if _, err := os.Stat(beside("people.refused.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a dry run wrote refused rows")
	}
	done, err := bring(t, t.Context(), s, path, false)
	if err != nil || done.Created != tried.Created || done.Updated != 1 || done.Unchanged != 1 || done.Refused != refused || done.Rows != listed || len(s.people) != listed-refused {
		t.Fatalf("%+v, %v", done, err)
	}
	raw, err := os.ReadFile(beside("people.refused.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 1+refused || lines[0] != "ext,name,row,problem" || lines[1] != "C-3,bad,5,'=it is bad" || !strings.HasPrefix(lines[2], ",nobody 7,9,nobody is named") {
		t.Errorf("refused rows:\n%s", raw)
	}
	if _, err := os.Stat(beside("people.importing.json")); !errors.Is(err, os.ErrNotExist) {
		t.Error("it has ended, and still says how far it came")
	}
	if again, err := bring(t, t.Context(), s, path, false); err != nil || again.Unchanged != listed-refused || again.GoneOn != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// What breaks off goes on where it was, whatever broke it off: nothing is asked for twice but the three batches that were under way, and the
// counts and the refused rows are those of a run that never broke off.
func TestAnImportGoesOnWhereItWas(t *testing.T) {
	for _, breaks := range []int{1, 2, 3, 6} {
		path := people(t, listed)
		s := &shop{people: map[string]string{}, breaks: breaks}
		broken, err := bring(t, t.Context(), s, path, false)
		if err == nil {
			t.Fatalf("thousand %d broke off, and nobody says so", breaks)
		}
		s.breaks = 0
		done, err := bring(t, t.Context(), s, path, false)
		if err != nil || done.Rows != listed || done.Created+done.Unchanged != listed-refused || done.Refused != refused || done.Updated != 0 || len(s.people) != listed-refused {
			t.Errorf("broken off at thousand %d, then %+v, %v", breaks, done, err)
		}
		if done.GoneOn != broken.Rows || breaks > 1 && done.GoneOn == 0 || s.made > listed+3*1000 {
			t.Errorf("broken off at thousand %d: it went on at %d, and %d rows were handed over in all", breaks, done.GoneOn, s.made)
		}
		raw, err := os.ReadFile(done.RefusedFile)
		if err != nil || strings.Count(string(raw), "\n") != 1+refused {
			t.Errorf("broken off at thousand %d: %d refused rows are written, %v", breaks, strings.Count(string(raw), "\n")-1, err)
		}
	}
}

func TestCtrlCEndsAnImportBetweenBatches(t *testing.T) {
	path := people(t, listed)
	ctx, cancel := context.WithCancel(t.Context())
	s := &shop{people: map[string]string{}, before: func(call int) {
		if call == 2 {
			cancel()
		}
	}}
	broken, err := bring(t, ctx, s, path, false)
	if !errors.Is(err, context.Canceled) || broken.Created != len(s.people) {
		t.Errorf("%d are counted and %d are in the store, %v", broken.Created, len(s.people), err)
	}
	s.before = nil
	done, err := bring(t, t.Context(), s, path, false)
	if err != nil || done.Created != listed-refused || done.GoneOn != broken.Rows || s.made != listed-4 {
		t.Errorf("after Ctrl-C at %d: %+v, %v; %d rows were handed over in all", broken.Rows, done, err, s.made)
	}
}

// The note beside the list is believed only of this list and as far as the store has what it tells.
func TestWhatIsNotedIsNotBelievedBlindly(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, s *shop, path string){
		"another store": func(_ *testing.T, s *shop, _ string) { s.people = map[string]string{} },
		"another list": func(t *testing.T, _ *shop, path string) {
			raw, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, append([]byte("ext,name\nC-first,A\n"), raw[len("ext,name\n"):]...), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"the refused rows are gone": func(t *testing.T, _ *shop, path string) {
			if err := os.Remove(strings.TrimSuffix(path, ".csv") + ".refused.csv"); err != nil {
				t.Fatal(err)
			}
		},
		"a note that cannot be read": func(t *testing.T, _ *shop, path string) {
			if err := os.WriteFile(strings.TrimSuffix(path, ".csv")+".importing.json", []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		path := people(t, listed)
		s := &shop{people: map[string]string{}, breaks: 3}
		if _, err := bring(t, t.Context(), s, path, false); err == nil {
			t.Fatal("it did not break off")
		}
		s.breaks = 0
		change(t, s, path)
		done, err := bring(t, t.Context(), s, path, false)
		if err != nil || done.GoneOn != 0 || len(s.people) < listed-refused || done.Refused != refused {
			t.Errorf("%s: %+v, %v; %d people", name, done, err, len(s.people))
		}
		raw, err := os.ReadFile(done.RefusedFile)
		if err != nil || strings.Count(string(raw), "\n") != 1+refused {
			t.Errorf("%s: %d refused rows are written, %v", name, strings.Count(string(raw), "\n")-1, err)
		}
	}
}

// Rows of one person in neighbouring batches are handed over one after the other, however their phone is written.
func TestNeighbouringBatchesOfOnePersonAreNotMixed(t *testing.T) {
	var b strings.Builder
	b.WriteString("ext,phone,name\n")
	for i := range 6000 {
		phone := fmt.Sprintf("+38050%07d", i%1000)
		if i >= 1000 {
			phone = fmt.Sprintf("050 %07d", i%1000)
		}
		fmt.Fprintf(&b, "C-%d,%s,%d\n", i%1000, phone, i)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shop{people: map[string]string{}}
	if done, err := bring(t, t.Context(), s, path, false); err != nil || done.Created != 1000 || done.Updated != 5000 {
		t.Fatalf("%+v, %v", done, err)
	}
	for i := range 1000 {
		if got, want := s.people[fmt.Sprint("C-", i)], fmt.Sprint(5000+i); got != want {
			t.Fatalf("C-%d is %s, want the last row, %s", i, got, want)
		}
	}
}

// A row whose yes meets the person's own no is taken, and stands in a list of its own, once, however often the import was broken off.
func TestRowsAgainstWhichANoStandsAreWrittenDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	var b strings.Builder
	b.WriteString("ext,name\n")
	for i := range 2500 {
		name := "A"
		if i%100 == 5 {
			name = "stopped"
		}
		fmt.Fprintf(&b, "C-%d,%s\n", i, name)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shop{people: map[string]string{}, breaks: 2}
	if _, err := bring(t, t.Context(), s, path, false); err == nil {
		t.Fatal("the connection broke off, and nothing is said")
	}
	s.breaks = 0
	done, err := bring(t, t.Context(), s, path, false)
	if err != nil || done.Stands != 25 || done.Refused != 0 || filepath.Base(done.StandsFile) != "people.stands.csv" {
		t.Fatalf("%+v, %v", done, err)
	}
	raw, err := os.ReadFile(done.StandsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 26 || lines[0] != "ext,name,row,problem" ||
		lines[1] != `C-5,stopped,7,"the person said no on 2026-05-01 (keyword:стоп), which stands; the rest of the row is taken"` {
		t.Errorf("%d lines: %s", len(lines), lines[:2])
	}
}

// The evidence of a consent is to name the list and the row: never the folder.
func TestPhonesThatOthersHaveAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("ext,name\nC-1,family\nC-2,Ivan\nC-3,family\nC-4,bad\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		done, err := bring(t, t.Context(), &shop{people: map[string]string{}}, path, dry)
		if err != nil || done.Shared != 2 || done.Created != 3 || done.Refused != 1 {
			t.Errorf("dry %v: %+v, %v; want two that share a phone", dry, done, err)
		}
	}
}

func TestAConsentTellsItsListAndRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop\tone.csv")
	if err := os.WriteFile(path, []byte("ext,name,marketing\nC-1,A,\nC-2,B,no\n\nC-3,C,no\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shop{people: map[string]string{}}
	if _, err := bring(t, t.Context(), s, path, false); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.said, " "); got != "shop_one.csv:3 shop_one.csv:5" {
		t.Errorf("consents are from %s", got)
	}
}
