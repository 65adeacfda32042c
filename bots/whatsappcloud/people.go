package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"strings"
	"sync"

	"kaskad/bots"
)

// person is who an event is about, as far as a call tells.
type person struct {
	phone string // E.164
	user  string // business-scoped user id
	name  string
}

// personOf puts together what the item itself says and what stands of the same person beside it. Since 2026 either may be missing:
// see https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/.
func personOf(id number, user string, who contacts) person {
	p := person{phone: phoneOf(id), user: userOf(user)}
	if p.phone == "" { // where a partner has put one into the other's place
		p.user = cmp.Or(userOf(string(id)), p.user)
	}
	all := who()
	for _, c := range all {
		if !p.is(c, id, len(all)) {
			continue
		}
		p.name = strings.TrimSpace(repaired(c.Profile.Name))
		if p.phone == "" {
			p.phone = phoneOf(c.WaID)
		}
		p.user = cmp.Or(p.user, userOf(c.UserID))
		break
	}
	return p
}

// is reports whether a contact of the call is this person. The only one of a call is, unless it is told to be another.
func (p person) is(c contact, id number, of int) bool {
	switch {
	case p.phone != "" && c.WaID != "":
		return id == c.WaID
	case p.user != "" && c.UserID != "":
		return p.user == c.UserID
	}
	return of == 1
}

// known reports whether the person has an address.
func (p person) known() bool { return p.phone != "" || p.user != "" }

// put writes the person into an event: the phone is the address where it is known.
func (p person) put(e *bots.Event) {
	e.Name, e.Phone = p.name, p.phone
	switch {
	case p.phone == "":
		e.Chat = at(p.user)
	case p.user == "":
		e.Chat = at(p.phone)
	default:
		e.Chat, e.Also = at(p.phone), at(p.user)
	}
}

func at(id string) bots.Address { return bots.Address{Channel: bots.WhatsAppCloud, ID: id} }

// userOf is a business-scoped user id, or nothing.
func userOf(id string) string {
	if !userShape.MatchString(id) {
		return ""
	}
	return id
}

// contacts are those that stand beside what happened; they are read when somebody asks.
type contacts func() []contact

func contactsOf(raw json.RawMessage) contacts {
	return sync.OnceValue(func() (all []contact) {
		_ = json.Unmarshal(raw, &all) // only names and second addresses stand there
		return all
	})
}

// phoneOf reads a WhatsApp id, which is a phone in digits.
func phoneOf(id number) string { return bots.MessengerPhone(string(id)) }
