package api

import (
	"context"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// TalkPath names a conversation.
type TalkPath struct {
	ID string `path:"id" maxLength:"300" doc:"Id of a conversation, or REF of its person"`
}

type conversationOut struct{ Body Conversation }

func (a *API) conversation(ctx context.Context, in *TalkPath) (*conversationOut, error) {
	c, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	talk, err := a.Store.Conversation(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	talk.Contact = c.ID
	out := &conversationOut{showConversation(&talk, time.Now())}
	if talk.LastUsed == bots.SMS {
		out.Body.SharedWith, err = a.sharers(ctx, c)
	}
	return out, err
}

// NewReply is an answer to a person.
type NewReply struct {
	Text    string `json:"text,omitempty" doc:"At most what the channel takes; may be absent beside a picture or a file" example:"Бонуси діють рік."`
	Image   string `json:"image,omitempty" doc:"Address (https) of a picture above the text" example:"https://shop.example/card.jpg"`
	File    *File  `json:"file,omitempty"`
	Author  string `json:"author,omitempty" maxLength:"64" doc:"Who wrote it; the name of the API key unless written" example:"Ірина"`
	ReplyTo string `json:"reply_to,omitempty" maxLength:"13" doc:"Id of the message that it answers"`
	Channel string `json:"channel,omitempty" doc:"The one the person wrote on last, unless written" example:"telegram"`
	Key     string `json:"key,omitempty" minLength:"1" doc:"Idempotency key, kept for 7 days; the header Idempotency-Key means the same"`
}

// File is a document that goes with a reply.
type File struct {
	URL  string `json:"url" doc:"Address (https) that the messenger, or the gateway, fetches it from" example:"https://shop.example/price.pdf"`
	Name string `json:"name,omitempty" doc:"As the person sees it; the last part of the address unless written" example:"price.pdf"`
}

// file is the document as the engine has it.
func (f *File) file() *bots.File {
	if f == nil {
		return nil
	}
	return &bots.File{URL: f.URL, Name: f.Name}
}

type replyIn struct {
	TalkPath
	Key  string `header:"Idempotency-Key" doc:"The same key and body answer the same for 7 days"`
	Body NewReply
}

func (a *API) reply(ctx context.Context, in *replyIn) (*acceptOut, error) {
	key, err := oneKey(in.Key, in.Body.Key)
	if err != nil {
		return nil, err
	}
	c, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Text == "" && in.Body.Image == "" && in.Body.File == nil {
		return nil, unfit("missing_field", "text", "\"text\" is missing.")
	}
	by, err := a.author(ctx, in.Body.Author)
	if err != nil {
		return nil, err
	}
	who, _ := people.From(ctx)
	r := fallback.Reply{
		Contact: c.ID, Text: in.Body.Text, Image: in.Body.Image, File: in.Body.File.file(), Author: by, Channel: in.Body.Channel, Key: key, Scope: who.ID(), By: caller(ctx),
	}
	if in.Body.ReplyTo != "" {
		if r.ReplyTo, err = bots.ParseID(in.Body.ReplyTo); err != nil {
			return nil, notOfThis("reply_to")
		}
	}
	done, err := a.Engine.Reply(ctx, r)
	if err != nil {
		return nil, err
	}
	return answered(done), nil
}

// ConversationChange is what is to become of a conversation; what is absent stays.
type ConversationChange struct {
	Assignee     *string   `json:"assignee,omitempty" doc:"A name of yours, at most 64 characters; empty: nobody" example:"Ірина"`
	Group        string    `json:"group,omitempty" maxLength:"64" doc:"The staff group that has it from now on: main, or one of [[staff.groups]] that is bound" example:"viber"`
	State        string    `json:"state,omitempty" enum:"open,snoozed,closed"`
	SnoozedUntil time.Time `json:"snoozed_until,omitzero" doc:"With state snoozed: in the future, at most a year ahead"`
}

type changeConversationIn struct {
	TalkPath
	Body ConversationChange
}

func (a *API) changeConversation(ctx context.Context, in *changeConversationIn) (*conversationOut, error) {
	change, err := in.Body.change(time.Now())
	if err != nil {
		return nil, err
	}
	c, err := a.find(ctx, in.ID)
	if err == nil {
		doing(ctx).contact = c.ID
	}
	if err == nil && in.Body.Group != "" {
		err = a.isStaffGroup(ctx, in.Body.Group)
	}
	if err != nil {
		return nil, err
	}
	talk, err := a.Store.PutConversation(ctx, c.ID, change.Apply)
	if err != nil {
		return nil, err
	}
	return &conversationOut{showConversation(&talk, time.Now())}, nil
}

// change checks what is asked.
func (c *ConversationChange) change(now time.Time) (fallback.TalkChange, error) {
	t := fallback.TalkChange{Assignee: c.Assignee, Until: c.SnoozedUntil.UTC().Truncate(time.Microsecond)}
	if c.Group != "" {
		t.Group = &c.Group
	}
	t.State, _ = bots.ParseConversationState(c.State) // empty: NoConversation, which stands for as it is
	switch {
	case c.Assignee != nil && !fallback.IsAssignee(*c.Assignee):
		return t, unfit("invalid_field", "assignee", "assignee: a name of at most %d characters, without control characters, and not %q; an empty one is nobody.", fallback.MaxAssignee, fallback.Unassigned)
	case t.State == bots.Snoozed && c.SnoozedUntil.IsZero():
		return t, unfit("missing_field", "snoozed_until", "Until when? Write \"snoozed_until\".")
	case t.State != bots.Snoozed && !c.SnoozedUntil.IsZero():
		return t, unfit("invalid_field", "snoozed_until", "snoozed_until belongs to \"state\": \"snoozed\".")
	case t.State == bots.Snoozed && (!c.SnoozedUntil.After(now) || c.SnoozedUntil.Sub(now) > fallback.MaxSnooze):
		return t, unfit("invalid_field", "snoozed_until", "snoozed_until: a time in the future, at most a year ahead.")
	case c.Assignee == nil && c.Group == "" && t.State == bots.NoConversation:
		return t, unfit("missing_field", "state", "Nothing is to change: write \"assignee\", \"group\" or \"state\".")
	}
	if c.SnoozedUntil.IsZero() {
		t.Until = time.Time{}
	}
	return t, nil
}
