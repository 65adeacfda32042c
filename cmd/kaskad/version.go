package main

import (
	"encoding/json"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// versionCmd says which program this is.
type versionCmd struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

func (c *versionCmd) Help() string { return "Example: kaskad version --json" }

func (c *versionCmd) Run(s app.Streams) error {
	b := app.ThisBuild()
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(b)
	}
	_, err := fmt.Fprintf(s.Out, "kaskad %s\n", b.Version)
	for _, line := range [][2]string{{"commit", b.Commit}, {"date", b.Date}, {"go", b.Go}, {"system", b.OS + "/" + b.Arch}} {
		if err == nil && line[1] != "" {
			_, err = fmt.Fprintf(s.Out, "%-7s%s\n", line[0], line[1])
		}
	}
	return err
}
