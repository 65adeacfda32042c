package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// searchCmd is about the index by which people and messages are found.
type searchCmd struct {
	Status  searchStatusCmd  `cmd:"" help:"Tell how the index of people and messages stands."`
	Rebuild searchRebuildCmd `cmd:"" help:"Make the index anew from the store."`
}

func (c *searchCmd) Help() string {
	return "The index by which people and messages are found is made from the store, and can be made anew at any time; docs/search.md describes it.\n\nExample: kaskad search status"
}

type searchStatusCmd struct {
	JSON bool `name:"json" help:"Print {state, built, lag_seconds, bytes, since, detail} as JSON."`
}

func (c *searchStatusCmd) Help() string { return "Example: kaskad search status --json" }

func (c *searchStatusCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	now, err := app.SearchStanding(ctx, at)
	if err != nil {
		return err
	}
	return saySearch(s, c.JSON, now)
}

type searchRebuildCmd struct {
	JSON bool `name:"json" help:"Print {state, built, lag_seconds, bytes, since, detail} as JSON."`
}

func (c *searchRebuildCmd) Help() string {
	return "The gateway goes on meanwhile, but nothing can be searched. Ctrl-C ends the waiting, and not the work of a running gateway.\n\nExample: kaskad search rebuild"
}

func (c *searchRebuildCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	told := time.Now()
	done, err := app.RebuildSearch(ctx, at, func(now app.SearchStatus) {
		if time.Since(told) >= tellEvery {
			told = time.Now()
			fmt.Fprintf(s.Err, "search: %s\n", now.Detail)
		}
	})
	if err != nil {
		return err
	}
	return saySearch(s, c.JSON, done)
}

// saySearch prints how the index stands.
func saySearch(s app.Streams, asJSON bool, now app.SearchStatus) error {
	if asJSON {
		return json.NewEncoder(s.Out).Encode(now)
	}
	line := fmt.Sprintf("search: %s, %s", now.State, bulk(now.Bytes))
	if now.Detail != "" {
		line += ", " + now.Detail
	} else if now.Lag > 0 {
		line += fmt.Sprintf(", %.1f s behind", now.Lag)
	}
	_, err := fmt.Fprintln(s.Out, line)
	return err
}
