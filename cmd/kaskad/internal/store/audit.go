package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// auditKind is the kind of record that tells what somebody of the team did. Ids grow, so that the newest stands last. It is not "audit":
// those are the program's own lines about people, and whoever lists them would read these.
const auditKind = "staff act"

func auditKey(id bots.ID) []byte { return idKey(name(auditKind), id) }

func encodeAudited(b []byte, a *fallback.Audited) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, a.At)
		e.str(2, a.By)
		e.str(3, a.Account.Channel)
		e.str(4, a.Account.ID)
		e.str(5, a.Act)
		e.id(6, a.Contact)
		e.id(7, a.Delivery)
		e.id(8, a.Message)
		e.str(9, a.Group)
		e.str(10, a.Thread)
		e.str(11, a.On)
		e.str(12, a.Query)
		e.str(13, a.Detail)
		e.str(14, a.Refused)
		e.bool(15, true) // a record is never empty
	})
}

func decodeAudited(id bots.ID, b []byte) (fallback.Audited, error) {
	a := fallback.Audited{ID: id}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			a.At = f.time()
		case 2:
			a.By = f.str()
		case 3:
			a.Account.Channel = f.str()
		case 4:
			a.Account.ID = f.str()
		case 5:
			a.Act = f.str()
		case 6:
			a.Contact = f.id()
		case 7:
			a.Delivery = f.id()
		case 8:
			a.Message = f.id()
		case 9:
			a.Group = f.str()
		case 10:
			a.Thread = f.str()
		case 11:
			a.On = f.str()
		case 12:
			a.Query = f.str()
		case 13:
			a.Detail = f.str()
		case 14:
			a.Refused = f.str()
		}
	})
	return a, err
}

// PutAudit writes a line of the audit.
func (t *tx) PutAudit(a fallback.Audited) {
	t.set.put(tRecord, auditKey(a.ID), encodeAudited(nil, &a))
}

// Audited is a line of the audit.
func (t *tx) Audited(id bots.ID) (fallback.Audited, bool) {
	key := auditKey(id)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Audited{}, false
	}
	a, err := decodeAudited(id, b)
	must(tRecord, key, err)
	return a, true
}

// AuditAsk says which lines of the audit are asked for; zero fields ask for all.
type AuditAsk struct {
	Contact bots.ID // with all who are one person with it
	By      string
	Act     string
	Since   time.Time
	Before  bots.ID // those older than this line
}

// auditLook is how many lines one call looks at: a page may be shorter than asked for, and more follow.
const auditLook = 20_000

// StaffAudit reads up to limit lines, newest first, and the id behind which more may follow; zero: none does.
func (db *DB) StaffAudit(ctx context.Context, ask AuditAsk, limit int) (found []fallback.Audited, next bots.ID, err error) {
	_, err = view(ctx, db, func(t *tx) (struct{}, error) {
		found, next, err = t.staffAudit(&ask, limit)
		return struct{}{}, err
	})
	return found, next, err
}

func (t *tx) staffAudit(ask *AuditAsk, limit int) (found []fallback.Audited, next bots.ID, err error) {
	var of []bots.ID
	if ask.Contact != 0 {
		of = t.Same(ask.Contact)
	}
	prefix := name(auditKind)
	before := ask.Before
	if before == 0 {
		before = ^bots.ID(0)
	}
	c := t.bucket(tRecord).Cursor()
	k, v := []byte(nil), []byte(nil)
	if beyond, _ := c.Seek(auditKey(before)); beyond == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for n := 0; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		if n++; n > auditLook || len(found) >= limit {
			return found, next, nil
		}
		a, err := decodeAudited(lastID(k), v)
		must(tRecord, k, err)
		if a.At.Before(ask.Since) {
			break
		}
		next = a.ID
		if (of == nil || slices.Contains(of, a.Contact)) && (ask.By == "" || strings.EqualFold(ask.By, a.By)) && (ask.Act == "" || ask.Act == a.Act) {
			found = append(found, a)
		}
	}
	return found, 0, nil
}

// dropAudit drops lines of the audit, oldest first.
func (t *tx) dropAudit(_ []byte, before time.Time, most int) (p piece) {
	limit, prefix := t.db.ids.at(before), name(auditKind)
	t.records(prefix, prefix, func(k, _ []byte) bool {
		if lastID(k) >= limit {
			return false
		}
		if p.dropped >= most {
			p.more = true
			return false
		}
		t.set.delete(tRecord, bytes.Clone(k))
		p.dropped++
		return true
	})
	return p
}

// dropLines drops lines of the program's own audit, whose ids sort with the newest first.
func (t *tx) dropLines(_ []byte, before time.Time, most int) (p piece) {
	of := t.db.Records(people.AuditRecords)
	t.records(of.key(""), of.key(people.EntriesUntil(before)), func(k, _ []byte) bool {
		if p.dropped >= most {
			p.more = true
			return false
		}
		t.set.delete(tRecord, bytes.Clone(k))
		p.dropped++
		return true
	})
	return p
}

// eraseAudit takes out of the audit what was said about people: who did what, and when, stays.
func (db *DB) eraseAudit(ctx context.Context, people leavers) error {
	are := people.ids()
	for from := name(auditKind); from != nil; {
		var found []bots.ID
		var err error
		if found, from, err = db.auditOf(ctx, are, from); err != nil {
			return err
		}
		for some := range slices.Chunk(found, deletes) {
			if err := db.write(ctx, func(t *tx) error { return t.blankAudit(some) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// auditOf finds lines about people, from a key on, and where the next look begins; nil: there is no more.
func (db *DB) auditOf(ctx context.Context, are map[bots.ID]bool, from []byte) (found []bots.ID, next []byte, err error) {
	_, err = view(ctx, db, func(t *tx) (struct{}, error) {
		n := 0
		t.records(name(auditKind), from, func(k, v []byte) bool {
			if n++; n > auditLook {
				next = bytes.Clone(k)
				return false
			}
			a, err := decodeAudited(lastID(k), v)
			must(tRecord, k, err)
			if are[a.Contact] && a.Detail != "" {
				found = append(found, a.ID)
			}
			return ctx.Err() == nil
		})
		return struct{}{}, ctx.Err()
	})
	return found, next, err
}

func (t *tx) blankAudit(ids []bots.ID) error {
	for _, id := range ids {
		if a, ok := t.Audited(id); ok {
			a.Detail = ""
			t.PutAudit(a)
		}
	}
	return nil
}
