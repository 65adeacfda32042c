package bench

import (
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// meter measures a stretch of work: its rate, and what it cost whom.
type meter struct {
	dir           string
	server        int // the process that is measured; 0: this one
	raw           float64
	own, his, all time.Duration
	begun         time.Time
}

func begin(dir string, server int) (*meter, error) {
	m := &meter{dir: dir, server: server}
	var err error
	if m.raw, err = rawSyncs(dir); err != nil {
		return nil, err
	}
	m.own, m.his, m.all, err = used(server)
	m.begun = time.Now()
	return m, err
}

func used(server int) (own, his, all time.Duration, err error) {
	own, err1 := cpuOf(os.Getpid())
	var err2 error
	if server != 0 {
		his, err2 = cpuOf(server)
	}
	all, err3 := machineCPU()
	return own, his, all, errors.Join(err1, err2, err3)
}

// end is what was measured of n operations that took as long as told.
func (m *meter) end(n int, times []time.Duration) (Row, error) {
	took := time.Since(m.begun)
	own, his, all, err1 := used(m.server)
	raw, err2 := rawSyncs(m.dir)
	own, his, all = own-m.own, his-m.his, all-m.all
	r := Row{Done: n, Rate: float64(n) / took.Seconds(), Syncs: (m.raw + raw) / 2, Foreign: max(0, all-own-his).Seconds() / took.Seconds()}
	each := time.Duration(max(1, n))
	if r.CPU = own / each; m.server != 0 {
		r.CPU, r.Callers = his/each, own/each
	}
	if slices.Sort(times); len(times) > 0 {
		r.P50, r.P99 = times[len(times)/2], times[len(times)*99/100]
	}
	return r, errors.Join(err1, err2)
}

// together has callers do n operations, numbered from 0, and is how long each took, in no order.
func together(callers, n int, do func(caller, i int) error) ([]time.Duration, error) {
	times, errs := make([][]time.Duration, callers), make([]error, callers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				at := time.Now()
				if errs[c] = do(c, i); errs[c] != nil {
					return
				}
				times[c] = append(times[c], time.Since(at))
			}
		})
	}
	wg.Wait()
	return slices.Concat(times...), errors.Join(errs...)
}
