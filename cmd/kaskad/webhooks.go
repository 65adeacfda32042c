package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// webhooksCmd is about programs that are told what happened.
type webhooksCmd struct {
	Add     hookAddCmd    `cmd:"" help:"Let a program be told what happens from now on."`
	List    hookListCmd   `cmd:"" help:"The programs that are told, and how they stand."`
	Show    hookShowCmd   `cmd:"" help:"One of them, with its last calls."`
	Test    hookTestCmd   `cmd:"" help:"Call it now, and say what came of it."`
	Rotate  hookRotateCmd `cmd:"" help:"Make a new secret; the one before signs beside it for a day."`
	Dead    hookDeadCmd   `cmd:"" help:"What it did not take for a day."`
	Replay  hookReplayCmd `cmd:"" help:"Tell it again: dead letters, or everything after a change."`
	Disable hookOffCmd    `cmd:"" help:"Tell it nothing until it is enabled."`
	Enable  hookOnCmd     `cmd:"" help:"Tell it again, from where it was."`
	Remove  hookRemoveCmd `cmd:"" help:"Take it away, with its dead letters."`
}

func (c *webhooksCmd) Help() string {
	return "The changes, told by signed calls; docs/webhooks.md says how.\n\nExample: kaskad webhooks add https://shop.example/kaskad --types delivery.*"
}

const hooksPath = "/v1/webhooks"

func hookPath(id string) string { return hooksPath + "/" + url.PathEscape(id) }

type hookAddCmd struct {
	URL   string   `arg:"" help:"https://… where it is called."`
	Name  string   `placeholder:"NAME" help:"As you call it."`
	Types []string `placeholder:"TYPE" help:"Of what it is told: delivery.done, delivery.*; not written: everything."`
	JSON  bool     `name:"json" help:"Print the webhook as JSON."`
}

func (c *hookAddCmd) Help() string {
	return "Prints its id and its secret, which is shown once.\n\nExample: kaskad webhooks add https://shop.example/kaskad --types delivery.*,contact.consent"
}

func (c *hookAddCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var h app.HookView
	if err := callGateway(ctx, at, "POST", hooksPath, map[string]any{"url": c.URL, "name": c.Name, "types": c.Types}, &h); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(h)
	}
	fmt.Fprintf(s.Out, "%s\n%s\n", h.ID, h.Secret)
	fmt.Fprintf(s.Err, "The second line is the secret with which the program verifies the calls: it is not shown again. Try it: kaskad webhooks test %s\n", h.ID)
	return nil
}

type hookListCmd struct {
	JSON bool `name:"json" help:"Print {items} as JSON."`
}

func (c *hookListCmd) Help() string { return "Example: kaskad webhooks list" }

