package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// backupCmd copies the store while the gateway goes on.
type backupCmd struct {
	To     backupToCmd     `cmd:"" default:"withargs" help:"Copy the store into a file; the word to may be left out."`
	Now    backupNowCmd    `cmd:"" help:"Make a backup as the schedule would."`
	List   backupListCmd   `cmd:"" help:"The backups in the folder of the configuration."`
	Verify backupVerifyCmd `cmd:"" help:"Look whether a backup is as it was made."`
}

func (c *backupCmd) Help() string {
	return "Copies while the gateway goes on; docs/operations.md tells of the schedule.\n\nExample: kaskad backup /var/backups/kaskad.db"
}

type backupToCmd struct {
	File string `arg:"" complete:"file" help:"Where to; a file of that name is replaced when the copy is whole."`
	JSON bool   `name:"json" help:"Print {file, bytes} as JSON."`
}

func (c *backupToCmd) Help() string { return "Example: kaskad backup to /var/backups/kaskad.db" }

func (c *backupToCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	size, err := app.Backup(ctx, at, c.File)
	if err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"file": c.File, "bytes": size}, fmt.Sprintf("backup: %s, %s", c.File, bulk(size)))
}

type backupNowCmd struct {
	JSON bool `name:"json" help:"Print {path, at, bytes, files} as JSON."`
}

func (c *backupNowCmd) Help() string {
	return "Into the folder of [backup] dir: copied, looked through, taken elsewhere where off_site is written, and the old ones go.\n\nExample: kaskad backup now"
}

func (c *backupNowCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	made, err := app.BackupNow(ctx, at)
	if err != nil {
		return err
	}
	return tellBackup(s, c.JSON, "backup", made)
}

func tellBackup(s app.Streams, asJSON bool, word string, b app.BackupMade) error {
	if asJSON {
		return json.NewEncoder(s.Out).Encode(b)
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s, %s, files: %d\n", word, b.Path, bulk(b.Bytes), b.Files)
	return err
}

type backupListCmd struct {
	JSON bool `name:"json" help:"Print {dir, items} as JSON."`
}

func (c *backupListCmd) Help() string { return "Example: kaskad backup list" }

func (c *backupListCmd) Run(_ context.Context, s app.Streams, at app.Place) error {
	dir, all, err := app.ListBackups(at)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(map[string]any{"dir": dir, "items": all})
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(s.Out, "no backup in %s: kaskad backup now makes one\n", dir)
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MADE\tSIZE\tFILES\tPATH")
	for _, b := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", b.At.Local().Format(time.DateTime), bulk(b.Bytes), b.Files, b.Path)
	}
	return w.Flush()
}

type backupVerifyCmd struct {
	File string `arg:"" complete:"file" help:"A backup, as kaskad backup list shows it, or a file of kaskad backup FILE."`
	JSON bool   `name:"json" help:"Print {path, at, bytes, files} as JSON."`
}

func (c *backupVerifyCmd) Help() string {
	return "A backup is compared with its sums; a single file has none, and a copy of it is looked through beside it.\n\nExample: kaskad backup verify /var/backups/kaskad/kaskad-20260301T013000Z"
}

func (c *backupVerifyCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	b, err := app.VerifyBackup(ctx, at, c.File)
	if err != nil {
		return err
	}
	return tellBackup(s, c.JSON, "as it was made", b)
}
