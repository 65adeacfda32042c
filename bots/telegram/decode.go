package telegram

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

// heard is what one update brought.
type heard struct {
	id    int64 // 0: it has none
	event *bots.Event
	more  []bots.Event // besides: an update may tell of several people
	press *press       // to be answered once the event is received
}

// press is a button press: the person's client waits for an answer to it.
type press struct {
	query  string
	locale string
}

// decode reads one update. It returns no event for what does not concern us, and one without a kind for what cannot be
// read: that goes to quarantine and never stands in the way of the next.
func (b *Bot) decode(raw []byte, now time.Time) heard {
	var u update
	if err := json.Unmarshal(raw, &u); err != nil || u.ID == 0 {
		return b.undecodable(raw, now)
	}
	h := heard{id: u.ID}
	for i, e := range b.eventsOf(&u, now) {
		e.ID = b.eventID(strconv.FormatInt(u.ID, 10))
		e.Channel = bots.Telegram
		e.Sender = cmp.Or(e.Sender, bots.Telegram)
		e.ArrivedAt, e.Raw = now, raw
		if i == 0 {
			h.event = e
			continue
		}
		e.ID += "/" + strconv.Itoa(i)
		h.more = append(h.more, *e)
	}
	if q := u.CallbackQuery; q != nil && h.event != nil && h.event.Chat.Channel != bots.Staff { // a press of staff is answered by whoever knows what came of it
		h.press = &press{query: q.ID, locale: q.From.LanguageCode}
	}
	return h
}

// eventsOf are what an update tells, mostly one thing; none: it does not concern us.
func (b *Bot) eventsOf(u *update, now time.Time) []*bots.Event {
	if m := u.Message; m != nil && groupChat(m.Chat) && (len(m.NewMembers) > 0 || m.LeftMember != nil) {
		return b.members(m)
	}
	if e := b.eventOf(u, now); e != nil {
		return []*bots.Event{e}
	}
	return nil
}

// eventID is unique for ever, also when the token is changed for another bot's.
func (b *Bot) eventID(update string) string { return bots.Telegram + ":" + b.id + ":" + update }

func (b *Bot) undecodable(raw []byte, now time.Time) heard {
	var u struct {
		ID int64 `json:"update_id"`
	}
	name := ""
	if json.Unmarshal(raw, &u) == nil && u.ID != 0 {
		name = strconv.FormatInt(u.ID, 10)
	} else {
		u.ID = 0
		sum := sha256.Sum256(raw)
		name = "x" + hex.EncodeToString(sum[:16])
	}
	return heard{id: u.ID, event: &bots.Event{
		ID: b.eventID(name), Channel: bots.Telegram, Sender: bots.Telegram, ArrivedAt: now, Raw: raw,
	}}
}

func (b *Bot) eventOf(u *update, now time.Time) *bots.Event {
	switch {
	case inGroup(u):
		return b.groupEvent(u, now)
	case u.Message != nil:
		return sentMessage(u.Message)
	case u.EditedMessage != nil:
		return editedMessage(u.EditedMessage)
	case u.CallbackQuery != nil:
		return pressed(u.CallbackQuery, now)
	case u.Reaction != nil:
		return reacted(u.Reaction)
	case u.MyChatMember != nil:
		return memberChanged(u.MyChatMember)
	}
	return nil // a kind that was asked for by another program with this token
}

// private reports whether a chat is with one person.
func private(c chat) bool { return c.Type == "private" && c.ID > 0 }

func sentMessage(m *message) *bots.Event {
	if m.ChatShared != nil && private(m.Chat) {
		return offered(m)
	}
	if !private(m.Chat) || m.service() || (m.From != nil && m.From.IsBot) {
		return nil
	}
	e := wrote(m)
	if payload, ok := startPayload(m.Text); ok {
		e.Kind, e.Payload = bots.Started, payload
		e.Text = "/start" // the payload is a key; it has no place in the conversation
		return e
	}
	if phone := ownPhone(m); phone != "" {
		e.Kind, e.Phone, e.Media = bots.Shared, phone, nil
	}
	return e
}

