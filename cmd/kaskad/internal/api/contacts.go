package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

// Contact is a person as callers read one.
type Contact struct {
	ID         string           `json:"id"`
	Test       bool             `json:"test,omitempty" doc:"true: nobody real"`
	ExternalID string           `json:"external_id"`
	Phone      string           `json:"phone"`
	Email      string           `json:"email"`
	Name       string           `json:"name"`
	Locale     string           `json:"locale"`
	Timezone   string           `json:"timezone" doc:"As told; empty: never"`
	Zone       Zone             `json:"zone" doc:"Whose clock counts for this person"`
	Preferred  string           `json:"preferred" doc:"The channel the person chose, as told; wishes.first says that the person's own word stands"`
	Attributes json.RawMessage  `json:"attributes"`
	Consents   Consents         `json:"consents"`
	Wishes     *Wishes          `json:"wishes,omitempty" doc:"What the person asked for on the preference page; absent: nothing"`
	Addresses  []ContactAddress `json:"addresses" nullable:"false"`
	Source     *Came            `json:"source,omitempty" doc:"By which source the person came first; absent: by none"`
	Merged     []string         `json:"merged,omitempty" doc:"Ids of contacts that this one absorbed: each of them reads as this one"`
	AlsoNamed  []string         `json:"also_named,omitempty" doc:"What those were called besides: REFs by which this one is found, too, and e-mail addresses and names" example:"ext:C-200"`
	SharedWith []string         `json:"shared_with,omitempty" doc:"Ids of other contacts who have this phone, or claim it, at most 20 of them. What is heard at the number is taken for who was heard there last, else for the newest, and never for one who only claims it. Read one by one and by PUT, not in lists"`
	CreatedAt  time.Time        `json:"created_at"`
	UpdatedAt  time.Time        `json:"updated_at"`
}

// Came is by which source, and where, a person came.
type Came struct {
	Code    string    `json:"code" example:"shop7-till3"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

// Consents are what a person allowed.
type Consents struct {
	Marketing Consent            `json:"marketing" doc:"Marketing on all channels"`
	Channels  map[string]Consent `json:"channels,omitempty" doc:"Marketing on one channel, where something was said of it alone; the strictest wins"`
	All       *Consent           `json:"all,omitempty" doc:"denied: nothing but what is urgent, and answers; given: such a no was lifted; absent: never said"`
}

// Consent is one of them.
type Consent struct {
	State   string    `json:"state" doc:"unknown, given or denied" enum:"unknown,given,denied"`
	At      time.Time `json:"at,omitzero"`
	Source  string    `json:"source,omitempty" doc:"Who said so: api's own word, keyword:стоп, block:telegram, page"`
	Words   string    `json:"words,omitempty" doc:"What the person wrote, or what the form said"`
	Version string    `json:"version,omitempty" doc:"Which version of those words"`
	By      string    `json:"by,omitempty" doc:"person, or who told it: key:crm; empty: the retailer, before this was kept"`
}

// ContactAddress is one place of a person.
type ContactAddress struct {
	Channel string    `json:"channel"`
	ID      string    `json:"id"`
	State   string    `json:"state" doc:"active, blocked, unreachable or unverified" enum:"active,blocked,unreachable,unverified"`
	Since   time.Time `json:"since"`
}

// ContactPath names a person in a path.
type ContactPath struct {
	Ref string `path:"ref" maxLength:"300" doc:"REF of a person, percent-encoded: phone%3A%2B380501112233"`
}

type contactOut struct{ Body Contact }

func (a *API) contact(ctx context.Context, in *ContactPath) (*contactOut, error) {
	c, err := a.find(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	return a.wholeContact(ctx, c)
}

// Zone is where a person's clock stands.
type Zone struct {
	Name string   `json:"name" example:"Europe/Kyiv"`
	From string   `json:"from" enum:"told,phone,company" doc:"told: timezone; phone: its region's, worked out anew each time; company: nobody knows"`
	Also []string `json:"also,omitempty" doc:"Where the phone may be as well: what is quiet in any of them is quiet"`
}

// wholeContact is a person with who else has the phone.
func (a *API) wholeContact(ctx context.Context, c *bots.Contact) (*contactOut, error) {
	out := &contactOut{a.showContact(c)}
	shared, err := a.sharers(ctx, c)
	out.Body.SharedWith = shared
	return out, err
}

// sharers are other contacts who have a person's phone, or claim it.
func (a *API) sharers(ctx context.Context, c *bots.Contact) (others []string, err error) {
	if c.Phone == "" {
		return nil, nil
	}
	owners, err := a.Store.Owners(ctx, bots.Ref{Kind: "phone", Value: c.Phone}, contacts.MostSharers+1)
	slices.Sort(owners)
	for _, id := range owners {
		if id != c.ID && len(others) < contacts.MostSharers {
			others = append(others, id.String())
		}
	}
	return others, err
}

// showContact is a person with what the engine knows besides.
func (a *API) showContact(c *bots.Contact) Contact {
	out, where := showContact(c), a.Engine.Where(c)
	out.Zone = Zone{Name: where.Names[0], From: where.From, Also: where.Names[1:]}
	return out
}

func showContact(c *bots.Contact) Contact {
	out := Contact{
		ID: c.ID.String(), Test: c.ID.Test(), ExternalID: c.ExternalID, Phone: c.Phone, Email: c.Email, Name: c.Name, Locale: c.Locale, Timezone: c.Zone,
		Preferred: c.Preferred, Attributes: c.Attributes, Addresses: []ContactAddress{}, CreatedAt: c.Created.UTC(), UpdatedAt: c.Updated.UTC(),
	}
	out.Wishes = showWishes(c)
	if by := c.First; by.Source != "" {
		out.Source = &Came{Code: by.Source, Channel: by.Channel, At: by.At.UTC()}
	}
	out.Consents = showConsents(c)
	for _, id := range c.Merged {
		out.Merged = append(out.Merged, id.String())
	}
	for _, n := range c.Names {
		out.AlsoNamed = append(out.AlsoNamed, n.String())
	}
	if len(out.Attributes) == 0 {
		out.Attributes = json.RawMessage("{}")
	}
	for _, p := range c.Addresses {
		out.Addresses = append(out.Addresses, ContactAddress{Channel: p.Channel, ID: p.ID, State: p.State.String(), Since: p.Since.UTC()})
	}
	return out
}

// ContactChange is what a caller tells of a person. What is absent stays as it is; "" takes a value away.
type ContactChange contacts.Change

type putContactIn struct {
	ContactPath
	Body ContactChange
}

func (a *API) putContact(ctx context.Context, in *putContactIn) (*contactOut, error) {
	ref, err := a.ref("ref", in.Ref)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond) // as the store keeps it
	change, err := in.Body.check(a.Country, now)
	if err != nil {
		return nil, err
	}
	by := caller(ctx)
	c, _, err := a.Store.PutContact(ctx, ref, func(c *bots.Contact) error {
		c.PhoneTold(ref.Phone())
		return change.Apply(c, by, now)
	})
	if err != nil {
		return nil, err
	}
	doing(ctx).contact = c.ID
	return a.wholeContact(ctx, c)
}

func (c ContactChange) check(country string, now time.Time) (*contacts.Checked, error) {
	if err := hugeNumber("attributes", c.Attributes); err != nil {
		return nil, err
	}
	return contacts.Change(c).Check(country, now, false)
}
