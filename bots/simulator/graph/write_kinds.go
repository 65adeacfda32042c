package graph

import (
	"fmt"
	"strings"
)

// SayFromAd writes the first text after a click on an advertisement: 72 hours cost nothing.
func (s *Server) SayFromAd(id, text string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Text = text
		w.Type, w.Text = "text", &wireText{text}
		w.Referral = &wireReferral{SourceURL: "https://fb.me/simulated", SourceID: "120226305854810726", SourceType: "ad", Body: "Everything is new",
			Headline: "Chat with us", MediaType: "image", ImageURL: "https://ads.example/1.jpg", Click: "Aff-simulated", Welcome: wireHola{"Hi!"}}
		p.freeUntil = m.At.Add(freeEntry)
		return nil
	})
}

// SayAboutProduct writes a text about a product of the catalogue.
func (s *Server) SayAboutProduct(id, catalog, product, text string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Text = text
		w.Type, w.Text = "text", &wireText{text}
		w.Context = &wireContext{From: s.opt.Phone, ID: s.newID(p, byUs), Product: &wireReferred{catalog, product}}
		return nil
	})
}

// Forward passes a text on that somebody else wrote.
func (s *Server) Forward(id, text string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Text = text
		w.Type, w.Text, w.Context = "text", &wireText{text}, &wireContext{Forwarded: true}
		return nil
	})
}

// Press presses the n-th button, counted from 0, of a message: of a template it comes back as a button, else as a button_reply. Buttons
// that open an address tell nobody.
func (s *Server) Press(id, message string, n int) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		old, err := s.shown(p, message)
		if err != nil {
			return err
		}
		if n < 0 || n >= len(old.Buttons) || old.Buttons[n].ID == "" || old.Buttons[n].URL != "" {
			return fmt.Errorf("%w: button %d", errNothing, n)
		}
		b := old.Buttons[n]
		m.Text = b.Title
		if b.Template {
			w.Type, w.Button = "button", &wireButton{b.ID, b.Title}
		} else {
			w.Type, w.Interactive = "interactive", &wireInteractive{Type: "button_reply", Button: &wireReply{ID: b.ID, Title: b.Title}}
		}
		return s.quote(p, m, w, message)
	})
}

// Pick chooses the n-th row, counted from 0, of a list.
func (s *Server) Pick(id, message string, n int) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		old, err := s.shown(p, message)
		if err != nil {
			return err
		}
		if n < 0 || n >= len(old.Rows) {
			return fmt.Errorf("%w: row %d", errNothing, n)
		}
		r := old.Rows[n]
		m.Text = r.Title
		w.Type, w.Interactive = "interactive", &wireInteractive{Type: "list_reply", List: &wireReply{r.ID, r.Title, r.Description}}
		return s.quote(p, m, w, message)
	})
}

// React puts an emoji on a message of the business; there is one from each person.
func (s *Server) React(id, message, emoji string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		if _, err := s.shown(p, message); err != nil {
			return err
		}
		m.Emoji, m.On = emoji, message
		w.Type, w.Reaction = "reaction", &wireReaction{message, emoji}
		return nil
	})
}

// Unreact takes the emoji back: the webhook has none.
func (s *Server) Unreact(id, message string) (string, error) { return s.React(id, message, "") }

// SendPlace sends a location.
func (s *Server) SendPlace(id string, place Location) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Place = &place
		w.Type, w.Location = "location", &place
		return nil
	})
}

// SendCards shares contacts.
func (s *Server) SendCards(id string, cards ...Card) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Cards = cards
		w.Type, w.Contacts = "contacts", cards
		return nil
	})
}

// PlaceOrder orders from the catalogue.
func (s *Server) PlaceOrder(id string, order Order) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Text = order.Text
		w.Type, w.Order = "order", &order
		return nil
	})
}

// SendOdd sends something that the API does not support: a poll, an edit, a message that disappears.
func (s *Server) SendOdd(id string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		w.Type = "unsupported"
		w.Errors = []statusError{{Code: unknownType, Title: title(unknownType), Message: title(unknownType), Data: &errorData{Details: usualDetails(unknownType)}}}
		return nil
	})
}

// SendMedia sends a small medium: image, video, audio, voice, document, sticker. Only the first two and documents have a caption.
func (s *Server) SendMedia(id, kind, caption string) (string, error) {
	sample := map[string]string{"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg; codecs=opus",
		"document": "application/pdf", "sticker": "image/webp"}[kind]
	return s.SendFile(id, kind, sample, "file.pdf", caption, []byte("simulated "+kind))
}

// SendFile sends a medium with bytes and a type of the caller's choice. The business gets it by its media id.
func (s *Server) SendFile(id, kind, mimeType, name, caption string, data []byte) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		voice := kind == "voice"
		w.Type = strings.Replace(kind, "voice", "audio", 1)
		file := s.store(w.Type, mimeType, name, data, false)
		m.Text, m.Media, m.Filename = caption, file.id, name
		out := &wireMedia{Caption: caption, MIME: mimeType, SHA256: digest(data), ID: file.id}
		still := false
		switch w.Type {
		case "image":
			w.Image = out
		case "video":
			w.Video = out
		case "document":
			out.Filename, w.Document = name, out
		case "audio":
			out.Caption, out.Voice, w.Audio = "", &voice, out
		case "sticker":
			out.Caption, out.Animated, w.Sticker = "", &still, out
		default:
			return fmt.Errorf("%q is no type of media", kind)
		}
		return nil
	})
}
