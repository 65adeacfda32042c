package main

import (
	"context"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// pauseCmd stops a scope at once.
type pauseCmd struct {
	Scope string `arg:"" optional:"" help:"A channel or a purpose; everything when it is left out."`
}

func (c *pauseCmd) Help() string { return "Example: kaskad pause marketing" }

func (c *pauseCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return scoped(ctx, s, at, "/v1/pause", c.Scope, "paused")
}

// resumeCmd ends a pause. What waited goes out at a rate that grows over ten minutes.
type resumeCmd struct {
	Scope string `arg:"" optional:"" help:"As it was paused; \"gap\" lets deliveries go on that were held because we were away."`
}

func (c *resumeCmd) Help() string { return "Example: kaskad resume marketing" }

func (c *resumeCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return scoped(ctx, s, at, "/v1/resume", c.Scope, "resumed")
}

func scoped(ctx context.Context, s app.Streams, at app.Place, path, scope, done string) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	if err := gate.Call(ctx, "POST", path, map[string]any{"scope": scope}, nil); err != nil {
		return err
	}
	if scope == "" {
		scope = "everything"
	}
	fmt.Fprintln(s.Out, done+":", scope)
	return nil
}
