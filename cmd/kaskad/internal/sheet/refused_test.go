package sheet_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/sheet"
)

func TestTheFileOfRefusedRowsReplacesNothingOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		there string // at its place; empty: nothing
		mode  os.FileMode
		ours  bool
	}{
		"nothing is there":               {"", 0, true},
		"an earlier one":                 {"to,note,problem\next:9,,no\n", 0o600, true},
		"an earlier one, of other names": {"\xef\xbb\xbfphone;problem\n12;no\n", 0o600, true},
		"an earlier one, shown to all":   {"to,note,problem\next:9,,no\n", 0o644, true},
		"one that broke off at once":     {"", 0o600, true},
		"somebody's notes":               {"call them back\n", 0o600, false},
		"a list of people":               {"to,note\next:9,\n", 0o600, false},
		"a list with a problem further":  {"to,note\next:9,problem\n", 0o600, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "to,note\next:1,a\n")
			list, err := sheet.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer list.Close()
			refused := filepath.Join(filepath.Dir(path), "people.refused.csv")
			if c.mode != 0 {
				if err := os.WriteFile(refused, []byte(c.there), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			w := sheet.NewRefused(path, list)
			said, added := w.Free(), w.Add(sheet.Row{Line: 2, Cells: []string{"ext:1", "a"}}, "no")
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(refused)
			if err != nil {
				t.Fatal(err)
			}
			if !c.ours {
				if said == nil || added == nil || !strings.Contains(said.Error(), "move it away") || string(raw) != c.there || w.Path() != "" {
					t.Errorf("it says %v and %v, the file is now %q", said, added, raw)
				}
				return
			}
			info, err := os.Stat(refused)
			if err != nil {
				t.Fatal(err)
			}
			if said != nil || added != nil || string(raw) != "to,note,problem\next:1,a,no\n" || info.Mode().Perm() != 0o600 {
				t.Errorf("it says %v and %v, the file of mode %v is %q", said, added, info.Mode(), raw)
			}
		})
	}
}

// A link is not followed: what it leads to is somebody else's.
func TestTheFileOfRefusedRowsFollowsNoLink(t *testing.T) {
	path := file(t, "to\next:1\n")
	list, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	other := filepath.Join(t.TempDir(), "other.csv")
	if err := os.WriteFile(other, []byte("to,problem\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(filepath.Dir(path), "people.refused.csv")); err != nil {
		t.Fatal(err)
	}
	w := sheet.NewRefused(path, list)
	if w.Free() == nil || w.Add(sheet.Row{Line: 2, Cells: []string{"ext:1"}}, "no") == nil {
		t.Error("a link was taken for ours")
	}
	if raw, err := os.ReadFile(other); err != nil || string(raw) != "to,problem\n" {
		t.Errorf("what the link leads to is now %q, %v", raw, err)
	}
}

// A row that is longer than the header keeps all of its cells: the one that is too many may be the person's no. It is refused again
// until it is mended, and whole when the cells that are one are put together.
func TestARowThatIsTooLongIsWrittenBackWhole(t *testing.T) {
	path := file(t, "card;phone;name;unsubscribed\nS-1;0501118001;Коваль;Олена;так\n")
	const want = "card;phone;name;unsubscribed;row;problem\nS-1;0501118001;Коваль;Олена;так;2;the number of cells is "
	raw := ""
	for range 3 { // from the second time on it is the list of refused rows that is refused
		raw = refusedAgain(t, path)
		if !strings.HasPrefix(raw, want) || strings.Count(raw, "the number of cells") != 1 {
			t.Fatalf("the file is %q, want it to begin with %q, and one problem", raw, want)
		}
		path = file(t, raw)
	}
	list, err := sheet.Open(file(t, strings.Replace(raw, "Коваль;Олена", "Коваль Олена", 1)))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	row, err := list.Next()
	if got := strings.Join(row.Cells, "|"); err != nil || !strings.HasPrefix(got, "S-1|0501118001|Коваль Олена|так|2|") {
		t.Errorf("mended it is %q, %v", got, err)
	}
}

// refusedAgain is the file of refused rows of a list whose rows are all refused.
func refusedAgain(t *testing.T, path string) string {
	t.Helper()
	list, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	w := sheet.NewRefused(path, list)
	w.Numbered = true
	for {
		row, err := list.Next()
		wrong, ok := errors.AsType[*sheet.RowError](err)
		if err == io.EOF {
			break
		}
		if !ok {
			t.Fatalf("row %v is taken, or %v", row, err)
		}
		if err := w.Add(wrong.Row, wrong.Problem); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
