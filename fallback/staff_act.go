package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// act does what somebody did in the room, if it is anybody of the team who may. Whoever presses sees something: what came of it stands in
// the audit, and where there is no line of it the desk is told of the press alone.
func (a *staffAnswer) act() error {
	refused, do := a.barred(), a.does
	if refused != "" {
		do = a.stranger
	}
	err := do()
	if err == nil && a.e.Kind == bots.Pressed && a.e.Query != "" && !a.told {
		a.forDesk(bots.Change{Type: StaffPress, State: a.e.Query, Reason: refused})
	}
	return err
}

func (a *staffAnswer) does() error {
	switch a.e.Kind {
	case bots.Pressed:
		return a.pressed()
	case bots.Reacted:
		return a.reacted()
	case bots.Edited:
		if a.mine(a.e.MessageID) {
			return a.changed()
		}
		if a.e.On == "" {
			return nil
		}
		return a.edited()
	case bots.Wrote:
		return a.said()
	}
	return nil
}

// said takes a message: a command, an answer to a customer, or talk among colleagues.
func (a *staffAnswer) said() error {
	c, command := commandOf(a.e)
	_, code := staffCommand(a.e) // one that is wrong here may be right elsewhere: a customer never reads it
	if stays, err := a.albumStays(command || a.e.Aside || code); stays || err != nil {
		return err
	}
	if command {
		if c.word == ActShowPhone { // a button's alone: what a command is answered with everybody in the group reads
			c.word = ""
		}
		return a.command(&c)
	}
	switch {
	case a.e.Aside || code:
		return nil
	case a.elsewhere():
		return a.refuseElsewhere(ActReply)
	case a.digest:
		return a.refuse(ActReply, RefusedDigest, "")
	case a.contact != 0:
		return a.answer()
	case a.e.On != "":
		return a.wrote()
	}
	return nil
}

// account is who did it, as the messenger knows people; of an administrator in the group's own name it is the group.
func (a *staffAnswer) account() bots.Address {
	if a.of != nil {
		return a.as
	}
	return accountOf(a.e)
}

func accountOf(e *bots.Event) bots.Address {
	if e.By == "" && e.Admin {
		return bots.Address{Channel: bots.Telegram, ID: e.Chat.ID}
	}
	return bots.Address{Channel: bots.Telegram, ID: e.By}
}

// member is who of the team by name did it; nil: somebody else.
func (a *staffAnswer) member() *StaffMember { return a.team.Member(a.account()) }

// where is where it was done, as keys and replies name it: the group, or the member's chat, in words that tell nobody an account.
func (a *staffAnswer) where() string {
	if a.of != nil {
		return a.of.Place.String() + "/" + a.e.Chat.Channel
	}
	return a.e.Chat.ID
}

// sender is whose provider ids the event speaks of.
func (a *staffAnswer) sender() string {
	if a.of != nil {
		return a.e.Sender
	}
	return bots.Staff
}

// noteReply tells whoever follows the replies that are made there that there is one more.
func (a *staffAnswer) noteReply(reply bots.ID, message string) {
	what := StaffReply
	if a.of != nil {
		what = TicketReply
	}
	a.forDesk(bots.Change{Type: what, Delivery: reply, State: message})
}

// name is under which name it was done.
func (a *staffAnswer) name() string {
	if m := a.member(); m != nil && m.Name != "" {
		return author(m.Name)
	}
	return author(a.e.Name)
}

// barred says why whoever did it may not; empty: they may. That is everybody in the group or, where the operator wants that, people of the
// team by name alone, in the groups where they answer.
func (a *staffAnswer) barred() string {
	m := a.member()
	switch {
	case !a.rules.Staff.Listed && a.of == nil:
		return ""
	case m == nil:
		return RefusedNotStaff
	case a.room != nil && !m.Serves(a.room.Called()):
		return RefusedOtherGroup
	}
	return ""
}

// strangerAgain is how often the same stranger gets a line of the audit.
const strangerAgain = time.Hour

