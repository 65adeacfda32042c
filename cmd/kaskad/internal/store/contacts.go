package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/fallback"
)

func encodeContact(b []byte, c *bots.Contact) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, c.ExternalID)
		e.str(2, c.Phone)
		e.str(3, c.Email)
		e.str(4, c.Name)
		e.str(5, c.Locale)
		e.str(6, c.Zone)
		e.str(7, c.Preferred)
		if c.Marketing != (bots.Consent{}) {
			e.msg(8, func(e *encoder) { e.consent(&c.Marketing) })
		}
		e.bytes(9, c.Attributes)
		for _, a := range c.Addresses {
			e.msg(10, func(e *encoder) {
				e.str(1, a.Channel)
				e.str(2, a.ID)
				e.uint(3, uint64(a.State))
				e.time(4, a.Since)
				e.time(5, a.Heard)
				e.str(6, a.Also)
			})
		}
		e.time(11, c.Created)
		e.time(12, c.Updated)
		e.bool(13, c.PhoneClaimed)
		if !c.Wishes.Zero() {
			e.msg(14, func(e *encoder) { e.wishes(&c.Wishes) })
		}
		e.bool(15, c.PhoneHeard)
		e.str(50, c.Disowned)
		e.came(20, &c.First)
		e.came(21, &c.Last)
		e.time(22, c.Recruited)
		if c.All != (bots.Consent{}) {
			e.msg(16, func(e *encoder) { e.consent(&c.All) })
		}
		for _, on := range c.On {
			e.msg(17, func(e *encoder) {
				e.consent(&on.Consent)
				e.str(14, on.Channel)
			})
		}
		e.int(18, int64(c.Said))
		e.id(40, c.Into)
		for _, id := range c.Merged {
			e.msg(41, func(e *encoder) { e.id(1, id) })
		}
		for _, n := range c.Names {
			e.msg(42, func(e *encoder) {
				e.str(1, n.Kind)
				e.str(2, n.Value)
			})
		}
	})
}

func decodeContact(id bots.ID, b []byte) (*bots.Contact, error) {
	c := &bots.Contact{ID: id}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			c.ExternalID = f.str()
		case 2:
			c.Phone = f.str()
		case 3:
			c.Email = f.str()
		case 4:
			c.Name = f.str()
		case 5:
			c.Locale = f.str()
		case 6:
			c.Zone = f.str()
		case 7:
			c.Preferred = f.str()
		case 8:
			f.nested(func(f *fields) { decodeConsent(f, &c.Marketing) })
		case 9:
			c.Attributes = f.bytes()
		case 10:
			var a bots.ContactAddress
			f.nested(func(f *fields) { decodeAddress(f, &a) })
			c.Addresses = append(c.Addresses, a)
		case 11:
			c.Created = f.time()
		case 12:
			c.Updated = f.time()
		case 13:
			c.PhoneClaimed = f.bool()
		case 14:
			f.nested(func(f *fields) { decodeWishes(f, &c.Wishes) })
		case 15:
			c.PhoneHeard = f.bool()
		case 50:
			c.Disowned = f.str()
		case 20:
			f.nested(func(f *fields) { decodeCame(f, &c.First) })
		case 21:
			f.nested(func(f *fields) { decodeCame(f, &c.Last) })
		case 22:
			c.Recruited = f.time()
		case 16:
			f.nested(func(f *fields) { decodeConsent(f, &c.All) })
		case 17:
			var on bots.ConsentOn
			f.nested(func(f *fields) {
				if f.num == 14 {
					on.Channel = f.str()
				}
				decodeConsent(f, &on.Consent)
			})
			c.On = append(c.On, on)
		case 18:
			c.Said = f.count()
		case 40:
			c.Into = f.id()
		case 41:
			c.Merged = append(c.Merged, decodeEnded(f))
		case 42:
			c.Names = append(c.Names, decodeName(f))
		}
	})
	return c, err
}

func decodeName(f *fields) (n bots.Ref) {
	f.nested(func(f *fields) {
		switch f.num {
		case 1:
			n.Kind = f.str()
		case 2:
			n.Value = f.str()
		}
	})
	return n
}

func decodeConsent(f *fields, c *bots.Consent) {
	switch f.num {
	case 1:
		c.State = bots.ConsentState(f.small(uint64(bots.Denied)))
	case 2:
		c.At = f.time()
	case 3:
		c.Source = f.str()
	case 4:
		c.ByPerson = f.bool()
	case 5:
		c.Words = f.str()
	case 6:
		c.Version = f.str()
	case 7:
		c.By = f.str()
	case 8:
		c.Line = f.count()
	case 9:
		c.Everything = f.bool()
	}
}

func decodeAddress(f *fields, a *bots.ContactAddress) {
	switch f.num {
	case 1:
		a.Channel = f.str()
	case 2:
		a.ID = f.str()
	case 3:
		a.State = bots.AddressState(f.small(uint64(bots.UnreachableState)))
	case 4:
		a.Since = f.time()
	case 5:
		a.Heard = f.time()
	case 6:
		a.Also = f.str()
	}
}

