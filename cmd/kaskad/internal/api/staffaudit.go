package api

import (
	"context"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// ActFilter says which lines are asked for; zero fields ask for all.
type ActFilter struct {
	Contact bots.ID
	By      string
	Act     string
	Since   time.Time
}

// ActLine is what somebody of the team did, or tried to.
type ActLine struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Account  string    `json:"account" doc:"Who that is: telegram:777; key:NAME of a call, account:NAME of somebody who is signed in; control:local of a command on the machine itself"`
	Act      string    `json:"act" doc:"reply, undo, edit, take, close, show_phone, member_add, …"`
	Contact  string    `json:"contact,omitempty" doc:"Whom it was about"`
	Delivery string    `json:"delivery,omitempty" doc:"What it sent"`
	Message  string    `json:"message,omitempty"`
	Thread   string    `json:"thread,omitempty" doc:"The topic where it was done"`
	Detail   string    `json:"detail,omitempty" doc:"What was asked for with it; of a person who was erased nothing"`
	Refused  string    `json:"refused,omitempty" doc:"Why it was not done; absent: it was"`
}

type staffAuditIn struct {
	Contact string    `query:"contact" maxLength:"200" doc:"A REF"`
	By      string    `query:"by" maxLength:"200"`
	Act     string    `query:"act" maxLength:"64"`
	Since   time.Time `query:"since"`
	Cursor  string    `query:"cursor" maxLength:"64" doc:"next of the page before"`
	Limit   int       `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type staffAuditOut struct{ Body List[ActLine] }

func (a *API) staffAudit(ctx context.Context, in *staffAuditIn) (*staffAuditOut, error) {
	f := ActFilter{By: in.By, Act: in.Act, Since: in.Since}
	var before bots.ID
	if in.Cursor != "" {
		id, err := bots.ParseID(in.Cursor)
		if err != nil {
			return nil, ErrCursor
		}
		before = id
	}
	if in.Contact != "" {
		c, err := a.known(ctx, in.Contact)
		if err != nil {
			return nil, err
		}
		f.Contact = c.ID
	}
	lines, next, err := a.Team.StaffAudit(ctx, f, before, in.Limit)
	out := &staffAuditOut{Body: List[ActLine]{Items: []ActLine{}, Next: named(next)}}
	for i := range lines {
		out.Body.Items = append(out.Body.Items, showAct(&lines[i]))
	}
	return out, err
}

func showAct(a *fallback.Audited) ActLine {
	return ActLine{
		ID: a.ID.String(), At: a.At.UTC(), By: a.By, Account: a.Account.String(), Act: a.Act, Contact: named(a.Contact), Delivery: named(a.Delivery),
		Message: named(a.Message), Thread: a.Thread, Detail: a.Detail, Refused: a.Refused,
	}
}

// named is an id in words; of none, none.
func named(id bots.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}
