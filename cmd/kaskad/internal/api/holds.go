package api

import (
	"context"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Hold is a hold of a region.
type Hold struct {
	ID       string     `json:"id"`
	Region   string     `json:"region" doc:"Whom it concerns" example:"UA"`
	Purposes []string   `json:"purposes" nullable:"false" doc:"What waits"`
	Reason   string     `json:"reason,omitempty"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty" doc:"When it ends by itself; absent: when somebody ends it"`
	EndedAt  *time.Time `json:"ended_at,omitempty" doc:"Absent: it stands"`
}

func showHold(h *fallback.RegionHold) Hold {
	out := Hold{ID: h.ID.String(), Region: h.Region, Purposes: []string{}, Reason: h.Reason, Since: h.From.UTC(), Until: moment(h.Until), EndedAt: moment(h.To)}
	for _, p := range h.Purposes {
		out.Purposes = append(out.Purposes, p.String())
	}
	return out
}

// moment is a time that may be none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type beginHoldIn struct {
	Body struct {
		Region   string    `json:"region" maxLength:"200" doc:"A country (UA), the beginning of phones (+38057), a time zone (Europe/Warsaw), an attribute of contacts with its value (region=Kharkiv), or everywhere" example:"region=Kharkiv"`
		Purposes []string  `json:"purposes,omitempty" maxItems:"2" doc:"marketing, service; marketing alone unless written"`
		Until    time.Time `json:"until,omitzero" doc:"When it ends by itself; absent: when somebody ends it"`
		Reason   string    `json:"reason,omitempty" maxLength:"500" doc:"Shown where it is listed" example:"air raid alert"`
	}
}

type holdOut struct{ Body Hold }

func (a *API) beginHold(ctx context.Context, in *beginHoldIn) (*holdOut, error) {
	h := fallback.RegionHold{Region: in.Body.Region, Until: in.Body.Until, Reason: in.Body.Reason}
	for _, name := range in.Body.Purposes {
		p, err := fallback.ParsePurpose(name)
		if err != nil {
			return nil, unfit("invalid_field", "purposes", "purposes: write marketing, service, or both.")
		}
		h.Purposes = append(h.Purposes, p)
	}
	h, err := a.Engine.Hold(ctx, h)
	if err != nil {
		return nil, err
	}
	return &holdOut{showHold(&h)}, nil
}

type listHoldsIn struct {
	State  string `query:"state" enum:"standing,all" default:"standing" doc:"all: also those that ended in the last hundred days"`
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type holdsOut struct{ Body List[Hold] }

// listHolds gives a page, newest first. The cursor is the id of the last one.
func (a *API) listHolds(_ context.Context, in *listHoldsIn) (*holdsOut, error) {
	before := bots.ID(0)
	if in.Cursor != "" {
		var err error
		if before, err = bots.ParseID(in.Cursor); err != nil {
			return nil, unfit("invalid_cursor", "cursor", "cursor: write what \"next\" of the page before gave.")
		}
	}
	out := &holdsOut{Body: List[Hold]{Items: []Hold{}}}
	for _, h := range slices.Backward(a.Engine.Holds()) {
		switch {
		case before != 0 && h.ID >= before, in.State != "all" && !h.On(time.Now()):
		case len(out.Body.Items) == in.Limit:
			out.Body.Next = out.Body.Items[in.Limit-1].ID
			return out, nil
		default:
			out.Body.Items = append(out.Body.Items, showHold(&h))
		}
	}
	return out, nil
}

type holdPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *API) endHold(ctx context.Context, in *holdPath) (*holdOut, error) {
	id, err := bots.ParseID(in.ID)
	if err != nil {
		return nil, fallback.ErrUnknownHold
	}
	h, err := a.Engine.EndHold(ctx, id)
	if err != nil {
		return nil, err
	}
	return &holdOut{showHold(&h)}, nil
}
