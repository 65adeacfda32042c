package store

import (
	"context"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
)

func encodeChange(b []byte, c *bots.Change) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, c.Type)
		e.time(2, c.At)
		e.id(3, c.Contact)
		e.id(4, c.Delivery)
		e.id(5, c.Message)
		e.str(6, c.Channel)
		e.str(7, c.State)
		e.str(8, c.Reason)
		e.int(9, int64(c.Leg))
		e.id(10, c.Audit)
	})
}

func decodeChange(n uint64, b []byte) (bots.Change, error) {
	c := bots.Change{ID: n}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			c.Type = f.str()
		case 2:
			c.At = f.time()
		case 3:
			c.Contact = f.id()
		case 4:
			c.Delivery = f.id()
		case 5:
			c.Message = f.id()
		case 6:
			c.Channel = f.str()
		case 7:
			c.State = f.str()
		case 8:
			c.Reason = f.str()
		case 9:
			c.Leg = f.count()
		case 10:
			c.Audit = f.id()
		}
	})
	return c, err
}

// Change appends a line to the outbox. Its number is given by the writer, in the order of commits.
func (t *tx) Change(c bots.Change) {
	t.set.changes = append(t.set.changes, t.set.encode(func(b []byte) []byte { return encodeChange(b, &c) }))
}

// Lines are stored many in one entry: its key is the number of the first, each line has its length before it. What a commit
// brings costs it few entries, and lines are always read one after the other.
const linesOf = 3 << 10 // bytes of an entry, about

// addLines takes the lines of an operation into the batch and gives them their numbers.
func (w *batch) addLines(lines [][]byte) error {
	for _, line := range lines {
		if w.lines == nil {
			w.lines = make([]byte, 0, linesOf+linesOf/4)
		}
		w.lines = binary.AppendUvarint(w.lines, uint64(len(line)))
		w.lines = append(w.lines, line...)
		w.change++
		if len(w.lines) >= linesOf {
			if err := w.putLines(); err != nil {
				return err
			}
		}
	}
	return nil
}

// putLines writes the lines that have no entry yet.
func (w *batch) putLines() error {
	if len(w.lines) == 0 {
		return nil
	}
	err := w.bucket(tChange).Put(numberKey(w.linesFrom), w.lines)
	w.lines, w.linesFrom = nil, w.change+1
	return err
}

// eachLine calls f with the lines of an entry after a number until it returns false. first is the number of its first line.
func eachLine(first uint64, b []byte, after uint64, f func(c bots.Change) bool) error {
	return eachRaw(first, b, after, func(n uint64, line []byte) (more bool, err error) {
		c, err := decodeChange(n, line)
		return err == nil && f(c), err
	})
}

// eachRaw does the same with lines that are still encoded.
func eachRaw(first uint64, b []byte, after uint64, f func(n uint64, line []byte) (more bool, err error)) error {
	for n := first; len(b) > 0; n++ {
		size, used := binary.Uvarint(b)
		if used <= 0 || size > uint64(len(b)-used) {
			return errMalformed
		}
		line := b[used : used+int(size)]
		b = b[used+int(size):]
		if n <= after {
			continue
		}
		if more, err := f(n, line); err != nil || !more {
			return err
		}
	}
	return nil
}

// typeOf is the type of an encoded line, which stands first in it.
func typeOf(line []byte) ([]byte, error) {
	num, wire, n := protowire.ConsumeTag(line)
	switch {
	case n < 0 && len(line) > 0:
		return nil, errMalformed
	case num != 1 || wire != protowire.BytesType:
		return nil, nil // it has none
	}
	kind, n := protowire.ConsumeBytes(line[n:])
	if n < 0 {
		return nil, errMalformed
	}
	return kind, nil
}

// Changes reads up to limit lines of the outbox after a number, in order.
func (db *DB) Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error) {
	return view(ctx, db, func(t *tx) (list []bots.Change, err error) {
		t.lines(after, limit, func(n uint64, line []byte) error {
			c, err := decodeChange(n, line)
			list = append(list, c)
			return err
		})
		return list, nil
	})
}

// ChangesOf reads, of up to limit lines after a number, those of some types, and says up to which number it looked. Most lines are of
// no interest to most who follow them: those are not decoded.
func (db *DB) ChangesOf(ctx context.Context, after uint64, limit int, types ...string) (list []bots.Change, upTo uint64, err error) {
	list, err = view(ctx, db, func(t *tx) (list []bots.Change, err error) {
		upTo = after
		t.lines(after, limit, func(n uint64, line []byte) error {
			upTo = n
			kind, err := typeOf(line)
			if err != nil || !slices.ContainsFunc(types, func(s string) bool { return s == string(kind) }) {
				return err
			}
			c, err := decodeChange(n, line)
			list = append(list, c)
			return err
		})
		return list, nil
	})
	return list, upTo, err
}

// lines calls f with up to limit lines of the outbox after a number, in order.
func (t *tx) lines(after uint64, limit int, f func(n uint64, line []byte) error) {
	c := t.bucket(tChange).Cursor()
	k, v := c.Seek(numberKey(after + 1))
	if keyNumber(k) != after+1 { // inside the entry before
		if k, v = lastBefore(c, nil, numberKey(after+1)); k == nil {
			k, v = c.First()
		}
	}
	for ; k != nil && limit > 0; k, v = c.Next() {
		must(tChange, k, eachRaw(keyNumber(k), v, after, func(n uint64, line []byte) (more bool, err error) {
			limit--
			return limit > 0, f(n, line)
		}))
	}
}

// LastChange is the number of the newest line of the outbox.
func (db *DB) LastChange() uint64 { return db.lastChange.Load() }

// Changed is closed when there are lines newer than at the time of the call. Take it first, then read Changes.
func (db *DB) Changed() <-chan struct{} { return *db.changed.Load() }

func (db *DB) broadcast() {
	next := make(chan struct{})
	close(*db.changed.Swap(&next))
}

// Cursor is how far a consumer has read the outbox; 0: it never did.
func (db *DB) Cursor(ctx context.Context, consumer string) (uint64, error) {
	return view(ctx, db, func(t *tx) (uint64, error) { return keyNumber(t.get(tCursor, name(consumer))), nil })
}

// PutCursor notes how far a consumer has read the outbox.
func (db *DB) PutCursor(ctx context.Context, consumer string, n uint64) error {
	return db.write(ctx, func(t *tx) error {
		t.set.put(tCursor, name(consumer), numberKey(n))
		return nil
	})
}
