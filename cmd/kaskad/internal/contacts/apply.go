package contacts

import (
	"encoding/json"
	"maps"
	"time"

	"kaskad/bots"
)

// Apply writes the change into the contact. It may run more than once, on a fresh contact each time. The error is a value that only
// together with those there are cannot be kept. By is who tells the consents.
func (c *Checked) Apply(to *bots.Contact, by string, now time.Time) error {
	told := &c.change
	absorbed := told.ExternalID != nil && to.Named("ext", *told.ExternalID) // a list still has them apart: the kept one's words stand
	for _, f := range []struct{ from, to *string }{
		{told.ExternalID, &to.ExternalID}, {told.Email, &to.Email}, {told.Name, &to.Name}, {told.Locale, &to.Locale}, {told.Timezone, &to.Zone},
	} {
		if f.from != nil && !(absorbed && *f.to != "") {
			*f.to = *f.from
		}
	}
	if told.Preferred != nil {
		to.Prefer(*told.Preferred)
	}
	if told.Phone != nil && !(absorbed && to.Phone != "") {
		setPhone(to, *told.Phone, now)
	}
	for _, at := range told.Addresses {
		add(to, bots.Address{Channel: at.Channel, ID: at.ID}, now)
	}
	told.Consents.apply(to, by, now)
	return c.applyAttributes(to)
}

// applyAttributes lays attributes over those there are, or puts them in their place.
func (c *Checked) applyAttributes(to *bots.Contact) error {
	if c.whole != nil {
		to.Attributes = c.whole
	}
	if len(c.attributes) == 0 {
		return nil
	}
	have := map[string]json.RawMessage{}
	if len(to.Attributes) > 0 {
		if err := json.Unmarshal(to.Attributes, &have); err != nil {
			return err
		}
	}
	maps.Copy(have, c.attributes)
	maps.DeleteFunc(have, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	raw, err := json.Marshal(have) // names sorted: the same attributes are the same bytes
	if err != nil || len(raw) > maxAttributes {
		return errAttributes
	}
	to.Attributes = raw
	return nil
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

// Overruled reports whether the person's own no stands though the change tells that they said yes.
func (c *Checked) Overruled(by bots.Consent) bool {
	told := c.change.Consents
	return told != nil && told.Marketing != nil && told.Marketing.State != denied && by.State == bots.Denied && by.ByPerson
}

// Refs are the names by which the person of a change is looked for, the surest first: external id, phone, addresses.
func (c *Checked) Refs() []bots.Ref {
	var refs []bots.Ref
	if id := c.change.ExternalID; id != nil && *id != "" {
		refs = append(refs, bots.Ref{Kind: "ext", Value: *id})
	}
	if phone := c.change.Phone; phone != nil && *phone != "" {
		refs = append(refs, bots.Ref{Kind: "phone", Value: *phone})
	}
	for _, at := range c.change.Addresses {
		refs = append(refs, bots.Ref{Kind: at.Channel, Value: at.ID})
	}
	return refs
}
