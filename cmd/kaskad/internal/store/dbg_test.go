package store

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"kaskad/fallback"
)

func dbgStats(b *testing.B, db *DB, began time.Time) {
	s := db.bolt.Stats().TxStats
	st := db.Stats()
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	b.Logf("user %v sys %v minflt %d csw %d %d", time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano()), u.Minflt, u.Nvcsw, u.Nivcsw)
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

func init() {
	gateExtra, _ = strconv.Atoi(os.Getenv("GATE"))
}