func wrote(m *message) *bots.Event {
	e := said(bots.Wrote, m.Chat, m.From, unix(m.Date))
	e.MessageID = strconv.FormatInt(m.ID, 10)
	e.Text = m.Text
	if e.Text == "" {
		e.Text = m.Caption
	}
	e.Media = media(m)
	if r := m.ReplyTo; r != nil && r.ours() {
		e.On, e.OnSentAt, e.Step = strconv.FormatInt(r.ID, 10), unix(r.Date), stepOf(r)
	}
	return e
}

// ours reports whether we wrote a message of a private chat. People also answer their own.
func (m *message) ours() bool { return m.From == nil || m.From.IsBot }

func editedMessage(m *message) *bots.Event {
	if !private(m.Chat) || (m.From != nil && m.From.IsBot) {
		return nil
	}
	e := wrote(m)
	e.Kind = bots.Edited
	if m.EditDate > 0 {
		e.At = unix(m.EditDate)
	}
	return e
}

// pressed has the time of its arrival: Telegram tells none, and drops presses after 150 s. A message that is too old to be
// shown again has no date and no buttons; one that is gone altogether leaves only the person, whose chat has the same id.
func pressed(q *callbackQuery, now time.Time) *bots.Event {
	at := chat{ID: q.From.ID, Type: "private"}
	on, sent := "", time.Time{}
	if m := q.Message; m != nil {
		at, on, sent = m.Chat, strconv.FormatInt(m.ID, 10), unix(m.Date)
	}
	if !private(at) {
		return nil
	}
	e := said(bots.Pressed, at, &q.From, now)
	e.On, e.OnSentAt, e.Timeless = on, sent, true
	e.Step, e.Data = decodeCallback(q.Data)
	return e
}

func reacted(r *reactionUpdate) *bots.Event {
	if !private(r.Chat) {
		return nil
	}
	e := said(bots.Reacted, r.Chat, r.User, unix(r.Date))
	e.On, e.Data = strconv.FormatInt(r.MessageID, 10), newReaction(r)
	return e
}

// memberChanged is heard in a private chat when the person stops the bot, or starts it again.
func memberChanged(m *chatMemberUpdate) *bots.Event {
	if !private(m.Chat) {
		return nil
	}
	switch m.New.Status {
	case "kicked":
		return said(bots.Blocked, m.Chat, &m.From, unix(m.Date))
	case "member":
		return said(bots.Unblocked, m.Chat, &m.From, unix(m.Date))
	}
	return nil
}

// said is what all events of a person have in common.
func said(kind bots.Kind, c chat, from *user, at time.Time) *bots.Event {
	e := &bots.Event{Kind: kind, Chat: bots.Address{Channel: bots.Telegram, ID: strconv.FormatInt(c.ID, 10)}, At: at}
	e.Name = strings.TrimSpace(c.FirstName + " " + c.LastName)
	if from != nil {
		e.Locale = from.LanguageCode
		e.Name = strings.TrimSpace(from.FirstName + " " + from.LastName)
	}
	return e
}

// newReaction is the emoji that was added, the last one if none was, and nothing when all were taken back.
func newReaction(r *reactionUpdate) string {
	if len(r.New) == 0 {
		return ""
	}
	had := make(map[reaction]bool, len(r.Old))
	for _, old := range r.Old {
		had[old] = true
	}
	for _, fresh := range r.New {
		if !had[fresh] {
			return fresh.String()
		}
	}
	return r.New[len(r.New)-1].String()
}

// String is never empty: an empty reaction is one that was taken back.
func (r reaction) String() string {
	switch {
	case r.Emoji != "":
		return r.Emoji
	case r.Type == "paid":
		return "⭐"
	}
	return "custom emoji"
}
