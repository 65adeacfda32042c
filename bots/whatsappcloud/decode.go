package whatsappcloud

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// call is the reading of one call of Meta's.
type call struct {
	bot   *Bot
	at    time.Time
	batch bots.Batch
}

// decode reads one call. What cannot be read becomes an event without a kind, which goes to quarantine; the rest is not lost with it.
func (b *Bot) decode(raw []byte, at time.Time) (bots.Batch, error) {
	c := &call{bot: b, at: at}
	if c.plain(raw) {
		return c.batch, nil
	}
	var env envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it is no JSON", bots.ErrMalformed)
		}
		c.broken(bytes.Clone(raw)) // what of it was understood is taken all the same
	}
	if env.Object != businessAccount {
		if env.Object != "" {
			c.batch.Unread = "object"
		}
		return c.batch, nil
	}
	for _, e := range env.Entry {
		for _, ch := range e.Changes {
			c.change(ch)
		}
	}
	return c.batch, nil
}

// plain reads a call that is nothing but what happened at our number, in one go: nearly all are. It reports false, and has done nothing,
// when there is anything about it that wants a closer look.
func (c *call) plain(raw []byte) bool {
	var env plainEnvelope
	if json.Unmarshal(raw, &env) != nil || env.Object != businessAccount {
		return false
	}
	for _, e := range env.Entry {
		for _, ch := range e.Changes {
			var m metadata
			if !fields[ch.Field] || json.Unmarshal(ch.Value.Metadata, &m) != nil || string(m.PhoneNumberID) != c.bot.cfg.PhoneNumberID {
				return false
			}
		}
	}
	for _, e := range env.Entry {
		for i := range e.Changes {
			c.value(e.Changes[i].Field, &e.Changes[i].Value)
		}
	}
	return true
}

const businessAccount = "whatsapp_business_account"

// fields are what Meta tells of people. Everything else is about the account or about groups.
var fields = map[string]bool{"messages": true, "user_preferences": true}

// alarms are what an operator must not miss although nobody asked.
var alarms = map[string]bool{
	"account_alerts": true, "account_update": true, "account_review_update": true, "phone_number_quality_update": true,
	"message_template_status_update": true, "message_template_quality_update": true, "template_category_update": true,
}

func (c *call) change(ch change) {
	switch {
	case alarms[ch.Field]:
		c.alarm(ch)
	case fields[ch.Field]:
		c.ours(ch)
	}
}

// alarm tells the operator that Meta did something to the account.
func (c *call) alarm(ch change) {
	var what struct {
		Event string `json:"event"`
	}
	_ = json.Unmarshal(ch.Value, &what) // the field alone says where to look
	c.bot.opt.Log.Warn("meta tells of the whatsapp account: look into WhatsApp Manager", "field", ch.Field, "event", bounded(what.Event, 60))
}

// ours reads what happened at our number; several may share one app.
func (c *call) ours(ch change) {
	var v value
	var m metadata
	err := json.Unmarshal(ch.Value, &v)
	named := json.Unmarshal(v.Metadata, &m) == nil && m.PhoneNumberID != ""
	if named && string(m.PhoneNumberID) != c.bot.cfg.PhoneNumberID {
		c.batch.Unread = "metadata.phone_number_id (another number of the same app)"
		return
	}
	if err != nil || !named {
		c.broken(wrap(ch.Field, ch.Value)) // what of it was understood is taken all the same
	}
	if named {
		c.value(ch.Field, &v)
	}
}

// value reads what happened at our number.
func (c *call) value(field string, v *value) {
	who, near := contactsOf(v.Contacts), besideOf(v.Contacts)
	for _, g := range v.Errors {
		c.bot.opt.Log.Warn("whatsapp tells of a fault of ours", "code", string(g.Code), "err", c.bot.discreet(g.Title))
	}
	c.batch.Events = slices.Grow(c.batch.Events, len(v.Messages)+len(v.Statuses)+len(v.Preferences))
	for _, raw := range v.Messages {
		c.take(wrapOne(field, "messages", v.Metadata, near(raw), raw), raw, readMessage, who)
	}
	for _, raw := range v.Statuses {
		c.take(wrapOne(field, "statuses", v.Metadata, near(raw), raw), raw, readStatus, who)
	}
	for _, raw := range v.Preferences {
		c.take(wrapOne(field, "user_preferences", v.Metadata, near(raw), raw), raw, readPreference, who)
	}
}

// reader reads one thing that happened. It returns nil for what does not concern us, and an error for what is not what it calls
// itself. The id that it gives is unique at our number, and the same for every repeat.
type reader func(raw json.RawMessage, who contacts) (*bots.Event, error)

var errBroken = errors.New("it is not what it calls itself")

// take reads one of them; whole is a call with nothing else in it.
func (c *call) take(whole []byte, raw json.RawMessage, read reader, who contacts) {
	e, err := read(raw, who)
	switch {
	case err != nil:
		c.broken(whole)
	case e != nil:
		e.ID = c.bot.eventID(e.ID)
		c.add(*e, whole)
	}
}

// broken keeps what cannot be read.
func (c *call) broken(raw []byte) {
	sum := sha256.Sum256(raw)
	c.add(bots.Event{ID: c.bot.eventID("x" + hex.EncodeToString(sum[:16]))}, raw)
}

func (c *call) add(e bots.Event, raw []byte) {
	e.Channel, e.Sender, e.ArrivedAt, e.Raw = bots.WhatsAppCloud, bots.WhatsAppCloud, c.at, raw
	c.batch.Events = append(c.batch.Events, e)
}

// eventID is unique over all channels and numbers.
func (b *Bot) eventID(name string) string {
	return strings.Join([]string{bots.WhatsAppCloud, b.cfg.PhoneNumberID, name}, ":")
}

// wrap writes a value as a call of its own: that is the raw form of an event, so that Replay reads it as Parse does.
func wrap(field string, value []byte) []byte {
	name, _ := json.Marshal(field)
	if len(value) == 0 {
		value = []byte("null")
	}
	raw := make([]byte, 0, len(value)+len(name)+100)
	raw = append(raw, `{"object":"`+businessAccount+`","entry":[{"changes":[{"field":`...)
	raw = append(append(raw, name...), `,"value":`...)
	return append(append(raw, value...), "}]}]}"...)
}

// wrapOne writes one message or status with what it needs of its value.
func wrapOne(field, list string, metadata, contacts, item []byte) []byte {
	one := make([]byte, 0, len(metadata)+len(contacts)+len(item)+60)
	one = append(append(one, `{"metadata":`...), metadata...)
	if len(contacts) > 0 {
		one = append(append(one, `,"contacts":`...), contacts...)
	}
	one = append(append(append(one, `,"`...), list...), `":[`...)
	return wrap(field, append(append(one, item...), "]}"...))
}

// nameable reports whether Meta's id of a message can stand in an id of ours.
func nameable(id string) bool {
	return id != "" && len(id) <= 512 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
