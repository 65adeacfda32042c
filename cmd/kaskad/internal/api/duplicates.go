package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

// How much one page of duplicates looks at.
const (
	duplicatesRead   = 500                    // people
	duplicatesTime   = 500 * time.Millisecond // of searching
	duplicatesSearch = 20                     // people that one search gives
)

type duplicatesIn struct {
	Page
	Contact string `query:"contact" maxLength:"300" doc:"REF of a person: only pairs with this one"`
}

// Duplicate is a pair of contacts that may be one person.
type Duplicate struct {
	ID      string            `json:"id" doc:"For POST /v1/duplicates/{id}/dismiss" example:"000tx16efrj00-000tx16efrj02"`
	Score   int               `json:"score" doc:"1 to 100: how much speaks for it"`
	Reasons []DuplicateReason `json:"reasons" nullable:"false"`
	Older   Contact           `json:"older"`
	Newer   Contact           `json:"newer"`
}

// DuplicateReason is one thing that speaks for it.
type DuplicateReason struct {
	Reason string `json:"reason" enum:"same_phone,same_phone_claimed,same_email,same_external_id,same_name,same_name_and_digits,messenger_name"`
	Score  int    `json:"score"`
}

type duplicatesOut struct {
	Body struct {
		List[Duplicate]
		Searched bool `json:"searched" doc:"false: the index of people could not be asked, so that pairs by e-mail and name may be missing"`
	}
}

// duplicates reads people, the newest first, and looks for who else may be each of them. A page may be short, or empty, and have a next.
func (a *API) duplicates(ctx context.Context, in *duplicatesIn) (*duplicatesOut, error) {
	out := &duplicatesOut{}
	out.Body.Items, out.Body.Searched = []Duplicate{}, true
	if in.Contact != "" {
		c, err := a.find(ctx, in.Contact)
		if err != nil {
			return nil, err
		}
		return out, a.pairsOf(ctx, c, true, out)
	}
	until := time.Now().Add(duplicatesTime)
	cursor := in.Cursor
	for read := 0; read < duplicatesRead; read++ {
		page, next, err := a.Store.Contacts(ctx, ContactFilter{}, cursor, 1)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if err := a.pairsOf(ctx, c, false, out); err != nil {
				return nil, err
			}
		}
		if cursor = next; cursor == "" || len(out.Body.Items) >= in.Limit || time.Now().After(until) {
			break
		}
	}
	out.Body.Next = cursor
	return out, nil
}

// pairsOf adds the pairs of a person: with older ones, or with all.
func (a *API) pairsOf(ctx context.Context, c *bots.Contact, all bool, out *duplicatesOut) error {
	ids, err := a.alike(ctx, c, &out.Body.Searched)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id == c.ID || id > c.ID && !all {
			continue
		}
		other, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: id.String()})
		if err != nil {
			return err
		}
		if other == nil || other.ID == c.ID {
			continue
		}
		reasons := contacts.Likeness(c, other)
		if len(reasons) == 0 {
			continue
		}
		dismissed, err := a.dismissed(ctx, c, other)
		if err != nil {
			return err
		}
		if !dismissed {
			out.Body.Items = append(out.Body.Items, a.duplicate(c, other, reasons))
		}
	}
	return nil
}

// dismissed reports whether somebody said that two contacts, or any two of whom they absorbed, are two people.
func (a *API) dismissed(ctx context.Context, c, other *bots.Contact) (bool, error) {
	for _, one := range append([]bots.ID{c.ID}, c.Merged...) {
		for _, two := range append([]bots.ID{other.ID}, other.Merged...) {
			if not, err := a.Store.NotSame(ctx, one, two); not || err != nil {
				return not, err
			}
		}
	}
	return false, nil
}

