package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// WouldErase tells what an erase of a person would take away now. It goes the ways that the erase itself goes, step by step, each on a view
// of its own, and takes nothing.
func (db *DB) WouldErase(ctx context.Context, contact bots.ID) (fallback.Erased, error) {
	e, people, err := db.ownRecords(ctx, contact, fallback.EraseRest)
	if err != nil {
		return e, err
	}
	are := people.ids()
	links, err := db.linksOf(ctx, func(id bots.ID) bool { return are[id] })
	if err != nil {
		return e, err
	}
	held, err := db.heldOf(ctx, people)
	if err != nil {
		return e, err
	}
	claims, err := db.claimedOf(ctx, people)
	e.Counts = e.Counts.Plus(fallback.ErasedCounts{Links: len(links), Quarantine: len(held), Claims: len(claims)})
	return e, err
}

// OwnRecords is the part of WouldErase for which nobody else's records are walked: no posts, no links, no quarantine and no claims.
func (db *DB) OwnRecords(ctx context.Context, contact bots.ID) (fallback.Erased, error) {
	e, _, err := db.ownRecords(ctx, contact, fallback.ErasePosts)
	return e, err
}

// ownRecords counts what the steps before a stage would take.
func (db *DB) ownRecords(ctx context.Context, contact bots.ID, upTo fallback.EraseStage) (e fallback.Erased, people leavers, err error) {
	_, err = view(ctx, db, func(t *tx) (bool, error) {
		c := t.Contact(contact)
		e, people = fallback.Erased{Contact: t.means(contact), Left: true}, nil
		if c == nil {
			return false, &fallback.UnknownContact{Ref: bots.Ref{Kind: "id", Value: contact.String()}}
		}
		all, names := fallback.OnePerson(t, contact), fallback.NamesOf(t, c)
		if len(all) > 1 {
			e.Same = all
		}
		for _, id := range all {
			people = append(people, leaver{fallback.Erasing{Contact: id, Names: names[:len(names):len(names)]}, t.now})
		}
		return true, nil
	})
	for i := range people {
		for err == nil && people[i].Stage < upTo {
			var n fallback.ErasedCounts
			next := people[i].Erasing // a view may be read more than once
			n, err = view(ctx, db, func(t *tx) (fallback.ErasedCounts, error) {
				next = people[i].Erasing
				return fallback.CountErase(t, &next)
			})
			people[i].Erasing, e.Counts = next, e.Counts.Plus(n)
		}
	}
	return e, people, err
}
