package fallback

import "kaskad/bots"

// What comes after a person was erased: the outcome of an attempt that was under way, receipts, clicks. None of it brings anything of
// the person back.

// settleErased takes the outcome of an attempt whose person was erased while it was under way. What it cost counts; where it went and
// under which name does not stay. C is whose the delivery is: nobody any more, or somebody who was one person with the erased one.
func settleErased(tx Tx, d *Delivery, a *Attempt, res Result, c *bots.Contact, r *Rules, w *World) error {
	e, before := env(tx, r, w, c, d.Purpose), d.Cost()
	d.Settle(*a, res, e, tx.Now())
	d.emptyStatus()
	correctSpent(tx, a.At, before, d.Cost(), r)
	kept := EmptiedAttempt(*a)
	tx.PutAttemptResult(&kept, EmptiedResult(res))
	s := tx.MessageState(a.Message)
	if s.Attempt == a.Number {
		s.Sending, s.SentAt = false, tx.Now()
		s.Uncertain = res.Err != nil && res.Err.Fault == bots.Uncertain
		if res.Err == nil {
			s.Grow(bots.Accepted, tx.Now())
		}
		tx.PutMessageState(a.Message, EmptiedState(s))
	}
	save(tx, d)
	return takeBackTask(tx, d, a, res, r, w)
}

// takeBackTask takes back what colleagues were asked about somebody who was erased while it was handed to their room: its words are gone
// here, and its name there is known only now.
func takeBackTask(tx Tx, d *Delivery, a *Attempt, res Result, r *Rules, w *World) error {
	m := tx.Message(a.Message)
	if res.Err != nil || res.Receipt.ID == "" || m == nil || m.Text != "" || a.Leg >= len(d.Route) || d.Task(&d.Route[a.Leg]) == "" {
		return nil // the steps of the erase come to it
	}
	s := tx.MessageState(m.ID)
	nameAs(tx, &s, a, &res.Receipt)
	tx.PutMessageState(m.ID, s)
	_, err := takeBack(tx, m, r, w)
	return err
}

// forgotten reports whether an event is of somebody who was erased, by what it names: a page that was open, a link.
func forgotten(v View, e *bots.Event) bool {
	if e.Contact != 0 {
		return absent(v, e.Contact)
	}
	if d := v.Delivery(e.Delivery); e.Delivery != 0 && d != nil {
		return absent(v, d.Contact)
	}
	return false
}