func (c *hookListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all app.HookList
	if err := callGateway(ctx, at, "GET", hooksPath, nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tURL\tTYPES\tSTANDS")
	for i := range all.Items {
		h := &all.Items[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", h.ID, printable(h.Name), printable(h.URL), cmp.Or(strings.Join(h.Types, ","), "all"), hookStands(h))
	}
	return w.Flush()
}

// hookStands says how a program stands.
func hookStands(h *app.HookView) string {
	switch {
	case h.Disabled != nil:
		return "disabled (" + h.Why + "): kaskad webhooks enable " + h.ID
	case h.Failing != nil:
		return "takes nothing since " + h.Failing.Local().Format(time.DateTime) + ": " + printable(h.Error)
	case h.Place == "":
		return "is told once the gateway runs"
	case h.Waiting > 0:
		return fmt.Sprintf("%d wait", h.Waiting)
	}
	return "has taken everything"
}

type hookShowCmd struct {
	ID   string `arg:"" help:"As kaskad webhooks list shows it."`
	JSON bool   `name:"json" help:"Print the webhook as JSON."`
}

func (c *hookShowCmd) Help() string { return "Example: kaskad webhooks show wh_k3q7zx7w2htm5r4a" }

func (c *hookShowCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var h app.HookView
	if err := callGateway(ctx, at, "GET", hookPath(c.ID), nil, &h); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(h)
	}
	fmt.Fprintf(s.Out, "%s %s\n%s\n\n", h.ID, printable(h.URL), hookStands(&h))
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "AT\tCHANGE\tTYPE\tTRY\tTOOK\tCAME OF IT")
	for i := range h.Calls {
		x := &h.Calls[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d ms\t%s\n", x.At.Local().Format(time.DateTime), x.Change, x.Type, x.Try, x.Took, cmp.Or(printable(x.Error), "taken"))
	}
	return w.Flush()
}

type hookTestCmd struct {
	ID string `arg:"" help:"As kaskad webhooks list shows it."`
}

func (c *hookTestCmd) Help() string {
	return "Sends one call of the type webhook.test.\n\nExample: kaskad webhooks test wh_k3q7zx7w2htm5r4a"
}

func (c *hookTestCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var x app.HookCall
	if err := callGateway(ctx, at, "POST", hookPath(c.ID)+"/test", nil, &x); err != nil {
		return err
	}
	if x.Error != "" {
		return fmt.Errorf("it was not taken: %s", printable(x.Error))
	}
	fmt.Fprintf(s.Out, "taken with status %d after %d ms\n", x.Status, x.Took)
	return nil
}

type hookRotateCmd struct {
	ID string `arg:"" help:"As kaskad webhooks list shows it."`
}

func (c *hookRotateCmd) Help() string {
	return "Prints the new secret, which is shown once.\n\nExample: kaskad webhooks rotate wh_k3q7zx7w2htm5r4a"
}

func (c *hookRotateCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var h app.HookView
	if err := callGateway(ctx, at, "POST", hookPath(c.ID)+"/secret", nil, &h); err != nil {
		return err
	}
	fmt.Fprintln(s.Out, h.Secret)
	return nil
}

type hookDeadCmd struct {
	ID   string `arg:"" help:"As kaskad webhooks list shows it."`
	JSON bool   `name:"json" help:"Print them as JSON, one on a line."`
}

func (c *hookDeadCmd) Help() string { return "Example: kaskad webhooks dead wh_k3q7zx7w2htm5r4a" }

func (c *hookDeadCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(w, "CHANGE\tTYPE\tGIVEN UP\tTRIES\tWHY")
	}
	for cursor := ""; ; {
		var page app.DeadPage
		if err := callGateway(ctx, at, "GET", hookPath(c.ID)+"/dead?limit=500"+cursor, nil, &page); err != nil {
			return err
		}
		for i := range page.Items {
			d := &page.Items[i]
			if c.JSON {
				if err := json.NewEncoder(s.Out).Encode(d); err != nil {
					return err
				}
				continue
			}
			why := printable(d.Why)
			if d.Again {
				why += " (is told again)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", d.Change, d.Type, d.At.Local().Format(time.DateTime), d.Tries, why)
		}
		if page.Next == "" {
			return w.Flush()
		}
		cursor = "&cursor=" + url.QueryEscape(page.Next)
	}
}

type hookReplayCmd struct {
	ID     string  `arg:"" help:"As kaskad webhooks list shows it."`
	Dead   bool    `help:"All dead letters."`
	Change string  `placeholder:"CHANGE" help:"This dead letter."`
	After  *string `placeholder:"CHANGE" help:"Everything that happened after this change; 0: all that is kept."`
}

func (c *hookReplayCmd) Help() string {
	return "Everything is told under the id that it had.\n\nExample: kaskad webhooks replay wh_k3q7zx7w2htm5r4a --dead"
}

func (c *hookReplayCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	ask := map[string]any{}
	if c.Dead {
		ask["dead"] = true
	}
	if c.Change != "" {
		ask["change"] = c.Change
	}
	if c.After != nil {
		ask["after"] = *c.After
	}
	if len(ask) != 1 {
		return app.Usage(errors.New("write one of --dead, --change and --after"))
	}
	var told app.Replayed
	if err := callGateway(ctx, at, "POST", hookPath(c.ID)+"/replay", ask, &told); err != nil {
		return err
	}
	if c.After != nil {
		fmt.Fprintln(s.Out, "everything after it is told again")
		return nil
	}
	fmt.Fprintf(s.Out, "dead letters that are told again: %d\n", told.Dead)
	return nil
}

type hookOffCmd struct {
	ID string `arg:"" help:"As kaskad webhooks list shows it."`
}

func (c *hookOffCmd) Help() string { return "Example: kaskad webhooks disable wh_k3q7zx7w2htm5r4a" }

func (c *hookOffCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return callGateway(ctx, at, "PATCH", hookPath(c.ID), map[string]any{"enabled": false}, nil)
}

type hookOnCmd struct {
	ID string `arg:"" help:"As kaskad webhooks list shows it."`
}

func (c *hookOnCmd) Help() string {
	return "It goes on where it was, as far as the changes are kept.\n\nExample: kaskad webhooks enable wh_k3q7zx7w2htm5r4a"
}

func (c *hookOnCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return callGateway(ctx, at, "PATCH", hookPath(c.ID), map[string]any{"enabled": true}, nil)
}

type hookRemoveCmd struct {
	ID string `arg:"" help:"As kaskad webhooks list shows it."`
}

func (c *hookRemoveCmd) Help() string { return "Example: kaskad webhooks remove wh_k3q7zx7w2htm5r4a" }

func (c *hookRemoveCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return callGateway(ctx, at, "DELETE", hookPath(c.ID), nil, nil)
}
