package webhooks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// BenchmarkTelling tells changes of a thousand conversations, which have happened already, to programs in this process that take each at once, over
// loopback. An operation is one call that was taken.
func BenchmarkTelling(b *testing.B) {
	for _, programs := range []int{1, 8} {
		b.Run(fmt.Sprintf("programs=%d", programs), func(b *testing.B) {
			r := newRig(b, 1)
			var taken atomic.Int64
			all := make(chan struct{})
			changes := (b.N + programs - 1) / programs
			for range programs {
				server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
					_, _ = io.Copy(io.Discard, q.Body)
					if taken.Add(1) == int64(changes*programs) {
						close(all)
					}
				}))
				b.Cleanup(server.Close)
				if _, err := r.Make(b.Context(), webhooks.Hook{URL: server.URL}); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for n := range changes {
				r.feed.happens(bots.ID(n%1000+1), "message.received")
			}
			select {
			case <-all:
			case <-time.After(5 * time.Minute):
				b.Fatalf("%d of %d were taken", taken.Load(), changes*programs)
			}
			b.ReportMetric(float64(taken.Load())/b.Elapsed().Seconds(), "changes/s")
		})
	}
}
