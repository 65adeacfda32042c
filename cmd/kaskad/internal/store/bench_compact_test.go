package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkCompact writes a file with 400,000 messages in 80,000 conversations anew: for how long writers wait, for each gigabyte that is
// left.
func BenchmarkCompact(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "file")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := fill(dir, 80_000, 400_000); err != nil {
		b.Fatal(err)
	}
	db, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var paused time.Duration
	var before, after int64
	for b.Loop() {
		res, err := db.Compact(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		paused, before, after = paused+res.Paused, max(before, res.Before), after+res.After
	}
	b.ReportMetric(float64(before)/(1<<20), "MiB-before")
	b.ReportMetric(float64(after)/float64(b.N)/(1<<20), "MiB-after")
	b.ReportMetric(paused.Seconds()/(float64(after)/(1<<30)), "paused-s/GiB")
}
