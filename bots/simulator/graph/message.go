package graph

import (
	"cmp"
	"net/url"
	"strings"
)

const (
	maxText    = 4096
	maxCaption = 1024
	maxBodyLen = 1024 // of interactive messages and filled templates
	maxShort   = 60   // header and footer
	maxTitle   = 20   // of buttons
	maxID      = 256
	maxData    = 512 // biz_opaque_callback_data
)

// draft is a message while it is looked at.
type draft struct {
	*Message
	to, recipient string // to: digits
	input         string // as it was written
	params        *templateCall
	lost          int    // code with which it fails on its way
	uses          []used // media by id
	odd           []Oddity
}

func (d *draft) oddity(path, what string) { d.odd = append(d.odd, Oddity{Messages, path, what}) }

// used is a medium that a message shows.
type used struct{ id, kind string }

// kinds are the types of messages and what reads their object.
func kinds() map[string]func(*object, *draft) {
	return map[string]func(*object, *draft){
		"text":        readText,
		"image":       func(o *object, d *draft) { readMedia(o.needObject("image"), d, "image") },
		"video":       func(o *object, d *draft) { readMedia(o.needObject("video"), d, "video") },
		"audio":       func(o *object, d *draft) { readMedia(o.needObject("audio"), d, "audio") },
		"document":    func(o *object, d *draft) { readMedia(o.needObject("document"), d, "document") },
		"sticker":     func(o *object, d *draft) { readMedia(o.needObject("sticker"), d, "sticker") },
		"location":    readLocation,
		"contacts":    readContacts,
		"reaction":    readReaction,
		"interactive": readInteractive,
		"template":    readTemplate,
	}
}

// parse reads a message and notes in the body's report what is wrong with its shape.
func parse(o *object) *draft {
	d := &draft{Message: &Message{}}
	o.oneOf("recipient_type", "individual", "group")
	if o.text("recipient_type") == "group" {
		o.refuse(refuse(notValid, "recipient_type: the business number has no groups"))
	}
	readAddress(o, d)
	d.Data = o.within("biz_opaque_callback_data", maxData)
	if o.Has("context") {
		d.Quotes = o.object("context").filled("message_id", maxID)
	}
	d.Type = o.text("type")
	d.Type = cmp.Or(d.Type, "text") // "Default: text"
	read := kinds()[d.Type]
	if read == nil {
		o.invalid("Param type must be one of {TEXT, IMAGE, VIDEO, AUDIO, DOCUMENT, STICKER, LOCATION, CONTACTS, REACTION, INTERACTIVE, TEMPLATE} - got %q.", d.Type)
		return d
	}
	if !o.Has(d.Type) {
		o.refuse(refuse(missing, "Parameter '%s' is mandatory for type '%s'", d.Type, d.Type))
		return d
	}
	read(o, d)
	o.strict()
	return d
}

// readAddress finds out whom a message is for. "to" goes before "recipient" when both are there.
func readAddress(o *object, d *draft) {
	to, recipient := o.text("to"), o.text("recipient")
	switch {
	case to == "" && recipient == "":
		o.need("to")
	case to != "" && userIDs.MatchString(to):
		// Graph takes what follows the country for a phone number that nobody has: chatwoot/chatwoot #15150.
		d.to, d.input, d.lost = strings.TrimLeft(to, "ABCDEFGHIJKLMNOPQRSTUVWXYZ."), to, silently
		d.oddity("to", "is a business-scoped user id, which belongs into recipient: the message is lost")
	case to != "":
		d.to, d.input = digits(to), to
		if d.to == "" {
			o.refuse(refuse(notValid, "Param to is no phone number"))
		}
	case !userIDs.MatchString(recipient):
		o.refuse(refuse(notValid, "Param recipient is no business-scoped user id"))
	default:
		d.recipient, d.input, d.ByUserID = recipient, recipient, true
	}
}

// silently is no code: the message is taken and nothing is ever told about it.
const silently = -1

