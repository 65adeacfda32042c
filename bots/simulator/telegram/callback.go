package telegram

import (
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"kaskad/bots/simulator/internal/stage"
)

const (
	callbackLife      = 150 * time.Second
	maxCallbackAnswer = 200 // characters
)

// Callback is a button that somebody pressed. Until it is answered, they see it loading.
type Callback struct {
	ID        string
	From      int64
	MessageID int
	Data      string
	At        time.Time
	Answered  bool
	Answer    string // what the person was shown
	Alert     bool
}

// Press presses the button with this callback data, and answers with the callback's id.
func (s *Server) Press(id int64, messageID int, data string) (string, error) {
	return s.press(id, messageID, func(m Message) (Button, bool) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.CallbackData == data && data != "" {
					return b, true
				}
			}
		}
		return Button{}, false
	})
}

// Forge sends callback data that no button need have, as a client of somebody's own making can, in a private chat (chat is who) or in a
// group: https://core.telegram.org/bots/api#callbackquery.
func (s *Server) Forge(chat, who int64, messageID int, data string) (callbackID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	p := s.people[chat]
	if p == nil || s.people[who] == nil {
		return "", errUnknown
	}
	m := p.message(messageID)
	if m == nil {
		return "", errNoMessage
	}
	c := s.newCallback(who, m.ID, data)
	s.queue.add(s, "callback_query", who, callbackQuery{
		ID: c.ID, From: s.people[who].user(), Message: s.wire(p, m, true), ChatInstance: strconv.FormatInt(-chat*7919, 10), Data: data,
	})
	return c.ID, nil
}

// PressButton presses the n-th button, counted from 0 over all rows.
func (s *Server) PressButton(id int64, messageID, n int) (string, error) {
	return s.press(id, messageID, func(m Message) (Button, bool) { return m.Button(n) })
}

func (s *Server) press(id int64, messageID int, find func(Message) (Button, bool)) (callbackID string, err error) {
	err = s.act(id, func(p *person) error {
		m := p.message(messageID) // a deleted one too: they may press before their screen shows that it is gone
		if m == nil {
			return errNoMessage
		}
		if p.blocked {
			return errBlocked
		}
		b, found := find(*m)
		switch {
		case !found:
			return errors.New("the message has no such button")
		case b.CallbackData == "":
			return fmt.Errorf("the button opens %s: Telegram tells the bot nothing", b.URL)
		}
		callbackID = s.pressed(p, m, b.CallbackData)
		return nil
	})
	return callbackID, err
}

func (s *Server) pressed(p *person, m *Message, data string) string {
	c := s.newCallback(p.ID, m.ID, data)
	var shown any = s.wire(p, m, true)
	if m.Deleted {
		shown = inaccessibleMessage{MessageID: m.ID, Chat: p.chat()}
	}
	s.queue.add(s, "callback_query", p.ID, callbackQuery{
		ID: c.ID, From: p.user(), Message: shown, ChatInstance: strconv.FormatInt(-p.ID*7919, 10), Data: data,
	})
	return c.ID
}

func (s *Server) newCallback(who int64, message int, data string) *Callback {
	s.presses++
	c := &Callback{
		ID:   strconv.FormatInt(who<<20+int64(s.presses), 10),
		From: who, MessageID: message, Data: data, At: s.opt.Now(),
	}
	s.callbacks = stage.Newest(append(s.callbacks, c), s.opt.Keep)
	return c
}

func (s *Server) answerCallbackQuery(req *request) (any, *failure) {
	if utf8.RuneCountInString(req.Params["text"]) > maxCallbackAnswer {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	for _, c := range s.callbacks {
		if c.ID == req.Params["callback_query_id"] && !c.Answered && s.opt.Now().Sub(c.At) < callbackLife {
			c.Answered, c.Answer, c.Alert = true, req.Params["text"], req.flag("show_alert")
			return true, nil
		}
	}
	return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
}
