package tickets

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// speak posts what there is to post. Each post takes what it says out of the notes in its own transaction.
func (k *keeper) speak(ctx context.Context) error {
	for len(k.Says)+len(k.Waiting)+len(k.Late)+len(k.Joined) > 0 && !time.Now().Before(k.later) {
		did, err := k.post(ctx)
		if err != nil {
			return err
		}
		if !did {
			return nil
		}
	}
	return nil
}

// turn is one look for what to post: in the transaction of the post, which may run more than once.
type turn struct {
	k     *keeper
	tx    fallback.Tx
	team  *fallback.Team
	book  *fallback.TicketBook
	put   fallback.MemberPoster
	notes *notes    // as they are afterwards
	later time.Time // when to look again at the latest
	stuck bool      // there are lines that can be shown to nobody
	// nobody: nothing can be shown to anybody now, whosever it is.
	nobody bool
}

// post says one thing; false: nothing can be said now.
func (k *keeper) post(ctx context.Context) (did bool, err error) {
	var after notes
	var done turn
	err = k.clerk.Road.Tickets(ctx, func(tx fallback.Tx, team *fallback.Team, book *fallback.TicketBook, put fallback.MemberPoster) error {
		after = k.notes.clone() // it may run more than once
		done = turn{k: k, tx: tx, team: team, book: book, put: put, notes: &after}
		if did, err = done.next(); err != nil || !did {
			return err
		}
		raw, err := json.Marshal(after)
		book.Desk = raw
		return err
	})
	if err != nil {
		return false, err
	}
	k.tellStuck(done.stuck)
	if !did {
		k.later = done.later
		if k.later.IsZero() {
			k.later = time.Now().Add(againEvery)
		}
		return false, nil
	}
	k.notes, k.kept, k.saved = after, after.Place, time.Now()
	return true, nil
}

// tellStuck keeps since when lines can be shown to nobody.
func (k *keeper) tellStuck(stuck bool) {
	switch was := k.clerk.stuck.Load(); {
	case !stuck:
		k.clerk.stuck.Store(nil)
	case was == nil:
		now := time.Now()
		k.clerk.stuck.Store(&now)
		k.clerk.Log.Error("customers' messages wait: nobody of the team can be reached where they answer; kaskad staff list says why")
	}
}

// next does what comes first: short posts, then lines of whoever may be shown.
func (t *turn) next() (did bool, err error) {
	if len(t.notes.Says) > 0 {
		s := t.notes.Says[0]
		t.notes.Says = t.notes.Says[1:]
		return true, t.say(&s)
	}
	if did, err := t.join(); did || err != nil {
		return did, err
	}
	if did, err := t.call(); did || err != nil {
		return did, err
	}
	for i := range t.notes.Waiting {
		if fallback.Early(t.notes.Waiting[i].Lines[0], t.k.whole, t.tx.Now()) {
			t.sooner(t.tx.Now().Add(fallback.StoreLook))
			return false, nil // who wrote later comes later
		}
		if did, err := t.lines(i); did || err != nil || t.nobody {
			return did, err
		}
	}
	return false, nil
}

// answered drops the lines that staff have answered meanwhile, wherever they did.
func (t *turn) answered(w *waiting, talk *bots.Conversation) {
	w.Lines = slices.DeleteFunc(w.Lines, func(id bots.ID) bool {
		m := t.tx.Message(id)
		return m == nil || m.At.Before(talk.StaffAt)
	})
}

// mostKeys is how many buttons stand below a post on Viber.
const mostKeys = 9

// post posts to a member. Viber's keyboard is that of the last message alone, so that each there has one: below the post's own buttons, those
// that choose the other open tickets.
func (t *turn) post(m *fallback.StaffMember, text string, p fallback.Post) (bots.ID, error) {
	channels, _ := fallback.MemberChannels(t.tx, m, t.k.clerk.Rules)
	if p.Act == "" && len(channels) > 0 && channels[0] == bots.Viber {
		p.Buttons = slices.Clone(p.Buttons)
		for _, other := range t.book.Open(t.tx, m.Place) {
			choose := bots.Button{Text: number(&other) + " ✍", Data: fallback.TicketPress(fallback.ActChoose, &other)}
			if len(p.Buttons) < mostKeys && !slices.Contains(p.Buttons, choose) {
				p.Buttons = append(p.Buttons, choose)
			}
		}
	}
	return t.put(t.book, m, text, p)
}

