package main

import (
	"context"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// compactCmd writes the store anew, without what was deleted.
type compactCmd struct {
	JSON bool `name:"json" help:"Print {before, after, paused_ms} as JSON: bytes, and for how long nothing was written; old_open: the old file is still read."`
}

func (c *compactCmd) Help() string {
	return "What was deleted stays in the file until its place is used again; this writes a new file without it. A running gateway does it itself, and everything waits meanwhile.\n\nExample: kaskad compact"
}

func (c *compactCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	res, err := app.Compact(ctx, at)
	if err != nil {
		return err
	}
	as, text := compacted(res)
	return say(s, c.JSON, as, text)
}

// compacted says what a compaction did, as JSON and in words.
func compacted(res app.Compacted) (map[string]any, string) {
	paused := time.Duration(res.PausedMS) * time.Millisecond
	as := map[string]any{"before": res.Before, "after": res.After, "paused_ms": res.PausedMS}
	text := fmt.Sprintf("compact: %s before, %s after; nothing was written for %s", bulk(res.Before), bulk(res.After), paused)
	if res.OldOpen {
		as["old_open"] = true
		text += "; somebody reads the old file still, and its room on the disk is free when the last one is done"
	}
	return as, text
}
