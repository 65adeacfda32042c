package main

import (
	"context"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// backupCmd copies the store while the gateway goes on.
type backupCmd struct {
	File string `arg:"" help:"Where to; a file of that name is replaced when the copy is whole."`
}

func (c *backupCmd) Help() string { return "Example: kaskad backup /var/backups/kaskad.db" }

func (c *backupCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	size, err := app.Backup(ctx, at, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "backup: %s, %d bytes\n", c.File, size)
	return err
}
