package main

import (
	"context"

	"kaskad/cmd/kaskad/internal/app"
)

// demoCmd shows the program without accounts.
type demoCmd struct {
	Headless  bool    `help:"No view: send the sample bonus to its end, print the table, and leave."`
	Listen    string  `placeholder:"ADDR" help:"Where the demo's API listens; a free port of this machine when it is left out. A live demo then keeps it until Ctrl-C."`
	Speed     float64 `default:"120" help:"How much faster than life, 0.1 to 3600: 15 minutes of waiting last 7.5 seconds at 120."`
	Seed      uint64  `default:"1" help:"The same seed, the same people, who do the same."`
	Customers *int    `placeholder:"N" help:"How many customers are drawn; 24 when it is left out, and the fixed ones with --headless."`
	People    bool    `help:"Print the chances by which customers are drawn, and who is drawn by this seed; nothing is sent."`
	JSON      bool    `name:"json" help:"Print the table as JSON."`
}

func (c *demoCmd) Help() string {
	return "On a terminal the messages are followed live; q or Ctrl-C ends it. Elsewhere it writes a line for each thing that happens. At the end comes the table.\n\nExample: kaskad demo --customers 40 --seed 7"
}

func (c *demoCmd) Run(ctx context.Context, s app.Streams) error {
	o := app.DemoOptions{Headless: c.Headless, People: c.People, Listen: c.Listen, Speed: c.Speed, Seed: c.Seed, JSON: c.JSON}
	if c.Customers != nil {
		if o.Customers = *c.Customers; o.Customers == 0 {
			return app.Misused("--customers 0 is nobody to show: leave it out, or write 1 to 1000")
		}
	}
	return app.Demo(ctx, o, s)
}
