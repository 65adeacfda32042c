package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Person is someone with a Telegram account. Their chat with the bot has the same id.
type Person struct {
	ID           int64
	FirstName    string // "" = Person <id>
	LastName     string
	Username     string
	LanguageCode string
	Phone        string // for ShareContact; "" = one made of the id
	Started      bool   // wrote to the bot long ago: it may write to them, and no update is made
	Blocked      bool   // has blocked it since; no update is made of that either
	FirstMessage int    // the first message id of the chat; 0 = 1
	Habits       Habits // what they do with a message from the bot; nil = ignore it
}

// person is a Person with what happened since.
type person struct {
	Person
	blocked     bool
	deactivated bool
	messages    []*Message // both directions; message id n is at n-1-before
	before      int        // the message id before the first that is kept
	keyboard    *Message   // the message that brought the keyboard they see
	rate        *bucket
	window      *window // of a group with Options.GroupStrict: instead of rate
	group       *group  // nil: a private chat with this person; else the chat is a group, and there is no person
}

func (p *person) user() *user {
	return &user{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, LanguageCode: p.LanguageCode}
}

func (p *person) chat() *chat {
	if p.group != nil {
		return p.group.chat(p.ID)
	}
	return &chat{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, Type: "private"}
}

func (p *person) message(id int) *Message {
	if id <= p.before || id > p.before+len(p.messages) {
		return nil
	}
	return p.messages[id-1-p.before]
}

// mayWrite tells why the bot may not write to them.
func (p *person) mayWrite() *failure {
	switch {
	case p.group != nil:
		return p.group.mayWrite()
	case p.deactivated:
		return forbidden("user is deactivated")
	case p.blocked:
		return forbidden("bot was blocked by the user")
	case !p.Started:
		return forbidden("bot can't initiate conversation with a user")
	}
	return nil
}

// AddPerson makes someone known to Telegram. To add a known id again is an error.
func (s *Server) AddPerson(who Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if who.ID <= 0 || who.ID == s.botID || s.people[who.ID] != nil {
		return fmt.Errorf("telegram simulator: person %d: the id is not free", who.ID)
	}
	who.FirstName = cmp.Or(who.FirstName, fmt.Sprintf("Person %d", who.ID))
	who.Phone = cmp.Or(who.Phone, fmt.Sprintf("380%09d", who.ID%1e9))
	s.people[who.ID] = &person{Person: who, blocked: who.Blocked, before: max(who.FirstMessage-1, 0), rate: newBucket(s.opt.ChatRate, float64(s.opt.ChatBurst))}
	return nil
}

// Forget makes someone, with the chat and the faults of it, as if they had never been added. What they were about to do does not
// happen.
func (s *Server) Forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.people, id)
	s.faults.Forget(func(f Fault) bool { return f.ChatID == strconv.FormatInt(id, 10) })
}

// SetHabits changes what someone does with messages from now on.
func (s *Server) SetHabits(id int64, habits Habits) error {
	return s.act(id, func(p *person) error {
		p.Habits = habits
		return nil
	})
}

var (
	errUnknown     = errors.New("nobody with this id")
	errGroup       = errors.New("a group does nothing by itself: say who of it does, as in SayIn")
	errDeactivated = errors.New("the account is deactivated")
	errBlocked     = errors.New("they blocked the bot: they cannot write before Start or Unblock")
	errNoMessage   = errors.New("there is no such message in the chat")
)

// act lets someone do something.
func (s *Server) act(id int64, do func(*person) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	p := s.people[id]
	err := errUnknown
	if p != nil && p.group != nil {
		err = errGroup
	} else if p != nil && p.deactivated {
		err = errDeactivated
	} else if p != nil {
		err = do(p)
	}
	if err != nil {
		return fmt.Errorf("telegram simulator: person %d: %w", id, err)
	}
	return nil
}

// write lets someone send a message to the bot.
func (s *Server) write(id int64, compose func(*person) (*Message, error)) (int, error) {
	var written int
	err := s.act(id, func(p *person) error {
		if p.blocked {
			return errBlocked
		}
		m, err := compose(p)
		if err != nil {
			return err
		}
		p.Started = true // who writes first may be answered
		s.add(p, m)
		written = m.ID
		s.queue.add(s, "message", p.ID, s.wire(p, m, true))
		return nil
	})
	return written, err
}

// commandEntity marks a leading /command, as every client does.
func commandEntity(text string) []Entity {
	word, _, _ := strings.Cut(text, " ")
	name, _, _ := strings.Cut(strings.TrimPrefix(word, "/"), "@")
	if !strings.HasPrefix(word, "/") || !commandName.MatchString(strings.ToLower(name)) {
		return nil
	}
	return []Entity{{Type: "bot_command", Length: utf16Len(word)}}
}

