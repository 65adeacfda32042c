package fallback

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"kaskad/bots"
)

// memberDeadline is how long a post to a member may wait for its channel.
const memberDeadline = postDeadline

// MemberChannels are the channels on which a member can be written to now, the one they wrote on last first; none: why not, by the reasons of
// steps.
func MemberChannels(v View, m *StaffMember, r *Rules) (all []string, why string) {
	c := v.Contact(m.Place)
	if m.Place == 0 || c == nil {
		return nil, ReasonNoPlace
	}
	why = ReasonNoPlace
	last := v.Conversation(m.Place).LastUsed
	e := &Env{Rules: r, Contact: c}
	for _, channel := range bots.Channels() {
		place, has := c.At(channel)
		switch {
		case !AnswersAt(channel) || !has:
		case !r.on(channel):
			why = ReasonOff
		case !place.Reachable():
			why = "blocked"
		case !e.takesText(channel, v.Now()):
			why = ReasonWindow
		case channel == last:
			all = slices.Insert(all, 0, channel)
		default:
			all = append(all, channel)
		}
	}
	return all, why
}

// putMemberPost makes a post to a member: a delivery that goes on to the member's next channel where one does not take it. Zero: they can
// be reached nowhere.
func putMemberPost(tx Tx, m *StaffMember, text string, p Post, r *Rules, w *World) (bots.ID, error) {
	channels, _ := MemberChannels(tx, m, r)
	if p.Act != "" { // it is done to a message, which stands in one chat
		channels = slices.DeleteFunc(channels, func(c string) bool { return c != p.Channel })
	}
	if p.File != nil {
		channels = r.carrying(channels, &p.File.Media)
	}
	if len(channels) == 0 {
		return 0, nil
	}
	if p.Act == "" {
		p.On = "" // a post that goes on elsewhere names no message there
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	cascade := Cascade{Name: bots.Staff, Order: "listed", Deadline: memberDeadline}
	for _, channel := range channels {
		cascade.Steps = append(cascade.Steps, Step{Channel: channel, Until: Until{Level: bots.Accepted}, Wait: postWait})
	}
	to := idRef(m.Place)
	done, err := Accept(tx, &Request{
		To: to, Given: to.String(), Purpose: Conversation, Text: text, Data: raw, Post: true, Cascade: cascade,
	}, r, w)
	return done.ID, err
}

// carrying are those of a member's channels on which a file can be handed to them; none where the first, which has the words, takes none: they
// name the file.
func (r *Rules) carrying(channels []string, x *bots.Media) []string {
	can := func(channel string) bool {
		on := r.Channels[channel]
		return on.CanCarry(x) && x.Size <= maxCarried
	}
	if len(channels) == 0 || !can(channels[0]) {
		return nil
	}
	return slices.DeleteFunc(channels, func(channel string) bool { return !can(channel) })
}

// MemberPoster makes a post to a member, inside a transaction, and says which delivery it is; 0: they can be reached nowhere, or
// no channel of theirs takes its file. One that shows
// something of a customer's ticket (Post.Contact, if the customer has one) lets them answer it.
type MemberPoster func(book *TicketBook, m *StaffMember, text string, p Post) (bots.ID, error)

// Tickets runs a transaction of whoever posts tickets; what it posted is sent as soon as its lane allows. Book is written afterwards.
func (e *Engine) Tickets(ctx context.Context, store Updater, f func(tx Tx, team *Team, book *TicketBook, post MemberPoster) error) error {
	w := e.world()
	err := store.Update(ctx, func(tx Tx) error { return WithTickets(tx, e.Rules, w, f) })
	if err == nil {
		e.wake()
	}
	return err
}

// WithTickets is Engine.Tickets inside a transaction.
func WithTickets(tx Tx, r *Rules, w *World, f func(tx Tx, team *Team, book *TicketBook, post MemberPoster) error) error {
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	book, err := ReadTicketBook(tx)
	if err != nil {
		return err
	}
	before, err := json.Marshal(&book)
	if err != nil {
		return err
	}
	err = f(tx, &team, &book, func(book *TicketBook, m *StaffMember, text string, p Post) (bots.ID, error) {
		id, err := putMemberPost(tx, m, text, p, r, w)
		if err != nil || id == 0 || p.Contact == 0 || p.Act != "" {
			return id, err
		}
		if t := book.Of(tx, p.Contact); t != nil {
			book.show(t, m.Place, tx.Now())
		}
		return id, nil
	})
	if err != nil {
		return err
	}
	if after, err := json.Marshal(&book); err != nil || bytes.Equal(before, after) {
		return err
	}
	return book.Put(tx)
}
