package telegram

import "errors"

const (
	general      = 1 // the thread id of the General topic, which messages there do not carry
	maxTopicName = 128
)

// iconColors are those a topic may have; the first is taken when none is asked for.
var iconColors = map[int]bool{7322096: true, 16766590: true, 13338331: true, 9367192: true, 16749490: true, 16478047: true}

const plainIcon = 7322096

// topic is one topic of a forum. Its thread is the id of the service message it began with.
type topic struct {
	thread  int
	name    string
	color   int
	emoji   string
	by      int64 // who made it; 0 = the bot
	closed  bool
	hidden  bool // General only
	deleted bool
}

// topic finds one that was not deleted.
func (g *group) topic(thread int) *topic {
	if thread == general || thread == 0 {
		return &g.general
	}
	for _, t := range g.topics {
		if t.thread == thread && !t.deleted {
			return t
		}
	}
	return nil
}

// SetForum switches the topics of a group on or off. Nobody is told; the topics come back when they are switched on again.
func (s *Server) SetForum(id int64, on bool) error {
	return s.inGroup(id, 0, func(p *person) error {
		p.group.Forum = on
		p.group.Super = p.group.Super || on
		p.reserveGeneral()
		return nil
	})
}

// reserveGeneral keeps the first message of a forum from having the number of General: in the real thing it tells that the group
// was made.
func (p *person) reserveGeneral() {
	if p.group.Forum && p.nextID() == general {
		p.before = general
	}
}

// place finds the topic that a message of the bot goes to. Where topics are off the thread is not looked at. A reply without a
// thread goes where the answered message is.
func (p *person) place(m *Message, thread int) *failure {
	g := p.group
	switch {
	case g == nil && thread != 0:
		return badRequest("message thread not found")
	case g == nil || !g.Forum:
		return nil
	case thread == general || thread != 0 && g.topic(thread) == nil:
		return badRequest("message thread not found")
	}
	if original := p.message(m.ReplyTo); thread == 0 && original != nil {
		thread = original.Thread
	}
	m.Thread = thread
	return g.open(thread)
}

// open tells why the bot may not write in a topic: only who manages topics, or made this one, writes where it is closed.
func (g *group) open(thread int) *failure {
	t := g.topic(thread)
	if t == nil || !t.closed || g.can(manageTopics) || g.owns(t) {
		return nil
	}
	return badRequest("TOPIC_CLOSED")
}

var (
	errNoTopic     = errors.New("there is no such topic")
	errTopicClosed = errors.New("the topic is closed")
	errMayNot      = errors.New("they may not do that there")
	errNoForum     = errors.New("the group has no topics")
	errNoName      = errors.New("a topic has a name")
)

// enter finds the topic that somebody writes in.
func (p *person) enter(m *Message, thread int) error {
	g := p.group
	if g.Forbidden.Write && !g.manages(m.From) {
		return errMayNot
	}
	if !g.Forum && thread != 0 {
		return errNoTopic
	}
	if original := p.message(m.ReplyTo); g.Forum && thread == 0 && original != nil {
		thread = original.Thread
	}
	if thread == general {
		thread = 0
	}
	t := g.topic(thread)
	switch {
	case t == nil:
		return errNoTopic
	case t.closed && !g.manages(m.From) && t.by != m.From:
		return errTopicClosed
	}
	m.Thread = thread
	return nil
}

// owns reports whether the bot made a topic.
func (g *group) owns(t *topic) bool { return t != &g.general && t.by == 0 }

// threadOf is the thread that a message carries, and whether that is a topic: in a supergroup each answer carries the id of the
// first message of its chain, in General as where topics are off.
func (p *person) threadOf(m *Message) (thread int, topic bool) {
	switch {
	case p.group == nil || !p.group.Super:
		return 0, false
	case m.Thread != 0:
		return m.Thread, p.group.Forum
	}
	for answered := p.message(m.ReplyTo); answered != nil; answered = p.message(answered.ReplyTo) {
		thread = answered.ID
	}
	return thread, false
}

// answered is the message that the API shows as answered: the one a person chose, else the root of the topic.
func (p *person) answered(m *Message) *Message {
	original := p.message(m.ReplyTo)
	if original != nil && p.elsewhere(m, original) || m.ReplyTo == 0 {
		original = p.root(m)
	}
	if original == nil || original.Deleted {
		return nil
	}
	return original
}

// root is the service message that the topic of a message began with.
func (p *person) root(m *Message) *Message {
	if p.group == nil || !p.group.Forum || m.Thread == 0 || m.Thread == m.ID {
		return nil
	}
	return p.message(m.Thread)
}

// elsewhere reports whether a message answers one of another topic.
func (p *person) elsewhere(m, original *Message) bool {
	return p.group != nil && p.group.Forum && original.Thread != m.Thread
}
