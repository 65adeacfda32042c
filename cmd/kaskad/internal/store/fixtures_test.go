package store

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// A file of each schema that a program ever wrote is in testdata: schemaN.db.gz. It was made by the last program of that schema, with simulated
// messengers: C-1 pressed the button of a delivery and wrote, with a yes to marketing; C-2 said stop; a delivery to C-3 is open, for telegram is paused.
// Whoever adds a migration leaves these as they are, and adds the file of the schema before it, made by the program of that day.

// unpacked puts a file of testdata into a folder as its store.
func unpacked(t *testing.T, dir string, schema int) {
	t.Helper()
	name := filepath.Join("testdata", fmt.Sprintf("schema%d.db.gz", schema))
	packed, err := os.Open(name)
	if err != nil {
		t.Fatalf("%v: a file of each schema is needed, made by the program that wrote it", err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// schemaOf is the schema that a file has on disk.
func schemaOf(t *testing.T, path string) (schema int) {
	t.Helper()
	file, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.View(func(btx *bolt.Tx) error {
		schema = int(keyNumber(btx.Bucket(metaBucket).Get(keySchema)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return schema
}

// Today's program opens the files of all programs before it: after a copy, with everything in them, and its indexes agree.
func TestFilesOfEverySchema(t *testing.T) {
	t.Parallel()
	for schema := 1; schema <= Schema(); schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			unpacked(t, dir, schema)
			path := filepath.Join(dir, FileName)
			if got := schemaOf(t, path); got != schema {
				t.Fatalf("the file of schema %d has schema %d", schema, got)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			db := openAt(t, dir, Options{}) // looks through it at the end
			if found, err := db.Check(t.Context()); err != nil || len(found) > 0 {
				t.Errorf("Check = %v, %v", found, err)
			}
			looksAsItWasMade(t, db)
			copied := fmt.Sprint(path, ".schema", schema)
			info, err := os.Stat(copied)
			if wanted := schema < Schema(); (err == nil) != wanted {
				t.Fatalf("the copy before the migration: %v; want one: %v", err, wanted)
			}
			if err == nil {
				if got := schemaOf(t, copied); got != schema || info.Mode().Perm() != 0o600 {
					t.Errorf("the copy has schema %d, %v", got, info.Mode())
				}
				back := t.TempDir()
				raw, err := os.ReadFile(copied)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(back, FileName), raw, 0o600); err != nil {
					t.Fatal(err)
				}
				looksAsItWasMade(t, openAt(t, back, Options{}))
				if len(raw) > len(before) {
					t.Errorf("the copy has %d bytes, the file had %d", len(raw), len(before))
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if got := schemaOf(t, path); got != Schema() {
				t.Errorf("after it was opened it has schema %d, want %d", got, Schema())
			}
		})
	}
}

// looksAsItWasMade reads what every file of testdata has.
func looksAsItWasMade(t *testing.T, db *DB) {
	t.Helper()
	err := db.Read(t.Context(), func(v fallback.View) error {
		of := func(card string) *bots.Contact {
			c := v.Contact(v.FindContact(bots.Ref{Kind: "ext", Value: card}))
			if c == nil {
				t.Fatalf("%s is not there", card)
			}
			return c
		}
		first, second, third := of("C-1"), of("C-2"), of("C-3")
		if c := first.Marketing; c.State != bots.Given || first.Phone != "+380501110001" {
			t.Errorf("C-1 has phone %s, marketing %v", first.Phone, c)
		}
		if c := second.Marketing; c.State != bots.Denied || !c.ByPerson {
			t.Errorf("C-2 said stop, and marketing is %v", c)
		}
		if id := v.LastNo("+380501110002", 0); id != second.ID {
			t.Errorf("the last no at the number of C-2 is %s's; want %s", id, second.ID)
		}
		states := map[string]string{}
		for _, c := range []*bots.Contact{first, third} {
			v.DeliveriesOf(c.ID, func(id bots.ID, _ uint64) bool {
				d := v.Delivery(id)
				states[c.ExternalID] += fmt.Sprint(d.State, " ", d.Metadata["order"], ";")
				return true
			})
		}
		if states["C-1"] != "done 17;" || !strings.HasPrefix(states["C-3"], "held ") {
			t.Errorf("deliveries are %v", states)
		}
		var said []string
		v.MessagesOf(first.ID, 0, func(id bots.ID) bool {
			said = append(said, v.Message(id).Text)
			return true
		})
		if !slices.Contains(said, "Дякую") || !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, "Нараховано 120 балів") }) {
			t.Errorf("the conversation of C-1 is %q", said)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The files are small enough to be kept for good.
func TestFilesOfEverySchemaAreSmall(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob(filepath.Join("testdata", "schema*.db.gz"))
	if err != nil || len(all) != Schema() {
		t.Fatalf("testdata has %v, %v; want one for each of %d schemas", all, err, Schema())
	}
	total := int64(0)
	for _, name := range all {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 300<<10 {
		t.Errorf("together they have %d bytes", total)
	}
}
