package dialogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/templates"
)

// HoursConfig is [company.hours]: when the shop is open, by weekday, as "09:00-20:00", "09:00-13:00, 14:00-18:00" or "closed".
type HoursConfig struct {
	Mon string `toml:"mon"`
	Tue string `toml:"tue"`
	Wed string `toml:"wed"`
	Thu string `toml:"thu"`
	Fri string `toml:"fri"`
	Sat string `toml:"sat"`
	Sun string `toml:"sun"`
	// Exceptions are days that differ: "2026-12-25" once, "01-01" every year.
	Exceptions map[string]string `toml:"exceptions"`
}

// Written reports whether anything is said in it.
func (c *HoursConfig) Written() bool {
	return len(c.Exceptions) > 0 || slices.ContainsFunc(c.days(), func(s string) bool { return s != "" })
}

func (c *HoursConfig) days() []string {
	return []string{c.Mon, c.Tue, c.Wed, c.Thu, c.Fri, c.Sat, c.Sun}
}

// span is from one minute of the day to another.
type span struct{ from, to int }

func (s span) String() string { return clock(s.from) + "–" + clock(s.to) }

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// Schedule is when the shop is open.
type Schedule struct {
	zone       *time.Location
	days       [7][]span         // from Monday
	exceptions map[string][]span // "2026-12-25", "01-01"
}

// HoursFault is what is wrong with one line of [company.hours].
type HoursFault struct{ Key, Problem string }

var dayNames = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// Compile reads the hours, in the company's zone; nil when nothing is written.
func (c *HoursConfig) Compile(zone *time.Location) (*Schedule, []HoursFault) {
	if !c.Written() {
		return nil, nil
	}
	s := &Schedule{zone: zone, exceptions: map[string][]span{}}
	var faults []HoursFault
	for i, text := range c.days() {
		spans, problem := spansOf(text)
		if problem != "" {
			faults = append(faults, HoursFault{dayNames[i], problem})
		}
		s.days[i] = spans
	}
	for _, day := range slices.Sorted(maps.Keys(c.Exceptions)) {
		spans, problem := spansOf(c.Exceptions[day])
		if !isDay(day) {
			problem = fmt.Sprintf("%q is no day: write 2026-12-25, or 01-01 for every year", day)
		} else if c.Exceptions[day] == "" {
			problem = `is empty: write "closed", or hours such as "10:00-15:00"`
		}
		if problem != "" {
			faults = append(faults, HoursFault{"exceptions." + day, problem})
		}
		s.exceptions[day] = spans
	}
	return s, faults
}

func isDay(day string) bool {
	if _, err := time.Parse(time.DateOnly, day); err == nil {
		return true
	}
	_, err := time.Parse(time.DateOnly, "2024-"+day) // a leap year: 02-29 is a day
	return err == nil
}

// spansOf reads the hours of one day.
func spansOf(text string) (all []span, problem string) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "closed") {
		return nil, ""
	}
	for _, part := range strings.Split(text, ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(part), "-")
		begin, ok1 := minuteOf(from)
		end, ok2 := minuteOf(to)
		if !ok || !ok1 || !ok2 || end <= begin {
			return nil, fmt.Sprintf("%q are no hours: write 09:00-20:00, 09:00-13:00, 14:00-18:00 or closed", text)
		}
		if len(all) > 0 && begin < all[len(all)-1].to {
			return nil, fmt.Sprintf("%q: the hours of a day are written in their order, and do not overlap", text)
		}
		all = append(all, span{begin, end})
	}
	return all, ""
}

func minuteOf(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "24:00" {
		return 24 * 60, true
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil
}

// on are the hours of a day.
func (s *Schedule) on(day time.Time) []span {
	for _, key := range []string{day.Format(time.DateOnly), day.Format("01-02")} {
		if spans, ok := s.exceptions[key]; ok {
			return spans
		}
	}
	return s.days[(int(day.Weekday())+6)%7]
}

// Now is how the shop stands at a time.
type Now struct {
	Open   bool
	Until  int // Open: the minute of the day
	Opens  time.Time
	opens  int // the minute
	inDays int
}

// ahead is how many days are looked at for the next opening: a shop that is closed for a season must not forget who wrote meanwhile.
const ahead = 366

// At tells whether the shop is open, until when, or when it opens next.
func (s *Schedule) At(at time.Time) Now {
	at = at.In(s.zone)
	minute := at.Hour()*60 + at.Minute()
	for n := range ahead {
		day := time.Date(at.Year(), at.Month(), at.Day()+n, 12, 0, 0, 0, s.zone)
		for _, h := range s.on(day) {
			switch {
			case n == 0 && h.from <= minute && minute < h.to:
				return Now{Open: true, Until: h.to}
			case n > 0 || minute < h.from:
				return Now{Opens: time.Date(day.Year(), day.Month(), day.Day(), 0, h.from, 0, 0, s.zone), opens: h.from, inDays: n}
			}
		}
	}
	return Now{}
}

func (n Now) until() string {
	if !n.Open {
		return ""
	}
	return clock(n.Until)
}

// opens words when the shop opens next; empty: it is open, or nobody knows.
func (t *turn) opens(n Now) string {
	days := t.days()
	switch {
	case n.Open || n.Opens.IsZero():
		return ""
	case n.inDays == 0:
		return clock(n.opens)
	case n.inDays == 1:
		return t.phrase(templates.Tomorrow) + " " + clock(n.opens)
	case n.inDays < 7:
		return days[(int(n.Opens.Weekday())+6)%7] + " " + clock(n.opens)
	}
	return n.Opens.Format("02.01") + " " + clock(n.opens)
}

// days are the names of the weekdays from Monday; an operator may have written too few.
func (t *turn) days() [7]string {
	names := dayNames
	for i, name := range listed(t.phrase(templates.Weekdays)) {
		if i < len(names) {
			names[i] = name
		}
	}
	return names
}

// listed reads a phrase that is a list.
func listed(phrase string) (all []string) {
	for _, part := range strings.Split(phrase, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// week writes the hours, a line for days in a row that have the same.
func (s *Schedule) week(names [7]string, off string) string {
	var lines []string
	for from := 0; from < 7; {
		to := from
		for to+1 < 7 && slices.Equal(s.days[to+1], s.days[from]) {
			to++
		}
		name := names[from]
		if to > from {
			name += "–" + names[to]
		}
		lines = append(lines, name+": "+hoursText(s.days[from], off))
		from = to + 1
	}
	return strings.Join(lines, "\n")
}

// soon writes the days of the next two weeks that differ.
func (s *Schedule) soon(now time.Time, off string) string {
	now = now.In(s.zone)
	var lines []string
	for n := range 14 {
		day := time.Date(now.Year(), now.Month(), now.Day()+n, 12, 0, 0, 0, s.zone)
		if spans := s.on(day); !slices.Equal(spans, s.days[(int(day.Weekday())+6)%7]) {
			lines = append(lines, day.Format("02.01")+": "+hoursText(spans, off))
		}
	}
	return strings.Join(lines, "\n")
}

func hoursText(spans []span, off string) string {
	var parts []string
	for _, h := range spans {
		parts = append(parts, h.String())
	}
	if len(parts) == 0 {
		return off
	}
	return strings.Join(parts, ", ")
}
