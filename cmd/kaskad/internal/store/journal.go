package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kaskad/fallback"
)

// The journal is a file of its own, because it has to be newer than the store that is put back. A line is a sum and JSON; lines are only
// added, each synced before the store notes it. What a crash, or a full disk, left half written at the end is cut off. Each line says
// which store wrote it: ids of another one mean other people.

// JournalName is the file in data_dir.
const JournalName = "kaskad.journal"

// Journal is the file.
type Journal struct {
	path      string
	mu        sync.Mutex // of who writes the file
	following sync.Mutex // of who brings to it what the store has, and of what follows
	added     map[string]addedLines
	tail      journalPlace // the line that was added last
}

// JournalIn is the journal of a folder.
func JournalIn(dir string) *Journal { return JournalAt(filepath.Join(dir, JournalName)) }

// JournalAt is a journal, or a copy of one, under any name.
func JournalAt(path string) *Journal { return &Journal{path: path, added: map[string]addedLines{}} }

// Path is where it is.
func (j *Journal) Path() string { return j.path }

// each calls f with one line after the other; whole is how long the file is without a line that was left half written at its end. One that
// is broken elsewhere is an error.
func (j *Journal) each(f func(l storedLine) error) (whole int64, err error) {
	file, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 64<<10)
	for n := 1; ; n++ {
		raw, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return whole, nil // the last one: nothing was told to anybody before it was whole
		}
		if err != nil {
			return whole, err
		}
		l, ok := decodeLine(raw[:len(raw)-1])
		if _, err := r.Peek(1); !ok && errors.Is(err, io.EOF) {
			return whole, nil
		}
		if !ok {
			return whole, fmt.Errorf("%s: line %d is broken: it holds noes that a restored store would not know; put a copy of it in place (FILE.journal beside a backup), or move it away", j.path, n)
		}
		l.raw, whole = raw, whole+int64(len(raw))
		if err := f(l); err != nil {
			return whole, err
		}
	}
}

// mostLine is how long a line is read: far more than any of ours, and less than would take the memory.
const mostLine = 16 << 20

// readLine reads a line with its end. Of one that is too long only the beginning is kept: it is none of ours.
func readLine(r *bufio.Reader) (raw []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(raw) <= mostLine {
			raw = append(raw, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return raw, err
		}
	}
}

// Lines reads the journal; whole is how long it is without a line that a crash left half written.
func (j *Journal) Lines() (lines []fallback.JournalLine, whole int64, err error) {
	whole, err = j.each(func(l storedLine) error {
		lines = append(lines, l.JournalLine)
		return nil
	})
	return lines, whole, err
}

// Check says what is wrong with the journal.
func (j *Journal) Check() error {
	_, err := j.each(func(storedLine) error { return nil })
	return err
}

// Ready says why no line can be added, as far as that is seen before.
func (j *Journal) Ready() error {
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil // it is made with its first line
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// missing reports whether there is no such file.
func (j *Journal) missing() bool {
	_, err := os.Stat(j.path)
	return errors.Is(err, os.ErrNotExist)
}

// add appends lines of a store, and returns when they are on disk, with the sum of the last. Where it fails the file is as it was.
func (j *Journal) add(store string, lines []fallback.JournalLine) (sum uint32, err error) {
	var all []byte
	for i := range lines {
		b, s, err := encodeLine(&lines[i], store)
		if err == nil && len(b) > mostLine {
			err = fmt.Errorf("a line of %d bytes, of contact %s, is too long", len(b), lines[i].Contact)
		}
		if err != nil {
			return 0, err
		}
		all, sum = append(all, b...), s
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	fresh := j.missing()
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := addTo(f, all); err != nil || !fresh {
		return sum, err
	}
	return sum, syncDir(filepath.Dir(j.path))
}

// journalFile is what is asked of the file.
type journalFile interface {
	io.ReaderAt
	io.Writer
	Stat() (os.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// addTo writes behind the last whole line: half a line with another one behind it would be a journal that cannot be read.
func addTo(f journalFile, b []byte) error {
	end, err := cutTorn(f)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	return nil
}

// Rotate drops lines from before a time. The newest one stays: the store knows it.
func (j *Journal) Rotate(before time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	count, some, last := older(before), 0, uint32(0)
	if _, err := j.each(func(l storedLine) error {
		if count(&l) {
			some++
		}
		last = l.sum
		return nil
	}); err != nil || some == 0 {
		return err
	}
	old := older(before)
	return j.rewrite(func(l *storedLine) bool { return !old(l) || l.sum == last })
}

// older tells of one line after the other whether it is from before a time. What stands behind a line that is not is none, whatever its
// own date: a clock that was wrong may have dated it, or an erasure of long ago was written down anew. A line that is dated ahead says
// nothing of those behind it.
func older(before time.Time) func(l *storedLine) bool {
	now, newer := time.Now(), false
	return func(l *storedLine) bool {
		old := l.At.Before(before)
		newer = newer || !old && !l.At.After(now)
		return old && !newer
	}
}

// rewrite puts a file with some of the lines in the place of the journal. Whatever fails, or whenever the process dies, one of the two is
// there, whole.
func (j *Journal) rewrite(stays func(l *storedLine) bool) error {
	fresh := j.path + ".new"
	if err := errors.Join(dropFile(fresh), j.copyTo(fresh, stays)); err != nil {
		return errors.Join(err, dropFile(fresh))
	}
	if err := os.Rename(fresh, j.path); err != nil {
		return errors.Join(err, dropFile(fresh))
	}
	return syncDir(filepath.Dir(j.path))
}

// copyTo writes some of the lines into a file, and brings it to disk.
func (j *Journal) copyTo(path string, stays func(l *storedLine) bool) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	_, err = j.each(func(l storedLine) error {
		if !stays(&l) {
			return nil
		}
		_, err := w.Write(l.raw)
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(w.Flush(), f.Sync())
}
