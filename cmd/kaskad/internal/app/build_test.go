package app

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestWhatWasBuilt(t *testing.T) {
	t.Parallel()
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.time", Value: "2026-03-01T10:00:00Z"}, {Key: "vcs.modified", Value: modified}}
	}
	main := func(version string, settings []debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	for name, c := range map[string]struct {
		linked Build
		info   *debug.BuildInfo
		want   Build
	}{
		"a release says what was written into it":         {Build{Version: "1.2.0", Commit: "abc", Date: "2026-02-01T00:00:00Z"}, main("v1.1.9", vcs("true")), Build{Version: "1.2.0", Commit: "abc", Date: "2026-02-01T00:00:00Z"}},
		"go build in a clone knows the commit":            {Build{}, main("v1.2.1-0.20260301100000-c0ffee", vcs("false")), Build{Version: "1.2.1-0.20260301100000-c0ffee", Commit: "c0ffee", Date: "2026-03-01T10:00:00Z"}},
		"and says when there was more than the commit":    {Build{}, main("(devel)", vcs("true")), Build{Version: "devel", Commit: "c0ffee+dirty", Date: "2026-03-01T10:00:00Z"}},
		"go install knows the version alone":              {Build{}, main("v1.2.0", nil), Build{Version: "1.2.0"}},
		"a build without any of it is devel":              {Build{}, main("", nil), Build{Version: "devel"}},
		"so is one of another linker, that knows nothing": {Build{}, nil, Build{Version: "devel"}},
	} {
		c.want.Go, c.want.OS, c.want.Arch = runtime.Version(), runtime.GOOS, runtime.GOARCH
		if got := describe(c.linked, c.info); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