// lines posts the lines of one person to those who are to see them; false: not now.
func (t *turn) lines(i int) (did bool, err error) {
	w := &t.notes.Waiting[i]
	c := t.tx.Contact(w.Contact)
	talk := t.tx.Conversation(w.Contact)
	t.answered(w, &talk)
	if c == nil || fallback.ForStaff(c) || talk.State == bots.Closed || len(w.Lines) == 0 {
		t.notes.Waiting = slices.Delete(t.notes.Waiting, i, i+1) // they wait for nobody any more
		return true, nil
	}
	to := t.targets(&talk)
	if len(to) == 0 {
		return false, nil
	}
	text, used := t.k.clerk.Teller.Lines(t.tx, w.Contact, w.Lines)
	lines, tries := slices.Clone(w.Lines[:used]), w.Tries
	if w.Lines = w.Lines[used:]; len(w.Lines) == 0 {
		t.notes.Waiting = slices.Delete(t.notes.Waiting, i, i+1)
	}
	if text == "" {
		return true, nil
	}
	ticket := t.book.Give(t.tx, c.ID)
	p := fallback.Post{Contact: c.ID, Lines: lines, Tries: tries}
	for _, m := range to {
		p.Buttons = t.buttons(m, ticket, &talk)
		if _, err := t.post(m, number(ticket)+" · "+text, p); err != nil {
			return false, err
		}
		ticket = t.book.Of(t.tx, c.ID)
		if err := t.files(m, ticket, lines); err != nil {
			return false, err
		}
	}
	return true, nil
}

// files posts to a member what stands in lines as a file, where their channel takes it.
func (t *turn) files(m *fallback.StaffMember, ticket *fallback.Ticket, lines []bots.ID) error {
	for _, id := range lines {
		line := t.tx.Message(id)
		if line == nil || line.Kind != bots.TextMessage {
			continue // an edit says what changed
		}
		for _, p := range fallback.FilePosts(line) {
			if _, err := t.post(m, number(ticket)+" · "+t.k.clerk.Teller.Name(t.tx, ticket.Contact)+" 📎", p); err != nil {
				return err
			}
		}
	}
	return nil
}

// targets are those who are to see what is said in a conversation: its assignee, or all who answer in their own chats. None: nobody now.
func (t *turn) targets(talk *bots.Conversation) (to []*fallback.StaffMember) {
	now := t.tx.Now()
	if t.asleep() {
		t.sooner(t.k.clerk.Rules.Staff.Times.Work.At(now))
		t.nobody = true
		return nil
	}
	reached := false
	for i := range t.team.Members {
		m := &t.team.Members[i]
		if channels, _ := fallback.MemberChannels(t.tx, m, t.k.clerk.Rules); len(channels) == 0 {
			continue
		}
		reached = true
		if m.Away.After(now) {
			t.sooner(m.Away)
			continue
		}
		if talk.Assignee != "" && m.Name == talk.Assignee {
			to = []*fallback.StaffMember{m}
			break
		}
		to = append(to, m)
	}
	t.stuck, t.nobody = !reached, !reached
	for _, m := range to {
		if t.busy(m) {
			t.sooner(now.Add(againEvery)) // the end of a post is a change
			return nil
		}
	}
	return to
}

// asleep reports whether the team is not at work.
func (t *turn) asleep() bool {
	at := t.k.clerk.Rules.Staff.Times.Work.At(t.tx.Now())
	return at.IsZero() || at.After(t.tx.Now())
}

func (t *turn) sooner(at time.Time) {
	if t.later.IsZero() || at.Before(t.later) {
		t.later = at
	}
}

// busy reports whether a member has enough posts that have not gone.
func (t *turn) busy(m *fallback.StaffMember) bool {
	open, looked := 0, 0
	t.tx.DeliveriesOf(m.Place, func(id bots.ID, _ uint64) bool {
		looked++
		if d := t.tx.Delivery(id); d != nil && d.State < fallback.Waiting {
			open++
		}
		return open < maxOpen && looked < 32
	})
	return open >= maxOpen
}

// number is how a ticket is called.
func number(ticket *fallback.Ticket) string { return fmt.Sprintf("№%d", ticket.No) }

// buttons are what can be done with a ticket by one tap.
func (t *turn) buttons(m *fallback.StaffMember, ticket *fallback.Ticket, talk *bots.Conversation) []bots.Button {
	w := &t.k.clerk.words
	all := []bots.Button{{Text: number(ticket) + " ✍", Data: fallback.TicketPress(fallback.ActChoose, ticket)}}
	if talk.Assignee != m.Name {
		all = append(all, bots.Button{Text: number(ticket) + " " + w.take, Data: fallback.TicketPress(fallback.ActTake, ticket)})
	} else {
		all = append(all, bots.Button{Text: number(ticket) + " " + w.release, Data: fallback.TicketPress(fallback.ActRelease, ticket)})
	}
	return append(all, bots.Button{Text: number(ticket) + " " + w.close, Data: fallback.TicketPress(fallback.ActClose, ticket)})
}

// say posts a short post.
func (t *turn) say(s *saying) error {
	switch s.Why {
	case sayFollow:
		t.book.Follow(t.tx, s.Contact)
		return nil
	case sayApart:
		talk := t.tx.Conversation(s.Contact)
		if t.book.Of(t.tx, s.Contact) == nil && talk.State == bots.Open && !talk.Wait.Since.IsZero() {
			t.recall(s.Contact) // the number that they had ended
		}
		return nil
	case sayLeads:
		return t.leads(s)
	case sayAct:
		return t.act(s)
	case sayTaken, sayFailed:
		return t.became(s)
	}
	return nil
}

// leads tells those who have a ticket who answers it, once, and lets whoever was given it see what it is about.
func (t *turn) leads(s *saying) error {
	ticket := t.book.Of(t.tx, s.Contact)
	talk := t.tx.Conversation(s.Contact)
	if given := t.team.MemberNamed(talk.Assignee); talk.Assignee != "" && given != nil && given.Place != 0 && given.Name != s.By {
		if ticket == nil || !slices.Contains(ticket.Shown, given.Place) {
			t.recall(s.Contact)
		}
	}
	if ticket == nil {
		return nil
	}
	name := talk.Assignee
	if name == "" && answers(s.Act) {
		name = s.By // in the group, where answering does not make it theirs
	}
	if name == "" || ticket.Led == name {
		ticket.Led = name
		return nil
	}
	ticket.Led = name
	if t.asleep() {
		return nil // nobody is woken for that
	}
	text := fmt.Sprintf(t.k.clerk.words.leads, number(ticket), name)
	for i := range t.team.Members {
		m := &t.team.Members[i]
		if m.Name == s.By || !slices.Contains(ticket.Shown, m.Place) || m.Away.After(t.tx.Now()) {
			continue
		}
		if _, err := t.post(m, text, fallback.Post{}); err != nil {
			return err
		}
	}
	return nil
}

// recalled is how many of a customer's last messages somebody sees who was given the conversation, and how far back they are looked for.
const recalled, recallWalk = 5, 40

// recall lets the customer's messages be posted that nobody has answered.
func (t *turn) recall(contact bots.ID) {
	var lines []bots.ID
	looked := 0
	t.tx.MessagesOf(contact, 0, func(id bots.ID) bool {
		looked++
		m := t.tx.Message(id)
		if m != nil && !m.In && m.Author != "" {
			return false
		}
		if m != nil && m.In && m.Kind == bots.TextMessage {
			lines = append(lines, id)
		}
		return len(lines) < recalled && looked < recallWalk
	})
	if slices.ContainsFunc(t.notes.Waiting, func(w waiting) bool { return w.Contact == contact }) || len(lines) == 0 {
		return
	}
	slices.Reverse(lines)
	t.notes.wait(waiting{Contact: contact, Lines: lines}, t.tx.Message(lines[0]))
}

