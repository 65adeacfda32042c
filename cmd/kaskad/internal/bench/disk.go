package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const page = 4096

// rawSyncs is how often a second this disk appends 4 KiB to a file that has room for them, and makes them durable.
func rawSyncs(dir string) (float64, error) {
	return appending(dir, func(f *os.File) (int64, time.Duration, error) {
		data, n, begun := make([]byte, page), int64(0), time.Now()
		for ; n < room/page && time.Since(begun) < 400*time.Millisecond; n++ {
			if _, err := f.WriteAt(data, n*page); err != nil {
				return 0, 0, err
			}
			if err := syncData(f); err != nil {
				return 0, 0, err
			}
		}
		return n, time.Since(begun), nil
	})
}

const room = 64 << 20 // of the files that are appended to

// appending gives a file with room, and is how many a second were done.
func appending(dir string, do func(f *os.File) (n int64, took time.Duration, err error)) (float64, error) {
	f, err := os.CreateTemp(dir, "append-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	if err = errors.Join(reserve(f, room), f.Sync()); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	n, took, err := do(f)
	return float64(n) / max(took, 1).Seconds(), errors.Join(err, f.Close())
}

// logged is the size of what a caller appends: an accept's records.
const logged = 512

// appendLog is how many records a second a log takes that does nothing else: one goroutine appends what callers gave meanwhile, makes it durable
// with one sync, and answers them.
func appendLog(dir string, callers int) (float64, error) {
	return appending(dir, func(f *os.File) (int64, time.Duration, error) {
		jobs, end, begun := make(chan chan struct{}, callers), time.Now().Add(time.Second), time.Now()
		var n atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				done := make(chan struct{}, 1)
				for time.Now().Before(end) {
					jobs <- done
					<-done
					n.Add(1)
				}
			})
		}
		go func() { wg.Wait(); close(jobs) }()
		var failed error
		at, waiting, data := int64(0), []chan struct{}(nil), make([]byte, 0, callers*logged)
		for first := range jobs {
			waiting = append(waiting[:0], first)
			for more := true; more && len(waiting) < callers; {
				select {
				case next, open := <-jobs:
					if more = open; open {
						waiting = append(waiting, next)
					}
				default:
					more = false
				}
			}
			data = data[:len(waiting)*logged]
			if at+int64(len(data)) > room {
				at = 0
			}
			_, err := f.WriteAt(data, at)
			failed = errors.Join(failed, err, syncData(f))
			at += int64(len(data))
			for _, w := range waiting {
				w <- struct{}{}
			}
		}
		return n.Load(), time.Since(begun), failed
	})
}

// disk measures the disk alone.
func disk(_ context.Context, b *bench) error {
	raw, err := rawSyncs(b.work)
	if err != nil {
		return err
	}
	b.add(Row{Part: "disk", What: "4 KiB appended and synced, one caller", Rate: raw, Syncs: raw})
	for _, callers := range storeCallers() {
		rate, err := appendLog(b.work, callers)
		if err != nil {
			return err
		}
		b.add(Row{Part: "disk", What: fmt.Sprintf("a log that only appends records of %d bytes, %d callers", logged, callers), Rate: rate, Syncs: raw})
	}
	return nil
}
