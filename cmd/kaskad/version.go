package main

import (
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

type versionCmd struct{}

func (versionCmd) Run(s app.Streams) error {
	_, err := fmt.Fprintln(s.Out, "kaskad", app.Version())
	return err
}
