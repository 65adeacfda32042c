package fallback

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"kaskad/bots"
	"kaskad/templates"
)

// What staff do to a message that is out: they change it, take it back, or put an emoji on the person's. It is a delivery like any
// other, to exactly the chat where that message stands, and leaves a message of its own kind in the conversation. Nobody reads such a
// message in its turn, so that no watermark counts it.

// Act is what staff do to a message of a conversation.
type Act struct {
	Contact bots.ID
	Message bots.ID
	Do      bots.Act
	Text    string // EditAct: the new words; ReactAct: the emoji, empty takes it back
	Author  string
	Key     string // idempotency key; empty: none
	Scope   string // whose keys
	By      string // who asks, as the delivery shows it
}

// Act makes what staff do to a message a delivery: one step, until it is accepted.
func (e *Engine) Act(ctx context.Context, store Updater, p Act) (done Accepted, err error) {
	w := e.world()
	err = store.Update(ctx, func(tx Tx) (err error) {
		done, err = PutAct(tx, p, e.intake().Channels, e.Rules, w)
		return err
	})
	if err != nil {
		return Accepted{}, err
	}
	if done.begins() {
		e.wake()
	}
	return done, nil
}

// PutAct is Act inside a transaction. Named are the channels that a caller may name.
func PutAct(tx Tx, p Act, named map[string]Channel, r *Rules, w *World) (Accepted, error) {
	if len(p.Key) > maxKey {
		return Accepted{}, invalid("invalid_key", "key", "An idempotency key has at most %d bytes.", maxKey)
	}
	p.Text = strings.TrimSpace(p.Text)
	m, fault := p.target(tx, named)
	if m == nil {
		m = &bots.Message{}
	}
	to := bots.Ref{Kind: "id", Value: p.Contact.String()}
	step := Step{Channel: m.To.Channel, Until: Until{Level: bots.Accepted}, Wait: defaultWait}
	req := &Request{
		To: to, Given: to.String(), Purpose: Conversation, Text: p.Text,
		Cascade: Cascade{Name: "conversation", Steps: []Step{step}, Order: "listed", Deadline: defaultDeadline},
		Author:  author(p.Author), By: p.By, ReplyTo: p.Message, Act: p.Do, Chat: m.To, Fault: fault,
	}
	if p.Key != "" {
		req.Key = p.Scope + "\x00" + p.Key
		req.Body = digest("act", string(p.Do), to.Value, p.Message.String(), p.Text, p.Author)
	}
	return Accept(tx, req, r, w)
}

// target finds the message. The error says why nothing can be done to it.
func (p *Act) target(v View, named map[string]Channel) (*bots.Message, error) {
	c := v.Contact(p.Contact)
	if c == nil || ForStaff(c) {
		return nil, &UnknownContact{Ref: bots.Ref{Kind: "id", Value: p.Contact.String()}}
	}
	m := v.Message(p.Message)
	if m == nil || m.Contact != p.Contact {
		return nil, invalid("unknown_message", "message", "No message of this conversation has this id.")
	}
	if err := p.whose(m); err != nil {
		return nil, err
	}
	on, known := named[m.Channel]
	if !known {
		return nil, invalid("channel_off", "message", "The message stands on %s, which is switched off.", m.Channel)
	}
	if err := p.able(v, m, on); err != nil {
		return nil, err
	}
	if place := c.Address(m.To); place == nil || !place.Reachable() {
		return nil, invalid("no_channel", "message", "The person cannot be reached any more where the message stands.")
	}
	s := v.MessageState(m.ID)
	if err := p.stands(m, &s, on, v.Now()); err != nil {
		return nil, err
	}
	return m, p.words(m, on)
}

// whose says why a message is of the wrong side, or of a kind to which this cannot be done.
func (p *Act) whose(m *bots.Message) error {
	switch {
	case p.Do == bots.ReactAct && (!m.In || m.Kind != bots.TextMessage):
		return invalid("not_theirs", "message", "A reaction goes on a message that the person wrote.")
	case p.Do == bots.ReactAct:
	case m.ByOwner():
		return invalid("not_ours", "message", "The message was written on the phone itself: change it there, or take it back there.")
	case !m.Standing() || m.Delivery == 0:
		return invalid("not_ours", "message", "Only a message that we sent can be changed or taken back.")
	case p.Do == bots.EditAct && (len(m.Buttons) > 0 || len(m.Links) > 0):
		return invalid("not_editable", "message", "A message with buttons or tracked links cannot be changed. It can be taken back.")
	}
	return nil
}

