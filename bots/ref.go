package bots

import (
	"errors"
	"fmt"
	"strings"
)

// Ref names a person: by our id, by an external id, by a phone, or by an address. It names the person, not the channel.
type Ref struct {
	Kind  string // "id", "ext", "phone" or a channel
	Value string
}

func (r Ref) String() string {
	if r.Kind == "id" {
		return r.Value
	}
	return r.Kind + ":" + r.Value
}

// Phone is the number by which a REF names a person; empty: it names them otherwise. An address on WhatsApp is none, though it looks
// like one: whoever names it says nothing of where texts go.
func (r Ref) Phone() string {
	if r.Kind == "phone" || r.Kind == SMS {
		return r.Value
	}
	return ""
}

// ParseRef reads a REF as the API and the command line write it: "0fz…", "ext:C-100", "phone:+380501112233",
// "telegram:42". A phone is normalised for the country.
func ParseRef(s, country string) (Ref, error) {
	kind, value, found := strings.Cut(s, ":")
	if !found {
		if _, err := ParseID(s); err != nil {
			return Ref{}, fmt.Errorf("%q names nobody: write our id, ext:C-100, phone:+380501112233 or telegram:42", s)
		}
		return Ref{Kind: "id", Value: s}, nil
	}
	if value == "" || len(value) > 200 || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Ref{}, fmt.Errorf("%q names nobody: after %q comes the name, at most 200 characters", s, kind+":")
	}
	switch kind {
	case "ext":
		return Ref{Kind: kind, Value: value}, nil
	case "phone", SMS:
		phone, err := Phone(value, country)
		if err != nil {
			return Ref{}, err
		}
		return Ref{Kind: kind, Value: phone}, nil
	}
	for _, channel := range Channels() {
		if kind == channel {
			at := Address{Channel: kind, ID: spelled(channel, value, country)}
			return Ref{Kind: kind, Value: at.ID}, at.Valid()
		}
	}
	return Ref{}, fmt.Errorf("%q names nobody: %q is neither ext, phone nor a channel (%s)", s, kind, strings.Join(Channels(), ", "))
}

// Valid checks that an id is written in the one way its channel writes it: two spellings of one chat would be two people, and a
// stop by one would not stop the other.
func (a Address) Valid() error {
	switch a.Channel {
	case Telegram:
		return a.validTelegram()
	case WhatsApp, WhatsAppCloud:
		return a.validWhatsApp()
	}
	return nil
}

func (a Address) validTelegram() error {
	digits := len(a.ID) > 0 && len(a.ID) <= 19 && a.ID[0] != '0' && strings.Trim(a.ID, "0123456789") == ""
	if !digits {
		return errors.New("a Telegram id is the number of a private chat, such as 42: digits only, no sign, no leading zero")
	}
	return nil
}
