package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// eraseCmd erases a person.
type eraseCmd struct {
	Ref  string `arg:"" help:"Who: ext:C-100, phone:+380501112233, telegram:42, or our id."`
	Yes  bool   `short:"y" help:"Do not ask."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *eraseCmd) Help() string {
	return `Shows what would go, and asks. Then open deliveries end, and contact, messages, files, evidence, links and what staff read about the person go, and so does every contact that was merged into one with it. A no
that the person said stays, as a hash that tells nobody who it was. What stays of counts and money, and of backups: docs/privacy.md.

Example: kaskad contacts erase phone:+380501112233`
}

var errNothingErased = errors.New("nothing was erased")

func (c *eraseCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	would, err := app.EraseContact(ctx, at, c.Ref, true)
	if err != nil {
		return err
	}
	if !c.Yes {
		var who personShown
		if err := app.CallOnce(ctx, at, "GET", "/v1/contacts/"+would.Contact, &who); err != nil {
			return err
		}
		fmt.Fprintf(s.Err, "%s\n%s (%d open), %s, and all that is kept about the person. It cannot be undone.\n",
			printable(who.short()), plural(would.Deliveries, "delivery", "deliveries"), would.Cancelled, plural(would.Messages, "message", "messages"))
		if len(would.Absorbed) > 0 {
			fmt.Fprintf(s.Err, "%s are the same person, merged into it or from before its chat was known: all of it goes, whoever was named.\n", strings.Join(would.Absorbed, ", "))
		}
		if err := agreeTo(ctx, s, "Erase?", errNothingErased); err != nil {
			return err
		}
	}
	done, err := app.EraseContact(ctx, at, would.Contact, false)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return json.NewEncoder(s.Out).Encode(done)
	}
	return printErased(s.Out, done, zone)
}

func printErased(out io.Writer, e *app.ErasedView, zone *time.Location) error {
	fmt.Fprintf(out, "erased: contact %s; %s (open: %d), %s\n", e.Contact, plural(e.Deliveries, "delivery", "deliveries"), e.Cancelled, plural(e.Messages, "message", "messages"))
	if e.NoKept {
		fmt.Fprintln(out, "the no that the person said stays, as a hash: whoever comes with one of the names again has it")
	}
	if len(e.Absorbed) > 0 {
		fmt.Fprintf(out, "with it went what was the same person: %s\n", strings.Join(e.Absorbed, ", "))
	}
	until := "until it is compacted"
	if !e.CompactAt.IsZero() {
		until = fmt.Sprintf("until %s (%s) at the latest, when a running gateway compacts it (kaskad compact does it now)", e.CompactAt.In(zone).Format(toTheMinute), zone)
	}
	_, err := fmt.Fprintf(out, "the file keeps deleted bytes %s; backups keep theirs: docs/privacy.md\n", until)
	return err
}

// auditCmd shows who changed what.
type auditCmd struct {
	Limit int  `default:"50" placeholder:"N" help:"How many lines, newest first; at most 500."`
	JSON  bool `name:"json" help:"Print JSON."`
}

func (c *auditCmd) Help() string {
	return `Who changed what, from where and when, newest first: contacts, talks, pauses, holds, webhooks, keys, people, the team, backups; who signed in; what was refused; what was dropped because it was too old. It holds ids and counts, and nothing about a person.

Example: kaskad audit --limit 100`
}

func (c *auditCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	page, err := app.ReadAudit(ctx, at, c.Limit)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return json.NewEncoder(s.Out).Encode(page)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	return printAudit(s.Out, page, zone)
}

func printAudit(out io.Writer, page *app.AuditPage, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "WHEN (%s)\tWHO\tFROM\tWHAT\tON\tCONTACT\tWITH\n", zone)
	for _, l := range page.Items {
		what, on := l.What, strings.TrimSpace(l.On+" "+l.Detail)
		if l.Refused != "" {
			what += " (refused: " + l.Refused + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.At.In(zone).Format(toTheSecond), printable(l.Who), cmp.Or(l.From, "here"), printable(what), printable(on), l.Contact, l.With)
	}
	return w.Flush()
}