// able says why a channel cannot do it.
func (p *Act) able(v View, m *bots.Message, on Channel) error {
	switch {
	case p.Do == bots.ReactAct && !on.Reacts:
		return invalid("channel_cannot", "message", "Channel %s lets nobody of us put reactions.", m.Channel)
	case p.Do != bots.ReactAct && !on.Edits:
		return invalid("channel_cannot", "message", "Channel %s lets us neither change a message nor take it back.", m.Channel)
	case p.Do == bots.EditAct && len(m.Media) > 0 && !(on.Captions && captioned(v, m)):
		return invalid("not_editable", "message", "The words under this picture or file cannot be changed. The message can be taken back.")
	}
	return nil
}

// captioned reports whether a message is one file of staff's, which was handed on as it is. In an album each file has words of its own, and
// nobody can tell under which of them those of the message stand.
func captioned(v View, m *bots.Message) bool {
	d := v.Delivery(m.Delivery)
	return d != nil && d.Copy != nil && len(m.Media) == 1
}

// stands says why a message does not stand so that it could be done now.
func (p *Act) stands(m *bots.Message, s *bots.MessageState, on Channel, now time.Time) error {
	limit, sent := on.DeleteFor, later(s.SentAt, s.ChannelAt)
	if p.Do == bots.EditAct {
		limit = on.EditFor
	}
	switch {
	case !s.DeletedAt.IsZero():
		return invalid("taken_back", "message", "The message was taken back.")
	case nameIn(m, s) == "":
		return invalid("not_accepted", "message", "The channel has not accepted the message, or has given it no name: there is nothing to do it to. If it is under way, ask again in a moment; if it waits, cancel its delivery.")
	case m.In || limit == 0 || sent.IsZero():
	case !now.Before(sent.Add(limit)):
		return invalid("too_late", "message", "On %s this can be done for %s after a message was sent.", m.Channel, FormatDuration(limit))
	}
	return nil
}

// words says what is wrong with the new words, or the emoji.
func (p *Act) words(m *bots.Message, on Channel) error {
	most := on.MaxText
	if len(m.Media) > 0 {
		most = on.MaxCaption
	}
	switch n := len(utf16.Encode([]rune(p.Text))); {
	case p.Do == bots.ReactAct && !isEmoji(p.Text):
		return invalid("invalid_field", "emoji", "emoji: one emoji, or an empty text, which takes the reaction back.")
	case p.Do != bots.EditAct:
	case blank(p.Text):
		return invalid("text_empty", "text", "The text has nothing in it that anybody could see. To take the message back: DELETE.")
	case len(p.Text) > maxText || most > 0 && n > most:
		if most == 0 || most > maxText {
			most = maxText
		}
		return invalid("text_too_long", "text", "A text there has at most %d characters.", most)
	}
	return nil
}

// longestEmoji is in bytes: families of emoji are long.
const longestEmoji = 64

// isEmoji reports whether a text could be one emoji. Which ones there are, the channel knows.
func isEmoji(s string) bool {
	return len(s) <= longestEmoji && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) || unicode.IsControl(r) })
}

// nameIn is the channel's id of a message that stands in a chat; empty: it has none that is known.
func nameIn(m *bots.Message, s *bots.MessageState) string {
	switch {
	case m.In:
		return m.ProviderID
	case s.Level == bots.None || s.Failed || s.Sending:
		return ""
	}
	return s.ProviderID
}

// nameAs keeps under which names the channel has a message: whoever answers one picture of an album answers the message.
func nameAs(tx Tx, s *bots.MessageState, a *Attempt, r *bots.Receipt) {
	s.ProviderID, s.Rest = r.ID, r.Rest
	for _, id := range names(r.ID, r.Rest) {
		tx.PutProvider(providerKey(a.Sender, a.Out.To.ID, id), a.Message)
	}
}

// names are all ids of a message: one, but for an album.
func names(first, rest string) []string {
	all := []string{first}
	for id := range strings.SplitSeq(rest, ",") {
		if id != "" {
			all = append(all, id)
		}
	}
	return all
}

