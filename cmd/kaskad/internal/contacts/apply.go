package contacts

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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
	told.Consents.apply(to, telling{by, c.source, now})
	return c.applyAttributes(to)
}

// applyAttributes lays attributes over those there are, or puts them in their place.
func (c *Checked) applyAttributes(to *bots.Contact) error {
	switch {
	case c.attributes == nil, c.merge && string(c.attributes) == "{}":
		return nil
	case !c.merge, len(to.Attributes) == 0 && !bytes.Contains(c.attributes, []byte("null")): // none is taken away
		to.Attributes = c.attributes
		return nil
	}
	have, told := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if len(to.Attributes) > 0 {
		if err := json.Unmarshal(to.Attributes, &have); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(c.attributes, &told); err != nil {
		return err
	}
	maps.Copy(have, told)
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
	c.Disowned = "" // the retailer says whose it is
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

// Overruled is the person's own no that stands though the change tells of a yes: to marketing, or to it on a channel. Nil: none does.
func (c *Checked) Overruled(to *bots.Contact) *bots.Consent {
	told := c.change.Consents
	if told == nil {
		return nil
	}
	own := func(no bots.Consent) bool { return no.State == bots.Denied && no.ByPerson }
	yes := told.Marketing != nil && told.Marketing.State != denied
	for _, channel := range slices.Sorted(maps.Keys(told.Channels)) {
		if told.Channels[channel].State == denied {
			continue
		}
		if no := to.ConsentOn(channel); own(no) {
			return &no
		}
		yes = true
	}
	if yes && own(to.Marketing) {
		return &to.Marketing
	}
	return nil
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
