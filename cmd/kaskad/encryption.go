package main

import (
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// encryptionCmd makes the key that seals what is kept of people.
type encryptionCmd struct {
	Key encryptionKeyCmd `cmd:"" help:"Print a new master key."`
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
