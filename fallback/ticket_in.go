package fallback

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// takeMember takes what came from the chat of a contact that stands for a member: an answer to a customer, an act, or nothing. It is never a
// customer's message, whatever it says; and nothing that comes from any other chat gets here.
func takeMember(tx Tx, place *bots.Contact, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	turn := bots.Turn{Event: e}
	if e.Kind == bots.ByOwner {
		return turn, nil // one of us wrote to a colleague
	}
	if err := heardMember(tx, place, &e, r); err != nil {
		return turn, err
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return turn, err
	}
	m := team.at(place.ID)
	if m == nil {
		return turn, nil // nobody is behind it
	}
	book, err := ReadTicketBook(tx)
	if err != nil {
		return turn, err
	}
	a := &ticketAnswer{staffAnswer: staffAnswer{tx: tx, team: &team, e: &turn.Event, rules: r, world: w, of: m, as: accountAt(m, place, &e)}, book: &book}
	if a.barred() != "" {
		return turn, nil
	}
	if err := a.seen(); err != nil {
		return turn, err
	}
	return turn, a.act(&turn)
}

// accountAt is which of a member's accounts an event came from: of a chat that has two addresses one is on the list.
func accountAt(m *StaffMember, place *bots.Contact, e *bots.Event) bots.Address {
	for _, a := range append(place.Chat(e.Chat), e.Twin()) {
		if m.Is(a) {
			return a
		}
	}
	return e.Chat
}

// ticketAnswer is what a member did in their own chat.
type ticketAnswer struct {
	staffAnswer
	book   *TicketBook
	ticket *Ticket
}

// seen notes by the day that the member was there.
func (a *ticketAnswer) seen() error {
	if sameDay(a.of.LastSeen, a.tx.Now()) {
		return nil
	}
	a.of.LastSeen = a.tx.Now()
	return a.team.put(a.tx)
}

func (a *ticketAnswer) act(turn *bots.Turn) error {
	e := a.e
	if e.Kind != bots.Pressed {
		e.Step = 0 // what is written brings the step of whatever was shown last, where the channel has no quotes
	}
	if (e.On != "" || e.Step != 0) && !a.own(e.On) {
		if err := a.named(turn); err != nil {
			return err
		}
	}
	switch e.Kind {
	case bots.Wrote:
		return a.wroteTicket()
	case bots.Pressed:
		return a.pressedTicket()
	case bots.Edited:
		return a.editedTicket()
	case bots.Deleted:
		return a.deletedTicket()
	case bots.Reacted:
		return a.reacted()
	}
	return nil
}

// wroteTicket takes a message: a command, or an answer to the customer of a ticket.
func (a *ticketAnswer) wroteTicket() error {
	if _, code := staffCommand(a.e); code { // one that is wrong here may be right elsewhere
		return a.refuse(ActMemberLink, RefusedNotDone, "")
	}
	if c, ok := commandOf(a.e); ok {
		return a.commandTicket(&c)
	}
	if strings.HasPrefix(strings.TrimSpace(a.e.Text), "//") {
		return nil
	}
	had := a.book.chosen(a.tx, a.of.Place)
	text, why, detail := a.aim(a.e.Text)
	if err := a.leaves(had); err != nil {
		return err
	}
	if why != "" {
		return a.refuse(ActReply, why, detail)
	}
	a.e.Text = text
	if err := a.answer(); err != nil {
		return err
	}
	return a.leads()
}

// leads gives a conversation that is nobody's to whoever has answered it, so that what the customer writes next comes to them alone.
func (a *ticketAnswer) leads() error {
	if a.replyOf(a.e.MessageID) == nil {
		return nil // nothing goes out
	}
	if a.tx.Conversation(a.about()).Assignee == "" {
		name := a.name()
		if err := PutTalk(a.tx, a.about(), TalkChange{Assignee: &name}.Apply); err != nil {
			return err
		}
		a.audit(Audited{Act: ActTake, Detail: ActReply})
	}
	if c := a.book.chosen(a.tx, a.of.Place); c != nil && c.No == a.ticket.No {
		a.book.choose(a.of.Place, a.ticket, a.tx.Now())
		return a.book.Put(a.tx)
	}
	return nil
}

// leaves ends the choice of a member who has named another ticket, or one that nobody knows: what comes next without any, the other pictures
// of an album among it, is not for the one that they had chosen.
func (a *ticketAnswer) leaves(had *Ticket) error {
	if had == nil || a.ticket != nil && a.ticket.No == had.No {
		return nil
	}
	a.book.choose(a.of.Place, nil, a.tx.Now())
	return a.book.Put(a.tx)
}

// lateBefore is how far the messenger's clock may be behind ours.
const lateBefore = 10 * time.Minute

