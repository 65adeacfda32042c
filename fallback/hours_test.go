package fallback

import (
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
		d.Cascade.Quiet.To = (d.Cascade.Quiet.From + 15*rapid.IntRange(0, 21*4).Draw(t, "for")) % dayMinutes
		d.Cascade.Quiet.Ramp = time.Duration(rapid.IntRange(0, 20*60).Draw(t, "ramp")) * time.Minute
		own := drawQuiet(t)
		e.Contact.Wishes.Hours = []bots.Hours{{From: own.To / 60, To: own.From / 60}}
		now := drawTime(t, "now")
		d.Accept(e, now)
		if _, quiet := d.nights(e.Contact).QuietUntil(d.Due); quiet {
			t.Fatalf("due at %v, which is quiet; %s", d.Due, d.Reason)
		}
		if d.State == Held && (d.Reason != ReasonQuiet || d.Due.Sub(now) > 25*time.Hour) {
			t.Fatalf("held for %s until %v, %v from now", d.Reason, d.Due, d.Due.Sub(now))
		}
	})
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
		got := d.Deadline(e.Contact)
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
