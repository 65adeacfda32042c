package api_test

import (
	"context"
	"errors"
	"maps"
	"slices"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
	"kaskad/templates"
)

func (f *fake) Accept(_ context.Context, a fallback.Ask) (fallback.Accepted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks = append(f.asks, a)
	switch {
	case f.err != nil:
		return fallback.Accepted{}, f.err
	case a.Template == "redy":
		return fallback.Accepted{}, &templates.UnknownTemplate{Name: "redy", Nearest: "ready"}
	case a.Template == "panic":
		panic("a bug")
	case a.Purpose == "conversation":
		return fallback.Accepted{}, &fallback.Invalid{Code: "invalid_purpose", Field: "purpose", Detail: "Only the program itself answers with purpose conversation; write service, marketing or urgent."}
	case a.To == "ext:nobody":
		return fallback.Accepted{}, &fallback.UnknownContact{Ref: bots.Ref{Kind: "ext", Value: "nobody"}}
	case a.Key == "reused":
		return fallback.Accepted{}, fallback.ErrKeyReused
	}
	if a.Steps != nil {
		_, faults := a.Steps.Build("inline", false, nil)
		for _, fault := range faults {
			if !fault.Warning {
				return fallback.Accepted{}, &fallback.Invalid{Code: "invalid_cascade", Field: "cascade", Detail: fault.Problem}
			}
		}
	}
	key := a.Scope + "/" + a.Key
	if done, ok := f.keys[key]; ok && a.Key != "" {
		done.Replay = true
		return done, nil
	}
	done := fallback.Accepted{ID: f.id(), State: fallback.Queued}
	if a.Template == "sale" {
		done.State, done.Reason = fallback.Skipped, fallback.ReasonOptOut
	}
	f.keys[key] = done
	return done, nil
}

func (f *fake) AcceptAll(ctx context.Context, asks []fallback.Ask) []fallback.AcceptResult {
	res := make([]fallback.AcceptResult, len(asks))
	for i, a := range asks {
		res[i] = f.acceptGuarded(ctx, a)
	}
	return res
}

func (f *fake) EstimateAll(ctx context.Context, asks []fallback.Ask) (all fallback.Estimates, err error) {
	for _, a := range asks {
		if a.Template == "dear" {
			return all, errors.New("the fake has no prices")
		}
		done := f.acceptGuarded(ctx, a)
		e := fallback.Estimate{Accepted: done.Accepted, Channels: []string{"telegram", "sms"}, Most: bots.Money{Amount: 9200, Currency: "UAH"}, SMS: bots.Money{Amount: 9200, Currency: "UAH"}, HasSMS: true}
		all.Results = append(all.Results, fallback.EstimateResult{Estimate: e, Err: done.Err})
	}
	return all, f.err
}

func (f *fake) acceptGuarded(ctx context.Context, a fallback.Ask) (r fallback.AcceptResult) {
	defer func() {
		if recover() != nil {
			r.Err = errors.New("panic while an ask was checked")
		}
	}()
	r.Accepted, r.Err = f.Accept(ctx, a)
	return r
}

func (f *fake) AsSMS(_ *fallback.Delivery, c *bots.Contact) (bots.Money, bool) {
	return bots.Money{Amount: 9200, Currency: "UAH"}, c.Phone != ""
}

func (f *fake) Cancel(_ context.Context, id bots.ID) (bool, error) {
	d, err := f.Delivery(context.Background(), id)
	return err == nil && d.Cancel(noon), err
}

func (f *fake) InRoom(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	return f.Delivery(ctx, id)
}

func (f *fake) Delivery(_ context.Context, id bots.ID) (*fallback.Delivery, error) {
	d, ok := f.deliveries[id]
	if !ok {
		return nil, fallback.ErrUnknownDelivery
	}
	return d, f.err
}

func (f *fake) Deliveries(_ context.Context, w api.DeliveryFilter, cursor string, limit int) ([]*fallback.Delivery, string, error) {
	below := ^bots.ID(0)
	if cursor != "" {
		id, err := bots.ParseID(cursor)
		if err != nil {
			return nil, "", api.ErrCursor
		}
		below = id
	}
	var found []*fallback.Delivery
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(f.deliveries))) {
		d := f.deliveries[id]
		fits := id < below && (w.Contact == 0 || d.Contact == w.Contact) && (w.State == nil || d.State == *w.State) && !d.Created.Before(w.Since) &&
			(w.Metadata["broadcast"] == "" || d.Metadata["broadcast"] == w.Metadata["broadcast"]) && (w.Metadata["order"] == "" || d.Metadata["order"] == w.Metadata["order"])
		if fits && len(found) == limit {
			return found, found[limit-1].ID.String(), nil
		}
		if fits {
			found = append(found, d)
		}
	}
	return found, "", f.err
}

func (f *fake) MessageState(_ context.Context, id bots.ID) (bots.MessageState, error) {
	return f.states[id], nil
}

func (f *fake) Queue(context.Context) (map[string]int, error) {
	return map[string]int{"send/telegram/1": 3, "wait/telegram/1": 1}, f.err
}
