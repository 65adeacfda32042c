package contacts

import (
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
