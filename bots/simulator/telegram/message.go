package telegram

import (
	"maps"
	"slices"
	"time"
)

// Message is a message of a chat, in either direction, as people see it now.
type Message struct {
	ChatID    int64
	ID        int
	FromBot   bool
	From      int64 // the person who wrote it; 0 = the bot
	Date      time.Time
	Text      string   // plain, after parsing; the caption of a photo
	Raw       string   // as the bot sent it
	ParseMode string   // as the bot sent it
	Entities  []Entity // what the parse made of it
	Buttons   [][]Button
	Keyboard  *Keyboard // the reply keyboard that came with it
	ReplyTo   int       // id of the message it answers, 0 = none
	Thread    int       // the topic it is in, 0 = General or none
	Service   string    // the name of its field in the API when it is a service message, "forum_topic_created" for one
	Media     Media     // what it carries, "" = only its text
	File      string    // id of the file it carries
	Photo     string    // of a photo its file id or the address it was sent by
	Album     string    // the media_group_id that the messages of an album share
	Latitude  float64   // of a Location
	Longitude float64
	Reaction  string           // the person's emoji on it
	Reactions map[int64]string // in a group: who put which emoji on it
	BotEmoji  string           // the bot's emoji on it
	Pinned    bool
	Edited    bool
	Deleted   bool
	Silent    bool // disable_notification
	Protected bool // protect_content
	NoPreview bool // the link preview is disabled

	file      *file
	contact   *contact
	anonymous bool               // written in the group's own name
	say       func(*wireMessage) // fills in what a service message says
	editedAt  time.Time
	pinnedAs  int // the how-manieth pin of the server it is
}

// clone is a copy that its holder may keep: the server goes on changing its own.
func (m *Message) clone() Message {
	c := *m
	c.Entities = slices.Clone(m.Entities)
	c.Reactions = maps.Clone(m.Reactions)
	c.Buttons = slices.Clone(m.Buttons)
	for i := range c.Buttons {
		c.Buttons[i] = slices.Clone(c.Buttons[i])
	}
	return c
}

// Button finds the n-th inline button, counted from 0 over all rows.
func (m Message) Button(n int) (Button, bool) {
	for _, row := range m.Buttons {
		if n >= 0 && n < len(row) {
			return row[n], true
		}
		n -= len(row)
	}
	return Button{}, false
}

// wire is the message as the API shows it. withReply is false inside another message: replies do not nest.
func (s *Server) wire(p *person, m *Message, withReply bool) *wireMessage {
	out := &wireMessage{
		MessageID: m.ID, From: p.user(), Chat: p.chat(), Date: m.Date.Unix(),
		HasProtectedContent: m.Protected, Contact: m.contact,
	}
	switch {
	case m.FromBot:
		out.From = s.botUser()
	case p.group != nil:
		p.group.signed(s, m, out)
	}
	if m.Edited {
		out.EditDate = m.editedAt.Unix()
	}
	out.MediaGroupID = m.Album
	if m.Media == "" {
		out.Text, out.Entities = m.Text, m.Entities
	} else {
		out.Caption, out.CaptionEntities = m.Text, m.Entities
		m.wireMedia(out)
	}
	if m.NoPreview {
		out.LinkPreviewOptions = &previewOptions{IsDisabled: true}
	}
	if len(m.Buttons) > 0 {
		out.ReplyMarkup = &inlineKeyboards{m.Buttons}
	}
	out.MessageThreadID, out.IsTopicMessage = p.threadOf(m)
	if m.say != nil {
		m.say(out)
	}
	if withReply {
		s.wireReply(p, m, out)
	}
	return out
}

func (s *Server) wireReply(p *person, m *Message, out *wireMessage) {
	if answered := p.answered(m); answered != nil {
		out.ReplyToMessage = s.wire(p, answered, false)
	}
	if original := p.message(m.ReplyTo); original != nil && !original.Deleted && p.elsewhere(m, original) {
		shown := s.wire(p, original, false)
		out.ExternalReply = &externalReply{
			Origin: messageOrigin{Type: "user", Date: shown.Date, SenderUser: shown.From}, Chat: shown.Chat, MessageID: original.ID,
		}
	}
}
