package main

import (
	"context"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// backupCmd copies the store while the gateway goes on.
type backupCmd struct {
	File string `arg:"" complete:"file" help:"Where to; a file of that name is replaced when the copy is whole."`
	JSON bool   `name:"json" help:"Print {file, bytes} as JSON."`
}

func (c *backupCmd) Help() string { return "Example: kaskad backup /var/backups/kaskad.db" }

func (c *backupCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	size, err := app.Backup(ctx, at, c.File)
	if err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"file": c.File, "bytes": size}, fmt.Sprintf("backup: %s, %s", c.File, bulk(size)))
}
