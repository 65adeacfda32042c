package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A workbook is an archive of XML. Its large parts, the rows and the texts they share, are unpacked into a folder of their own and read
// from there as they are needed; the small ones are in memory. Both are bounded, because a small archive can unpack to anything.
const (
	largeParts = 4 << 30
	smallParts = 64 << 20
	inMemory   = 16 << 20 // of one large part
	maxPacked  = 512 << 20
)

// workbook is the first sheet of a file.
type workbook struct {
	name  string
	file  *excelize.File
	rows  *excelize.Rows
	sheet string
	temp  string
	at    int // the row that was read last
	total int // rows there are; 0: the file does not say it
}

func openWorkbook(path string) (*workbook, error) {
	b := &workbook{name: filepath.Base(path)}
	if err := b.bounded(path); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "kaskad-workbook-") // 0700
	if err != nil {
		return nil, err
	}
	b.temp = temp
	b.file, err = excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: largeParts + smallParts, UnzipXMLSizeLimit: inMemory, TmpDir: temp})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s cannot be read as a workbook: %w; open it in a spreadsheet and save it anew as .xlsx, or as \"CSV UTF-8\"", b.name, err), b.close())
	}
	if b.sheet = b.file.GetSheetName(0); b.sheet == "" {
		return nil, errors.Join(fmt.Errorf("%s has no sheet", b.name), b.close())
	}
	b.total = b.size()
	if err := b.again(); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// bounded refuses archives that unpack to more than a list of people does.
func (b *workbook) bounded(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s begins as a workbook and is none: %w", b.name, err)
	}
	defer archive.Close()
	large, small := uint64(0), uint64(0)
	for _, part := range archive.File {
		if part.UncompressedSize64 > largeParts {
			return b.tooLarge()
		}
		if unpacked(part.Name) {
			large += part.UncompressedSize64
		} else {
			small += part.UncompressedSize64
		}
		if large > largeParts || small > smallParts {
			return b.tooLarge()
		}
	}
	if info.Size() > maxPacked {
		return b.tooLarge()
	}
	return b.readable(archive.File)
}

// unpacked reports whether a part is one that the library unpacks beside memory when it is large.
func unpacked(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "\\", "/"))
	return strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
}

// readable refuses sheets with which the library would take all memory, or of which it would leave a part out.
func (b *workbook) readable(parts []*zip.File) error {
	for _, part := range parts {
		if !unpacked(part.Name) {
			continue
		}
		err := readPart(part)
		if errors.Is(err, errSwollen) {
			return fmt.Errorf("%s has a row of more than %d MiB, or more than %d million texts: no list of people has; save the sheet as \"CSV UTF-8\"", b.name, maxXMLRow>>20, maxShared>>20)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be read as a workbook: %w; open it in a spreadsheet and save it anew as .xlsx, or as \"CSV UTF-8\"", b.name, err)
		}
	}
	return nil
}

func (b *workbook) tooLarge() error {
	return fmt.Errorf("%s unpacks to more than a list of people does (pictures are not unpacked beyond %d MiB); save the sheet as \"CSV UTF-8\"", b.name, smallParts>>20)
}

// size is how many rows the file says it has.
func (b *workbook) size() int {
	dimension, err := b.file.GetSheetDimension(b.sheet)
	if err != nil {
		return 0
	}
	_, last, ok := strings.Cut(dimension, ":")
	if !ok {
		return 0
	}
	_, rows, err := excelize.CellNameToCoordinates(last)
	if err != nil {
		return 0
	}
	return rows
}

func (b *workbook) again() (err error) {
	if b.rows != nil {
		if err := b.rows.Close(); err != nil {
			return err
		}
	}
	b.at = 0
	b.rows, err = b.file.Rows(b.sheet)
	return err
}

// numbered is what is said of a row whose number no workbook can have.
func (b *workbook) numbered() error {
	return fmt.Errorf("%s has behind its row %d one with a number above %d, which is the last that a workbook can have; open it in a spreadsheet and save it anew as .xlsx, or as \"CSV UTF-8\"", b.name, b.at, excelize.TotalRows)
}

// next reads a row; io.EOF behind the last one.
func (b *workbook) next() ([]string, error) {
	if !b.rows.Next() {
		if err := b.rows.Error(); errors.Is(err, excelize.ErrMaxRows) {
			return nil, b.numbered()
		} else if err != nil {
			return nil, fmt.Errorf("%s: row %d: %w", b.name, b.at+1, err)
		}
		return nil, io.EOF
	}
	b.at++
	cells, err := b.rows.Columns()
	if errors.Is(err, excelize.ErrMaxRows) {
		return nil, b.numbered()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: row %d: %w", b.name, b.at, err)
	}
	return cells, nil
}

func (b *workbook) close() error {
	var errs []error
	if b.rows != nil {
		if err := b.rows.Close(); !errors.Is(err, b.rows.Error()) { // next has told that one
			errs = append(errs, err)
		}
	}
	if b.file != nil {
		errs = append(errs, b.file.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(b.temp))...)
}

// failed is a cell in which a formula has failed; empty: none has.
func failed(cells []string) string {
	for _, c := range cells {
		switch c {
		case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!":
			return c
		}
	}
	return ""
}

// fromBook reads a row of a workbook. The cells behind the last one that is written are empty.
func (r *Reader) fromBook() (Row, error) {
	for {
		cells, err := r.book.next()
		if err != nil {
			return Row{}, err
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		for len(cells) < len(r.Header) {
			cells = append(cells, "")
		}
		row, err := r.row(r.book.at, cells)
		if what := failed(row.Cells); err == nil && what != "" {
			err = &RowError{row, "a formula in it has failed: " + what}
		}
		return row, err
	}
}
