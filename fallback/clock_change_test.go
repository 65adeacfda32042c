package fallback

import (
	"testing"
	"time"
)

// TestQuietWhereClocksChange: a minute that clocks leave out ends quiet time when they are put over it, and one that they show twice
// begins it at the first and ends it at the second.
func TestQuietWhereClocksChange(t *testing.T) {
	for name, c := range map[string]struct {
		zone     string
		quiet    Quiet
		day      [3]int
		from, to string
	}{
		"it ends in the hour left out":       {"America/New_York", Quiet{From: 22 * 60, To: 2 * 60}, [3]int{2026, 3, 7}, "2026-03-07T22:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		"it begins in the hour left out":     {"Europe/Kyiv", Quiet{From: 3*60 + 30, To: 9 * 60}, [3]int{2026, 3, 29}, "2026-03-29T02:30:00+02:00", "2026-03-29T09:00:00+03:00"},
		"it ends in the hour shown twice":    {"Europe/Kyiv", Quiet{From: 21 * 60, To: 3*60 + 30}, [3]int{2026, 10, 24}, "2026-10-24T21:00:00+03:00", "2026-10-25T03:30:00+02:00"},
		"it begins in the hour shown twice":  {"Europe/Kyiv", Quiet{From: 3*60 + 30, To: 9 * 60}, [3]int{2026, 10, 25}, "2026-10-25T03:30:00+03:00", "2026-10-25T09:00:00+02:00"},
		"it ends soon after a change":        {"America/New_York", Quiet{From: 22 * 60, To: 4 * 60}, [3]int{2026, 3, 7}, "2026-03-07T22:00:00-05:00", "2026-03-08T04:00:00-04:00"},
		"clocks are put forward at midnight": {"Africa/Cairo", Quiet{From: 21 * 60, To: 0}, [3]int{2026, 4, 23}, "2026-04-23T21:00:00+02:00", "2026-04-24T01:00:00+03:00"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := LoadZone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			got := quietSpan(c.quiet, c.day[0], time.Month(c.day[1]), c.day[2], zone)
			if from, to := got.From.Format(time.RFC3339), got.To.Format(time.RFC3339); from != c.from || to != c.to {
				t.Errorf("quiet from %s to %s, want %s to %s", from, to, c.from, c.to)
			}
		})
	}
}
