package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// The journeys of package fallback, each as one transaction.

// Accept makes a request a delivery.
func (db *DB) Accept(ctx context.Context, req *fallback.Request, r *fallback.Rules, w *fallback.World) (fallback.Accepted, error) {
	db.journey()
	if !bulk(req) {
		return write(ctx, db, func(t *tx) (fallback.Accepted, error) { return fallback.Accept(t, req, r, w) })
	}
	return writeBulk(ctx, db, func(t *tx) (fallback.Accepted, error) { return fallback.Accept(t, req, r, w) })
}

// bulk reports whether a request may wait behind what people do: an answer to somebody, what is urgent and what staff see may not.
func bulk(req *fallback.Request) bool {
	return !req.Post && req.Purpose != fallback.Conversation && req.Purpose != fallback.Urgent
}

// AcceptAll accepts many requests, each for itself, and returns after all are on disk: they share commits as requests of many
// callers would. Results are in the order of the requests. What was not handed over when ctx ended has its error.
func (db *DB) AcceptAll(ctx context.Context, reqs []*fallback.Request, r *fallback.Rules, w *fallback.World) []fallback.AcceptResult {
	db.journey()
	res := make([]fallback.AcceptResult, len(reqs))
	ops := make([]*op, len(reqs))
	for i, req := range reqs {
		submit := db.submit
		if bulk(req) {
			submit = db.submitBulk
		}
		ops[i], res[i].Err = submit(ctx, func(t *tx) (err error) {
			res[i].Accepted, err = fallback.Accept(t, req, r, w)
			return err
		})
	}
	for i, o := range ops {
		if o != nil {
			res[i].Err = db.wait(ctx, o)
		}
		if res[i].Err != nil {
			res[i].Accepted = fallback.Accepted{}
		}
	}
	return res
}

// Receive makes one inbound event durable, with all that it proves and forbids.
func (db *DB) Receive(ctx context.Context, e bots.Event, r *fallback.Rules, w *fallback.World) (bots.Turn, error) {
	db.journey()
	return write(ctx, db, func(t *tx) (bots.Turn, error) { return fallback.Receive(t, e, r, w) })
}

// ReceiveAll makes several events durable together.
func (db *DB) ReceiveAll(ctx context.Context, events []bots.Event, r *fallback.Rules, w *fallback.World) ([]fallback.ReceiveResult, error) {
	db.journey()
	return write(ctx, db, func(t *tx) ([]fallback.ReceiveResult, error) { return fallback.ReceiveAll(t, events, r, w) })
}

// Claim makes the intent of one attempt durable.
func (db *DB) Claim(ctx context.Context, in *fallback.Intent, r *fallback.Rules, w *fallback.World) (*fallback.Attempt, error) {
	db.journey()
	return write(ctx, db, func(t *tx) (*fallback.Attempt, error) { return fallback.Claim(t, in, r, w) })
}

// Settle makes the outcome of an attempt durable.
func (db *DB) Settle(ctx context.Context, a *fallback.Attempt, res fallback.Result, r *fallback.Rules, w *fallback.World) error {
	db.journey()
	return db.write(ctx, func(t *tx) error { return fallback.Settle(t, a, res, r, w) })
}

// Come moves a delivery whose entry came due in a lane that is not for sending.
func (db *DB) Come(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return db.write(ctx, func(t *tx) error { return fallback.Come(t, id, r, w) })
}

// Mind looks at a conversation whose time has come.
func (db *DB) Mind(ctx context.Context, contact bots.ID, r *fallback.Rules) error {
	return db.write(ctx, func(t *tx) error { return fallback.Mind(t, contact, r) })
}

// GiveUpLane moves a delivery on whose lane a fault has held for too long.
func (db *DB) GiveUpLane(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return db.write(ctx, func(t *tx) error { return fallback.GiveUpLane(t, id, r, w) })
}

// PassBy passes a leg by that its channel's gates do not let through.
func (db *DB) PassBy(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return db.write(ctx, func(t *tx) error { return fallback.PassBy(t, id, r, w) })
}

// ResumeGap lets a delivery held by a gap go on.
func (db *DB) ResumeGap(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	return db.write(ctx, func(t *tx) error { return fallback.ResumeGap(t, id, r, w) })
}

// Reject fails a leg that cannot be written for its channel.
func (db *DB) Reject(ctx context.Context, id bots.ID, leg int, reason string, r *fallback.Rules, w *fallback.World) error {
	return db.write(ctx, func(t *tx) error { return fallback.Reject(t, id, leg, reason, r, w) })
}

// Cancel stops a delivery.
func (db *DB) Cancel(ctx context.Context, id bots.ID) (withdrawn bool, err error) {
	return write(ctx, db, func(t *tx) (bool, error) { return fallback.Cancel(t, id) })
}

// Merge makes one person of two contacts.
func (db *DB) Merge(ctx context.Context, a fallback.MergeAsk, r *fallback.Rules) (bots.Merge, error) {
	return write(ctx, db, func(t *tx) (bots.Merge, error) {
		m, err := fallback.Merge(t, a, r)
		if err == nil {
			err = t.noted(&a, &m)
		}
		return m, err
	})
}

// Unmerge makes two contacts of one again.
func (db *DB) Unmerge(ctx context.Context, a fallback.MergeAsk, r *fallback.Rules) (bots.Merge, error) {
	return write(ctx, db, func(t *tx) (bots.Merge, error) {
		m, err := fallback.Unmerge(t, a, r)
		if err == nil {
			err = t.noted(&a, &m)
		}
		return m, err
	})
}

// noted writes the record about a merge that was done.
func (t *tx) noted(a *fallback.MergeAsk, m *bots.Merge) error {
	if a.Note == nil || a.Try {
		return nil
	}
	n, err := a.Note(m)
	if err == nil {
		t.set.put(tRecord, append(name(n.Kind), n.ID...), wrapped(n.Data))
	}
	return err
}
