package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"kaskad/bots"
	"kaskad/fallback"
)

// Limits of a post.
const (
	maxTaken   = 4096 // units that Telegram takes
	maxPost    = 3500 // of a new one: a card may grow above its lines
	maxDrawn   = 4000 // of lines below a card that is changed; what stands between them comes on top
	maxLine    = 1500 // runes of one message
	maxName    = 64
	maxQuote   = 80
	aboutWhich = 24 * time.Hour // a message without reference is shown with what we sent so long before at most
)

// compose words a post of the first lines of one person, called by the name that is given, as many as fit. It says how many it used, at least
// one.
func (d *Desk) compose(v fallback.View, w *waiting, name func(*bots.Contact) string) (text string, used int) {
	c := v.Contact(w.Contact)
	if c == nil { // erased since
		return "", len(w.Lines)
	}
	var body strings.Builder
	var channels []string
	var about bots.ID
	for _, id := range w.Lines {
		m := v.Message(id)
		if m == nil {
			used++
			continue
		}
		part, of := d.line(v, m, about)
		if used > 0 && units(body.String())+units(part) > maxPost {
			break
		}
		body.WriteString("\n" + part)
		about = of
		used++
		if name := d.words.channel(m.Channel); !slices.Contains(channels, name) {
			channels = append(channels, name)
		}
	}
	if body.Len() == 0 {
		return "", used
	}
	head := oneLine(name(c), maxName) + " · " + strings.Join(channels, ", ")
	if w.Again {
		head = d.words.again + "\n" + head
	}
	if with := d.sharers(v, c, w.Lines[:used]); with != "" {
		head += "\n" + with
	}
	return head + body.String(), used
}

// sharers tells who else has the number that a person wrote from: whose the message is was a choice.
func (d *Desk) sharers(v fallback.View, c *bots.Contact, lines []bots.ID) string {
	for _, id := range lines {
		m := v.Message(id)
		if m == nil || m.Channel != bots.SMS {
			continue
		}
		var names []string
		for _, id := range v.Owners(bots.Ref{Kind: bots.SMS, Value: m.To.ID}) {
			if len(names) == mostSharers {
				break // a number may be of thousands
			}
			if other := v.Contact(id); other != nil && other.ID != c.ID {
				names = append(names, oneLine(d.topicPerson(other), maxName))
			}
		}
		if len(names) > 0 {
			return "⚠ " + d.words.shared + ": " + strings.Join(names, ", ")
		}
	}
	return ""
}

// mostSharers is how many others a post names.
const mostSharers = 3

// nameOf is how staff know a person in a group without topics, which has no button that shows a phone.
func (d *Desk) nameOf(c *bots.Contact) string {
	for _, name := range []string{c.Name, c.ExternalID, c.Phone} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return d.words.customer
}

// line words one message, with what it answers unless the line before answered the same.
func (d *Desk) line(v fallback.View, m *bots.Message, before bots.ID) (text string, about bots.ID) {
	text = d.said(m)
	switch m.Kind {
	case bots.EditMessage:
		return "✎ " + text, before
	case bots.DeleteMessage:
		return "✗ " + d.takenBack(v, m), before
	}
	label, ours := d.words.inReply, v.Message(m.ReplyTo)
	if ours == nil || ours.In {
		label, ours = d.words.after, lastBefore(v, m)
	}
	if ours == nil || ours.ID == before {
		return text, before
	}
	return "↪ " + label + " " + d.quote(v, ours) + "\n" + text, ours.ID
}

// takenBack words that a person took a message back, and which.
func (d *Desk) takenBack(v fallback.View, m *bots.Message) string {
	earlier := meant(v, m)
	if earlier == m {
		return d.words.takenBack
	}
	return d.words.takenBack + ": «" + oneLine(d.said(earlier), maxQuote) + "»"
}

// lastBefore is what we sent to the chat shortly before a message.
func lastBefore(v fallback.View, m *bots.Message) *bots.Message {
	const walk = 16
	ours := v.Message(v.LastSent(m.To))
	for range walk {
		if ours == nil || ours.ID < m.ID {
			break
		}
		ours = v.Message(ours.Prev)
	}
	if ours != nil && posted(v, ours) { // the chat was that of one of the team then
		return nil
	}
	if ours == nil || ours.ID > m.ID || m.At.Sub(ours.At) > aboutWhich || ours.Delivery == 0 && !ours.ByOwner() {
		return nil
	}
	return ours
}

// posted reports whether a message was a post for staff.
func posted(v fallback.View, m *bots.Message) bool {
	d := v.Delivery(m.Delivery)
	return d != nil && d.ForStaff()
}

// quote names a message of ours: its template, how it begins, and when it went.
func (d *Desk) quote(v fallback.View, m *bots.Message) string {
	name, text := "", m.Text
	if sent := v.Delivery(m.Delivery); sent != nil && sent.Template != "" {
		name = sent.Template + ": "
	} else if m.ByOwner() {
		name, text = d.words.phone+": ", d.said(m)
	} else if m.Author != "" {
		name = oneLine(m.Author, maxName) + ": "
	}
	return fmt.Sprintf("«%s%s» (%s)", name, oneLine(text, maxQuote), m.At.In(d.Zone).Format("02.01 15:04"))
}

// said is what stands in a message, bounded, with its files by their kind.
func (d *Desk) said(m *bots.Message) string {
	var parts []string
	for _, f := range m.Media {
		parts = append(parts, d.words.media(f))
	}
	text := strings.TrimSpace(m.Text)
	if m.Kind == bots.PressMessage {
		text = "▸ " + cmp.Or(d.words.pressed[bots.Intent(text)], text)
	}
	if runes := []rune(text); len(runes) > maxLine {
		text = string(runes[:maxLine]) + "… " + fmt.Sprintf(d.words.cut, len(runes))
	}
	if text != "" {
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// oneLine is a text as a part of a line of ours: what a person calls themselves must not look like a line of its own, nor turn around what
// stands beside it.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || bots.Deceives(r) }), " ")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }
