package fallback

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"kaskad/bots"
)

// Post is what is kept with a post in the staff's room: what it is about, and how it looks.
type Post struct {
	Contact bots.ID   `json:"contact,omitempty"` // the customer; zero: the post is about none
	Lines   []bots.ID `json:"lines,omitempty"`   // the customer's messages that stand in it
	// Contacts are the customers of a digest, whose lines stand in it together: Contact is the digest's own, and no answer goes to anybody. Of
	// a post to a member they are those whom it names, so that it goes with any of them who is erased.
	Contacts []bots.ID     `json:"contacts,omitempty"`
	Again    bool          `json:"again,omitempty"` // they may stand in an earlier one whose outcome is not known
	Tries    int           `json:"tries,omitempty"` // how often the lines were refused before
	Of       bots.ID       `json:"of,omitempty"`    // the reply that it says failed
	On       string        `json:"on,omitempty"`    // the message in the room that it answers
	Buttons  []bots.Button `json:"buttons,omitempty"`
	Group    string        `json:"group,omitempty"`   // of Thread
	Thread   string        `json:"thread,omitempty"`  // the topic in which it stands
	Act      bots.Act      `json:"act,omitempty"`     // what is done instead of writing: to a topic, or to message On
	From     *bots.Address `json:"from,omitempty"`    // CopyAct: the chat where On stands
	File     *PostFile     `json:"file,omitempty"`    // what the customer sent: uploaded with the text under it
	Card     bool          `json:"card,omitempty"`    // it says who the customer is, too
	Channel  string        `json:"channel,omitempty"` // to a member, with Act: the channel on which message On stands
	Changes  bool          `json:"changes,omitempty"` // its first line changes one that stands in message On
	// AskGroup is the label of the key with which a group is chosen. It is kept here and with no attempt: every attempt puts it on anew.
	AskGroup string `json:"ask_group,omitempty"`
}

// StaffMessage is the metadata of a reply: which message in which group it is.
const StaffMessage = "staff_message"

// PressSMS is the answer of the button that sends a failed reply by SMS.
const PressSMS = "sms"

const (
	// postWait is how long proof of a post with an unknown outcome is waited for: whoever answers it proves it.
	postWait = time.Minute
	// postDeadline is how long a post may wait for its room.
	postDeadline = 24 * time.Hour
)

// PutPost makes a post in a room, as a delivery to the contact that stands for it.
func PutPost(tx Tx, room bots.ID, text string, p Post, r *Rules, w *World) (Accepted, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return Accepted{}, err
	}
	to := bots.Ref{Kind: "id", Value: room.String()}
	step := Step{Channel: bots.Staff, Until: Until{Level: bots.Accepted}, Wait: postWait}
	return Accept(tx, &Request{
		To: to, Given: to.String(), Purpose: Conversation, Text: text, Data: raw, Post: true,
		Cascade: Cascade{Name: bots.Staff, Steps: []Step{step}, Order: "listed", Deadline: postDeadline},
	}, r, w)
}

// PostOf reads what is kept with a post; false: the delivery is none.
func PostOf(d *Delivery) (p Post, ok bool) {
	if d == nil || !d.ForStaff() {
		return p, false
	}
	return p, json.Unmarshal(d.Data, &p) == nil
}

// dress puts on a post what its text cannot say.
func dress(d *Delivery, out *bots.Outgoing) {
	p, ok := PostOf(d)
	if !ok {
		return
	}
	out.Buttons, out.Thread, out.AskGroup = p.Buttons, p.Thread, p.AskGroup
	if p.Act == "" {
		out.ReplyTo = p.On
		if p.File != nil {
			x := p.File.Media
			out.Media = &x
		}
		return
	}
	out.Act, out.On = p.Act, p.On
	if p.From != nil {
		out.From = *p.From
	}
}

// Poster makes a post in a room, inside a transaction, and says which delivery it is.
type Poster = func(room bots.ID, text string, p Post) (bots.ID, error)

// Updater is a store that runs a transaction of its caller's. f must be pure: it may run more than once.
type Updater interface {
	Update(ctx context.Context, f func(Tx) error) error
}

// Staff runs a transaction of the desk's, in which it may post; what it posted is sent as soon as its lane allows.
func (e *Engine) Staff(ctx context.Context, store Updater, f func(tx Tx, post Poster) error) error {
	w := e.world()
	err := store.Update(ctx, func(tx Tx) error {
		return f(tx, func(room bots.ID, text string, p Post) (bots.ID, error) {
			done, err := PutPost(tx, room, text, p, e.Rules, w)
			return done.ID, err
		})
	})
	if err == nil {
		e.wake()
	}
	return err
}

// takeStaff is take for what happens in groups. What comes from a group that is not the room changes nothing, but for a code that
// makes it the room; what comes from a private chat never gets here.
func takeStaff(tx Tx, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	turn := bots.Turn{Event: e}
	if e.Kind == bots.Offered {
		return turn, choose(tx, &e)
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return turn, err
	}
	if code, ok := staffCommand(&e); ok {
		if err := team.claim(tx, &e, code); err != nil {
			return turn, err
		}
	}
	room, ok, err := roomIn(tx, e.Chat.ID)
	if err != nil || !ok {
		return turn, err
	}
	if err := team.see(tx, &e); err != nil {
		return turn, err
	}
	switch e.Kind {
	case bots.Moved:
		return turn, room.move(tx, e.Data)
	case bots.Blocked:
		return turn, room.lose(tx)
	case bots.CameIn, bots.WentOut:
		return turn, nil
	}
	if err := room.find(tx); err != nil {
		return turn, err
	}
	if err := room.hearForum(tx, &e); err != nil {
		return turn, err
	}
	if e.Kind == bots.Unblocked {
		room.note(tx, bots.Change{Type: StaffRights, State: room.Group})
	}
	return staffActs(tx, &team, &room, turn, r, w)
}

// staffCommand reads "/staff CODE", or "/staff@bot CODE".
func staffCommand(e *bots.Event) (code string, ok bool) {
	if e.Kind != bots.Wrote || !strings.HasPrefix(strings.TrimSpace(e.Text), "/") {
		return "", false // nearly everything that anybody writes
	}
	words := strings.Fields(e.Text)
	command, _, _ := strings.Cut(words[0], "@")
	return strings.Join(words[1:], ""), strings.EqualFold(command, "/staff")
}

// staffActs takes what somebody did in the room: to a topic, to a message of ours, or in a topic about a customer.
func staffActs(tx Tx, team *Team, room *StaffRoom, turn bots.Turn, r *Rules, w *World) (bots.Turn, error) {
	a := &staffAnswer{tx: tx, team: team, room: room, e: &turn.Event, rules: r, world: w}
	if done, err := a.onTopics(); done || err != nil || a.e.ByUs {
		return turn, err
	}
	a.contact = room.TopicOf(tx, a.e.Thread)
	if a.e.On != "" && !a.own(a.e.On) {
		if err := a.named(&turn); err != nil {
			return turn, err
		}
	}
	a.inDigest()
	return turn, a.act()
}

// named takes which message of ours somebody meant. Whatever was done, the message has arrived.
func (a *staffAnswer) named(turn *bots.Turn) error {
	e := a.e
	kind := "reply"
	if e.Kind == bots.Pressed {
		kind = "button"
	}
	p := bots.Proof{Kind: kind, Level: bots.Engaged, At: e.At, Chat: e.Chat, Also: e.Twin(), Sender: a.sender(), Step: e.Step, ProviderID: e.On, SentAt: e.OnSentAt}
	turn.Proofs = append(turn.Proofs, p)
	if err := prove(a.tx, &p, a.rules, a.world); err != nil {
		return err
	}
	m := named(a.tx, e.Step, e.Chat, e.Twin(), providerKey(a.sender(), e.Chat.ID, e.On))
	if m == nil {
		m = underWay(a.tx, e, a.sender())
	}
	if m != nil {
		a.message = m.ID
		a.post, _ = PostOf(a.tx.Delivery(m.Delivery))
	}
	a.whoseLine()
	return nil
}

// whoseLine takes who wrote what a post in a topic shows, if that is somebody else than whom the topic is about: they were one person when
// it was posted. What is answered to it must not go to the other one.
func (a *staffAnswer) whoseLine() {
	_, command := commandOf(a.e)
	if a.contact == 0 || a.e.Kind != bots.Wrote || command || a.post.Contact == 0 || a.post.Card || len(a.post.Lines) == 0 || len(a.post.Contacts) > 0 {
		return // a card, its buttons and commands are about whom the topic is about
	}
	m := a.tx.Message(a.post.Lines[len(a.post.Lines)-1])
	if m == nil || !m.In || a.tx.Contact(m.Contact) == nil {
		return
	}
	a.contact = a.tx.Same(m.Contact)[0]
}

// underWay finds the post that an answer means while nobody has told its id: its call has not ended, or the process died in it.
// Of two that could be meant it is neither.
func underWay(tx View, e *bots.Event, sender string) (found *bots.Message) {
	if e.OnSentAt.IsZero() || tx.ByProvider(providerKey(sender, e.Chat.ID, e.On)) != 0 {
		return nil
	}
	id := tx.LastSent(e.Chat)
	for range orphanWalk {
		m := tx.Message(id)
		if m == nil || e.At.Sub(m.At) > OrphanLife {
			break
		}
		if s := tx.MessageState(id); nameless(&s, sender) && covers(&s, e.OnSentAt) {
			if found != nil {
				return nil
			}
			found = m
		}
		id = m.Prev
	}
	return found
}

// staffAnswer is what a staff member did in the room.
type staffAnswer struct {
	tx      Tx
	team    *Team
	room    *StaffRoom // where it was done; nil: in a member's own chat
	e       *bots.Event
	rules   *Rules
	world   *World
	message bots.ID // the post that it was done to; zero: it is not known
	post    Post
	contact bots.ID      // whom the topic is about in which it was done; zero: it was in none
	digest  bool         // it was done in the topic of a digest, or to a post of one
	told    bool         // it stands in the audit
	of      *StaffMember // who did it in their own chat, and not in a group; nil: it was in the group
	as      bots.Address // their account
}

