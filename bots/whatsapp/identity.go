package whatsapp

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// person is one person's two places on WhatsApp: the phone, and the hidden id (LID) that WhatsApp uses beside it or instead of
// it. Either may be unknown.
type person struct{ phone, lid types.JID }

// add takes what an address says of the person. One that is no person's says nothing.
func (p *person) add(jid types.JID) {
	if jid.IsBot() || jid.User == types.PSAJID.User {
		return // WhatsApp's own accounts: nobody to talk to
	}
	switch jid.Server {
	case types.DefaultUserServer, types.LegacyUserServer, types.HostedServer:
		p.phone = types.NewJID(jid.User, types.DefaultUserServer)
	case types.HiddenUserServer, types.HostedLIDServer:
		p.lid = types.NewJID(jid.User, types.HiddenUserServer)
	}
}

// whois is who addresses of one person belong to, completed by what the session has learnt.
func whois(ctx context.Context, lids store.LIDStore, jids ...types.JID) (person, error) {
	var p person
	for _, jid := range jids {
		p.add(jid)
	}
	var err error
	switch {
	case p.phone.IsEmpty() && !p.lid.IsEmpty():
		p.phone, err = lids.GetPNForLID(ctx, p.lid)
	case p.lid.IsEmpty() && !p.phone.IsEmpty():
		p.lid, err = lids.GetLIDForPN(ctx, p.phone)
	}
	if err != nil {
		return p, fmt.Errorf("whatsapp.db could not be read: %w", err)
	}
	p.phone, p.lid = p.phone.ToNonAD(), p.lid.ToNonAD()
	return p, nil
}

// places are the person's addresses: the phone is the one that others know too, so it stands first. A zero chat: nobody.
func (p person) places() (chat, also bots.Address) {
	chat, also = place(bots.MessengerPhone(p.phone.User)), place(p.lid.String())
	if chat.ID == "" {
		return also, bots.Address{}
	}
	return chat, also
}

// place is an address; zero when it is none that a person can have.
func place(id string) bots.Address {
	a := bots.Address{Channel: bots.WhatsApp, ID: id}
	if a.Valid() != nil {
		return bots.Address{}
	}
	return a
}

// at reports whether a chat is the one with the person, under either name.
func (p person) at(chat types.JID) bool {
	return !chat.IsEmpty() && (chat == p.phone || chat == p.lid)
}

// is reports whether a place is one of the person's.
func (p person) is(jid types.JID) bool {
	return jid.User != "" && (jid.User == p.phone.User || jid.User == p.lid.User)
}

// jidOf is the place that an address names.
func jidOf(to bots.Address) (types.JID, error) {
	if err := to.Valid(); err != nil {
		return types.JID{}, err
	}
	if user, hidden := strings.CutSuffix(to.ID, "@"+types.HiddenUserServer); hidden {
		return types.NewJID(user, types.HiddenUserServer), nil
	}
	return types.NewJID(strings.TrimPrefix(to.ID, "+"), types.DefaultUserServer), nil
}