// numbered is the ticket that a number means: not one that got it after this was written, as what a channel kept while it was away may be old.
func (a *ticketAnswer) numbered(no int) *Ticket {
	t := a.book.Numbered(no, a.of.Place)
	if t == nil || !a.e.At.IsZero() && a.e.At.Add(lateBefore).Before(t.Since) {
		return nil
	}
	return t
}

// aim finds which ticket a text is meant for, by what it answers, by the number that it begins with, or by the choice; rest is what is to be
// sent. Where more than one could be meant it is none, and why says so.
func (a *ticketAnswer) aim(text string) (rest, why, detail string) {
	no, rest := ticketNumber(text, false)
	quoted := a.e.On != "" || a.post.Contact != 0
	switch {
	case quoted:
		if a.ticket = a.ofPost(); a.ticket == nil || no > 0 && no != a.ticket.No {
			return "", RefusedWhich, ""
		}
	case no == unclearNumber:
		return "", RefusedWhich, ""
	case no != 0:
		if a.ticket = a.numbered(no); a.ticket == nil {
			return "", RefusedTicket, strconv.Itoa(no)
		}
	default:
		a.ticket = a.book.chosen(a.tx, a.of.Place)
	}
	if a.ticket == nil {
		return "", RefusedWhich, ""
	}
	return rest, a.towards(), ""
}

// towards makes the customer of the ticket whom the act is about; it says why that cannot be.
func (a *ticketAnswer) towards() (why string) {
	c := a.tx.Contact(a.ticket.Contact)
	if c == nil || ForStaff(c) {
		return RefusedNobody
	}
	a.contact = c.ID
	return ""
}

// ofPost is the ticket of the post, or of the member's own answer, that was named. What was shown to somebody else names none. A post is
// about whoever wrote its last line: they may have been one person with another when it was posted.
func (a *ticketAnswer) ofPost() *Ticket {
	contact := a.post.Contact
	if n := len(a.post.Lines); n > 0 {
		if m := a.tx.Message(a.post.Lines[n-1]); m != nil && m.In {
			contact = m.Contact
		}
	}
	if d := a.replyOf(a.e.On); d != nil && a.mine(a.e.On) {
		contact = d.Contact
	}
	if contact == 0 {
		return nil
	}
	t := a.book.Of(a.tx, contact)
	if t == nil {
		return nil
	}
	return a.book.Numbered(t.No, a.of.Place)
}

// unclearNumber is one of which nobody can tell whether it is that of a ticket: "№12kg".
const unclearNumber = -1