// barred says why an act must not go any more; empty: it may.
func barred(v View, d *Delivery) string {
	if !d.alters() {
		return ""
	}
	s := v.MessageState(d.ReplyTo)
	switch {
	case v.Message(d.ReplyTo) == nil:
		return ReasonGone // it would go out as a message of its own
	case !s.DeletedAt.IsZero():
		return ReasonBack
	case d.Act == bots.EditAct && s.Edit != 0:
		if m := v.Message(s.Edit); m != nil && m.Delivery > d.ID {
			return ReasonOvertook
		}
	}
	return ""
}

// refer writes into a message which earlier one it answers, or is about, in the channel's own words.
func refer(v View, d *Delivery, c *bots.Contact, out *bots.Outgoing) {
	m := v.Message(d.ReplyTo)
	if m == nil {
		return
	}
	s := v.MessageState(m.ID)
	name := nameIn(m, &s)
	if d.alters() {
		out.Act, out.On = d.Act, name
		out.Captioned = d.Act == bots.EditAct && len(m.Media) > 0
		if d.Act == bots.DeleteAct {
			out.On = strings.Join(names(name, s.Rest), ",")
		}
		return
	}
	if m.Kind != bots.TextMessage || !s.DeletedAt.IsZero() || name == "" {
		return
	}
	for _, a := range append(c.Chat(out.To), out.To) {
		if a == m.To {
			out.ReplyTo = name // in another chat nobody has it
		}
	}
}

// acted notes on a message what was done to it, once the channel has it.
func acted(tx Tx, m *bots.Message) {
	if m == nil || m.In || m.ReplyTo == 0 || tx.Message(m.ReplyTo) == nil {
		return
	}
	change := bots.Change{Type: "message.edited", At: tx.Now(), Contact: m.Contact, Delivery: m.Delivery, Message: m.ID, Channel: m.Channel}
	switch m.Kind {
	case bots.EditMessage:
		newest(tx, m)
	case bots.DeleteMessage:
		change.Type = "message.deleted"
		if s := tx.MessageState(m.ReplyTo); s.DeletedAt.IsZero() {
			s.DeletedAt = tx.Now()
			tx.PutMessageState(m.ReplyTo, s)
		}
	default:
		return
	}
	tx.Change(change)
}

// newest notes that a message has newer words.
func newest(tx Tx, edit *bots.Message) {
	if s := tx.MessageState(edit.ReplyTo); edit.ID > s.Edit {
		s.Edit = edit.ID
		tx.PutMessageState(edit.ReplyTo, s)
	}
}

// kindOf is what an act is in the conversation.
func kindOf(a bots.Act) bots.MessageKind {
	switch a {
	case bots.EditAct:
		return bots.EditMessage
	case bots.DeleteAct:
		return bots.DeleteMessage
	case bots.ReactAct:
		return bots.ReactionMessage
	}
	return bots.TextMessage
}

// place is where a plan's message would go on a channel. What is done to a message goes where that one stands; what is for one place goes
// there, whoever's it is; an answer goes to the chat of the question while that is the person's and can be written to.
func (p *Plan) place(c *bots.Contact, channel string) (bots.ContactAddress, bool) {
	best, ok := c.At(channel)
	asked, answers := c.Address(p.Chat), !p.alters()
	switch {
	case answers && p.Chat.Channel != channel:
		return best, ok
	case p.Exact && asked == nil:
		return bots.ContactAddress{Address: p.Chat}, true
	case p.Exact:
		return *asked, true
	case answers && slices.Contains(c.Chat(p.Chat), best.Address):
		return best, ok
	case asked == nil:
		return bots.ContactAddress{Address: p.Chat}, false
	case answers && !asked.Reachable():
		return best, ok
	}
	return *asked, true
}

// attached reports whether a picture or a file goes with a caller's own text.
func (p *Plan) attached() bool { return p.Image != "" || p.File != nil }

// wordless reports whether there is nothing to be written for the channel: no words, or an emoji.
func (p *Plan) wordless() bool {
	return p.Act == bots.DeleteAct || p.Act == bots.ReactAct || p.Copy != nil && (p.Act != "" || blank(p.Text)) || p.attached() && blank(p.Text)
}

// underneath says when a text does not fit under what goes with it: a part that somebody chose must not be lost in silence.
func (p *Plan) underneath(w *templates.Rendered, c Channel) error {
	if w.Units > c.MaxCaption {
		return fmt.Errorf("the text is too long to go with a picture or a file: %d of %d characters", w.Units, c.MaxCaption)
	}
	return nil
}
