package intake

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// Told is what a row says of a person, as the API takes it.
type Told struct {
	Ref        string            `json:"ref,omitempty"`
	ExternalID string            `json:"external_id,omitempty"`
	Phone      string            `json:"phone,omitempty"`
	Email      string            `json:"email,omitempty"`
	Name       string            `json:"name,omitempty"`
	Locale     string            `json:"locale,omitempty"`
	Timezone   string            `json:"timezone,omitempty"`
	Preferred  string            `json:"preferred,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Consents   *consents         `json:"consents,omitempty"`
	Row        int               `json:"row,omitempty"` // of a row that tells consents
	Addresses  []address         `json:"addresses,omitempty"`
}

type consents struct {
	Marketing *consent           `json:"marketing,omitempty"`
	Channels  map[string]consent `json:"channels,omitempty"`
	All       *consent           `json:"all,omitempty"`
}

type consent struct {
	State   string    `json:"state"`
	At      time.Time `json:"at,omitzero"`
	Source  string    `json:"source,omitempty"`
	Words   string    `json:"words,omitempty"`
	Version string    `json:"version,omitempty"`
}

// or is the consent with what it lacks taken from another. Words that people agreed to are those of a yes alone.
func (c consent) or(other consent) consent {
	if c.At.IsZero() {
		c.At = other.At
	}
	c.Source = cmp.Or(c.Source, other.Source)
	if c.State == given {
		c.Words, c.Version = cmp.Or(c.Words, other.Words), cmp.Or(c.Version, other.Version)
	}
	return c
}

// whole refuses a yes without a day and a source; channel is empty for marketing.
func (c *Columns) whole(says consent, channel string) error {
	switch {
	case says.State == given && says.At.IsZero():
		return fmt.Errorf("a consent needs the day it was given (%s), such as 2026-05-04 or 04.05.2026", c.called(channel, partAt))
	case says.State == given && says.Source == "":
		return fmt.Errorf("a consent needs where it was given: a column %s, or --source \"paper form\" for the whole list", c.called(channel, partSource))
	}
	return nil
}

// called is the column of a part of a consent: as the list calls it, or as it would have to be called.
func (c *Columns) called(channel, part string) string {
	for _, field := range []string{consentField(channel, part), consentField("", part)} {
		switch heading := c.heading(field); heading {
		case "":
		case field:
			return field
		default:
			return strconv.Quote(heading)
		}
	}
	return consentField("", part)
}

type address struct {
	Channel string `json:"channel"`
	ID      string `json:"id"`
}

// places are the addresses as REFs.
func (t *Told) places() []string {
	all := make([]string, len(t.Addresses))
	for i, at := range t.Addresses {
		all[i] = at.Channel + ":" + at.ID
	}
	return all
}

func messenger(field string) bool { return bots.Messenger(field) }

// Row reads a row. An empty cell says nothing: what is known stays.
func (c *Columns) Row(cells []string) (Told, error) {
	r := &row{columns: c}
	for _, col := range c.cols {
		value := cells[col.at]
		if value == "" {
			continue
		}
		if err := r.take(col, value); err != nil {
			return Told{}, fmt.Errorf("%s: %w", col.heading, err)
		}
	}
	return r.told, r.finish()
}

type row struct {
	columns             *Columns
	told                Told
	first, middle, last string
	says                consent            // of marketing
	on                  map[string]consent // of a channel
	stop                consent            // of everything
	unsub               consent            // of mailings
	named               bool
}

func (r *row) take(col column, value string) (err error) {
	t := &r.told
	r.named = r.named || naming(col.field)
	switch col.field {
	case fieldRef:
		t.Ref = value
	case fieldExt:
		t.ExternalID, err = whole(value)
	case fieldPhone:
		t.Phone, err = phone(value)
	case fieldEmail:
		t.Email = value
	case fieldName:
		t.Name = value
	case fieldFirst:
		r.first = value
	case fieldMiddle:
		r.middle = value
	case fieldLast:
		r.last = value
	case fieldLocale:
		t.Locale = value
	case fieldZone:
		t.Timezone = value
	case fieldPrefer:
		t.Preferred = strings.ToLower(value)
	case fieldStop, fieldStopAt, fieldStopSource, fieldStopWords:
		err = r.stop.stopped(strings.TrimPrefix(col.field, fieldStop), value, r.columns.wish.Zone)
	case fieldUnsub, fieldUnsubAt, fieldUnsubSource, fieldUnsubWords:
		err = r.unsub.stopped(strings.TrimPrefix(col.field, fieldUnsub), value, r.columns.wish.Zone)
	default:
		if channel, part := consentPart(col.field); part != "" {
			return r.consent(channel, part, value)
		}
		err = r.other(col.field, value)
	}
	return err
}

// consent reads a part of a consent: of marketing, or of one channel.
func (r *row) consent(channel, part, value string) (err error) {
	says := r.says
	if channel != "" {
		says = r.on[channel]
	}
	switch part {
	case partState:
		says.State, err = yesOrNo(value)
	case partAt:
		says.At, err = date(value, r.columns.wish.Zone)
	case partSource:
		says.Source = value
	case partWords:
		says.Words = value
	case partVersion:
		says.Version = value
	}
	if channel == "" {
		r.says = says
		return err
	}
	if r.on == nil {
		r.on = map[string]consent{}
	}
	r.on[channel] = says
	return err
}

// stopped reads a part of a stop: of everything, or of mailings. That there is none lifts none.
func (c *consent) stopped(part, value string, zone *time.Location) (err error) {
	switch part {
	case "":
		var day time.Time
		if c.State, day, err = readStop(value, zone); !day.IsZero() && c.At.IsZero() {
			c.At = day
		}
	case "_" + partAt:
		c.At, err = date(value, zone)
	case "_" + partSource:
		c.Source = value
	case "_" + partWords:
		c.Words = value
	}
	return err
}

func (r *row) other(field, value string) (err error) {
	if name, ok := strings.CutPrefix(field, attribute); ok {
		if r.told.Attributes == nil {
			r.told.Attributes = map[string]string{}
		}
		r.told.Attributes[name] = value
		return nil
	}
	if field == bots.WhatsApp || field == bots.WhatsAppCloud {
		value = strings.TrimPrefix(value, "'")
	} else if value, err = whole(value); err != nil {
		return err
	}
	r.told.Addresses = append(r.told.Addresses, address{field, value})
	return nil
}

// finish puts together what several cells say.
func (r *row) finish() error {
	if !r.named {
		return fmt.Errorf("nobody is named: the row has neither external_id nor phone nor an address")
	}
	if r.told.Name == "" {
		r.told.Name = strings.Join(strings.Fields(r.first+" "+r.middle+" "+r.last), " ")
	}
	return r.consents()
}

// unsubscribed makes a no to marketing of an end of mailings, over a yes that the row has beside it. In a list that knows no other stop than
// that of everything, the day and the words of an unsubscription are those of the stop.
func (r *row) unsubscribed() {
	if known := r.columns.has(fieldUnsub) || r.columns.has(fieldStop); !known && !r.unsub.At.IsZero() {
		r.unsub.State = denied // the day is all that the list says of it
	}
	if r.unsub.State != "" && r.says.State != denied {
		r.says = r.unsub
	}
	if r.stop.State == "" || r.columns.has(fieldUnsub) {
		return
	}
	if r.stop.At.IsZero() {
		r.stop.At = r.unsub.At
	}
	r.stop.Source, r.stop.Words = cmp.Or(r.stop.Source, r.unsub.Source), cmp.Or(r.stop.Words, r.unsub.Words)
}

// consents are those that the row tells. What a channel's own columns leave open is that of the row, and then, of a yes, that of the list:
// a no that says nothing itself is from this list and row. A day or a source alone says nothing.
func (r *row) consents() error {
	wish := r.columns.wish
	list := consent{Source: wish.Source, Words: wish.Words, Version: wish.Version}
	told := &consents{}
	shared := r.says // not what an unsubscription says: its day and words are not those of a yes
	r.unsubscribed()
	if r.says.State != "" {
		says := r.says
		if says.State == given {
			says = says.or(list)
		}
		if err := r.columns.whole(says, ""); err != nil {
			return err
		}
		told.Marketing = &says
	}
	for channel, says := range r.on {
		if says.State == "" {
			continue
		}
		if says = says.or(shared); says.State == given {
			says = says.or(list)
		}
		if err := r.columns.whole(says, channel); err != nil {
			return fmt.Errorf("%s: %w", r.columns.heading(consentField(channel, partState)), err)
		}
		if told.Channels == nil {
			told.Channels = map[string]consent{}
		}
		told.Channels[channel] = says
	}
	if r.stop.State != "" {
		told.All = &r.stop
	}
	if told.Marketing != nil || told.Channels != nil || told.All != nil {
		r.told.Consents = told
	}
	return nil
}
