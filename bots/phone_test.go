package bots_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"kaskad/bots"
)

func TestPhone(t *testing.T) {
	cases := map[string]struct{ input, country, want string }{
		"E.164":                                  {"+380501112233", "", "+380501112233"},
		"as people write it":                     {" +38 (050) 111-22-33 ", "RU", "+380501112233"},
		"the country's own":                      {"0501112233", "UA", "+380501112233"},
		"the country in small letters":           {"0501112233", "ua", "+380501112233"},
		"without the trunk zero":                 {"501112233", "UA", "+380501112233"},
		"behind the old 8 of Ukraine":            {"80501112233", "UA", "+380501112233"},
		"behind the old 8 of Belarus":            {"80291234567", "BY", "+375291234567"},
		"plus forgotten, own country":            {"380501112233", "UA", "+380501112233"},
		"plus forgotten, another country":        {"380501112233", "RU", "+380501112233"},
		"plus forgotten, open numbering":         {"380501112233", "DE", "+380501112233"},
		"plus forgotten, no country":             {"380501112233", "", "+380501112233"},
		"with 00":                                {"00380501112233", "RU", "+380501112233"},
		"the 8 of Russia":                        {"89161234567", "RU", "+79161234567"},
		"Russian, plus forgotten, in Ukraine":    {"79161234567", "UA", "+79161234567"},
		"Kazakh behind 8":                        {"87011234567", "KZ", "+77011234567"},
		"a mobile without trunk digit, in China": {"13012345678", "CN", "+8613012345678"},
		"the same digits in the USA":             {"13012345678", "US", "+13012345678"},
		"a landline":                             {"0441234567", "UA", "+380441234567"},
		"no-break spaces and a long dash":        {"+380\u00a050\u202f111–22–33", "", "+380501112233"},

		"no country to place it in":    {"0501112233", "", ""},
		"another country's trunk form": {"80501112233", "RU", ""},
		"a plus before a trunk zero":   {"+0501112233", "UA", ""},
		"too short":                    {"123", "UA", ""},
		"too long":                     {"380501112233380501112233", "UA", ""},
		"no such number":               {"+380123", "UA", ""},
		"letters":                      {"SHOP", "UA", ""},
		"an extension":                 {"+380501112233 ext 5", "UA", ""},
		"two numbers":                  {"0501112233, 0671112233", "UA", ""},
		"a plus inside":                {"050+1112233", "UA", ""},
		"nothing":                      {"", "UA", ""},
		"no such country":              {"0501112233", "Ukraine", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := bots.Phone(tc.input, tc.country)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Fatalf("Phone(%q, %q) = %q, %v; want %q", tc.input, tc.country, got, err, tc.want)
			}
			if err != nil && (!strings.Contains(err.Error(), "+380501112233") || tc.input != "" && strings.Contains(strings.ReplaceAll(err.Error(), "+380501112233", ""), tc.input)) {
				t.Errorf("the error does not say what is accepted, or repeats the number: %v", err)
			}
		})
	}
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"+380501112233", "80501112233", "050 111 22 33", "SHOP", "+", "00", "１２３"} {
		f.Add(seed, "UA")
	}
	f.Add("13012345678", "CN")
	f.Add("0501112233", "")
	f.Fuzz(func(t *testing.T, input, country string) {
		got, err := bots.Phone(input, country)
		if err != nil {
			return
		}
		again, err := bots.Phone(got, country)
		if err != nil || again != got || got[0] != '+' {
			t.Errorf("Phone(%q, %q) = %q, which reads as %q, %v", input, country, got, again, err)
		}
	})
}

func TestMessengerPhone(t *testing.T) {
	for number, want := range map[string]string{
		"380501112233": "+380501112233", "+380501112233": "+380501112233", "+38 (050) 111-22-33": "+380501112233",
		"9995551234567": "+9995551234567", // no country that our tables know
		"":              "", "0501112233": "", "38050": "", "3805011122334455": "", "call me": "", "380501112233x1": "",
	} {
		if got := bots.MessengerPhone(number); got != want {
			t.Errorf("MessengerPhone(%q) = %q, want %q", number, got, want)
		}
	}
}

// Mobiles of Ukraine are known by a shorter way; it must find what the long one does, whatever operator they are of.
func TestTheShortWayToAPhoneFindsWhatTheLongOneDoes(t *testing.T) {
	for prefix := range 1000 {
		number := fmt.Sprintf("+380%03d112233", prefix)
		want := ""
		if n, err := phonenumbers.Parse(number, ""); err == nil && phonenumbers.IsValidNumber(n) {
			want = phonenumbers.Format(n, phonenumbers.E164)
		}
		for _, written := range []string{number, "0" + number[4:]} {
			if got, _ := bots.Phone(written, "UA"); got != want && written == number || got != want && want != "" {
				t.Errorf("Phone(%s) = %q, want %q", written, got, want)
			}
		}
	}
}

// The short way to a mobile of Ukraine finds what the library finds, and nothing else: of each code that there can be, with numbers in
// no order behind it.
func TestMobilesOfUkraineAreThoseOfTheLibrary(t *testing.T) {
	for code := range 1000 {
		for k := range 20 {
			number := fmt.Sprintf("+380%03d%06d", code, (k*123_457+k*k*7_919)%1_000_000)
			want := ""
			if n, err := phonenumbers.Parse(number, ""); err == nil && phonenumbers.GetNumberType(n) != phonenumbers.UNKNOWN {
				want = phonenumbers.Format(n, phonenumbers.E164)
			}
			if got, err := bots.Phone(number, "UA"); got != want || (err == nil) != (want != "") {
				t.Fatalf("Phone(%q) = %q, %v; the library says %q", number, got, err, want)
			}
		}
	}
}