// act tells a member what came of what they did.
func (t *turn) act(s *saying) error {
	a, ok := t.tx.Audited(s.Audit)
	m := t.team.Member(a.Account)
	if !ok || m == nil || m.Place == 0 {
		return nil
	}
	text, p := t.answer(&a, m)
	if text == "" {
		return nil
	}
	_, err := t.post(m, text, p)
	return err
}

// emojiDone is the reaction on what was done, as in the group.
const emojiDone = "👌"

// done says that something was done: on the message itself where the channel has reactions, else in a line, which goes with its customer.
func (t *turn) done(channel, on, line string, about bots.ID) (string, fallback.Post) {
	if t.k.clerk.Rules.Channels[channel].Reacts && on != "" {
		return emojiDone, fallback.Post{Act: bots.ReactAct, On: on, Channel: channel}
	}
	var p fallback.Post
	if about != 0 {
		p.Contacts = []bots.ID{about}
	}
	return line, p
}

// answer words what came of an act.
func (t *turn) answer(a *fallback.Audited, m *fallback.StaffMember) (string, fallback.Post) {
	w := &t.k.clerk.words
	about, called := fallback.Post{}, ""
	if ticket := t.book.Of(t.tx, a.Contact); a.Contact != 0 && ticket != nil && slices.Contains(ticket.Shown, m.Place) {
		about.Contact = ticket.Contact
		called = number(ticket) + " " + t.k.clerk.Teller.Name(t.tx, ticket.Contact)
	}
	switch {
	case a.Refused == fallback.RefusedWhich || a.Refused == fallback.RefusedTicket:
		return t.which(a, m)
	case a.Refused != "":
		return strings.TrimSpace(t.k.clerk.Teller.Answer(t.tx, a)), about
	case a.Act == fallback.ActMemberLink:
		return fmt.Sprintf(w.hello, m.Name) + "\n\n" + w.help, fallback.Post{}
	case a.Act == fallback.ActHelp && a.Detail != "":
		return fmt.Sprintf(w.unknown, a.Detail) + "\n\n" + w.help, fallback.Post{}
	case a.Act == fallback.ActHelp:
		return w.help, fallback.Post{}
	case a.Act == fallback.ActTickets:
		return t.list(m, w.open)
	case a.Act == fallback.ActChoose:
		return fmt.Sprintf(w.chosen, called), about
	}
	if text := t.k.clerk.Teller.Answer(t.tx, a); text != "" {
		if called != "" && a.Contact != 0 {
			text = called + "\n" + text
		}
		return text, about
	}
	return t.done(a.Account.Channel, a.On, strings.Join(strings.Fields("✓ "+called+" "+w.did[a.Act]), " "), about.Contact)
}

// which tells that nobody can tell which ticket was meant, and which there are.
func (t *turn) which(a *fallback.Audited, m *fallback.StaffMember) (string, fallback.Post) {
	w := &t.k.clerk.words
	sends := answers(a.Act)
	switch named := a.Refused == fallback.RefusedTicket && a.Detail != ""; {
	case named && sends:
		return t.list(m, "⚠ "+fmt.Sprintf(w.noTicket, a.Detail))
	case named:
		return t.list(m, "⚠ "+fmt.Sprintf(w.notYours, a.Detail))
	case sends:
		return t.list(m, "⚠ "+w.which)
	}
	return t.list(m, "⚠ "+w.whichAct)
}

// most are how many tickets a list names, each with a button: WhatsApp shows ten.
const most = 8

