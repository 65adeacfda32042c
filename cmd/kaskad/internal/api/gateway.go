package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Status is what the gateway is doing.
type Status struct {
	Build
	Paused   []PauseStatus  `json:"paused" nullable:"false"`
	Held     []HeldStatus   `json:"held" nullable:"false" doc:"Channels that a fault holds"`
	Degraded []DeafStatus   `json:"degraded" nullable:"false" doc:"Channels that are not heard"`
	Queue    map[string]int `json:"queue" nullable:"false" doc:"Open deliveries by lane: send/telegram/1, wait/sms/1, start, gap, hold"`
	Loaded   Reading        `json:"loaded,omitzero" doc:"The templates and cascades in use"`
	Search   SearchStatus   `json:"search,omitzero" doc:"The index of people and messages"`
}

// Reading is when templates and cascades were read, and what was wrong with the last ones, which were refused.
type Reading struct {
	At        time.Time `json:"at" doc:"When those in use were read"`
	RefusedAt time.Time `json:"refused_at,omitzero" doc:"When newer ones were refused, and these stayed"`
	Refused   []string  `json:"refused,omitempty" doc:"What is wrong with the newer ones"`
}

// PauseStatus is one pause that stands.
type PauseStatus struct {
	Scope string    `json:"scope" doc:"A channel or a purpose; empty: everything"`
	Since time.Time `json:"since"`
	Skip  bool      `json:"skip,omitempty" doc:"Steps of the channel go on to the next one, and do not wait for the end of the pause"`
}

// HeldStatus is one lane that a fault holds.
type HeldStatus struct {
	Channel string    `json:"channel"`
	Until   time.Time `json:"until" doc:"When it is tried again"`
}

// DeafStatus is one channel that is not heard.
type DeafStatus struct {
	Channel string    `json:"channel"`
	Since   time.Time `json:"since"`
}

type statusOut struct{ Body Status }

func (a *API) status(ctx context.Context, _ *struct{}) (*statusOut, error) {
	queue, err := a.Store.Queue(ctx)
	if err != nil {
		return nil, err
	}
	if queue == nil {
		queue = map[string]int{}
	}
	s := Status{Build: a.Build, Paused: a.paused(), Held: []HeldStatus{}, Degraded: []DeafStatus{}, Queue: queue}
	if a.Loaded != nil {
		s.Loaded = a.Loaded()
	}
	if a.Search != nil {
		s.Search = a.Search.Status(ctx)
	}
	held, deaf := a.Engine.Held(), a.Engine.Degraded()
	for _, channel := range slices.Sorted(maps.Keys(held)) {
		s.Held = append(s.Held, HeldStatus{channel, held[channel].UTC()})
	}
	for _, channel := range slices.Sorted(maps.Keys(deaf)) {
		s.Degraded = append(s.Degraded, DeafStatus{channel, deaf[channel].UTC()})
	}
	return &statusOut{s}, nil
}

func (a *API) paused() []PauseStatus {
	all := []PauseStatus{}
	for _, p := range a.Engine.Paused() {
		all = append(all, PauseStatus{p.Scope, p.From.UTC(), p.Skip})
	}
	return all
}

type checkOut struct {
	Body struct {
		Problems []string `json:"problems" nullable:"false" doc:"What does not agree; empty: all does"`
	}
}

func (a *API) checkStore(ctx context.Context, _ *struct{}) (*checkOut, error) {
	out := &checkOut{}
	out.Body.Problems = []string{}
	if a.CheckStore == nil {
		return out, nil
	}
	problems, err := a.CheckStore(ctx)
	if len(problems) > 0 {
		out.Body.Problems = problems
	}
	return out, err
}

// Door is an address that a provider calls.
type Door struct {
	Name string `json:"name" doc:"Who calls: sms/main"`
	URL  string `json:"url" doc:"Whoever knows it can report in the provider's name: keep it secret"`
}

type doorsOut struct {
	Body struct {
		Items []Door `json:"items" nullable:"false"`
	}
}

func (a *API) doors(context.Context, *struct{}) (*doorsOut, error) {
	out := &doorsOut{}
	out.Body.Items = []Door{}
	for _, name := range slices.Sorted(maps.Keys(a.Doors)) {
		out.Body.Items = append(out.Body.Items, Door{name, a.Doors[name]})
	}
	return out, nil
}

type pauseIn struct {
	Body *struct {
		Scope string `json:"scope,omitempty" doc:"A channel or a purpose; absent: everything."`
		Skip  bool   `json:"skip,omitempty" doc:"Only with a channel: its steps do not wait, but go on to the next channel"`
	}
}

type resumeIn struct {
	Body *struct {
		Scope string   `json:"scope,omitempty" doc:"A channel or a purpose; absent: everything. Also gap: what a gap holds; restored: the store was put back from a copy, and may send"`
		Send  []string `json:"send,omitempty" maxItems:"10000" doc:"Only with restored: deliveries that were open in the copy and are to be sent; every other one ends as unconfirmed"`
	}
}

type pausedOut struct {
	Body struct {
		Paused   []PauseStatus `json:"paused" nullable:"false" doc:"All pauses that stand now"`
		Released *int          `json:"released,omitempty" doc:"How many deliveries a gap held that go on now"`
		Ended    *int          `json:"ended,omitempty" doc:"How many deliveries of a restored store ended as unconfirmed"`
	}
}

func (a *API) pause(ctx context.Context, in *pauseIn) (*pausedOut, error) {
	scope, skip := "", false
	if in.Body != nil {
		scope, skip = in.Body.Scope, in.Body.Skip
	}
	if err := a.Engine.Pause(ctx, scope, skip); err != nil {
		return nil, err
	}
	doing(ctx).at("sending", cmp.Or(scope, "all"))
	if skip {
		doing(ctx).detail = "skip"
	}
	out := &pausedOut{}
	out.Body.Paused = a.paused()
	return out, nil
}

// gapScope is the word that lets go what a gap holds.
const gapScope = "gap"

func (a *API) resume(ctx context.Context, in *resumeIn) (*pausedOut, error) {
	out, scope, send := &pausedOut{}, "", []string(nil)
	if in.Body != nil {
		scope, send = in.Body.Scope, in.Body.Send
	}
	if len(send) > 0 && scope != fallback.RestoredScope {
		return nil, unfit("invalid_field", "send", "send: only scope restored has it.")
	}
	if scope == fallback.RestoredScope && a.Confirm != nil {
		n, err := a.confirm(ctx, send)
		if err != nil {
			return nil, err
		}
		out.Body.Ended = &n
	} else if scope == gapScope && a.ResumeGap != nil {
		n, err := a.ResumeGap(ctx)
		if err != nil {
			return nil, err
		}
		out.Body.Released = &n
	} else if err := a.Engine.Resume(ctx, scope); err != nil {
		return nil, err
	}
	doing(ctx).at("sending", cmp.Or(scope, "all"))
	out.Body.Paused = a.paused()
	return out, nil
}

// confirm reads which deliveries of a restored store are to be sent, and ends the others.
func (a *API) confirm(ctx context.Context, send []string) (int, error) {
	ids := make([]bots.ID, len(send))
	for i, text := range send {
		var err error
		if ids[i], err = bots.ParseID(text); err != nil {
			return 0, unfit("invalid_field", "send", "send: write ids of deliveries, as GET /v1/deliveries shows them.")
		}
	}
	return a.Confirm(ctx, ids)
}