// ticketNumber reads the number of a ticket that a text begins with: "№12 text", "#12 text", "12: text"; 0: there is none, and rest is the
// text. A bare number, where that is not what the text has to begin with (bare), is a part of what is said: "2 days" must not go to the
// customer of №2.
func ticketNumber(text string, bare bool) (no int, rest string) {
	s, marked := strings.TrimSpace(text), false
	for _, mark := range []string{"№", "#", "N°"} {
		if cut, ok := strings.CutPrefix(s, mark); ok {
			s, marked = strings.TrimLeft(cut, " \u00a0"), true
			break
		}
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil || end > 3 || n < 1 || s[0] == '0' { // 067: a phone's code
		return 0, text
	}
	rest = s[end:]
	named := marked || strings.HasPrefix(rest, ":")
	if !named && !bare {
		return 0, text
	}
	if named {
		rest = strings.TrimLeft(rest, ":.,)")
	}
	said := strings.TrimLeftFunc(rest, unicode.IsSpace)
	switch glued := said != "" && len(said) == len(rest); {
	case glued && marked && len(rest) == len(s[end:]):
		return unclearNumber, text // "№12kg"
	case glued && !marked && (!named || unicode.IsDigit(firstRune(said))):
		return 0, text // "12:30", "2h"
	case !marked && named && !glued && unicode.IsDigit(firstRune(said)):
		return unclearNumber, text // "12: 30" may be a time, and may be said to №12
	}
	return n, strings.TrimSpace(said)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// ticketWords are the commands of the group that can be given with a number, and those that need none.
var ticketWords = map[string]bool{
	"take": true, "release": true, "assign": true, "close": true, "open": true, "snooze": true, "send": true, "template": true, "pause": true, "note": true,
	"history": true, "undo": true, "who": true, "cascade": true, "phone": true, "away": true, "help": true, "start": true,
}

// commandTicket does what a command asks for: "/close 12", or "/close" with the ticket quoted or chosen.
func (a *ticketAnswer) commandTicket(c *command) error {
	switch {
	case c.word == "tickets" || c.word == "list":
		a.audit(Audited{Act: ActTickets})
		return nil
	case c.word == "start":
		c.word = "help"
	}
	if !ticketWords[c.word] {
		a.audit(Audited{Act: ActHelp, Detail: c.word})
		return nil
	}
	does := staffCommands()[c.word]
	if c.word == "phone" { // nobody else reads this chat
		c.word, does = ActShowPhone, staffCommands()[ActShowPhone]
	}
	if does.nobody {
		return a.command(c)
	}
	if why, detail := a.aimCommand(c); why != "" {
		return a.refuse(does.act, why, detail)
	}
	if err := a.command(c); err != nil {
		return err
	}
	return a.followed(a.ticket.Contact)
}

// aimCommand finds which ticket a command is meant for, and takes the number off what stands behind it.
func (a *ticketAnswer) aimCommand(c *command) (why, detail string) {
	no, rest := ticketNumber(c.rest, true)
	switch {
	case a.e.On != "" || a.post.Contact != 0:
		a.ticket = a.ofPost()
		if a.ticket != nil && no != 0 && rest == "" { // "/close 12", and not "/note 3 pieces"
			if no != a.ticket.No {
				return RefusedWhich, ""
			}
			c.rest = ""
		}
	case no == unclearNumber:
		return RefusedWhich, ""
	case no != 0:
		if a.ticket = a.numbered(no); a.ticket == nil {
			return RefusedTicket, strconv.Itoa(no)
		}
		c.rest = rest
	default:
		a.ticket = a.book.chosen(a.tx, a.of.Place)
	}
	if a.ticket == nil {
		return RefusedWhich, ""
	}
	return a.towards(), ""
}

// followed keeps the book as the conversation stands after an act.
func (a *ticketAnswer) followed(contact bots.ID) error {
	if !a.book.Follow(a.tx, contact) {
		return nil
	}
	return a.book.Put(a.tx)
}

// TicketPress is the answer of a button about a ticket: what it does, and the customer whose it is. A number alone could be another's by then.
func TicketPress(act string, t *Ticket) string { return act + ":" + t.Contact.String() }

// ticketButtons are the acts that a button of a ticket does.
var ticketButtons = map[string]string{
	ActChoose: ActChoose, ActTake: "take", ActRelease: "release", ActClose: "close", ActWho: "who", ActHistory: "history", ActHelp: "help", ActUndo: "undo",
}

// pressedTicket does what a button says.
func (a *ticketAnswer) pressedTicket() error {
	act, argument, _ := strings.Cut(a.e.Data, ":")
	if (act == ActSMS || act == ActSend) && a.post.Of != 0 && a.message != 0 {
		a.contact = a.post.Contact
		if act == ActSMS {
			argument = bots.SMS
		}
		return a.by(act, argument)
	}
	word, known := ticketButtons[act]
	if !known {
		return nil
	}
	if act == ActHelp {
		return a.command(&command{word: word})
	}
	contact, err := bots.ParseID(argument)
	if err != nil {
		return nil
	}
	t := a.book.Of(a.tx, contact)
	if t != nil {
		t = a.book.Numbered(t.No, a.of.Place)
	}
	if t == nil {
		return a.refuse(act, RefusedTicket, "")
	}
	a.ticket = t
	if why := a.towards(); why != "" {
		return a.refuse(act, why, "")
	}
	if act == ActTake && a.leader() != "" {
		return a.refuse(act, RefusedTaken, a.leader())
	}
	if act == ActChoose {
		a.book.choose(a.of.Place, t, a.tx.Now())
		a.audit(Audited{Act: ActChoose})
		return a.book.Put(a.tx)
	}
	if err := a.command(&command{word: word}); err != nil {
		return err
	}
	return a.followed(a.contact)
}

// editedTicket gives an answer the words that its message has now.
func (a *ticketAnswer) editedTicket() error {
	if !a.mine(a.e.MessageID) {
		return nil
	}
	d := a.replyOf(a.e.MessageID)
	if d == nil {
		return nil
	}
	if no, rest := ticketNumber(a.e.Text, false); no > 0 {
		if t := a.book.Of(a.tx, d.Contact); t == nil || t.No != no {
			return a.readdressed(d)
		}
		a.e.Text = rest
	}
	return a.changed()
}

// readdressed takes back an answer whose message names another ticket now: its words are not for whom it was. Whose they are is to be
// written anew, as it may have gone already.
func (a *ticketAnswer) readdressed(d *Delivery) error {
	if d.State == Cancelled {
		return nil
	}
	if waiting(d) {
		if err := a.undo(a.e.MessageID); err != nil {
			return err
		}
	}
	return a.refuse(ActEdit, RefusedWhich, "")
}

// deletedTicket takes an answer back whose message its member has deleted, if it has not gone.
func (a *ticketAnswer) deletedTicket() error {
	d := a.replyOf(a.e.MessageID)
	if d == nil || d.State == Cancelled || !a.mine(a.e.MessageID) {
		return nil
	}
	return a.undo(a.e.MessageID)
}
