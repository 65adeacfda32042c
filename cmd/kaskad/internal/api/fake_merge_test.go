package api_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// Owners are the contacts of the fake with a phone or an external id.
func (f *fake) Owners(_ context.Context, ref bots.Ref, most int) (ids []bots.ID, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, c := range f.contacts {
		if ref.Kind == "phone" && c.Phone == ref.Value || ref.Kind == "ext" && c.ExternalID == ref.Value {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), most)], f.err
}

func (f *fake) NotSame(_ context.Context, a, b bots.ID) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.records[fmt.Sprint("not same ", min(a, b), max(a, b))] != nil, f.err
}

func (f *fake) PutNotSame(_ context.Context, a, b bots.ID, by string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records[fmt.Sprint("not same ", min(a, b), max(a, b))] = []byte(by)
	return f.err
}

// Merge absorbs a contact as the rules do; the fake forgets it.
func (f *fake) Merge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error) {
	k, _ := f.FindContact(ctx, a.Keep)
	from, _ := f.FindContact(ctx, a.From)
	switch {
	case k == nil || from == nil:
		return bots.Merge{}, fallback.ErrUnknownContact
	case k.ID == from.ID:
		return bots.Merge{}, fallback.ErrSameContact
	}
	m := bots.Merge{Kept: k.ID, Absorbed: from.ID, KeptWas: *k, AbsorbedWas: *from, Became: k.Absorb(from, noon)}
	return m, cmp.Or(f.noted(&a, &m), f.err)
}

// noted takes the record about a merge, as a store does.
func (f *fake) noted(a *fallback.MergeAsk, m *bots.Merge) error {
	if a.Note == nil || a.Try {
		return nil
	}
	n, err := a.Note(m)
	if err != nil || n.Kind != people.AuditRecords {
		return fmt.Errorf("a record %q: %w", n.Kind, err)
	}
	line, err := people.ReadEntry(n.ID, n.Data)
	f.audit = append(f.audit, line)
	return err
}

// Unmerge takes two contacts apart that the fake has apart anyway.
func (f *fake) Unmerge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error) {
	k, _ := f.FindContact(ctx, a.Keep)
	from, _ := f.FindContact(ctx, a.From)
	switch {
	case k == nil:
		return bots.Merge{}, fallback.ErrUnknownContact
	case from == nil || k.ID == from.ID:
		return bots.Merge{}, fallback.ErrNotMerged
	}
	m := bots.Merge{Kept: k.ID, Absorbed: from.ID, KeptWas: *k, AbsorbedWas: *from}
	return m, cmp.Or(f.noted(&a, &m), f.err)
}