func readText(o *object, d *draft) {
	t := o.needObject("text")
	d.Text = t.filled("body", maxText)
	t.flag("preview_url")
}

// readMedia reads a medium by id or link.
func readMedia(m *object, d *draft, kind string) {
	d.Media, d.Link = m.text("id"), m.text("link")
	switch {
	case d.Media == "" && d.Link == "":
		m.refuse(refuse(missing, "Either %s or %s is required", m.at("id"), m.at("link")))
	case d.Media != "" && d.Link != "":
		m.refuse(refuse(notValid, "%s and %s exclude each other", m.at("id"), m.at("link")))
	case d.Media != "":
		d.uses = append(d.uses, used{d.Media, kind})
	default:
		checkLink(m, d)
	}
	if kind == "image" || kind == "video" || kind == "document" {
		d.Text = m.within("caption", maxCaption)
	}
	if kind == "document" {
		d.Filename = m.within("filename", 240)
	}
	if kind == "audio" {
		m.flag("voice")
	}
}

// checkLink looks at a link without following it. Nothing can be fetched from *.invalid.
func checkLink(m *object, d *draft) {
	u, err := url.Parse(d.Link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		m.invalid("Param %s is not a valid URL.", m.at("link"))
		return
	}
	if u.Scheme == "http" {
		d.oddity(m.at("link"), "is no https")
	}
	if strings.HasSuffix(u.Hostname(), ".invalid") {
		d.lost = mediaUpload
	}
}

func readLocation(o *object, d *draft) {
	l := o.needObject("location")
	l.need("latitude", "longitude")
	place := Location{Name: l.within("name", 1000), Address: l.within("address", 1000)}
	place.Latitude, _ = l.decimal("latitude")
	place.Longitude, _ = l.decimal("longitude")
	if place.Latitude < -90 || place.Latitude > 90 || place.Longitude < -180 || place.Longitude > 180 {
		l.refuse(refuse(notValid, "location: not on this earth"))
	}
	d.Place = &place
}

func readReaction(o *object, d *draft) {
	r := o.needObject("reaction")
	d.On = r.filled("message_id", maxID)
	r.need("emoji")
	d.Emoji = r.text("emoji")
	if length(d.Emoji) > 16 || strings.ContainsAny(d.Emoji, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ") {
		r.refuse(refuse(notValid, "reaction['emoji'] is no emoji"))
	}
	if o.Has("context") {
		o.refuse(refuse(notValid, "a reaction has no context"))
	}
}

func readContacts(o *object, d *draft) {
	for _, c := range o.objects("contacts", 1, 5) {
		d.Cards = append(d.Cards, readCard(c))
	}
}

func readCard(c *object) Card {
	name := c.needObject("name")
	card := Card{Name: CardName{First: name.text("first_name"), Last: name.text("last_name"), Formatted: name.filled("formatted_name", maxText)}}
	name.text("middle_name")
	name.text("prefix")
	name.text("suffix")
	if card.Name.First == "" && card.Name.Last == "" && !name.Has("middle_name") && !name.Has("prefix") && !name.Has("suffix") {
		name.refuse(refuse(missing, "a name needs one part beside formatted_name"))
	}
	for _, p := range c.objects("phones", 0, 1000) {
		card.Phones = append(card.Phones, CardPhone{Phone: p.filled("phone", 100), WaID: p.text("wa_id"), Type: p.text("type")})
	}
	readTexts(c, "addresses", "street", "city", "state", "zip", "country", "country_code", "type")
	readTexts(c, "emails", "email", "type")
	readTexts(c, "urls", "url", "type")
	if c.Has("org") {
		org := c.object("org")
		card.Org = &CardOrg{Company: org.text("company")}
		org.text("department")
		org.text("title")
	}
	c.text("birthday")
	return card
}

func readTexts(c *object, list string, fields ...string) {
	for _, o := range c.objects(list, 0, 1000) {
		for _, name := range fields {
			o.text(name)
		}
	}
}
