package fallback

import (
	"slices"

	"kaskad/bots"
)

// trial is a transaction of Accept that never reaches a store: what is written stays here, for what is read after it.
type trial struct {
	View
	unwritten
	next       bots.ID
	contacts   map[bots.ID]*bots.Contact
	named      map[bots.Ref]bots.ID
	deliveries map[bots.ID]*Delivery
	of         map[bots.ID][]*Delivery // by contact, oldest first
	keys       map[string]KeyUse
}

// unwritten has the writes that Accept never makes: one of them would be a nil pointer, never something that is quietly lost.
// It stands deeper than View, so that all reads are View's.
type unwritten struct{ Tx }

// firstTrial is above all ids that a store gives until 2041 (they are microseconds), and yet one for which links can be made, so that
// texts are as long as they will be.
const firstTrial bots.ID = 1<<51 - 1<<32

func newTrial(v View) *trial {
	return &trial{
		View: v, next: firstTrial, contacts: map[bots.ID]*bots.Contact{}, named: map[bots.Ref]bots.ID{}, deliveries: map[bots.ID]*Delivery{},
		of: map[bots.ID][]*Delivery{}, keys: map[string]KeyUse{},
	}
}

// trial reports whether an id is one of a trial's.
func (t *trial) trial(id bots.ID) bool { return id >= firstTrial && !id.Test() }

func (t *trial) NewID() bots.ID {
	t.next++
	return t.next
}

func (t *trial) Contact(id bots.ID) *bots.Contact {
	if c := t.contacts[id]; c != nil {
		return c
	}
	return t.View.Contact(id)
}

func (t *trial) FindContact(ref bots.Ref) bots.ID {
	if id := t.View.FindContact(ref); id != 0 {
		return id
	}
	return t.named[ref]
}

func (t *trial) Delivery(id bots.ID) *Delivery {
	if d := t.deliveries[id]; d != nil {
		return d
	}
	return t.View.Delivery(id)
}

func (t *trial) DeliveriesOf(contact bots.ID, f func(id bots.ID, same uint64) bool) {
	for _, d := range slices.Backward(t.of[contact]) {
		if !f(d.ID, d.Same) {
			return
		}
	}
	t.View.DeliveriesOf(contact, f)
}

func (t *trial) Key(key string) (KeyUse, bool) {
	if k, ok := t.keys[key]; ok {
		return k, true
	}
	return t.View.Key(key)
}

func (t *trial) PutContact(c *bots.Contact) {
	t.contacts[c.ID] = c
	for _, kind := range [...]string{"phone", bots.SMS} { // Accept makes people of phones alone
		t.named[bots.Ref{Kind: kind, Value: c.Phone}] = c.ID
	}
}

func (t *trial) PutPlan(*Plan) {}

func (t *trial) PutStatus(d *Delivery) {
	t.deliveries[d.ID] = d
	t.of[d.Contact] = append(t.of[d.Contact], d)
}

func (t *trial) PutKey(key string, k KeyUse) { t.keys[key] = k }
func (t *trial) Change(bots.Change)          {}

func (t *trial) PutStatement(bots.ID, bots.Statement) {}
