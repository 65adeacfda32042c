package fallback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

// shop is one person's deliveries under everything that makes time quiet, in any order.
type shop struct {
	*rapid.T
	rules  *Rules
	world  *World
	person *bots.Contact
	holds  []RegionHold
	all    []*Delivery
	now    time.Time
	ids    bots.ID
	wished bool
}

func (s *shop) env() *Env {
	return &Env{Rules: s.rules, World: s.world, Contact: s.person, Holds: NewRegionHolds(s.holds, s.now).Of(s.person, s.rules, time.Time{})}
}

func (s *shop) accept() {
	s.ids = max(s.ids+1, bots.ID(s.now.UnixMicro()))
	days := &Days{}
	for day := range 7 {
		switch rapid.IntRange(0, 9).Draw(s.T, "day") {
		case 0:
			days.Off |= 1 << day
		case 1:
			days.Hours = append(days.Hours, DayHours{time.Weekday(day), 18 * 60, 11 * 60})
		}
	}
	if days.Off == 1<<7-1 || rapid.Bool().Draw(s.T, "days alike") {
		days = nil
	}
	d := &Delivery{Plan: testPlan(Marketing)}
	d.ID, d.Contact, d.Zone = s.ids, s.person.ID, Where(s.person, s.rules).String()
	d.Cascade.Quiet = Quiet{From: 15 * rapid.IntRange(19*4, 23*4).Draw(s.T, "from"), To: 15 * rapid.IntRange(5*4, 10*4).Draw(s.T, "to"), Ramp: time.Hour}
	d.Cascade.Days = days.of(Marketing, s.person, s.rules, s.now)
	d.Cascade.Deadline = time.Duration(rapid.IntRange(1, 30).Draw(s.T, "deadline")) * time.Hour
	if rapid.Bool().Draw(s.T, "later") {
		d.SendAt = s.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(s.T, "send in")) * time.Hour)
	}
	d.Accept(s.env(), s.now)
	s.all = append(s.all, d)
}

// work does what the lanes would: a claim of what is ready, a look at what came due.
func (s *shop) work(d *Delivery) {
	if d.State.Final() || d.Due.After(s.now) {
		return
	}
	if d.aside() || d.State != Queued && d.State != Held {
		d.Come(s.env(), s.now)
		return
	}
	a, err := d.Claim(d.Leg, bots.Money{}, s.env(), s.now)
	if err != nil {
		return
	}
	if why := s.quiet(d, s.now); why != "" {
		s.Fatalf("claimed at %v of %s: %s; %+v", s.now, d.Zone, why, d.Cascade)
	}
	var failed *bots.SendError
	switch rapid.IntRange(0, 3).Draw(s.T, "outcome") {
	case 0:
		failed = &bots.SendError{Fault: bots.Temporary}
	case 1:
		failed = &bots.SendError{Fault: bots.Unreachable}
	}
	d.Settle(a, Result{Err: failed}, s.env(), s.now.Add(time.Second))
}

// quiet says why a person of a delivery must be left alone at a moment, by the hands of the clocks on the walls; empty: need not.
func (s *shop) quiet(d *Delivery, at time.Time) string {
	for _, p := range s.world.Pauses {
		if p.On(at) {
			return "a pause"
		}
	}
	for _, h := range s.holds {
		if h.On(at) && (h.Region == Everywhere || strings.HasPrefix(s.person.Phone, h.Region)) {
			return "a hold of " + h.Region
		}
	}
	zones := strings.Split(d.Zone, ",")
	own := (*Quiet)(nil)
	for _, h := range s.person.Wishes.Hours {
		if !at.Before(h.Since) && (h.Until.IsZero() || at.Before(h.Until)) {
			own, zones = &Quiet{From: h.To * 60, To: h.From * 60}, zones[:1]
		}
	}
	for _, name := range zones {
		loc, err := LoadZone(name)
		if err != nil {
			s.Fatal(err)
		}
		local := at.In(loc)
		minute, usual := local.Hour()*60+local.Minute(), d.Cascade.Quiet
		if days := d.Cascade.Days; days != nil {
			if days.Off&(1<<local.Weekday()) != 0 || s.holiday(local) && len(days.Dates) > 0 {
				return "a day off in " + name
			}
			for _, h := range days.Hours {
				if h.Day == local.Weekday() {
					usual.From, usual.To = h.From, h.To
				}
			}
		}
		alone := own != nil && openBoth(usual, *own) < min(leastOpen, dayMinutes-usual.minutes())
		if !alone && shut(usual, minute) || own != nil && shut(*own, minute) {
			return "quiet hours in " + name
		}
	}
	return ""
}

func (s *shop) holiday(local time.Time) bool {
	return slices.ContainsFunc(s.rules.Holidays[EveryCountry], func(h Holiday) bool {
		return h.Month == local.Month() && h.Day == local.Day() && (h.Year == 0 || h.Year == local.Year())
	})
}

