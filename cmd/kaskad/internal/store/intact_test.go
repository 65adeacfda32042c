package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaskad/bots"
)

func TestBrokenFilesAreRefusedInWords(t *testing.T) {
	t.Parallel()
	whole := written(t)
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	garble := func(at ...int) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, i := range at {
				b[i] ^= 0xff
			}
			return b
		}
	}
	page := os.Getpagesize()
	newest, ok, err := newestRoot(bytes.NewReader(whole))
	if err != nil || !ok {
		t.Fatalf("newestRoot = %v, %v", ok, err)
	}
	used := int(newest.size())
	for name, c := range map[string]struct {
		harm func([]byte) []byte
		want string // in the error; empty: it opens
	}{
		"as it was":                            {func(b []byte) []byte { return b }, ""},
		"an empty file is a new one":           {cut(0), ""},
		"one of two beginnings is broken":      {garble(20), ""},
		"the other of them":                    {garble(page + 20), ""},
		"cut at the end of what was used":      {cut(used), ""},
		"the last byte that was used is gone":  {cut(used - 1), "kaskad.db is cut off: it has "},
		"only the two beginnings":              {cut(2 * page), "kaskad.db is cut off: it has "},
		"only the first beginning":             {cut(page), "kaskad.db is cut off: it has "},
		"cut off, and the first one is broken": {func(b []byte) []byte { return garble(20)(b)[:3*page] }, "kaskad.db is cut off: it has "},
		"a few bytes":                          {cut(30), "is no store of ours"},
		"both beginnings are broken":           {garble(20, page+20), "is no store of ours"},
		"something else":                       {func([]byte) []byte { return bytes.Repeat([]byte("no store"), 20_000) }, "is no store of ours"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, FileName), c.harm(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := Open(dir, Options{})
			if err == nil {
				err = db.Close()
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("Open = %v, want %q in one line", err, c.want)
			}
			if c.want != "" {
				if err := CheckFile(dir); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("CheckFile = %v, want %q", err, c.want)
				}
			}
		})
	}
}

// written are the bytes of a store with something in it.
func written(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	for range 50 {
		upsert(t, db, bots.Ref{Kind: "ext", Value: "C-1"}, func(c *bots.Contact) { c.Name += strings.Repeat("x", 2000) })
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
