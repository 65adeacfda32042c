package contacts

import (
	"testing"
	"time"

	"kaskad/bots"
)

// A phone that WhatsApp alone told is the retailer's once the retailer tells it.
func TestAPhoneThatWhatsAppToldIsTold(t *testing.T) {
	const phone, other = "+380501112233", "+380671112233"
	for name, c := range map[string]struct {
		told  Change
		heard bool
	}{
		"the same":              {Change{Phone: new(phone)}, false},
		"the same as a place":   {Change{Addresses: []AddressChange{{Channel: bots.SMS, ID: phone}}}, false},
		"another":               {Change{Phone: new(other)}, false},
		"none":                  {Change{Phone: new("")}, false},
		"another for its texts": {Change{Addresses: []AddressChange{{Channel: bots.SMS, ID: other}}}, true},
		"something else":        {Change{Name: new("Olena")}, true},
	} {
		change, err := c.told.Check("UA", time.Unix(1, 0), false)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		person := bots.Contact{Phone: phone, PhoneHeard: true}
		if err := change.Apply(&person, "key:test", time.Unix(2, 0)); err != nil || person.PhoneHeard != c.heard {
			t.Errorf("told %s: WhatsApp's alone %v, want %v; %v", name, person.PhoneHeard, c.heard, err)
		}
	}
}
