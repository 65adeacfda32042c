package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// quarantine is what the store keeps of calls and events that could not be taken, for people to see and to try again. It knows
// who reads the raw form: a call goes through its hook again, an event through the adapter that brought it.
type quarantine struct {
	db      *store.DB
	engine  *fallback.Engine
	hooks   map[string]bots.Webhook  // by Hook.Path
	readers map[string]bots.Replayer // by sender: "telegram", "sms/main"

	one sync.Mutex // a call is read, received and dropped in several steps: not twice at once
}

var _ api.Quarantine = (*quarantine)(nil)

func newQuarantine(db *store.DB, engine *fallback.Engine, channels map[string]*channel) *quarantine {
	q := &quarantine{db: db, engine: engine, hooks: map[string]bots.Webhook{}, readers: map[string]bots.Replayer{}}
	for _, c := range channels {
		for _, h := range c.hooks {
			q.hooks[h.Path] = h.Webhook
		}
		for name, sender := range c.senders {
			if r, ok := sender.(bots.Replayer); ok {
				q.readers[name] = r
			}
		}
	}
	return q
}

// List tells what is kept.
func (q *quarantine) List(ctx context.Context) ([]api.Kept, error) {
	list, err := q.db.Quarantined(ctx)
	all := make([]api.Kept, len(list))
	for i, k := range list {
		all[i] = asKept(&k)
	}
	return all, err
}

// One reads what is kept under an id, as it came.
func (q *quarantine) One(ctx context.Context, id bots.ID) (*api.Kept, error) {
	have, err := q.db.QuarantinedOne(ctx, id)
	if err != nil {
		return nil, asNotKept(err)
	}
	k := asKept(have)
	if k.Event != "" {
		k.Raw = have.Raw
		return &k, nil
	}
	k.Call = &bots.KeptCall{}
	if err := json.Unmarshal(have.Raw, k.Call); err != nil {
		return nil, fmt.Errorf("quarantine %s: its call cannot be read: %w", id, err)
	}
	return &k, nil
}

// Drop forgets it.
func (q *quarantine) Drop(ctx context.Context, id bots.ID) error {
	return asNotKept(q.db.DropQuarantined(ctx, id))
}

// Replay takes it once more.
func (q *quarantine) Replay(ctx context.Context, id bots.ID) (int, error) {
	q.one.Lock()
	defer q.one.Unlock()
	k, err := q.One(ctx, id)
	if err != nil {
		return 0, err
	}
	if k.Call != nil {
		return q.call(ctx, k)
	}
	return q.event(ctx, k)
}

// call reads a call through its hook and receives what is in it. It is dropped after that: should we end in between, its
// events are seen, and change nothing when it is replayed again.
func (q *quarantine) call(ctx context.Context, k *api.Kept) (int, error) {
	hook := q.hooks[k.Call.Hook]
	if hook == nil {
		return 0, &api.NotReplayed{Err: fmt.Errorf("its way in, %q, is off: switch it on in the configuration", k.Call.Hook)}
	}
	batch, err := k.Call.Parse(hook)
	if err != nil {
		return 0, &api.NotReplayed{Err: err}
	}
	if err := q.engine.Receive(ctx, batch); err != nil {
		return 0, err
	}
	return len(batch.Events), asNotKept(q.db.DropQuarantined(ctx, k.ID))
}

// event reads an event through its adapter; the store takes it and drops it in one transaction.
func (q *quarantine) event(ctx context.Context, k *api.Kept) (int, error) {
	e, err := q.read(k)
	if err != nil {
		return 0, &api.NotReplayed{Err: err}
	}
	err = q.engine.ReceiveBy(ctx, e, func(ctx context.Context, e bots.Event, r *fallback.Rules, w *fallback.World) (bots.Turn, error) {
		return q.db.Replay(ctx, k.ID, e, r, w)
	})
	switch {
	case err == nil:
		return 1, nil
	case errors.Is(err, store.ErrNotKept), errors.Is(err, fallback.ErrUnavailable), ctx.Err() != nil:
		return 0, asNotKept(err)
	}
	return 0, &api.NotReplayed{Err: err}
}

// read finds the event in its raw form. It keeps its id: whatever reads it now, it is the one that was seen.
func (q *quarantine) read(k *api.Kept) (e bots.Event, err error) {
	sender, _, _ := strings.Cut(k.Event, ":")
	r := q.readers[sender]
	if r == nil {
		return e, fmt.Errorf("nobody here reads events of %q: its channel is off, or keeps no raw form", sender)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while it was read: %T", p) // the value may hold what a person wrote
		}
	}()
	batch, err := r.Replay(k.Raw, k.At)
	if err != nil {
		return e, err
	}
	for _, e := range batch.Events {
		if e.ID == k.Event || len(batch.Events) == 1 {
			e.ID, e.ArrivedAt = k.Event, k.At
			return e, nil
		}
	}
	return e, errors.New("its raw form holds no event of this id; drop it if it is of no use")
}

func asKept(q *store.Quarantined) api.Kept {
	return api.Kept{ID: q.ID, Channel: q.Channel, Event: q.Event, Reason: q.Reason, At: q.At, Size: q.Size}
}

func asNotKept(err error) error {
	if errors.Is(err, store.ErrNotKept) {
		return api.ErrNotKept
	}
	return err
}
