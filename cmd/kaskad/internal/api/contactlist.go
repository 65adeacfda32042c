package api

import (
	"context"
	"time"

	"kaskad/bots"
)

type contactsIn struct {
	Page
	Query string    `query:"q" maxLength:"200" doc:"Everybody who has this in the name, a phone however it is written, e-mail, external id or an address"`
	Phone string    `query:"phone" maxLength:"40" doc:"Everybody who has this phone, in any usual form"`
	Since time.Time `query:"since" doc:"Made at this time or later"`
}

type contactsOut struct{ Body List[Contact] }

func (a *API) contacts(ctx context.Context, in *contactsIn) (*contactsOut, error) {
	found, next, err := a.listContacts(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &contactsOut{Body: List[Contact]{Items: make([]Contact, 0, len(found)), Next: next}}
	for _, c := range found {
		out.Body.Items = append(out.Body.Items, a.showContact(c))
	}
	return out, nil
}

func (a *API) listContacts(ctx context.Context, in *contactsIn) ([]*bots.Contact, string, error) {
	if in.Query != "" {
		return a.searchContacts(ctx, in)
	}
	f := ContactFilter{Since: in.Since}
	if in.Phone != "" {
		phone, err := bots.Phone(in.Phone, a.Country)
		if err != nil {
			return nil, "", unfit("invalid_field", "phone", "%v.", err)
		}
		f.Phone = phone
	}
	return a.Store.Contacts(ctx, f, in.Cursor, in.Limit)
}
