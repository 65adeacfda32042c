package sheet_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/sheet"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// all reads a list: its header and rows, one line each, as "3: a|b" or "3! problem".
func all(t *testing.T, r *sheet.Reader) string {
	t.Helper()
	lines := []string{strings.Join(r.Header, "|")}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return strings.Join(lines, "\n")
		}
		var wrong *sheet.RowError
		switch {
		case errors.As(err, &wrong):
			lines = append(lines, fmt.Sprintf("%d! %s", wrong.Line, wrong.Problem))
		case err != nil:
			return strings.Join(append(lines, err.Error()), "\n")
		default:
			lines = append(lines, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
		}
	}
}

func TestListsAsSpreadsheetsWriteThem(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"commas":                             {"to,points\next:1,5\n", "to|points\n2: ext:1|5"},
		"semicolons and a byte order mark":   {"\xef\xbb\xbfto;points\r\next:1;5,5\r\n", "to|points\n2: ext:1|5,5"},
		"tabs":                               {"to\tpoints\next:1\t5", "to|points\n2: ext:1|5"},
		"a semicolon inside a quoted name":   {"\"a;b;c\",to\nx,ext:1", "a;b;c|to\n2: x|ext:1"},
		"a cell of two lines":                {"to,note\next:1,\"a\nb\"\next:2,c", "to|note\n2: ext:1|a\nb\n4: ext:2|c"},
		"empty rows, and rows of separators": {"to;points\n\n;\next:1;5\n", "to|points\n4: ext:1|5"},
		"separators at the end":              {"to,points\next:1,5,,\n", "to|points\n2: ext:1|5"},
		"a row that is too short":            {"to,points\next:1\next:2,5", "to|points\n2! the number of cells is 1, and 2 in the first row: is a separator missing, or one inside a cell without quotes around it?\n3: ext:2|5"},
		"a row that is too long":             {"to,points\next:1,5,6", "to|points\n2! the number of cells is 3, and 2 in the first row: is a separator missing, or one inside a cell without quotes around it?"},
		"a quote inside a cell":              {"to,note\next:1,a\"b\next:2,c", "to|note\n2! a quote inside a cell: write \"\" for each, and quotes around the cell\n3: ext:2|c"},
		"one column":                         {"phone\n+380501112233", "phone\n2: +380501112233"},
		"cells that we guarded ourselves":    {"to,note\next:1,'=1+1\next:2,'tis", "to|note\n2: ext:1|=1+1\n3: ext:2|'tis"},
	} {
		r, err := sheet.Open(file(t, c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := all(t, r); got != c.want {
			t.Errorf("%s: read\n%s\nwant\n%s", name, got, c.want)
		}
		if err := r.Again(); err != nil {
			t.Error(err)
		}
		if got := all(t, r); got != c.want {
			t.Errorf("%s, read again:\n%s\nwant\n%s", name, got, c.want)
		}
		if part := r.Part(); part != 1 {
			t.Errorf("%s: read to its end, %f of it", name, part)
		}
		r.Close()
	}
}

func TestWhatIsNoListIsRefusedWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"Windows-1251 in the first row": {"\xf2\xe5\xeb\xe5\xf4\xee\xed;points\n1;2", "iconv -f WINDOWS-1251"},
		"UTF-16":                        {"\xff\xfet\x00o\x00", "iconv -f UTF-16"},
		"a workbook":                    {"PK\x03\x04....", "CSV UTF-8"},
		"an empty file":                 {"\xef\xbb\xbf\n", "names the columns"},
		"bytes":                         {"to\x00", "no text"},
	} {
		if _, err := sheet.Open(file(t, c.text)); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", name, err, c.says)
		}
	}
	if _, err := sheet.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "read twice") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := sheet.Open("/nowhere.csv"); err == nil || err.Error() != "/nowhere.csv: no such file or directory" {
		t.Errorf("no file: %v", err)
	}
	r, err := sheet.Open(file(t, "to,note\next:1,\xcf\xf0\xe8"))
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, r); !strings.Contains(got, "line 2 is not UTF-8") {
		t.Errorf("Windows-1251 further down: %s", got)
	}
}

