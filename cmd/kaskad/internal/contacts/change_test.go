package contacts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// What a person only claimed is the person's own once the retailer tells the same.
func TestATellingEndsAClaim(t *testing.T) {
	const phone = "+380501112233"
	other := "+380509998877"
	same := phone
	for name, c := range map[string]struct {
		change Change
		want   bool // still claimed
	}{
		"the phone":                   {Change{Phone: &same}, false},
		"its address":                 {Change{Addresses: []AddressChange{{Channel: bots.SMS, ID: phone}}}, false},
		"another phone":               {Change{Phone: &other}, false},
		"something else":              {Change{Name: &other}, true},
		"another number for messages": {Change{Addresses: []AddressChange{{Channel: bots.SMS, ID: other}}}, true},
	} {
		person := bots.Contact{Phone: phone, PhoneClaimed: true}
		person.Set(bots.Address{Channel: bots.SMS, ID: phone}, bots.Unverified, time.Unix(1, 0))
		change, err := c.change.Check("UA", time.Unix(2, 0), false)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := change.Apply(&person, "key:test", time.Unix(2, 0)); err != nil || person.PhoneClaimed != c.want {
			t.Errorf("told %s: claimed %v, want %v", name, person.PhoneClaimed, c.want)
		}
	}
}

// What programs write for a day that they do not know is no day on which anybody said anything.
func TestAConsentOfNoDayIsRefused(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	kyiv := time.FixedZone("", 2*60*60)
	for name, c := range map[string]struct {
		at   time.Time
		want bool
	}{
		"a day of this year":            {now.AddDate(0, -1, 0), true},
		"the first day that is taken":   {time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), true},
		"the last of the year before":   {time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), false},
		"the first day of all, as here": {time.Date(1, 1, 1, 0, 0, 0, 0, kyiv), false},
		"a spreadsheet's first day":     {time.Date(1899, 12, 30, 0, 0, 0, 0, kyiv), false},
		"a computer's first day":        {time.Unix(0, 0), false},
		"a clock that is a little fast": {now.Add(time.Minute), true},
		"tomorrow":                      {now.AddDate(0, 0, 1), false},
	} {
		for _, state := range []string{"given", "denied"} {
			told := &ConsentChange{State: state, At: c.at, Source: "form"}
			_, err := Change{Consents: &ConsentsChange{Marketing: told}}.Check("UA", now, false)
			if wrong, ok := errors.AsType[*Invalid](err); (err == nil) != c.want || err != nil && (!ok || wrong.Field != "consents.marketing.at" || !strings.Contains(wrong.Detail, "2000 or later")) {
				t.Errorf("%s, %s: %v", name, state, err)
			}
			if err != nil && c.at.Year() < 2000 && c.at.Year() != 1970 && !strings.Contains(err.(*Invalid).Detail, fmt.Sprintf("of the year %d:", c.at.Year())) {
				t.Errorf("%s, %s: %v, and it was written as of %d", name, state, err, c.at.Year())
			}
		}
	}
}
