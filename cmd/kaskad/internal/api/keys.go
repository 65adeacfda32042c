package api

import (
	"context"
	"time"

	"kaskad/cmd/kaskad/internal/people"
)

// Key is what is known of an API key.
type Key struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes" nullable:"false"`
	Test      bool      `json:"test,omitempty" doc:"true: it acts on the test side only"`
	CreatedAt time.Time `json:"created_at"`
}

// NewKey is a key that was just made, with the key itself.
type NewKey struct {
	Key
	Secret string `json:"key" doc:"Shown only here"`
}

func showKey(k people.Key) Key {
	return Key{ID: k.ID, Name: k.Name, Scopes: k.Scopes.Names(), Test: k.Test, CreatedAt: k.Created.UTC()}
}

type keysOut struct{ Body List[Key] }

func (a *API) listKeys(context.Context, *struct{}) (*keysOut, error) {
	out := &keysOut{Body: List[Key]{Items: []Key{}}}
	for _, k := range a.Keys.List() {
		out.Body.Items = append(out.Body.Items, showKey(k))
	}
	return out, nil
}

type makeKeyIn struct {
	Body struct {
		Name   string   `json:"name" doc:"Whose it is" example:"crm"`
		Scopes []string `json:"scopes" minItems:"1" maxItems:"4" nullable:"false" doc:"send, reply, read, admin"`
		Test   bool     `json:"test,omitempty" doc:"true: a key for the test side, kt_…"`
	}
}

type makeKeyOut struct{ Body NewKey }

func (a *API) makeKey(ctx context.Context, in *makeKeyIn) (*makeKeyOut, error) {
	scopes, err := people.ParseScopes(in.Body.Scopes)
	if err != nil {
		return nil, unfit("invalid_field", "scopes", "%v.", err)
	}
	form := a.Keys.Make
	if in.Body.Test {
		form = a.Keys.MakeTest
	}
	key, secret, err := form(ctx, in.Body.Name, scopes)
	if err != nil {
		return nil, err
	}
	return &makeKeyOut{NewKey{Key: showKey(key), Secret: secret.Reveal()}}, nil
}

type keyPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *API) revokeKey(ctx context.Context, in *keyPath) (*struct{}, error) {
	return nil, a.Keys.Revoke(ctx, in.ID)
}
