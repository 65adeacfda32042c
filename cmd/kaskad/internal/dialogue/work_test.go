package dialogue

import (
	"testing"
	"time"

	"kaskad/fallback"
)

// Whatever hours are written, also such as begin or end in an hour that a change of the clocks leaves out, or has twice: as they are they
// last until a later time than now, so that whoever counts them comes on.
func TestHoursGoOnOverAChangeOfTheClocks(t *testing.T) {
	for zone, days := range map[string][2]time.Time{
		"Europe/Kyiv":      {time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)},
		"America/New_York": {time.Date(2026, 3, 8, 2, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)},
	} {
		loc, err := fallback.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, hours := range []string{"00:00-24:00", "09:00-18:00", "00:00-03:30", "03:30-12:00", "00:00-01:30", "01:30-12:00", "02:00-04:30, 05:00-06:00", "01:10-01:20, 03:40-03:50", "04:00-05:00", "20:00-24:00"} {
			c := HoursConfig{Mon: hours, Tue: hours, Wed: hours, Thu: hours, Fri: hours, Sat: hours, Sun: hours}
			s, faults := c.Compile(loc)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			for _, day := range days {
				for minute := range 12 * 60 {
					at := day.Add(time.Duration(minute)*time.Minute + 7*time.Second).In(loc)
					open, until := s.Work(at)
					if !until.After(at) || until.Sub(at) > 25*time.Hour {
						t.Fatalf("%s: at %v it is open %t until %v", hours, at, open, until)
					}
				}
			}
		}
	}
}

// A shop that is closed for a season knows when it opens, and whose message came in between is counted from there.
func TestHoursOfAShopThatIsClosedForASeason(t *testing.T) {
	c := HoursConfig{Mon: "09:00-18:00", Exceptions: map[string]string{}}
	for day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC); day.Before(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)); day = day.AddDate(0, 0, 1) {
		c.Exceptions[day.Format(time.DateOnly)] = "closed"
	}
	s, faults := c.Compile(time.UTC)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := time.Date(2026, 5, 4, 9, 15, 0, 0, time.UTC)
	if got := fallback.Work(s.Work).After(time.Date(2026, 1, 6, 10, 0, 0, 0, time.UTC), 15*time.Minute); !got.Equal(want) {
		t.Errorf("a quarter of an hour of working time is over at %v, want %v", got, want)
	}
	never, _ := (&HoursConfig{Exceptions: map[string]string{"12-25": "closed"}}).Compile(time.UTC)
	if got := fallback.Work(never.Work).After(want, time.Minute); !got.IsZero() {
		t.Errorf("who is never open opens at %v", got)
	}
}
