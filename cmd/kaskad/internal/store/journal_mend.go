package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// A journal that was lost, or is an older copy, lacks what the store knows. All of it is written down anew, page by page; how far that is
// stands in the store, so that it goes on after a crash, and adds no page twice because a later one found no room.

// mending is how far the journal was written anew.
type mending struct {
	times uint64 // that it was lost: what was written before the last time is gone
	part  int    // of mendParts
	from  []byte // the first key of the part that is still to be written
}

// mendParts are the records that noes and erasures are made of.
var mendParts = [...]struct {
	of     table
	prefix string
}{{tRecord, erasedKind}, {tContact, ""}}

func (m *mending) begun() bool { return m.part > 0 || len(m.from) > 0 }

func (m *mending) encode() []byte {
	return append(append(numberKey(m.times), byte(m.part)), m.from...)
}

// decodeMending reads one; nothing but that there is one is from before it was kept how far it is.
func decodeMending(b []byte) (m mending) {
	if len(b) < 9 || int(b[8]) >= len(mendParts) {
		return m
	}
	return mending{times: keyNumber(b[:8]), part: int(b[8]), from: bytes.Clone(b[9:])}
}

// mending is what is left to do; nil: nothing.
func (t *tx) mending() *mending {
	b := unwrapped(t.get(tSetting, name(settingJournalLost)))
	if b == nil {
		return nil
	}
	m := decodeMending(b)
	return &m
}

func (t *tx) putMending(m *mending) {
	t.set.put(tSetting, name(settingJournalLost), wrapped(m.encode()))
}

// journalLost notes that the journal may lack what the store knows.
func (db *DB) journalLost(ctx context.Context) error {
	return db.write(ctx, func(t *tx) error {
		switch m := t.mending(); {
		case m == nil:
			t.putMending(&mending{times: 1})
		case m.begun():
			t.putMending(&mending{times: m.times + 1})
		}
		return nil
	})
}

// MendJournal writes down anew every no and every erasure that the store knows, if the journal may lack some: it was lost, or is an older
// copy. It reports of how many people; when it is broken off, it goes on where it was.
func (db *DB) MendJournal(ctx context.Context, j *Journal) (people int, err error) {
	for times := uint64(0); ; {
		m, err := view(ctx, db, func(t *tx) (*mending, error) { return t.mending(), nil })
		if err != nil || m == nil {
			return people, err
		}
		if times != 0 && m.times != times {
			return people, nil // it was lost again: the next call begins anew
		}
		times = m.times
		n, err := db.mendPage(ctx, j, m)
		if people += n; err != nil {
			return people, err
		}
	}
}

// mendPage writes some people down.
func (db *DB) mendPage(ctx context.Context, j *Journal, m *mending) (people int, err error) {
	j.following.Lock()
	defer j.following.Unlock()
	batch := fmt.Sprintf("people %x", m.encode())
	if noted, err := db.noteAdded(ctx, j, batch); noted || err != nil {
		return 0, err
	}
	p, err := db.peoplePage(ctx, m)
	if err != nil {
		return 0, err
	}
	return len(p.lines), db.writeDown(ctx, j, batch, p.lines, func(t *tx) { t.mended(m, p.next) })
}

// mended notes that a page was written, unless the journal was lost since.
func (t *tx) mended(m *mending, next []byte) {
	now, goes := t.mending(), *m
	if now == nil || now.times != m.times || now.part != m.part || !bytes.Equal(now.from, m.from) {
		return
	}
	if goes.from = next; next == nil {
		goes.part++
	}
	if goes.part == len(mendParts) {
		t.set.delete(tSetting, name(settingJournalLost))
		return
	}
	t.putMending(&goes)
}

// peoplePage are the lines of some people, and where the next ones begin; nil: nowhere.
type peoplePage struct {
	lines []fallback.JournalLine
	next  []byte
}

func (db *DB) peoplePage(ctx context.Context, m *mending) (peoplePage, error) {
	of, prefix := mendParts[m.part].of, []byte{}
	if kind := mendParts[m.part].prefix; kind != "" {
		prefix = name(kind)
	}
	return view(ctx, db, func(t *tx) (p peoplePage, err error) {
		var ids []bots.ID
		c := t.bucket(of).Cursor()
		k, _ := c.Seek(slices.MaxFunc([][]byte{prefix, m.from}, bytes.Compare))
		for ; k != nil && bytes.HasPrefix(k, prefix) && len(ids) < journalPage; k, _ = c.Next() {
			ids = append(ids, lastID(k))
		}
		if k != nil && bytes.HasPrefix(k, prefix) {
			p.next = bytes.Clone(k)
		}
		for _, id := range ids {
			if met := t.Contact(id); met != nil && met.ID != id {
				continue // absorbed: it has no line of its own
			}
			if l, ok := fallback.Journaled(t, id); ok {
				p.lines = append(p.lines, l)
			}
		}
		return p, nil
	})
}
