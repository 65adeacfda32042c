package whatsapp

import (
	"math"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"
)

func TestBansAreBounded(t *testing.T) {
	const h = time.Hour
	for name, c := range map[string]struct{ told, until, rest time.Duration }{
		"an hour":               {h, h, h},
		"three days":            {72 * h, 72 * h, 24 * h},
		"no end":                {0, 0, h},
		"an end before now":     {-h, 0, h},
		"years":                 {20_000 * h, 0, 24 * h},
		"longer than time goes": {math.MaxInt64, 0, 24 * h},
	} {
		end := banned(&events.TemporaryBan{Code: events.TempBanBlockedByUsers, Expire: c.told}, noon)
		var want time.Time
		if c.until > 0 {
			want = noon.Add(c.until)
		}
		if end.rest != c.rest || !end.Until.Equal(want) || end.State != Banned {
			t.Errorf("%s: rest %s until %s; want %s until %s", name, end.rest, end.Until, c.rest, want)
		}
	}
}
