package main

import (
	"context"
	"encoding/json"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// peopleCmd is about who may sign in.
type peopleCmd struct {
	Setup peopleSetupCmd `cmd:"" help:"Print the address at which the first admin is made."`
}

func (c *peopleCmd) Help() string {
	return "Who signs in on the pages of the gateway, and what they may do: docs/people.md.\n\nExample: kaskad people setup"
}

type peopleSetupCmd struct {
	JSON bool `name:"json" help:"Print {url, expires_at} as JSON."`
}

func (c *peopleSetupCmd) Help() string {
	return "As long as nobody can sign in, this prints an address. Whoever opens it within the hour makes the first admin; one that was printed before is worth nothing any more.\n\nExample: kaskad people setup"
}

func (c *peopleSetupCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	var made app.SetupView
	if err := gate.Call(ctx, "POST", "/v1/people/setup", nil, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, made.URL)
	fmt.Fprintf(s.Err, "Until %s whoever opens this address makes the first admin.\n", made.ExpiresAt.In(zone).Format("15:04"))
	return nil
}
