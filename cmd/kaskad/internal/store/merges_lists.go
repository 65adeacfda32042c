package store

import (
	"bytes"
	"cmp"
	"slices"

	"kaskad/bots"
)

// Lists over a person are over the contact and all that it absorbed. Of one that absorbed nobody they are walked as they lie; else what
// each has is read, and put in order.

// deliveriesOf walks the deliveries of several contacts, newest first.
func (t *tx) deliveriesOf(same []bots.ID, f func(id bots.ID, same uint64) bool) {
	type line struct {
		id   bots.ID
		same uint64
	}
	var all []line
	for _, id := range same {
		t.walk(tByContact, idKey(nil, id), func(key, val []byte) bool {
			all = append(all, line{lastID(key), keyNumber(val)})
			return true
		})
	}
	slices.SortFunc(all, func(a, b line) int { return cmp.Compare(b.id, a.id) })
	for _, l := range all {
		if !f(l.id, l.same) {
			return
		}
	}
}

// rowsOf walks what a table in generations has of a person, newest first; the cursor is generation and key.
func (t *tx) rowsOf(of table, contact bots.ID, at []byte, visit func(bots.ID, []byte) bool) error {
	same := t.Same(contact)
	if len(same) == 1 {
		return t.generationRows(of, idKey(nil, same[0]), at, visit)
	}
	if len(at) != 0 && (len(at) != 24 || !slices.Contains(same, bots.IDFromBytes(at[8:]))) {
		return ErrCursor
	}
	var rows [][]byte
	for _, id := range same {
		group := idKey(nil, id)
		if err := t.generationRows(of, group, moved(at, group), func(_ bots.ID, row []byte) bool {
			rows = append(rows, row)
			return len(rows) < maxRows*len(same)
		}); err != nil {
			return err
		}
	}
	slices.SortFunc(rows, func(a, b []byte) int { return -byAge(a, b) })
	for _, row := range rows {
		if !visit(lastID(row), row) {
			break
		}
	}
	return nil
}

// moved is the place of a cursor among the entries of another group.
func moved(at, group []byte) []byte {
	if len(at) == 0 {
		return nil
	}
	return slices.Concat(at[:8], group, at[16:])
}

// byAge compares two rows, generation and key: in the order of generations, and of ids in them.
func byAge(a, b []byte) int {
	return cmp.Or(bytes.Compare(a[:8], b[:8]), cmp.Compare(lastID(a), lastID(b)))
}

// talkOf are the parts of a person's conversation, oldest first, from behind a place on.
func (t *tx) talkOf(contact bots.ID, at []byte) (parts []talkPart) {
	same := t.Same(contact)
	if len(same) == 1 {
		return t.talkFrom(idKey(nil, same[0]), at)
	}
	for _, id := range same {
		group := idKey(nil, id)
		for _, p := range t.talkFrom(group, moved(at, group)) {
			i, found := slices.BinarySearchFunc(parts, p.no, func(have talkPart, no uint64) int { return cmp.Compare(have.no, no) })
			if !found {
				parts = slices.Insert(parts, i, talkPart{no: p.no})
			}
			parts[i].entries = append(slices.Clip(parts[i].entries), p.entries...)
		}
	}
	for _, p := range parts {
		slices.SortFunc(p.entries, func(a, b entry) int { return cmp.Compare(lastID(a.key), lastID(b.key)) })
	}
	return parts
}
