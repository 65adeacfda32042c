package store

import (
	"bytes"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Tags of the records in bucket s.
const (
	tagDelivery = 1
	tagMessage  = 2
)

func encodeStatus(b []byte, id bots.ID, s *fallback.Status) []byte {
	p := packer{b: b, base: int64(id)}
	p.b = append(p.b, tagDelivery, byte(s.State))
	p.section(func(p *packer) {
		p.strField(0, s.Reason)
		p.intField(1, int64(s.Leg))
		p.timeField(2, s.Due)
		p.timeField(3, s.Started)
		p.timeField(4, s.WaitFrom)
		p.fixedField(5, s.Boot)
		p.timeField(6, s.Lease)
		p.intField(7, int64(s.Reached))
		p.strField(8, s.Proof)
		p.timeField(9, s.ProofAt)
		p.strField(10, s.LateKind)
		p.timeField(11, s.LateAt)
		p.has(12, s.Counted)
		p.idField(14, s.LostTo)
		if p.has(13, len(s.Route) > 0) {
			p.uint(uint64(len(s.Route)))
			for i := range s.Route {
				encodeLeg(p, &s.Route[i])
			}
		}
	})
	return p.b
}

func encodeLeg(p *packer, l *fallback.Leg) {
	p.section(func(p *packer) {
		p.strField(0, l.Channel)
		p.intField(1, int64(l.Step))
		p.has(2, l.Again)
		p.intField(3, int64(l.Needs.Level))
		p.strField(4, l.Needs.Exact)
		p.intField(5, int64(l.Outcome))
		p.intField(6, int64(l.Fault))
		p.strField(7, l.Reason)
		p.intField(8, int64(l.Level))
		p.idField(9, l.Message)
		p.strField(10, l.Sender)
		p.intField(11, int64(l.Attempts))
		p.timeField(12, l.QueuedAt)
		p.timeField(13, l.TriedAt)
		p.timeField(14, l.SentAt)
		p.has(15, l.Late)
		p.intField(16, l.Cost.Amount)
		p.strField(17, l.Cost.Currency)
		p.has(18, l.Free)
		p.strField(19, l.By)
	})
}

// maxLegs bounds a damaged record.
const maxLegs = 1 << 10

func decodeStatus(id bots.ID, b []byte) (fallback.Status, error) {
	var s fallback.Status
	u := unpacker{b: b, base: int64(id)}
	if tag := u.byte(); tag != tagDelivery {
		return s, fmt.Errorf("%w: tag %d", errMalformed, tag)
	}
	if s.State = fallback.State(u.byte()); s.State > fallback.Cancelled {
		u.fail("state")
	}
	u.section(func(u *unpacker) {
		s.Reason = u.strField(0)
		s.Leg = u.countField(1)
		s.Due = u.timeField(2)
		s.Started = u.timeField(3)
		s.WaitFrom = u.timeField(4)
		s.Boot = u.fixedField(5)
		s.Lease = u.timeField(6)
		s.Reached = u.countField(7)
		s.Proof = u.strField(8)
		s.ProofAt = u.timeField(9)
		s.LateKind = u.strField(10)
		s.LateAt = u.timeField(11)
		s.Counted = u.has(12)
		s.LostTo = u.idField(14)
		if u.has(13) {
			s.Route = decodeRoute(u)
		}
	})
	return s, u.err
}

// decodeStanding reads where a delivery stood: its lane and due time. Channels of legs are settled when a delivery starts, so that
// those of now will do.
func decodeStanding(d *fallback.Delivery, b []byte) (fallback.Delivery, error) {
	was := fallback.Delivery{Plan: fallback.Plan{ID: d.ID, Purpose: d.Purpose}, Status: fallback.Status{Route: d.Route}}
	u := unpacker{b: b, base: int64(d.ID)}
	if tag := u.byte(); tag != tagDelivery {
		return was, fmt.Errorf("%w: tag %d", errMalformed, tag)
	}
	was.State = fallback.State(u.byte())
	u.section(func(u *unpacker) {
		was.Reason = u.strField(0)
		was.Leg = u.countField(1)
		was.Due = u.timeField(2)
	})
	onLeg := was.State != fallback.Scheduled && !was.State.Final()
	if was.State > fallback.Cancelled || onLeg && uint(was.Leg) >= uint(len(d.Route)) {
		u.fail("state")
	}
	return was, u.err
}

func decodeRoute(u *unpacker) []fallback.Leg {
	n := u.uint()
	if n > maxLegs || n > uint64(len(u.b)) {
		u.fail("legs")
		return nil
	}
	if n == 0 {
		return nil
	}
	route := make([]fallback.Leg, n)
	for i := range route {
		decodeLeg(u, &route[i])
	}
	return route
}

func decodeLeg(u *unpacker, l *fallback.Leg) {
	u.section(func(u *unpacker) {
		l.Channel = u.strField(0)
		l.Step = u.countField(1)
		l.Again = u.has(2)
		l.Needs.Level = bots.Level(u.smallField(3, int64(bots.Engaged)))
		l.Needs.Exact = u.strField(4)
		l.Outcome = fallback.Outcome(u.smallField(5, int64(fallback.Withdrawn)))
		l.Fault = bots.Fault(u.smallField(6, int64(bots.Misconfigured)))
		l.Reason = u.strField(7)
		l.Level = bots.Level(u.smallField(8, int64(bots.Engaged)))
		l.Message = u.idField(9)
		l.Sender = u.strField(10)
		l.Attempts = u.countField(11)
		l.QueuedAt = u.timeField(12)
		l.TriedAt = u.timeField(13)
		l.SentAt = u.timeField(14)
		l.Late = u.has(15)
		l.Cost.Amount = u.intField(16)
		l.Cost.Currency = u.strField(17)
		l.Free = u.has(18)
		l.By = u.strField(19)
	})
}

// Delivery reads a delivery, or nil.
func (t *tx) Delivery(id bots.ID) *fallback.Delivery {
	b := t.record(tPlan, id)
	if b == nil {
		return nil
	}
	d := &fallback.Delivery{Plan: fallback.Plan{ID: id}}
	mustRecord(tPlan, id, decodePlan(b, &d.Plan))
	d.Contact, d.Under = t.whose(d.Contact)
	if b := t.record(tStatus, id); b != nil {
		var err error
		d.Status, err = decodeStatus(id, b)
		mustRecord(tStatus, id, err)
	}
	return d
}

// PutStatus writes where a delivery stands. Where its lane or due time changed there is a new entry in the due index. The old
// one goes at once when its time is past, because the head of a lane is being read; else it is left, and dropped when it is
// met.
func (t *tx) PutStatus(d *fallback.Delivery) {
	key := t.set.id(d.ID)
	val := t.set.encode(func(b []byte) []byte { return encodeStatus(b, d.ID, &d.Status) })
	old := t.status(key)
	put := func() {
		t.putOf(t.ownerOfPlan(&d.Plan), tStatus, key, val, func() []byte { return bareStatus(d) })
	}
	if old == nil {
		put()
		t.putDue(d)
		t.putFinal(d)
		return
	}
	if bytes.Equal(old, val) {
		return
	}
	was, err := decodeStanding(d, old)
	must(tStatus, key, err)
	put()
	if was.Lane() != d.Lane() || !was.Due.Equal(d.Due) {
		t.leaveDue(&was)
		t.putDue(d)
	}
	if was.State != d.State {
		t.putFinal(d)
	}
}

// status is the record of a delivery, nil when it has none. A delivery whose plan this operation has just made has none in
// the file.
func (t *tx) status(key []byte) []byte {
	if t.set.find(tPlan, key) == nil {
		return t.get(tStatus, key)
	}
	if p := t.set.find(tStatus, key); p != nil {
		return p.val
	}
	return nil
}

func (t *tx) putDue(d *fallback.Delivery) {
	if lane := d.Lane(); lane != "" {
		key := t.set.room(len(lane) + 17)
		t.set.put(tDue, idKey(timeKey(append(append(key, lane...), 0), d.Due), d.ID), nil)
	}
}

func (t *tx) leaveDue(was *fallback.Delivery) {
	if was.Due.After(t.now) && !t.set.touches(tDue) {
		return
	}
	lane := was.Lane()
	if lane == "" {
		return
	}
	key := dueKey(lane, fallback.Entry{Due: was.Due, ID: was.ID})
	if !was.Due.After(t.now) || t.set.find(tDue, key) != nil {
		t.set.delete(tDue, key)
	}
}

func (t *tx) putFinal(d *fallback.Delivery) {
	if d.State.Final() {
		t.set.put(tFinal, finalKey(d.State, t.now, d.ID), nil)
	}
}

func finalKey(s fallback.State, at time.Time, id bots.ID) []byte {
	return idKey(timeKey([]byte{byte(s)}, at), id)
}

func encodeState(b []byte, id bots.ID, s *bots.MessageState) []byte {
	p := packer{b: b, base: int64(id)}
	p.b = append(p.b, tagMessage)
	p.section(func(p *packer) {
		p.intField(0, int64(s.Level))
		p.has(1, s.Sending)
		p.has(2, s.Uncertain)
		p.has(3, s.Failed)
		p.intField(4, int64(s.Fault))
		p.intField(5, int64(s.Passed))
		p.strField(6, s.Reason)
		p.strField(7, s.ProviderID)
		p.strField(8, s.Sender)
		p.intField(9, int64(s.Attempt))
		p.timeField(10, s.ClaimedAt)
		p.timeField(11, s.LeaseEnd)
		p.timeField(12, s.SentAt)
		p.timeField(13, s.ChannelAt)
		p.timeField(14, s.DeliveredAt)
		p.timeField(15, s.ReadAt)
		p.timeField(16, s.EngagedAt)
		p.timeField(17, s.FailedAt)
		p.intField(18, int64(s.Parts))
		p.has(19, s.Approved)
		p.timeField(20, s.DeletedAt)
		p.idField(21, s.Edit)
		p.intField(22, int64(s.Basis))
		p.intField(23, int64(s.BasisLine))
		p.idField(24, s.BasisOf)
		p.strField(25, s.Rest)
	})
	return p.b
}

func decodeState(id bots.ID, b []byte) (bots.MessageState, error) {
	var s bots.MessageState
	u := unpacker{b: b, base: int64(id)}
	if tag := u.byte(); tag != tagMessage {
		return s, fmt.Errorf("%w: tag %d", errMalformed, tag)
	}
	u.section(func(u *unpacker) {
		s.Level = bots.Level(u.smallField(0, int64(bots.Engaged)))
		s.Sending, s.Uncertain, s.Failed = u.has(1), u.has(2), u.has(3)
		s.Fault = bots.Fault(u.smallField(4, int64(bots.Misconfigured)))
		s.Passed = bots.Level(u.smallField(5, int64(bots.Engaged)))
		s.Reason = u.strField(6)
		s.ProviderID = u.strField(7)
		s.Sender = u.strField(8)
		s.Attempt = u.countField(9)
		s.ClaimedAt = u.timeField(10)
		s.LeaseEnd = u.timeField(11)
		s.SentAt = u.timeField(12)
		s.ChannelAt = u.timeField(13)
		s.DeliveredAt = u.timeField(14)
		s.ReadAt = u.timeField(15)
		s.EngagedAt = u.timeField(16)
		s.FailedAt = u.timeField(17)
		s.Parts = u.countField(18)
		s.Approved = u.has(19)
		s.DeletedAt = u.timeField(20)
		s.Edit = u.idField(21)
		s.Basis = bots.Basis(u.smallField(22, int64(bots.BasisGiven)))
		s.BasisLine = u.countField(23)
		s.BasisOf = u.idField(24)
		s.Rest = u.strField(25)
	})
	return s, u.err
}

// MessageState reads what became of a message.
func (t *tx) MessageState(id bots.ID) bots.MessageState {
	b := t.record(tStatus, id)
	if b == nil {
		return bots.MessageState{}
	}
	s, err := decodeState(id, b)
	mustRecord(tStatus, id, err)
	return s
}

// PutMessageState writes what became of a message.
func (t *tx) PutMessageState(id bots.ID, s bots.MessageState) {
	key := t.set.id(id)
	val := t.set.encode(func(b []byte) []byte { return encodeState(b, id, &s) })
	if old := t.get(tStatus, key); !bytes.Equal(old, val) {
		t.putState(id, &s)
	}
}

func (t *tx) putState(id bots.ID, s *bots.MessageState) {
	owner := bots.ID(0)
	if t.db.opt.Keys != nil {
		owner = t.writtenTo(id)
	}
	val := t.set.encode(func(b []byte) []byte { return encodeState(b, id, s) })
	t.putOf(owner, tStatus, t.set.id(id), val, func() []byte { return bareState(id, s) })
}
