package main

import (
	"context"

	"kaskad/cmd/kaskad/internal/app"
)

// serveCmd runs the gateway until it is told to stop.
type serveCmd struct {
	JSON bool `name:"log-json" help:"Write logs as JSON, for machines."`
}

func (c *serveCmd) Help() string { return "Example: kaskad serve -c /etc/kaskad/config.toml" }

func (c *serveCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return app.Serve(ctx, at, app.ServeOptions{LogJSON: c.JSON}, s)
}
