package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// alertsCmd shows what is wrong and who was told, and quiets one thing.
type alertsCmd struct {
	List      alertsListCmd      `cmd:"" default:"withargs" help:"List what is wrong, and who was told; the word list may be left out."`
	Test      alertsTestCmd      `cmd:"" help:"Send a test to everybody who is woken, and say what each answered."`
	Silence   alertsSilenceCmd   `cmd:"" help:"Let nobody be told of one thing for a time."`
	Unsilence alertsUnsilenceCmd `cmd:"" help:"End a silence."`
}

func (c *alertsCmd) Help() string {
	return "[alerts] of the configuration says who is woken when something is wrong.\n\nExample: kaskad alerts"
}

// alertsStanding is what GET /v1/alerts tells.
type alertsStanding struct {
	Items    []shownAlert  `json:"items"`
	Targets  []alertTarget `json:"targets"`
	Silenced []silence     `json:"silenced"`
}

type shownAlert struct {
	Key      string      `json:"key"`
	Severity string      `json:"severity"`
	Text     string      `json:"text"`
	State    string      `json:"state"`
	Since    time.Time   `json:"since"`
	Told     []alertTold `json:"told"`
}

type alertTold struct {
	Target string    `json:"target"`
	At     time.Time `json:"at"`
	Times  int       `json:"times"`
}

type alertTarget struct {
	Name         string    `json:"name"`
	From         string    `json:"from"`
	FailingSince time.Time `json:"failing_since,omitzero"`
	Error        string    `json:"error,omitempty"`
	Failures     uint64    `json:"failures"`
}

type silence struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
}

// told is who was told of it, in a word each.
func (a *shownAlert) told(zone *time.Location) string {
	var all []string
	for _, t := range a.Told {
		all = append(all, t.Target+" "+t.At.In(zone).Format(toTheMinute))
	}
	return cmp.Or(strings.Join(all, ", "), "nobody")
}

type alertsListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *alertsListCmd) Help() string { return "Example: kaskad alerts list --json" }

func (c *alertsListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all alertsStanding
	if err := ofRunning(ctx, at, "GET", "/v1/alerts", nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	if len(all.Targets) == 0 {
		fmt.Fprintln(s.Err, "warning: nobody is woken: write somebody into [alerts], docs/alerts.md tells how")
	}
	for _, t := range all.Targets {
		if !t.FailingSince.IsZero() {
			fmt.Fprintf(s.Err, "warning: %s takes nothing since %s: %s\n", t.Name, t.FailingSince.In(zone).Format(toTheMinute), printable(t.Error))
		}
	}
	if len(all.Items) == 0 {
		fmt.Fprintln(s.Out, "nothing is wrong")
	} else {
		t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "KEY\tSEVERITY\tSTATE\tSINCE (%s)\tTOLD\tWHAT\n", zone)
		for _, a := range all.Items {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(a.Key), a.Severity, a.State, a.Since.In(zone).Format(toTheMinute), a.told(zone), printable(a.Text))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, one := range all.Silenced {
		fmt.Fprintf(s.Out, "silenced: %s until %s (%s)\n", printable(one.Key), one.Until.In(zone).Format(toTheMinute), zone)
	}
	return nil
}

type alertsTestCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *alertsTestCmd) Help() string { return "Example: kaskad alerts test" }

func (c *alertsTestCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all struct {
		Items []struct {
			Target string `json:"target"`
			OK     bool   `json:"ok"`
			Error  string `json:"error,omitempty"`
		} `json:"items"`
	}
	if err := ofRunning(ctx, at, "POST", "/v1/alerts:test", nil, &all); err != nil {
		return err
	}
	failed := 0
	for _, one := range all.Items {
		if !one.OK {
			failed++
		}
		if !c.JSON {
			fmt.Fprintf(s.Out, "%s: %s\n", one.Target, cmp.Or(printable(one.Error), "took it"))
		}
	}
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(all.Items); err != nil {
			return err
		}
	}
	switch {
	case len(all.Items) == 0:
		return errors.New("nobody is woken: write somebody into [alerts], docs/alerts.md tells how")
	case failed > 0:
		return fmt.Errorf("%d of %d took nothing", failed, len(all.Items))
	}
	return nil
}

type alertsSilenceCmd struct {
	Key  string `arg:"" help:"What it is, as kaskad alerts lists it; it need not be wrong now."`
	For  string `arg:"" help:"For how long: 90m, 2h, 3d; 30 days at most."`
	JSON bool   `name:"json" help:"Print everything that is silenced as JSON."`
}

func (c *alertsSilenceCmd) Help() string { return "Example: kaskad alerts silence disk 2h" }

func (c *alertsSilenceCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	lasts, err := app.ReadLasting(c.For)
	if err != nil || lasts <= 0 {
		return app.Misused("%q is no time that a silence could last: write 90m, 2h or 3d", c.For)
	}
	until := time.Now().Add(lasts).UTC()
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	return silenced(ctx, s, at, c.JSON, map[string]any{"key": c.Key, "until": until}, "silenced: "+printable(c.Key)+" until "+until.In(zone).Format(toTheMinute)+" ("+zone.String()+")")
}

type alertsUnsilenceCmd struct {
	Key  string `arg:"" help:"What was silenced."`
	JSON bool   `name:"json" help:"Print what is silenced still as JSON."`
}

func (c *alertsUnsilenceCmd) Help() string { return "Example: kaskad alerts unsilence disk" }

func (c *alertsUnsilenceCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return silenced(ctx, s, at, c.JSON, map[string]any{"key": c.Key}, "told of again: "+printable(c.Key))
}

// silenced changes what is silenced, and says so.
func silenced(ctx context.Context, s app.Streams, at app.Place, asJSON bool, body map[string]any, line string) error {
	var now alertsStanding
	if err := ofRunning(ctx, at, "POST", "/v1/alerts:silence", body, &now); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(s.Out).Encode(now.Silenced)
	}
	_, err := fmt.Fprintln(s.Out, line)
	return err
}

// ofRunning makes one call to the gateway that runs: nobody else looks for what is wrong.
func ofRunning(ctx context.Context, at app.Place, method, path string, in, out any) error {
	gate, err := app.Connect(ctx, at, app.Running)
	if err != nil {
		return err
	}
	return errors.Join(gate.Call(ctx, method, path, in, out), gate.Close())
}
