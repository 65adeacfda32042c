package fallback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Days is what makes days of a cascade differ: hours of their own, days of the week on which nothing is sent, holidays. It does not
// change.
type Days struct {
	Hours    []DayHours // at most one for each day of the week
	Off      uint32     // a bit for each day of the week on which nothing is sent
	Dates    []int      // further such days, in order, counted from 1970-01-01: those of the person's country that are near
	Holidays HolidayRule
}

// DayHours are the quiet hours of one day of the week. The day is quiet before To and from From on; where From is before To, between
// them.
type DayHours struct {
	Day      time.Weekday
	From, To int // minutes after midnight
}

// HolidayRule says whether a cascade keeps holidays.
type HolidayRule uint8

// The rules.
const (
	HolidaysUsual HolidayRule = iota // marketing does
	HolidaysKept
	HolidaysWorked
)

// Calendar are the operator's holidays by country (ISO 3166); under EveryCountry those of all.
type Calendar map[string][]Holiday

// EveryCountry is the key of holidays that are kept everywhere.
const EveryCountry = "all"

// Holiday is a day on which nothing is sent; Year 0: in every year.
type Holiday struct {
	Year  int
	Month time.Month
	Day   int
}

// holidaysAhead is how far a delivery knows its holidays. Clocks that stand still may keep it open for longer than its deadline.
const holidaysAhead = 400

// of is what a cascade's days are for a delivery to a person, from about a time on.
func (days *Days) of(p Purpose, c *bots.Contact, r *Rules, from time.Time) *Days {
	rule := HolidaysUsual
	if days != nil {
		rule = days.Holidays
	}
	if !p.Quiet() || len(r.Holidays) == 0 || rule == HolidaysWorked || rule == HolidaysUsual && p != Marketing {
		return days
	}
	dates := r.Holidays.near(countryOf(phoneOf(c), r), from)
	if len(dates) == 0 {
		return days
	}
	own := Days{Dates: dates}
	if days != nil {
		own.Hours, own.Off, own.Holidays = days.Hours, days.Off, days.Holidays
	}
	return &own
}

