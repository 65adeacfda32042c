package telegram

import (
	"strings"
	"unicode/utf8"
)

type forumTopic struct {
	MessageThreadID   int    `json:"message_thread_id"`
	Name              string `json:"name"`
	IconColor         int    `json:"icon_color"`
	IconCustomEmojiID string `json:"icon_custom_emoji_id,omitempty"`
}

func (s *Server) createForumTopic(req *request) (any, *failure) {
	p, fail := s.forumOf(req)
	if fail != nil {
		return nil, fail
	}
	if !p.group.can(manageTopics) {
		return nil, badRequest("not enough rights to create a topic")
	}
	name := topicName(req.Params["name"])
	color := req.number("icon_color", plainIcon, 0, maxID)
	if color == 0 {
		color = plainIcon
	}
	switch {
	case name == "":
		return nil, badRequest("name must be non-empty")
	case !iconColors[color]:
		return nil, badRequest("invalid icon color specified")
	}
	if fail := s.takeToken(p, 1); fail != nil {
		return nil, fail
	}
	t := s.openTopic(p, &Message{FromBot: true}, topic{name: name, color: color, emoji: req.Params["icon_custom_emoji_id"]})
	return forumTopic{MessageThreadID: t.thread, Name: t.name, IconColor: t.color, IconCustomEmojiID: t.emoji}, nil
}

// topicName is a name as Telegram keeps it: without blanks around it, and cut when it is too long.
func topicName(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) > maxTopicName {
		name = string([]rune(name)[:maxTopicName])
	}
	return name
}

// openTopic begins a topic with its service message.
func (s *Server) openTopic(p *person, m *Message, t topic) *topic {
	t.thread = p.nextID()
	m.Thread = t.thread
	p.group.topics = append(p.group.topics, &t)
	created := &topicCreated{Name: t.name, IconColor: t.color, IconCustomEmojiID: t.emoji}
	s.tell(p, m, "forum_topic_created", func(w *wireMessage) { w.ForumTopicCreated = created })
	return &t
}

// forumOf is the forum that a call is about.
func (s *Server) forumOf(req *request) (*person, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	switch {
	case fail != nil:
		return nil, fail
	case p.group == nil:
		return nil, badRequest("the chat is not a forum")
	}
	if fail := p.group.mayWrite(); fail != nil {
		return nil, fail
	}
	if !p.group.Forum {
		return nil, badRequest("the chat is not a forum")
	}
	return p, nil
}

// topicOf is the topic that a call is about, and whether the bot may change it: refused says what is missing.
func (s *Server) topicOf(req *request, right func(Rights) bool, refused string) (*person, *topic, *failure) {
	p, fail := s.forumOf(req)
	if fail != nil {
		return nil, nil, fail
	}
	thread := req.messageID("message_thread_id")
	if thread == 0 {
		return nil, nil, badRequest("invalid forum topic identifier specified")
	}
	t := p.group.topic(thread)
	switch {
	case t == nil && p.group.had(thread):
		return nil, nil, badRequest("TOPIC_DELETED")
	case t == nil:
		return nil, nil, badRequest("TOPIC_ID_INVALID")
	case !p.group.can(right) && !p.group.owns(t):
		return nil, nil, badRequest("not enough rights to " + refused)
	}
	return p, t, nil
}

// had reports whether a topic was there and was deleted.
func (g *group) had(thread int) bool {
	for _, t := range g.topics {
		if t.thread == thread {
			return true
		}
	}
	return false
}

func (s *Server) editForumTopic(req *request) (any, *failure) {
	p, t, fail := s.topicOf(req, manageTopics, "edit the topic")
	if fail != nil {
		return nil, fail
	}
	var change topicEdited
	if name := req.Params["name"]; name != "" {
		if change.Name = topicName(name); change.Name == "" {
			return nil, badRequest("name must be non-empty")
		}
	}
	if emoji, given := req.Params["icon_custom_emoji_id"]; given {
		change.IconCustomEmojiID = &emoji
	}
	return s.editTopic(p, &Message{FromBot: true}, t, change)
}

