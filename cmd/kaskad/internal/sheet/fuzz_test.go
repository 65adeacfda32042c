package sheet_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kaskad/cmd/kaskad/internal/sheet"
)

// FuzzList reads files that people bring as lists, tables and workbooks alike: each row is read or told to be wrong, and a list ends.
func FuzzList(f *testing.F) {
	for _, s := range []string{
		"phone,name\n+380501112233,Olena\n", "\xef\xbb\xbfТелефон;Имя\r\n+380501112233;Олена\r\n", "a\tb\n1\t2\n", "a,b\n\"1,2\n", "a,a\n1\n1,2,3\n", "", "\n\n", "\xff\xfe", "PK\x03\x04", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		"\xf2\xe5\xeb;\xe8\xec\xff\n1;\xce\xeb\xe5\xed\xe0\n",
	} {
		f.Add([]byte(s))
	}
	path := filepath.Join(f.TempDir(), "list.csv")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := sheet.OpenAs(path, sheet.Options{Workbook: true})
		if err != nil {
			return
		}
		defer r.Close()
		for range len(raw) + 2 {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if _, wrong := errors.AsType[*sheet.RowError](err); err != nil && !wrong {
				return
			}
		}
		t.Errorf("a list of %d bytes has no end", len(raw))
	})
}
