package templates

import (
	"strconv"
	"strings"
	"time"
)

// The ways to write a date, besides the whole one: "3 травня 2026".
const (
	dayStyle   = "day"   // 3 травня
	shortStyle = "short" // 03.05.2026
	timeStyle  = "time"  // 18:30
	isoStyle   = "iso"   // 2026-05-03
)

// months are the names of months as they stand in a date.
func months(locale string) []string {
	base, _, _ := strings.Cut(locale, "-")
	return strings.Fields(map[string]string{
		"uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
		"ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
		"en": "January February March April May June July August September October November December",
		"pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
	}[base])
}

// dateForms are the ways dates are sent: a day, or a time, which is shown in the offset it was written with.
var dateForms = []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"}

// dated prints a date. The problem is empty when it can be printed.
func dated(value any, locale, style string) (text, problem string) {
	if t, ok := value.(time.Time); ok { // an example in TOML
		return dateIn(t, locale, style), ""
	}
	text, problem = printed(value)
	if problem != "" {
		return "", problem
	}
	for _, form := range dateForms {
		t, err := time.Parse(form, strings.TrimSpace(text))
		if err != nil {
			continue
		}
		if style == timeStyle && form == time.DateOnly {
			return "", "is a date without a time"
		}
		return dateIn(t, locale, style), ""
	}
	return "", "is not a date like 2026-05-03 or 2026-05-03T18:30:00+03:00"
}

func dateIn(t time.Time, locale, style string) string {
	names := months(locale)
	switch {
	case style == timeStyle:
		return t.Format("15:04")
	case style == isoStyle || len(names) != 12:
		return t.Format(time.DateOnly)
	case style == shortStyle && strings.HasPrefix(locale, "en"):
		return strconv.Itoa(t.Day()) + " " + names[t.Month()-1][:3] + " " + t.Format("2006") // 03/05 is two days
	case style == shortStyle:
		return t.Format("02.01.2006")
	}
	day := strconv.Itoa(t.Day()) + "\u00a0" + names[t.Month()-1]
	if locale == "en-us" {
		day = names[t.Month()-1] + "\u00a0" + strconv.Itoa(t.Day())
	}
	switch {
	case style == dayStyle:
		return day
	case locale == "en-us":
		return day + ", " + t.Format("2006")
	}
	return day + " " + t.Format("2006")
}

func dateFault(s slot, locale string) (problem, fix string) {
	switch s.args {
	case timeStyle, isoStyle:
		return "", ""
	case "", dayStyle, shortStyle:
		if len(months(locale)) == 0 {
			return s.String() + ": dates are written in uk, ru, en and pl only", `write {{date .` + s.name + ` "iso"}}`
		}
		return "", ""
	}
	return s.String() + " is not a way to write a date", `the ways are "day", "short", "time" and "iso"; or none`
}
