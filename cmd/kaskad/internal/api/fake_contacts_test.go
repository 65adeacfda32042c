package api_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/fallback"
)

func (f *fake) Where(c *bots.Contact) fallback.Whereabouts {
	return fallback.Where(c, &fallback.Rules{Zone: time.UTC})
}

func (f *fake) who(ref bots.Ref) *bots.Contact {
	for _, id := range slices.Sorted(maps.Keys(f.contacts)) {
		c := f.contacts[id]
		if ref.Kind == "id" && c.ID.String() == ref.Value || ref.Kind == "ext" && c.ExternalID == ref.Value || ref.Kind == "phone" && c.Phone == ref.Value ||
			c.Address(bots.Address{Channel: ref.Kind, ID: ref.Value}) != nil {
			return c
		}
	}
	return nil
}

func (f *fake) Contacts(_ context.Context, w api.ContactFilter, cursor string, limit int) ([]*bots.Contact, string, error) {
	below, err := bots.ParseID(cmp.Or(cursor, "fzzzzzzzzzzzz"))
	if err != nil {
		return nil, "", api.ErrCursor
	}
	var found []*bots.Contact
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(f.contacts))) {
		c := f.contacts[id]
		if id >= below || w.Phone != "" && c.Phone != w.Phone || c.Created.Before(w.Since) {
			continue
		}
		if len(found) == limit {
			return found, found[limit-1].ID.String(), nil
		}
		found = append(found, c)
	}
	return found, "", f.err
}

func (f *fake) FindContact(_ context.Context, ref bots.Ref) (*bots.Contact, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.who(ref), nil
}

func (f *fake) PutContact(_ context.Context, ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := bots.Contact{Created: noon}
	if have := f.who(ref); have != nil {
		c = *have
		c.Addresses = slices.Clone(c.Addresses)
	} else if ref.Kind == "id" {
		return nil, false, &fallback.UnknownContact{Ref: ref}
	} else {
		c.ID = f.id()
		switch ref.Kind {
		case "ext":
			c.ExternalID = ref.Value
		case "phone":
			c.Phone = ref.Value
		default:
			c.Set(bots.Address{Channel: ref.Kind, ID: ref.Value}, bots.Unverified, noon)
		}
	}
	if err := change(&c); err != nil {
		return nil, false, err
	}
	for i := range c.Addresses {
		c.Addresses[i].Since = noon
	}
	c.Updated = noon
	refs := []bots.Ref{{Kind: "ext", Value: c.ExternalID}}
	for _, a := range c.Addresses {
		if a.Channel != bots.SMS {
			refs = append(refs, bots.Ref{Kind: a.Channel, Value: a.ID})
		}
	}
	for _, r := range refs {
		if other := f.who(r); r.Value != "" && other != nil && other.ID != c.ID {
			return nil, false, &api.Taken{What: r, Owner: other.ID}
		}
	}
	f.contacts[c.ID] = &c
	return &c, true, f.err
}

func (f *fake) PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done {
	done := make([]contacts.Done, len(puts))
	for i, p := range puts {
		had, _ := f.FindContact(ctx, p.Refs[0])
		c, _, err := f.PutContact(ctx, p.Refs[0], p.Change)
		done[i] = contacts.Done{Contact: c, Outcome: contacts.Updated, Err: err}
		if had == nil {
			done[i].Outcome = contacts.Created
		}
	}
	return done
}

func (f *fake) AtOnce() int { return 2 }

func (f *fake) TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error) {
	kept := maps.Clone(f.contacts)
	defer func() { f.contacts = kept }()
	return f.PutContacts(ctx, puts), f.err
}

func (f *fake) MakeLink(_ context.Context, contact bots.ID, channel, source string, expires time.Time) (fallback.Link, error) {
	l := fallback.Link{Token: rand.Text(), Contact: contact, Channel: channel, Source: source, Expires: expires}
	f.links = append(f.links, l)
	return l, f.err
}

// OnePerson: the fake knows no formers.
func (f *fake) OnePerson(_ context.Context, id bots.ID) ([]bots.ID, error) {
	return append([]bots.ID{id}, f.contacts[id].Merged...), f.err
}

// Statements: the fake keeps none.
func (f *fake) Statements(context.Context, bots.ID) ([]bots.Statement, error) { return nil, f.err }
