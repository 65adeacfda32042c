package telegram

// The service messages that topics, pins and members make. A bot hears all of them, its own too.

type topicCreated struct {
	Name              string `json:"name"`
	IconColor         int    `json:"icon_color"`
	IconCustomEmojiID string `json:"icon_custom_emoji_id,omitempty"`
}

type topicEdited struct {
	Name              string  `json:"name,omitempty"`
	IconCustomEmojiID *string `json:"icon_custom_emoji_id,omitempty"` // empty: the icon was taken away
}

// tell adds a service message and tells the bot, if it is there.
func (s *Server) tell(p *person, m *Message, kind string, say func(*wireMessage)) {
	m.Service, m.say = kind, say
	s.add(p, m)
	if p.group == nil || p.group.inside() {
		s.queue.add(s, "message", p.ID, s.wire(p, m, true))
	}
}

// nextID is the id of the message that comes next.
func (p *person) nextID() int { return p.before + len(p.messages) + 1 }