// check finds a delivery that nobody would look at again, and one that ended before its time.
func (s *shop) check() {
	for _, d := range s.all {
		if d.State.Final() != d.Due.IsZero() {
			s.Fatalf("%s %s is due at %v", d.State, d.Reason, d.Due)
		}
		if (d.Reason == ReasonDeadline) && !s.wished {
			open := time.Duration(0)
			for at := d.Started; at.Before(s.now) && open < d.Cascade.Deadline; at = at.Add(time.Minute) {
				if s.quiet(d, at) == "" {
					open += time.Minute
				}
			}
			if open+2*time.Minute < d.Cascade.Deadline {
				s.Fatalf("ended by its deadline of %v after %v that were open, from %v to %v", d.Cascade.Deadline, open, d.Started, s.now)
			}
		}
	}
	s.all = slices.DeleteFunc(s.all, func(d *Delivery) bool { return d.State.Final() })
}

func (s *shop) pass(d time.Duration) {
	end := s.now.Add(d)
	for range 10_000 {
		next := end
		for _, d := range s.all {
			if !d.State.Final() && d.Due.Before(next) {
				next = d.Due
			}
		}
		s.now = later(s.now.Add(time.Second), next)
		for _, d := range s.all {
			s.work(d)
		}
		s.check()
		if !s.now.Before(end) || len(s.all) == 0 {
			s.now = later(s.now, end)
			return
		}
		if len(s.world.Pauses) > 0 && s.world.Pauses[len(s.world.Pauses)-1].To.IsZero() {
			s.now = s.now.Add(10 * time.Minute) // nothing goes, and lanes are not read
		}
	}
	s.Fatalf("deliveries come due again and again until %v: %+v", s.now, s.all[0].Status)
}

// released does what the engine does after the end of a hold.
func (s *shop) released() {
	for _, d := range s.all {
		if d.aside() {
			d.Come(s.env(), s.now)
		}
	}
}

// TestNothingGoesInQuietTime lets everything happen in any order: no marketing is claimed in quiet time, no delivery is forgotten, and no
// clock counts what was quiet.
func TestNothingGoesInQuietTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shop{T: t, rules: testRules(), world: &World{Boot: 7, Ears: map[string]Ear{}}}
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		s.rules.Holidays = Calendar{EveryCountry: {{0, time.January, 1}, {2026, time.March, 29}, {2026, time.March, 30}, {2026, time.November, 1}}}
		s.now = rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 7, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 30, 15, 0, 0, 0, time.UTC), time.Date(2026, 12, 30, 20, 0, 0, 0, time.UTC),
		}).Draw(t, "start")
		s.person = testContact()
		s.person.Zone, s.person.Phone = "", rapid.SampledFrom([]string{"+380501112233", "+12125551234", "+18005551234", "+77011234567", "+351912345678", ""}).Draw(t, "phone")
		s.person.Marketing = bots.Consent{State: bots.Given, At: s.now}
		doing := map[string]func(){
			"accept": s.accept,
			"time":   func() { s.pass(time.Duration(rapid.IntRange(1, 24*60).Draw(t, "minutes")) * time.Minute) },
			"hold": func() {
				h := RegionHold{ID: bots.ID(len(s.holds) + 1), Region: rapid.SampledFrom([]string{Everywhere, "+380", "+1"}).Draw(t, "region"), Purposes: []Purpose{Marketing}, From: s.now}
				if rapid.Bool().Draw(t, "until") {
					h.Until = s.now.Add(time.Duration(rapid.IntRange(1, 50).Draw(t, "hours")) * time.Hour)
				}
				s.holds = append(s.holds, h)
			},
			"unhold": func() {
				for i := range s.holds {
					if h := &s.holds[i]; h.On(s.now) && rapid.Bool().Draw(t, "this") {
						h.To = s.now
					}
				}
				s.released()
			},
			"pause": func() {
				if n := len(s.world.Pauses); n == 0 || !s.world.Pauses[n-1].To.IsZero() {
					s.world.Pauses = append(s.world.Pauses, Pause{Scope: "marketing", From: s.now})
				}
			},
			"resume": func() {
				if n := len(s.world.Pauses); n > 0 && s.world.Pauses[n-1].To.IsZero() {
					s.world.Pauses[n-1].To = s.now
				}
			},
			"wish": func() {
				s.wished = true
				hours := slices.Clone(s.person.Wishes.Hours)
				if n := len(hours); n > 0 {
					hours[n-1].Until = s.now
				}
				from := rapid.IntRange(0, 23).Draw(t, "from hour")
				s.person.Wishes.Hours = append(hours, bots.Hours{From: from, To: (from + rapid.IntRange(bots.LeastOpen, 20).Draw(t, "open")) % 24, Since: s.now})
			},
		}
		names := slices.Sorted(maps.Keys(doing))
		for range rapid.IntRange(5, 25).Draw(t, "events") {
			doing[rapid.SampledFrom(names).Draw(t, "what")]()
			s.check()
		}
		for i := range s.holds {
			if s.holds[i].On(s.now) {
				s.holds[i].To = s.now
			}
		}
		doing["resume"]()
		s.released()
		s.pass(60 * 24 * time.Hour)
		if len(s.all) > 0 {
			t.Fatalf("sixty days later %d deliveries are open: %s", len(s.all), fmt.Sprintf("%+v", s.all[0].Status))
		}
	})
}
