// Package sheet reads lists that people keep in spreadsheets, row by row, and writes back the rows that were refused.
//
// It keeps one row at a time, however long the file is.
//
// It never guesses an encoding: what is not UTF-8 is refused with what to do, unless the names of its columns say which it is. It never
// writes a cell that a spreadsheet would take for a formula.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Row is a line of a list.
type Row struct {
	Line  int
	Cells []string // as many as the header has; of a row that is no row of cells the whole of it in the first
}

// RowError is what is wrong with one row; the rows behind it can be read.
type RowError struct {
	Row
	Problem string
}

func (e *RowError) Error() string { return e.Problem }

// Reader reads a CSV file, or the first sheet of a workbook, whose first row names the columns.
type Reader struct {
	Header []string

	name  string
	opt   Options
	old   bool // Windows-1251
	file  *os.File
	book  *workbook // nil: it is CSV
	info  os.FileInfo
	comma rune
	bom   bool
	in    *meter
	tape  *tape
	csv   *csv.Reader
	// behind is the line of the row that was read last.
	behind int
}

// Options are what else than CSV in UTF-8 is taken.
type Options struct {
	Workbook bool              // XLSX too
	Encoding string            // UTF8 or Windows1251; empty: UTF-8, or what Known is sure of
	Known    func(string) bool // whether a column may be called so; nil: nothing but UTF-8 is recognised
}

// Open opens a list in UTF-8, and finds out what stands between its cells.
func Open(path string) (*Reader, error) { return OpenAs(path, Options{}) }

// OpenAs opens a list.
func OpenAs(path string, opt Options) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Unwrap(err))
	}
	r := &Reader{name: filepath.Base(path), opt: opt, file: f}
	if r.info, err = f.Stat(); err == nil && !r.info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file that can be read twice; write the list into one", path)
	}
	if err == nil && opt.Workbook {
		err = r.asWorkbook(path)
	}
	if err == nil {
		err = r.begin()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Next reads a row; io.EOF behind the last one. A *RowError is about this row alone. Empty rows are passed over.
func (r *Reader) Next() (Row, error) {
	if r.book != nil {
		return r.fromBook()
	}
	for {
		r.in.left = maxRow
		from := r.csv.InputOffset()
		r.tape.rewind(from)
		cells, err := r.csv.Read()
		if err == io.EOF {
			return Row{}, io.EOF
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			raw := []string{strings.ToValidUTF8(r.tape.between(from, r.csv.InputOffset()), "\uFFFD")}
			return Row{}, &RowError{Row{Line: e.StartLine, Cells: raw}, problemOf(err)}
		}
		if err != nil {
			return Row{}, fmt.Errorf("%s: behind line %d: %w", r.name, max(r.behind, 1), err)
		}
		line, _ := r.csv.FieldPos(0)
		r.behind = line
		if err := r.text(line, cells); err != nil {
			return Row{}, err
		}
		if strings.TrimSpace(strings.Join(cells, "")) != "" {
			return r.row(line, cells)
		}
	}
}

// wrongNumber begins the problem of a row that has more or fewer cells than the header.
const wrongNumber = "the number of cells is"

func (r *Reader) row(line int, cells []string) (Row, error) {
	row := Row{Line: line}
	for _, c := range cells {
		row.Cells = append(row.Cells, unguarded(strings.TrimSpace(c)))
	}
	n := len(r.Header)
	for len(row.Cells) > n && row.Cells[len(row.Cells)-1] == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	if len(row.Cells) != n {
		return row, &RowError{row, fmt.Sprintf(wrongNumber+" %d, and %d in the first row: is a separator missing, or one inside a cell without quotes around it?", len(row.Cells), n)}
	}
	return row, nil
}

// problemOf is what encoding/csv found, in words that say what to do.
func problemOf(err error) string {
	switch {
	case errors.Is(err, errLong):
		return errLong.Error()
	case errors.Is(err, csv.ErrBareQuote):
		return `a quote inside a cell: write "" for each, and quotes around the cell`
	case errors.Is(err, csv.ErrQuote):
		return "a quoted cell that does not end with its quote"
	}
	return err.Error()
}

// Again goes back to the first row behind the header.
func (r *Reader) Again() error {
	if r.book != nil {
		if err := r.book.again(); err != nil {
			return err
		}
		return r.begin()
	}
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.begin()
}

// Name is the file's, without its folder.
func (r *Reader) Name() string { return r.name }

// Part is how much of the file was read, from 0 to 1.
func (r *Reader) Part() float64 {
	if r.book != nil {
		return min(float64(r.book.at)/float64(max(r.book.total, 1)), 1)
	}
	return min(float64(r.in.n)/float64(max(r.info.Size(), 1)), 1)
}

// Changed reports whether somebody has written to the file since it was opened.
func (r *Reader) Changed() bool {
	now, err := r.file.Stat()
	return err != nil || now.Size() != r.info.Size() || !now.ModTime().Equal(r.info.ModTime())
}

// ErrBusy: another run has the list.
var ErrBusy = errors.New("is being read by another run of the command: wait until that one has ended")

// Alone sees to it that no other run has the list, until it is closed: two would write over each other's notes beside it. A process that
// is killed has it no more. Where files cannot be locked nobody is kept out.
func (r *Reader) Alone() error {
	if err := syscall.Flock(int(r.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%s %w", r.name, ErrBusy)
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error {
	if r.book != nil {
		return errors.Join(r.book.close(), r.file.Close())
	}
	return r.file.Close()
}
