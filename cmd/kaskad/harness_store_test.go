package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
	"kaskad/cmd/kaskad/internal/store"
)

// newStore is a store with one key in it, as `kaskad key new` makes it. Plants begin with a copy: making it is most of what a short
// journey would compute.
var newStore = sync.OnceValues(func() (*seed, error) {
	dir, err := os.MkdirTemp("", "kaskad-store-")
	if err != nil {
		return nil, err
	}
	made, err := sown(dir)
	return made, errors.Join(err, os.RemoveAll(dir))
})

// seed is the file and the key.
type seed struct {
	key   string
	pages []byte // to the last one that is not empty
	size  int64
}

func sown(dir string) (*seed, error) {
	config, data := filepath.Join(dir, "config.toml"), filepath.Join(dir, "data")
	text := fmt.Sprintf("[company]\nname = \"Крамниця\"\n[server]\ndata_dir = %q\n[telegram]\ntoken = \"1:a\"\n", data)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	args := []string{"-c", config, "key", "new", "--name", "test", "--scopes", "admin", "--json"}
	if code := run(context.Background(), args, app.Streams{Out: &out, Err: &errs}); code != exitDone {
		return nil, fmt.Errorf("kaskad key new: exit %d: %s", code, errs.String())
	}
	var made madeKey
	if err := json.Unmarshal(out.Bytes(), &made); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(data, store.FileName))
	return &seed{made.Key, bytes.TrimRight(raw, "\x00"), int64(len(raw))}, err
}

// sow lays the store under a plant that has not been started.
func (p *plant) sow() {
	p.t.Helper()
	from, err := newStore()
	mustAll(p.t, err)
	path := filepath.Join(p.data(), store.FileName)
	mustAll(p.t, os.MkdirAll(p.data(), 0o700), os.WriteFile(path, from.pages, 0o600), os.Truncate(path, from.size))
	p.key = from.key
}

// data is the folder in which the gateway keeps everything.
func (p *plant) data() string { return filepath.Join(p.dir, "data") }

// check compares what the gateway has stored with its indexes: through the gateway while it runs, otherwise in the files of both
// sides, which spares putting a whole gateway together for it. The scripts of the command check that it does the same.
func (p *plant) check() {
	p.t.Helper()
	if p.sealed || p.process != nil && p.process.ProcessState == nil {
		if out := p.run("check", "--store"); !strings.Contains(out, "agree") {
			p.t.Errorf("check --store: %s", out)
		}
		return
	}
	agrees(p.t, p.data(), false)
	tests := filepath.Join(p.data(), app.TestDir)
	if _, err := os.Stat(filepath.Join(tests, store.FileName)); !errors.Is(err, fs.ErrNotExist) {
		mustAll(p.t, err)
		agrees(p.t, tests, true)
	}
}

// agrees looks at the store of one side, which nobody has open.
func agrees(t testing.TB, dir string, test bool) {
	t.Helper()
	db, err := store.Open(dir, store.Options{Test: test})
	mustAll(t, err)
	problems, err := db.Check(t.Context())
	mustAll(t, err, db.Close())
	for _, p := range problems {
		t.Errorf("store: %s", p)
	}
}
