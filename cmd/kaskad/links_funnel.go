package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// reach is how far people came.
type reach struct {
	Shown     uint64 `json:"shown"`
	Started   uint64 `json:"started"`
	Shared    uint64 `json:"shared"`
	Consented uint64 `json:"consented"`
}

func (r *reach) add(o reach) {
	r.Shown += o.Shown
	r.Started += o.Started
	r.Shared += o.Shared
	r.Consented += o.Consented
}

type sourceReach struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	reach
	Channels []struct {
		Channel string `json:"channel"`
		reach
	} `json:"channels"`
}

type linksFunnelCmd struct {
	Since  string `placeholder:"DAY" help:"From this day on, or as many days back: 2026-03-01, 30d (unless written)."`
	Until  string `placeholder:"DAY" help:"To the end of this day; today unless written."`
	Source string `placeholder:"CODE" help:"This source alone; sms: the links in texts."`
	Kind   string `placeholder:"KIND" help:"Those of this kind alone."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *linksFunnelCmd) Help() string {
	return "Days are those of UTC.\n\nExample: kaskad links funnel --since 2026-03-01 --kind till"
}

func (c *linksFunnelCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	q, err := days(c.Since, c.Until, time.Now())
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"source": c.Source, "kind": c.Kind} {
		if value != "" {
			q.Set(name, value)
		}
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	all, err := listed[sourceReach](ctx, gate, "/v1/funnel", q)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	return funnelTable(s, all)
}

// funnelTable leaves out what nobody came by, but for what was asked for.
func funnelTable(s app.Streams, all []sourceReach) error {
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SOURCE\tNAME\tCHANNEL\tSHOWN\tSTARTED\tPHONE\tCONSENT")
	var sum reach
	for _, v := range all {
		sum.add(v.reach)
		if v.reach != (reach{}) || len(all) == 1 {
			reachRow(t, v.Code, v.Name, "", v.reach)
		}
		for _, ch := range v.Channels {
			reachRow(t, "", "", ch.Channel, ch.reach)
		}
	}
	if len(all) != 1 {
		reachRow(t, "all", "", "", sum)
	}
	return t.Flush()
}

func reachRow(t *tabwriter.Writer, code, name, channel string, r reach) {
	fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", code, name, channel, r.Shown, r.Started, r.Shared, r.Consented)
}

// days are a stretch of time as the API takes it.
func days(since, until string, now time.Time) (url.Values, error) {
	q := url.Values{}
	for name, word := range map[string]string{"since": since, "until": until} {
		if word == "" {
			continue
		}
		at, err := dayOf(word, now)
		if err != nil {
			return nil, app.Misused("--%s: %q is no day: write it as 2026-03-01, or as so many days back, 30d", name, word)
		}
		q.Set(name, at.UTC().Format(time.RFC3339))
	}
	return q, nil
}

func dayOf(word string, now time.Time) (time.Time, error) {
	if n, back := strings.CutSuffix(word, "d"); back {
		var count int
		if _, err := fmt.Sscanf(n, "%d", &count); err != nil || count < 0 || fmt.Sprint(count) != n {
			return now, fmt.Errorf("%s is no number of days", word)
		}
		return now.AddDate(0, 0, -count), nil
	}
	return time.Parse(time.DateOnly, word)
}

type linksRecruitsCmd struct {
	Since string `placeholder:"DAY" help:"From this day on, or as many days back: 2026-03-01, 30d (unless written)."`
	Until string `placeholder:"DAY" help:"To the end of this day; today unless written."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (c *linksRecruitsCmd) Help() string {
	return "What is counted, and when texts carry a link, is in docs/links.md.\n\nExample: kaskad links recruits --since 90d"
}

func (c *linksRecruitsCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	q, err := days(c.Since, c.Until, time.Now())
	if err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var v struct {
		Since   string `json:"since"`
		Until   string `json:"until"`
		Invited uint64 `json:"invited"`
		Moved   uint64 `json:"moved"`
		Reached uint64 `json:"reached"`
		Saved   struct {
			Amount   string `json:"amount"`
			Currency string `json:"currency"`
		} `json:"saved"`
	}
	if err := gate.Call(ctx, "GET", "/v1/recruits?"+q.Encode(), nil, &v); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(v)
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SINCE\tUNTIL\tTEXTS WITH A LINK\tPEOPLE MOVED\tDELIVERIES SINCE\tSAVED")
	fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s %s\n", v.Since, v.Until, v.Invited, v.Moved, v.Reached, v.Saved.Amount, v.Saved.Currency)
	return t.Flush()
}
