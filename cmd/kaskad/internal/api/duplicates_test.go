package api_test

import (
	"encoding/json"
	"fmt"
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
