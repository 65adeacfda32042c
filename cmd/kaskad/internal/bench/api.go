package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// batch is how many deliveries a call asks for at most.
const batch = 1000

// apiAccepts measures deliveries that are asked for over the API, one in a call and a thousand, while nothing is sent.
func apiAccepts(ctx context.Context, b *bench) (err error) {
	file, err := b.file(ctx)
	if err != nil {
		return err
	}
	g, err := b.paused(ctx, "api", file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	one := func(b []byte, i int) []byte {
		who := int(uint64(i) * spread % uint64(file.people))
		return fmt.Appendf(b, `{"to":"phone:%s","template":"bonus","data":{"points":%d},"cascade":"loyalty","purpose":"service","key":"bench-%d"}`, phoneOf(who), i, i)
	}
	if err := b.apiCall(ctx, g, "deliveries, one in a call", b.Operates, Callers, 1, 6_000, "202", "/v1/deliveries", one); err != nil {
		return err
	}
	calls := max(40, b.Operates/batch)
	return errors.Join(b.apiCall(ctx, g, "deliveries, a thousand in a call", calls, 2, batch, 40_000, "200", "/v1/deliveries:batch", func(b []byte, call int) []byte {
		b = append(b, `{"deliveries":[`...)
		for i := range batch {
			if i > 0 {
				b = append(b, ',')
			}
			b = one(b, 1_000_000_000+call*batch+i)
		}
		return append(b, `]}`...)
	}), g.checked(ctx))
}

// again is when a caller who was refused comes again: sooner than it was asked to, so that what is measured has work.
const again = 50 * time.Millisecond

func (b *bench) apiCall(ctx context.Context, g *gateway, what string, n, callers, each int, want float64, status, path string, body func(b []byte, i int) []byte) error {
	lines, err := dial(g.admin, callers)
	if err != nil {
		return err
	}
	bodies := make([][]byte, len(lines))
	m, err := begin(g.dir, g.pid())
	if err != nil {
		return err
	}
	var refused atomic.Int64
	times, err := together(len(lines), n, func(c, i int) error {
		l := lines[c]
		bodies[c] = body(bodies[c][:0], i)
		l.request = post(l.request[:0], path, "Authorization", "Bearer "+g.key, bodies[c])
		for {
			_, err := l.call(status)
			if !errors.Is(err, errBusy) || ctx.Err() != nil {
				return err
			}
			refused.Add(1)
			time.Sleep(again)
		}
	})
	row, err2 := m.end(len(times)*each, times)
	if err := errors.Join(err, err2, hangUp(lines)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	row.Part, row.What = "api", what
	if n := refused.Load(); n > 0 {
		row.Note = fmt.Sprintf("%d calls refused with 429, and made again", n)
	}
	row.Wants = []Want{{Of: "per second", Got: row.Rate, Want: want}}
	b.add(row)
	return nil
}
