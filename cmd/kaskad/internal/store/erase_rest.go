package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
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

// sameAndBefore are all that are one person with an id, and then the strangers that the person was before.
func (t *tx) sameAndBefore(id bots.ID) []bots.ID {
	all := t.Same(id)
	if c := t.Contact(id); c != nil {
		all = append(slices.Clip(all), fallback.Formers(t, c)...)
	}
	return all
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

// EraseSome does one bounded step of an erase; it reports whether there is more to do. A step that was done already does nothing. The last
// one is done only when it is asked for by itself: who keeps something elsewhere needs the names that are gone with it.
func (db *DB) EraseSome(ctx context.Context, contact bots.ID, r *fallback.Rules, w *fallback.World) (more bool, err error) {
	before, left, err := db.Erasing(ctx, contact)
	if err != nil || !left {
		return false, err
	}
	if before.Stage == fallback.EraseRest {
		return db.EraseRest(ctx, []bots.ID{contact})
	}
	g, err := write(ctx, db, func(t *tx) (fallback.Erasing, error) { return fallback.EraseSome(t, contact, r, w) })
	return g.Stage != fallback.EraseOver, err
}

// EraseRest does the last step for several people at once, because it walks whole indexes: links, quarantine, claims of others, who is
// said to be somebody else, and what names them in indexes. Of one who is not so far it does nothing. It reports whether it has to be asked again.
func (db *DB) EraseRest(ctx context.Context, people []bots.ID) (more bool, err error) {
	all, err := db.leaving(ctx, people)
	if err != nil || len(all) == 0 {
		return false, err
	}
	for _, part := range []func(context.Context, leavers) error{db.eraseLinks, db.eraseQuarantined, db.eraseClaims, db.eraseNotSame, db.scrubNames} {
		if err := part(ctx, all); err != nil {
			return errors.Is(err, errSorting), ignored(err, errSorting)
		}
	}
	return false, db.write(ctx, func(t *tx) error {
		for i := range all {
			fallback.EraseDone(t, all[i].Contact)
		}
		return nil
	})
}

// leaver is somebody who was erased, and of whom the last step is to be done.
type leaver struct {
	fallback.Erasing
	at time.Time // when: what came after it is of whoever came back
}

type leavers []leaver

// leaving are those of some people who are so far.
func (db *DB) leaving(ctx context.Context, people []bots.ID) (leavers, error) {
	return view(ctx, db, func(t *tx) (all leavers, err error) {
		for _, id := range people {
			g, left := t.Erasing(id)
			if e, ok := t.Erased(id); left && ok && g.Stage == fallback.EraseRest {
				all = append(all, leaver{g, e.Here()})
			}
		}
		return all, nil
	})
}

// ids are who they are.
func (l leavers) ids() map[bots.ID]bool {
	all := make(map[bots.ID]bool, len(l))
	for i := range l {
		all[l[i].Contact] = true
	}
	return all
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
	return db.linksOf(ctx, func(id bots.ID) bool { return id == contact })
}

func (db *DB) linksOf(ctx context.Context, are func(bots.ID) bool) ([]fallback.Link, error) {
	return view(ctx, db, func(t *tx) (all []fallback.Link, err error) {
		c := t.bucket(tLink).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			l, err := decodeLink(v)
			must(tLink, k, err)
			if are(l.Contact) {
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

// eraseLinks takes away the one-time links of people.
func (db *DB) eraseLinks(ctx context.Context, people leavers) error {
	are := people.ids()
	links, err := db.linksOf(ctx, func(id bots.ID) bool { return are[id] })
	for some := range slices.Chunk(links, deletes) {
		if err == nil {
			err = db.write(ctx, func(t *tx) error {
				for _, l := range some {
					t.set.delete(tLink, name(l.Token))
					t.set.delete(tLinkEnd, append(timeKey(nil, l.Expires), name(l.Token)...))
					fallback.EraseCounts(t, l.Contact, fallback.ErasedCounts{Links: 1})
				}
				return nil
			})
		}
	}
	return err
}

// eraseNotSame takes away what was said of people and others: that they are two.
func (db *DB) eraseNotSame(ctx context.Context, people leavers) error {
	are := people.ids()
	found, err := view(ctx, db, func(t *tx) (all [][]byte, err error) {
		prefix := name(notSameKind)
		t.records(prefix, prefix, func(key, _ []byte) bool {
			if b := key[len(prefix):]; len(b) == 16 && (are[bots.IDFromBytes(b)] || are[lastID(b)]) {
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

// held is an event in quarantine, and whom it names.
type held struct {
	key []byte
	who bots.ID
}

// eraseQuarantined takes away the events that name people, as far as they can be found. One that came after the erase is of whoever came
// back.
func (db *DB) eraseQuarantined(ctx context.Context, people leavers) error {
	found, err := db.heldOf(ctx, people)
	if err != nil || len(found) == 0 {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		for _, h := range found {
			if t.get(tQuarantine, h.key) != nil { // else it was taken out meanwhile
				t.set.delete(tQuarantine, h.key)
				fallback.EraseCounts(t, h.who, fallback.ErasedCounts{Quarantine: 1})
			}
		}
		return nil
	})
}

// heldOf are the events in quarantine that name people.
func (db *DB) heldOf(ctx context.Context, people leavers) ([]held, error) {
	return view(ctx, db, func(t *tx) (all []held, err error) {
		c := t.bucket(tQuarantine).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			q, err := decodeQuarantined(v)
			must(tQuarantine, k, err)
			if i := slices.IndexFunc(people, func(l leaver) bool { return !q.At.After(l.at) && namedIn(q.Raw, l.Names) }); i >= 0 {
				all = append(all, held{bytes.Clone(k), people[i].Contact})
			}
		}
		return all, ctx.Err()
	})
}

// QuarantinedOf lists the events in quarantine that name a person, oldest first, without Raw: it may be about others, too.
func (db *DB) QuarantinedOf(ctx context.Context, contact bots.ID) ([]Quarantined, error) {
	return view(ctx, db, func(t *tx) (all []Quarantined, err error) {
		c := t.Contact(contact)
		if c == nil {
			return nil, nil
		}
		names := fallback.NamesOf(t, c)
		for _, e := range t.all(tQuarantine, nil) {
			q, err := decodeQuarantined(e.val)
			must(tQuarantine, e.key, err)
			if size := len(q.Raw); namedIn(q.Raw, names) {
				q.Raw = nil
				all = append(all, Quarantined{bots.IDFromBytes(e.key), size, q})
			}
		}
		return all, ctx.Err()
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
		for from := 0; ; {
			i := bytes.Index(raw[from:], []byte(word))
			if i < 0 {
				break
			}
			i += from
			if begins(raw[:i]) && !inWord(raw, i+len(word)) {
				return true
			}
			from = i + 1
		}
	}
	return false
}

// begins reports whether a word can begin behind these bytes: a plus may be written in several ways.
func begins(before []byte) bool {
	for _, plus := range []string{"%2B", "%2b", `\u002B`, `\u002b`, "&#43;"} {
		if bytes.HasSuffix(before, []byte(plus)) {
			return true
		}
	}
	return !inWord(before, len(before)-1)
}

func inWord(b []byte, i int) bool {
	return i >= 0 && i < len(b) && (unicode.IsLetter(rune(b[i])) || unicode.IsDigit(rune(b[i])))
}
