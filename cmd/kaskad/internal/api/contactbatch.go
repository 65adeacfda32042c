package api

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

type contactBatchIn struct {
	Body struct {
		Contacts []ContactItem `json:"contacts" minItems:"1" maxItems:"1000" nullable:"false"`
		Merge    bool          `json:"merge_attributes,omitempty" doc:"Attributes are laid over those a person has, null takes one away; otherwise they take their place"`
		DryRun   bool          `json:"dry_run,omitempty" doc:"Tell what would be done, and do nothing"`
	}
}

type contactBatchOut struct {
	Body struct {
		Results []ContactResult `json:"results" nullable:"false" doc:"In the order of the contacts"`
	}
}

// ContactPut is one change of a batch.
type ContactPut struct {
	Ref string `json:"ref,omitempty" doc:"REF of the person, as in PUT /v1/contacts/{REF}. Absent: the external id, else the phone, else the first address; a later one of them counts where nobody has the earlier"`
	contacts.Change
}

// ContactItem is a change as it was sent: one that cannot be read is refused at its place, and the others are taken.
type ContactItem struct{ raw json.RawMessage }

// UnmarshalJSON keeps the bytes.
func (i *ContactItem) UnmarshalJSON(b []byte) error {
	i.raw = slices.Clone(b)
	return nil
}

// Schema documents it as what it has to be.
func (ContactItem) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Extensions: map[string]any{"$ref": r.Schema(reflect.TypeFor[ContactPut](), true, "ContactPut").Ref}}
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
	SharedWith []string `json:"shared_with,omitempty" doc:"The change gave a phone that these contacts have as well, or claim"`
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
	now := time.Now().UTC().Truncate(time.Microsecond) // as the store keeps it
	told := make([]toldContact, len(in.Body.Contacts))
	out := &contactBatchOut{}
	out.Body.Results = make([]ContactResult, 0, len(told))
	for from := 0; from < len(told); {
		to := len(told)
		if !in.Body.DryRun {
			to = min(from+a.Store.AtOnce(), to) // reading them takes as long as writing: it gives way, too
		}
		part := told[from:to]
		a.readContacts(in.Body.Contacts[from:to], part, in.Body.Merge, now)
		done, err := a.makeContacts(ctx, part, in.Body.DryRun, now)
		if err != nil {
			return nil, err
		}
		for i := range part {
			out.Body.Results = append(out.Body.Results, a.contactResult(ctx, &part[i], done, in.Body.DryRun))
		}
		from = to
	}
	return out, nil
}

// makeContacts makes the changes that could be read, or tells what they would do.
func (a *API) makeContacts(ctx context.Context, told []toldContact, dry bool, now time.Time) ([]contacts.Done, error) {
	puts, by := make([]contacts.Put, 0, len(told)), caller(ctx)
	for i := range told {
		if t := &told[i]; t.err == nil {
			t.at = len(puts)
			puts = append(puts, t.put(by, now))
		}
	}
	if dry {
		return a.Store.TryContacts(ctx, puts)
	}
	return a.Store.PutContacts(ctx, puts), nil
}

// toldContact is one change of a batch, read and checked.
type toldContact struct {
	ref     string
	refs    []bots.Ref
	checked *contacts.Checked
	at      int // among those that are made
	err     error
}

func (t *toldContact) put(by string, now time.Time) contacts.Put {
	change, ref := t.checked, t.refs[0]
	return contacts.Put{Refs: t.refs, Names: append(slices.Clone(t.refs), change.Refs()...), Change: func(c *bots.Contact) error {
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
					told[i] = a.readGuarded(items[i].raw, merge, now)
				}
			}
		})
	}
	readers.Wait()
}

const readAtOnce = 100

// readGuarded is readContact where a panic is of its own goroutine: it becomes the error of that change.
func (a *API) readGuarded(raw json.RawMessage, merge bool, now time.Time) (t toldContact) {
	defer func() {
		if p := recover(); p != nil {
			t = toldContact{err: panicked(p)}
		}
	}()
	return a.readContact(raw, merge, now)
}

// readContact reads a change; what is wrong with it is its err.
func (a *API) readContact(raw json.RawMessage, merge bool, now time.Time) (t toldContact) {
	change, err := a.contactPut(raw)
	if err == nil {
		err = hugeNumber("attributes", change.Attributes)
	}
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
	if t.checked.Overruled(c.Marketing) {
		done.Stands = &Consent{State: c.Marketing.State.String(), At: utc(c.Marketing.At), Source: c.Marketing.Source}
	}
	for _, id := range all[t.at].Shared {
		done.SharedWith = append(done.SharedWith, id.String())
	}
	return ContactResult{Done: done}
}

// contactPut reads one change as it was sent. Most are plain, and read without looking into the schema; what is not says what does not
// fit.
func (a *API) contactPut(raw json.RawMessage) (ContactPut, error) {
	var plain any
	if err := readPlain(raw, &plain); err != nil {
		return ContactPut{}, unfit("invalid_field", "", "The contact cannot be read: %v.", err)
	}
	if put, ok := plainContact(plain); ok {
		return put, nil
	}
	schemas := a.huma.OpenAPI().Components.Schemas
	schema := schemas.Schema(reflect.TypeFor[ContactPut](), true, "ContactPut")
	res := &huma.ValidateResult{}
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, plain, res)
	if len(res.Errors) > 0 {
		return ContactPut{}, a.notFit(details(res.Errors), where{body: schema})
	}
	var put ContactPut
	if err := strictJSON.Unmarshal(raw, &put); err != nil {
		return ContactPut{}, unfit("invalid_field", "", "The contact cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return put, nil
}

// plainContact reads a change of nothing but texts and attributes; false: it has something else.
func plainContact(v any) (put ContactPut, ok bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return put, false
	}
	texts := map[string]**string{
		"external_id": &put.ExternalID, "phone": &put.Phone, "email": &put.Email, "name": &put.Name, "locale": &put.Locale, "timezone": &put.Timezone, "preferred": &put.Preferred,
	}
	for name, v := range m {
		text, is := v.(string)
		to, known := texts[name]
		switch {
		case name == "ref" && is:
			put.Ref = text
		case known && is:
			*to = &text
		case name == "attributes":
			if put.Attributes, is = v.(map[string]any); !is {
				return put, false
			}
		case name == "consents":
			if put.Consents, is = plainConsents(v); !is {
				return put, false
			}
		default:
			return put, false
		}
	}
	return put, true
}

func plainConsents(v any) (*contacts.ConsentsChange, bool) {
	m, ok := v.(map[string]any)
	marketing, is := m["marketing"].(map[string]any)
	if !ok || !is || len(m) != 1 {
		return nil, false
	}
	told := &contacts.ConsentChange{}
	for name, v := range marketing {
		text, is := v.(string)
		switch {
		case name == "state" && is:
			told.State = text
		case name == "source" && is:
			told.Source = text
		case name == "at" && is:
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return nil, false
			}
			told.At = at
		default:
			return nil, false
		}
	}
	return &contacts.ConsentsChange{Marketing: told}, told.State != ""
}
