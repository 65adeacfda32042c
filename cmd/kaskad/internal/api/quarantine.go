package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"kaskad/bots"
)

// Quarantine is what the gateway keeps of calls and events that it could not take.
type Quarantine interface {
	// List tells what is kept, newest first, without Raw and Call.
	List(ctx context.Context) ([]Kept, error)
	One(ctx context.Context, id bots.ID) (*Kept, error) // ErrNotKept
	// Replay takes it once more; done, it is kept no longer. ErrNotKept, or *NotReplayed: then it stays.
	Replay(ctx context.Context, id bots.ID) (events int, err error)
	Drop(ctx context.Context, id bots.ID) error // ErrNotKept
}

// Kept is one call or event in quarantine.
type Kept struct {
	ID      bots.ID
	Channel string
	Event   string // its id; empty: a call that could not even be read
	Reason  string
	At      time.Time
	Size    int
	Raw     []byte         // of an event, as its channel wrote it
	Call    *bots.KeptCall // of a call
}

// ErrNotKept is an id under which quarantine has nothing.
var ErrNotKept = errors.New("quarantine keeps nothing under this id")

// NotReplayed is why something in quarantine could not be taken this time either.
type NotReplayed struct{ Err error }

func (e *NotReplayed) Error() string { return fmt.Sprintf("it stays in quarantine: %v", e.Err) }
func (e *NotReplayed) Unwrap() error { return e.Err }

// Quarantined is a line of the list.
type Quarantined struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind" doc:"event: it was read, but no rule could take it; call: it could not even be read" enum:"event,call"`
	Channel string    `json:"channel"`
	Event   string    `json:"event,omitempty" doc:"Id of the event"`
	Reason  string    `json:"reason" doc:"Why it could not be taken"`
	At      time.Time `json:"at" doc:"When it reached us"`
	Size    int       `json:"size" doc:"Bytes"`
}

// QuarantinedRaw is one of them with what came: it may hold what a person wrote.
type QuarantinedRaw struct {
	Quarantined
	Hook    string              `json:"hook,omitempty" doc:"The way in by which a call came"`
	Method  string              `json:"method,omitempty"`
	Headers map[string][]string `json:"headers,omitempty" doc:"Of a call; secrets are ***"`
	Query   map[string][]string `json:"query,omitempty"`
	Raw     string              `json:"raw" doc:"As it came"`
	Base64  bool                `json:"base64,omitempty" doc:"raw is no text, and written so"`
}

func showKept(k *Kept) Quarantined {
	out := Quarantined{ID: k.ID.String(), Kind: "event", Channel: k.Channel, Event: k.Event, Reason: k.Reason, At: k.At.UTC(), Size: k.Size}
	if k.Event == "" {
		out.Kind = "call"
	}
	return out
}

type quarantineOut struct{ Body List[Quarantined] }

func (a *API) listQuarantine(ctx context.Context, _ *struct{}) (*quarantineOut, error) {
	out := &quarantineOut{Body: List[Quarantined]{Items: []Quarantined{}}}
	if a.Quarantine == nil {
		return out, nil
	}
	kept, err := a.Quarantine.List(ctx)
	for i := range kept {
		out.Body.Items = append(out.Body.Items, showKept(&kept[i]))
	}
	return out, err
}

type quarantinePath struct {
	ID string `path:"id" maxLength:"13" doc:"Id in quarantine"`
}

// kept reads the id; one that is no id keeps nothing.
func (a *API) kept(ctx context.Context, in *quarantinePath) (bots.ID, error) {
	id, err := bots.ParseID(in.ID)
	if err != nil || a.Quarantine == nil {
		return 0, ErrNotKept
	}
	doing(ctx).at("quarantined", id.String())
	return id, a.ours(id, "unknown_quarantined")
}

type quarantinedOut struct{ Body QuarantinedRaw }

func (a *API) showQuarantined(ctx context.Context, in *quarantinePath) (*quarantinedOut, error) {
	id, err := a.kept(ctx, in)
	if err != nil {
		return nil, err
	}
	k, err := a.Quarantine.One(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &quarantinedOut{QuarantinedRaw{Quarantined: showKept(k)}}
	raw := k.Raw
	if c := k.Call; c != nil {
		raw = c.Body
		out.Body.Hook, out.Body.Method, out.Body.Headers, out.Body.Query = c.Hook, c.Method, discreet(c.Header), c.Query
	}
	out.Body.Raw = string(raw)
	if !utf8.Valid(raw) {
		out.Body.Raw, out.Body.Base64 = base64.StdEncoding.EncodeToString(raw), true
	}
	return out, nil
}

// discreet hides the values of headers that may hold a secret.
func discreet(all http.Header) map[string][]string {
	out := make(map[string][]string, len(all))
	for name, values := range all {
		for _, word := range []string{"auth", "token", "secret", "signature", "key", "cookie", "password"} {
			if strings.Contains(strings.ToLower(name), word) {
				values = []string{"***"}
			}
		}
		out[name] = values
	}
	return out
}

type replayOut struct {
	Body struct {
		Events int `json:"events" doc:"How many events were in it; those that had come in another way meanwhile change nothing"`
	}
}

func (a *API) replayQuarantined(ctx context.Context, in *quarantinePath) (*replayOut, error) {
	id, err := a.kept(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &replayOut{}
	out.Body.Events, err = a.Quarantine.Replay(ctx, id)
	return out, err
}

func (a *API) dropQuarantined(ctx context.Context, in *quarantinePath) (*struct{}, error) {
	id, err := a.kept(ctx, in)
	if err != nil {
		return nil, err
	}
	return nil, a.Quarantine.Drop(ctx, id)
}
