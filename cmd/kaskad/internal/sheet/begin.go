package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// How a list begins: what kind of file it is, and the names of its columns.

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

const bom = "\xef\xbb\xbf"

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
