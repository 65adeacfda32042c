package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Said is how somebody writes, in a group or to the bot.
type Said struct {
	Text      string
	Thread    int // the topic it is written in; 0 = where the answered message is, else General
	ReplyTo   int
	Anonymous bool // an administrator, in the group's own name

	Media    Media
	Photo    bool    // as Media: Photo
	Caption  string  // of media; Text will do as well
	Album    string  // messages said with one Album are one album: each has its media_group_id
	Content  []byte  // of the file; nil = something that looks like its kind
	FileName string  // of a document, a video or music
	MIME     string  // "" = what its kind usually has
	Size     int     // in bytes, when it shall not be that of Content: bots download no more than 20 MB
	Lat, Lon float64 // of a Location

	// Mentions are people whom the text mentions: by "@username" where they have one and it is in the text, else by their first
	// name, which must be in it.
	Mentions []int64
}

// compose makes the message that somebody says.
func (s *Server) compose(p *person, said Said) (*Message, error) {
	m := &Message{ReplyTo: said.ReplyTo, anonymous: said.Anonymous, Album: said.Album, Text: said.Text}
	kind := said.Media
	if said.Photo {
		kind = Photo
	}
	switch {
	case kind == Location:
		m.Media, m.Latitude, m.Longitude = Location, said.Lat, said.Lon
	case kind.isFile():
		m.carry(s.keep(&file{media: kind, name: said.FileName, mime: said.MIME, data: said.Content, size: said.Size}))
	case kind != "":
		return nil, fmt.Errorf("nobody can send a %q", kind)
	}
	if kind != "" {
		m.Text = cmp.Or(said.Caption, said.Text)
	}
	switch {
	case kind == "" && (said.Text == "" || said.Caption != "" || said.Album != ""):
		return nil, errors.New("an empty message cannot be sent, nor a caption or an album of nothing")
	case m.Text != "" && kind != "" && !kind.traits().caption:
		return nil, fmt.Errorf("a %s has no caption", kind)
	}
	if original := p.message(said.ReplyTo); said.ReplyTo != 0 && (original == nil || original.Deleted) {
		return nil, errNoMessage
	}
	var err error
	m.Entities, err = s.entitiesOf(m.Text, said.Mentions)
	return m, err
}

// entitiesOf are the entities that Telegram finds in what a person writes: a leading command, and mentions.
func (s *Server) entitiesOf(text string, mentioned []int64) ([]Entity, error) {
	entities := append(commandEntity(text), usernames(text)...)
	for _, who := range mentioned {
		p := s.people[who]
		if p == nil || p.group != nil {
			return nil, errUnknown
		}
		if p.Username != "" && slices.ContainsFunc(entities, func(e Entity) bool { return e.names(text, p.Username) }) {
			continue
		}
		at := strings.Index(text, p.FirstName)
		if at < 0 {
			return nil, fmt.Errorf("the text mentions %d neither by a name nor by a username", who)
		}
		entities = append(entities, Entity{Type: "text_mention", Offset: utf16Len(text[:at]), Length: utf16Len(p.FirstName), User: p.user()})
	}
	slices.SortStableFunc(entities, func(a, b Entity) int { return cmp.Compare(a.Offset, b.Offset) })
	return entities, nil
}

// names reports whether an entity mentions a username.
func (e Entity) names(text, username string) bool {
	at := strings.Index(strings.ToLower(text), "@"+strings.ToLower(username))
	return e.Type == "mention" && at >= 0 && utf16Len(text[:at]) == e.Offset && e.Length == utf16Len(username)+1
}

var username = regexp.MustCompile(`(?:^|[^\w@/])(@[A-Za-z]\w{3,31})\b`)

// usernames marks each @username.
func usernames(text string) []Entity {
	var out []Entity
	for _, at := range username.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, Entity{Type: "mention", Offset: utf16Len(text[:at[2]]), Length: at[3] - at[2]})
	}
	return out
}

// Write lets somebody send a message to the bot: a photo, a voice note, a part of an album. It answers with the message's id.
func (s *Server) Write(id int64, said Said) (int, error) {
	if said.Thread != 0 || said.Anonymous {
		return 0, errors.New("telegram simulator: a private chat has no topics, and nobody is anonymous there")
	}
	return s.write(id, func(p *person) (*Message, error) { return s.compose(p, said) })
}

// WriteIn lets somebody write in a group, and answers with the message's id. The bot hears it only if it may: in privacy mode
// commands and replies to itself, unless it administers the group.
func (s *Server) WriteIn(id, who int64, said Said) (int, error) {
	var written int
	err := s.inGroup(id, who, func(p *person) error {
		m, err := s.compose(p, said)
		if err != nil {
			return err
		}
		m.From = who
		if err := p.enter(m, said.Thread); err != nil {
			return err
		}
		s.add(p, m)
		written = m.ID
		if s.hears(p, m) {
			s.queue.add(s, "message", p.ID, s.wire(p, m, true))
		}
		return nil
	})
	return written, err
}

