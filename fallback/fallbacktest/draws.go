package fallbacktest

import (
	"flag"
	"os"
)

// Full reports whether tests are to do all that they can: .ci/run and the nightly want it, somebody who waits for `go test` does not.
func Full() bool { return os.Getenv("KASKAD_FULL") != "" }

// Draws is called by a TestMain whose properties are slow: they draw a quarter as often as rapid does by itself, unless -rapid.checks says
// how often, or everything is wanted.
func Draws() error {
	flag.Parse()
	given := Full()
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if given {
		return nil
	}
	return flag.Set("rapid.checks", "25")
}
