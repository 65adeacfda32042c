package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode"

	"kaskad/bots"
	"kaskad/fallback"
)

// Erase forgets a person: the contact, and all that is under way, in one transaction with a record of the caller's that says so. What
// EraseSome does comes after it.
func (db *DB) Erase(ctx context.Context, contact bots.ID, by, kind string, note Record) (fallback.Erased, error) {
	db.journey()
	return write(ctx, db, func(t *tx) (fallback.Erased, error) {
		e, err := fallback.Erase(t, contact, by)
		if err == nil && kind != "" {
			t.set.put(tRecord, db.Records(kind).key(note.ID), wrapped(note.Data))
		}
		return e, err
	})
}

// WouldErase counts what an erase of a person would take away, as far as an index tells: no posts, no files, no quarantine.
func (db *DB) WouldErase(ctx context.Context, contact bots.ID) (fallback.ErasedCounts, error) {
	return view(ctx, db, func(t *tx) (n fallback.ErasedCounts, err error) {
		for _, id := range t.Same(contact) {
			t.MessagesOf(id, 0, func(bots.ID) bool { n.Messages++; return ctx.Err() == nil })
		}
		t.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
			n.Deliveries++
			if d := t.Delivery(id); d != nil && !d.State.Final() {
				n.Cancelled++
			}
			return ctx.Err() == nil
		})
		return n, ctx.Err()
	})
}

// Erasings are the people of whom there is something left to erase.
func (db *DB) Erasings(ctx context.Context) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) (all []bots.ID, err error) {
		prefix := name(erasingKind)
		t.records(prefix, prefix, func(key, _ []byte) bool {
			all = append(all, lastID(key))
			return true
		})
		return all, nil
	})
}

// Erasing is what the next step of an erase needs to know; false: nothing is left to do.
func (db *DB) Erasing(ctx context.Context, contact bots.ID) (g fallback.Erasing, left bool, err error) {
	g, err = view(ctx, db, func(t *tx) (g fallback.Erasing, err error) {
		g, left = t.Erasing(contact)
		return g, nil
	})
	return g, left, err
}

// NextErased are the messages that the next step empties: who keeps files of theirs removes those first.
func (db *DB) NextErased(ctx context.Context, contact bots.ID) ([]*bots.Message, error) {
	return view(ctx, db, func(t *tx) (all []*bots.Message, err error) {
		g, left := t.Erasing(contact)
		if !left || g.Stage != fallback.EraseMessages {
			return nil, nil
		}
		n := 0
		t.MessagesOf(contact, g.Message, func(id bots.ID) bool {
			if m := t.Message(id); m != nil && len(m.Media) > 0 {
				all = append(all, m)
			}
			n++
			return n <= fallback.EraseBatch
		})
		return all, nil
	})
}

// EraseSome does one bounded step of an erase; it reports whether there is more to do. A step that was done already does nothing.
func (db *DB) EraseSome(ctx context.Context, contact bots.ID, r *fallback.Rules, w *fallback.World) (more bool, err error) {
	g, err := write(ctx, db, func(t *tx) (fallback.Erasing, error) { return fallback.EraseSome(t, contact, r, w) })
	if err != nil || g.Stage != fallback.EraseRest {
		return g.Stage != fallback.EraseOver, err
	}
	var n fallback.ErasedCounts
	if n.Links, err = db.eraseLinks(ctx, contact); err != nil {
		return false, err
	}
	if n.Quarantine, err = db.eraseQuarantined(ctx, &g); err != nil {
		return false, err
	}
	if err := db.eraseNotSame(ctx, contact); err != nil {
		return false, err
	}
	if err := db.scrubNames(ctx, &g); err != nil {
		return errors.Is(err, errSorting), ignored(err, errSorting)
	}
	return false, db.write(ctx, func(t *tx) error { fallback.EraseDone(t, contact, n); return nil })
}

func ignored(err, which error) error {
	if errors.Is(err, which) {
		return nil
	}
	return err
}

// deletes is how many entries one operation takes away.
const deletes = 500

// LinksOf are the one-time links of a person.
func (db *DB) LinksOf(ctx context.Context, contact bots.ID) ([]fallback.Link, error) {
	return view(ctx, db, func(t *tx) (all []fallback.Link, err error) {
		c := t.bucket(tLink).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			l, err := decodeLink(v)
			must(tLink, k, err)
			if l.Contact == contact {
				all = append(all, l)
			}
		}
		return all, ctx.Err()
	})
}

// CameOf is how far a person came, by source.
func (db *DB) CameOf(ctx context.Context, contact bots.ID) (map[string]fallback.Came, error) {
	return view(ctx, db, func(t *tx) (map[string]fallback.Came, error) {
		all, prefix := map[string]fallback.Came{}, cameKey(contact, "")
		t.records(prefix, prefix, func(key, _ []byte) bool {
			source := string(key[len(prefix):])
			all[source] = t.Came(contact, source)
			return true
		})
		return all, nil
	})
}

