package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/evidence"
	"kaskad/fallback"
)

// How much of a person's history one document shows.
const (
	evidencePage     = 500
	evidenceMessages = 5000
)

type evidenceIn struct {
	ContactPath
	Locale string `query:"locale" enum:"en,uk,ru" doc:"The language of the document; the company's own unless written"`
}

type evidenceOut struct{ Body *evidence.Document }

func (a *API) evidence(ctx context.Context, in *evidenceIn) (*evidenceOut, error) {
	c, err := a.known(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	f := evidence.Facts{Contact: c, Now: time.Now(), Locale: cmp.Or(in.Locale, a.Locale), Zone: a.Engine.Where(&bots.Contact{}).Names[0], Money: func(m bots.Money) string { shown := a.money(m); return shown.Amount + " " + shown.Currency }}
	if f.Statements, err = a.Store.Statements(ctx, c.ID); err != nil {
		return nil, err
	}
	all, err := a.Store.OnePerson(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	lists := []bots.ID{c.ID} // over all that it absorbed, too; a former has lists of its own
	for _, id := range all[min(1, len(all)):] {
		theirs, err := a.Store.Statements(ctx, id)
		if err != nil {
			return nil, err
		}
		f.Others = append(f.Others, evidence.Theirs{Contact: id, Statements: theirs})
		if !slices.Contains(c.Merged, id) {
			lists = append(lists, id)
		}
	}
	for _, id := range lists {
		byID, err := a.askedFor(ctx, id, &f)
		if err != nil {
			return nil, err
		}
		if err := a.sentTo(ctx, id, &f, byID); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(f.Deliveries, func(a, b *fallback.Delivery) int { return cmp.Compare(b.ID, a.ID) })
	slices.SortStableFunc(f.Sent, func(a, b evidence.Sent) int { return cmp.Compare(a.Message.ID, b.Message.ID) })
	return &evidenceOut{evidence.Build(f)}, nil
}

// askedFor reads the deliveries of one contact.
func (a *API) askedFor(ctx context.Context, contact bots.ID, f *evidence.Facts) (map[bots.ID]*fallback.Delivery, error) {
	byID, cursor := map[bots.ID]*fallback.Delivery{}, ""
	for {
		page, next, err := a.Store.Deliveries(ctx, DeliveryFilter{Contact: contact}, cursor, evidencePage)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			byID[d.ID] = d
		}
		f.Deliveries = append(f.Deliveries, page...)
		if cursor = next; cursor == "" {
			return byID, nil
		}
		if len(f.Deliveries) >= evidenceMessages {
			f.Cut = true
			return byID, nil
		}
	}
}

// sentTo reads what was sent to one contact.
func (a *API) sentTo(ctx context.Context, contact bots.ID, f *evidence.Facts, byID map[bots.ID]*fallback.Delivery) error {
	for cursor := ""; ; {
		page, next, err := a.Store.Messages(ctx, contact, cursor, evidencePage)
		if err != nil {
			return err
		}
		for i := range page {
			said := &page[i]
			if said.In {
				continue
			}
			d, err := a.sentBy(ctx, said.Delivery, byID)
			if err != nil {
				return err
			}
			f.Sent = append(f.Sent, evidence.Sent{Message: &said.Message, State: said.State, Delivery: d})
		}
		if cursor = next; cursor == "" {
			return nil
		}
		if len(f.Sent) >= evidenceMessages {
			f.Cut = true
			return nil
		}
	}
}

// sentBy is the delivery that sent a message: one of the contact's own, or of somebody who was one person with it then; nil: it is no longer
// kept.
func (a *API) sentBy(ctx context.Context, id bots.ID, own map[bots.ID]*fallback.Delivery) (*fallback.Delivery, error) {
	if d := own[id]; d != nil || id == 0 {
		return d, nil
	}
	d, err := a.Store.Delivery(ctx, id)
	if errors.Is(err, fallback.ErrUnknownDelivery) {
		return nil, nil
	}
	return d, err
}