// SayIn writes a plain message in a group.
func (s *Server) SayIn(id, who int64, text string) (int, error) {
	return s.WriteIn(id, who, Said{Text: text})
}

// ReplyIn answers a message of a group.
func (s *Server) ReplyIn(id, who int64, messageID int, text string) (int, error) {
	return s.WriteIn(id, who, Said{Text: text, ReplyTo: messageID})
}

// EditIn changes what somebody wrote in a group, or the caption of it.
func (s *Server) EditIn(id, who int64, messageID int, text string) error {
	return s.inGroup(id, who, func(p *person) error {
		m := p.message(messageID)
		if m == nil || m.Deleted || m.From != who || m.Service != "" {
			return errNoMessage
		}
		if err := s.rewrite(m, text); err != nil {
			return err
		}
		if s.hears(p, m) {
			s.queue.add(s, "edited_message", p.ID, s.wire(p, m, true))
		}
		return nil
	})
}

// rewrite changes the text or the caption of what a person wrote.
func (s *Server) rewrite(m *Message, text string) (err error) {
	if m.Media != "" && !m.Media.traits().caption || m.contact != nil {
		return errNoMessage
	}
	m.Text, m.Edited, m.editedAt = text, true, s.opt.Now()
	m.Entities, err = s.entitiesOf(text, nil)
	return err
}

// DeleteIn lets somebody delete a message of a group: their own, or any if they administer it. The bot is not told.
func (s *Server) DeleteIn(id, who int64, messageID int) error {
	return s.inGroup(id, who, func(p *person) error {
		m := p.message(messageID)
		switch {
		case m == nil || m.Deleted:
			return errNoMessage
		case m.From != who && !p.group.manages(who):
			return errMayNot
		}
		m.Deleted = true
		return nil
	})
}

// ReactIn puts an emoji on a message of a group; "" takes it away. A bot that administers the group and asked for it is told.
func (s *Server) ReactIn(id, who int64, messageID int, emoji string) error {
	return s.inGroup(id, who, func(p *person) error {
		m := p.message(messageID)
		switch {
		case m == nil || m.Deleted:
			return errNoMessage
		case emoji != "" && !isReaction(emoji):
			return fmt.Errorf("%q is no reaction that Telegram offers", emoji)
		}
		before := m.Reactions[who]
		if before == emoji {
			return nil
		}
		if m.Reactions == nil {
			m.Reactions = map[int64]string{}
		}
		if m.Reactions[who] = emoji; emoji == "" {
			delete(m.Reactions, who)
		}
		if p.group.status == administrator {
			s.queue.add(s, "message_reaction", p.ID, reactionUpdated{
				Chat: p.chat(), MessageID: m.ID, User: s.userOf(who), Date: s.opt.Now().Unix(),
				OldReaction: reactions(before), NewReaction: reactions(emoji),
			})
		}
		return nil
	})
}

// Join adds somebody to a group. Who is in it already stays.
func (s *Server) Join(id, who int64) error {
	return s.inGroup(id, 0, func(p *person) error {
		if s.people[who] == nil || s.people[who].group != nil {
			return errUnknown
		}
		if slices.Contains(p.group.Members, who) {
			return nil
		}
		p.group.Members = append(p.group.Members, who)
		came := s.userOf(who)
		s.tell(p, &Message{From: who}, "new_chat_members", func(w *wireMessage) {
			w.NewChatMembers, w.NewChatMember, w.NewChatParticipant = []*user{came}, came, came
		})
		return nil
	})
}

// Leave lets somebody leave a group.
func (s *Server) Leave(id, who int64) error {
	return s.inGroup(id, who, func(p *person) error { s.leaves(p, who, who); return nil })
}

// Remove lets somebody of a group put somebody else out of it.
func (s *Server) Remove(id, by, who int64) error {
	return s.inGroup(id, by, func(p *person) error {
		switch {
		case !slices.Contains(p.group.Members, who):
			return errNoMember
		case !p.group.manages(by):
			return errMayNot
		}
		s.leaves(p, by, who)
		return nil
	})
}

func (s *Server) leaves(p *person, by, who int64) {
	g := p.group
	gone := func(id int64) bool { return id == who }
	g.Members, g.Admins = slices.DeleteFunc(slices.Clone(g.Members), gone), slices.DeleteFunc(slices.Clone(g.Admins), gone)
	went := s.userOf(who)
	s.tell(p, &Message{From: by}, "left_chat_member", func(w *wireMessage) { w.LeftChatMember, w.LeftChatParticipant = went, went })
}
