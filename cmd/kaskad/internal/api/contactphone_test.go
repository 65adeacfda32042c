package api

import (
	"testing"
	"time"

	"kaskad/bots"
)

// A phone that WhatsApp alone told is the retailer's once the retailer tells it.
func TestAPhoneThatWhatsAppToldIsTold(t *testing.T) {
	const phone, other = "+380501112233", "+380671112233"
	for name, c := range map[string]struct {
		told  ContactChange
		heard bool
	}{
		"the same":              {ContactChange{Phone: new(phone)}, false},
		"the same as a place":   {ContactChange{Addresses: []AddressChange{{Channel: bots.SMS, ID: phone}}}, false},
		"another":               {ContactChange{Phone: new(other)}, false},
		"none":                  {ContactChange{Phone: new("")}, false},
		"another for its texts": {ContactChange{Addresses: []AddressChange{{Channel: bots.SMS, ID: other}}}, true},
		"something else":        {ContactChange{Name: new("Olena")}, true},
	} {
		change, err := c.told.check("UA", time.Unix(1, 0))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		person := bots.Contact{Phone: phone, PhoneHeard: true}
		if change.apply(&person, time.Unix(2, 0)); person.PhoneHeard != c.heard {
			t.Errorf("told %s: WhatsApp's alone %v, want %v", name, person.PhoneHeard, c.heard)
		}
	}
}
