package telegram

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// The staff's group. What happens in a group is an event of the channel bots.Staff, never of a customer's: whether the group is the
// room is not decided here. Only what can matter becomes one: a /staff, a reply to the bot, a press on its button, a new id of the
// group, and the bot let in or put out. Reactions do not: they do not tell whose message they are on.

// groupChat reports whether a chat is a group.
func groupChat(c chat) bool { return (c.Type == "group" || c.Type == "supergroup") && c.ID < 0 }

// groupEvent reads an update of a group; nil: it does not concern us.
func (b *Bot) groupEvent(u *update, now time.Time) *bots.Event {
	switch {
	case u.Message != nil:
		return b.groupMessage(u.Message)
	case u.EditedMessage != nil:
		return b.groupEdit(u.EditedMessage)
	case u.CallbackQuery != nil:
		return b.groupPress(u.CallbackQuery, now)
	case u.MyChatMember != nil:
		return groupMember(u.MyChatMember)
	}
	return nil
}

// inGroup reports whether an update happened in a group.
func inGroup(u *update) bool {
	switch {
	case u.Message != nil:
		return groupChat(u.Message.Chat)
	case u.EditedMessage != nil:
		return groupChat(u.EditedMessage.Chat)
	case u.CallbackQuery != nil:
		return u.CallbackQuery.Message != nil && groupChat(u.CallbackQuery.Message.Chat)
	case u.MyChatMember != nil:
		return groupChat(u.MyChatMember.Chat)
	}
	return false
}

func (b *Bot) groupMessage(m *message) *bots.Event {
	switch {
	case m.MigrateTo != 0: // in the group that is no more
		return moved(m.Chat.ID, m.MigrateTo, unix(m.Date))
	case m.MigrateFrom != 0: // in the supergroup that it became
		return moved(m.MigrateFrom, m.Chat.ID, unix(m.Date))
	case m.service() || !m.byMember():
		return nil
	}
	e := b.groupWrote(m)
	if e.On == "" && !b.forUs(m.Text) {
		return nil // among colleagues
	}
	return e
}

func moved(from, to int64, at time.Time) *bots.Event {
	e := inRoom(bots.Moved, chat{ID: from}, nil, at)
	e.Data = strconv.FormatInt(to, 10)
	return e
}

// byMember reports whether a person of the group wrote a message: one who does so in the group's own name is shown as a bot.
func (m *message) byMember() bool {
	if m.AutomaticForward || m.From == nil {
		return false
	}
	return !m.From.IsBot || m.SenderChat != nil && m.SenderChat.ID == m.Chat.ID
}

func (b *Bot) groupWrote(m *message) *bots.Event {
	e := inRoom(bots.Wrote, m.Chat, m.From, unix(m.Date))
	if m.SenderChat != nil {
		e.Name = cmp.Or(m.AuthorSignature, m.SenderChat.Title)
	}
	e.MessageID = strconv.FormatInt(m.ID, 10)
	e.Text, e.Media = m.Text, media(m)
	if e.Text == "" {
		e.Text = m.Caption
	}
	if r := m.ReplyTo; r != nil && b.me(r.From) {
		e.On, e.OnSentAt, e.Step = strconv.FormatInt(r.ID, 10), unix(r.Date), stepOf(r)
	}
	return e
}

// me reports whether the bot wrote something: in a group others may be bots, too.
func (b *Bot) me(u *user) bool { return u != nil && strconv.FormatInt(u.ID, 10) == b.id }

// forUs reports whether a text is the command that binds a group, said to nobody or to this bot.
func (b *Bot) forUs(text string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	command, to, _ := strings.Cut(word, "@")
	if !strings.EqualFold(command, "/staff") {
		return false
	}
	name := b.username.Load()
	return to == "" || name == nil || strings.EqualFold(to, *name)
}

func (b *Bot) groupEdit(m *message) *bots.Event {
	if !m.byMember() {
		return nil
	}
	e := b.groupWrote(m)
	if e.On == "" {
		return nil
	}
	e.Kind = bots.Edited
	if m.EditDate > 0 {
		e.At = unix(m.EditDate)
	}
	return e
}

func (b *Bot) groupPress(q *callbackQuery, now time.Time) *bots.Event {
	e := inRoom(bots.Pressed, q.Message.Chat, &q.From, now)
	e.On, e.OnSentAt = strconv.FormatInt(q.Message.ID, 10), unix(q.Message.Date)
	e.Step, e.Data = decodeCallback(q.Data)
	return e
}

// groupMember is the bot let into a group, or put out of it.
func groupMember(m *chatMemberUpdate) *bots.Event {
	switch m.New.Status {
	case "kicked", "left":
		return inRoom(bots.Blocked, m.Chat, &m.From, unix(m.Date))
	case "member", "administrator":
		return inRoom(bots.Unblocked, m.Chat, &m.From, unix(m.Date))
	}
	return nil
}

// inRoom is what all events of a group have in common. The name is the author's.
func inRoom(kind bots.Kind, c chat, from *user, at time.Time) *bots.Event {
	e := &bots.Event{Kind: kind, Sender: bots.Staff, Chat: bots.Address{Channel: bots.Staff, ID: strconv.FormatInt(c.ID, 10)}, At: at}
	if from != nil {
		e.Name = strings.TrimSpace(from.FirstName + " " + from.LastName)
	}
	return e
}
