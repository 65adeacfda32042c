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

// BegunHold is a hold with whom it concerns.
type BegunHold struct {
	Hold
	Concerns *Concerns `json:"concerns,omitempty" doc:"Absent: everybody, or it could not be told"`
}

// Concerns is what a bounded look at the contacts, newest first, found.
type Concerns struct {
	Contacts int      `json:"contacts" doc:"How many of those looked at it concerns. 0: as it is spelled it keeps nothing"`
	LookedAt int      `json:"looked_at" doc:"At most 20,000, the newest"`
	More     bool     `json:"more,omitempty" doc:"There are more contacts than were looked at"`
	Near     []string `json:"near" nullable:"false" doc:"Only where it concerns nobody: at most 5 regions that contacts are in, the nearest in spelling first"`
}

type begunHoldOut struct{ Body BegunHold }

// A look at the contacts reads so many, and so many of them at a time: whoever begins a hold waits for it.
const (
	lookAt   = 20_000
	lookPage = 1000
)

// concerned looks whom a region concerns.
func (a *API) concerned(ctx context.Context, region string) (*Concerns, error) {
	look, cursor := a.Engine.RegionLook(region), ""
	for range lookAt / lookPage {
		found, next, err := a.Store.Contacts(ctx, ContactFilter{}, cursor, lookPage)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			look.Show(c)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	out := &Concerns{Contacts: look.Concerned, LookedAt: look.Shown, More: cursor != "", Near: []string{}}
	if look.Concerned == 0 {
		out.Near = look.Near()
	}
	return out, nil
}

// begun is the answer to a hold that stands now. It stands whatever becomes of the look.
func (a *API) begun(ctx context.Context, h *fallback.RegionHold) *begunHoldOut {
	out := &begunHoldOut{BegunHold{Hold: showHold(h)}}
	if h.Region == fallback.Everywhere {
		return out
	}
	var err error
	if out.Body.Concerns, err = a.concerned(ctx, h.Region); err != nil {
		a.Log.Error("hold stands, but whom it concerns cannot be told", "hold", h.ID.String(), "error", err)
	}
	return out
}

func (a *API) beginHold(ctx context.Context, in *beginHoldIn) (*begunHoldOut, error) {
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
	doing(ctx).at("hold", h.ID.String())
	return a.begun(ctx, &h), nil
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
	doing(ctx).at("hold", h.ID.String())
	return &holdOut{showHold(&h)}, nil
}
