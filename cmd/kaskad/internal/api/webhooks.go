package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// Webhook is a program of the operator's that is told what happened.
type Webhook struct {
	ID        string     `json:"id" example:"wh_k3q9zx7w2htm5r4a"`
	URL       string     `json:"url" example:"https://shop.example/kaskad"`
	Name      string     `json:"name,omitempty"`
	Types     []string   `json:"types" nullable:"false" doc:"Of what it is told; delivery.* is all that begins so; none: of everything"`
	Secret    string     `json:"secret,omitempty" doc:"Signs what it is told (Standard Webhooks). Shown once: when it is made" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`
	CreatedAt time.Time  `json:"created_at"`
	CreatedBy string     `json:"created_by,omitempty"`
	Disabled  *time.Time `json:"disabled_at,omitempty" doc:"Since when it is told nothing; absent: it is"`
	Why       string     `json:"disabled_because,omitempty" doc:"gone: it answered 410; failing: it took nothing for five days; disabled: somebody said so"`

	Place   string     `json:"taken_up_to,omitempty" doc:"Every change up to this one was taken, or is a dead letter"`
	Waiting int        `json:"waiting,omitempty" doc:"Changes that were read and not taken yet; more may stand behind them"`
	Failing *time.Time `json:"failing_since,omitempty" doc:"Since when it takes nothing"`
	Error   string     `json:"error,omitempty" doc:"What the last call met that failed"`
	Next    *time.Time `json:"next_try_at,omitempty"`
	Lost    uint64     `json:"lost,omitempty" doc:"Changes that retention cleared away before they were taken, since the start of the gateway"`
	Calls   []HookCall `json:"calls,omitempty" doc:"The last ones, newest first; read one by one, not in lists"`
}

// HookCall is one call of a program.
type HookCall struct {
	At     time.Time `json:"at"`
	Change string    `json:"change,omitempty"`
	Type   string    `json:"type"`
	Try    int       `json:"try"`
	Status int       `json:"status,omitempty" doc:"HTTP; absent: there was no answer"`
	Error  string    `json:"error,omitempty" doc:"Absent: it was taken"`
	Took   int64     `json:"milliseconds"`
}

func showCall(c *webhooks.Call) HookCall {
	out := HookCall{At: c.At.UTC(), Type: c.Type, Try: c.Try, Status: c.Status, Error: c.Error, Took: c.Took.Milliseconds()}
	if c.Change != 0 {
		out.Change = strconv.FormatUint(c.Change, 10)
	}
	return out
}

func (a *API) showHook(h *webhooks.Hook, calls bool) Webhook {
	out := Webhook{ID: h.ID, URL: h.URL, Name: h.Name, Types: h.Types, CreatedAt: h.Created.UTC(), CreatedBy: h.By, Disabled: moment(h.Off), Why: h.Why}
	if out.Types == nil {
		out.Types = []string{}
	}
	s, last, on := a.Webhooks.Stands(h.ID)
	if on {
		out.Place, out.Waiting, out.Failing, out.Error, out.Next, out.Lost = strconv.FormatUint(s.Place, 10), s.Waiting, moment(s.Failing), s.Error, moment(s.Next), s.Lost
	}
	for i := len(last) - 1; calls && i >= 0; i-- {
		out.Calls = append(out.Calls, showCall(&last[i]))
	}
	return out
}

// HookPath names a webhook.
type HookPath struct {
	ID string `path:"id" maxLength:"64"`
}

type hookOut struct{ Body Webhook }

// hookProblem says what is wrong with a call about webhooks.
func hookProblem(err error) error {
	switch {
	case errors.Is(err, webhooks.ErrUnknown):
		return problem(http.StatusNotFound, "unknown_webhook", "", "There is no such webhook. List them: GET /v1/webhooks.")
	case errors.Is(err, webhooks.ErrTooMany):
		return problem(http.StatusConflict, "too_many_webhooks", "", "There are %d webhooks, as many as there can be. Take one away, or change it.", webhooks.MaxHooks)
	case errors.Is(err, webhooks.ErrNotDead):
		return problem(http.StatusNotFound, "unknown_dead_letter", "", "There is no such dead letter.")
	case errors.Is(err, webhooks.ErrDisabled):
		return problem(http.StatusConflict, "webhook_disabled", "", "The webhook is disabled: enable it first.")
	case errors.Is(err, webhooks.ErrAhead):
		return unfit("invalid_cursor", "after", "after: there is no such change yet.")
	case errors.Is(err, webhooks.ErrTooOld):
		return problem(http.StatusGone, "cursor_gone", "after", "The changes after this one are not kept any more.")
	}
	return err
}