// editTopic changes a name or an icon. To change nothing is refused; to ask for nothing is not.
func (s *Server) editTopic(p *person, m *Message, t *topic, change topicEdited) (any, *failure) {
	if change.Name == "" && change.IconCustomEmojiID == nil {
		return true, nil
	}
	if (change.Name == "" || change.Name == t.name) && (change.IconCustomEmojiID == nil || *change.IconCustomEmojiID == t.emoji) {
		return nil, badRequest("TOPIC_NOT_MODIFIED")
	}
	if change.Name != "" {
		t.name = change.Name
	}
	if change.IconCustomEmojiID != nil {
		t.emoji = *change.IconCustomEmojiID
	}
	m.Thread = t.thread
	s.tell(p, m, "forum_topic_edited", func(w *wireMessage) { w.ForumTopicEdited = &change })
	return true, nil
}

func (s *Server) closeForumTopic(req *request) (any, *failure) { return s.toggleTopic(req, true) }

func (s *Server) reopenForumTopic(req *request) (any, *failure) { return s.toggleTopic(req, false) }

func (s *Server) toggleTopic(req *request, closed bool) (any, *failure) {
	p, t, fail := s.topicOf(req, manageTopics, "close or open the topic")
	if fail != nil {
		return nil, fail
	}
	return s.setClosed(p, &Message{FromBot: true}, t, closed)
}

func (s *Server) closeGeneralForumTopic(req *request) (any, *failure) {
	return s.toggleGeneral(req, func(p *person, m *Message) (any, *failure) { return s.setClosed(p, m, &p.group.general, true) })
}

func (s *Server) reopenGeneralForumTopic(req *request) (any, *failure) {
	return s.toggleGeneral(req, func(p *person, m *Message) (any, *failure) { return s.setClosed(p, m, &p.group.general, false) })
}

func (s *Server) hideGeneralForumTopic(req *request) (any, *failure) {
	return s.toggleGeneral(req, func(p *person, m *Message) (any, *failure) { return s.setHidden(p, m, true) })
}

func (s *Server) unhideGeneralForumTopic(req *request) (any, *failure) {
	return s.toggleGeneral(req, func(p *person, m *Message) (any, *failure) { return s.setHidden(p, m, false) })
}

func (s *Server) toggleGeneral(req *request, do func(*person, *Message) (any, *failure)) (any, *failure) {
	p, fail := s.forumOf(req)
	if fail != nil {
		return nil, fail
	}
	if !p.group.can(manageTopics) {
		return nil, badRequest("not enough rights to close or open the topic")
	}
	return do(p, &Message{FromBot: true})
}

// setClosed closes a topic or opens it again. A hidden General is seen again when it is opened.
func (s *Server) setClosed(p *person, m *Message, t *topic, closed bool) (any, *failure) {
	if t.closed == closed {
		return nil, badRequest("TOPIC_NOT_MODIFIED")
	}
	t.closed, m.Thread = closed, t.thread
	if t.hidden && !closed {
		return s.setHidden(p, m, false)
	}
	if closed {
		s.tell(p, m, "forum_topic_closed", func(w *wireMessage) { w.ForumTopicClosed = &struct{}{} })
	} else {
		s.tell(p, m, "forum_topic_reopened", func(w *wireMessage) { w.ForumTopicReopened = &struct{}{} })
	}
	return true, nil
}

// setHidden hides General, which closes it, or shows it again.
func (s *Server) setHidden(p *person, m *Message, hidden bool) (any, *failure) {
	t := &p.group.general
	if t.hidden == hidden {
		return nil, badRequest("TOPIC_NOT_MODIFIED")
	}
	t.hidden, t.closed = hidden, hidden || t.closed
	if hidden {
		s.tell(p, m, "general_forum_topic_hidden", func(w *wireMessage) { w.GeneralForumTopicHidden = &struct{}{} })
	} else {
		s.tell(p, m, "general_forum_topic_unhidden", func(w *wireMessage) { w.GeneralForumTopicUnhidden = &struct{}{} })
	}
	return true, nil
}

func (s *Server) deleteForumTopic(req *request) (any, *failure) {
	p, t, fail := s.topicOf(req, deleteMessages, "delete the topic")
	if fail == nil && !p.group.can(deleteMessages) { // also of a topic of its own: https://core.telegram.org/bots/api#deleteforumtopic
		fail = badRequest("not enough rights to delete the topic")
	}
	if fail != nil {
		return nil, fail
	}
	if t == &p.group.general {
		return nil, badRequest("TOPIC_ID_INVALID")
	}
	p.dropTopic(t)
	return true, nil
}

// dropTopic deletes a topic with all its messages. Telegram tells no bot of it.
func (p *person) dropTopic(t *topic) {
	t.deleted = true
	for _, m := range p.messages {
		if m.Thread == t.thread {
			m.Deleted = true
		}
	}
}
