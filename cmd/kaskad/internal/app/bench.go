package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kaskad/cmd/kaskad/internal/bench"
)

// BenchOptions are the flags of `kaskad bench all`.
type BenchOptions struct {
	People   int
	Operates int
	Only     []string
	Dir      string // empty: a folder that is removed
	Write    string // a page that gets the tables; empty: none
	Program  string // empty: this one
	JSON     bool
	Env      []string
}

const (
	fewestPeople = 300 // a hundred on each messenger
	mostPeople   = 2_000_000
)

// Bench measures the program on this machine. It uses no configuration: everything is simulated.
func Bench(ctx context.Context, o BenchOptions, s Streams) (err error) {
	if o.People < fewestPeople || o.People > mostPeople {
		return Misused("--people is between %d and %d", fewestPeople, mostPeople)
	}
	if o.Operates < 1 {
		return Misused("--operations is at least 1")
	}
	b := bench.Options{Program: o.Program, Env: o.Env, Dir: o.Dir, People: o.People, Operates: o.Operates, Only: o.Only, Tell: func(line string) { fmt.Fprintln(s.Err, line) }}
	if b.Program == "" {
		if b.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	if b.Dir == "" {
		if b.Dir, err = os.MkdirTemp("", "kaskad-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(b.Dir)) }()
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return err
	}
	if b.Dir, err = filepath.Abs(b.Dir); err != nil {
		return err
	}
	r, err := bench.Run(ctx, b)
	if err != nil {
		return err
	}
	if o.Write != "" {
		if err := r.WriteInto(o.Write); err != nil {
			return err
		}
	}
	if o.JSON {
		return json.NewEncoder(s.Out).Encode(r)
	}
	_, err = fmt.Fprint(s.Out, r.Markdown())
	return err
}
