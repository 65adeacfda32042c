package telegram

// OpenTopic lets somebody of a group open a topic, and answers with its thread.
func (s *Server) OpenTopic(id, who int64, name string) (thread int, err error) {
	err = s.inGroup(id, who, func(p *person) error {
		name = topicName(name)
		switch {
		case !p.group.Forum:
			return errNoForum
		case name == "":
			return errNoName
		case p.group.Forbidden.Topics && !p.group.manages(who):
			return errMayNot
		}
		thread = s.openTopic(p, &Message{From: who}, topic{name: name, color: plainIcon, by: who}).thread
		return nil
	})
	return thread, err
}

// NameTopic lets somebody give a topic another name.
func (s *Server) NameTopic(id, who int64, thread int, name string) error {
	return s.atTopic(id, who, thread, func(p *person, t *topic) *failure {
		_, fail := s.editTopic(p, &Message{From: who}, t, topicEdited{Name: topicName(name)})
		return fail
	})
}

// CloseTopic lets somebody close a topic; 1 is General.
func (s *Server) CloseTopic(id, who int64, thread int) error {
	return s.atTopic(id, who, thread, func(p *person, t *topic) *failure {
		_, fail := s.setClosed(p, &Message{From: who}, t, true)
		return fail
	})
}

// ReopenTopic lets somebody open a closed topic again; 1 is General.
func (s *Server) ReopenTopic(id, who int64, thread int) error {
	return s.atTopic(id, who, thread, func(p *person, t *topic) *failure {
		_, fail := s.setClosed(p, &Message{From: who}, t, false)
		return fail
	})
}

// DeleteTopic lets somebody delete a topic with all that is in it. The bot is not told.
func (s *Server) DeleteTopic(id, who int64, thread int) error {
	return s.atTopic(id, who, thread, func(p *person, t *topic) *failure {
		if t == &p.group.general {
			return badRequest("General cannot be deleted")
		}
		p.dropTopic(t)
		return nil
	})
}

// HideGeneral lets somebody hide the General topic, which closes it, or show it again.
func (s *Server) HideGeneral(id, who int64, hidden bool) error {
	return s.atTopic(id, who, general, func(p *person, _ *topic) *failure {
		_, fail := s.setHidden(p, &Message{From: who}, hidden)
		return fail
	})
}

// atTopic lets somebody change a topic, if they manage topics or made it.
func (s *Server) atTopic(id, who int64, thread int, do func(*person, *topic) *failure) error {
	return s.inGroup(id, who, func(p *person) error {
		t := p.group.topic(thread)
		switch {
		case !p.group.Forum:
			return errNoForum
		case t == nil || thread == 0:
			return errNoTopic
		case !p.group.manages(who) && t.by != who:
			return errMayNot
		}
		if fail := do(p, t); fail != nil {
			return fail
		}
		return nil
	})
}

// Topic is a topic of a forum as people see it.
type Topic struct {
	Thread    int // 0 = General
	Name      string
	IconColor int
	IconEmoji string // id of the custom emoji, "" = none
	By        int64  // who made it; 0 = the bot, and General
	Closed    bool
	Hidden    bool // General only
	Deleted   bool
	Messages  []Message // all of the topic, service messages too, deleted ones marked
	Pinned    []int     // ids of the messages that are pinned there
}

// Topics are the topics of a group in the order in which they were made, deleted ones too. General is not among them.
func (s *Server) Topics(id int64) []Topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.topics(id)
}

func (s *Server) topics(id int64) []Topic {
	p := s.people[id]
	if p == nil || p.group == nil {
		return nil
	}
	var out []Topic
	for _, t := range p.group.topics {
		out = append(out, p.seen(t))
	}
	return out
}

// General is the General topic of a group: the main chat, as long as topics are on.
func (s *Server) General(id int64) Topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[id]
	if p == nil || p.group == nil {
		return Topic{}
	}
	return p.seen(&p.group.general)
}

// TopicNamed is the newest topic of that name which was not deleted.
func (s *Server) TopicNamed(id int64, name string) (Topic, bool) {
	var found Topic
	for _, t := range s.Topics(id) {
		if t.Name == name && !t.Deleted {
			found = t
		}
	}
	return found, found.Thread != 0
}

func (p *person) seen(t *topic) Topic {
	out := Topic{
		Thread: t.thread, Name: t.name, IconColor: t.color, IconEmoji: t.emoji, By: t.by, Closed: t.closed, Hidden: t.hidden, Deleted: t.deleted,
	}
	for _, m := range p.messages {
		if m.Thread != t.thread {
			continue
		}
		out.Messages = append(out.Messages, m.clone())
		if m.Pinned && !m.Deleted {
			out.Pinned = append(out.Pinned, m.ID)
		}
	}
	return out
}