// forDesk tells whoever serves the place where it was done.
func (a *staffAnswer) forDesk(c bots.Change) {
	if a.room == nil {
		a.team.note(a.tx, c)
		return
	}
	a.room.note(a.tx, c)
}

// say asks the desk to say why nothing went out.
func (a *staffAnswer) say(why string) error {
	a.forDesk(bots.Change{Type: StaffNote, State: a.e.MessageID, Message: a.message, Reason: why})
	return nil
}

// wrote sends a reply to the customer whom the post is about.
func (a *staffAnswer) wrote() error {
	text := strings.TrimSpace(a.e.Text)
	switch {
	case a.post.Contact == 0:
		return a.say(NoteNobody)
	case len(a.e.Media) > 0 || text == "":
		return a.say(NoteMedia)
	}
	contact, replyTo := a.customer()
	channel := a.tx.Conversation(contact).LastUsed
	if channel == "" {
		channel = Messengers
	}
	return a.send(ActReply, contact, channel, text, a.replyKey(), a.e.MessageID, replyTo)
}

// replyKey is the idempotency key of the reply that a message in the room is.
func (a *staffAnswer) replyKey() string {
	return a.keyOf(a.e.MessageID)
}

// edited: what went out cannot be taken back. An update without new words is none of anybody's business.
func (a *staffAnswer) edited() error {
	used, ok := a.tx.Key(a.replyKey())
	if !ok {
		return nil // it never went out, and why was said then
	}
	if d := a.tx.Delivery(used.Delivery); d != nil && d.Text != strings.TrimSpace(a.e.Text) {
		return a.say(NoteEdited)
	}
	return nil
}

// customer is who wrote what the post shows: the chat may belong to another contact since, as when a phone was shared.
func (a *staffAnswer) customer() (contact, replyTo bots.ID) {
	contact = a.post.Contact
	if len(a.post.Lines) == 0 {
		return contact, 0
	}
	m := a.tx.Message(a.post.Lines[len(a.post.Lines)-1])
	if m == nil {
		return contact, 0
	}
	if c := a.tx.Contact(contact); c == nil || c.Address(m.To) == nil {
		if now := a.tx.FindContact(bots.Ref{Kind: m.To.Channel, Value: m.To.ID}); now != 0 {
			contact = now
		}
	}
	return contact, m.ID
}

// by sends a reply that failed on another channel: once each, however often the button is pressed.
func (a *staffAnswer) by(act, channel string) error {
	d := a.tx.Delivery(a.post.Of)
	if d == nil || d.Purpose != Conversation || d.Author == "" || channel == bots.Staff || blank(d.Text) {
		return nil
	}
	_, on, _ := strings.Cut(d.Metadata[StaffMessage], ":")
	a.e.MessageID = on // what there is to say is said to the message that failed
	c := a.tx.Contact(d.Contact)
	if c == nil || !a.rules.on(channel) {
		return a.noPlace(channel)
	}
	if place, ok := c.At(channel); !ok || !place.Reachable() {
		return a.noPlace(channel)
	}
	if d.State == Done && d.Reached > 0 && d.Route[d.Reached-1].Level >= bots.Delivered {
		return a.say(NoteArrived)
	}
	return a.send(act, d.Contact, channel, d.Text, "staff\x00"+channel+":"+d.ID.String(), on, d.ReplyTo)
}

// noPlace says that nobody can be reached on a channel.
func (a *staffAnswer) noPlace(channel string) error {
	if channel == bots.SMS {
		return a.say(NoteNoPhone)
	}
	return a.refuse(ActSend, RefusedNoPlace, channel)
}

// send makes a reply a delivery, in this transaction.
func (a *staffAnswer) send(act string, contact bots.ID, channel, text, key, on string, replyTo bots.ID) error {
	to := bots.Ref{Kind: "id", Value: contact.String()}
	step := Step{Channel: channel, Until: Until{Level: bots.Accepted}, Wait: defaultWait}
	done, err := Accept(a.tx, &Request{
		To: to, Given: to.String(), Purpose: Conversation, Text: text,
		Cascade: Cascade{Name: "conversation", Steps: []Step{step}, Order: "listed", Deadline: defaultDeadline},
		Key:     key, Body: digest(text), Same: digest("", text, ""),
		Author: a.name(), ReplyTo: replyTo, Chat: chatOf(a.tx, replyTo), Metadata: map[string]string{StaffMessage: a.where() + ":" + on},
	}, a.rules, a.world)
	switch {
	case errors.Is(err, ErrUnknownContact):
		return a.say(NoteNobody)
	case errors.Is(err, ErrKeyReused) || err == nil && done.Replay:
		return nil
	case err != nil:
		return err
	}
	a.noteReply(done.ID, on)
	a.audit(Audited{Act: act, Contact: contact, Delivery: done.ID, Message: a.message})
	return nil
}

// author is who wrote a reply: never nobody, as that is the program.
func author(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return bots.Staff
	}
	if runes := []rune(name); len(runes) > maxStaffAuthor {
		name = string(runes[:maxStaffAuthor])
	}
	return name
}
