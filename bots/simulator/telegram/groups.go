package telegram

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Group is a group chat. The bot is in it from the start unless Without is set.
type Group struct {
	ID      int64 // below 0; a supergroup's begins with -100
	Title   string
	Super   bool
	Forum   bool    // it has topics, and so is a supergroup; see SetForum
	Members []int64 // people who were added with AddPerson
	Admins  []int64 // those of them who administer it, its maker first; none: everybody may do what administrators do
	Without bool    // the bot is not in it yet: see Invite

	BotRights *Rights   // the bot administers it, with these; nil: of a Forum with AllRights, of another group not at all
	Forbidden Forbidden // what members may not do; see SetForbidden
}

// group is a Group with what happened since.
type group struct {
	Group
	status  string // of the bot: "administrator", "member", "left", "kicked"
	rights  Rights // of the bot, when it is an administrator
	becameA int64  // the supergroup it became; 0 = it is one group still
	topics  []*topic
	general topic
}

func (g *group) kind() string {
	if g.Super {
		return "supergroup"
	}
	return "group"
}

func (g *group) chat(id int64) *chat {
	return &chat{ID: id, Title: g.Title, Type: g.kind(), IsForum: g.Forum}
}

// mayWrite tells why the bot may not write there.
func (g *group) mayWrite() *failure {
	switch {
	case g.becameA != 0:
		return &failure{code: 400, text: "Bad Request: group chat was upgraded to a supergroup chat", migratedTo: g.becameA}
	case g.status == kicked:
		return forbidden("bot was kicked from the " + g.kind() + " chat")
	case !g.inside():
		return forbidden("bot is not a member of the " + g.kind() + " chat")
	}
	return nil
}

// anonymousAdmin is in whose name Telegram shows what an admin writes in the group's own.
var anonymousAdmin = user{ID: 1087968824, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}

// signed writes who of the group a message is from.
func (g *group) signed(s *Server, m *Message, out *wireMessage) {
	if m.anonymous {
		who := anonymousAdmin
		out.From, out.SenderChat = &who, g.chat(m.ChatID)
		return
	}
	out.From = s.userOf(m.From)
}

// AddGroup makes a group.
func (s *Server) AddGroup(g Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.Members, g.Admins = slices.Clone(g.Members), slices.Clone(g.Admins)
	if g.ID >= 0 || s.people[g.ID] != nil {
		return fmt.Errorf("telegram simulator: group %d: the id is not free, or not below 0", g.ID)
	}
	g.Super = g.Super || g.Forum
	for _, id := range g.Members {
		if s.people[id] == nil {
			return fmt.Errorf("telegram simulator: group %d: nobody is person %d", g.ID, id)
		}
	}
	made := &group{Group: g, general: topic{name: "General"}}
	made.status, made.rights = g.initialStatus()
	s.people[g.ID] = s.groupChat(g.ID, made)
	s.people[g.ID].reserveGeneral()
	s.stage.Notify()
	return nil
}

// groupChat is the chat of a group, with its rates.
func (s *Server) groupChat(id int64, g *group) *person {
	p := &person{Person: Person{ID: id}, group: g, rate: newBucket(s.opt.GroupRate/60, s.opt.GroupRate)}
	if s.opt.GroupStrict && s.opt.GroupRate > 0 {
		p.window = &window{most: int(s.opt.GroupRate)}
	}
	return p
}

var (
	errNoGroup    = errors.New("there is no such group")
	errNoMember   = errors.New("they are not in the group")
	errBecame     = errors.New("the group became a supergroup: use its new id")
	errBotOutside = errors.New("the bot is not in the group")
)

// inGroup lets somebody of a group do something.
func (s *Server) inGroup(id, who int64, do func(p *person) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	p := s.people[id]
	err := errNoGroup
	switch {
	case p == nil || p.group == nil:
	case p.group.becameA != 0:
		err = errBecame
	case who != 0 && !slices.Contains(p.group.Members, who):
		err = errNoMember
	default:
		err = do(p)
	}
	if err != nil {
		return fmt.Errorf("telegram simulator: group %d: %w", id, err)
	}
	return nil
}

// Invite lets the bot in: somebody of the group adds it.
func (s *Server) Invite(id, who int64) error {
	return s.inGroup(id, who, func(p *person) error { s.setMember(p, who, ordinary); return nil })
}

// Expel puts the bot out: somebody of the group removes it.
func (s *Server) Expel(id, who int64) error {
	return s.inGroup(id, who, func(p *person) error { s.setMember(p, who, kicked); return nil })
}

func (s *Server) setMember(p *person, who int64, status string) {
	if status == ordinary && p.group.inside() {
		return
	}
	s.appoint(p, who, status, Rights{})
}

// hears reports whether the bot gets a message of a group.
func (s *Server) hears(p *person, m *Message) bool {
	if !p.group.inside() {
		return false
	}
	original := p.message(m.ReplyTo)
	return s.opt.HearsAll || p.group.status == administrator || original != nil && original.FromBot || s.commanded(m)
}

// commanded reports whether a message begins with a command for this bot.
func (s *Server) commanded(m *Message) bool {
	if len(m.Entities) == 0 || m.Entities[0].Type != "bot_command" || m.Media != "" {
		return false
	}
	word, _, _ := strings.Cut(m.Text, " ")
	_, to, named := strings.Cut(word, "@")
	return !named || strings.EqualFold(to, s.opt.Username)
}

// PressIn presses the button with this callback data under a message of a group, and answers with the callback's id.
func (s *Server) PressIn(id, who int64, messageID int, data string) (callbackID string, err error) {
	err = s.inGroup(id, who, func(p *person) error {
		m := p.message(messageID)
		if m == nil || m.Deleted {
			return errNoMessage
		}
		if !p.group.inside() {
			return errBotOutside
		}
		if !m.offers(data) {
			return errors.New("the message has no such button")
		}
		c := s.newCallback(who, m.ID, data)
		s.queue.add(s, "callback_query", who, callbackQuery{
			ID: c.ID, From: s.people[who].user(), Message: s.wire(p, m, true), ChatInstance: fmt.Sprint(p.ID * 7919), Data: data,
		})
		callbackID = c.ID
		return nil
	})
	return callbackID, err
}

func (m *Message) offers(data string) bool {
	return slices.ContainsFunc(m.Buttons, func(row []Button) bool {
		return slices.ContainsFunc(row, func(b Button) bool { return b.CallbackData == data && data != "" })
	})
}

// Upgrade makes a group a supergroup, and answers with the id it has from now on. Both chats tell the bot.
func (s *Server) Upgrade(id int64) (now int64, err error) {
	err = s.inGroup(id, 0, func(p *person) error {
		if p.group.Super {
			return errors.New("it is a supergroup already")
		}
		now = -1000000000000 + id
		next := &group{Group: p.group.Group, status: p.group.status, rights: p.group.rights, general: topic{name: "General"}}
		next.ID, next.Super = now, true
		fresh := s.groupChat(now, next)
		s.people[now] = fresh
		who := s.people[slices.Max(append([]int64{0}, p.group.Members...))]
		if who == nil {
			return errNoMember
		}
		s.tell(p, &Message{From: who.ID}, "migrate_to_chat_id", func(w *wireMessage) { w.MigrateToChatID = now })
		s.tell(fresh, &Message{From: who.ID, anonymous: true}, "migrate_from_chat_id", func(w *wireMessage) { w.MigrateFromChatID = id })
		p.group.becameA = now
		return nil
	})
	return now, err
}
