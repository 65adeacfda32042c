package viber

import (
	"net/url"
	"strconv"
	"strings"

	"kaskad/bots"
)

// said is a message, or a button: both come as one.
func said(c *callback) *bots.Event {
	m := c.Message
	e := c.of(c.Sender, bots.Wrote)
	if m == nil || m.Type == "" || e == nil {
		return nil
	}
	e.MessageID = string(c.MessageToken)
	asked := false
	e.Step, asked = decodeTracking(m.TrackingData)
	step, data, pressed := decodeAnswer(m.Text)
	shares := pressed && data == bots.ShareContact
	pressed = pressed && (m.Type == "text" || shares) // the words under a picture are typed
	if pressed && step != 0 {
		e.Step = step // a keyboard stays: the last message shown may be another
	}
	phone := m.ownPhone(shares, asked)
	switch host := m.openedLink(c.Silent); {
	case phone != "":
		e.Kind, e.Phone = bots.Shared, phone
	case pressed: // also the phone's button on a computer, which has no phone to share
		e.Kind, e.Data = bots.Pressed, data
	case host != "":
		e.Kind, e.Data = bots.Pressed, host
	default:
		e.Text, e.Media = m.words(), m.media()
	}
	return e
}

// ownPhone is the phone that a person shared by our button, in E.164: see the package doc for what makes a card one.
func (m *message) ownPhone(pressed, asked bool) string {
	if m.Type != "contact" || m.Contact == nil {
		return ""
	}
	if !pressed && !(asked && strings.TrimSpace(m.Contact.Name) == "") {
		return ""
	}
	return bots.MessengerPhone(string(m.Contact.PhoneNumber))
}

// openedLink is where a link of a button led. It comes as a message with the whole address, which nobody typed and which may
// hold a key, so that only its host is kept.
func (m *message) openedLink(silent bool) string {
	if !silent || m.Type != "text" || strings.ContainsAny(m.Text, " \n") || !webAddress(m.Text) {
		return ""
	}
	u, err := url.Parse(m.Text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// words are what a message says.
func (m *message) words() string {
	switch {
	case m.Type == "url" && !strings.Contains(m.Text, m.Media):
		return strings.TrimSpace(m.Text + "\n" + m.Media)
	case m.Text == "":
		return m.AltText
	}
	return m.Text
}

// mediaTypes are Viber's words for files, and ours.
var mediaTypes = map[string]string{"picture": "photo", "video": "video", "sticker": "sticker", "file": "document", "gif": "video", "audio": "voice", "voice": "voice"}

// media lists what a message holds besides words; Viber allows one thing.
func (m *message) media() []bots.Media {
	switch {
	case m.Type == "location" && m.Location != nil:
		return []bots.Media{{Type: "location", Text: m.Location.Lat.coordinate() + "," + m.Location.Lon.coordinate()}}
	case m.Type == "contact" && m.Contact != nil:
		return []bots.Media{{Type: "contact", Name: m.Contact.Name, Text: string(m.Contact.PhoneNumber)}}
	case m.Type == "text", m.Type == "url", m.Type == "location", m.Type == "contact":
		return nil
	}
	size, _ := m.FileSize.int()
	if size == 0 {
		size, _ = m.Size.int()
	}
	found := bots.Media{Type: mediaTypes[m.Type], ID: m.Media, Name: m.FileName, Size: max(size, 0)}
	if m.Type == "sticker" && m.StickerID != "" {
		found.ID = string(m.StickerID)
	}
	if found.Type == "" { // rich_media, and types to come
		found.Type = "document"
	}
	if found.ID == "" {
		return nil
	}
	return []bots.Media{found}
}

// coordinate is a number without exponent; what is none is shown as it came.
func (n number) coordinate() string {
	v, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return string(n)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
