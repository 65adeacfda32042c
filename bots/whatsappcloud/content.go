package whatsappcloud

import (
	"cmp"
	"encoding/json"
	"strings"

	"kaskad/bots"
)

// fillers read a message by its type, after who and when are known. False: it is not what it calls itself.
var fillers = map[string]func(m *message, e *bots.Event) bool{
	"text":        func(m *message, e *bots.Event) bool { return say(e, m.Text.Body) },
	"image":       func(m *message, e *bots.Event) bool { return attach(e, "photo", m.Image) },
	"video":       func(m *message, e *bots.Event) bool { return attach(e, "video", m.Video) },
	"voice":       func(m *message, e *bots.Event) bool { return attach(e, "voice", m.Voice) },
	"document":    func(m *message, e *bots.Event) bool { return attach(e, "document", m.Document) },
	"sticker":     func(m *message, e *bots.Event) bool { return attach(e, "sticker", m.Sticker) },
	"audio":       recorded,
	"location":    located,
	"contacts":    shared,
	"reaction":    reacted,
	"button":      pressed,
	"interactive": answered,
	"order":       ordered,
	"system":      changed,
}

// ignored are messages that nobody wrote: the opening of the chat for the first time.
var ignored = map[string]bool{"request_welcome": true}

// readMessage reads what a person did.
func readMessage(raw json.RawMessage, who contacts) (*bots.Event, error) {
	var m message
	err := json.Unmarshal(raw, &m)
	if m.GroupID != "" || ignored[m.Type] {
		return nil, nil
	}
	p := personOf(m.From, cmp.Or(m.FromUserID, m.UserID, m.previous()), who)
	if err != nil || !nameable(m.ID) || m.Type == "" || !p.known() {
		return nil, errBroken
	}
	e := &bots.Event{ID: "m:" + m.ID, Kind: bots.Wrote, At: m.Timestamp.time(), MessageID: m.ID, On: m.answers(p)}
	p.put(e)
	fill, known := fillers[m.Type]
	switch {
	case !known:
		unsupported(e, m.Type)
	case !fill(&m, e):
		return nil, errBroken
	}
	if e.Kind == "" {
		return nil, nil
	}
	return e, nil
}

// answers is our message that the person answers. People answer their own messages, too.
func (m *message) answers(p person) string {
	if from := m.Context.From; from != "" && (from == m.From || string(from) == p.user) {
		return ""
	}
	return m.Context.ID
}

// say is a text; none at all is no message.
func say(e *bots.Event, words string) bool {
	e.Text = words
	return words != ""
}

// unsupported is what WhatsApp or we cannot show: a poll, an event, a view-once picture. Staff must see that something came.
func unsupported(e *bots.Event, kind string) {
	e.Text = "[unsupported]"
	if kind != "unsupported" && kind != "unknown" {
		e.Text = "[unsupported: " + bounded(kind, 40) + "]"
	}
}

// attach is a file, still with Meta. One that Meta could not keep has no id.
func attach(e *bots.Event, kind string, f *file) bool {
	if f == nil || f.ID == "" {
		unsupported(e, kind)
		return true
	}
	e.Text = f.Caption
	e.Media = []bots.Media{{Type: kind, ID: f.ID, Name: f.Filename}}
	return true
}

// recorded is a voice message, or a piece of music that is sent as a file.
func recorded(m *message, e *bots.Event) bool {
	if m.Audio != nil && m.Audio.Voice {
		return attach(e, "voice", m.Audio)
	}
	return attach(e, "document", m.Audio)
}

func located(m *message, e *bots.Event) bool {
	l := m.Location
	if l == nil || l.Latitude == "" || l.Longitude == "" {
		return false
	}
	name := strings.Trim(l.Name+", "+l.Address, ", ")
	e.Media = []bots.Media{{Type: "location", Name: name, Text: l.Latitude.coordinate() + "," + l.Longitude.coordinate()}}
	return true
}

// maxCards bounds the numbers of one message: a person may send a whole address book.
const maxCards = 20

// shared are contact cards. They are of anybody: the person's own phone is proven by WhatsApp itself.
func shared(m *message, e *bots.Event) bool {
	for _, c := range m.Contacts {
		name := cmp.Or(c.Name.Formatted, strings.TrimSpace(c.Name.First+" "+c.Name.Last))
		if len(c.Phones) == 0 {
			e.Media = append(e.Media, bots.Media{Type: "contact", Name: name})
		}
		for _, p := range c.Phones {
			e.Media = append(e.Media, bots.Media{Type: "contact", Name: name, Text: cmp.Or(p.Phone, phoneOf(p.WaID))})
		}
	}
	e.Media = e.Media[:min(len(e.Media), maxCards)]
	return len(e.Media) > 0
}

func reacted(m *message, e *bots.Event) bool {
	if m.Reaction == nil || m.Reaction.MessageID == "" {
		return false
	}
	e.Kind, e.On, e.Data = bots.Reacted, m.Reaction.MessageID, m.Reaction.Emoji
	return true
}

// pressed is a button of a template. One that was made without an answer brings back its own text.
func pressed(m *message, e *bots.Event) bool {
	if m.Button == nil {
		return false
	}
	return press(e, cmp.Or(m.Button.Payload, m.Button.Text))
}

// answered is a button or a row of a list; or a form that was filled in, which is shown by its name.
func answered(m *message, e *bots.Event) bool {
	switch i := m.Interactive; {
	case i == nil:
		return false
	case i.Button != nil:
		return press(e, i.Button.ID)
	case i.List != nil:
		return press(e, i.List.ID)
	case i.Flow != nil:
		return say(e, cmp.Or(strings.TrimSpace(i.Flow.Name+" "+i.Flow.Body), "[form]"))
	default:
		unsupported(e, cmp.Or(i.Type, "interactive"))
		return true
	}
}

func press(e *bots.Event, payload string) bool {
	e.Kind = bots.Pressed
	e.Step, e.Data = decodeAnswer(payload)
	return e.Data != ""
}

// ordered is a basket, as lines that staff can read.
func ordered(m *message, e *bots.Event) bool {
	if m.Order == nil {
		return false
	}
	var lines []string
	if m.Order.Text != "" {
		lines = append(lines, m.Order.Text)
	}
	for _, i := range m.Order.Items {
		lines = append(lines, strings.TrimSpace(string(i.Quantity)+" × "+i.Product+", "+string(i.Price)+" "+i.Currency))
	}
	return say(e, strings.Join(lines, "\n"))
}