// Start is the Start button, or a link with a payload ("" = none). It unblocks, too. It answers with the message's id.
func (s *Server) Start(id int64, payload string) (int, error) {
	if strings.Trim(payload, letters+"_-") != "" || len(payload) > 64 {
		return 0, fmt.Errorf("telegram simulator: start payload %q: links carry up to 64 of A-Z a-z 0-9 _ -", payload)
	}
	if err := s.Unblock(id); err != nil {
		return 0, err
	}
	return s.Say(id, strings.TrimSpace("/start "+payload))
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Say writes a plain message and answers with its id.
func (s *Server) Say(id int64, text string) (int, error) { return s.Write(id, Said{Text: text}) }

// Reply answers a message, quoting it.
func (s *Server) Reply(id int64, messageID int, text string) (int, error) {
	return s.Write(id, Said{Text: text, ReplyTo: messageID})
}

// Edit changes a message that the person wrote, or its caption.
func (s *Server) Edit(id int64, messageID int, text string) error {
	return s.act(id, func(p *person) error {
		m := p.message(messageID)
		if m == nil || m.Deleted || m.FromBot || m.Service != "" {
			return errNoMessage
		}
		if err := s.rewrite(m, text); err != nil {
			return err
		}
		s.queue.add(s, "edited_message", p.ID, s.wire(p, m, true))
		return nil
	})
}

// Card says whose phone number is shared.
type Card int

const (
	OwnContact           Card = iota // by the request_contact key when there is one, or from the menu
	ForeignContact                   // somebody else who has an account
	ContactWithoutUserID             // somebody from the phone book, without an account
)

// ShareContact sends a contact card.
func (s *Server) ShareContact(id int64, whose Card) (int, error) {
	return s.write(id, func(p *person) (*Message, error) {
		m := &Message{}
		m.contact, m.ReplyTo = p.card(whose)
		return m, nil
	})
}

func (p *person) card(whose Card) (*contact, int) {
	switch whose {
	case ForeignContact:
		return &contact{PhoneNumber: "380509999999", FirstName: "Somebody", UserID: p.ID + 1}, 0
	case ContactWithoutUserID:
		return &contact{PhoneNumber: "380509999999", FirstName: "Somebody"}, 0
	}
	own := &contact{PhoneNumber: p.Phone, FirstName: p.FirstName, LastName: p.LastName, UserID: p.ID}
	if p.keyboard == nil || p.keyboard.Deleted || !p.keyboard.Keyboard.asksContact() {
		return own, 0
	}
	return own, p.keyboard.ID // clients send it as an answer to the message with the key
}

func (k *Keyboard) asksContact() bool {
	return slices.ContainsFunc(k.Rows, func(row []Key) bool {
		return slices.ContainsFunc(row, func(key Key) bool { return key.RequestContact })
	})
}

// React puts an emoji on a message of the bot; "" takes it away.
func (s *Server) React(id int64, messageID int, emoji string) error {
	return s.act(id, func(p *person) error {
		m := p.message(messageID)
		switch {
		case m == nil || m.Deleted:
			return errNoMessage
		case p.blocked:
			return errBlocked
		case emoji != "" && !isReaction(emoji):
			return fmt.Errorf("%q is no reaction that Telegram offers", emoji)
		}
		s.queue.add(s, "message_reaction", p.ID, reactionUpdated{
			Chat: p.chat(), MessageID: m.ID, User: p.user(), Date: s.opt.Now().Unix(),
			OldReaction: reactions(m.Reaction), NewReaction: reactions(emoji),
		})
		m.Reaction = emoji
		return nil
	})
}

func reactions(emoji string) []reaction {
	if emoji == "" {
		return []reaction{}
	}
	return []reaction{{Type: "emoji", Emoji: emoji}}
}

// Block is the person's block button.
func (s *Server) Block(id int64) error {
	return s.act(id, func(p *person) error { s.setBlocked(p, true); return nil })
}

// Unblock takes a block back. It does nothing when there is none.
func (s *Server) Unblock(id int64) error {
	return s.act(id, func(p *person) error { s.setBlocked(p, false); return nil })
}

func (s *Server) setBlocked(p *person, blocked bool) {
	if p.blocked == blocked {
		return
	}
	p.blocked = blocked
	forEver := int64(0)
	out := member{User: s.botUser(), Status: "kicked", UntilDate: &forEver}
	in := member{User: s.botUser(), Status: "member"}
	change := memberUpdated{Chat: p.chat(), From: p.user(), Date: s.opt.Now().Unix(), Old: out, New: in}
	if blocked {
		change.Old, change.New = in, out
	}
	s.queue.add(s, "my_chat_member", p.ID, change)
}

// Deactivate deletes the account. Nobody is told; the bot learns it with its next message.
func (s *Server) Deactivate(id int64) error {
	return s.act(id, func(p *person) error { p.deactivated = true; return nil })
}
