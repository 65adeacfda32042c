package fallbacktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Quarantine keeps an event that no rule could take.
func (m *Memory) Quarantine(ctx context.Context, q fallback.Quarantined) error {
	return m.locked(ctx, "Quarantine", func() {
		m.data.quarantine = append(m.data.quarantine, clone(q))
		if q.Event != "" {
			lay(&m.data.seen, map[string]bool{q.Event: true})
		}
	})
}

// Hearing is what is known of the channels.
func (m *Memory) Hearing(ctx context.Context) (map[string]fallback.Hearing, error) {
	var all map[string]fallback.Hearing
	err := m.locked(ctx, "Hearing", func() { all = clone(m.data.hearing) })
	return all, err
}

// PutHearing writes what is known of one channel.
func (m *Memory) PutHearing(ctx context.Context, channel string, h fallback.Hearing) error {
	return m.locked(ctx, "PutHearing", func() { lay(&m.data.hearing, map[string]fallback.Hearing{channel: clone(h)}) })
}

// Note appends a line to the outbox.
func (m *Memory) Note(ctx context.Context, c bots.Change) error {
	return do(m, ctx, "Note", func(tx fallback.Tx) error { tx.Change(c); return nil })
}

// Pauses are those that stand and those that stood.
func (m *Memory) Pauses(ctx context.Context) ([]fallback.Pause, error) {
	var all []fallback.Pause
	err := m.locked(ctx, "Pauses", func() { all = clone(m.data.pauses) })
	return all, err
}

// Pause begins a pause of a scope.
func (m *Memory) Pause(ctx context.Context, scope string, skip bool) error {
	return m.locked(ctx, "Pause", func() {
		now := time.Now().Round(0).UTC()
		if i := m.standing(scope); i >= 0 {
			if m.data.pauses[i].Skip == skip {
				return
			}
			m.data.pauses[i].To = now
		}
		m.data.pauses = append(m.data.pauses, fallback.Pause{Scope: scope, From: now, Skip: skip})
	})
}

// Resume ends a pause of a scope.
func (m *Memory) Resume(ctx context.Context, scope string) error {
	return m.locked(ctx, "Resume", func() {
		if i := m.standing(scope); i >= 0 {
			m.data.pauses[i].To = time.Now().Round(0).UTC()
		}
	})
}

// BeginHold is fallback.BeginHold.
func (m *Memory) BeginHold(ctx context.Context, h fallback.RegionHold) (fallback.RegionHold, error) {
	return run(m, ctx, "BeginHold", func(tx fallback.Tx) (fallback.RegionHold, error) { return fallback.BeginHold(tx, h) })
}

// EndHold is fallback.EndHold.
func (m *Memory) EndHold(ctx context.Context, id bots.ID) (fallback.RegionHold, error) {
	return run(m, ctx, "EndHold", func(tx fallback.Tx) (fallback.RegionHold, error) { return fallback.EndHold(tx, id) })
}

// Holds are those that stand and those that stood.
func (m *Memory) Holds(ctx context.Context) (all *fallback.RegionHolds, err error) {
	err = m.locked(ctx, "Holds", func() { all = m.begin().Holds() })
	return all, err
}

func (m *Memory) standing(scope string) int {
	return slices.IndexFunc(m.data.pauses, func(p fallback.Pause) bool { return p.Scope == scope && p.To.IsZero() })
}

func (m *Memory) locked(ctx context.Context, op string, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.Fail != nil {
		if err := m.Fail(op); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	return nil
}

// Delivery reads one delivery, or nil.
func (m *Memory) Delivery(id bots.ID) (d *fallback.Delivery) {
	m.View(func(v fallback.View) { d = v.Delivery(id) })
	return d
}

// Contact reads a person, or nil.
func (m *Memory) Contact(id bots.ID) (c *bots.Contact) {
	m.View(func(v fallback.View) { c = v.Contact(id) })
	return c
}

// Find is whose an address is; zero: nobody's.
func (m *Memory) Find(at bots.Address) (id bots.ID) {
	m.View(func(v fallback.View) { id = v.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}) })
	return id
}

// Deliveries reads all of them, oldest first.
func (m *Memory) Deliveries() []*fallback.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*fallback.Delivery
	for _, id := range slices.Sorted(maps.Keys(m.data.plans)) {
		found = append(found, m.begin().Delivery(id))
	}
	return found
}

// Changes is the outbox, in order.
func (m *Memory) Changes() []bots.Change {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clone(m.data.changes)
}

// Attempts are the attempts of a delivery, in order.
func (m *Memory) Attempts(delivery bots.ID) []fallback.Attempt {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clone(m.data.attempts[delivery])
}

// Quarantined are the events that no rule could take.
func (m *Memory) Quarantined() []fallback.Quarantined {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clone(m.data.quarantine)
}

// Check compares the records with the due index: every open delivery has an entry at exactly its Due, every final one has no
// Due. Extra entries are legal.
func (m *Memory) Check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var faults []error
	for id := range m.data.plans {
		d := m.begin().Delivery(id)
		lane := d.Lane()
		_, have := slices.BinarySearchFunc(m.data.due[lane], fallback.Entry{Due: d.Due, ID: id}, byDue)
		switch {
		case d.State.Final() && !d.Due.IsZero():
			faults = append(faults, fmt.Errorf("delivery %s is %s and still due at %v", id, d.State, d.Due))
		case !d.State.Final() && (lane == "" || d.Due.IsZero()):
			faults = append(faults, fmt.Errorf("delivery %s is %s with due %v in lane %q", id, d.State, d.Due, lane))
		case !d.State.Final() && !have:
			faults = append(faults, fmt.Errorf("delivery %s is %s and has no entry in lane %s at %v", id, d.State, lane, d.Due))
		}
	}
	return errors.Join(faults...)
}