func (a *API) duplicate(c, other *bots.Contact, reasons []contacts.Reason) Duplicate {
	if c.ID < other.ID {
		c, other = other, c
	}
	d := Duplicate{ID: other.ID.String() + "-" + c.ID.String(), Score: contacts.Score(reasons), Older: a.showContact(other), Newer: a.showContact(c)}
	for _, r := range reasons {
		d.Reasons = append(d.Reasons, DuplicateReason{r.What, r.Score})
	}
	slices.SortFunc(d.Reasons, func(a, b DuplicateReason) int { return cmp.Compare(b.Score, a.Score) })
	return d
}

// alike are the contacts that may be a person: those with the same phone or a like external id, which is certain to find them, and those
// that a search for the e-mail and the name gives.
func (a *API) alike(ctx context.Context, c *bots.Contact, searched *bool) (ids []bots.ID, err error) {
	refs := []bots.Ref{}
	for _, phone := range contacts.Phones(c) {
		refs = append(refs, bots.Ref{Kind: "phone", Value: phone})
	}
	for _, card := range contacts.Cards(c) {
		for _, v := range contacts.Variants(card) {
			refs = append(refs, bots.Ref{Kind: "ext", Value: v})
		}
	}
	for _, ref := range refs {
		owners, err := a.Store.Owners(ctx, ref, contacts.MostSharers+1)
		if err != nil {
			return nil, err
		}
		if len(owners) <= contacts.MostSharers { // else it says nothing of anybody: the shop's own number, or one made up
			ids = append(ids, owners...)
		}
	}
	for _, q := range contacts.Emails(c) {
		found, _ := a.searchAlike(ctx, q, searched)
		ids = append(ids, found...)
	}
	if !contacts.Emptied(c) {
		named, whole := a.searchAlike(ctx, c.Name, searched)
		if n := len(c.Phone); !whole && c.Name != "" && n > 4 { // a common name: of all who have it, those with a like phone
			like, _ := a.searchAlike(ctx, c.Name+" "+c.Phone[n-4:], searched)
			named = append(named, like...)
		}
		ids = append(ids, named...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// searchAlike asks the index; what it cannot look for finds nobody. whole: there are no others with these words.
func (a *API) searchAlike(ctx context.Context, words string, searched *bool) (ids []bots.ID, whole bool) {
	if strings.TrimSpace(words) == "" {
		return nil, false
	}
	search, err := a.searcher()
	if err != nil {
		*searched = false
		return nil, false
	}
	*searched = *searched && late(ctx, search) == ""
	found, next, err := search.People(ctx, words, time.Time{}, "", duplicatesSearch)
	if unfit := foreseen(err); err != nil && (unfit == nil || unfit.Code == "search_not_ready") {
		*searched = false
	}
	for _, c := range found {
		ids = append(ids, c.ID)
	}
	return ids, err == nil && next == ""
}

type dismissIn struct {
	Pair string `path:"pair" maxLength:"30" doc:"Id of the pair: the ids of both contacts with a hyphen between them"`
}

type dismissOut struct {
	Body struct {
		ID        string `json:"id"`
		Dismissed bool   `json:"dismissed"`
	}
}

// dismiss remembers that two contacts are two people.
func (a *API) dismiss(ctx context.Context, in *dismissIn) (*dismissOut, error) {
	one, other, _ := strings.Cut(in.Pair, "-")
	var ids [2]bots.ID
	for i, s := range []string{one, other} {
		id, err := bots.ParseID(s)
		if err != nil {
			return nil, problemOfPair()
		}
		c, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: s})
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, problemOfPair()
		}
		ids[i] = id
	}
	doing(ctx).contact, doing(ctx).with = ids[0], ids[1]
	if err := a.Store.PutNotSame(ctx, ids[0], ids[1], caller(ctx)); err != nil {
		return nil, err
	}
	out := &dismissOut{}
	out.Body.ID, out.Body.Dismissed = in.Pair, true
	return out, nil
}

func problemOfPair() *Problem {
	return problem(404, "unknown_contact", "pair", "No two contacts have these ids. Pairs are listed by GET /v1/duplicates, with their id.")
}
