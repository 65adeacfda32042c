package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

func TestTodayIsCountedInTheCompanysZone(t *testing.T) {
	zone := time.FixedZone("Kyiv", 2*60*60)
	now := time.Date(2026, 11, 21, 22, 30, 0, 0, time.UTC) // the 22nd there
	daily := bots.Daily{First: 50, Growth: 2, Most: 1000}
	for name, c := range map[string]struct {
		written     Written
		daily       bots.Daily
		count, most int
		bound       bool
	}{
		"nothing yet":        {Written{}, daily, 0, 50, true},
		"some today":         {Written{Day: "2026-11-22", Count: 7, Days: 2}, daily, 7, 200, true},
		"those of yesterday": {Written{Day: "2026-11-21", Count: 7, Days: 1}, daily, 0, 200, true},
		"no bound":           {Written{Day: "2026-11-22", Count: 7}, bots.Daily{}, 7, 0, false},
	} {
		count, most, bound := c.written.Today(c.daily, zone, now)
		if count != c.count || most != c.most || bound != c.bound {
			t.Errorf("%s: %d of %d, %v; want %d of %d, %v", name, count, most, bound, c.count, c.most, c.bound)
		}
	}
}
