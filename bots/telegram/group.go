package telegram

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// The staff's group. What happens in a group is an event of the channel bots.Staff, never of a customer's: whether the group is the
// room, and who may do what there, is not decided here. Only what can matter becomes one: in a topic what members write, change and react
// with; elsewhere a command of ours, a reply to the bot, a press on its button; and what becomes of the group, its topics and its members.

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
	case u.Reaction != nil:
		return groupReacted(u.Reaction)
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
	case u.Reaction != nil:
		return groupChat(u.Reaction.Chat)
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
	}
	if e := b.topicEvent(m); e != nil {
		return e
	}
	if m.service() || !m.byMember() {
		return nil
	}
	e := b.groupWrote(m)
	switch {
	case e.Thread == "" && e.On == "" && !b.forUs(m.Text): // among colleagues
		return nil
	case e.Text == "" && len(e.Media) == 0: // Telegram says something in a member's name
		return nil
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
		e.Name, e.By, e.Username, e.Admin = cmp.Or(m.AuthorSignature, m.SenderChat.Title), "", "", true
	}
	e.MessageID = strconv.FormatInt(m.ID, 10)
	e.Text, e.Media, e.Album = m.Text, media(m), m.Album
	if m.other() {
		e.Media = []bots.Media{{Type: "other"}}
	}
	if e.Text == "" {
		e.Text = m.Caption
	}
	e.Thread = m.topic()
	switch r := m.answered(); {
	case r == nil:
	case b.me(r.From):
		e.On, e.OnSentAt, e.Step = strconv.FormatInt(r.ID, 10), unix(r.Date), stepOf(r)
	case e.Thread != "": // of a colleague, or of their own: what they wrote here may have gone to a customer
		e.On = strconv.FormatInt(r.ID, 10)
	}
	e.Aside = b.aside(m)
	return e
}

// me reports whether the bot wrote something: in a group others may be bots, too.
func (b *Bot) me(u *user) bool { return u != nil && strconv.FormatInt(u.ID, 10) == b.id }

// commands are those that mean something in any place of the group; in a topic everything that is written does.
var commands = map[string]bool{
	"/staff": true, "/send": true, "/template": true, "/who": true, "/history": true, "/cascade": true, "/close": true, "/open": true,
	"/snooze": true, "/assign": true, "/take": true, "/release": true, "/pause": true, "/note": true, "/away": true, "/undo": true,
	"/del": true, "/help": true,
}

// forUs reports whether a text is a command of ours, said to nobody or to this bot.
func (b *Bot) forUs(text string) bool {
	command, to := commandOf(text)
	return commands[strings.ToLower(command)] && b.isUs(to)
}

// commandOf reads "/command@bot"; no command is empty.
func commandOf(text string) (command, to string) {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	word, _, _ = strings.Cut(word, "\n")
	if !strings.HasPrefix(word, "/") {
		return "", ""
	}
	command, to, _ = strings.Cut(word, "@")
	return command, to
}

// isUs reports whether a name, without its @, is nobody's or the bot's. Whoever does not know its own name yet takes any.
func (b *Bot) isUs(name string) bool {
	known := b.username.Load()
	return name == "" || known == nil || strings.EqualFold(name, *known)
}

func (b *Bot) groupEdit(m *message) *bots.Event {
	if !m.byMember() {
		return nil
	}
	e := b.groupWrote(m)
	if e.On == "" && e.Thread == "" {
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
	e.Thread, e.Query = q.Message.topic(), q.ID
	return e
}

// groupReacted is a reaction of somebody who says who they are. Whose message it is on, and in which topic, is not told.
func groupReacted(r *reactionUpdate) *bots.Event {
	if r.User == nil || r.User.IsBot {
		return nil
	}
	e := inRoom(bots.Reacted, r.Chat, r.User, unix(r.Date))
	e.On, e.Data = strconv.FormatInt(r.MessageID, 10), newReaction(r)
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
	e := &bots.Event{Kind: kind, Sender: bots.Staff, Chat: bots.Address{Channel: bots.Staff, ID: strconv.FormatInt(c.ID, 10)}, At: at, Forum: c.IsForum}
	if from != nil {
		e.Name = strings.TrimSpace(from.FirstName + " " + from.LastName)
		e.By, e.Username = strconv.FormatInt(from.ID, 10), from.Username
	}
	return e
}
