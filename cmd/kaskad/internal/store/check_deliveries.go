package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"kaskad/bots"
	"kaskad/fallback"
)

// plans checks that every delivery is in the lists by contact and metadata, and has a status with its entries.
func (c *checker) plans() {
	byContact := c.pairs(tByContact, func(k, _ []byte) uint64 { return keyNumber(k) })
	byMetadata := c.pairs(tByMetadata, func(k, _ []byte) uint64 { return keyNumber(k) })
	c.each(tPlan, func(k, v []byte) {
		id := c.id(lastID(k))
		p := &fallback.Plan{ID: id}
		if err := decodePlan(v, p); err != nil {
			c.bad(tPlan, k, "%v", err)
			return
		}
		if !byContact.has(id, uint64(p.Contact)) {
			c.bad(tPlan, k, "is not in the list of contact %s", p.Contact)
		}
		for _, key := range indexed(p) {
			if !byMetadata.has(id, keyNumber(digest(key, p.Metadata[key]).key())) {
				c.bad(tPlan, k, "is not in the list of its metadata %q", key)
			}
		}
		if _, gone := c.t.Erased(p.Contact); !gone && c.t.get(tContact, idKey(nil, p.Contact)) == nil {
			c.bad(tPlan, k, "contact %s is not there", p.Contact)
		}
		if b := c.t.get(tStatus, k); len(b) == 0 || b[0] != tagDelivery {
			c.bad(tPlan, k, "has no status")
			return
		}
		c.stands(c.t.Delivery(id))
	})
	for _, list := range []table{tByContact, tByMetadata} {
		c.each(list, func(k, _ []byte) {
			if id := lastID(k); id > c.deliveries0 && c.t.get(tPlan, idKey(nil, id)) == nil {
				c.bad(list, k, "delivery %s is not there", lastID(k))
			}
		})
	}
}

// stands checks rule 4: an open delivery has an entry at exactly its due time, a final one waits for nothing.
func (c *checker) stands(d *fallback.Delivery) {
	k := idKey(nil, d.ID)
	switch {
	case !d.State.Final():
		if d.Leg >= len(d.Route) && d.State != fallback.Scheduled {
			c.bad(tStatus, k, "delivery is %s at leg %d of %d", d.State, d.Leg, len(d.Route))
			return
		}
		if !c.t.has(tDue, dueKey(d.Lane(), fallback.Entry{Due: d.Due, ID: d.ID})) {
			c.bad(tStatus, k, "delivery is %s and has no entry in lane %s at %s", d.State, d.Lane(), d.Due)
		}
	case !d.Due.IsZero() || d.Boot != 0 || !d.Lease.IsZero():
		c.bad(tStatus, k, "delivery is %s and still claimed or due", d.State)
	}
}

// statuses checks that each belongs to a record.
func (c *checker) statuses() {
	c.each(tStatus, func(k, v []byte) {
		id, of, err := lastID(k), tPlan, error(nil)
		switch {
		case len(v) == 0:
			err = errMalformed
		case v[0] == tagDelivery:
			_, err = decodeStatus(id, v)
		case v[0] == tagMessage:
			of = tMessage
			_, err = decodeState(id, v)
		default:
			err = fmt.Errorf("%w: tag %d", errMalformed, v[0])
		}
		if err != nil {
			c.bad(tStatus, k, "%v", err)
		} else if c.t.get(of, k) == nil {
			c.bad(tStatus, k, "there is no record in %s", of)
		}
	})
}

// due checks that each entry names a delivery. Stale entries are legal.
func (c *checker) due() {
	c.each(tDue, func(k, _ []byte) {
		end := bytes.IndexByte(k, 0)
		e, ok := laneEntry(k[end+1:])
		if end <= 0 || !ok {
			c.bad(tDue, k, "no lane, due and id")
		} else if lane := fallback.Lane(k[:end]); lane.ForTalks() {
			c.talkEntry(k, lane, e)
		} else if e.ID > c.deliveries0 && c.t.get(tPlan, idKey(nil, e.ID)) == nil {
			c.bad(tDue, k, "delivery %s is not there", e.ID)
		}
	})
}

// finals checks that every final delivery is in the list of its state.
func (c *checker) finals() {
	lists := c.pairs(tFinal, func(k, _ []byte) uint64 { return uint64(k[0]) })
	c.each(tPlan, func(k, _ []byte) {
		d := c.t.Delivery(lastID(k))
		if d.State.Final() && !lists.has(d.ID, uint64(d.State)) {
			c.bad(tPlan, k, "is not in the list of those that are %s", d.State)
		}
	})
	for i := range lists {
		id := bots.ID(lists[i].id)
		if d := c.t.Delivery(id); d == nil && id > c.deliveries0 || d != nil && !d.State.Final() {
			c.bad(tFinal, idKey(nil, id), "is no delivery that has ended")
		}
	}
}

func (c *checker) attempts() {
	c.each(tAttempt, func(k, v []byte) {
		if len(k) != 12 {
			c.bad(tAttempt, k, "no message and number")
			return
		}
		_, err := decodeAttempt(bots.IDFromBytes(k), int(binary.BigEndian.Uint32(k[8:])), v)
		if err != nil {
			c.bad(tAttempt, k, "%v", err)
		} else if c.t.get(tMessage, k[:8]) == nil {
			c.bad(tAttempt, k, "message %s is not there", bots.IDFromBytes(k))
		}
	})
}
