package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/search"
)

// FoundPeople is who was found, and in which messages.
type FoundPeople struct {
	People     []json.RawMessage `json:"people"` // contacts, as the API tells them
	Messages   []FoundMessage    `json:"messages"`
	Incomplete string            `json:"incomplete,omitempty"` // why something may be missing
}

// FoundMessage is the newest message of a conversation in which something was found.
type FoundMessage struct {
	Contact   string    `json:"contact"`
	Message   string    `json:"message"`
	Direction string    `json:"direction"`
	Channel   string    `json:"channel"`
	At        time.Time `json:"at"`
	Snippet   string    `json:"snippet"`
}

// FindPeople asks who is found by some words, in the running gateway or, when none runs, here: then the index is brought up to date first,
// and tell hears how far it is.
func FindPeople(ctx context.Context, at Place, words string, limit int, tell func(SearchStatus)) (found *FoundPeople, err error) {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	if gate.app != nil {
		defer gate.app.runSearch(ctx)()
		if err := gate.untilSearched(ctx, tell); err != nil {
			return nil, err
		}
	}
	found = &FoundPeople{People: []json.RawMessage{}, Messages: []FoundMessage{}}
	q := url.Values{"q": {words}, "limit": {fmt.Sprint(limit)}}.Encode()
	if err := gate.findPeople(ctx, q, limit, found); err != nil {
		return nil, err
	}
	err = gate.findMessages(ctx, q, limit, found)
	if p, ok := errors.AsType[*control.Problem](err); ok && p.Code == "search_not_ready" && len(found.People) > 0 {
		return found, nil // people were found without the index, and Incomplete says so
	}
	return found, err
}

// untilSearched waits until the index of a gateway that does not run has everything.
func (g *Gate) untilSearched(ctx context.Context, tell func(SearchStatus)) error {
	for {
		s, err := g.searchStatus(ctx)
		switch {
		case err != nil:
			return err
		case s.State == search.Ready:
			return nil
		case s.State == search.Broken:
			return errors.New(s.Detail)
		}
		tell(s)
		select {
		case <-ctx.Done():
			return g.leftSearch()
		case <-time.After(lookAt / 5):
		}
	}
}

func (g *Gate) findPeople(ctx context.Context, q string, limit int, found *FoundPeople) error {
	met := map[string]bool{}
	return pages(ctx, g, "/v1/contacts?"+q, func(page []json.RawMessage, incomplete string) (more bool, err error) {
		found.Incomplete = cmp.Or(found.Incomplete, incomplete)
		for _, p := range page {
			var who struct{ ID string }
			if err := json.Unmarshal(p, &who); err != nil {
				return false, err
			}
			if len(found.People) < limit && !met[who.ID] { // whom the first page had in front comes again in turn, perhaps changed since
				found.People = append(found.People, p)
			}
			met[who.ID] = true
		}
		return len(found.People) < limit, nil
	})
}

func (g *Gate) findMessages(ctx context.Context, q string, limit int, found *FoundPeople) error {
	met := map[string]bool{}
	return pages(ctx, g, "/v1/conversations?"+q, func(page []json.RawMessage, incomplete string) (more bool, err error) {
		found.Incomplete = cmp.Or(found.Incomplete, incomplete)
		for _, raw := range page {
			var talk struct {
				Contact string
				Match   FoundMessage
			}
			if err := json.Unmarshal(raw, &talk); err != nil {
				return false, err
			}
			if talk.Match.Contact = talk.Contact; len(found.Messages) < limit && !met[talk.Contact] { // a very long one may come again, by an older message
				found.Messages = append(found.Messages, talk.Match)
			}
			met[talk.Contact] = true
		}
		return len(found.Messages) < limit, nil
	})
}

// pages reads a list as long as more of it is wanted. A page may be short, or empty, and have a next one.
func pages(ctx context.Context, g *Gate, path string, take func(page []json.RawMessage, incomplete string) (more bool, err error)) error {
	for cursor, more := "", true; more; {
		var page struct {
			Items      []json.RawMessage
			Next       string
			Incomplete string
		}
		at := path
		if cursor != "" {
			at += "&cursor=" + url.QueryEscape(cursor)
		}
		err := g.Call(ctx, "GET", at, nil, &page)
		if err == nil {
			more, err = take(page.Items, page.Incomplete)
		}
		if err != nil {
			return err
		}
		cursor = page.Next
		more = more && cursor != ""
	}
	return nil
}
