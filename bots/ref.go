package bots

import (
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
			return Ref{Kind: kind, Value: value}, nil
		}
	}
	return Ref{}, fmt.Errorf("%q names nobody: %q is neither ext, phone nor a channel (%s)", s, kind, strings.Join(Channels(), ", "))
}
