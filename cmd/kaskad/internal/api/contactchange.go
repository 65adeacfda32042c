package api

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"kaskad/bots"
	"kaskad/fallback"
)

// ContactChange is what a caller tells of a person. What is absent stays as it is; "" takes a value away.
type ContactChange struct {
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
	maxAttributes = 16 << 10
	maxAhead      = 5 * time.Minute // a consent may not lie further in the future: it would win for ever
)

// contactChange is a change whose every value was checked. It is written by apply, inside the store's transaction.
type contactChange struct {
	ContactChange
	attributes json.RawMessage
	by         string // who tells it, for the evidence of consents
}

// check refuses what could not be kept, and brings phones and addresses into their one form.
func (c ContactChange) check(country string, now time.Time) (*contactChange, error) {
	out := &contactChange{ContactChange: c}
	for _, f := range []struct {
		name  string
		value *string
		check func(string) string
	}{
		{"external_id", c.ExternalID, checkShort},
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
			return nil, unfit("invalid_field", f.name, "%s: %s.", f.name, wrong)
		}
	}
	if err := out.checkPlaces(country); err != nil {
		return nil, err
	}
	if err := out.checkConsent(now); err != nil {
		return nil, err
	}
	if err := hugeNumber("attributes", c.Attributes); err != nil {
		return nil, err
	}
	if c.Attributes != nil {
		raw, err := json.Marshal(c.Attributes)
		if err != nil || len(raw) > maxAttributes {
			return nil, unfit("invalid_field", "attributes", "attributes: at most %d bytes.", maxAttributes)
		}
		out.attributes = raw
	}
	return out, nil
}

func checkShort(s string) string {
	if len(s) > maxShort || strings.ContainsFunc(s, unicode.IsControl) {
		return "at most 200 bytes, without control characters"
	}
	return ""
}

func checkEmail(s string) string {
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

func (c *contactChange) checkPlaces(country string) error {
	if c.Phone != nil && *c.Phone != "" {
		phone, err := bots.Phone(*c.Phone, country)
		if err != nil {
			return unfit("invalid_field", "phone", "%v.", err)
		}
		c.Phone = &phone
	}
	c.Addresses = slices.Clone(c.Addresses)
	for i, at := range c.Addresses {
		ref, err := bots.ParseRef(at.Channel+":"+at.ID, country)
		if err != nil {
			return unfit("invalid_field", "addresses", "addresses: %v.", err)
		}
		c.Addresses[i].ID = ref.Value
	}
	return nil
}

func (c *contactChange) checkConsent(now time.Time) error {
	return c.Consents.check(now)
}

// apply writes the change into the contact. It may run more than once, on a fresh contact each time.
func (c *contactChange) apply(to *bots.Contact, now time.Time) {
	for _, f := range []struct{ from, to *string }{
		{c.ExternalID, &to.ExternalID}, {c.Email, &to.Email}, {c.Name, &to.Name}, {c.Locale, &to.Locale}, {c.Timezone, &to.Zone},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.Preferred != nil {
		to.Prefer(*c.Preferred)
	}
	if c.Phone != nil {
		setPhone(to, *c.Phone, now)
	}
	for _, at := range c.Addresses {
		add(to, bots.Address{Channel: at.Channel, ID: at.ID}, now)
	}
	if c.attributes != nil {
		to.Attributes = c.attributes
	}
	c.Consents.apply(to, c.by, now)
}

// setPhone moves the person's phone, and with it where SMS go.
func setPhone(c *bots.Contact, phone string, now time.Time) {
	if c.Phone != "" && c.Phone != phone {
		c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
	}
	if c.Phone = phone; phone == "" {
		c.PhoneHeard = false
	} else {
		add(c, bots.Address{Channel: bots.SMS, ID: phone}, now)
	}
}

// add notes an address. One that is known keeps its state: only the channel itself changes that. A number that the person claimed, or
// that WhatsApp alone told, is told now.
func add(c *bots.Contact, at bots.Address, now time.Time) {
	if at.Channel == bots.SMS {
		c.PhoneTold(at.ID)
	}
	if c.Address(at) == nil {
		c.Set(at, bots.Unverified, now)
	}
}
