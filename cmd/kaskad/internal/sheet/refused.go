package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Refused writes rows that were refused into a list of the same shape, with one more column: the problem. The file is made with the
// first of them.
type Refused struct {
	Numbered bool // with a column before it: which row of the list it was

	path string
	like *Reader
	file *os.File
	csv  *csv.Writer
	rows int
}

// ProblemColumn is the name of the added column, RowColumn that of the one before it.
const (
	ProblemColumn = "problem"
	RowColumn     = "row"
)

// NewRefused is for the rows of a list at a path: of people.csv they go to people.refused.csv.
func NewRefused(path string, like *Reader) *Refused { return beside(path, ".refused.csv", like) }

// NewStands is for rows that are taken, but for a yes against which the person's own no stands: they go to people.stands.csv.
func NewStands(path string, like *Reader) *Refused { return beside(path, ".stands.csv", like) }

func beside(path, suffix string, like *Reader) *Refused {
	return &Refused{path: strings.TrimSuffix(path, filepath.Ext(path)) + suffix, like: like}
}

// Add writes a row. One that could not be taken apart stands whole in the first cell.
func (w *Refused) Add(row Row, problem string) error {
	if w.file == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.rows++
	own := w.own(row.Cells)
	cells := make([]string, 0, len(own)+2)
	for _, c := range own {
		cells = append(cells, guarded(c))
	}
	if w.Numbered {
		cells = append(cells, strconv.Itoa(row.Line))
	}
	return w.csv.Write(append(cells, guarded(problem)))
}

// own are a row's cells without those that an earlier run added. One that has more cells than the header keeps them all, so that nothing
// of it is lost, and is refused again until it is mended: nobody knows which cell is whose.
func (w *Refused) own(cells []string) (own []string) {
	if n := len(w.like.Header); len(cells) > n {
		if last := len(cells) - 1; n > 1 && w.added(w.like.Header[n-1]) && strings.HasPrefix(cells[last], wrongNumber) {
			cells = cells[:last]
			if w.Numbered && w.added(w.like.Header[n-2]) {
				cells = cells[:last-1]
			}
		}
		return cells
	}
	for i, name := range w.like.Header {
		if !w.added(name) {
			own = append(own, cell(cells, i))
		}
	}
	return own
}

// added reports whether a column is one that an earlier run added.
func (w *Refused) added(name string) bool {
	return strings.EqualFold(name, ProblemColumn) || w.Numbered && strings.EqualFold(name, RowColumn)
}

// Reached is how many rows there are, and how long the file is with them.
func (w *Refused) Reached() (rows int, size int64, err error) {
	if w.file == nil {
		return 0, 0, nil
	}
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return 0, 0, err
	}
	size, err = w.file.Seek(0, io.SeekCurrent)
	return w.rows, size, err
}

// GoOn takes the file up where an earlier run of the same list had Reached; what it wrote behind that is written anew.
func (w *Refused) GoOn(rows int, size int64) error {
	if rows == 0 {
		return nil
	}
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = fmt.Errorf("%s is shorter than it was", w.path)
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.file, w.rows = f, rows
	w.csv = csv.NewWriter(f)
	w.csv.Comma = w.like.comma
	return nil
}

// Anew forgets what GoOn took up: the next row begins the file anew.
func (w *Refused) Anew() error {
	if w == nil || w.file == nil {
		return nil
	}
	f := w.file
	w.file, w.rows = nil, 0
	return f.Close()
}

// Free says whether the file may be made: an earlier one of ours is replaced, and what anybody else has put there is not.
func (w *Refused) Free() error {
	info, err := os.Lstat(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > 0 && !wroteBefore(w.path) {
		return fmt.Errorf("%s is no list of refused rows, and they would go there: move it away", w.path)
	}
	return nil
}

// wroteBefore reports whether a file begins as ours do: the last column of its first row is the problem.
func wroteBefore(path string) bool {
	r, err := Open(path)
	if err != nil {
		return false
	}
	defer r.Close()
	return r.Header[len(r.Header)-1] == ProblemColumn
}

func (w *Refused) begin() error {
	if err := w.Free(); err != nil {
		return err
	}
	if err := os.Remove(w.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// People's numbers are in it: it is made anew, for its owner alone.
	f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w.file, w.csv = f, csv.NewWriter(f)
	w.csv.Comma = w.like.comma
	if w.like.bom || w.like.old {
		if _, err := f.WriteString(bom); err != nil {
			return err
		}
	}
	var names []string
	for _, name := range w.like.Header {
		if !w.added(name) {
			names = append(names, guarded(name))
		}
	}
	if w.Numbered {
		names = append(names, RowColumn)
	}
	return w.csv.Write(append(names, ProblemColumn))
}

// Path is where the rows are; empty: there are none.
func (w *Refused) Path() string {
	if w.rows == 0 {
		return ""
	}
	return w.path
}

// Close ends the file.
func (w *Refused) Close() error {
	if w.file == nil {
		return nil
	}
	w.csv.Flush()
	err := w.csv.Error()
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	w.file = nil
	return err
}

func cell(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// guarded is a cell that no spreadsheet takes for a formula: the apostrophe before it says that it is text. Numbers and phones are
// left as they are; they compute nothing.
func guarded(c string) string {
	if formula(c) {
		return "'" + c
	}
	return c
}

// unguarded takes the apostrophe away again, so that a list of refused rows can be sent once it is mended.
func unguarded(c string) string {
	if rest, ok := strings.CutPrefix(c, "'"); ok && formula(rest) {
		return rest
	}
	return c
}

func formula(c string) bool {
	switch {
	case c == "":
		return false
	case c[0] == '=' || c[0] == '@' || c[0] == '\t' || c[0] == '\r':
		return true
	case c[0] == '+' || c[0] == '-':
		return strings.Trim(c[1:], "0123456789 ().,-") != ""
	}
	return false
}
