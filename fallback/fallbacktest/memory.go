// Package fallbacktest is for tests of the cascade: Memory, a store that forgets, and Conform, what every store must do.
//
// Memory keeps maps under one mutex. It copies every record it takes and gives, so that code that changes a record it does not
// own shows itself; a transaction works on its own write set, which an error or a panic discards.
//
// It never touches a disk, and it is no example of a fast store: it is an example of a simple one.
package fallbacktest

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var (
	_ fallback.Store = (*Memory)(nil)
	_ fallback.Tx    = (*tx)(nil)
)

// Memory is a fallback.Store in memory. The zero value is empty and ready.
type Memory struct {
	// Twice runs every journey twice, on fresh write sets, and panics when the two differ: a real store may run one again.
	Twice bool
	// Fail, if set, is asked before every operation by its name ("Receive"); its error is the operation's.
	Fail func(op string) error

	mu   sync.Mutex
	data data
}

// Update runs a transaction of the test's own.
func (m *Memory) Update(ctx context.Context, f func(fallback.Tx) error) error {
	_, err := run(m, ctx, "Update", func(tx fallback.Tx) (none, error) { return none{}, f(tx) })
	return err
}

// View reads.
func (m *Memory) View(f func(fallback.View)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m.begin())
}

type none struct{}

// run is one transaction: on a write set of its own, put down only when it returned no error.
func run[T any](m *Memory, ctx context.Context, op string, journey func(fallback.Tx) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	if m.Fail != nil {
		if err := m.Fail(op); err != nil {
			return zero, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := m.begin()
	got, err := guarded(op, tx, journey)
	if m.Twice {
		again := m.begin()
		again.now = tx.now
		got2, err2 := guarded(op, again, journey)
		same(op, got, got2, err, err2)
		same(op+": what was written", tx.writes, again.writes, nil, nil)
	}
	if err != nil {
		return got, err
	}
	m.data.put(&tx.writes)
	return clone(got), nil
}

// guarded makes a panic the operation's error.
func guarded[T any](op string, tx *tx, journey func(fallback.Tx) (T, error)) (got T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v\n%s", op, p, debug.Stack())
		}
	}()
	return journey(tx)
}

func same(what string, a, b any, errA, errB error) {
	if fmt.Sprint(errA) != fmt.Sprint(errB) && (errA == nil || errB == nil) {
		panic(fmt.Sprintf("%s is not pure: run twice it failed with %v, then with %v", what, errA, errB))
	}
	if errA == nil && !reflect.DeepEqual(a, b) {
		panic(fmt.Sprintf("%s is not pure: run twice it gave\n%+v\nthen\n%+v", what, a, b))
	}
}

// Accept is fallback.Accept.
func (m *Memory) Accept(ctx context.Context, req *fallback.Request, r *fallback.Rules, w *fallback.World) (fallback.Accepted, error) {
	return run(m, ctx, "Accept", func(tx fallback.Tx) (fallback.Accepted, error) { return fallback.Accept(tx, ptr(req), r, w) })
}

// AcceptAll is fallback.Accept for each.
func (m *Memory) AcceptAll(ctx context.Context, reqs []*fallback.Request, r *fallback.Rules, w *fallback.World) []fallback.AcceptResult {
	res := make([]fallback.AcceptResult, len(reqs))
	for i, req := range reqs {
		res[i].Accepted, res[i].Err = m.Accept(ctx, req, r, w)
	}
	return res
}

// Receive is fallback.Receive.
func (m *Memory) Receive(ctx context.Context, e bots.Event, r *fallback.Rules, w *fallback.World) (bots.Turn, error) {
	return run(m, ctx, "Receive", func(tx fallback.Tx) (bots.Turn, error) { return fallback.Receive(tx, clone(e), r, w) })
}

// ReceiveAll is fallback.ReceiveAll; it fails as Receive does.
func (m *Memory) ReceiveAll(ctx context.Context, events []bots.Event, r *fallback.Rules, w *fallback.World) ([]fallback.ReceiveResult, error) {
	return run(m, ctx, "Receive", func(tx fallback.Tx) ([]fallback.ReceiveResult, error) {
		return fallback.ReceiveAll(tx, clone(events), r, w)
	})
}

// Claim is fallback.Claim.
func (m *Memory) Claim(ctx context.Context, in *fallback.Intent, r *fallback.Rules, w *fallback.World) (*fallback.Attempt, error) {
	return run(m, ctx, "Claim", func(tx fallback.Tx) (*fallback.Attempt, error) { return fallback.Claim(tx, ptr(in), r, w) })
}

