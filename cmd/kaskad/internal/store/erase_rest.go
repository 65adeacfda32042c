package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// EraseRest does the last step for several people at once, because it walks whole indexes: links, quarantine, claims of others, who is
// said to be somebody else, and what names them in indexes. Of one who is not so far it does nothing. It reports whether it has to be asked again.
func (db *DB) EraseRest(ctx context.Context, people []bots.ID) (more bool, err error) {
	all, err := db.leaving(ctx, people)
	if err != nil || len(all) == 0 {
		return false, err
	}
	for _, part := range []func(context.Context, leavers) error{db.eraseLinks, db.eraseQuarantined, db.eraseClaims, db.eraseNotSame, db.eraseAudit, db.scrubNames} {
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
