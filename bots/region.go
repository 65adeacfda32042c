package bots

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Where a number belongs, as far as the number itself tells. The tables are those of libphonenumber; the one of zones is read at the
// first question (some milliseconds, 200 KB), a question after that costs less than a microsecond.

// PhoneCountry is the country (ISO 3166) of a number in E.164; empty: of none, or nobody knows. Where several share a calling code the
// number has to be looked at as a whole, which costs more.
func PhoneCountry(number string) string {
	digits, ok := strings.CutPrefix(number, "+")
	if !ok {
		return ""
	}
	for n := 1; n <= min(3, len(digits)); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err != nil {
			return ""
		}
		switch regions := phonenumbers.GetRegionCodesForCountryCode(code); len(regions) {
		case 0:
			continue
		case 1:
			return geographic(regions[0])
		}
		if parsed, err := phonenumbers.Parse(number, ""); err == nil {
			return geographic(phonenumbers.GetRegionCodeForNumber(parsed))
		}
		return ""
	}
	return ""
}

// geographic leaves out what is no country: satellites, freephone numbers.
func geographic(region string) string {
	if len(region) != 2 || region == "ZZ" {
		return ""
	}
	return region
}

// IsCountry reports whether there are phones of a country (ISO 3166, in capitals).
func IsCountry(s string) bool {
	return len(s) == 2 && phonenumbers.GetCountryCodeForRegion(s) != 0
}

// PhoneZones are the time zones in which a number in E.164 may be, in the order of their names; none: nobody knows.
func PhoneZones(number string) []string {
	if len(number) < 2 || number[0] != '+' || strings.Trim(number[1:], "0123456789") != "" {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForPrefix(number)
	if err != nil || slices.Contains(zones, phonenumbers.UNKNOWN_TIMEZONE) {
		return nil
	}
	return slices.Clone(zones)
}
