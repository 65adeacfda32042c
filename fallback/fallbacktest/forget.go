package fallbacktest

import (
	"context"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Forget drops every message and delivery that is over, as retention does of a store that is on a disk: in each chat from the oldest
// message of ours on, and no further than the first that has to stay. The channels' ids of what is gone stay.
func (m *Memory) Forget(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	standing := map[bots.Address]bool{}
	for _, id := range slices.Sorted(maps.Keys(m.data.messages)) {
		msg := m.data.messages[id]
		switch stays := m.data.needs(&msg, time.Now()); {
		case msg.Standing() && (stays || standing[msg.To]):
			standing[msg.To] = true
		case !stays:
			delete(m.data.messages, id)
			delete(m.data.states, id)
		}
	}
	for id, s := range m.data.statuses {
		if s.State.Final() {
			delete(m.data.plans, id)
			delete(m.data.statuses, id)
		}
	}
	return nil
}

// needs reports whether something open needs a message.
func (d *data) needs(m *bots.Message, now time.Time) bool {
	if s := d.states[m.ID]; s.Sending || s.Uncertain && now.Sub(m.At) < fallback.OrphanLife {
		return true
	}
	s, ok := d.statuses[m.Delivery]
	return ok && !s.State.Final()
}
