package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// linksCmd keeps the links by which people come in.
type linksCmd struct {
	New      linksNewCmd      `cmd:"" help:"Make a source: links for a shop, a till, the site, a receipt."`
	List     linksListCmd     `cmd:"" help:"List sources."`
	Show     linksShowCmd     `cmd:"" help:"Show a source with its links."`
	Change   linksChangeCmd   `cmd:"" help:"Change a source; its code stays."`
	Retire   linksRetireCmd   `cmd:"" help:"Take a source out of use, or back into it."`
	QR       linksQRCmd       `cmd:"" name:"qr" help:"Draw a QR code: in the terminal, or as PNG or SVG for print."`
	Sheet    linksSheetCmd    `cmd:"" help:"Write a page to print, with the codes of a source."`
	Funnel   linksFunnelCmd   `cmd:"" help:"Tell how far people came, by source and channel."`
	Recruits linksRecruitsCmd `cmd:"" help:"Tell what the links in texts did, and saved."`
}

func (c *linksCmd) Help() string {
	return "A source is where people come from; docs/links.md tells how links are made and printed.\n\nExample: kaskad links new --name \"Shop 7, till 3\" --kind till"
}

// source is one as the API answers it.
type source struct {
	Code     string            `json:"code"`
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Tags     map[string]string `json:"tags"`
	Channels []string          `json:"channels"`
	URL      string            `json:"url"`
	Links    []struct {
		Channel string `json:"channel"`
		URL     string `json:"url"`
		Page    string `json:"page"`
	} `json:"links"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
	RetiredAt time.Time `json:"retired_at,omitzero"`
}

func sourcePath(code string, more ...string) string {
	return "/v1/sources/" + strings.Join(append([]string{url.PathEscape(code)}, more...), "/")
}

// print shows a source to a person, or to a script.
func (v *source) print(s app.Streams, zone *time.Location, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(s.Out).Encode(v)
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\t%s\n", v.Code, v.Name)
	if v.Kind != "" {
		fmt.Fprintf(t, "kind\t%s\n", v.Kind)
	}
	if len(v.Tags) > 0 {
		fmt.Fprintf(t, "tags\t%s\n", tagWords(v.Tags))
	}
	if !v.RetiredAt.IsZero() {
		fmt.Fprintf(t, "retired\t%s\n", v.RetiredAt.In(zone).Format(toTheDay))
	}
	if v.URL != "" {
		fmt.Fprintf(t, "all\t%s\n", v.URL)
	}
	for _, l := range v.Links {
		fmt.Fprintf(t, "%s\t%s\n", l.Channel, l.URL)
		if l.Page != "" {
			fmt.Fprintf(t, "\t%s\n", l.Page)
		}
	}
	return t.Flush()
}

func tagWords(tags map[string]string) string {
	all := make([]string, 0, len(tags))
	for name, value := range tags {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

type linksNewCmd struct {
	Name     string            `required:"" placeholder:"NAME" help:"What staff know it by: \"Shop 7, till 3\"."`
	Code     string            `placeholder:"CODE" help:"What the links carry: 3 to 32 small letters, digits and -; made by us unless written."`
	Kind     string            `placeholder:"KIND" help:"A word of yours: shop, till, site, receipt."`
	Tag      map[string]string `placeholder:"NAME=VALUE" help:"Something of yours to tell sources apart; several times."`
	Channels []string          `placeholder:"CHANNEL" complete:"telegram,viber,whatsapp,whatsapp_cloud" help:"What its page and its sheet offer; all that are on unless written."`
	JSON     bool              `name:"json" help:"Print the source as JSON."`
}

func (c *linksNewCmd) Help() string {
	return "Example: kaskad links new --name \"Shop 7, till 3\" --code shop7-till3 --kind till --tag shop=7"
}

func (c *linksNewCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	body := map[string]any{"name": c.Name, "code": c.Code, "kind": c.Kind, "tags": c.Tag, "channels": c.Channels}
	return linksCall(ctx, s, at, "POST", "/v1/sources", body, c.JSON)
}

// linksCall makes a call that answers a source, and prints that.
func linksCall(ctx context.Context, s app.Streams, at app.Place, method, path string, body any, asJSON bool) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var v source
	if err := gate.Call(ctx, method, path, body, &v); err != nil {
		return err
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	return v.print(s, zone, asJSON)
}

type linksListCmd struct {
	Kind    string `placeholder:"KIND" help:"Those of this kind alone."`
	Retired bool   `help:"Those that are out of use as well."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (c *linksListCmd) Help() string { return "Example: kaskad links list --kind till" }

func (c *linksListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	q := url.Values{"limit": {"1000"}, "retired": {fmt.Sprint(c.Retired)}}
	if c.Kind != "" {
		q.Set("kind", c.Kind)
	}
	all, err := listed[source](ctx, gate, "/v1/sources", q)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CODE\tNAME\tKIND\tTAGS\tMADE\tPAGE")
	for _, v := range all {
		made := v.CreatedAt.In(zone).Format(toTheDay)
		if !v.RetiredAt.IsZero() {
			made += ", retired " + v.RetiredAt.In(zone).Format(toTheDay)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Code, v.Name, v.Kind, tagWords(v.Tags), made, v.URL)
	}
	return t.Flush()
}

// listed reads a list to its end.
func listed[T any](ctx context.Context, gate *app.Gate, path string, q url.Values) ([]T, error) {
	all := []T{}
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := gate.Call(ctx, "GET", path+"?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		q.Set("cursor", page.Next)
	}
}

type linksShowCmd struct {
	Code string `arg:"" help:"The source's code, from kaskad links list."`
	JSON bool   `name:"json" help:"Print the source as JSON."`
}

func (c *linksShowCmd) Help() string { return "Example: kaskad links show shop7-till3" }

func (c *linksShowCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return linksCall(ctx, s, at, "GET", sourcePath(c.Code), nil, c.JSON)
}

type linksChangeCmd struct {
	Code     string            `arg:"" help:"The source's code."`
	Name     *string           `placeholder:"NAME" help:"Another name."`
	Kind     *string           `placeholder:"KIND" help:"Another kind."`
	Tag      map[string]string `placeholder:"NAME=VALUE" help:"Its tags from now on, in place of all it had; several times."`
	Channels []string          `placeholder:"CHANNEL" complete:"telegram,viber,whatsapp,whatsapp_cloud" help:"What it offers from now on."`
	JSON     bool              `name:"json" help:"Print the source as JSON."`
}

func (c *linksChangeCmd) Help() string {
	return "Example: kaskad links change shop7-till3 --name \"Shop 7, till 3 (new)\""
}

func (c *linksChangeCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	body := map[string]any{}
	if c.Name != nil {
		body["name"] = *c.Name
	}
	if c.Kind != nil {
		body["kind"] = *c.Kind
	}
	if c.Tag != nil {
		body["tags"] = c.Tag
	}
	if c.Channels != nil {
		body["channels"] = c.Channels
	}
	if len(body) == 0 {
		return app.Misused("nothing to change: write --name, --kind, --tag or --channels")
	}
	return linksCall(ctx, s, at, "PATCH", sourcePath(c.Code), body, c.JSON)
}

type linksRetireCmd struct {
	Code string `arg:"" help:"The source's code."`
	Back bool   `help:"Take it back into use."`
	JSON bool   `name:"json" help:"Print the source as JSON."`
}

func (c *linksRetireCmd) Help() string {
	return "The page of a retired source is gone, and its links count nothing; the bots still open by them.\n\nExample: kaskad links retire shop7-till3"
}

func (c *linksRetireCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return linksCall(ctx, s, at, "PATCH", sourcePath(c.Code), map[string]any{"retired": !c.Back}, c.JSON)
}