func TestARowThatCannotBeTakenApartIsWrittenBackWhole(t *testing.T) {
	long := strings.Repeat("0501112233;\"Олена\";C-1\n", 5000) // far more than is read at once
	for name, c := range map[string]struct {
		text string
		opt  sheet.Options
		want string
	}{
		"a quote inside a cell":      {"phone;name;card\n0501112244;ТОВ \"Ромашка\";C-2\r\n0501112255;Іван;C-3\n", sheet.Options{}, `0501112244;ТОВ "Ромашка";C-2`},
		"after many rows":            {"phone;name;card\n" + long + "0501112244;ТОВ \"Ромашка\";C-2\n", sheet.Options{}, `0501112244;ТОВ "Ромашка";C-2`},
		"in Windows-1251":            {"phone;name;card\n1;\xcf\xf0\xe8 \"x\";C-2\n", sheet.Options{Encoding: sheet.Windows1251}, `1;При "x";C-2`},
		"a quote that is not closed": {"phone;name;card\n1;\"x;C-2\n2;y;C-3\n", sheet.Options{}, "1;\"x;C-2\n2;y;C-3"},
		"behind a byte order mark":   {"\xef\xbb\xbfphone;name;card\n1;x\"y;C-2\n", sheet.Options{}, `1;x"y;C-2`},
	} {
		r, err := sheet.OpenAs(file(t, c.text), c.opt)
		if err != nil {
			t.Fatal(err)
		}
		var wrong []string
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if e, ok := errors.AsType[*sheet.RowError](err); ok {
				wrong = append(wrong, e.Cells...)
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(wrong, []string{c.want}) {
			t.Errorf("%s: the row is %q, want %q", name, wrong, c.want)
		}
		mustClose(t, r)
	}
}

func TestTwoRunsDoNotHaveOneList(t *testing.T) {
	path := file(t, "phone;name\n1;x\n")
	first, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, second)
	if err := first.Alone(); err != nil {
		t.Fatal(err)
	}
	if err := second.Alone(); !errors.Is(err, sheet.ErrBusy) {
		t.Errorf("the second run: %v, want that the first one has the list", err)
	}
	mustClose(t, first)
	if err := second.Alone(); err != nil {
		t.Errorf("after the first one has ended: %v", err)
	}
}

func mustClose(t *testing.T, r *sheet.Reader) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestAQuoteThatIsNeverClosedDoesNotReadTheWholeFile(t *testing.T) {
	r, err := sheet.Open(file(t, "to,note\next:1,\""+strings.Repeat("Привіт\n", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, r); !strings.Contains(got, "is a quote not closed?") || r.Part() > 0.5 {
		t.Errorf("read %.2f of it: %.200s", r.Part(), got)
	}
}

// A file that is one line without an end, as long as it may be, is given up within the length of a row; what it says is what to do.
func TestALineWithoutEndDoesNotReadTheWholeFile(t *testing.T) {
	for name, text := range map[string]string{
		"the first row": strings.Repeat("phone,", 2<<20),
		"a row":         "phone,name\n" + strings.Repeat("050,", 3<<20),
		"a cell":        "phone,name\n050," + strings.Repeat("Ї", 6<<20),
	} {
		r, err := sheet.Open(file(t, text))
		got, part := "", 0.0
		if err != nil {
			got = err.Error()
		} else {
			got, part = all(t, r), r.Part()
		}
		if !strings.Contains(got, "the row is longer than 1048576 bytes") || part > 0.2 {
			t.Errorf("%s: read %.2f of it: %.200s", name, part, got)
		}
	}
}

func TestRefusedRowsAreWrittenBackAndNoFormulaAmongThem(t *testing.T) {
	path := file(t, "\xef\xbb\xbfto;note;Problem\n+380501112233;\"=HYPERLINK(\"\"http://x\"\")\";old\n-5;+1+cmd|x;\n@a;b;\n")
	r, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w := sheet.NewRefused(path, r)
	if w.Path() != "" {
		t.Errorf("nothing was refused, and the file is %q", w.Path())
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(row, "=no"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(path), "people.refused.csv"))
	if err != nil || w.Path() != strings.TrimSuffix(path, ".csv")+".refused.csv" {
		t.Fatal(err, w.Path())
	}
	want := "\xef\xbb\xbfto;note;problem\n+380501112233;\"'=HYPERLINK(\"\"http://x\"\")\";'=no\n-5;'+1+cmd|x;'=no\n'@a;b;'=no\n"
	if string(raw) != want {
		t.Errorf("written:\n%s\nwant:\n%s", raw, want)
	}
	if info, err := os.Stat(w.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
	if r.Changed() {
		t.Error("the list itself is said to have changed")
	}
	if err := os.WriteFile(path, []byte("to\n"), 0o600); err != nil || !r.Changed() {
		t.Error("somebody wrote to the list, and it is not said", err)
	}
}
