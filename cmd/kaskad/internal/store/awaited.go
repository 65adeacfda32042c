package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// AwaitedMessage is a message that a sender took and has not told the end of.
type AwaitedMessage struct {
	ID         bots.ID
	To         bots.Address
	ProviderID string
	SentAt     time.Time
}

// awaitedPage is how many entries of a lane are read on one view: a long one would keep pages from being used again.
const awaitedPage = 2000

// Awaited lists the messages that a sender took after since and that are neither delivered nor failed, oldest first: those of
// the deliveries that stand in lanes, and of those that ended unconfirmed after since, because a late report still counts for
// them. It is one walk over the lanes, page by page, each on a view of its own; what moves meanwhile may be missed, or listed
// although it has ended.
func (db *DB) Awaited(ctx context.Context, sender string, since time.Time, lanes []fallback.Lane) ([]bots.ID, error) {
	var all []bots.ID
	for _, lane := range lanes {
		found, err := db.awaitedIn(ctx, tDue, laneKey(lane), laneKey(lane), sender, since)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	ended := []byte{byte(fallback.Unconfirmed)}
	found, err := db.awaitedIn(ctx, tFinal, ended, timeKey(slices.Clone(ended), since), sender, since)
	if err != nil {
		return nil, err
	}
	all = append(all, found...)
	slices.Sort(all) // entries of the due index may be stale: one delivery stands in several places
	return slices.Compact(all), nil
}

// awaitedIn walks keys that begin with prefix and end with a delivery.
func (db *DB) awaitedIn(ctx context.Context, of table, prefix, from []byte, sender string, since time.Time) ([]bots.ID, error) {
	var all []bots.ID
	for from != nil {
		next, err := view(ctx, db, func(t *tx) (next []byte, err error) {
			c := t.bucket(of).Cursor()
			n := 0
			for k, _ := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
				if n++; n > awaitedPage {
					return bytes.Clone(k), nil
				}
				all = t.awaitedOf(all, lastID(k), sender, since)
			}
			return nil, nil
		})
		if err != nil {
			return nil, err
		}
		from = next
	}
	return all, nil
}

// awaitedOf appends the message of a delivery that a sender has not told the end of. It reads nothing but the status.
func (t *tx) awaitedOf(all []bots.ID, id bots.ID, sender string, since time.Time) []bots.ID {
	key := idKey(nil, id)
	b := t.get(tStatus, key)
	if b == nil {
		return all
	}
	s, err := decodeStatus(id, b)
	must(tStatus, key, err)
	if s.State.Final() && s.State != fallback.Unconfirmed {
		return all
	}
	for i := range s.Route {
		l := &s.Route[i]
		if l.Sender == sender && l.Outcome == fallback.Taken && l.Level < bots.Delivered && l.SentAt.After(since) {
			all = append(all, l.Message)
		}
	}
	return all
}

// AwaitedMessages reads messages of such a list as they are now, in its order; those that have ended meanwhile, and those whose
// sender gave no id, are left out.
func (db *DB) AwaitedMessages(ctx context.Context, ids []bots.ID) ([]AwaitedMessage, error) {
	return view(ctx, db, func(t *tx) ([]AwaitedMessage, error) {
		list := make([]AwaitedMessage, 0, len(ids))
		for _, id := range ids {
			m, s := t.Message(id), t.MessageState(id)
			if m == nil || s.ProviderID == "" || s.Level >= bots.Delivered || s.Failed {
				continue
			}
			list = append(list, AwaitedMessage{ID: id, To: m.To, ProviderID: s.ProviderID, SentAt: s.SentAt})
		}
		return list, nil
	})
}
