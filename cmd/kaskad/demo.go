package main

import (
	"context"

	"kaskad/cmd/kaskad/internal/app"
)

// demoCmd shows the program without accounts.
type demoCmd struct {
	Headless bool    `help:"Send the sample bonus to its end, print the table, and leave."`
	Listen   string  `placeholder:"ADDR" help:"Where the demo's API listens; a free port of this machine when it is left out."`
	Speed    float64 `default:"120" help:"How much faster than life: 15 minutes of waiting last 7.5 seconds at 120."`
	Seed     uint64  `default:"1" help:"The same seed, the same people."`
	JSON     bool    `name:"json" help:"Print the table as JSON."`
}

func (c *demoCmd) Help() string { return "Example: kaskad demo --headless" }

func (c *demoCmd) Run(ctx context.Context, s app.Streams) error {
	return app.Demo(ctx, app.DemoOptions{Headless: c.Headless, Listen: c.Listen, Speed: c.Speed, Seed: c.Seed, JSON: c.JSON}, s)
}
