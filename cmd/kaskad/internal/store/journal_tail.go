package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// The end of the journal: where the next line goes, and which line it stands behind.

// cutTorn cuts off what stands behind the end of the last line, and tells how long the file is then.
func cutTorn(f journalFile) (end int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if end, err = lineEnd(f, info.Size()); err != nil || end == info.Size() {
		return end, err
	}
	return end, f.Truncate(end)
}

// lineEnd is where the last line before a place ends; 0: there is none.
func lineEnd(f io.ReaderAt, before int64) (int64, error) {
	b := make([]byte, 4<<10)
	for end := before; end > 0; {
		part := b[:min(end, int64(len(b)))]
		if _, err := f.ReadAt(part, end-int64(len(part))); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return end - int64(len(part)-i-1), nil
		}
		end -= int64(len(part))
	}
	return 0, nil
}

// newest is the last whole line of the file; none: a number of 0. One of another store is an error: a file with lines of two is no
// journal of either.
func (j *Journal) newest(of string) (p journalPlace, err error) {
	f, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return p, err
	}
	b, err := lastLine(f, info.Size())
	if err != nil || b == nil {
		return p, err
	}
	l, ok := decodeLine(b)
	switch {
	case !ok:
		return p, fmt.Errorf("%s: its last line is broken: start the gateway anew, which cuts it off and writes all down that is missing", j.path)
	case l.store != "" && l.store != of:
		return p, fmt.Errorf("%s: %w", j.path, ErrOtherJournal)
	}
	return journalPlace{l.Number, l.sum, true}, nil
}

// lastLine is the last whole line of a file, without its end; nil: there is none.
func lastLine(f io.ReaderAt, size int64) ([]byte, error) {
	end, err := lineEnd(f, size)
	if err != nil || end == 0 {
		return nil, err
	}
	from, err := lineEnd(f, end-1)
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(end-1-from, mostLine))
	_, err = f.ReadAt(b, from)
	return b, err
}
