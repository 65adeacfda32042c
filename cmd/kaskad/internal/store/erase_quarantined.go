package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode"

	"kaskad/bots"
	"kaskad/fallback"
)

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
			q, err := decodeQuarantined(db.unseal(tQuarantine, k, v))
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
