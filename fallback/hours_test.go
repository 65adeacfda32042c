package fallback

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

// What the night or the person's hours held starts again spread over the ramp. However long that is, nobody's place in it lies in the
// next night: such a delivery would never go.
func TestWhatWasHeldGoesInTheOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := testEnv()
		d := &Delivery{Plan: testPlan(Service)}
		d.ID = bots.ID(rapid.Uint64Range(1, 1<<40).Draw(t, "id"))
		d.Cascade.Quiet.From = 15 * rapid.IntRange(0, 95).Draw(t, "from")
		d.Cascade.Quiet.To = (d.Cascade.Quiet.From + 15*rapid.IntRange(0, 23*4+3).Draw(t, "for")) % dayMinutes
		d.Cascade.Quiet.Ramp = time.Duration(rapid.IntRange(0, 20*60).Draw(t, "ramp")) * time.Minute
		own := drawQuiet(t)
		e.Contact.Wishes.Hours = []bots.Hours{{From: own.To / 60, To: own.From / 60}}
		now := drawTime(t, "now")
		d.Accept(e, now)
		if _, quiet := d.nights(e.Contact, e.Zone).QuietUntil(d.Due); quiet {
			t.Fatalf("due at %v, which is quiet; %s", d.Due, d.Reason)
		}
		most := 25 * time.Hour
		_, was := now.In(e.Zone).Zone()
		if _, is := d.Due.In(e.Zone).Zone(); is != was { // an only hour beside the one that is left out may be quiet on that day
			most += 24 * time.Hour
		}
		if d.State == Held && (d.Reason != ReasonQuiet || d.Due.Sub(now) > most) {
			t.Fatalf("held for %s until %v, %v from now", d.Reason, d.Due, d.Due.Sub(now))
		}
	})
}

// A person's hours are added to the cascade's night. Only where that leaves nearly nothing, and less than the cascade alone does, do
// they count alone.
func TestHoursOfAPersonAndTheNight(t *testing.T) {
	night, short := Quiet{From: 21 * 60, To: 9 * 60}, Quiet{From: 11 * 60, To: 9 * 60} // short leaves two hours of a day
	for name, c := range map[string]struct {
		night    Quiet
		from, to int // the person's
		open     []int
	}{
		"both leave the afternoon":                    {night, 15, 23, []int{15, 16, 17, 18, 19, 20}},
		"three hours are left":                        {night, 6, 12, []int{9, 10, 11}},
		"two hours are left of a long day":            {night, 6, 11, []int{6, 7, 8, 9, 10}},
		"nothing is left":                             {night, 4, 8, []int{4, 5, 6, 7}},
		"who narrows the day opens no short one":      {short, 9, 20, []int{9, 10}},
		"nor does who leaves all of it":               {short, 8, 7, []int{9, 10}},
		"one hour is left where the cascade has two":  {short, 10, 14, []int{10, 11, 12, 13}},
		"nothing is left where the cascade has two":   {short, 18, 21, []int{18, 19, 20}},
		"a cascade without a night leaves the person": {Quiet{}, 22, 1, []int{0, 22, 23}},
	} {
		clock := Clock{Quiet: c.night, Own: Owns(&bots.Contact{Wishes: bots.Wishes{Hours: []bots.Hours{{From: c.from, To: c.to}}}})}
		var open []int
		for hour := range 24 {
			if _, quiet := clock.QuietUntil(time.Date(2026, 5, 20, hour, 30, 0, 0, time.UTC)); !quiet {
				open = append(open, hour)
			}
		}
		if !slices.Equal(open, c.open) {
			t.Errorf("%s: open at %v, want %v", name, open, c.open)
		}
	}
}

// The deadline that callers read is the one by which the delivery ends.
func TestTheDeadlineThatIsShown(t *testing.T) {
	for name, c := range map[string]struct {
		purpose Purpose
		hours   []bots.Hours
		want    time.Duration
	}{
		"the night":               {Service, nil, 48 * time.Hour},
		"hours of the person":     {Service, []bots.Hours{{From: 12, To: 15}}, 8 * 24 * time.Hour},
		"hours are for no answer": {Conversation, []bots.Hours{{From: 12, To: 15}}, 24 * time.Hour},
		"nor for what is urgent":  {Urgent, []bots.Hours{{From: 12, To: 15}}, 24 * time.Hour},
	} {
		e := testEnv()
		e.Contact.Wishes.Hours = c.hours
		d := &Delivery{Plan: testPlan(c.purpose)}
		d.Accept(e, noon)
		got := d.Deadline(e.Contact, e.Zone)
		if end := d.end(e, noon); !got.Equal(end) {
			t.Errorf("%s: shown %v, ends %v", name, got, end)
		}
		if c.hours != nil && c.purpose == Service {
			if got.Sub(noon) < 7*24*time.Hour || got.Sub(noon) > c.want {
				t.Errorf("%s: %v", name, got.Sub(noon))
			}
		} else if got.Sub(noon) != c.want {
			t.Errorf("%s: %v, want %v", name, got.Sub(noon), c.want)
		}
	}
}
