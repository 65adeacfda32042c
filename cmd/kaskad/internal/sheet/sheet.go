// Package sheet reads lists that people keep in spreadsheets, row by row, and writes back the rows that were refused.
//
// It keeps one row at a time, however long the file is.
//
// It never guesses an encoding: what is not UTF-8 is refused with what to do, unless the names of its columns say which it is. It never
// writes a cell that a spreadsheet would take for a formula.
package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
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

// maxRow bounds a row: a quote that is never closed must not read the whole file.
const maxRow = 1 << 20

const bom = "\xef\xbb\xbf"

// Options are what else than CSV in UTF-8 is taken.
type Options struct {
	Workbook bool              // XLSX too
	Encoding string            // UTF8 or Windows1251; empty: UTF-8, or what Known is sure of
	Known    func(string) bool // whether a column may be called so; nil: nothing but UTF-8 is recognised
}

// The encodings.
const (
	UTF8        = "utf-8"
	Windows1251 = "windows-1251"
)

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

// asWorkbook opens the file as a workbook if it begins as one.
func (r *Reader) asWorkbook(path string) (err error) {
	var head [8]byte
	n, err := r.file.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.HasPrefix(head[:n], []byte("PK\x03\x04")):
		r.book, err = openWorkbook(path)
		return err
	case bytes.Equal(head[:n], []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return fmt.Errorf("%s is a workbook of before 2007 (.xls), or has a password; save it as .xlsx without one, or as \"CSV UTF-8\"", r.name)
	}
	return nil
}

func (r *Reader) begin() error {
	if r.book != nil {
		return r.beginBook()
	}
	r.in = &meter{in: r.file, left: maxRow}
	buffered := bufio.NewReaderSize(r.in, 64<<10)
	head, err := buffered.Peek(64 << 10)
	if err != nil && err != io.EOF {
		return err
	}
	if err := r.readable(head); err != nil {
		return err
	}
	if r.bom = bytes.HasPrefix(head, []byte(bom)); r.bom {
		head = head[len(bom):]
		if _, err := buffered.Discard(len(bom)); err != nil {
			return err
		}
	}
	r.comma = between(head)
	r.old = r.opt.Encoding == Windows1251 || r.opt.Encoding == "" && !r.bom && r.isOld(head)
	in := io.Reader(buffered)
	if r.old {
		in = charmap.Windows1251.NewDecoder().Reader(buffered)
	}
	r.tape = &tape{in: in}
	r.csv = csv.NewReader(r.tape)
	r.csv.ReuseRecord = true
	r.csv.Comma, r.csv.FieldsPerRecord = r.comma, -1
	return r.header()
}

// readable refuses files that are no text at all, by how they begin.
func (r *Reader) readable(head []byte) error {
	switch {
	case len(bytes.TrimSpace(bytes.TrimPrefix(head, []byte(bom)))) == 0:
		return fmt.Errorf("%s is empty; its first row names the columns, such as: phone,name", r.name)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return fmt.Errorf("%s is a workbook, not CSV; save it as \"CSV UTF-8\"", r.name)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return fmt.Errorf("%s is UTF-16; save it as \"CSV UTF-8\", or: iconv -f UTF-16 -t UTF-8 %s > utf8.csv", r.name, r.name)
	case bytes.IndexByte(head, 0) >= 0:
		return fmt.Errorf("%s is no text; save the list as \"CSV UTF-8\"", r.name)
	}
	return nil
}

// between finds what stands between cells: the one of comma, semicolon and tab that is most often in the first row, outside quotes.
func between(head []byte) rune {
	counts, quoted := map[rune]int{}, false
	for _, c := range string(head) {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// beginBook reads the first row of a workbook.
func (r *Reader) beginBook() error {
	r.comma, r.bom = ';', true // of refused rows
	cells, err := r.book.next()
	if err == io.EOF || err == nil && strings.TrimSpace(strings.Join(cells, "")) == "" {
		return fmt.Errorf("%s: the first row of its first sheet is empty; it names the columns, such as: phone, name", r.name)
	}
	if err != nil {
		return err
	}
	r.named(cells)
	return nil
}

func (r *Reader) header() error {
	cells, err := r.csv.Read()
	if err != nil {
		return fmt.Errorf("%s: the first row cannot be read: %s", r.name, problemOf(err))
	}
	if err := r.text(1, cells); err != nil {
		return err
	}
	r.named(cells)
	return nil
}

func (r *Reader) named(cells []string) {
	r.Header = nil
	for _, c := range cells {
		r.Header = append(r.Header, strings.TrimSpace(c))
	}
}

// isOld reports whether a file is certainly Windows-1251: its first row is no UTF-8, and holds the name of a column when it is read so.
// Read in any other way those bytes are no words.
func (r *Reader) isOld(head []byte) bool {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	if r.opt.Known == nil || utf8.Valid(first) {
		return false
	}
	text, err := charmap.Windows1251.NewDecoder().String(string(first))
	if err != nil {
		return false
	}
	for name := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == r.comma || c == '"' || c == '\r' }) {
		if strings.ContainsFunc(name, func(c rune) bool { return c > unicode.MaxASCII }) && r.opt.Known(strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// text refuses bytes that are no text in the encoding of the file.
func (r *Reader) text(line int, cells []string) error {
	for _, c := range cells {
		switch {
		case r.old && strings.ContainsRune(c, utf8.RuneError):
			return fmt.Errorf("%s: line %d holds a byte that is nothing in Windows-1251; save it as \"CSV UTF-8\"", r.name, line)
		case !utf8.ValidString(c) && r.opt.Known != nil:
			return fmt.Errorf("%s: line %d is not UTF-8; if it is Windows-1251, write --encoding windows-1251, else save it as \"CSV UTF-8\"", r.name, line)
		case !utf8.ValidString(c):
			return fmt.Errorf("%s: line %d is not UTF-8, so probably Windows-1251; save it as \"CSV UTF-8\", or: iconv -f WINDOWS-1251 -t UTF-8 %s > utf8.csv", r.name, line, r.name)
		}
	}
	return nil
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
		return row, &RowError{row, fmt.Sprintf("the number of cells is %d, and %d in the first row: is a separator missing, or one inside a cell without quotes around it?", len(row.Cells), n)}
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

var errLong = fmt.Errorf("the row is longer than %d bytes: is a quote not closed?", maxRow)

// meter counts what is read, and bounds what one row may take.
type meter struct {
	in   io.Reader
	n    int64
	left int
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left < 0 {
		return 0, errLong
	}
	n, err := m.in.Read(p)
	m.n += int64(n)
	m.left -= n
	return n, err
}
