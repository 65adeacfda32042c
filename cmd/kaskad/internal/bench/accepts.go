package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// storeCallers are how many ask at once, and of how many raw syncs an accept is wanted to be worth.
func storeCallers() []int { return []int{64, 256, 1024} }

// storeAccepts measures accepts in the store: the contact is read, an idempotency key of its own, consent and the same message are looked at; plan,
// status, due entry, indexes and a change are written, and durable when the call returns.
func storeAccepts(ctx context.Context, b *bench) error {
	wanted := map[int]float64{64: 2.5, 256: 4.5, 1024: 9}
	pages := map[int]float64{256: 1.1, 1024: 0.5}
	for _, callers := range storeCallers() {
		row, each, err := b.acceptWith(ctx, callers)
		if err != nil {
			return err
		}
		row.Part, row.What = "store", fmt.Sprintf("accepts, %d callers", callers)
		row.Note = fmt.Sprintf("%.2f pages each", each)
		row.Wants = []Want{{Of: "per raw sync", Got: row.Rate / row.Syncs, Want: wanted[callers]}}
		if most := pages[callers]; most > 0 {
			row.Wants = append(row.Wants, Want{Of: "pages", Got: each, Want: most, Most: true})
		}
		b.add(row)
	}
	return nil
}

func (b *bench) acceptWith(ctx context.Context, callers int) (row Row, pages float64, err error) {
	g, err := b.file(ctx)
	if err != nil {
		return row, 0, err
	}
	dir := filepath.Join(b.work, fmt.Sprint("store-", callers))
	if err := g.copyTo(dir); err != nil {
		return row, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		return row, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r, w := rules(), &fallback.World{Boot: 2}
	accept := func(_, i int) error {
		who := int(uint64(i) * spread % uint64(g.people))
		_, err := db.Accept(ctx, request(who, on(who), fmt.Sprint(callers, "-", i)), r, w)
		return err
	}
	if _, err := together(callers, b.Operates/4, accept); err != nil { // pages of the file come into memory
		return row, 0, err
	}
	m, err := begin(dir, 0)
	if err != nil {
		return row, 0, err
	}
	before := db.Stats()
	times, err := together(callers, b.Operates, func(c, i int) error { return accept(c, b.Operates/4+i) })
	after := db.Stats()
	row, err2 := m.end(len(times), times)
	return row, float64(after.Pages-before.Pages) / float64(max(1, len(times))), errors.Join(err, err2)
}
