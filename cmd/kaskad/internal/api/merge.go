package api

import (
	"context"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

type mergeIn struct {
	ContactPath
	Body struct {
		From   string `json:"from" maxLength:"300" doc:"REF of the contact that goes into the one of the path" example:"ext:C-200"`
		DryRun bool   `json:"dry_run,omitempty" doc:"Tell what it would come to, and do nothing"`
	}
}

// Merged are two contacts that became one, or would.
type Merged struct {
	Kept     Contact  `json:"kept" doc:"The one of the path, as it was"`
	Absorbed Contact  `json:"absorbed" doc:"The other, as it was; its id reads as the kept one from now on"`
	Result   Contact  `json:"result" doc:"What the kept one is now"`
	Ended    []string `json:"ended" nullable:"false" doc:"Open deliveries that the stricter consent ended as refused: they stay so after an undo"`
	YesLeft  []string `json:"yes_left,omitempty" doc:"What the absorbed one had said yes to, and the result is not allowed: a yes is not carried over" example:"marketing"`
	DryRun   bool     `json:"dry_run,omitempty" doc:"true: nothing was done"`
}

type mergeOut struct{ Body Merged }

func (a *API) merge(ctx context.Context, in *mergeIn) (*mergeOut, error) {
	ask, err := a.mergeAsk(ctx, in.Ref, in.Body.From)
	if err != nil {
		return nil, err
	}
	doing(ctx).nothing = in.Body.DryRun
	ask.Try, ask.Note = in.Body.DryRun, audited(ctx, "merge")
	m, err := a.Engine.Merge(ctx, ask)
	if err != nil {
		return nil, err
	}
	return &mergeOut{Merged{
		Kept: a.showContact(&m.KeptWas), Absorbed: a.showContact(&m.AbsorbedWas), Result: a.showContact(&m.Became), Ended: written(m.Ended),
		YesLeft: m.YesesLeft(), DryRun: in.Body.DryRun,
	}}, nil
}

func written(ids []bots.ID) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, id.String())
	}
	return all
}

// mergeAsk reads the names of both.
func (a *API) mergeAsk(ctx context.Context, keep, from string) (ask fallback.MergeAsk, err error) {
	if ask.Keep, err = a.ref("ref", keep); err != nil {
		return ask, err
	}
	ask.From, err = a.ref("from", from)
	ask.By = caller(ctx)
	return ask, err
}

// audited writes what was done with two contacts into the audit.
func audited(ctx context.Context, what string) func(*bots.Merge) (fallback.Note, error) {
	line := people.NewEntry(ctx, what, 0, nil) // once: what writes it may run more than once
	return func(m *bots.Merge) (fallback.Note, error) {
		l := line
		l.Contact, l.With = m.KeptWas.ID, m.AbsorbedWas.ID
		if len(m.Ended) > 0 {
			l.Counts = map[string]int{"ended": len(m.Ended)}
		}
		raw, err := l.Encode()
		return fallback.Note{Kind: people.AuditRecords, ID: l.ID, Data: raw}, err
	}
}

type unmergeIn struct {
	ContactPath
	Body struct {
		From string `json:"from" maxLength:"300" doc:"The contact that was absorbed: its id (merged of the contact lists them), or a REF that named it alone" example:"ext:C-200"`
	}
}

// Unmerged are two contacts that were one.
type Unmerged struct {
	Kept  Contact  `json:"kept"`
	Freed Contact  `json:"freed"`
	Ended []string `json:"ended" nullable:"false" doc:"Open deliveries that one of the two does not allow by itself: they ended as refused"`
}

type unmergeOut struct{ Body Unmerged }

func (a *API) unmerge(ctx context.Context, in *unmergeIn) (*unmergeOut, error) {
	ask, err := a.mergeAsk(ctx, in.Ref, in.Body.From)
	if err != nil {
		return nil, err
	}
	ask.Note = audited(ctx, "unmerge")
	m, err := a.Engine.Unmerge(ctx, ask)
	if err != nil {
		return nil, err
	}
	return &unmergeOut{Unmerged{a.showContact(&m.KeptWas), a.showContact(&m.AbsorbedWas), written(m.Ended)}}, nil
}
