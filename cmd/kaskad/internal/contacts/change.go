package contacts

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"kaskad/bots"
	"kaskad/fallback"
)

// Change is what a caller tells of a person. What is absent stays as it is; "" takes a value away.
type Change struct {
	ExternalID *string         `json:"external_id,omitempty" doc:"Card or CRM number, at most 200 bytes"`
	Phone      *string         `json:"phone,omitempty" doc:"Any form; kept in E.164" example:"+380501112233"`
	Email      *string         `json:"email,omitempty"`
	Name       *string         `json:"name,omitempty" doc:"At most 200 bytes"`
	Locale     *string         `json:"locale,omitempty" example:"uk"`
	Timezone   *string         `json:"timezone,omitempty" doc:"IANA name" example:"Europe/Kyiv"`
	Attributes map[string]any  `json:"attributes,omitempty" doc:"An object of your own, at most 16 KiB; it takes the place of the one before"`
	Consents   *ConsentsChange `json:"consents,omitempty"`
	Preferred  *string         `json:"preferred,omitempty" doc:"The channel the person chose, as you were told; what the person chose on the preference page stands"`
	Addresses  []AddressChange `json:"addresses,omitempty" maxItems:"20" doc:"Added; those not named stay"`
}

// ConsentsChange are consents that the caller was told.
type ConsentsChange struct {
	Marketing *ConsentChange           `json:"marketing,omitempty" doc:"On all channels"`
	Channels  map[string]ConsentChange `json:"channels,omitempty" doc:"Marketing on one channel, by channel: viber, sms, …"`
	All       *ConsentChange           `json:"all,omitempty" doc:"denied: nothing at all but what is urgent, and answers; given: such a no is lifted"`
}

// ConsentChange is one of them. The later one wins; a person's own no is lifted only by the person.
type ConsentChange struct {
	State  string    `json:"state" enum:"given,denied"`
	At     time.Time `json:"at,omitzero" doc:"When the person said so; given needs it"`
	Source string    `json:"source,omitempty" doc:"Where the person said so; given needs it" example:"checkout form"`
	// What it was in words is kept as evidence.
	Words   string `json:"words,omitempty" doc:"What the person said, or the text that was agreed to; at most 500 bytes"`
	Version string `json:"version,omitempty" doc:"Which version of that text; at most 100 bytes" example:"2026-03"`
}

// AddressChange is a place to add.
type AddressChange struct {
	Channel string `json:"channel" enum:"telegram,viber,whatsapp,whatsapp_cloud,sms,email"`
	ID      string `json:"id" doc:"The channel's own id of the person; a phone for sms and WhatsApp, or WhatsApp's id of a person who shows none: 900001@lid, on whatsapp_cloud UA.1349…"`
}

const (
	maxShort      = 200
	maxAddresses  = 20
	maxAttributes = 16 << 10
	maxAhead      = 5 * time.Minute // a consent may not lie further in the future: it would win for ever
)

// Invalid is a value that cannot be kept, with what would be.
type Invalid struct{ Field, Detail string }

func (e *Invalid) Error() string { return e.Detail }

func unfit(field, format string, args ...any) error {
	return &Invalid{Field: field, Detail: fmt.Sprintf(format, args...)}
}

// Checked is a change whose every value was checked. It is written by Apply, inside the store's transaction.
type Checked struct {
	change     Change
	attributes json.RawMessage // names sorted
	merge      bool            // they are laid over those there are; else they take their place
	source     string          // of consents that name none; empty: the API
}

// Check refuses what could not be kept, and brings phones and addresses into their one form. Merge lays the attributes over those that
// the person has; otherwise they take their place.
func (c Change) Check(country string, now time.Time, merge bool) (*Checked, error) {
	out := &Checked{change: c}
	for _, f := range []struct {
		name  string
		value *string
		check func(string) string
	}{
		{"external_id", c.ExternalID, bots.NameFault},
		{"name", c.Name, checkShort},
		{"email", c.Email, checkEmail},
		{"locale", c.Locale, checkLocale},
		{"timezone", c.Timezone, checkZone},
		{"preferred", c.Preferred, checkChannel},
	} {
		if f.value == nil || *f.value == "" {
			continue
		}
		if wrong := f.check(*f.value); wrong != "" {
			return nil, unfit(f.name, "%s: %s.", f.name, wrong)
		}
	}
	if err := out.checkPlaces(country); err != nil {
		return nil, err
	}
	if err := out.checkConsent(now); err != nil {
		return nil, err
	}
	return out, out.checkAttributes(merge)
}

func (c *Checked) checkAttributes(merge bool) error {
	if c.change.Attributes == nil {
		return nil
	}
	raw, err := json.Marshal(c.change.Attributes)
	if err != nil || len(raw) > maxAttributes {
		return errAttributes
	}
	c.attributes, c.merge = raw, merge
	return nil
}

var errAttributes error = &Invalid{"attributes", fmt.Sprintf("attributes: at most %d bytes.", maxAttributes)}

func checkShort(s string) string {
	if len(s) > maxShort || strings.ContainsFunc(s, unicode.IsControl) {
		return "at most 200 bytes, without control characters"
	}
	return ""
}

// plain reports whether an address is nothing but letters, digits and points around one @, as most are: such a one needs no reading.
func plain(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && dotted(local) && dotted(domain)
}

func dotted(s string) bool {
	was := byte('.')
	for i := range len(s) {
		c := s[i]
		if c == '.' && was == '.' || c != '.' && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
		was = c
	}
	return was != '.'
}

func checkEmail(s string) string {
	if len(s) <= maxShort && plain(s) {
		return ""
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || checkShort(s) != "" {
		return "write it as anna@example.com"
	}
	return ""
}

func checkLocale(s string) string {
	if _, err := language.Parse(s); err != nil || len(s) > 35 {
		return "write a language tag such as uk or uk-UA"
	}
	return ""
}

func checkZone(s string) string {
	if _, err := fallback.LoadZone(s); err != nil || s == "Local" || len(s) > 64 {
		return "write an IANA name such as Europe/Kyiv"
	}
	return ""
}

func checkChannel(s string) string {
	if !slices.Contains(bots.Channels(), s) {
		return "write one of " + strings.Join(bots.Channels(), ", ")
	}
	return ""
}

func (c *Checked) checkPlaces(country string) error {
	if c.change.Phone != nil && *c.change.Phone != "" {
		phone, err := bots.Phone(*c.change.Phone, country)
		if err != nil {
			return unfit("phone", "%v.", err)
		}
		c.change.Phone = &phone
	}
	if len(c.change.Addresses) > maxAddresses {
		return unfit("addresses", "addresses: at most %d.", maxAddresses)
	}
	c.change.Addresses = slices.Clone(c.change.Addresses)
	for i, at := range c.change.Addresses {
		ref, err := bots.ParseRef(at.Channel+":"+at.ID, country)
		if err != nil {
			return unfit("addresses", "addresses: %v.", err)
		}
		c.change.Addresses[i].ID = ref.Value
	}
	return nil
}

func (c *Checked) checkConsent(now time.Time) error { return c.change.Consents.check(now) }
