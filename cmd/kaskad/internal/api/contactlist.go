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

type contactsOut struct{ Body FoundList[Contact] }

func (a *API) contacts(ctx context.Context, in *contactsIn) (*contactsOut, error) {
	if in.Query != "" {
		return a.searchContacts(ctx, in)
	}
	f := ContactFilter{Since: in.Since}
	if in.Phone != "" {
		phone, err := bots.Phone(in.Phone, a.Country)
		if err != nil {
			return nil, unfit("invalid_field", "phone", "%v.", err)
		}
		f.Phone = phone
	}
	found, next, err := a.Store.Contacts(ctx, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return a.showContacts(found, next), nil
}

func (a *API) showContacts(found []*bots.Contact, next string) *contactsOut {
	out := &contactsOut{FoundList[Contact]{List: List[Contact]{make([]Contact, 0, len(found)), next}}}
	for _, c := range found {
		out.Body.Items = append(out.Body.Items, a.showContact(c))
	}
	return out
}
