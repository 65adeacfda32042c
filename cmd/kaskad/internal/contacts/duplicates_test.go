package contacts

import (
	"fmt"
	"testing"
	"time"

	"kaskad/bots"
)

func TestLikeness(t *testing.T) {
	const phone = "+380501112233"
	chat := []bots.ContactAddress{{Address: bots.Address{Channel: bots.Telegram, ID: "42"}}}
	for name, c := range map[string]struct {
		a, b  bots.Contact
		want  string
		score int
	}{
		"nothing in common":                       {bots.Contact{Name: "Olena", Phone: phone}, bots.Contact{Name: "Ivan", Phone: "+380671110000"}, "[]", 0},
		"nothing known of either":                 {bots.Contact{}, bots.Contact{}, "[]", 0},
		"a phone that both were told to have":     {bots.Contact{Phone: phone}, bots.Contact{Phone: phone}, "[{same_phone 80}]", 80},
		"a phone that one of them claims":         {bots.Contact{Phone: phone}, bots.Contact{Phone: phone, PhoneClaimed: true}, "[{same_phone_claimed 90}]", 90},
		"a mail address, in other letters":        {bots.Contact{Email: "Olena@Example.com"}, bots.Contact{Email: "olena@example.com"}, "[{same_email 70}]", 70},
		"a card number, with zeros before it":     {bots.Contact{ExternalID: "00C-1"}, bots.Contact{ExternalID: "c-1"}, "[{same_external_id 60}]", 60},
		"a name alone says nothing":               {bots.Contact{Name: "Olena Koval"}, bots.Contact{Name: "Olena Koval"}, "[]", 0},
		"a name, the words turned round, a phone": {bots.Contact{Name: "Olena Koval", Phone: phone}, bots.Contact{Name: "koval olena", Phone: phone}, "[{same_phone 80} {same_name 5}]", 85},
		"a name, and the end of a phone":          {bots.Contact{Name: "Olena", Phone: phone}, bots.Contact{Name: "Olena", Phone: "+380671112233"}, "[{same_name_and_digits 70}]", 70},
		"a name, and three digits":                {bots.Contact{Name: "Olena", Phone: phone, ExternalID: "1"}, bots.Contact{Name: "Olena", Phone: "+380671114233", ExternalID: "2"}, "[]", 0},
		"a name that one has from a messenger":    {bots.Contact{Name: "Olena", ExternalID: "C-1"}, bots.Contact{Name: "Olena", Addresses: chat}, "[{messenger_name 20}]", 20},
		"a stranger whose chat has moved":         {bots.Contact{Name: "Olena"}, bots.Contact{Name: "Olena", Addresses: chat}, "[]", 0},
		"a phone of one that was absorbed":        {bots.Contact{Phone: "+380671112233", Names: []bots.Ref{{Kind: "phone", Value: phone}}}, bots.Contact{Phone: phone}, "[{same_phone 80}]", 80},
		"one that the absorbed one claimed":       {bots.Contact{Names: []bots.Ref{{Kind: bots.NameClaimed, Value: phone}}}, bots.Contact{Phone: phone}, "[{same_phone_claimed 90}]", 90},
		"a card and a mail of absorbed ones":      {bots.Contact{Names: []bots.Ref{{Kind: "ext", Value: "c-1"}, {Kind: bots.NameEmail, Value: "a@b.c"}}}, bots.Contact{Names: []bots.Ref{{Kind: bots.NameEmail, Value: "A@b.c"}, {Kind: "ext", Value: "C-1"}}}, "[{same_email 70} {same_external_id 60}]", 100},
		"everything is no surer than sure":        {bots.Contact{Name: "O", Phone: phone, Email: "a@b.c", ExternalID: "1"}, bots.Contact{Name: "O", Phone: phone, Email: "a@b.c", ExternalID: "01"}, "[{same_phone 80} {same_email 70} {same_external_id 60} {same_name 5}]", 100},
		"two people on a phone, other names":      {bots.Contact{Name: "Olena", Phone: phone}, bots.Contact{Name: "Ivan", Phone: phone}, "[{same_phone 80}]", 80},
		"no phone of both is no phone in common":  {bots.Contact{Name: "Olena", Email: "a@b.c"}, bots.Contact{Name: "Olena", Email: "d@b.c"}, "[]", 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][2]*bots.Contact{{&c.a, &c.b}, {&c.b, &c.a}} {
				got := Likeness(pair[0], pair[1])
				if fmt.Sprint(got) != c.want || Score(got) != c.score {
					t.Errorf("%v comes to %d, want %s, %d, whoever is first", got, Score(got), c.want, c.score)
				}
			}
		})
	}
}

// A list that still has two apart who are one person changes nothing of the kept one's own words, and fills what is empty.
func TestAListThatNamesAnAbsorbedContact(t *testing.T) {
	told := func(id string) Change {
		name, phone, email, locale := "From the list", "+380671112233", "list@example.com", "uk"
		return Change{ExternalID: &id, Name: &name, Phone: &phone, Email: &email, Locale: &locale}
	}
	for name, c := range map[string]struct {
		id   string
		have bots.Contact
		want string
	}{
		"by the absorbed one's number the kept one's words stand": {"C-2", bots.Contact{ExternalID: "C-1", Name: "Olena", Phone: "+380501112233", Email: "o@example.com"}, "C-1 Olena +380501112233 o@example.com uk"},
		"and what the kept one has not is filled":                 {"C-2", bots.Contact{ExternalID: "C-1"}, "C-1 From the list +380671112233 list@example.com uk"},
		"by its own number the list's words stand":                {"C-1", bots.Contact{ExternalID: "C-1", Name: "Olena", Phone: "+380501112233", Email: "o@example.com"}, "C-1 From the list +380671112233 list@example.com uk"},
	} {
		t.Run(name, func(t *testing.T) {
			checked, err := told(c.id).Check("UA", time.Unix(9, 0), true)
			if err != nil {
				t.Fatal(err)
			}
			to := c.have
			to.Names = []bots.Ref{{Kind: "ext", Value: "C-2"}}
			if err := checked.Apply(&to, "key:crm", time.Unix(9, 0)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(to.ExternalID, " ", to.Name, " ", to.Phone, " ", to.Email, " ", to.Locale); got != c.want {
				t.Errorf("the contact is %s, want %s", got, c.want)
			}
		})
	}
}
