package whatsapp

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	simulator "kaskad/bots/simulator/whatsapp"
)

// memory is what the process holds, in MB, once nothing is left to be freed: its heap, and what of it the system has in memory.
func memory(t testing.TB) (heap, resident float64) {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return float64(m.HeapAlloc) / 1e6, 0 // only Linux tells it so
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			resident = float64(kb) / 1e3
		}
	}
	return float64(m.HeapAlloc) / 1e6, resident
}

// grows is by how many MB the heap may grow between a tenth and all of the messages: bot, library alone, simulator and the people's phones
// are one process here.
const grows = 8

// KASKAD_SOAK=20000 sends so many messages, which takes minutes.
func TestMemoryStaysFlat(t *testing.T) {
	many, err := strconv.Atoi(os.Getenv("KASKAD_SOAK"))
	if err != nil {
		t.Skip("KASKAD_SOAK=20000 says how many messages are sent")
	}
	l := newLoad(t)
	sent := 0
	until := func(n int) (float64, float64) {
		for ; sent < n; sent++ {
			needsTB(t, l.byBot(t.Context(), sent))
		}
		needsTB(t, l.s.WaitTaken(t.Context(), shop, 1))
		return memory(t)
	}
	heap, resident := until(many / 10)
	t.Logf("after %6d messages: heap %.1f MB, resident %.1f MB, %d goroutines", sent, heap, resident, runtime.NumGoroutine())
	later, residentLater := until(many)
	t.Logf("after %6d messages: heap %.1f MB, resident %.1f MB, %d goroutines", sent, later, residentLater, runtime.NumGoroutine())
	if later > heap+grows {
		t.Errorf("the heap grew from %.1f to %.1f MB", heap, later)
	}
}

// BenchmarkBacklog takes what WhatsApp kept while we were away: 10,000 messages of 20 people, from the start of Run until all are
// acknowledged.
func BenchmarkBacklog(b *testing.B) {
	const many = 10_000
	for range b.N {
		b.StopTimer()
		needsTB(b, simulator.Trust())
		s, err := simulator.New(simulator.Options{Keep: 50})
		needsTB(b, err)
		needsTB(b, s.AddAccount(shop, "900001"))
		l := &load{s: s, got: &tally{}}
		l.openBot(b)
		l.stop()
		var sending sync.WaitGroup
		for n := range loadPeople {
			c, err := s.AddCustomer(b.Context(), simulator.Person{Phone: nth(n), LID: fmt.Sprintf("9200%02d", n)})
			needsTB(b, err)
			sending.Go(func() {
				for i := range many / loadPeople {
					if _, err := c.Say(b.Context(), shop, fmt.Sprint("де моє замовлення? ", i)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		sending.Wait()
		written := commits(b, l.bot.db)
		begun := time.Now()
		b.StartTimer()
		l.run(b)
		needsTB(b, s.WaitTaken(b.Context(), shop, 1))
		b.StopTimer()
		if n := l.got.events.Load(); n != many {
			b.Errorf("%d of %d were taken", n, many)
		}
		b.ReportMetric(many/time.Since(begun).Seconds(), "messages/s")
		b.ReportMetric(float64(l.got.groups.Load()), "groups")
		b.ReportMetric(float64(written.Load()), "sqlite-commits")
	}
}

// Every connection has a client of its own, with goroutines of its own: none may outlive it. KASKAD_RECONNECTS=1000 makes so many.
func TestReconnectsLeaveNothingBehind(t *testing.T) {
	many := 20
	if n, err := strconv.Atoi(os.Getenv("KASKAD_RECONNECTS")); err == nil {
		many = n
	}
	r := up(t)
	c := r.customer(anna, "900002")
	begin, heap := 0, 0.0
	for n := range many {
		words := fmt.Sprint("ще раз ", n)
		r.says(c, words)
		r.got.hears(t, words)
		r.taken()
		if n == many/10 { // what every start makes once is there now
			begin = runtime.NumGoroutine()
			heap, _ = memory(t)
		}
		before := r.s.Totals().Connections
		r.s.Cut(shop, 1)
		for ctx := soon(t); r.s.Totals().Connections == before; time.Sleep(time.Millisecond) {
			needs(t, ctx.Err())
		}
		r.await(Connected)
	}
	var end int
	for ctx := soon(t); ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		if end = runtime.NumGoroutine(); end <= begin+5 {
			break
		}
	}
	later, _ := memory(t)
	t.Logf("%d connections: %d goroutines, then %d; heap %.1f MB, then %.1f MB", many, begin, end, heap, later)
	if end > begin+5 {
		t.Errorf("%d goroutines after %d connections, %d at the beginning", end, many, begin)
	}
}
