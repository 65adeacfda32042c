package telegram

import (
	"encoding/json"
	"strconv"
	"strings"

	"kaskad/bots"
)

// startPayload reads "/start PAYLOAD", which Telegram writes for a person who follows a link to the bot. A payload that no
// link can carry is left out: see https://core.telegram.org/bots/features#deep-linking.
func startPayload(text string) (payload string, ok bool) {
	command, payload, _ := strings.Cut(text, " ")
	command, _, _ = strings.Cut(command, "@")
	if command != "/start" {
		return "", false
	}
	payload = strings.TrimSpace(payload)
	if len(payload) > 64 || strings.Trim(payload, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "", true
	}
	return payload, true
}

// ownPhone is the phone that a person shared of their own, in E.164. Anyone can send the card of anyone, so the card has
// to name its sender, and a forwarded one says nothing about today.
func ownPhone(m *message) string {
	c := m.Contact
	if c == nil || m.From == nil || c.UserID != m.From.ID || present(m.ForwardOrigin) {
		return ""
	}
	return bots.MessengerPhone(c.PhoneNumber)
}

// service reports whether Telegram wrote the message in the person's name.
func (m *message) service() bool {
	return present(m.PinnedMessage) || present(m.AutoDeleteTimer) || present(m.WriteAccessAllowed) || present(m.ChatBackground) ||
		m.ConnectedWebsite != ""
}

func present(field json.RawMessage) bool { return len(field) > 0 && string(field) != "null" }

// media lists the files of a message; Telegram allows one.
func media(m *message) []bots.Media {
	switch {
	case len(m.Photo) > 0:
		return []bots.Media{largest(m.Photo)}
	case m.Animation != nil: // it comes as a document too, for old programs
		return []bots.Media{m.Animation.as("video")}
	case m.Video != nil:
		return []bots.Media{m.Video.as("video")}
	case m.VideoNote != nil:
		return []bots.Media{m.VideoNote.as("video")}
	case m.Voice != nil:
		return []bots.Media{m.Voice.as("voice")}
	case m.Document != nil:
		return []bots.Media{m.Document.as("document")}
	case m.Audio != nil:
		return []bots.Media{m.Audio.as("document")}
	case m.Sticker != nil:
		s := m.Sticker.as("sticker")
		s.Text = m.Sticker.Emoji
		return []bots.Media{s}
	case m.Location != nil:
		return []bots.Media{{Type: "location", Text: coordinate(m.Location.Latitude) + "," + coordinate(m.Location.Longitude)}}
	case m.Contact != nil:
		return []bots.Media{{Type: "contact", Name: strings.TrimSpace(m.Contact.FirstName + " " + m.Contact.LastName), Text: m.Contact.PhoneNumber}}
	}
	return nil
}

func (f *file) as(kind string) bots.Media {
	return bots.Media{Type: kind, ID: f.FileID, Name: f.FileName, Size: f.FileSize}
}

// largest is the best of the sizes in which Telegram keeps a photo.
func largest(sizes []photoSize) bots.Media {
	best := sizes[0]
	for _, s := range sizes[1:] {
		if s.Width*s.Height > best.Width*best.Height {
			best = s
		}
	}
	return bots.Media{Type: "photo", ID: best.FileID, Size: best.FileSize}
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