// Settle is fallback.Settle.
func (m *Memory) Settle(ctx context.Context, a *fallback.Attempt, res fallback.Result, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "Settle", func(tx fallback.Tx) error { return fallback.Settle(tx, ptr(a), res, r, w) })
}

// Come is fallback.Come.
func (m *Memory) Come(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "Come", func(tx fallback.Tx) error { return fallback.Come(tx, id, r, w) })
}

// Mind is fallback.Mind.
func (m *Memory) Mind(ctx context.Context, contact bots.ID, r *fallback.Rules) error {
	return do(m, ctx, "Mind", func(tx fallback.Tx) error { return fallback.Mind(tx, contact, r) })
}

// PassBy is fallback.PassBy.
func (m *Memory) PassBy(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "PassBy", func(tx fallback.Tx) error { return fallback.PassBy(tx, id, r, w) })
}

// Written is what was counted on a channel.
func (m *Memory) Written(ctx context.Context, channel string) (fallback.Written, error) {
	return run(m, ctx, "Written", func(tx fallback.Tx) (fallback.Written, error) { return tx.Written(channel), nil })
}

// GiveUpLane is fallback.GiveUpLane.
func (m *Memory) GiveUpLane(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "GiveUpLane", func(tx fallback.Tx) error { return fallback.GiveUpLane(tx, id, r, w) })
}

// ResumeGap is fallback.ResumeGap.
func (m *Memory) ResumeGap(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "ResumeGap", func(tx fallback.Tx) error { return fallback.ResumeGap(tx, id, r, w) })
}

// Reject is fallback.Reject.
func (m *Memory) Reject(ctx context.Context, id bots.ID, leg int, reason string, r *fallback.Rules, w *fallback.World) error {
	return do(m, ctx, "Reject", func(tx fallback.Tx) error { return fallback.Reject(tx, id, leg, reason, r, w) })
}

// Cancel is fallback.Cancel.
func (m *Memory) Cancel(ctx context.Context, id bots.ID) (bool, error) {
	return run(m, ctx, "Cancel", func(tx fallback.Tx) (bool, error) { return fallback.Cancel(tx, id) })
}

func do(m *Memory, ctx context.Context, op string, journey func(fallback.Tx) error) error {
	_, err := run(m, ctx, op, func(tx fallback.Tx) (none, error) { return none{}, journey(tx) })
	return err
}

// ptr gives a journey a copy of its input: what it changes there must not matter.
func ptr[T any](in *T) *T { v := clone(*in); return &v }

// Load reads a delivery with its contact and conversation.
func (m *Memory) Load(ctx context.Context, id bots.ID) (fallback.Loaded, error) {
	return run(m, ctx, "Load", func(tx fallback.Tx) (fallback.Loaded, error) {
		return fallback.Load(tx, id)
	})
}

// Due reads entries of a lane in order.
func (m *Memory) Due(ctx context.Context, lane fallback.Lane, after fallback.Entry, until time.Time, limit int) ([]fallback.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []fallback.Entry
	all := m.data.due[lane]
	from, have := slices.BinarySearchFunc(all, after, byDue)
	if have {
		from++
	}
	for _, e := range all[from:] {
		if e.Due.After(until) || len(found) == limit {
			break
		}
		found = append(found, e)
	}
	return found, nil
}

// NextDue is when the first entry of a lane comes due.
func (m *Memory) NextDue(ctx context.Context, lane fallback.Lane) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if all := m.data.due[lane]; len(all) > 0 {
		return all[0].Due, ctx.Err()
	}
	return time.Time{}, ctx.Err()
}

// Drop removes entries that their deliveries have left.
func (m *Memory) Drop(ctx context.Context, lane fallback.Lane, stale []fallback.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := m.begin()
	for _, e := range stale {
		if d := tx.Delivery(e.ID); d != nil && d.Stands(lane, e) {
			continue
		}
		if talk, _ := find(tx, talks, e.ID); lane.ForTalks() && fallback.StandsAt(&talk, lane, e) {
			continue
		}
		if i, ok := slices.BinarySearchFunc(m.data.due[lane], e, byDue); ok {
			m.data.due[lane] = slices.Delete(m.data.due[lane], i, i+1)
		}
	}
	return nil
}

func byDue(a, b fallback.Entry) int {
	if c := a.Due.Compare(b.Due); c != 0 {
		return c
	}
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}