// stranger notes that somebody tried something who is not of the team, or not of this group. Talk among the people of the group is no try.
func (a *staffAnswer) stranger() error {
	_, command := commandOf(a.e)
	tried := command || a.e.Kind == bots.Pressed || a.e.Kind == bots.Wrote && !a.e.Aside && (a.contact != 0 || a.post.Contact != 0)
	once := "staff\x00stranger:" + a.account().String() + ":" + a.e.Chat.ID + ":" + a.tx.Now().UTC().Truncate(strangerAgain).Format(time.RFC3339)
	if _, told := a.tx.Key(once); told || !tried {
		return nil
	}
	a.tx.PutKey(once, KeyUse{})
	a.audit(Audited{Act: a.tried(), Refused: a.barred()})
	return nil
}

// tried is the act that somebody tried.
func (a *staffAnswer) tried() string {
	if c, ok := commandOf(a.e); ok {
		return c.act()
	}
	if a.e.Kind == bots.Pressed {
		act, _, _ := strings.Cut(a.e.Data, ":")
		return buttons[act]
	}
	return ActReply
}

// audit writes a line about what was done, with who did it and where.
func (a *staffAnswer) audit(line Audited) {
	line.By, line.Account = a.name(), a.account()
	line.Group, line.Thread, line.On, line.Query = a.e.Chat.ID, a.e.Thread, a.e.MessageID, a.e.Query
	if a.of != nil {
		line.Group = "" // it was in none
	}
	if line.Contact == 0 {
		line.Contact = a.about()
	}
	if line.Message == 0 {
		line.Message = a.message
	}
	if a.room == nil {
		a.team.audit(a.tx, line)
	} else {
		a.room.audit(a.tx, line)
	}
	a.told = true
}

// refuse notes that something was not done, and why.
func (a *staffAnswer) refuse(act, why, detail string) error {
	a.audit(Audited{Act: act, Refused: why, Detail: detail})
	return nil
}

// about is the customer that something was done about: the one of the topic, or of the post; zero: nobody.
func (a *staffAnswer) about() bots.ID {
	if a.contact != 0 {
		return a.contact
	}
	if a.post.Contact == 0 || a.tx.Contact(a.post.Contact) == nil {
		return 0
	}
	return a.tx.Same(a.post.Contact)[0]
}

// Buttons of posts and cards, by their Data: what follows a colon is an argument.
var buttons = map[string]string{
	ActTake: ActTake, ActRelease: ActRelease, ActClose: ActClose, ActOpen: ActOpen, ActSnooze: ActSnooze, ActNote: ActNote,
	ActShowPhone: ActShowPhone, ActWho: ActWho, ActHistory: ActHistory, ActCascade: ActCascade, ActPause: ActPause, ActHelp: ActHelp, ActSMS: ActSMS,
	ActUndo: ActUndo, ActSend: ActSend, ActOpenTopic: ActOpenTopic,
}

// pressed does what a button says.
func (a *staffAnswer) pressed() error {
	if taken, err := taskPressed(a.tx, a.team, a.room, a.e, a.tx.Message(a.message), a.rules, a.world); taken || err != nil {
		a.told = slices.Contains(taskAnswers(), a.e.Data)
		return err
	}
	word, argument, _ := strings.Cut(a.e.Data, ":")
	act, known := buttons[word]
	switch {
	case !known:
		return nil
	case act != ActOpenTopic && a.elsewhere(): // whose a line of a digest is, its button says
		return a.refuseElsewhere(act)
	case act == ActSMS:
		return a.by(ActSMS, bots.SMS)
	case act == ActSend:
		return a.by(ActSend, argument)
	case act == ActOpenTopic:
		return a.openTopic(argument)
	case act == ActTake && a.leader() != "":
		return a.refuse(ActTake, RefusedTaken, a.leader())
	case act == ActNote && argument == "":
		a.audit(Audited{Act: act}) // it tells how
		return nil
	}
	return a.command(&command{word: act, rest: argument})
}

// leader is the colleague who has the conversation and is there. The button is offered where nobody has it: whoever presses it later would
// take it away without knowing.
func (a *staffAnswer) leader() string {
	whose := a.tx.Conversation(a.about()).Assignee
	if m := a.team.byName(whose); whose == a.name() || m != nil && m.Away.After(a.tx.Now()) {
		return ""
	}
	return whose
}

// takesBack is the reaction by which somebody takes a reply of theirs back.
const takesBack = "👎"

// reacted takes a reply back that has not gone, when whoever wrote it says so with an emoji.
func (a *staffAnswer) reacted() error {
	if a.e.Data != takesBack || !a.mine(a.e.On) {
		return nil
	}
	return a.undo(a.e.On)
}
