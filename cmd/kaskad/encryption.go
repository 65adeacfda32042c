package main

import (
	"context"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// encryptionCmd makes the key that seals what is kept of people.
type encryptionCmd struct {
	Key    encryptionKeyCmd    `cmd:"" help:"Print a new master key."`
	Rotate encryptionRotateCmd `cmd:"" help:"Seal people's keys with another master key, while no gateway runs."`
}

func (c *encryptionCmd) Help() string {
	return "What the store keeps of people can be sealed: docs/privacy.md#encryption-at-rest.\n\nExample: kaskad encryption key > master.key"
}

type encryptionKeyCmd struct{}

func (c *encryptionKeyCmd) Help() string {
	return `The key goes into a file that only the program may read, named in [encryption] key_file, and once more to a safe place: without it nothing of
what the store keeps of people can be read again, by nobody.

Example: (umask 077; kaskad encryption key > /etc/kaskad/master.key)`
}

func (c *encryptionKeyCmd) Run(s app.Streams) error {
	_, err := fmt.Fprintln(s.Out, app.NewMasterKey())
	return err
}

type encryptionRotateCmd struct {
	File string `arg:"" help:"The file with the new master key."`
}

func (c *encryptionRotateCmd) Help() string {
	return `For a master key that somebody may have seen, or on a schedule. People's keys stay, so that the store and its backups are read as before; people.keys and its copy are
written anew, and open with the new master key alone. Put it into the configuration then, and start the gateway. An old copy of people.keys that somebody
took still opens with the old key.

Example: kaskad encryption rotate /etc/kaskad/master.key.new`
}

func (c *encryptionRotateCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := app.RotateMasterKey(ctx, at, c.File); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "rotated: people's keys open with the master key of %s alone; put it where [encryption] takes it from before the next start\n", c.File)
	return err
}
