package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kaskad/cmd/kaskad/internal/app"
)

// pauseCmd stops a scope at once.
type pauseCmd struct {
	Scope string `arg:"" optional:"" complete:"service,marketing,urgent,telegram,viber,whatsapp,whatsapp_cloud,sms" help:"A channel or a purpose; everything when it is left out."`
	Skip  bool   `help:"Of a channel: its steps do not wait for the end of the pause, but go on to the next channel, which may cost money."`
	JSON  bool   `name:"json" help:"Print what stands still now as JSON."`
}

func (c *pauseCmd) Help() string { return "Example: kaskad pause marketing" }

func (c *pauseCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.Skip && c.Scope == "" {
		return app.Misused("--skip is for one channel: kaskad pause telegram --skip")
	}
	body := map[string]any{"scope": c.Scope}
	if c.Skip {
		body["skip"] = true
	}
	return scoped(ctx, s, at, c.JSON, "/v1/pause", c.Scope, "paused", body)
}

const resumed = "resumed"

// restoredScope is the pause of a store that was put back from a copy.
const restoredScope = "restored"

// resumeCmd ends a pause. What waited goes out at a rate that grows over ten minutes.
type resumeCmd struct {
	Scope string   `arg:"" optional:"" complete:"service,marketing,urgent,telegram,viber,whatsapp,whatsapp_cloud,sms,gap,restored" help:"As it was paused; \"gap\" lets deliveries go on that were held because we were away; \"restored\" lets a store send that was put back from a copy."`
	Send  []string `placeholder:"ID" help:"With restored: a delivery that was open in the copy and is to be sent; every other one ends as unconfirmed."`
	File  string   `name:"send-file" placeholder:"FILE" complete:"file" help:"With restored: a list of such deliveries, one id on a line; - reads what is piped in."`
	JSON  bool     `name:"json" help:"Print what stands still now as JSON."`
}

func (c *resumeCmd) Help() string { return "Example: kaskad resume marketing" }

func (c *resumeCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if (len(c.Send) > 0 || c.File != "") && c.Scope != restoredScope {
		return app.Misused("--send and --send-file are for kaskad resume restored alone")
	}
	list := &idList{name: c.File}
	if c.File != "" {
		if err := list.read(s.Piped); err != nil {
			return err
		}
	}
	send := append(slices.Clone(c.Send), list.ids...)
	if len(send) > mostIDs {
		return app.Misused("%d ids: at most %d are taken", len(send), mostIDs)
	}
	body := map[string]any{"scope": c.Scope}
	if len(send) > 0 {
		body["send"] = send
	}
	return list.placed(scoped(ctx, s, at, c.JSON, "/v1/resume", c.Scope, resumed, body))
}

// pauses is the part of answers about what stands still.
type pauses struct {
	Paused []struct {
		Scope string
		Skip  bool
	}
	Released *int // by a resume of what a gap holds
	Ended    *int // by the confirmation of a restored store
}

func (p *pauses) names() []string {
	var all []string
	for _, one := range p.Paused {
		all = append(all, cmp.Or(one.Scope, everything))
	}
	return all
}

// skipped are the channels whose steps go on to the next one.
func (p *pauses) skipped() []string {
	var all []string
	for _, one := range p.Paused {
		if one.Skip {
			all = append(all, one.Scope)
		}
	}
	return all
}

const everything = "everything"

// pauseAnswer is what the commands print as JSON.
type pauseAnswer struct {
	Done     string   `json:"done"`               // paused or resumed
	Scope    string   `json:"scope"`              // everything, a channel, a purpose or gap
	Before   bool     `json:"was_paused"`         // the scope, before; of everything that is resumed, any
	Released *int     `json:"released,omitempty"` // deliveries that a gap held and that go on now
	Ended    *int     `json:"ended,omitempty"`    // deliveries of a restored store that ended as unconfirmed
	Paused   []string `json:"paused"`             // what stands still now
	Skipped  []string `json:"skipped,omitempty"`  // of it: channels whose steps go on to the next one
}

func scoped(ctx context.Context, s app.Streams, at app.Place, asJSON bool, path, scope, done string, body map[string]any) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var before, after pauses
	if err := gate.Call(ctx, "GET", "/v1/status", nil, &before); err != nil {
		return err
	}
	if err := gate.Call(ctx, "POST", path, body, &after); err != nil {
		return err
	}
	name, was := cmp.Or(scope, everything), slices.Contains(before.names(), cmp.Or(scope, everything))
	if stood := slices.DeleteFunc(before.names(), func(s string) bool { return s == restoredScope }); done == resumed && scope == "" && len(stood) > 0 { // it ends those of one channel or purpose, too
		name, was = ended(stood), true
	}
	if asJSON {
		still := append([]string{}, after.names()...)
		return json.NewEncoder(s.Out).Encode(pauseAnswer{done, cmp.Or(scope, everything), was, after.Released, after.Ended, still, after.skipped()})
	}
	switch {
	case after.Released != nil:
		fmt.Fprintf(s.Out, "resumed: %s; deliveries that go on: %d\n", name, *after.Released)
	case after.Ended != nil && was:
		fmt.Fprintf(s.Out, "confirmed: the restored store sends again; deliveries of the copy that ended as unconfirmed: %d\n", *after.Ended)
	case done == resumed && !was && scope == "":
		fmt.Fprintln(s.Out, "nothing to resume: nothing was paused")
	case done == resumed && !was:
		fmt.Fprintf(s.Out, "nothing to resume: %s was not paused\n", name)
	case slices.Contains(after.skipped(), scope):
		fmt.Fprintln(s.Out, done+":", name+"; its steps go on to the next channel")
	default:
		fmt.Fprintln(s.Out, done+":", name)
	}
	if still := after.names(); done == resumed && len(still) > 0 {
		fmt.Fprintln(s.Out, "still paused:", strings.Join(still, ", "))
	}
	return nil
}

// ended are the pauses that ended: everything, or those that stood.
func ended(before []string) string {
	if slices.Contains(before, everything) {
		return everything
	}
	return strings.Join(before, ", ")
}
