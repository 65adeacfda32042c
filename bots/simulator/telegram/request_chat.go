package telegram

import (
	"encoding/json"
	"errors"
	"slices"
)

// RequestChat is what a key asks for that lets a person choose one of their chats.
type RequestChat struct {
	RequestID    int
	Channel      bool
	Forum        *bool   // only forums, or only groups that are none; nil = either
	Created      bool    // only chats that the person made
	UserRights   *Rights // what the person must be able to do there; nil = nothing
	BotRights    *Rights // what the bot gets there; nil = nothing
	BotIsMember  bool    // the bot is added when it is not there
	RequestTitle bool    // the bot is told the title too
}

type rawRequestChat struct {
	RequestID    *int            `json:"request_id"`
	Channel      bool            `json:"chat_is_channel"`
	Forum        *bool           `json:"chat_is_forum"`
	Created      bool            `json:"chat_is_created"`
	UserRights   json.RawMessage `json:"user_administrator_rights"`
	BotRights    json.RawMessage `json:"bot_administrator_rights"`
	BotIsMember  bool            `json:"bot_is_member"`
	RequestTitle bool            `json:"request_title"`
}

const cantKey = "can't parse keyboard button: "

// parseRequestChat reads the request_chat of a key.
func parseRequestChat(text json.RawMessage) (*RequestChat, *failure) {
	if text == nil {
		return nil, nil
	}
	var in *rawRequestChat
	if err := json.Unmarshal(text, &in); err != nil || in == nil {
		return nil, badRequest(cantKey + `Field "request_chat" must be of type Object`)
	}
	if in.RequestID == nil {
		return nil, badRequest(cantKey + `Can't find field "request_id"`)
	}
	user, fail := parseRights(in.UserRights)
	if fail != nil {
		return nil, fail
	}
	bot, fail := parseRights(in.BotRights)
	if fail != nil {
		return nil, fail
	}
	if bot != nil && (user == nil || user.and(*bot) != *user) {
		return nil, badRequest("bot_administrator_rights must be a subset of user_administrator_rights") // the words are ours
	}
	return &RequestChat{
		RequestID: *in.RequestID, Channel: in.Channel, Forum: in.Forum, Created: in.Created, UserRights: user, BotRights: bot,
		BotIsMember: in.BotIsMember, RequestTitle: in.RequestTitle,
	}, nil
}

func parseRights(text json.RawMessage) (*Rights, *failure) {
	if text == nil {
		return nil, nil
	}
	var rights *Rights
	if err := json.Unmarshal(text, &rights); err != nil || rights == nil {
		return nil, badRequest(cantKey + "ChatAdministratorRights must be an Object")
	}
	return rights, nil
}

// mayAsk tells why a keyboard may not be sent to a chat: what it asks for is asked in private only.
func (k *Keyboard) mayAsk(p *person) *failure {
	if k == nil || p.group == nil {
		return nil
	}
	for _, key := range slices.Concat(k.Rows...) {
		switch {
		case key.RequestContact:
			return badRequest("phone number can be requested in private chats only")
		case key.RequestChat != nil:
			return badRequest("chats can be requested in private chats only")
		}
	}
	return nil
}

type chatShared struct {
	ChatID    int64  `json:"chat_id"`
	Title     string `json:"title,omitempty"`
	RequestID int    `json:"request_id"`
}

var (
	errNoRequest = errors.New("no keyboard on their screen asks for such a chat")
	errWrongChat = errors.New("a chat that is not offered for what the key asks")
)

// ShareChat lets a person press a request_chat key and choose a group. The bot is added to the group with the rights that the key
// asks for, and is told of both. It answers with the id of the private message.
func (s *Server) ShareChat(id int64, requestID int, group int64) (int, error) {
	var written int
	err := s.act(id, func(p *person) error {
		ask := p.keyboard.request(requestID)
		chosen := s.people[group]
		switch {
		case p.blocked:
			return errBlocked
		case ask == nil:
			return errNoRequest
		case chosen == nil || chosen.group == nil || !chosen.group.fits(ask, id):
			return errWrongChat
		}
		s.admit(chosen, id, ask)
		told := &chatShared{ChatID: group, RequestID: requestID}
		if ask.RequestTitle {
			told.Title = chosen.group.Title
		}
		m := &Message{}
		s.tell(p, m, "chat_shared", func(w *wireMessage) { w.ChatShared = told })
		written = m.ID
		return nil
	})
	return written, err
}

// request finds what a key of the keyboard that a message brought asks for.
func (m *Message) request(id int) *RequestChat {
	if m == nil || m.Deleted || m.Keyboard == nil {
		return nil
	}
	for _, key := range slices.Concat(m.Keyboard.Rows...) {
		if key.RequestChat != nil && key.RequestChat.RequestID == id {
			return key.RequestChat
		}
	}
	return nil
}

// fits reports whether Telegram offers a group to a person for what a key asks.
func (g *group) fits(ask *RequestChat, who int64) bool {
	status := g.statusOf(who)
	switch {
	case g.becameA != 0 || status == left || ask.Channel:
		return false
	case ask.Forum != nil && *ask.Forum != g.Forum:
		return false
	case ask.Created && status != creator:
		return false
	case ask.UserRights != nil && !g.manages(who):
		return false
	}
	return true
}

// admit adds the bot to a group with what a key asked for. What it has already it keeps.
func (s *Server) admit(p *person, who int64, ask *RequestChat) {
	g := p.group
	switch {
	case ask.BotRights != nil:
		s.appoint(p, who, administrator, g.rights.and(*ask.BotRights))
	case ask.BotIsMember && !g.inside():
		s.appoint(p, who, ordinary, Rights{})
	}
}
