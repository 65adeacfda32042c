package intake

import (
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
	Addresses  []address         `json:"addresses,omitempty"`
}

type consents struct {
	Marketing consent `json:"marketing"`
}

type consent struct {
	State  string    `json:"state"`
	At     time.Time `json:"at,omitzero"`
	Source string    `json:"source,omitempty"`
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
	says                consent
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
	case fieldConsent:
		r.says.State, err = yesOrNo(value)
	case fieldAt:
		r.says.At, err = date(value, r.columns.wish.Zone)
	case fieldSource:
		r.says.Source = value
	case fieldWords: // no room for them yet
	default:
		err = r.other(col.field, value)
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
	if r.says.State == "" {
		return nil // a date or a source alone says nothing
	}
	if r.says.Source == "" {
		r.says.Source = r.columns.wish.Source
	}
	if r.says.State == given && r.says.At.IsZero() {
		return fmt.Errorf("a consent needs the day it was given (marketing_at), such as 2026-05-04 or 04.05.2026")
	}
	if r.says.State == given && r.says.Source == "" {
		return fmt.Errorf("a consent needs where it was given: a column marketing_source, or --source \"paper form\" for the whole list")
	}
	r.told.Consents = &consents{r.says}
	return nil
}
