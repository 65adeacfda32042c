package bots

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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
	if wrong := NameFault(value); wrong != "" {
		return Ref{}, fmt.Errorf("%.250q names nobody: what comes after %q %s", s, kind+":", wrong)
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

// NameFault is why a value cannot be the name by which another system knows a person, said of it; empty: it can. What nobody sees makes
// two people of one, whom a stop by the other name does not reach.
func NameFault(value string) string {
	switch {
	case strings.TrimSpace(value) == "":
		return "is empty or blank: write the name, such as C-100"
	case len(value) > maxName:
		return fmt.Sprintf("is too long: at most %d bytes", maxName)
	case !utf8.ValidString(value):
		return "is no UTF-8"
	case strings.ContainsFunc(value, unseen):
		return "has control characters, or marks that turn the direction of writing: copy it without them"
	}
	return ""
}

const maxName = 200

// unseen are control characters, the ends of lines among them, and marks that turn the direction of writing or take up no room.
func unseen(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\u2028', '\u2029':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
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