// list names a member's open tickets, the newest first.
func (t *turn) list(m *fallback.StaffMember, head string) (string, fallback.Post) {
	open := t.book.Open(t.tx, m.Place)
	none := t.k.clerk.words.none
	if len(open) == 0 && head == t.k.clerk.words.open {
		return none, fallback.Post{}
	}
	if len(open) == 0 {
		return head + "\n" + none, fallback.Post{}
	}
	slices.SortStableFunc(open, func(a, b fallback.Ticket) int { return b.At.Compare(a.At) })
	var p fallback.Post
	text := head
	for i := range open[:min(len(open), most)] {
		line := number(&open[i]) + " " + t.k.clerk.Teller.Name(t.tx, open[i].Contact)
		if whose := t.tx.Conversation(open[i].Contact).Assignee; whose != "" {
			line += " · " + whose
		}
		text += "\n" + line
		p.Contacts = append(p.Contacts, open[i].Contact) // who is erased takes the list along
		p.Buttons = append(p.Buttons, bots.Button{Text: number(&open[i]) + " ✍", Data: fallback.TicketPress(fallback.ActChoose, &open[i])})
	}
	if more := len(open) - most; more > 0 {
		text += "\n" + fmt.Sprintf(t.k.clerk.words.more, more)
	}
	return text, p
}

// became tells a member what became of their answer.
func (t *turn) became(s *saying) error {
	d := t.tx.Delivery(s.Of)
	if d == nil {
		return nil
	}
	at, on, _ := strings.Cut(d.Metadata[fallback.StaffMessage], ":")
	place, channel, _ := strings.Cut(at, "/")
	m := t.member(place)
	if m == nil {
		return nil
	}
	ticket := t.book.Of(t.tx, d.Contact)
	if ticket == nil {
		return nil
	}
	called := number(ticket) + " " + t.k.clerk.Teller.Name(t.tx, ticket.Contact)
	text, p := t.done(channel, on, "✓ "+called, ticket.Contact)
	if s.Why == sayFailed {
		_, failed, other := t.k.clerk.Teller.Standing(t.tx, d)
		text, p = "💔 "+number(ticket)+" "+failed, fallback.Post{Contact: ticket.Contact, Of: d.ID, Buttons: other}
	}
	_, err := t.post(m, text, p)
	return err
}

// member is who a place stands for, by the place in words.
func (t *turn) member(place string) *fallback.StaffMember {
	for i := range t.team.Members {
		if m := &t.team.Members[i]; m.Place != 0 && m.Place.String() == place {
			return m
		}
	}
	return nil
}

// callEvery is how often members are told at most that customers wait: of many it is one post.
const callEvery = time.Minute

// call reminds whoever should answer of all who wait for long, in one post for each member; false: not now.
func (t *turn) call() (did bool, err error) {
	if at := t.notes.Called.Add(callEvery); len(t.notes.Late) == 0 || t.tx.Now().Before(at) {
		if len(t.notes.Late) > 0 {
			t.sooner(at)
		}
		return false, nil
	}
	all := t.notes.Late
	t.notes.Late, t.notes.Called = nil, t.tx.Now()
	for i := range t.team.Members {
		if m := &t.team.Members[i]; m.Place != 0 && !m.Away.After(t.tx.Now()) {
			if err := t.callOne(m, all); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// callOne reminds one member.
func (t *turn) callOne(m *fallback.StaffMember, all []late) error {
	var lines []string
	var p fallback.Post
	for _, l := range all {
		ticket, text := t.book.Of(t.tx, l.Contact), t.k.clerk.Teller.Waits(t.tx, l.Contact)
		whose := t.tx.Conversation(l.Contact).Assignee
		if ticket == nil || text == "" || l.Whom == fallback.WaitsAssignee && m.Name != whose || l.Whom == fallback.WaitsLead && m.Role != fallback.Lead {
			continue
		}
		if line := "⏰ " + number(ticket) + ": " + text; !slices.Contains(lines, line) {
			lines = append(lines, line)
			p.Contact, p.Contacts = ticket.Contact, append(p.Contacts, ticket.Contact)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if len(lines) == 1 {
		p.Contacts = nil
	} else {
		p.Contact = 0 // an answer to it could be for any of them
	}
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most], fmt.Sprintf(t.k.clerk.words.more, more))
	}
	_, err := t.post(m, strings.Join(lines, "\n"), p)
	return err
}
