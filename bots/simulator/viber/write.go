package viber

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"kaskad/bots/simulator/internal/stage"
)

// Content is what a person can write.
type Content struct {
	Type      string // "" = text
	Text      string // of a text, or under a picture
	Media     string // address of a picture, video, file or link
	Contact   Contact
	Location  Location
	FileName  string
	FileSize  int
	Duration  int
	StickerID int
}

// Say writes a text and answers with its token.
func (s *Server) Say(id, text string) (uint64, error) { return s.Write(id, Content{Text: text}) }

// SendCard sends somebody's contact card: the bot cannot tell it from a shared phone number.
func (s *Server) SendCard(id, name, phone string) (uint64, error) {
	return s.Write(id, Content{Type: "contact", Contact: Contact{name, phone}})
}

// Write sends a message of any type. It reads what is unread first, carries the tracking_data of the last message shown, and
// subscribes the person without a subscribed callback.
func (s *Server) Write(id string, c Content) (token uint64, err error) {
	err = s.inChat(id, func(p *person) error {
		token, err = s.write(p, c, false)
		return err
	})
	return token, err
}

func (s *Server) write(p *person, c Content, silent bool) (uint64, error) {
	c.Type = cmp.Or(c.Type, "text")
	w, err := c.wire()
	if err != nil {
		return 0, err
	}
	s.read(p)
	w.TrackingData = p.tracking
	m := &Message{
		Token: s.newToken(), Type: c.Type, Text: c.Text, Media: c.Media, Contact: c.Contact, Location: c.Location, FileName: c.FileName,
		FileSize: c.FileSize, Duration: c.Duration, TrackingData: p.tracking, At: s.opt.Now(), Shown: s.opt.Now(), Silent: silent,
	}
	if c.StickerID != 0 {
		m.StickerID = fmt.Sprint(c.StickerID)
	}
	p.messages = stage.Newest(append(p.messages, m), s.opt.Keep)
	p.Subscribed = true
	s.openSession(p)
	s.emit(event{Event: "message", Token: m.Token, Sender: s.user(p), Message: w, Silent: &silent}, p.ID)
	return m.Token, nil
}

// wire is a message as Viber writes it.
func (c Content) wire() (*wireMessage, error) {
	w := &wireMessage{Type: c.Type, Text: c.Text, Media: c.Media, FileName: c.FileName, FileSize: c.FileSize, Duration: c.Duration, StickerID: c.StickerID}
	var complete bool
	switch c.Type {
	case "text":
		complete = c.Text != ""
	case "picture", "video", "url":
		complete = c.Media != ""
	case "file":
		complete = c.Media != "" && c.FileName != ""
	case "sticker":
		complete = c.StickerID != 0
	case "contact":
		w.Contact, complete = &c.Contact, c.Contact.PhoneNumber != ""
	case "location":
		w.Location, complete = &c.Location, true
	default:
		return nil, fmt.Errorf("nobody can write a %q", c.Type)
	}
	if !complete {
		return nil, fmt.Errorf("a %s message needs more than that", c.Type)
	}
	return w, nil
}

// PressButton presses the n-th button of a message, counted from 0 over its keyboard and then its rich media. It answers with the
// token of the message that the press made, 0 if it made none.
func (s *Server) PressButton(id string, token uint64, n int) (made uint64, err error) {
	err = s.inChat(id, func(p *person) error {
		m := p.shown(token)
		if m == nil {
			return errNoMessage
		}
		b, ok := m.Button(n)
		if !ok {
			return fmt.Errorf("the message has no button %d", n)
		}
		if n < len(m.Buttons) && p.keyboard != m {
			return errors.New("the keyboard of a later message stands in front of this one")
		}
		made, err = s.press(p, b)
		return err
	})
	return made, err
}

// SharePhone presses the share-phone button that the person sees.
func (s *Server) SharePhone(id string) (made uint64, err error) {
	err = s.inChat(id, func(p *person) error {
		b, ok := p.sharePhone()
		if !ok {
			return errors.New("they see no share-phone button")
		}
		made, err = s.press(p, b)
		return err
	})
	return made, err
}

func (p *person) sharePhone() (Button, bool) {
	if p.keyboard == nil {
		return Button{}, false
	}
	i := slices.IndexFunc(p.keyboard.Buttons, func(b Button) bool { return b.ActionType == sharePhone })
	if i < 0 {
		return Button{}, false
	}
	return p.keyboard.Buttons[i], true
}

// press does what a button does. The caller holds s.mu.
func (s *Server) press(p *person, b Button) (uint64, error) {
	if p.Desktop && b.ActionType == locationPicker {
		return 0, errors.New("the button does nothing on a computer")
	}
	switch b.ActionType {
	case replyText:
		return s.write(p, Content{Type: "text", Text: b.ActionBody}, b.Silent)
	case openURL:
		if b.Silent {
			return 0, nil // the page opens and the bot is not told
		}
		return s.write(p, Content{Type: "text", Text: b.ActionBody}, false)
	case sharePhone: // a phone sends a card without a name and the body beside it; a computer the body alone: Bogdaan/viber-bot-php#18, #69
		if p.Desktop {
			return s.write(p, Content{Type: "text", Text: b.ActionBody}, b.Silent)
		}
		return s.write(p, Content{Type: "contact", Text: b.ActionBody, Contact: Contact{PhoneNumber: p.Phone}}, false)
	case locationPicker:
		return s.write(p, Content{Type: "location", Location: Location{50.45, 30.52}}, false)
	}
	return 0, nil
}

// shown finds a message of the bot that the person sees.
func (p *person) shown(token uint64) *Message {
	for _, m := range p.messages {
		if m.FromBot && m.Token == token && !m.Shown.IsZero() {
			return m
		}
	}
	return nil
}
