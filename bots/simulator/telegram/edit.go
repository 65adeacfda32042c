package telegram

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

func (s *Server) editMessageText(req *request) (any, *failure) {
	words, fail := s.textOf(req)
	if fail != nil {
		return nil, fail
	}
	return s.editOwn(req, func(m *Message) (*Message, *failure) {
		if m.Media != "" {
			return nil, badRequest("there is no text in the message to edit")
		}
		return words, nil
	})
}

func (s *Server) editMessageCaption(req *request) (any, *failure) {
	return s.editOwn(req, func(m *Message) (*Message, *failure) {
		if !m.Media.traits().caption {
			return nil, badRequest("there is no caption in the message to edit")
		}
		words := &Message{Media: m.Media}
		return words, s.captionOf(req, words)
	})
}

func (s *Server) editMessageReplyMarkup(req *request) (any, *failure) {
	return s.editOwn(req, func(m *Message) (*Message, *failure) { return m, nil })
}

// editOwn changes what the bot itself sent: words tells what it says from now on.
func (s *Server) editOwn(req *request, words func(*Message) (*Message, *failure)) (any, *failure) {
	markup, fail := parseMarkup(req.Params["reply_markup"])
	if fail != nil {
		return nil, fail
	}
	if markup.keyboard != nil {
		return nil, badRequest("inline keyboard expected")
	}
	if req.Params["chat_id"] == "" && req.messageID("message_id") == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	p, m, fail := s.ownMessage(req)
	if fail != nil {
		return nil, fail
	}
	says, fail := words(m)
	if fail != nil {
		return nil, fail
	}
	return s.edit(p, m, says, markup.inline)
}

// ownMessage is the bot's own message that a call wants to edit.
func (s *Server) ownMessage(req *request) (*person, *Message, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	if fail == nil && p.deactivated {
		fail = forbidden("user is deactivated")
	}
	if fail != nil {
		return nil, nil, fail
	}
	m, fail := s.messageOf(p, req.messageID("message_id"), "message to edit")
	switch {
	case fail != nil:
		return nil, nil, fail
	case !m.FromBot || m.Service != "":
		return nil, nil, badRequest("message can't be edited")
	}
	return p, m, nil
}

func (s *Server) edit(p *person, m, words *Message, buttons [][]Button) (any, *failure) {
	if fail := words.fits(); fail != nil {
		return nil, fail
	}
	if m.Text == words.Text && slices.Equal(m.Entities, words.Entities) && reflect.DeepEqual(m.Buttons, buttons) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	if fail := s.takeEdit(p); fail != nil {
		return nil, fail
	}
	m.Text, m.Raw, m.ParseMode, m.Entities, m.NoPreview = words.Text, words.Raw, words.ParseMode, words.Entities, words.NoPreview
	m.Buttons = buttons // an edit without a keyboard takes it away, as in the real thing
	m.Edited, m.editedAt = true, s.opt.Now()
	return s.wire(p, m, true), nil
}

func (s *Server) deleteMessage(req *request) (any, *failure) {
	if req.Params["chat_id"] == "" {
		return nil, badRequest("chat identifier is not specified")
	}
	if req.messageID("message_id") == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	p, fail := s.chatOf(req, "chat_id")
	if fail != nil {
		return nil, fail
	}
	if p.deactivated {
		return nil, forbidden("user is deactivated")
	}
	m, fail := s.messageOf(p, req.messageID("message_id"), "message to delete")
	if fail != nil {
		return nil, fail
	}
	if !p.deletable(m, s.opt.Now()) {
		return nil, badRequest("message can't be deleted")
	}
	m.Deleted = true
	return true, nil
}

// deleteMessages deletes several, and passes over those that are not there or cannot be deleted.
func (s *Server) deleteMessages(req *request) (any, *failure) {
	ids, fail := messageIDs(req.Params["message_ids"])
	if fail != nil {
		return nil, fail
	}
	p, fail := s.chatOf(req, "chat_id")
	if fail != nil {
		return nil, fail
	}
	if p.deactivated {
		return nil, forbidden("user is deactivated")
	}
	for _, id := range ids {
		if m := p.message(id); m != nil && p.deletable(m, s.opt.Now()) {
			m.Deleted = true
		}
	}
	return true, nil
}

// deletable reports whether the bot may delete a message: with the right, any of a group; else its own of the last days, and in a
// private chat theirs too.
func (p *person) deletable(m *Message, now time.Time) bool {
	if p.group != nil && p.group.can(deleteMessages) {
		return true
	}
	return (m.FromBot || p.group == nil) && now.Sub(m.Date) <= editable
}

func (s *Server) setMessageReaction(req *request) (any, *failure) {
	emoji, fail := reactionOf(req.Params["reaction"])
	if fail != nil {
		return nil, fail
	}
	p, fail := s.chatOf(req, "chat_id")
	if fail == nil && p.group != nil {
		fail = p.group.mayWrite()
	}
	if fail != nil {
		return nil, fail
	}
	m, fail := s.messageOf(p, req.messageID("message_id"), "message to react")
	if fail != nil {
		return nil, fail
	}
	m.BotEmoji = emoji
	return true, nil
}

// reactionOf reads a list of at most one emoji.
func reactionOf(raw string) (string, *failure) {
	if raw == "" || raw == "null" {
		return "", nil
	}
	if !json.Valid([]byte(raw)) {
		return "", badRequest("can't parse reaction types JSON object")
	}
	var list []reaction
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return "", badRequest("expected an Array of ReactionType")
	}
	if len(list) == 0 {
		return "", nil
	}
	if list[0].Type != "emoji" {
		return "", badRequest("can't parse ReactionType: invalid reaction type specified")
	}
	if len(list) > 1 {
		return "", badRequest("REACTIONS_TOO_MANY")
	}
	if !isReaction(list[0].Emoji) {
		return "", badRequest("REACTION_INVALID")
	}
	return list[0].Emoji, nil
}

// emojis are the reactions that exist; see ReactionTypeEmoji in the Bot API.
const emojis = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 " +
	"👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"

func isReaction(emoji string) bool {
	return emoji != "" && slices.Contains(strings.Fields(emojis), emoji)
}
