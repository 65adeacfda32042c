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

// PhoneZones are the time zones in which a number in E.164 may be, in the order of their names; none: nobody knows. A mobile number says
// nothing of a place within its country where mobile numbers have no area codes, though the tables know one: its zones are all of the
// country's.
func PhoneZones(number string) []string {
	if len(number) < 2 || number[0] != '+' || strings.Trim(number[1:], "0123456789") != "" {
		return nil
	}
	zones := zonesOfPrefix(number)
	if len(zones) > 0 {
		if all := mobileZones(number); len(all) > len(zones) {
			return all
		}
	}
	return zones
}

func zonesOfPrefix(prefix string) []string {
	zones, err := phonenumbers.GetTimezonesForPrefix(prefix)
	if err != nil || slices.Contains(zones, phonenumbers.UNKNOWN_TIMEZONE) {
		return nil
	}
	return slices.Clone(zones)
}

// mobileZones are all zones of a mobile number's country; none where the number tells more, or where the country has the calling code
// of another: then the tables know the country by its numbers.
func mobileZones(number string) []string {
	code, all := callingCode(number)
	if len(all) < 2 || areaCodes(code) {
		return nil
	}
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil || phonenumbers.GetNumberType(parsed) != phonenumbers.MOBILE {
		return nil
	}
	country := phonenumbers.GetRegionCodeForNumber(parsed)
	if country != phonenumbers.GetRegionCodeForCountryCode(code) {
		return nil
	}
	own := slices.Clone(all)
	for _, other := range phonenumbers.GetRegionCodesForCountryCode(code) {
		if example := phonenumbers.GetExampleNumber(other); other != country && example != nil {
			theirs := zonesOfPrefix(phonenumbers.Format(example, phonenumbers.E164))
			own = slices.DeleteFunc(own, func(zone string) bool { return slices.Contains(theirs, zone) })
		}
	}
	return own
}

// callingCode is that of a number, and all zones in which it is used.
func callingCode(number string) (code int, zones []string) {
	for n := 2; n <= min(4, len(number)); n++ {
		code, err := strconv.Atoi(number[1:n])
		if err == nil && len(phonenumbers.GetRegionCodesForCountryCode(code)) > 0 {
			return code, zonesOfPrefix(number[:n])
		}
	}
	return 0, nil
}

// areaCodes reports whether mobile numbers of a calling code begin with that of a place: of Mexico, Argentina and Brazil. Those of North
// America do, too, and are of no type by which they are known from others.
func areaCodes(code int) bool { return code == 52 || code == 54 || code == 55 }
