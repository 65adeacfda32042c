package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// reads is the store as the API wants it.
type reads struct {
	*store.DB
	journal *journal // nil: it has none
}

var _ api.Store = reads{}

func (r reads) Deliveries(ctx context.Context, f api.DeliveryFilter, cursor string, limit int) ([]*fallback.Delivery, string, error) {
	filter := store.Filter{Contact: f.Contact, State: f.State, Since: f.Since, Metadata: f.Metadata}
	page, err := r.DB.List(ctx, filter, cursor, limit)
	return page.Items, page.Next, asCursor(err)
}

func (r reads) Contacts(ctx context.Context, f api.ContactFilter, cursor string, limit int) ([]*bots.Contact, string, error) {
	page, err := r.DB.Contacts(ctx, store.ContactFilter(f), cursor, limit)
	return page.Items, page.Next, asCursor(err)
}

func (r reads) Messages(ctx context.Context, contact bots.ID, cursor string, limit int) ([]api.Said, string, error) {
	page, err := r.DB.Messages(ctx, contact, cursor, limit)
	said := make([]api.Said, len(page.Items))
	for i, line := range page.Items {
		said[i] = api.Said{Message: *line.Message, State: line.State, Edit: line.Edit}
	}
	return said, page.Next, asCursor(err)
}

func (r reads) PutContact(ctx context.Context, ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	c, created, err := r.DB.PutContact(ctx, ref, change)
	if err != nil {
		return nil, false, asTaken(err)
	}
	return c, created, nil
}

func (r reads) PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done {
	return takenAmong(r.DB.PutContacts(ctx, puts))
}

func (r reads) TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error) {
	done, err := r.DB.TryContacts(ctx, puts)
	return takenAmong(done), err
}

func takenAmong(done []contacts.Done) []contacts.Done {
	for i := range done {
		done[i].Err = asTaken(done[i].Err)
	}
	return done
}

func asTaken(err error) error {
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		return &api.Taken{What: conflict.Name, Owner: conflict.Owner}
	}
	return err
}

// queueCount bounds how far a lane is counted.
const queueCount = 10_000

func (r reads) Queue(ctx context.Context) (map[string]int, error) {
	lanes := []fallback.Lane{fallback.LaneStart, fallback.LaneGap}
	for _, channel := range bots.Channels() {
		for _, p := range fallback.Priorities() {
			lanes = append(lanes, fallback.SendLane(channel, p), fallback.WaitLane(channel, p))
		}
	}
	queue := map[string]int{}
	far := time.Now().Add(100 * 365 * 24 * time.Hour)
	for _, lane := range lanes {
		entries, err := r.DB.Due(ctx, lane, fallback.Entry{}, far, queueCount)
		if err != nil {
			return nil, err
		}
		if len(entries) > 0 {
			queue[string(lane)] = len(entries)
		}
	}
	return queue, nil
}

func asCursor(err error) error {
	if errors.Is(err, store.ErrCursor) {
		return api.ErrCursor
	}
	return err
}

// records is the store as package people wants it.
type records struct{ db *store.DB }

const allRecords = 100_000

func (r records) Records(ctx context.Context, kind string) (map[string][]byte, error) {
	list, err := r.db.Records(kind).List(ctx, "", allRecords)
	all := make(map[string][]byte, len(list))
	for _, one := range list {
		all[one.ID] = one.Data
	}
	return all, err
}

func (r records) Write(ctx context.Context, all ...people.Record) error {
	puts := make([]store.RecordOf, len(all))
	for i, one := range all {
		puts[i] = store.RecordOf{Kind: one.Kind, Record: store.Record{ID: one.ID, Data: one.Value}}
	}
	return r.db.WriteRecords(ctx, puts...)
}

// tally counts the states that deliveries went into since the start, for /metrics.
type tally struct {
	db     *store.DB
	counts map[string]uint64
	ask    chan chan map[string]uint64

	answers answers
}

func newTally(db *store.DB) *tally {
	return &tally{db: db, counts: map[string]uint64{}, ask: make(chan chan map[string]uint64)}
}

// run follows the changes; asking for the counts is answered in between.
func (t *tally) run(ctx context.Context) error {
	at := t.db.LastChange()
	for {
		changed := t.db.Changed()
		batch, err := t.db.Changes(ctx, at, 1000)
		if err != nil {
			return err
		}
		for _, c := range batch {
			at = c.ID
			t.answers.add(&c)
			if state, ok := strings.CutPrefix(c.Type, "delivery."); ok {
				t.counts[state]++
			}
		}
		if len(batch) == 1000 {
			continue
		}
		if !t.wait(ctx, changed) {
			return nil
		}
	}
}

// wait answers questions until something changed; false: the end.
func (t *tally) wait(ctx context.Context, changed <-chan struct{}) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changed:
			return true
		case answer := <-t.ask:
			now := make(map[string]uint64, len(t.counts))
			for k, v := range t.counts {
				now[k] = v
			}
			answer <- now
		}
	}
}

// read asks for the counts; nil when nobody counts.
func (t *tally) read() map[string]uint64 {
	answer := make(chan map[string]uint64, 1)
	select {
	case t.ask <- answer:
		return <-answer
	case <-time.After(time.Second):
		return nil
	}
}

// InRoom reads a delivery to the staff's room as any other: what became of it is told, and nothing of what stands in it.
func (r reads) InRoom(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	return r.Delivery(ctx, id)
}
