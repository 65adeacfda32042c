package app

import (
	"runtime"
	"runtime/debug"
	"strings"

	"kaskad/cmd/kaskad/internal/api"
)

// What the linker writes into a release (-X, see the Makefile): they are never set otherwise, and nothing changes them.
var version, commit, date string

// Build is which program this is.
type Build = api.Build

// ThisBuild is what was built: what the release wrote, else what the Go command knows of the sources.
func ThisBuild() Build {
	info, _ := debug.ReadBuildInfo()
	return describe(Build{Version: version, Commit: commit, Date: date}, info)
}

// Version is what was built, in a word.
func Version() string { return ThisBuild().Version }

// describe fills in what the linker did not write. Builds of `go build` in a clone know their commit, those of `go install
// …@v1.2.3` their version; without either it is devel.
func describe(b Build, info *debug.BuildInfo) Build {
	b.Go, b.OS, b.Arch = runtime.Version(), runtime.GOOS, runtime.GOARCH
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = strings.TrimPrefix(info.Main.Version, "v")
	}
	if b.Version == "" {
		b.Version = "devel"
	}
	known := map[string]string{}
	for _, s := range info.Settings {
		known[s.Key] = s.Value
	}
	if b.Commit == "" && known["vcs.revision"] != "" {
		b.Commit = known["vcs.revision"]
		if known["vcs.modified"] == "true" {
			b.Commit += "+dirty"
		}
	}
	if b.Date == "" {
		b.Date = known["vcs.time"]
	}
	return b
}
