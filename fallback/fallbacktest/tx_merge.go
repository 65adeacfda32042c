package fallbacktest

import (
	"context"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// Merge is fallback.Merge.
func (m *Memory) Merge(ctx context.Context, a fallback.MergeAsk, r *fallback.Rules) (bots.Merge, error) {
	return run(m, ctx, "Merge", func(tx fallback.Tx) (bots.Merge, error) { return fallback.Merge(tx, a, r) })
}

// Unmerge is fallback.Unmerge.
func (m *Memory) Unmerge(ctx context.Context, a fallback.MergeAsk, r *fallback.Rules) (bots.Merge, error) {
	return run(m, ctx, "Unmerge", func(tx fallback.Tx) (bots.Merge, error) { return fallback.Unmerge(tx, a, r) })
}

func merges(d *data) *map[bots.ID]bots.Merge { return &d.merges }
func into(d *data) *map[bots.ID]bots.ID      { return &d.into }

// PutMerge keeps a merge.
func (t *tx) PutMerge(m bots.Merge) {
	write(t, merges, m.Absorbed, m)
	write(t, into, m.Absorbed, m.Kept)
}

func (t *tx) DropMerge(absorbed bots.ID) {
	write(t, into, absorbed, 0)
	write(t, merges, absorbed, bots.Merge{})
}

func (t *tx) Merge(absorbed bots.ID) (bots.Merge, bool) {
	if to, _ := find(t, into, absorbed); to == 0 {
		return bots.Merge{}, false
	}
	return find(t, merges, absorbed)
}

// kept is the contact that an id means.
func (t *tx) kept(id bots.ID) bots.ID {
	for {
		to, _ := find(t, into, id)
		if to == 0 {
			return id
		}
		id = to
	}
}

// whose is a record's contact, and the absorbed one under whose id it stands.
func (t *tx) whose(id bots.ID) (contact, under bots.ID) {
	if kept := t.kept(id); kept != id {
		return kept, id
	}
	return id, 0
}

// standing is under whose id a record is kept.
func standing(contact, under bots.ID) (bots.ID, bots.ID) {
	if under != 0 {
		return under, 0
	}
	return contact, 0
}

func (t *tx) Same(id bots.ID) []bots.ID {
	id = t.kept(id)
	c := t.Contact(id)
	if c == nil {
		return []bots.ID{id}
	}
	return append([]bots.ID{id}, c.Merged...)
}

// further are the names by which a contact is found that an absorbed one had.
func further(c *bots.Contact) (found []bots.Ref) {
	for _, n := range c.Names {
		switch n.Kind {
		case "ext":
			found = append(found, n)
		case "phone", bots.NameClaimed:
			found = append(found, bots.Ref{Kind: "phone", Value: n.Value}, bots.Ref{Kind: bots.SMS, Value: n.Value})
		}
	}
	return found
}

// claims reports whether a number is the contact's by the person's own word alone.
func claims(c *bots.Contact, ref bots.Ref) bool {
	if ref.Phone() == "" {
		return false
	}
	own := c.Phone == ref.Value || slices.ContainsFunc(c.Addresses, func(a bots.ContactAddress) bool { return a.Channel == bots.SMS && a.ID == ref.Value })
	return c.Claims(ref.Value) || !own && c.Named(bots.NameClaimed, ref.Value) && !c.Named("phone", ref.Value)
}
