package api

import (
	"context"
	"net/http"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// Every call that changes something leaves a line in the audit, done or refused: who, what, on what, when. Where the store can, the line is
// of the transaction of the change: keys, people, erasures, merges. The others' are written right behind the change and before the
// answer; a crash between the two loses the line, and whoever called has no answer either.
//
// Messages leave none: each is a delivery, which names whoever asked for it.

// Ledger writes the lines.
type Ledger interface {
	Write(ctx context.Context, e people.Entry) error
	// Often is for what may happen many times a minute: some of it has a line each, and the rest is counted.
	Often(ctx context.Context, now time.Time, e people.Entry) error
}

// did is what a call did, as the line tells it. It holds ids and words of ours, and nothing of what people wrote.
type did struct {
	on, detail    string
	contact, with bots.ID
	counts        map[string]int
	nothing       bool // it was only a look at what would be
	often         bool // programs do it all day
}

type didKey struct{}

// doing is what the call that is under way does; handlers say it there.
func doing(ctx context.Context) *did {
	if d, ok := ctx.Value(didKey{}).(*did); ok {
		return d
	}
	return &did{}
}

// at says what a call is about: a kind, and an id.
func (d *did) at(kind, id string) { d.on = kind + " " + id }

// lineless are the calls that are no GET and leave no line of their own.
var lineless = map[string]string{
	"accept-delivery": "the delivery names who asked", batchName: "the deliveries name who asked", "reply": "the delivery names who asked",
	"estimate-deliveries": "it changes nothing", "check-store": "it changes nothing",
}

// ownLine are the words of the calls whose line is of the transaction of the change, or comes before the first byte.
var ownLine = map[string]string{
	"erase-contact": "erase", "export-contact": "export", "merge-contacts": "merge", "unmerge-contacts": "unmerge",
	"make-key": "make-key", "revoke-key": "revoke-key",
	"make-setup-code": "setup-code", "add-person": "add-person", "change-person": "change-person", "invite-person": "invite-person",
}

// changes reports whether a call is one that the audit tells of.
func (o op) changes() bool {
	return lineless[o.id] == "" && (o.method != http.MethodGet || ownLine[o.id] != "")
}

// what is the word of a call in the audit.
func (o op) what() string {
	if word := ownLine[o.id]; word != "" {
		return word
	}
	return o.id
}

// tell writes the line of a call that was made, or refused by what it found.
func (a *API) tell(ctx context.Context, o op, d *did, refused *Problem) {
	if refused == nil && (d.nothing || ownLine[o.id] != "") {
		return
	}
	line := people.NewEntry(ctx, o.what(), d.contact, d.counts)
	line.On, line.Detail, line.With = d.on, d.detail, d.with
	if refused != nil {
		line.Refused, line.Counts = refused.Code, nil
	}
	a.note(ctx, line, d.often || refused != nil || o.scope != people.Admin)
}

// note writes a line. What was done is done, whether or not it is written down.
func (a *API) note(ctx context.Context, line people.Entry, often bool) {
	ctx, err := context.WithoutCancel(ctx), error(nil) // whoever called may have gone
	switch {
	case a.Ledger == nil:
		err = a.Store.PutAudit(ctx, line)
	case often:
		err = a.Ledger.Often(ctx, line.At, line)
	default:
		err = a.Ledger.Write(ctx, line)
	}
	if err != nil {
		a.Log.Error("the audit has no line of a call", "what", line.What, "refused", line.Refused, "err", err)
	}
}