// eraseLinks takes away the one-time links of a person.
func (db *DB) eraseLinks(ctx context.Context, contact bots.ID) (n int, err error) {
	links, err := db.LinksOf(ctx, contact)
	for some := range slices.Chunk(links, deletes) {
		if err == nil {
			err = db.write(ctx, func(t *tx) error {
				for _, l := range some {
					t.set.delete(tLink, name(l.Token))
					t.set.delete(tLinkEnd, append(timeKey(nil, l.Expires), name(l.Token)...))
				}
				return nil
			})
		}
	}
	return len(links), err
}

// eraseNotSame takes away what was said of a person and others: that they are two people.
func (db *DB) eraseNotSame(ctx context.Context, contact bots.ID) error {
	found, err := view(ctx, db, func(t *tx) (all [][]byte, err error) {
		prefix := name(notSameKind)
		t.records(prefix, prefix, func(key, _ []byte) bool {
			if b := key[len(prefix):]; len(b) == 16 && (bots.IDFromBytes(b) == contact || lastID(b) == contact) {
				all = append(all, bytes.Clone(key))
			}
			return ctx.Err() == nil
		})
		return all, ctx.Err()
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		for _, k := range found {
			t.set.delete(tRecord, k)
		}
		return nil
	})
}

// eraseQuarantined takes away the events that name a person, as far as they can be found.
func (db *DB) eraseQuarantined(ctx context.Context, g *fallback.Erasing) (n int, err error) {
	found, err := view(ctx, db, func(t *tx) (all [][]byte, err error) {
		c := t.bucket(tQuarantine).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			q, err := decodeQuarantined(v)
			must(tQuarantine, k, err)
			if namedIn(q.Raw, g.Names) {
				all = append(all, bytes.Clone(k))
			}
		}
		return all, ctx.Err()
	})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return len(found), db.write(ctx, func(t *tx) error {
		for _, k := range found {
			t.set.delete(tQuarantine, k)
		}
		return nil
	})
}

// leastName is how short a name may be to be looked for in what came from outside.
const leastName = 5

// namedIn reports whether bytes from outside have one of the names in them, as a word of its own.
func namedIn(raw []byte, names []bots.Ref) bool {
	for _, n := range names {
		word := strings.TrimPrefix(n.Value, "+")
		if len(word) < leastName {
			continue
		}
		for rest := raw; ; {
			i := bytes.Index(rest, []byte(word))
			if i < 0 {
				break
			}
			if !inWord(rest, i-1) && !inWord(rest, i+len(word)) {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

func inWord(b []byte, i int) bool {
	return i >= 0 && i < len(b) && (unicode.IsLetter(rune(b[i])) || unicode.IsDigit(rune(b[i])))
}

// errSorting is a generation that cannot be written anew now: it is being sorted, and is sealed with one of the next commits.
var errSorting = errors.New("a generation is being sorted")

// scrubNames takes out of the indexes what names a person: the chats, the channels' ids of messages, proofs that nobody waits for.
func (db *DB) scrubNames(ctx context.Context, g *fallback.Erasing) error {
	ids, err := view(ctx, db, func(t *tx) (map[bots.ID]bool, error) {
		all := map[bots.ID]bool{}
		t.MessagesOf(g.Contact, 0, func(id bots.ID) bool { all[id] = true; return ctx.Err() == nil })
		return all, ctx.Err()
	})
	if err != nil {
		return err
	}
	// Of a message that retention dropped no list may tell whose it was: the chat does.
	theirs := func(key, val []byte) bool { return ids[bots.IDFromBytes(val)] || g.Has(chatIn(key)) }
	orphaned := func(_, val []byte) bool {
		o, err := decodeOrphan(val)
		return err == nil && slices.ContainsFunc([]bots.Address{o.Chat, o.Proof.Chat, o.Proof.Also, o.Proof.To}, g.Has)
	}
	for of, out := range map[table]func(key, val []byte) bool{tLastSent: theirs, tProvider: theirs, tOrphan: orphaned} {
		if err := db.scrubTable(ctx, of, out); err != nil {
			return err
		}
	}
	return nil
}

// chatIn is the chat that the key of a list of messages begins with, as far as it does.
func chatIn(key []byte) bots.Address {
	channel, rest := part(key)
	id, _ := part(rest)
	return bots.Address{Channel: channel, ID: id}
}

// part takes the first of several strings that were joined.
func part(b []byte) (string, []byte) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil
	}
	return string(b[used : used+int(n)]), b[used+int(n):]
}

func (db *DB) scrubTable(ctx context.Context, of table, out func(key, val []byte) bool) error {
	holding := func() ([]uint64, error) {
		return view(ctx, db, func(t *tx) ([]uint64, error) { return t.holding(of, out), nil })
	}
	have, err := holding()
	if err != nil {
		return err
	}
	for _, no := range have {
		if err := db.write(ctx, func(t *tx) error {
			t.set.scrubs = append(t.set.scrubs, scrub{of, no, out})
			return nil
		}); err != nil {
			return err
		}
	}
	if have, err = holding(); err == nil && len(have) > 0 {
		return errSorting
	}
	return err
}
