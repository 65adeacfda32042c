package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// findCmd finds people by any part of what is known of them, and of what was written.
type findCmd struct {
	Words []string `arg:"" help:"Any part of a name, phone, e-mail, external id or address, or words of a message."`
	Limit int      `default:"20" placeholder:"N" help:"At most so many people, and so many conversations."`
	JSON  bool     `name:"json" help:"Print {people, messages, incomplete} as JSON."`
}

func (c *findCmd) Help() string {
	return `Every word has to be there, in any order; three letters or digits in a row are the least. First the people who are found by their own data, the
newest first, then conversations by the newest message with the words in it. docs/search.md has more.

Examples:
  kaskad contacts find олен ков
  kaskad contacts find "050 111 22 33" --json`
}

func (c *findCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.Limit < 1 || c.Limit > 1000 {
		return app.Misused("--limit is 1 to 1000")
	}
	told := time.Now()
	found, err := app.FindPeople(ctx, at, strings.Join(c.Words, " "), c.Limit, func(now app.SearchStatus) {
		if time.Since(told) >= tellEvery {
			told = time.Now()
			fmt.Fprintf(s.Err, "search: %s\n", now.Detail)
		}
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(found)
	}
	if found.Incomplete != "" {
		fmt.Fprintf(s.Err, "something may be missing: %s\n", found.Incomplete)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	return c.show(s.Out, found, zone)
}

func (c *findCmd) show(out io.Writer, found *app.FoundPeople, zone *time.Location) error {
	if len(found.People)+len(found.Messages) == 0 {
		_, err := fmt.Fprintln(out, "nobody is found")
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(found.People) > 0 {
		fmt.Fprintln(t, "PERSON\tEXTERNAL ID\tPHONE\tNAME")
	}
	for _, raw := range found.People {
		p := readPerson(raw)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.ID, printable(p.ExternalID), printable(p.Phone), printable(p.Name))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(found.Messages) > 0 {
		fmt.Fprintf(t, "PERSON\tWROTE (%s)\tCHANNEL\tMESSAGE\n", zone)
	}
	for _, m := range found.Messages {
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\n", m.Contact, m.At.In(zone).Format(toTheMinute), m.Direction, m.Channel, printable(m.Snippet))
	}
	return t.Flush()
}
