package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

// contactBody is the body of a batch as it was sent. An import sends ten thousand people a second, most of them plain: those are read in
// one go, and all others as the body of any call is.
type contactBody struct{ raw []byte }

// Schema documents it as what it has to be.
func (contactBody) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[contactBatch](), true, "Put-contactsRequest")
}

type contactBatch struct {
	Contacts []ContactItem `json:"contacts" minItems:"1" maxItems:"1000" nullable:"false"`
	Merge    bool          `json:"merge_attributes,omitempty" doc:"Attributes are laid over those a person has, null takes one away; otherwise they take their place"`
	DryRun   bool          `json:"dry_run,omitempty" doc:"Tell what would be done, and do nothing"`
	List     string        `json:"list,omitempty" doc:"Name of the list that the people are from, without its folder, at most 200 bytes: it stands in the evidence of their consents" example:"customers.csv"`
}

// checkList refuses the name of a list that the evidence would not show as it is, or that tells of a folder.
func (b *contactBatch) checkList() error {
	if len(b.List) > 200 || strings.ContainsAny(b.List, `/\`) || strings.ContainsFunc(b.List, unicode.IsControl) {
		return unfit("invalid_field", "list", "list: the name of a file without its folder, at most 200 bytes.")
	}
	return nil
}

const mostContacts = 1000 // as the tag says

// ContactItem is one change of a batch: as it was sent, or read already. One that cannot be read is refused at its place, and the others
// are taken.
type ContactItem struct {
	raw json.RawMessage
	put ContactPut // of no raw
}

// UnmarshalJSON keeps the bytes.
func (i *ContactItem) UnmarshalJSON(b []byte) error {
	i.raw = slices.Clone(b)
	return nil
}

// Schema documents it as what it has to be.
func (ContactItem) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Extensions: map[string]any{"$ref": r.Schema(reflect.TypeFor[ContactPut](), true, "ContactPut").Ref}}
}

// readBatch reads the body.
func (a *API) readBatch(raw []byte) (contactBatch, error) {
	if b, ok := plainBatch(raw); ok {
		return b, nil
	}
	var plain any
	if err := strictJSON.Unmarshal(raw, &plain); err != nil {
		return contactBatch{}, problem(http.StatusBadRequest, "invalid_json", "body", "The body is not JSON: %v.", err)
	}
	if wrong := a.fitsSchema(plain, reflect.TypeFor[contactBatch](), "Put-contactsRequest"); wrong != nil {
		return contactBatch{}, wrong
	}
	var b contactBatch
	if err := strictJSON.Unmarshal(raw, &b); err != nil {
		return contactBatch{}, unfit("invalid_field", "", "The body cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return b, nil
}

// fitsSchema is what is wrong with a value that has to be of a type; nil: nothing.
func (a *API) fitsSchema(plain any, is reflect.Type, name string) error {
	schemas := a.huma.OpenAPI().Components.Schemas
	schema := schemas.Schema(is, true, name)
	res := &huma.ValidateResult{}
	huma.Validate(schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, plain, res)
	if len(res.Errors) > 0 {
		return a.notFit(details(res.Errors), where{body: schema})
	}
	return nil
}

// contactPut reads one change as it was sent.
func (a *API) contactPut(raw json.RawMessage) (ContactPut, error) {
	var plain any
	if err := readPlain(raw, &plain); err != nil {
		return ContactPut{}, unfit("invalid_field", "", "The contact cannot be read: %v.", err)
	}
	if wrong := a.fitsSchema(plain, reflect.TypeFor[ContactPut](), "ContactPut"); wrong != nil {
		return ContactPut{}, wrong
	}
	var put ContactPut
	if err := strictJSON.Unmarshal(raw, &put); err != nil {
		return ContactPut{}, unfit("invalid_field", "", "The contact cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return put, nil
}

// plainBatch reads a body of nothing but plain people; false: something in it is not plain, or wrong.
func plainBatch(raw []byte) (b contactBatch, ok bool) {
	r := &reader{b: raw}
	var had [4]bool
	once := func(i int) bool {
		was := had[i]
		had[i] = true
		return !was
	}
	ok = r.object(func(name string) (ok bool) {
		switch name {
		case "contacts":
			return once(0) && r.list(func() bool {
				put, ok := r.contact()
				b.Contacts = append(b.Contacts, ContactItem{put: put})
				return ok
			})
		case "merge_attributes":
			b.Merge, ok = r.flag()
			return ok && once(1)
		case "dry_run":
			b.DryRun, ok = r.flag()
			return ok && once(2)
		case "list":
			b.List, ok = r.text()
			return ok && once(3)
		}
		return false
	})
	return b, ok && r.all() && 0 < len(b.Contacts) && len(b.Contacts) <= mostContacts
}

// contact reads a change of one person.
func (r *reader) contact() (put ContactPut, ok bool) {
	var ref *string
	ok = r.object(func(name string) bool {
		switch name {
		case "ref":
			return r.into(&ref)
		case "external_id":
			return r.into(&put.ExternalID)
		case "phone":
			return r.into(&put.Phone)
		case "email":
			return r.into(&put.Email)
		case "name":
			return r.into(&put.Name)
		case "locale":
			return r.into(&put.Locale)
		case "timezone":
			return r.into(&put.Timezone)
		case "preferred":
			return r.into(&put.Preferred)
		case "attributes":
			return put.Attributes == nil && r.attributes(&put.Change)
		case "consents":
			return put.Consents == nil && r.consents(&put.Change)
		case "row":
			return put.Row == 0 && r.number(&put.Row)
		case "addresses":
			return put.Addresses == nil && r.addresses(&put.Change)
		}
		return false
	})
	if ref != nil {
		put.Ref = *ref
	}
	return put, ok
}

// into reads a text that was not there yet.
func (r *reader) into(to **string) bool {
	s, ok := r.text()
	if *to != nil || !ok {
		return false
	}
	*to = &s
	return true
}

// number reads a whole number above nothing.
func (r *reader) number(to *int) bool {
	v, ok := r.scalar()
	n, is := v.(json.Number)
	if !ok || !is {
		return false
	}
	i, err := strconv.Atoi(string(n))
	*to = i
	return err == nil && 0 < i && i <= maxRow
}

const maxRow = 1_000_000_000 // as the tag says

func (r *reader) attributes(c *contacts.Change) bool {
	c.Attributes = map[string]any{}
	return r.object(func(name string) bool {
		v, ok := r.scalar()
		if _, twice := c.Attributes[name]; twice || !ok {
			return false
		}
		c.Attributes[name] = v
		return true
	})
}

func (r *reader) addresses(c *contacts.Change) bool {
	c.Addresses = []contacts.AddressChange{}
	return r.list(func() bool {
		var channel, id *string
		ok := r.object(func(name string) bool {
			switch name {
			case "channel":
				return r.into(&channel)
			case "id":
				return r.into(&id)
			}
			return false
		})
		if !ok || channel == nil || id == nil || !slices.Contains(bots.Channels(), *channel) {
			return false
		}
		c.Addresses = append(c.Addresses, contacts.AddressChange{Channel: *channel, ID: *id})
		return true
	})
}

func (r *reader) consents(c *contacts.Change) bool {
	c.Consents = &contacts.ConsentsChange{}
	return r.object(func(name string) (ok bool) {
		switch {
		case name == "marketing" && c.Consents.Marketing == nil:
			c.Consents.Marketing, ok = r.consent()
		case name == "all" && c.Consents.All == nil:
			c.Consents.All, ok = r.consent()
		case name == "channels" && c.Consents.Channels == nil:
			c.Consents.Channels = map[string]contacts.ConsentChange{}
			return r.object(func(channel string) bool {
				told, ok := r.consent()
				if _, twice := c.Consents.Channels[channel]; twice || !ok {
					return false
				}
				c.Consents.Channels[channel] = *told
				return true
			})
		}
		return ok
	})
}

func (r *reader) consent() (*contacts.ConsentChange, bool) {
	var state, at, source, words, version *string
	ok := r.object(func(name string) bool {
		switch name {
		case "state":
			return r.into(&state)
		case "at":
			return r.into(&at)
		case "source":
			return r.into(&source)
		case "words":
			return r.into(&words)
		case "version":
			return r.into(&version)
		}
		return false
	})
	if !ok || state == nil {
		return nil, false
	}
	told := &contacts.ConsentChange{State: *state, Source: orNone(source), Words: orNone(words), Version: orNone(version)}
	if at != nil {
		var err error
		if told.At, err = time.Parse(time.RFC3339, *at); err != nil {
			return nil, false
		}
	}
	return told, true
}

func orNone(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