// Contact reads a person, or nil. Of one that was absorbed it is the one that did.
func (t *tx) Contact(id bots.ID) *bots.Contact { return t.contact(t.means(id)) }

// contact reads the record of an id itself.
func (t *tx) contact(id bots.ID) *bots.Contact {
	b := t.record(tContact, id)
	if b == nil {
		return nil
	}
	c, err := decodeContact(id, b)
	mustRecord(tContact, id, err)
	return c
}

// PutContact writes a person, and brings the indexes to what the record says.
func (t *tx) PutContact(c *bots.Contact) {
	var had, last []entry
	if old := t.contact(c.ID); old != nil {
		had, last = t.db.naming.places(old), t.db.naming.newest(old)
	}
	t.reindex(tPlace, had, t.db.naming.places(c))
	t.reindex(tNewest, last, t.db.naming.newest(c))
	t.putOf(c.ID, tContact, t.set.id(c.ID), t.set.encode(func(b []byte) []byte { return encodeContact(b, c) }), func() []byte { return bareContact(c) })
}

// reindex brings the entries of a contact from what it was to what it is.
func (t *tx) reindex(of table, had, has []entry) {
	for _, p := range had {
		if find(has, p.key) == nil {
			t.set.delete(of, p.key)
		}
	}
	for _, p := range has {
		if old := find(had, p.key); old == nil || !bytes.Equal(old.val, p.val) {
			t.set.put(of, p.key, p.val)
		}
	}
}

// Contact reads a person; nil when there is none of this id.
func (db *DB) Contact(ctx context.Context, id bots.ID) (*bots.Contact, error) {
	return view(ctx, db, func(t *tx) (*bots.Contact, error) { return t.Contact(id), nil })
}

// FindContact reads whom a REF names, or nil.
func (db *DB) FindContact(ctx context.Context, ref bots.Ref) (*bots.Contact, error) {
	return view(ctx, db, func(t *tx) (*bots.Contact, error) { return t.Contact(t.FindContact(ref)), nil })
}

// ConflictError is a name that already belongs to somebody else.
type ConflictError struct {
	Name  bots.Ref // the external id or the address
	Owner bots.ID
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s belongs to contact %s", e.Name, e.Owner)
}

// PutContact changes the person a REF names, or makes one: change gets the record and may run more than once. Nothing is
// written when it returns an error, or when it gives the person a name of somebody else (*ConflictError); a phone or an
// e-mail address may belong to several.
func (db *DB) PutContact(ctx context.Context, ref bots.Ref, change func(*bots.Contact) error) (c *bots.Contact, created bool, err error) {
	type result struct {
		c       *bots.Contact
		created bool
	}
	res, err := write(ctx, db, func(t *tx) (result, error) {
		c, created, err := t.upsert(ref, change)
		return result{c, created}, err
	})
	return res.c, res.created, err
}

func (t *tx) upsert(ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	c, outcome, err := t.put(t.FindContact(ref), &contacts.Put{Refs: []bots.Ref{ref}, Change: change})
	return c, outcome == contacts.Created, err
}

// put changes a person, or makes one with the first name of a change where there is none.
func (t *tx) put(id bots.ID, p *contacts.Put) (*bots.Contact, contacts.Outcome, error) {
	c := t.Contact(id)
	created := c == nil
	if created {
		fresh, err := newContact(p.Refs[0], t.now)
		if err != nil {
			return nil, 0, err
		}
		c = fresh
		c.ID = t.NewID()
	}
	var was []byte
	if !created {
		was = encodeContact(nil, c)
	}
	id, before := c.ID, *c
	if err := p.Change(c); err != nil {
		return nil, 0, err
	}
	c.ID = id
	at := p.Scene
	at.With = fallback.ToldOfMerged(t, &before, c, p.Refs[0])
	if err := t.unowned(c); err != nil {
		return nil, 0, err
	}
	if !created && bytes.Equal(was, encodeContact(nil, c)) {
		return c, contacts.Unchanged, nil
	}
	c.Updated = t.now
	fallback.Testify(t, &before, c, at, p.Teller)
	heeded := fallback.Heed(t, t.Contact(id), c)
	t.PutContact(c)
	outcome, what := contacts.Updated, "contact.updated"
	if created {
		outcome, what = contacts.Created, "contact.created"
	}
	t.Change(bots.Change{Type: what, At: t.now, Contact: c.ID})
	fallback.Told(t, &before, c, heeded)
	return c, outcome, nil
}

// newContact is the person that an upsert of an unknown REF makes.
func newContact(ref bots.Ref, now time.Time) (*bots.Contact, error) {
	c := &bots.Contact{Created: now, Updated: now}
	switch ref.Kind {
	case "id":
		return nil, &fallback.UnknownContact{Ref: ref}
	case "ext":
		c.ExternalID = ref.Value
	case "phone", bots.SMS:
		c.Phone = ref.Value
		c.Set(bots.Address{Channel: bots.SMS, ID: ref.Value}, bots.Unverified, now)
	default:
		c.Set(bots.Address{Channel: ref.Kind, ID: ref.Value}, bots.Unverified, now)
	}
	return c, nil
}
