package api

import (
	"context"
	"strings"
	"unicode"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// MessagePath names a message of a conversation.
type MessagePath struct {
	TalkPath
	Message string `path:"message" maxLength:"100" doc:"Id of a message of the conversation"`
}

// NewWords are what a message of ours is to say.
type NewWords struct {
	Text   string `json:"text" doc:"At most what the channel takes" example:"Бонуси діють два роки."`
	Author string `json:"author,omitempty" maxLength:"64" doc:"Who changed it; the name of the API key unless written"`
	Key    string `json:"key,omitempty" minLength:"1" doc:"Idempotency key, kept for 7 days; the header Idempotency-Key means the same"`
}

type editIn struct {
	MessagePath
	Key  string `header:"Idempotency-Key" doc:"The same key and body answer the same for 7 days"`
	Body NewWords
}

func (a *API) editMessage(ctx context.Context, in *editIn) (*acceptOut, error) {
	key, err := oneKey(in.Key, in.Body.Key)
	if err != nil {
		return nil, err
	}
	return a.act(ctx, &in.MessagePath, fallback.Act{Do: bots.EditAct, Text: in.Body.Text, Author: in.Body.Author, Key: key})
}

type takeBackIn struct {
	MessagePath
	Key string `header:"Idempotency-Key" doc:"The same key answers the same for 7 days"`
}

func (a *API) takeBack(ctx context.Context, in *takeBackIn) (*acceptOut, error) {
	key, err := oneKey(in.Key, "")
	if err != nil {
		return nil, err
	}
	return a.act(ctx, &in.MessagePath, fallback.Act{Do: bots.DeleteAct, Key: key})
}

// NewReaction is the emoji on a person's message.
type NewReaction struct {
	Emoji  string `json:"emoji" doc:"One emoji; empty: the reaction is taken back" example:"👍"`
	Author string `json:"author,omitempty" maxLength:"64" doc:"Whose it is; the name of the API key unless written"`
	Key    string `json:"key,omitempty" minLength:"1" doc:"Idempotency key, kept for 7 days; the header Idempotency-Key means the same"`
}

type reactIn struct {
	MessagePath
	Key  string `header:"Idempotency-Key" doc:"The same key and body answer the same for 7 days"`
	Body NewReaction
}

func (a *API) react(ctx context.Context, in *reactIn) (*acceptOut, error) {
	key, err := oneKey(in.Key, in.Body.Key)
	if err != nil {
		return nil, err
	}
	return a.act(ctx, &in.MessagePath, fallback.Act{Do: bots.ReactAct, Text: in.Body.Emoji, Author: in.Body.Author, Key: key})
}

// act asks the engine for what is to be done to a message, in the name of the caller.
func (a *API) act(ctx context.Context, at *MessagePath, p fallback.Act) (*acceptOut, error) {
	c, err := a.find(ctx, at.ID)
	if err != nil {
		return nil, err
	}
	doing(ctx).contact = c.ID
	if p.Message, err = bots.ParseID(at.Message); err != nil {
		return nil, notOfThis("message")
	}
	doing(ctx).at("message", p.Message.String())
	if p.Author, err = a.author(ctx, p.Author); err != nil {
		return nil, err
	}
	who, _ := people.From(ctx)
	p.Contact, p.Scope, p.By = c.ID, who.ID(), caller(ctx)
	done, err := a.Engine.Act(ctx, p)
	if err != nil {
		return nil, err
	}
	return answered(done), nil
}

// author is in whose name something is written: the caller's, unless somebody is named.
func (a *API) author(ctx context.Context, named string) (string, error) {
	if strings.ContainsFunc(named, unicode.IsControl) {
		return "", unfit("invalid_field", "author", "author: a name without control characters.")
	}
	if who, _ := people.From(ctx); named == "" {
		return who.Name, nil
	}
	return named, nil
}

func notOfThis(field string) *Problem {
	return unfit("unknown_message", field, "No message of this conversation has this id.")
}
