package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// A phone that somebody claims stands in the head of their conversation, and in what a merge keeps to be undone. No index leads there:
// there is seldom one, and whoever looks for it (retention each night, the last step of an erase) may walk all heads, page by page.

// claimPage is how many heads one view looks at.
const claimPage = 10_000

// claimants are the contacts who have a claim of which f says so.
func (db *DB) claimants(ctx context.Context, f func(*bots.Claim) bool) ([]bots.ID, error) {
	found := map[bots.ID]bool{}
	look := func(id bots.ID, b []byte) {
		if len(b) == 0 {
			return // it was taken away
		}
		h, err := decodeHead(id, b)
		mustRecord(tHead, id, err)
		if f(&h.Bot.Claim) {
			found[id] = true
		}
	}
	fresh, err := view(ctx, db, func(*tx) (map[bots.ID][]byte, error) { // first: what is flushed meanwhile is met in its bucket
		fresh := db.heads.copy()
		for id, b := range fresh {
			look(id, b)
		}
		return fresh, nil
	})
	if err != nil {
		return nil, err
	}
	for next := idKey(nil, 0); next != nil; {
		if next, err = view(ctx, db, func(t *tx) (left []byte, _ error) {
			c, n := t.bucket(tHead).Cursor(), 0
			for k, v := c.Seek(next); k != nil; k, v = c.Next() {
				if n++; n > claimPage {
					return slices.Clone(k), nil
				}
				if _, newer := fresh[lastID(k)]; !newer {
					look(lastID(k), db.unseal(tHead, k, v))
				}
			}
			return nil, ctx.Err()
		}); err != nil {
			return nil, err
		}
	}
	_, err = view(ctx, db, func(t *tx) (bool, error) {
		prefix := name(mergeKind)
		t.records(prefix, prefix, func(k, v []byte) bool {
			m, err := decodeMerge(lastID(k), v)
			must(tRecord, k, err)
			if fallback.EachClaim(&m, f) {
				found[t.means(m.Absorbed)] = true
			}
			return ctx.Err() == nil
		})
		return false, ctx.Err()
	})
	return slices.Sorted(maps.Keys(found)), err
}

// dropClaims has drop end the claims of some people, and tells of each who had one.
func (db *DB) dropClaims(ctx context.Context, people []bots.ID, drop func(*bots.Claim) bool, done func(t *tx, who bots.ID)) error {
	for some := range slices.Chunk(people, dropsAtOnce) {
		if err := db.write(ctx, func(t *tx) error {
			for _, who := range some {
				if fallback.DropClaims(t, who, drop) {
					done(t, who)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// retainClaims drops the claims that count for nothing any more, with what was counted of whoever claimed.
func (db *DB) retainClaims(ctx context.Context, began time.Time, tell func(kind string, n int)) error {
	over := func(c *bots.Claim) bool { return c.Over(fallback.CodesKept, began) }
	found, err := db.claimants(ctx, over)
	if err != nil {
		return err
	}
	drop := func(c *bots.Claim) bool {
		if !over(c) {
			return false
		}
		*c = bots.Claim{}
		return true
	}
	if err = db.dropClaims(ctx, found, drop, func(*tx, bots.ID) {}); err == nil {
		tell(KeptCodes, len(found))
	}
	return err
}

// dropCodes forgets what was counted of phones for which nobody has asked for a code lately.
func (t *tx) dropCodes(from []byte, before time.Time, most int) (p piece) {
	prefix := name(codesKind)
	if from == nil {
		from = prefix
	}
	n := 0
	t.records(prefix, from, func(k, _ []byte) bool {
		if n++; p.dropped >= most || n > readsEach*most {
			p.more, p.place = true, slices.Clone(k)
			return false
		}
		of := string(k[len(prefix):])
		if n := t.Codes(of); n.Last().Before(before) {
			t.set.delete(tRecord, codesKey(of))
			p.dropped++
		}
		return true
	})
	return p
}

// claimed is which of the people has the phone of a claim from before the erase; -1: none.
func (l leavers) claimed(c *bots.Claim) int {
	if c.Phone == "" {
		return -1
	}
	return slices.IndexFunc(l, func(one leaver) bool {
		return !c.Asked.After(one.at) && slices.ContainsFunc(one.Names, func(n bots.Ref) bool { return n.Value == c.Phone })
	})
}

// claimedOf are the people, others than those who leave, who claim a phone of theirs.
func (db *DB) claimedOf(ctx context.Context, people leavers) ([]bots.ID, error) {
	found, err := db.claimants(ctx, func(c *bots.Claim) bool { return people.claimed(c) >= 0 })
	are := people.ids()
	return slices.DeleteFunc(found, func(id bots.ID) bool { return are[id] }), err
}

// eraseClaims ends claims of a phone of people who were erased; what was counted of whoever claimed it stays.
func (db *DB) eraseClaims(ctx context.Context, people leavers) error {
	found, err := db.claimedOf(ctx, people)
	if err != nil {
		return err
	}
	for _, who := range found {
		of := -1
		drop := func(c *bots.Claim) bool {
			i := people.claimed(c)
			if i < 0 {
				return false
			}
			of = i
			c.Drop()
			return true
		}
		if err := db.dropClaims(ctx, []bots.ID{who}, drop, func(t *tx, _ bots.ID) {
			fallback.EraseCounts(t, people[of].Contact, fallback.ErasedCounts{Claims: 1})
		}); err != nil {
			return err
		}
	}
	return nil
}
