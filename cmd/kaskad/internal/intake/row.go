package intake

import (
	"cmp"
	"fmt"
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
}

type consent struct {
	State   string    `json:"state"`
	At      time.Time `json:"at,omitzero"`
	Source  string    `json:"source,omitempty"`
	Words   string    `json:"words,omitempty"`
	Version string    `json:"version,omitempty"`
}

// or is the consent with what it lacks taken from another.
func (c consent) or(other consent) consent {
	if c.At.IsZero() {
		c.At = other.At
	}
	c.Source, c.Words, c.Version = cmp.Or(c.Source, other.Source), cmp.Or(c.Words, other.Words), cmp.Or(c.Version, other.Version)
	return c
}

// check refuses a yes without a day and a source.
func (c consent) check() error {
	switch {
	case c.State == given && c.At.IsZero():
		return fmt.Errorf("a consent needs the day it was given (marketing_at), such as 2026-05-04 or 04.05.2026")
	case c.State == given && c.Source == "":
		return fmt.Errorf("a consent needs where it was given: a column marketing_source, or --source \"paper form\" for the whole list")
	}
	return nil
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

// consents are those that the row tells. What a channel's own columns leave open is that of the row, and then that of the list. A day or a
// source alone says nothing.
func (r *row) consents() error {
	shared := r.says.or(consent{Source: r.columns.wish.Source, Words: r.columns.wish.Words, Version: r.columns.wish.Version})
	told := &consents{}
	if shared.State != "" {
		told.Marketing = &shared
		if err := shared.check(); err != nil {
			return err
		}
	}
	for channel, says := range r.on {
		if says.State == "" {
			continue
		}
		says = says.or(shared)
		if err := says.check(); err != nil {
			return fmt.Errorf("%s: %w", channel, err)
		}
		if told.Channels == nil {
			told.Channels = map[string]consent{}
		}
		told.Channels[channel] = says
	}
	if told.Marketing != nil || told.Channels != nil {
		r.told.Consents = told
	}
	return nil
}
