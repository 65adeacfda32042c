package main

import (
	"context"
	"encoding/json"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// checkCmd says everything that is wrong at once.
type checkCmd struct {
	Live  bool `help:"Also ask each channel who we are, and what the staff group lacks."`
	Store bool `help:"Also compare the store's records with its indexes."`
	JSON  bool `name:"json" help:"Print the findings as JSON."`
}

func (c *checkCmd) Help() string { return "Example: kaskad check -c config.toml --live" }

func (c *checkCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	found, err := app.Check(ctx, at, app.CheckOptions{Live: c.Live, Store: c.Store})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(found); err != nil {
			return err
		}
		return found.Status(false)
	}
	for _, line := range found.Lines {
		fmt.Fprintln(s.Out, line)
	}
	for _, f := range found.Faults {
		if f.Warning {
			fmt.Fprintln(s.Err, f)
		}
	}
	if err := found.Status(true); err != nil {
		return err
	}
	fmt.Fprintln(s.Out, "no faults")
	return nil
}