// callable refuses an address that cannot be called.
func (a *API) callable(address string) error {
	switch err := a.Webhooks.Acceptable(address); {
	case errors.Is(err, bots.ErrForbiddenAddress):
		return unfit("invalid_field", "url", "url: this address is not public. [webhooks] networks allows networks of your own.")
	case err != nil:
		return unfit("invalid_field", "url", "url: write an https:// address, without a user in it; http:// is for numeric addresses of [webhooks] networks.")
	}
	return nil
}

// typeWord is a type of a change, or how some begin.
var typeWord = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+|\.\*)$`)

// hookTypes refuses words that can be the type of nothing.
func hookTypes(all []string) error {
	for _, t := range all {
		if !typeWord.MatchString(t) {
			return unfit("invalid_field", "types", "types: %q is the type of nothing. Write a type, such as delivery.done, or delivery.*", t)
		}
	}
	return nil
}

type makeHookIn struct {
	Body struct {
		URL   string   `json:"url" minLength:"1" maxLength:"2000" example:"https://shop.example/kaskad"`
		Name  string   `json:"name,omitempty" maxLength:"200"`
		Types []string `json:"types,omitempty" maxItems:"50" doc:"Of what it is told; absent: of everything" example:"[\"delivery.*\"]"`
	}
}

func (a *API) makeHook(ctx context.Context, in *makeHookIn) (*hookOut, error) {
	if err := a.callable(in.Body.URL); err != nil {
		return nil, err
	}
	if err := hookTypes(in.Body.Types); err != nil {
		return nil, err
	}
	who, _ := people.From(ctx)
	h, err := a.Webhooks.Make(ctx, webhooks.Hook{URL: in.Body.URL, Name: in.Body.Name, Types: in.Body.Types, By: who.Name})
	if err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", h.ID)
	out := a.showHook(&h, false)
	out.Secret = h.Secrets[0].Key
	return &hookOut{out}, nil
}

// HookList are all of them.
type HookList struct {
	Items []Webhook `json:"items" nullable:"false"`
}

type hooksOut struct{ Body HookList }

func (a *API) listHooks(ctx context.Context, _ *struct{}) (*hooksOut, error) {
	all, err := a.Webhooks.List(ctx)
	out := &hooksOut{HookList{[]Webhook{}}}
	for i := range all {
		out.Body.Items = append(out.Body.Items, a.showHook(&all[i], false))
	}
	return out, err
}

func (a *API) getHook(ctx context.Context, in *HookPath) (*hookOut, error) {
	h, err := a.Webhooks.Get(ctx, in.ID)
	if err != nil {
		return nil, hookProblem(err)
	}
	return &hookOut{a.showHook(&h, true)}, nil
}

type changeHookIn struct {
	HookPath
	Body struct {
		URL     string    `json:"url,omitempty" maxLength:"2000" doc:"Absent: as it is"`
		Name    *string   `json:"name,omitempty" maxLength:"200"`
		Types   *[]string `json:"types,omitempty" maxItems:"50" doc:"Empty: of everything; absent: as it is"`
		Enabled *bool     `json:"enabled,omitempty" doc:"false: it is told nothing; true: it is, from where it was, as far as the changes are kept"`
	}
}

func (a *API) changeHook(ctx context.Context, in *changeHookIn) (*hookOut, error) {
	b := &in.Body
	if b.URL != "" {
		if err := a.callable(b.URL); err != nil {
			return nil, err
		}
	}
	if b.Types != nil {
		if err := hookTypes(*b.Types); err != nil {
			return nil, err
		}
	}
	h, err := a.Webhooks.Change(ctx, in.ID, func(h *webhooks.Hook) {
		if b.URL != "" {
			h.URL = b.URL
		}
		if b.Name != nil {
			h.Name = *b.Name
		}
		if b.Types != nil {
			h.Types = *b.Types
		}
		switch {
		case b.Enabled == nil:
		case *b.Enabled:
			h.Off, h.Why = time.Time{}, ""
		default:
			if h.Why = webhooks.OffByHand; h.Off.IsZero() { // else somebody leaves off what was off by itself
				h.Off = time.Now().UTC().Truncate(time.Second)
			}
		}
	})
	if err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", h.ID)
	return &hookOut{a.showHook(&h, false)}, nil
}

func (a *API) dropHook(ctx context.Context, in *HookPath) (*hookOut, error) {
	h, err := a.Webhooks.Get(ctx, in.ID)
	if err == nil {
		err = a.Webhooks.Drop(ctx, in.ID)
	}
	if err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", h.ID)
	return &hookOut{a.showHook(&h, false)}, nil
}

func (a *API) rotateHook(ctx context.Context, in *HookPath) (*hookOut, error) {
	h, err := a.Webhooks.Rotate(ctx, in.ID)
	if err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", h.ID)
	out := a.showHook(&h, false)
	out.Secret = h.Secrets[0].Key
	return &hookOut{out}, nil
}

type callOut struct{ Body HookCall }

func (a *API) tryHook(ctx context.Context, in *HookPath) (*callOut, error) {
	if _, err := a.Webhooks.Get(ctx, in.ID); err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", in.ID)
	if err := a.hookTrials.begin(time.Now()); err != nil {
		return nil, err
	}
	c, err := a.Webhooks.Try(ctx, in.ID)
	if err != nil {
		return nil, hookProblem(err)
	}
	return &callOut{showCall(&c)}, nil
}

type replayHookIn struct {
	HookPath
	Body struct {
		After  string `json:"after,omitempty" maxLength:"20" doc:"Everything that happened after this change, or at it and before: 0 is all that is kept" example:"1041"`
		Change string `json:"change,omitempty" maxLength:"20" doc:"This dead letter" example:"1042"`
		Dead   bool   `json:"dead,omitempty" doc:"true: all dead letters"`
	}
}

// Replayed is what is told again.
type Replayed struct {
	Dead int `json:"dead" doc:"How many dead letters"`
}

type replayedOut struct{ Body Replayed }

func (a *API) replayHook(ctx context.Context, in *replayHookIn) (*replayedOut, error) {
	b, out := &in.Body, &replayedOut{}
	asked := 0
	for _, is := range []bool{b.After != "", b.Change != "", b.Dead} {
		if is {
			asked++
		}
	}
	if asked != 1 {
		return nil, unfit("missing_field", "after", "What is to be told again? Write one of \"after\", \"change\" and \"dead\".")
	}
	h, err := a.Webhooks.Get(ctx, in.ID)
	if err != nil {
		return nil, hookProblem(err)
	}
	doing(ctx).at("webhook", h.ID)
	if b.Dead {
		n, err := a.Webhooks.Raise(ctx, in.ID, 0)
		out.Body.Dead = n
		return out, hookProblem(err)
	}
	field, word := "after", b.After
	if b.Change != "" {
		field, word = "change", b.Change
	}
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil || field == "change" && n == 0 {
		return nil, unfit("invalid_field", field, "%s: write the id of a change.", field)
	}
	if field == "after" {
		_, err = a.Webhooks.Rewind(ctx, in.ID, n)
		return out, hookProblem(err)
	}
	out.Body.Dead, err = a.Webhooks.Raise(ctx, in.ID, n)
	return out, hookProblem(err)
}

// DeadLetter is a change that a program did not take for a day.
type DeadLetter struct {
	Change string    `json:"change"`
	Type   string    `json:"type"`
	At     time.Time `json:"at" doc:"When it was given up"`
	Why    string    `json:"why" doc:"What the last try met"`
	Tries  int       `json:"tries"`
	Again  bool      `json:"again,omitempty" doc:"true: it is being told again"`
}

type deadIn struct {
	HookPath
	Cursor string `query:"cursor" maxLength:"20"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type deadOut struct{ Body List[DeadLetter] }

func (a *API) listDead(ctx context.Context, in *deadIn) (*deadOut, error) {
	if _, err := a.Webhooks.Get(ctx, in.ID); err != nil {
		return nil, hookProblem(err)
	}
	after := uint64(0)
	if in.Cursor != "" {
		var err error
		if after, err = strconv.ParseUint(in.Cursor, 10, 64); err != nil {
			return nil, unfit("invalid_cursor", "cursor", "cursor: write what \"next\" was.")
		}
	}
	dead, err := a.Webhooks.DeadOf(ctx, in.ID, after, in.Limit)
	out := &deadOut{}
	out.Body.Items = []DeadLetter{}
	for _, d := range dead {
		out.Body.Items = append(out.Body.Items, DeadLetter{strconv.FormatUint(d.Change, 10), d.What.Type, d.At.UTC(), d.Why, d.Tries, d.Again})
	}
	if len(dead) == in.Limit {
		out.Body.Next = out.Body.Items[len(dead)-1].Change
	}
	return out, err
}
