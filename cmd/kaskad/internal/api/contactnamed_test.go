package api_test

import (
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// A phone that WhatsApp alone told is the retailer's once the retailer names the person by it.
func TestWhoIsNamedByAPhoneHasItTold(t *testing.T) {
	const phone = "+380507770001"
	d := newDesk(t)
	person, _, err := d.PutContact(t.Context(), bots.Ref{Kind: "phone", Value: phone}, func(c *bots.Contact) error {
		c.PhoneHeard = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ref   string
		heard bool
	}{{person.ID.String(), true}, {"phone:" + phone, false}} {
		if w := d.call(people.Send, "PUT", "/v1/contacts/"+c.ref, `{"name":"Olena"}`); w.Code != 200 {
			t.Fatalf("PUT %s: %d %s", c.ref, w.Code, w.Body)
		}
		if got := d.who(bots.Ref{Kind: "id", Value: person.ID.String()}); got.PhoneHeard != c.heard {
			t.Errorf("named %s: WhatsApp's alone %v, want %v", c.ref, got.PhoneHeard, c.heard)
		}
	}
}
