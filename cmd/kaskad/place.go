package main

import (
	"context"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// openOrMake connects as a command does that may come before the first start, and says when that made a store: an operator who
// meant another configuration sees it.
func openOrMake(ctx context.Context, s app.Streams, at app.Place) (*app.Gate, error) {
	gate, err := app.Connect(ctx, at, app.RunningOrNew)
	if err == nil && gate.Made() != "" {
		fmt.Fprintf(s.Err, "made a new store in %s\n", gate.Made())
	}
	return gate, err
}
