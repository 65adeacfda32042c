package intake

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	given  = "given"
	denied = "denied"
)

// yesOrNo reads what a consent column says.
func yesOrNo(value string) (string, error) {
	switch strings.ToLower(value) {
	case "yes", "y", "true", "1", "+", "так", "да", "є", "given", "opt-in", "subscribed":
		return given, nil
	case "no", "n", "false", "0", "-", "ні", "нет", "denied", "opt-out", "unsubscribed":
		return denied, nil
	}
	return "", errors.New("write yes or no (так or ні); leave it empty where nothing was said")
}

// readStop reads what a column says in which a yes is a no, to everything or to mailings: yes or no, a status, or the day of the stop. Who
// has not stopped it has said nothing by that.
func readStop(value string, zone *time.Location) (state string, day time.Time, err error) {
	switch strings.ToLower(value) {
	case "yes", "y", "true", "1", "+", "так", "да", "stop", "stopped", "стоп", "denied", "opt-out", "opted out", "unsubscribed", "blocked", "blocklisted", "blacklisted", "complained",
		"відписаний", "відписана", "відписався", "відписалася", "відписалась", "відписано", "отписан", "отписана", "отписался", "отписалась":
		return denied, time.Time{}, nil
	case "no", "n", "false", "0", "-", "ні", "нет", "active", "subscribed", "enabled", "confirmed", "given", "opt-in", "opted in",
		"активний", "активна", "активный", "активная", "підписаний", "підписана", "подписан", "подписана":
		return "", time.Time{}, nil
	}
	if day, err := date(value, zone); err == nil {
		return denied, day, nil
	}
	return "", time.Time{}, errors.New("write yes (unsubscribed, так) for whom has stopped it, or the day on which they did; no (active, ні) or nothing for all others")
}

// layouts are the dates that can be read in one way only.
func layouts() []string {
	return []string{
		"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05",
		"02.01.2006", "02.01.2006 15:04", "02.01.2006 15:04:05", "2.1.2006",
	}
}

// date reads a day or a time as people write it, or as a spreadsheet counts it.
func date(value string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t, nil
	}
	for _, layout := range layouts() {
		if t, err := time.ParseInLocation(layout, value, zone); err == nil {
			return t, nil
		}
	}
	if days, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64); err == nil && days >= firstSerial && days < lastSerial {
		return serial(days, zone), nil
	}
	return time.Time{}, errors.New("write a day as 2026-05-04 or 04.05.2026, with a time as 2026-05-04 18:30; 05/04/2026 is another day in another country")
}

// Numbers of days that a consent may have been given on: 1982 to 2092. Others are more likely something else than a day.
const (
	firstSerial = 30_000
	lastSerial  = 70_500
)

// serial is the time that a spreadsheet means by a number of days: they count from 30 December 1899, since 1 March 1900.
func serial(days float64, zone *time.Location) time.Time {
	day := int(days)
	seconds := int((days-float64(day))*24*60*60 + 0.5)
	return time.Date(1899, time.December, 30+day, 0, 0, seconds, 0, zone)
}

// shortened is a number as a spreadsheet shows a long one.
var shortened = regexp.MustCompile(`^([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$`)

var errShortened = errors.New("the spreadsheet has shortened the number, and its last digits are lost: format the column as text, enter the numbers anew and save the list again")

// whole is a number as it was meant: without the apostrophe that makes it a text, and without the exponent, where all digits are there.
func whole(value string) (string, error) {
	value = strings.TrimPrefix(value, "'")
	parts := shortened.FindStringSubmatch(value)
	if parts == nil || parts[2] == "" && !strings.Contains(value, "+") { // 1E5 may be the number of a card
		return value, nil
	}
	zeros, err := strconv.Atoi(parts[3])
	if err != nil || len(parts[2]) != zeros { // with fewer digits some were lost, with more it is a fraction
		return "", errShortened
	}
	return parts[1] + parts[2], nil
}

// phone is a number as the gateway reads it. A ".0" is what programs put behind a number that they took for a fraction.
func phone(value string) (string, error) {
	value, err := whole(value)
	if err != nil {
		return "", err
	}
	for _, point := range []string{".0", ",0"} {
		if rest, ok := strings.CutSuffix(value, point); ok && strings.Trim(rest, "0123456789") == "" {
			return rest, nil
		}
	}
	if strings.ContainsAny(value, ",;/") {
		return "", errors.New("more than one number: write one")
	}
	return value, nil
}
