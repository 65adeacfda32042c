package bots

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone reads a phone as people and systems write it and returns it in E.164, "+380501112233". Country (ISO 3166, "UA")
// is where a number without country code belongs; empty: such a number is refused.
//
// With a plus or 00 in front there is one reading. Otherwise a number may be the country's own, or international with
// the plus forgotten, or, in Ukraine and Belarus, the country's own behind the old 8. Among the readings that exist a
// mobile one wins: "13012345678" is a mobile in China and a house in Maryland. The error says which form is accepted and
// does not repeat the number, because it is printed in import reports and logs.
func Phone(input, country string) (string, error) {
	digits, plus, ok := phoneDigits(input)
	if !ok {
		return "", errPhone("is not a phone", country)
	}
	country = strings.ToUpper(country)
	best := ""
	for _, try := range phoneReadings(digits, plus, country) {
		if mobile := plainMobile(try.number); mobile != "" {
			return mobile, nil
		}
		n, err := phonenumbers.Parse(try.number, try.region)
		if err != nil {
			continue
		}
		kind := phonenumbers.GetNumberType(n) // unknown: it is not valid
		if kind == phonenumbers.UNKNOWN {
			continue
		}
		if best == "" || kind == phonenumbers.MOBILE {
			best = phonenumbers.Format(n, phonenumbers.E164)
		}
		if kind == phonenumbers.MOBILE {
			break
		}
	}
	if best == "" {
		return "", errPhone("is no phone that exists", country)
	}
	return best, nil
}

// plainMobile is a number in its one form that is a mobile of Ukraine, as most in a list are; else empty. The library would find nothing
// else, with a dozen regular expressions: a test holds the codes against its tables.
func plainMobile(number string) string {
	rest, ok := strings.CutPrefix(number, "+380")
	if !ok || len(rest) != 9 || strings.Trim(rest, "0123456789") != "" {
		return ""
	}
	switch rest[:2] {
	case "39", "50", "63", "66", "67", "68", "71", "72", "73", "75", "77", "91", "92", "93", "94", "95", "96", "97", "98", "99":
		return number
	case "79":
		if rest[2] == '0' {
			return number
		}
	}
	return ""
}

// Textable reports whether a number in E.164 can take a text at a text's price: a mobile, or one whose tables do not tell it from others. None
// is one that costs whoever calls it, or that rings in a house.
func Textable(phone string) bool {
	if plainMobile(phone) != "" {
		return true
	}
	n, err := phonenumbers.Parse(phone, "")
	if err != nil {
		return false
	}
	kind := phonenumbers.GetNumberType(n)
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

func errPhone(what, country string) error {
	form := "write it as +380501112233, with the country code"
	if country != "" {
		form = fmt.Sprintf("write it with the country code, as +380501112233, or as it is dialled inside %s", country)
	}
	return fmt.Errorf("phone: the value %s; %s", what, form)
}

// phoneDigits takes away what people put between digits. Letters are no part of a phone, though some keypads have them.
func phoneDigits(s string) (digits string, plus, ok bool) {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0 && !plus:
			plus = true
		case strings.ContainsRune(" \t\u00a0\u202f\u2009-‐‑–—().", r):
		default:
			return "", false, false
		}
	}
	n := b.Len()
	return b.String(), plus, 5 <= n && n <= 20
}

type phoneReading struct{ number, region string }

// phoneReadings lists what the digits may mean, likeliest first.
func phoneReadings(digits string, plus bool, country string) []phoneReading {
	if plus {
		return []phoneReading{{"+" + digits, ""}}
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		return []phoneReading{{"+" + rest, ""}}
	}
	international := phoneReading{"+" + digits, ""}
	if country == "" {
		return []phoneReading{international}
	}
	own := phoneReading{digits, country}
	if country == "UA" && len(digits) == 10 && digits[0] == '0' {
		own = phoneReading{"+38" + digits, ""} // the same, dialled from anywhere
	}
	if (country == "UA" || country == "BY") && len(digits) == 11 && strings.HasPrefix(digits, "80") {
		return append(phoneReadings(digits[1:], false, country)[:1], own, international)
	}
	// phonenumbers reads "380501112233" inside Russia as +7380…: so long a number has its country code in front.
	if len(digits) >= 11 && digits[0] != '0' {
		return []phoneReading{international, own}
	}
	return []phoneReading{own, international}
}

// MessengerPhone is a number as a messenger tells it, in E.164: with its country code, with or without the plus. A messenger knows
// its own people's numbers, so that one which our tables do not know is taken as it is. Empty: it is no number.
func MessengerPhone(number string) string {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune("+-() .\u00a0", r):
			return -1
		}
		return 'x'
	}, number)
	if len(digits) < 7 || len(digits) > 15 || strings.Contains(digits, "x") || digits[0] == '0' {
		return ""
	}
	if phone, err := Phone("+"+digits, ""); err == nil {
		return phone // written as in contacts that were imported
	}
	return "+" + digits
}
