package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kaskad/cmd/kaskad/internal/sheet"
)

// Mark is a small file beside a list that says how far its import came. It is of this list, byte for byte, and of these flags; of
// another it is passed over. It holds nothing of the people.
type Mark struct {
	path string
	of   string
}

// NewMark is the mark of a list, read with some options.
func NewMark(path string, options any) (*Mark, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(options) // names of maps are sorted
	if err != nil {
		return nil, err
	}
	h.Write(raw)
	return &Mark{path: strings.TrimSuffix(path, filepath.Ext(path)) + ".importing.json", of: hex.EncodeToString(h.Sum(nil))}, nil
}

// reached is what the file says.
type reached struct {
	Of          string  `json:"of"`
	Last        int     `json:"last_batch"` // how many rows the last batch had
	Refused     int     `json:"refused_written"`
	RefusedSize int64   `json:"refused_size"`
	Stands      int     `json:"stands_written,omitempty"`
	StandsSize  int64   `json:"stands_size,omitempty"`
	Sum         Outcome `json:"sum"`
}

// read is how far the import came; false: not at all, or it was another's.
func (m *Mark) read() (reached, bool) {
	var had reached
	raw, err := os.ReadFile(m.path)
	if err != nil || json.Unmarshal(raw, &had) != nil || had.Of != m.of {
		return reached{}, false
	}
	return had, true
}

// write replaces the file. It is there whole or not at all, whenever the process is killed.
func (m *Mark) write(now reached) error {
	now.Of = m.of
	raw, err := json.Marshal(now)
	if err != nil {
		return err
	}
	next := m.path + ".next"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return fmt.Errorf("%w: an import notes beside its list how far it came; put the list where you may write", err)
	}
	return os.Rename(next, m.path)
}

func (m *Mark) remove() error {
	if err := os.Remove(m.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// note writes down that so many more rows are done.
func (r *Run) note(last int) error {
	if r.Mark == nil || r.DryRun {
		return nil
	}
	rows, size, err := r.Refused.Reached()
	if err != nil {
		return err
	}
	now := reached{Last: last, Refused: rows, RefusedSize: size, Sum: r.sum}
	if r.Stands != nil {
		if now.Stands, now.StandsSize, err = r.Stands.Reached(); err != nil {
			return err
		}
	}
	return r.Mark.write(now)
}

// begin finds where an earlier run of the same command ended, if there was one. The last rows that it had done are asked about: where
// the store has them not as they were told (a backup was put back, or it is another one) the list is imported from its start, which does
// nothing twice either, because what is so already stays as it is.
func (r *Run) begin(ctx context.Context) error {
	r.sum = Outcome{}
	if r.Mark == nil || r.DryRun {
		return nil
	}
	had, ok := r.Mark.read()
	if !ok || had.Sum.Rows == 0 {
		return nil
	}
	same, err := r.confirm(ctx, had)
	if err != nil {
		return err
	}
	if !same || r.Refused.GoOn(had.Refused, had.RefusedSize) != nil || r.Stands != nil && r.Stands.GoOn(had.Stands, had.StandsSize) != nil {
		return errors.Join(r.Refused.Anew(), r.Stands.Anew(), r.List.Again())
	}
	r.sum = had.Sum
	r.sum.GoneOn = had.Sum.Rows
	return nil
}

// confirm reads up to where an earlier run ended, and reports whether the store has what it told last.
func (r *Run) confirm(ctx context.Context, had reached) (bool, error) {
	b := &batch{}
	for i := range had.Sum.Rows {
		row, err := r.List.Next()
		if wrong, ok := errors.AsType[*sheet.RowError](err); ok {
			row, err = wrong.Row, nil
			row.Cells = nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if i >= had.Sum.Rows-had.Last && row.Cells != nil {
			b.add(r.Columns, row)
		}
		if i%(100*batchRows) == 0 {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			r.Tell(Progress{Doing: "finding the place", Done: i, Total: had.Sum.Rows, Part: float64(i) / float64(had.Sum.Rows)})
		}
	}
	answers, err := r.ask(ctx, b.told, true)
	for i := range answers {
		if answers[i].State == "created" {
			return false, err
		}
	}
	return err == nil, err
}