// near are the holidays of a country from the day before a time on, in order.
func (all Calendar) near(country string, from time.Time) (dates []int) {
	first := dayNumber(from.Date()) - 1
	for _, key := range [...]string{EveryCountry, country} {
		for _, h := range all[key] {
			years := []int{h.Year}
			if h.Year == 0 {
				years = []int{from.Year() - 1, from.Year(), from.Year() + 1, from.Year() + 2}
			}
			for _, y := range years {
				n := dayNumber(y, h.Month, h.Day)
				if exists(y, h.Month, h.Day) && n >= first && n < first+holidaysAhead {
					dates = append(dates, n)
				}
			}
		}
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}

// exists leaves out the 29th of February of most years.
func exists(y int, m time.Month, d int) bool {
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day() == d
}

// dayNumber counts days, whatever the zone.
func dayNumber(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// off reports whether nothing is sent on a day.
func (days *Days) off(y int, m time.Month, d int) bool {
	n := dayNumber(y, m, d)
	_, listed := slices.BinarySearch(days.Dates, n)
	return listed || days.Off&(1<<weekday(n)) != 0
}

// weekday of a day: the first of January 1970 was a Thursday.
func weekday(n int) time.Weekday { return time.Weekday(((n+4)%7 + 7) % 7) }

// spans gives the quiet times of one local day; usual are the cascade's hours, own the person's. Where both would leave too little of
// this day, the person's count alone.
func (days *Days) spans(usual, own Quiet, y int, m time.Month, d int, zone *time.Location, f func(Span)) {
	span := func(from, to int) Span { return Span{firstAt(y, m, d, from, zone), lastAt(y, m, d, to, zone)} }
	if days.off(y, m, d) {
		f(span(0, dayMinutes))
		return
	}
	w := weekday(dayNumber(y, m, d))
	for _, h := range days.Hours {
		if h.Day == w {
			usual.From, usual.To = h.From, h.To
		}
	}
	switch {
	case !usual.On() || own.On() && alone(usual, own):
	case usual.From < usual.To:
		f(span(usual.From, usual.To))
	default:
		f(span(0, usual.To))
		f(span(usual.From, dayMinutes))
	}
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseDay reads a day of the week.
func parseDay(s string) (time.Weekday, error) {
	if i := slices.Index(dayNames[:], strings.ToLower(s)); i >= 0 {
		return time.Weekday(i), nil
	}
	return 0, fmt.Errorf("%q is no day of the week: write mon, tue, wed, thu, fri, sat or sun", s)
}

// days reads what differs by day; nil: nothing does.
func (b *builder) days(q *QuietConfig) *Days {
	if q == nil || len(q.Days) == 0 && len(q.Weekdays) == 0 && q.Holidays == nil {
		return nil
	}
	out := &Days{}
	for i, name := range q.Days {
		day, err := parseDay(name)
		if err != nil {
			b.fault(fmt.Sprintf("quiet_hours.days[%d]", i), "%v", err)
			continue
		}
		out.Off |= 1 << day
	}
	for _, name := range slices.Sorted(maps.Keys(q.Weekdays)) {
		key := "quiet_hours.weekdays." + name
		day, err := parseDay(name)
		if err != nil {
			b.fault(key, "%v", err)
			continue
		}
		h := DayHours{day, b.clockTime(key+".from", q.Weekdays[name].From), b.clockTime(key+".to", q.Weekdays[name].To)}
		if (Quiet{From: h.From, To: h.To}).minutes() > maxNight {
			b.fault(key, "leave at least %d hours in which something may be sent, or write the day into days", dayMinutes/60-maxNight/60)
		}
		if out.Off&(1<<day) != 0 {
			b.warn(key, "has no effect: the whole day is in days")
		}
		out.Hours = append(out.Hours, h)
	}
	if out.Off == 1<<7-1 {
		b.fault("quiet_hours.days", "is every day of the week: nothing would ever be sent; leave a day out")
	}
	if q.Holidays != nil {
		if out.Holidays = HolidaysWorked; *q.Holidays {
			out.Holidays = HolidaysKept
		}
	}
	return out
}

// closed warns of a cascade that may be shut for longer than its deadline: the deadline waits, and some have planned otherwise.
func (b *builder) closed(c *Cascade) {
	if c.Days == nil || c.Days.Off == 1<<7-1 {
		return
	}
	clock, longest := Clock{Quiet: c.Quiet, Days: c.Days}, time.Duration(0)
	monday := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	for t := monday; t.Before(monday.AddDate(0, 0, 14)); {
		until, quiet := clock.QuietUntil(t)
		if quiet {
			longest = max(longest, until.Sub(t))
		} else if next, ok := clock.nextStop(t); ok {
			until = next
		} else {
			break
		}
		t = until
	}
	if longest > c.Deadline {
		b.warn("quiet_hours", "nothing may be sent for %d hours on end, which is longer than the deadline of %s: the deadline counts open time alone, so that messages go out days later; write a longer one to show that this is meant", int(longest.Hours()), FormatDuration(c.Deadline))
	}
}

// Calendar reads [holidays], and says what is wrong in it.
func (c *Config) Calendar() (Calendar, []ConfigFault) {
	if len(c.Holidays) == 0 {
		return nil, nil
	}
	all, faults := Calendar{}, []ConfigFault(nil)
	for _, country := range slices.Sorted(maps.Keys(c.Holidays)) {
		path := "holidays." + country
		if country != EveryCountry && !bots.IsCountry(country) {
			faults = append(faults, ConfigFault{Path: path, Problem: fmt.Sprintf("%q is no country: write a code such as UA, or %s", country, EveryCountry)})
		}
		for i, text := range c.Holidays[country] {
			h, err := parseHoliday(text)
			if err != nil {
				faults = append(faults, ConfigFault{Path: fmt.Sprintf("%s[%d]", path, i), Problem: err.Error()})
				continue
			}
			all[country] = append(all[country], h)
		}
	}
	for country := range all {
		if worst := all.worst(country); worst > maxHolidays {
			faults = append(faults, ConfigFault{Path: "holidays." + country, Problem: fmt.Sprintf("%d days in a row: at most %d, or nothing would be sent for too long", worst, maxHolidays)})
		}
	}
	return all, faults
}

// maxHolidays is how many days in a row may be holidays. Clocks are walked day by day while everybody else waits.
const maxHolidays = 31

// worst is how many days in a row are holidays in a country, each date of a single year taken for one of every year.
func (all Calendar) worst(country string) (worst int) {
	var days [2 * 366]bool
	for _, key := range [...]string{EveryCountry, country} {
		for _, h := range all[key] {
			n := time.Date(2024, h.Month, h.Day, 0, 0, 0, 0, time.UTC).YearDay() - 1
			days[n], days[n+366] = true, true
		}
	}
	run := 0
	for _, day := range days {
		if run++; !day {
			run = 0
		}
		worst = max(worst, run)
	}
	return worst
}

func parseHoliday(s string) (Holiday, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Holiday{t.Year(), t.Month(), t.Day()}, nil
	}
	if t, err := time.Parse(time.DateOnly, "2024-"+s); err == nil { // a leap year
		return Holiday{0, t.Month(), t.Day()}, nil
	}
	return Holiday{}, fmt.Errorf("%q is no day: write \"2026-04-12\", or \"12-25\" for every year", s)
}
