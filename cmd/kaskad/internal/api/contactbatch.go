package api

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

type contactBatchIn struct {
	Body contactBody
}

type contactBatchOut struct {
	Body struct {
		Results []ContactResult `json:"results" nullable:"false" doc:"In the order of the contacts"`
	}
}

// ContactPut is one change of a batch.
type ContactPut struct {
	Ref string `json:"ref,omitempty" doc:"REF of the person, as in PUT /v1/contacts/{REF}. Absent: the external id, else the phone, else the first address; a later one of them counts where nobody has the earlier"`
	Row int    `json:"row,omitempty" minimum:"1" maximum:"1000000000" doc:"Where in the list the person stands, for the evidence"`
	contacts.Change
}

// ContactResult is what became of one change of a batch.
type ContactResult struct {
	Done    *ContactDone
	Problem *Problem
}

// ContactDone is a change that was made, or would be.
type ContactDone struct {
	Ref        string   `json:"ref" doc:"As it was sent, or the name by which the person is looked for"`
	ID         string   `json:"id,omitempty" doc:"Of the person; absent where a dry run would make one"`
	State      string   `json:"state" enum:"created,updated,unchanged"`
	Stands     *Consent `json:"consent_stands,omitempty" doc:"A yes was told, and the person's own no stands: only the person takes it back"`
	SharedWith []string `json:"shared_with,omitempty" doc:"The change gave a phone that these contacts have as well, or claim: at most 20 of them"`
}

// MarshalJSON writes one or the other.
func (r ContactResult) MarshalJSON() ([]byte, error) {
	if r.Problem != nil {
		return json.Marshal(r.Problem)
	}
	return json.Marshal(r.Done)
}

// Schema documents both forms.
func (ContactResult) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[ContactDone](), true, "ContactDone"), r.Schema(reflect.TypeFor[Problem](), true, "Problem"),
	}}
}

const putContactsName = "put-contacts"

// putContacts makes or changes many people, each for itself. Those that share a name are changed in their order.
func (a *API) putContacts(ctx context.Context, in *contactBatchIn) (*contactBatchOut, error) {
	batch, err := a.readBatch(in.Body.raw)
	if err == nil {
		err = batch.checkList()
	}
	if err != nil {
		return nil, err
	}
	doing(ctx).nothing = batch.DryRun
	now := time.Now().UTC().Truncate(time.Microsecond) // as the store keeps it
	told := make([]toldContact, len(batch.Contacts))
	out := &contactBatchOut{}
	out.Body.Results = make([]ContactResult, 0, len(told))
	for from := 0; from < len(told); {
		to := len(told)
		if !batch.DryRun {
			to = min(from+a.Store.AtOnce(), to) // reading them takes as long as writing: it gives way, too
		}
		part := told[from:to]
		a.readContacts(batch.Contacts[from:to], part, batch.Merge, now)
		done, err := a.makeContacts(ctx, part, &batch, now)
		if err != nil {
			return nil, err
		}
		for i := range part {
			out.Body.Results = append(out.Body.Results, a.contactResult(ctx, &part[i], done, batch.DryRun))
		}
		from = to
	}
	doing(ctx).counts = counted(out.Body.Results)
	return out, nil
}

// makeContacts makes the changes that could be read, or tells what they would do.
func (a *API) makeContacts(ctx context.Context, told []toldContact, b *contactBatch, now time.Time) ([]contacts.Done, error) {
	puts, by := make([]contacts.Put, 0, len(told)), caller(ctx)
	for i := range told {
		if t := &told[i]; t.err == nil {
			t.at = len(puts)
			puts = append(puts, t.put(b.List, by, now))
		}
	}
	if b.DryRun {
		return a.Store.TryContacts(ctx, puts)
	}
	return a.Store.PutContacts(ctx, puts), nil
}

// toldContact is one change of a batch, read and checked.
type toldContact struct {
	ref     string
	row     int
	refs    []bots.Ref
	checked *contacts.Checked
	at      int // among those that are made
	err     error
}

func (t *toldContact) put(list, by string, now time.Time) contacts.Put {
	change, ref := t.checked, t.refs[0]
	at := bots.Scene{List: list}
	if list != "" {
		at.Row = t.row
		change.FromList(list, t.row)
	}
	return contacts.Put{Scene: at, Teller: by, Refs: t.refs, Names: append(slices.Clone(t.refs), change.Refs()...), Change: func(c *bots.Contact) error {
		c.PhoneTold(ref.Phone())
		return change.Apply(c, by, now)
	}}
}

// readContacts reads changes, on all processors where they are many: knowing what a phone is takes as long as writing it down.
func (a *API) readContacts(items []ContactItem, told []toldContact, merge bool, now time.Time) {
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(told)+readAtOnce-1)/readAtOnce) {
		readers.Go(func() {
			for from := int(next.Add(readAtOnce)) - readAtOnce; from < len(told); from = int(next.Add(readAtOnce)) - readAtOnce {
				for i := from; i < min(from+readAtOnce, len(told)); i++ {
					told[i] = a.readGuarded(&items[i], merge, now)
				}
			}
		})
	}
	readers.Wait()
}

const readAtOnce = 100

// readGuarded is readContact where a panic is of its own goroutine: it becomes the error of that change.
func (a *API) readGuarded(item *ContactItem, merge bool, now time.Time) (t toldContact) {
	defer func() {
		if p := recover(); p != nil {
			t = toldContact{err: panicked(p)}
		}
	}()
	return a.readContact(item, merge, now)
}

// readContact reads a change; what is wrong with it is its err.
func (a *API) readContact(item *ContactItem, merge bool, now time.Time) (t toldContact) {
	change, err := item.put, error(nil)
	if item.raw != nil {
		if change, err = a.contactPut(item.raw); err == nil {
			err = hugeNumber("attributes", change.Attributes)
		}
	}
	t.row = change.Row
	if err == nil {
		t.checked, err = change.Check(a.Country, now, merge)
	}
	if err != nil {
		t.err = err
		return t
	}
	if t.ref = change.Ref; t.ref != "" {
		ref, err := a.ref("ref", t.ref)
		t.refs, t.err = []bots.Ref{ref}, err
		return t
	}
	if t.refs = t.checked.Refs(); len(t.refs) == 0 {
		t.err = unfit("missing_field", "ref", "Nobody is named: write ref, external_id, phone or addresses.")
		return t
	}
	t.ref = t.refs[0].String()
	return t
}

func (a *API) contactResult(ctx context.Context, t *toldContact, all []contacts.Done, dry bool) ContactResult {
	err := t.err
	if err == nil {
		err = all[t.at].Err
	}
	if err != nil {
		return ContactResult{Problem: a.problem(ctx, putContactsName, err)}
	}
	c, outcome := all[t.at].Contact, all[t.at].Outcome
	done := &ContactDone{Ref: t.ref, State: outcome.String()}
	if !dry || outcome != contacts.Created {
		done.ID = c.ID.String()
	}
	if no := t.checked.Overruled(c); no != nil {
		done.Stands = &Consent{State: no.State.String(), At: utc(no.At), Source: no.Source}
	}
	for _, id := range all[t.at].Shared {
		done.SharedWith = append(done.SharedWith, id.String())
	}
	return ContactResult{Done: done}
}

// counted says how many of a batch were taken, and how many were refused.
func counted(all []ContactResult) map[string]int {
	n := map[string]int{"contacts": 0, "refused": 0}
	for i := range all {
		if all[i].Problem != nil {
			n["refused"]++
		} else {
			n["contacts"]++
		}
	}
	return n
}
