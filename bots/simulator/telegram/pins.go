package telegram

func (s *Server) pinChatMessage(req *request) (any, *failure) {
	p, fail := s.pinsOf(req)
	if fail != nil {
		return nil, fail
	}
	m, fail := s.messageOf(p, req.messageID("message_id"), "message to pin")
	if fail != nil {
		return nil, fail
	}
	if m.Pinned {
		return true, nil
	}
	s.pins++
	m.Pinned, m.pinnedAs = true, s.pins
	s.tell(p, &Message{FromBot: true, Thread: m.Thread}, "pinned_message", func(w *wireMessage) { w.PinnedMessage = s.wire(p, m, false) })
	return true, nil
}

// unpinChatMessage takes one pin away, or the newest when none is named.
func (s *Server) unpinChatMessage(req *request) (any, *failure) {
	p, fail := s.pinsOf(req)
	if fail != nil {
		return nil, fail
	}
	m := p.pinned()
	if _, named := req.Params["message_id"]; named {
		if m, fail = s.messageOf(p, req.messageID("message_id"), "message to unpin"); fail != nil {
			return nil, fail
		}
	}
	if m == nil {
		return nil, badRequest("message to unpin not found")
	}
	m.Pinned = false
	return true, nil
}

// pinsOf is the chat where a call pins, if the bot may.
func (s *Server) pinsOf(req *request) (*person, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	if fail == nil {
		fail = p.mayWrite()
	}
	if fail != nil {
		return nil, fail
	}
	if g := p.group; g != nil && !g.can(pinMessages) {
		return nil, badRequest("not enough rights to manage pinned messages in the chat")
	}
	return p, nil
}

// pinned is the message that was pinned last.
func (p *person) pinned() *Message {
	var last *Message
	for _, m := range p.messages {
		if m.Pinned && !m.Deleted && (last == nil || m.pinnedAs > last.pinnedAs) {
			last = m
		}
	}
	return last
}
