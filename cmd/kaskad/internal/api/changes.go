package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"kaskad/bots"
)

// Change is a line of the outbox: what happened.
type Change struct {
	ID   string     `json:"id" doc:"Its place in the order; pass the last one as after"`
	Type string     `json:"type" example:"delivery.done"`
	At   time.Time  `json:"at"`
	Test bool       `json:"test,omitempty" doc:"true: of a test key"`
	Data ChangeData `json:"data"`
}

// ChangeData names the records a change is about. They are read by their own calls.
type ChangeData struct {
	Contact  string `json:"contact,omitempty"`
	Delivery string `json:"delivery,omitempty"`
	Message  string `json:"message,omitempty"`
	Channel  string `json:"channel,omitempty"`
	State    string `json:"state,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type changesIn struct {
	After string `query:"after" maxLength:"20" doc:"Id of the last change you have; absent: from the oldest that is kept"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type changesOut struct {
	Body struct {
		Items []Change `json:"items" nullable:"false"`
		Next  string   `json:"next" doc:"Pass it as after; it stays the same until something happens"`
	}
}

// goneBack is said to who has read further than there is: the one way to that is a store that is older than what they have read.
const goneBack = "No change has this id: the newest is %d. Was the store restored from a backup? What came after it is lost: read what you keep anew, and go on after %[1]d."

// tooOld is said to whose last change is older than all that are kept: what came between was dropped.
const tooOld = "Changes before %d are not kept any more ([retention] changes), and some came after %d. Read what you keep anew, and go on after %d."

// stillKept refuses a place in the changes behind which some were dropped. 0 is the beginning, wherever that is.
func (a *API) stillKept(ctx context.Context, after uint64, field string) error {
	first, err := a.Store.FirstChange(ctx)
	if err != nil || after == 0 || after+1 >= first {
		return err
	}
	return problem(http.StatusGone, "cursor_gone", field, tooOld, first, after, first-1)
}

func (a *API) changes(ctx context.Context, in *changesIn) (*changesOut, error) {
	after := uint64(0)
	if in.After != "" {
		var err error
		if after, err = strconv.ParseUint(in.After, 10, 64); err != nil {
			return nil, unfit("invalid_cursor", "after", "after: write the id of a change, as \"next\" gives it.")
		}
	}
	if last := a.Store.LastChange(); after > last {
		return nil, unfit("invalid_cursor", "after", goneBack, last)
	}
	if err := a.stillKept(ctx, after, "after"); err != nil {
		return nil, err
	}
	found, err := a.Store.Changes(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &changesOut{}
	out.Body.Items, out.Body.Next = make([]Change, 0, len(found)), in.After
	for i := range found {
		out.Body.Items = append(out.Body.Items, showChange(&found[i], a.Test))
		out.Body.Next = strconv.FormatUint(found[i].ID, 10)
	}
	return out, nil
}

func showChange(c *bots.Change, test bool) Change {
	return Change{ID: strconv.FormatUint(c.ID, 10), Type: c.Type, At: c.At.UTC(), Test: test, Data: ChangeData{
		Contact: c.Contact.String(), Delivery: c.Delivery.String(), Message: c.Message.String(), Channel: c.Channel, State: c.State, Reason: c.Reason,
	}}
}
