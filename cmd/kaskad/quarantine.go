package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"kaskad/cmd/kaskad/internal/app"
)

// quarantineCmd shows what could not be taken, and tries it again.
type quarantineCmd struct {
	List   quarantineListCmd   `cmd:"" help:"List calls and events that could not be taken."`
	Show   quarantineShowCmd   `cmd:"" help:"Show one as it came; it may hold what a person wrote."`
	Replay quarantineReplayCmd `cmd:"" help:"Take one once more, after the fault was mended."`
	Drop   quarantineDropCmd   `cmd:"" help:"Forget one for good."`
}

func (c *quarantineCmd) Help() string {
	return "A call or an event that no part of the program could take is kept, so that nothing is lost and nothing is held up by it.\n\nExample: kaskad quarantine list"
}

// quarantined is a line of the list; with Raw, all of it.
type quarantined struct {
	ID      string              `json:"id"`
	Kind    string              `json:"kind"`
	Channel string              `json:"channel"`
	Event   string              `json:"event,omitempty"`
	Reason  string              `json:"reason"`
	At      time.Time           `json:"at"`
	Size    int                 `json:"size"`
	Hook    string              `json:"hook,omitempty"`
	Method  string              `json:"method,omitempty"`
	Headers map[string][]string `json:"headers,omitempty"`
	Query   map[string][]string `json:"query,omitempty"`
	Raw     string              `json:"raw,omitempty"`
	Base64  bool                `json:"base64,omitempty"`
}

type quarantineListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *quarantineListCmd) Help() string { return "Example: kaskad quarantine list --json" }

func (c *quarantineListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var list struct{ Items []quarantined }
	if err := app.CallOnce(ctx, at, "GET", "/v1/quarantine", &list); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(list.Items)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "ID\tKIND\tCHANNEL\tCAME (%s)\tBYTES\tREASON\n", zone)
	for _, q := range list.Items {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", q.ID, q.Kind, q.Channel, q.At.In(zone).Format(toTheSecond), q.Size, printable(q.Reason))
	}
	return t.Flush()
}

type quarantineShowCmd struct {
	ID   string `arg:"" help:"Its id, from kaskad quarantine list."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *quarantineShowCmd) Help() string { return "Example: kaskad quarantine show 001k0t9stz8wp" }

func (c *quarantineShowCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := app.CheckID(c.ID, "kaskad quarantine list"); err != nil {
		return err
	}
	var q quarantined
	if err := app.CallOnce(ctx, at, "GET", "/v1/quarantine/"+c.ID, &q); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(q)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	q.print(s.Out, zone)
	return nil
}

// print shows what came in a terminal: indented where it is JSON, and without what a terminal would obey.
func (q *quarantined) print(out io.Writer, zone *time.Location) {
	fmt.Fprintf(out, "%s of %s, came %s (%s)\nreason: %s\n", q.Kind, q.Channel, q.At.In(zone).Format(toTheSecond), zone, printable(q.Reason))
	if q.Hook != "" {
		fmt.Fprintf(out, "%s /in/%s/***\n", q.Method, q.Hook)
	}
	for _, part := range []map[string][]string{q.Headers, q.Query} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			fmt.Fprintf(out, "%s: %s\n", printable(name), printable(strings.Join(part[name], ", ")))
		}
	}
	text := q.Raw
	var pretty bytes.Buffer
	if !q.Base64 && json.Indent(&pretty, []byte(q.Raw), "", "  ") == nil {
		text = pretty.String()
	}
	fmt.Fprintln(out)
	for line := range strings.Lines(text) {
		fmt.Fprintln(out, printable(strings.TrimRight(line, "\n")))
	}
}

// printable is a text without control characters, and without what turns the direction of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

type quarantineReplayCmd struct {
	ID   string `arg:"" help:"Its id, from kaskad quarantine list."`
	JSON bool   `name:"json" help:"Print {replayed, events} as JSON."`
}

func (c *quarantineReplayCmd) Help() string { return "Example: kaskad quarantine replay 001k0t9stz8wp" }

func (c *quarantineReplayCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := app.CheckID(c.ID, "kaskad quarantine list"); err != nil {
		return err
	}
	var done struct{ Events int }
	if err := app.CallOnce(ctx, at, "POST", "/v1/quarantine/"+c.ID+"/replay", &done); err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"replayed": c.ID, "events": done.Events}, fmt.Sprintf("replayed: %s, events in it: %d", c.ID, done.Events))
}

type quarantineDropCmd struct {
	ID   string `arg:"" help:"Its id, from kaskad quarantine list."`
	JSON bool   `name:"json" help:"Print {dropped} as JSON."`
}

func (c *quarantineDropCmd) Help() string { return "Example: kaskad quarantine drop 001k0t9stz8wp" }

func (c *quarantineDropCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := app.CheckID(c.ID, "kaskad quarantine list"); err != nil {
		return err
	}
	if err := app.CallOnce(ctx, at, "DELETE", "/v1/quarantine/"+c.ID, nil); err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"dropped": c.ID}, "dropped: "+c.ID)
}
