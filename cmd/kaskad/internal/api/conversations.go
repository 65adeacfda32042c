package api

import (
	"context"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Conversation is all messages with one person; its id is the person's.
type Conversation struct {
	ID           string    `json:"id"`
	Test         bool      `json:"test,omitempty" doc:"true: with nobody real"`
	Contact      string    `json:"contact"`
	State        string    `json:"state" doc:"open, snoozed or closed; none: only the program wrote" enum:"open,snoozed,closed,none"`
	Assignee     string    `json:"assignee"`
	Group        string    `json:"group,omitempty" doc:"The staff group that has it; absent: there is but one, or none was decided"`
	Channel      string    `json:"channel" doc:"Where the person wrote last"`
	Unread       uint32    `json:"unread" doc:"Messages of the person since staff answered"`
	LastAt       time.Time `json:"last_at,omitzero"`
	LastInAt     time.Time `json:"last_in_at,omitzero"`
	SnoozedUntil time.Time `json:"snoozed_until,omitzero" doc:"Of a snoozed one; at that time it is open again"`
	SharedWith   []string  `json:"shared_with,omitempty" doc:"The person wrote last from a number that these contacts have as well, or claim: whose it is was a choice. At most 20; read one by one, not in lists"`
	WantsPerson  time.Time `json:"person_wanted_at,omitzero" doc:"Since when the person asks the bot for a person, and nobody has answered"`
	WaitingSince time.Time `json:"waiting_since,omitzero" doc:"When the oldest message was written that waits for an answer of people; absent: none does. Thanks, presses and what the bot answered wait for none"`
	FirstAnswer  *int64    `json:"first_response_seconds,omitempty" doc:"How long it took until staff first answered since the conversation was opened last, of working time (company.hours); absent: they have not"`
	Match        *Match    `json:"match,omitempty" doc:"With q: the newest message in which it was found"`
}

type conversationsIn struct {
	Page
	State    string `query:"state" enum:"open,snoozed,closed" doc:"All in which a person wrote or pressed something, unless written"`
	Assignee string `query:"assignee" maxLength:"300" doc:"Whose; none: nobody's"`
	Waiting  string `query:"waiting" enum:"true" doc:"true: those in which somebody waits for an answer of people, the longest first; not with q"`
	Query    string `query:"q" maxLength:"200" doc:"Those with a message that has all of these words, or parts of words, in it; the newest such message first"`
}

type conversationsOut struct{ Body FoundList[Conversation] }

// unassigned is the word for nobody in a query.
const unassigned = fallback.Unassigned

func (a *API) conversations(ctx context.Context, in *conversationsIn) (*conversationsOut, error) {
	if in.Waiting != "" && in.Query != "" {
		return nil, unfit("invalid_field", "waiting", "waiting does not go with q: leave one of them out.")
	}
	f := ConversationFilter{Waiting: in.Waiting != ""}
	f.State, _ = bots.ParseConversationState(in.State) // empty: NoConversation, which stands for all
	if in.Assignee != "" {
		f.Assignee = &in.Assignee
	}
	if in.Assignee == unassigned {
		f.Assignee = new(string)
	}
	if in.Query != "" {
		return a.searchTalks(ctx, in, f)
	}
	found, next, err := a.Store.Conversations(ctx, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &conversationsOut{FoundList[Conversation]{List: List[Conversation]{make([]Conversation, 0, len(found)), next}}}
	now := time.Now()
	for i := range found {
		out.Body.Items = append(out.Body.Items, showConversation(&found[i], now))
	}
	return out, nil
}

func showConversation(c *bots.Conversation, now time.Time) Conversation {
	out := Conversation{
		ID: c.Contact.String(), Test: c.Contact.Test(), Contact: c.Contact.String(), State: fallback.TalkState(c, now).String(), Assignee: c.Assignee, Group: c.Group, Channel: c.LastUsed,
		Unread: c.Unread, LastAt: utc(c.LastAt), LastInAt: utc(c.LastIn), WantsPerson: utc(c.Bot.Wants),
	}
	out.WaitingSince = utc(c.Wait.Since)
	if c.Wait.First > 0 {
		seconds := int64(c.Wait.First.Seconds())
		out.FirstAnswer = &seconds
	}
	if out.State == bots.Snoozed.String() {
		out.SnoozedUntil = utc(c.SnoozedTo)
	}
	return out
}

// Message is one message of a conversation.
type Message struct {
	ID          string    `json:"id"`
	Direction   string    `json:"direction" doc:"in or out" enum:"in,out"`
	Kind        string    `json:"kind" doc:"text, press, reaction, edit or delete" enum:"text,press,reaction,edit,delete"`
	Channel     string    `json:"channel"`
	Text        string    `json:"text"`
	Media       []Media   `json:"media" nullable:"false"`
	Buttons     []string  `json:"buttons,omitempty"`
	Status      string    `json:"status" doc:"received; or queued, sending, uncertain, accepted, delivered, read, engaged, failed" enum:"received,queued,sending,uncertain,accepted,delivered,read,engaged,failed"`
	Reason      string    `json:"reason,omitempty"`
	At          time.Time `json:"at"`
	SentAt      time.Time `json:"sent_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	ReadAt      time.Time `json:"read_at,omitzero"`
	EditedAt    time.Time `json:"edited_at,omitzero" doc:"When it was changed last; each version is a message of kind edit"`
	FirstText   string    `json:"first_text,omitempty" doc:"Of one that was changed: what it said first"`
	DeletedAt   time.Time `json:"deleted_at,omitzero" doc:"When the message was taken back; its text is kept"`
	Author      string    `json:"author,omitempty" doc:"Staff; phone, without a delivery: written on the phone itself; absent: the program"`
	Delivery    string    `json:"delivery,omitempty"`
	ReplyTo     string    `json:"reply_to" doc:"The message that it answers; of an edit or a delete, the one that was changed, where that is known"`
}

// Media is a file in a message, still where the channel keeps it, or the picture of a message of ours.
type Media struct {
	Type string `json:"type"`
	ID   string `json:"id" doc:"The channel's reference; of a picture that we sent, its address"`
	Name string `json:"name,omitempty"`
	Size int64  `json:"size,omitempty"`
	Text string `json:"text,omitempty"`
}

type messagesIn struct {
	Page
	ID string `path:"id" maxLength:"300" doc:"Id of a conversation, or REF of its person"`
}

type messagesOut struct{ Body List[Message] }

func (a *API) messages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	c, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, next, err := a.Store.Messages(ctx, c.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &messagesOut{Body: List[Message]{Items: make([]Message, 0, len(found)), Next: next}}
	for i := range found {
		out.Body.Items = append(out.Body.Items, showMessage(&found[i]))
	}
	return out, nil
}

var messageKinds = map[bots.MessageKind]string{
	bots.TextMessage: "text", bots.PressMessage: "press", bots.ReactionMessage: "reaction", bots.EditMessage: "edit", bots.DeleteMessage: "delete",
}

func showMessage(m *Said) Message {
	out := Message{
		ID: m.ID.String(), Direction: "in", Kind: messageKinds[m.Kind], Channel: m.Channel, Text: m.Text, Media: []Media{}, Status: "received",
		At: m.At.UTC(), Author: m.Author, Delivery: m.Delivery.String(), ReplyTo: m.ReplyTo.String(),
	}
	for _, f := range m.Media {
		out.Media = append(out.Media, Media{Type: f.Type, ID: f.ID, Name: f.Name, Size: f.Size, Text: f.Text})
	}
	out.DeletedAt = utc(m.State.DeletedAt)
	if m.Edit != nil {
		out.Text, out.FirstText, out.EditedAt = m.Edit.Text, m.Text, m.Edit.At.UTC()
	}
	if m.In {
		return out
	}
	for _, b := range m.Buttons {
		out.Buttons = append(out.Buttons, b.Text)
	}
	out.Direction, out.Status, out.Reason = "out", m.State.Status(), m.State.Reason
	out.SentAt, out.DeliveredAt, out.ReadAt = utc(m.State.SentAt), utc(m.State.DeliveredAt), utc(m.State.ReadAt)
	return out
}
