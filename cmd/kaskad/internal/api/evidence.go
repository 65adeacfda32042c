package api

import (
	"cmp"
	"context"
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
	for _, id := range c.Merged {
		theirs, err := a.Store.Statements(ctx, id)
		if err != nil {
			return nil, err
		}
		f.Absorbed = append(f.Absorbed, evidence.Theirs{Contact: id, Statements: theirs})
	}
	byID, err := a.askedFor(ctx, &f)
	if err != nil {
		return nil, err
	}
	if err := a.sentTo(ctx, &f, byID); err != nil {
		return nil, err
	}
	return &evidenceOut{evidence.Build(f)}, nil
}

// askedFor reads the person's deliveries.
func (a *API) askedFor(ctx context.Context, f *evidence.Facts) (map[bots.ID]*fallback.Delivery, error) {
	byID, cursor := map[bots.ID]*fallback.Delivery{}, ""
	for {
		page, next, err := a.Store.Deliveries(ctx, DeliveryFilter{Contact: f.Contact.ID}, cursor, evidencePage)
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

// sentTo reads what was sent to the person.
func (a *API) sentTo(ctx context.Context, f *evidence.Facts, byID map[bots.ID]*fallback.Delivery) error {
	for cursor := ""; ; {
		page, next, err := a.Store.Messages(ctx, f.Contact.ID, cursor, evidencePage)
		if err != nil {
			return err
		}
		for i := range page {
			if said := &page[i]; !said.In {
				f.Sent = append(f.Sent, evidence.Sent{Message: &said.Message, State: said.State, Delivery: byID[said.Delivery]})
			}
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
