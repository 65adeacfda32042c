package telegram

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"

	"kaskad/bots"
)

// topic is the number of the topic in which a message stands; empty: it stands in the group itself.
func (m *message) topic() string {
	if !m.InTopic || m.Thread == 0 {
		return ""
	}
	return strconv.FormatInt(m.Thread, 10)
}

// answered is what a message answers. In a topic everything answers what made the topic, unless it answers something else: that is nothing
// that anybody said.
func (m *message) answered() *message {
	r := m.ReplyTo
	if r == nil || r.TopicCreated != nil || m.InTopic && r.ID == m.Thread {
		return nil
	}
	return r
}

// other reports whether a message is of a kind that we do not show, and Telegram copies.
func (m *message) other() bool {
	return present(m.Poll) || present(m.Dice) || present(m.Venue) || present(m.Story)
}

// topicEvent is what became of a topic, or of the group itself beside its topics.
func (b *Bot) topicEvent(m *message) *bots.Event {
	kind, name := bots.Kind(""), ""
	switch {
	case m.TopicCreated != nil:
		kind, name = bots.TopicMade, m.TopicCreated.Name
	case m.TopicEdited != nil:
		kind, name = bots.TopicNamed, m.TopicEdited.Name
	case present(m.TopicClosed), present(m.GeneralHidden):
		kind = bots.TopicClosed
	case present(m.TopicReopened), present(m.GeneralUnhidden):
		kind = bots.TopicReopened
	default:
		return nil
	}
	if kind == bots.TopicNamed && name == "" {
		return nil // its picture
	}
	e := inRoom(kind, m.Chat, m.From, unix(m.Date))
	e.Thread, e.Text, e.ByUs, e.MessageID = m.topic(), name, b.me(m.From), strconv.FormatInt(m.ID, 10)
	if kind == bots.TopicMade && m.Thread == 0 {
		e.Thread = e.MessageID
	}
	return e
}

// aside reports whether a message is among colleagues: it answers one of them, names one, begins with //, is for another bot, or is a post of
// ours that was forwarded, in which another customer may stand.
func (b *Bot) aside(m *message) bool {
	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	if _, to := commandOf(text); !b.isUs(to) {
		return true
	}
	if r := m.answered(); r != nil && !b.me(r.From) {
		return true
	}
	return strings.HasPrefix(strings.TrimSpace(text), "//") || b.mentions(text, entities) || b.forwarded(m)
}

// forwarded reports whether a message is one of the bot's own that somebody forwarded.
func (b *Bot) forwarded(m *message) bool {
	var origin struct {
		Sender *user `json:"sender_user"`
	}
	return present(m.ForwardOrigin) && json.Unmarshal(m.ForwardOrigin, &origin) == nil && b.me(origin.Sender)
}

// mentions reports whether a text names a member who is not the bot.
func (b *Bot) mentions(text string, entities []entity) bool {
	units := utf16.Encode([]rune(text))
	for _, e := range entities {
		switch {
		case e.Type == "text_mention" && e.User != nil && !b.me(e.User):
			return true
		case e.Type == "mention" && e.Offset >= 0 && e.Length > 1 && e.Length <= len(units) && e.Offset <= len(units)-e.Length:
			name := string(utf16.Decode(units[e.Offset+1 : e.Offset+e.Length]))
			if known := b.username.Load(); known == nil || !strings.EqualFold(name, *known) {
				return true
			}
		}
	}
	return false
}

// members are the people who came into the group, or the one who left it; the bot itself is told of by another update.
func (b *Bot) members(m *message) (all []*bots.Event) {
	add := func(kind bots.Kind, u *user) {
		if u.IsBot {
			return
		}
		e := inRoom(kind, m.Chat, u, unix(m.Date))
		if m.From != nil && m.From.ID != u.ID {
			e.Data = strconv.FormatInt(m.From.ID, 10)
		}
		all = append(all, e)
	}
	for i := range m.NewMembers {
		add(bots.CameIn, &m.NewMembers[i])
	}
	if m.LeftMember != nil {
		add(bots.WentOut, m.LeftMember)
	}
	return all
}

// offered is a group that somebody chose with the key that asks for one. It is an event of that group, so that nothing of it can pass for
// what a customer says; whether the person may choose is not decided here.
func offered(m *message) *bots.Event {
	if m.From == nil || m.From.IsBot || m.ChatShared.ChatID >= 0 {
		return nil
	}
	e := inRoom(bots.Offered, chat{ID: m.ChatShared.ChatID, IsForum: true}, m.From, unix(m.Date))
	e.Data = e.Chat.ID
	return e
}
