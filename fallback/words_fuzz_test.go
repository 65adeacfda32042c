package fallback_test

import (
	"testing"

	"kaskad/fallback"
)

// FuzzWords reads what operators and programs write for regions and durations: what is taken reads as the same again.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"everywhere", "UA", "ua", "+38057", "+", "Europe/Warsaw", "../../etc/passwd", "region=Kharkiv", "=", "a=", "90s", "15m", "2h", "3d", "0s", "-1s", "99999999999d", "1e9s", "\xff=\x00", " UA "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if region, err := fallback.ParseRegion(s); err == nil {
			if again, err := fallback.ParseRegion(region); err != nil || again != region {
				t.Errorf("%q is the region %q, and that is %q, %v", s, region, again, err)
			}
		}
		if d, err := fallback.ParseDuration(s); err == nil {
			if again, err := fallback.ParseDuration(fallback.FormatDuration(d)); err != nil || again != d || d < 0 {
				t.Errorf("%q is %s, and written again %s, %v", s, d, again, err)
			}
		}
	})
}
