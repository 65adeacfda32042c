package bots

import (
	"errors"
	"regexp"
	"strings"
)

var (
	e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	// A LID is WhatsApp's own number of a person who shows no phone.
	lid = regexp.MustCompile(`^[1-9][0-9]{2,19}@lid$`)
	// A business-scoped user id is a country, a dot and letters; "UA.ENT.…" where several businesses share it. See
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/
	scoped = regexp.MustCompile(`^[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}$`)
)

// jidOfPhone is how WhatsApp's own programs write an address that is a phone.
const jidOfPhone = "@s.whatsapp.net"

// spelled brings an id into the one way in which its channel writes it, where that is known.
func spelled(channel, id, country string) string {
	if channel != WhatsApp && channel != WhatsAppCloud || lid.MatchString(id) || scoped.MatchString(id) {
		return id
	}
	number, jid := strings.CutSuffix(id, jidOfPhone)
	if jid && !strings.HasPrefix(number, "+") {
		number = "+" + number
	}
	if phone, err := Phone(number, country); err == nil {
		return phone
	}
	if known := MessengerPhone(number); known != "" && strings.HasPrefix(number, "+") {
		return known // a number that our tables do not know: WhatsApp told it
	}
	return id
}

func (a Address) validWhatsApp() error {
	switch {
	case e164.MatchString(a.ID):
		return nil
	case a.Channel == WhatsApp && lid.MatchString(a.ID), a.Channel == WhatsAppCloud && scoped.MatchString(a.ID):
		return nil
	case a.Channel == WhatsApp:
		return errors.New("a WhatsApp id is the phone with its country code, such as +380501112233, or WhatsApp's own id of a person, such as 900001@lid")
	}
	return errors.New("a whatsapp_cloud id is the phone with its country code, such as +380501112233, or Meta's own id of a person, such as UA.13491208655302741918")
}
