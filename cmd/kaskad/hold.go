package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// holdCmd lets the people of a region alone for a while.
type holdCmd struct {
	Begin holdBeginCmd `cmd:"" help:"Let marketing for a region wait: an alert, a day of mourning."`
	List  holdListCmd  `cmd:"" help:"List holds that stand."`
	End   holdEndCmd   `cmd:"" help:"End a hold; what waited goes out over the next hour."`
}

func (c *holdCmd) Help() string {
	return "A hold keeps what was not handed to a channel yet for the people of a region; answers and urgent messages go on.\n\nExample: kaskad hold begin region=Kharkiv --for 3h --reason 'air raid alert'"
}

type holdBeginCmd struct {
	Region   string   `arg:"" help:"A country (UA), the beginning of phones (+38057), a time zone (Europe/Warsaw), an attribute with its value (region=Kharkiv), or everywhere."`
	Purposes []string `placeholder:"PURPOSE" complete:"marketing,service" help:"What waits: marketing unless written; service."`
	Until    string   `placeholder:"TIME" help:"When it ends by itself, as 2026-12-01 10:00 in the company's zone, or RFC 3339; it stands until somebody ends it unless written."`
	For      string   `placeholder:"TIME" help:"How long it stands at most: 90m, 3h, 2d."`
	Reason   string   `placeholder:"TEXT" help:"Shown where holds are listed."`
	JSON     bool     `name:"json" help:"Print the hold as JSON."`
}

func (c *holdBeginCmd) Help() string {
	return "The same region again changes the end and the reason of the hold that stands.\n\nExample: kaskad hold begin everywhere --for 24h --reason 'day of mourning'"
}

// shownHold is a hold as the API tells it.
type shownHold struct {
	ID       string     `json:"id"`
	Region   string     `json:"region"`
	Purposes []string   `json:"purposes"`
	Reason   string     `json:"reason,omitempty"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	EndedAt  *time.Time `json:"ended_at,omitempty"`
}

// begunHold is one that was begun, with whom it concerns.
type begunHold struct {
	shownHold
	Concerns *holdConcerns `json:"concerns,omitempty"`
}

type holdConcerns struct {
	Contacts int      `json:"contacts"`
	LookedAt int      `json:"looked_at"`
	More     bool     `json:"more,omitempty"`
	Near     []string `json:"near"`
}

// looked is how many contacts were looked at, as it is told.
func (c *holdConcerns) looked() string {
	if c.More {
		return fmt.Sprintf("the newest %d contacts (older ones were not looked at)", c.LookedAt)
	}
	return fmt.Sprintf("all %d contacts", c.LookedAt)
}

// tell says whom a hold concerns, and warns where it is nobody: a region that is spelled as no contact has it keeps nothing.
func (c *holdConcerns) tell(s app.Streams, region string) {
	if c == nil {
		return
	}
	if c.Contacts > 0 {
		fmt.Fprintf(s.Out, "it concerns %d of %s\n", c.Contacts, c.looked())
		return
	}
	fmt.Fprintf(s.Err, "warning: %s concerns none of %s: nothing waits for them\n", printable(region), c.looked())
	if len(c.Near) > 0 {
		fmt.Fprintf(s.Err, "what contacts have: %s\n", printable(strings.Join(c.Near, ", ")))
	}
}

func (h *shownHold) end(zone *time.Location) string {
	if h.Until == nil {
		return "somebody ends it"
	}
	return h.Until.In(zone).Format(toTheMinute)
}

func (c *holdBeginCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	body := map[string]any{"region": c.Region, "reason": c.Reason}
	until, err := c.ends(at)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		body["until"] = until
	}
	if len(c.Purposes) > 0 {
		body["purposes"] = c.Purposes
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var h begunHold
	if err := gate.Call(ctx, "POST", "/v1/holds", body, &h); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(h)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	ends := h.end(zone)
	if h.Until != nil {
		ends += " (" + zone.String() + ")"
	}
	fmt.Fprintf(s.Out, "on hold: %s (%s) until %s; hold %s\n", printable(h.Region), strings.Join(h.Purposes, ", "), ends, h.ID)
	h.Concerns.tell(s, h.Region)
	return nil
}

// ends is when the hold ends by itself; the zero time: it does not.
func (c *holdBeginCmd) ends(at app.Place) (time.Time, error) {
	if c.For == "" {
		return app.ReadMoment(at, "--until", c.Until)
	}
	lasts, err := app.ReadLasting(c.For)
	switch {
	case c.Until != "":
		return time.Time{}, app.Misused("write --until, or --for, or neither")
	case err != nil || lasts == 0:
		return time.Time{}, app.Misused("--for %q is no time that a hold could last: write 90m, 3h or 2d; without --for and --until somebody has to end it", c.For)
	}
	return time.Now().Add(lasts).UTC(), nil
}

type holdListCmd struct {
	Ended bool `help:"Also those that ended in the last hundred days."`
	JSON  bool `name:"json" help:"Print JSON."`
}

func (c *holdListCmd) Help() string { return "Example: kaskad hold list" }

// listHolds reads all pages.
func listHolds(ctx context.Context, gate *app.Gate, ended bool) ([]shownHold, error) {
	all := []shownHold{}
	state := "standing"
	if ended {
		state = "all"
	}
	for cursor := ""; ; {
		var page struct {
			Items []shownHold
			Next  string
		}
		if err := gate.Call(ctx, "GET", fmt.Sprintf("/v1/holds?limit=1000&state=%s&cursor=%s", state, url.QueryEscape(cursor)), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

func (c *holdListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	all, err := listHolds(ctx, gate, c.Ended)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "nothing is on hold")
		return err
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "ID\tREGION\tWAITS\tSINCE (%[1]s)\tUNTIL (%[1]s)\tREASON\n", zone)
	for _, h := range all {
		until := h.end(zone)
		if h.EndedAt != nil {
			until = "ended " + h.EndedAt.In(zone).Format(toTheMinute)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", h.ID, printable(h.Region), strings.Join(h.Purposes, ","), h.Since.In(zone).Format(toTheMinute), until, cmp.Or(printable(h.Reason), "-"))
	}
	return t.Flush()
}

type holdEndCmd struct {
	Hold string `arg:"" help:"The hold's id, or its region: then all that stand of this region."`
	JSON bool   `name:"json" help:"Print what ended as JSON."`
}

func (c *holdEndCmd) Help() string { return "Example: kaskad hold end region=Kharkiv" }

func (c *holdEndCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	all, err := listHolds(ctx, gate, false)
	if err != nil {
		return err
	}
	ended := []shownHold{}
	for _, h := range all {
		if h.ID != c.Hold && !strings.EqualFold(h.Region, c.Hold) {
			continue
		}
		var over shownHold
		if err := gate.Call(ctx, "DELETE", "/v1/holds/"+url.PathEscape(h.ID), nil, &over); err != nil {
			return err
		}
		ended = append(ended, over)
	}
	if len(ended) == 0 {
		return fmt.Errorf("no hold of %q stands; kaskad hold list shows them", c.Hold)
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(ended)
	}
	for _, h := range ended {
		fmt.Fprintf(s.Out, "ended: hold %s of %s\n", h.ID, printable(h.Region))
	}
	return nil
}
