package store

import (
	"testing"
	"time"

	"kaskad/fallback"
)

func dbgStats(b *testing.B, db *DB, began time.Time) {
	s := db.bolt.Stats().TxStats
	st := db.Stats()
	b.Logf("wall %v: commits %v (%d) spill %v write %v", time.Since(began), st.Commits, st.Batches, s.GetSpillTime(), s.GetWriteTime())
}

func BenchmarkPrepare(b *testing.B) {
	db := benchOpen(b, Options{})
	r, w, ctx := rules(), world(), b.Context()
	for n := 0; n < b.N; n++ {
		req := benchRequest(n)
		o, err := db.prepare(ctx, func(t *tx) error { _, err := fallback.Accept(t, req, r, w); return err })
		if err != nil || o == nil {
			b.Fatal(err)
		}
	}
}
