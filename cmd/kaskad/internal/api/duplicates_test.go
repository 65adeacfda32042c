package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/people"
)

// A phone that a crowd has says nothing of anybody: the shop's own number, typed in where there was none, makes no pair of any two.
func TestAJunkPhoneMakesNoPairs(t *testing.T) {
	for name, c := range map[string]struct{ owners, pairs int }{
		"a family of four":               {4, 6},
		"as many as are told":            {contacts.MostSharers, contacts.MostSharers * (contacts.MostSharers - 1) / 2},
		"one more than that":             {contacts.MostSharers + 1, 0},
		"a crowd, with one other person": {200, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			last := &bots.Contact{}
			for i := range c.owners {
				last = d.person(bots.Contact{Phone: "+380501112233", ExternalID: fmt.Sprint("C-", i, "x")})
			}
			d.person(bots.Contact{Phone: "+380671112233"})
			found, cursor := 0, ""
			for more := true; more; more = cursor != "" {
				var page struct {
					Items []struct{ ID string }
					Next  string
				}
				res := d.call(people.Read, "GET", "/v1/duplicates?limit=100&cursor="+cursor, "")
				if err := json.Unmarshal(res.Body.Bytes(), &page); err != nil || res.Code != 200 {
					t.Fatalf("%d, %v", res.Code, err)
				}
				found, cursor = found+len(page.Items), page.Next
			}
			if found != c.pairs {
				t.Errorf("%d pairs; want %d", found, c.pairs)
			}
			var one struct {
				SharedWith []string `json:"shared_with"`
			}
			res := d.call(people.Read, "GET", "/v1/contacts/"+last.ID.String(), "")
			if err := json.Unmarshal(res.Body.Bytes(), &one); err != nil || len(one.SharedWith) != min(c.owners-1, contacts.MostSharers) {
				t.Errorf("shared with %d, %v; want %d", len(one.SharedWith), err, min(c.owners-1, contacts.MostSharers))
			}
		})
	}
}

// The index is asked no more than it can tell: searches are most of what a list of pairs costs.
func TestWhatIsAskedForPairs(t *testing.T) {
	for name, c := range map[string]struct {
		who  bots.Contact
		next string
		want []string
	}{
		"a name that few have":               {who: bots.Contact{Name: "Olena", Phone: "+380501112233"}, want: []string{"Olena"}},
		"one that many have":                 {who: bots.Contact{Name: "Olena", Phone: "+380501112233"}, next: "more", want: []string{"Olena", "Olena 2233"}},
		"one too short to be looked for":     {who: bots.Contact{Name: "Ян", Phone: "+380501112233"}, want: []string{"Ян", "Ян 2233"}},
		"a mail address, and no name":        {who: bots.Contact{Email: "a@b.c", Phone: "+380501112233"}, want: []string{"a@b.c"}},
		"a stranger whose chat moved":        {who: bots.Contact{Name: "Olena"}},
		"a stranger, with the chat":          {who: bots.Contact{Name: "Olena", Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.Telegram, ID: "42"}}}}, want: []string{"Olena"}},
		"somebody who has a number, no name": {who: bots.Contact{Phone: "+380501112233"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.index.next = c.next
			who := d.person(c.who)
			if res := d.call(people.Read, "GET", "/v1/duplicates?contact="+who.ID.String(), ""); res.Code != 200 {
				t.Fatalf("%d %s", res.Code, res.Body)
			}
			if !slices.Equal(d.index.asked, c.want) {
				t.Errorf("asked for %q, want %q", d.index.asked, c.want)
			}
		})
	}
}

// Of somebody who absorbed another, the names of that one count as well, and so does that somebody said they are two people.
func TestPairsOfWhoAbsorbedAnother(t *testing.T) {
	d := newDesk(t)
	gone := d.id()
	keep := d.person(bots.Contact{ExternalID: "K", Merged: []bots.ID{gone}, Names: []bots.Ref{{Kind: "phone", Value: "+380501112233"}}})
	other := d.person(bots.Contact{ExternalID: "X", Phone: "+380501112233"})
	pairs := func() (ids []string) {
		var page struct{ Items []struct{ ID string } }
		res := d.call(people.Read, "GET", "/v1/duplicates?contact="+keep.ID.String(), "")
		if err := json.Unmarshal(res.Body.Bytes(), &page); err != nil || res.Code != 200 {
			t.Fatalf("%d, %v", res.Code, err)
		}
		for _, p := range page.Items {
			ids = append(ids, p.ID)
		}
		return ids
	}
	if got, want := pairs(), []string{keep.ID.String() + "-" + other.ID.String()}; !slices.Equal(got, want) {
		t.Errorf("pairs %v; want %v", got, want)
	}
	if err := d.PutNotSame(t.Context(), gone, other.ID, "key:test"); err != nil {
		t.Fatal(err)
	}
	if got := pairs(); len(got) != 0 {
		t.Errorf("pairs %v, and somebody said that they are two people", got)
	}
}
