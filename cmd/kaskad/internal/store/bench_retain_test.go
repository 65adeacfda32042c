package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkRetain is the first pass over a file in which everything is too old: how much is dropped in a second, and for how long one
// commit of it keeps others waiting, at the most, while nobody asks for a journey.
func BenchmarkRetain(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		dir := filepath.Join(b.TempDir(), "file")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		if err := fill(dir, 20_000, 100_000); err != nil {
			b.Fatal(err)
		}
		db, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		dropped, began := 0, time.Now()
		if err := db.Retain(b.Context(), Retention{Messages: 1, Deliveries: 1, Changes: 1, Quarantine: 1}, func(_ string, n int) { dropped += n }); err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		b.StopTimer()
		if dropped == 0 {
			b.Fatal("nothing was dropped")
		}
		b.ReportMetric(float64(dropped)/took.Seconds(), "records/s")
		b.ReportMetric(float64(db.Stats().MaxCommit.Milliseconds()), "longest-commit-ms")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
