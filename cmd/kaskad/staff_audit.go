package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

type staffAuditCmd struct {
	Contact string `placeholder:"REF" help:"Only what was about this person."`
	By      string `placeholder:"NAME" help:"Only what this one did."`
	Act     string `placeholder:"ACT" help:"Only this: reply, close, show_phone, member_add, …"`
	Since   string `placeholder:"TIME" help:"Only from then on: 2026-03-02T12:00:00Z."`
	Cursor  string `placeholder:"NEXT" help:"The page behind this: next of the page before."`
	Limit   int    `default:"50" placeholder:"N" help:"How many lines, newest first; at most 500."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *staffAuditCmd) Help() string {
	return "What the team did in its group, what was refused there, and who changed the list of the team. Who erased, exported and merged people: kaskad audit.\n\nExample: kaskad staff audit --act show_phone"
}

func (c *staffAuditCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	ask := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for key, value := range map[string]string{"contact": c.Contact, "by": c.By, "act": c.Act, "since": c.Since, "cursor": c.Cursor} {
		if value != "" {
			ask.Set(key, value)
		}
	}
	var page app.ActsPage
	if err := callGateway(ctx, at, "GET", "/v1/staff/audit?"+ask.Encode(), nil, &page); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(page)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	return printActs(s.Out, &page, zone)
}

func printActs(out io.Writer, page *app.ActsPage, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "WHEN (%s)\tWHO\tACCOUNT\tACT\tCONTACT\tDETAIL\tREFUSED\n", zone)
	for _, l := range page.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.At.In(zone).Format(toTheSecond), printable(l.By), printable(l.Account), l.Act, cmp.Or(l.Contact, "-"), printable(l.Detail), cmp.Or(l.Refused, "-"))
	}
	if err := w.Flush(); err != nil || page.Next == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "more: --cursor %s\n", page.Next)
	return err
}
