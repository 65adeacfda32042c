package store

import (
	"context"
	"fmt"
	"time"

	"kaskad/bots"
)

// named is which record an entry of a list is about.
func named(t table, e entry) (of table, id bots.ID) {
	switch t {
	case tByContact, tByMetadata:
		return tPlan, lastID(e.key)
	case tTalk:
		return tMessage, lastID(e.key)
	}
	return tMessage, bots.IDFromBytes(e.val) // tLastSent, tProvider
}

// namesKept is how long the channels' ids of messages that were dropped are kept at least: an answer to an old message comes late, and what
// names a message that we once knew must not be taken to mean another one.
const namesKept = 365 * 24 * time.Hour

// retainLists drops the oldest blocks of lists as long as everything they name is gone.
func (db *DB) retainLists(ctx context.Context, began time.Time, keep Retention, tell func(kind string, n int)) error {
	names := keep.Messages
	if names > 0 {
		names = max(names, namesKept)
	}
	for t, kept := range map[table]time.Duration{
		tByContact: keep.Deliveries, tByMetadata: keep.Deliveries, tTalk: keep.Messages, tLastSent: keep.Messages, tProvider: names,
	} {
		for kept > 0 {
			no, err := db.spent(ctx, t, began.Add(-kept))
			if err != nil {
				return fmt.Errorf("%s: %w", t, err)
			}
			if no == 0 {
				break
			}
			if err := db.dropList(ctx, t, no); err != nil {
				return fmt.Errorf("%s: generation %d: %w", t, no, err)
			}
			tell(KeptLists, 1)
		}
	}
	return nil
}

// spent is the oldest sealed generation of a table, if it ended before a time and names nothing that is still there; 0: it is needed.
func (db *DB) spent(ctx context.Context, of table, before time.Time) (uint64, error) {
	return view(ctx, db, func(t *tx) (uint64, error) {
		list := t.snap.lists[of]
		if len(list.sealed) == 0 || !ended(list.sealed, t.now).Before(before) {
			return 0, nil
		}
		oldest := list.sealed[0]
		for _, e := range t.in(of, oldest.no).all() {
			record, id := named(of, e)
			if t.record(record, id) != nil {
				return 0, nil
			}
		}
		return oldest.no, nil
	})
}

// dropList has the writer drop a generation with its next commit. What it names is gone for good: ids are never given twice.
func (db *DB) dropList(ctx context.Context, t table, no uint64) error {
	db.gens[t].spent.Store(no)
	return db.PutSetting(ctx, "dropped list "+t.String(), numberKey(no))
}
