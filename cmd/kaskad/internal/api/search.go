package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Search finds people and conversations by words. A query that cannot be looked for is *Unsearchable, an index that cannot answer now
// *SearchNotReady. One that is behind answers with what it has.
type Search interface {
	// People finds people who were made at a time or later, the newest first.
	People(ctx context.Context, q string, since time.Time, cursor string, limit int) ([]*bots.Contact, string, error)
	// Talks finds conversations by their messages, the newest message first.
	Talks(ctx context.Context, q string, f ConversationFilter, cursor string, limit int) ([]Found, string, error)
	Status(ctx context.Context) SearchStatus
	// Rebuild begins to make the index anew.
	Rebuild()
}

// Found is a conversation with the message by which it was found.
type Found struct {
	Talk    bots.Conversation
	Message *bots.Message
	Snippet string
}

// SearchStatus is how the index stands, by which people and messages are found.
type SearchStatus struct {
	State  string    `json:"state" doc:"ready, building, behind or broken; a ready one answers, and one that is behind with what it has" enum:"ready,building,behind,broken"`
	Built  float64   `json:"built" doc:"Of one that is being built: about how much is done, 0 to 1"`
	Lag    float64   `json:"lag_seconds" doc:"How old the oldest change is that cannot be found yet; 0: everything can"`
	Bytes  int64     `json:"bytes" doc:"Of the file"`
	Since  time.Time `json:"since,omitzero" doc:"Of a state other than ready"`
	Detail string    `json:"detail,omitempty" doc:"In words"`
}

// Lasting reports whether it does not answer, and has not for a while: it takes a moment to open its file.
func (s SearchStatus) Lasting(now time.Time) bool {
	return s.State != "ready" && now.Sub(s.Since) > openingTime
}

const openingTime = 5 * time.Second

// Unsearchable is a query that cannot be looked for; the detail says what can.
type Unsearchable struct{ Detail string }

func (e *Unsearchable) Error() string { return e.Detail }

// SearchNotReady is why nothing can be searched now.
type SearchNotReady struct{ Detail string }

func (e *SearchNotReady) Error() string { return e.Detail }

// Match is the message by which a conversation was found.
type Match struct {
	Message   string    `json:"message" doc:"Its id"`
	Direction string    `json:"direction" enum:"in,out"`
	Channel   string    `json:"channel"`
	At        time.Time `json:"at"`
	Snippet   string    `json:"snippet" doc:"The words around what was found, on one line"`
}

// searcher is what searches; not ready when there is none.
func (a *API) searcher() (Search, error) {
	if a.Search == nil {
		return nil, &SearchNotReady{"nothing is indexed here"}
	}
	return a.Search, nil
}

// FoundList is one page of what was searched for.
type FoundList[T any] struct {
	List[T]
	Incomplete string `json:"incomplete,omitempty" doc:"With q: why something may be missing, in words; absent: everything is found that is older than ten seconds"`
}

// late is why an index that answers may lack something; empty: it does not. It is asked before the search, so that it says too much at most.
func late(ctx context.Context, search Search) string {
	if s := search.Status(ctx); s.State == "behind" {
		return s.Detail + ": who came or was changed since then, and what was written, may be missing"
	}
	return ""
}

// searchContacts finds people by the index. Whoever has the phone or the external id as it was asked for needs none, and comes first while
// the index is behind, or cannot answer.
func (a *API) searchContacts(ctx context.Context, in *contactsIn) (*contactsOut, error) {
	if in.Phone != "" {
		return nil, unfit("invalid_field", "phone", "phone and q do not go together: q finds phones, too.")
	}
	search, err := a.searcher()
	if err != nil {
		return nil, err
	}
	behind := late(ctx, search)
	found, next, err := search.People(ctx, in.Query, in.Since, in.Cursor, in.Limit)
	unready, broken := errors.AsType[*SearchNotReady](err)
	if err != nil && !broken {
		return nil, err
	}
	behind = cmp.Or(behind, late(ctx, search))
	if broken || behind != "" {
		exact, wrong := a.exactly(ctx, in)
		if wrong != nil || broken && len(exact) == 0 {
			return nil, cmp.Or(wrong, err)
		}
		found = append(exact, without(found, exact)...)
	}
	if broken {
		behind = unready.Detail + ": only who has exactly this phone or external id is found"
	}
	out := a.showContacts(found, next)
	out.Body.Incomplete = behind
	return out, nil
}

// exactly are the people who have a phone or an external id that is asked for, on the first page.
func (a *API) exactly(ctx context.Context, in *contactsIn) (found []*bots.Contact, err error) {
	if in.Cursor != "" {
		return nil, nil
	}
	refs := []bots.Ref{{Kind: "ext", Value: strings.TrimSpace(in.Query)}}
	if phone, err := bots.Phone(in.Query, a.Country); err == nil {
		refs = append(refs, bots.Ref{Kind: "phone", Value: phone})
	}
	for _, ref := range refs {
		owners, err := a.Store.Owners(ctx, ref, in.Limit)
		if err != nil {
			return nil, err
		}
		for _, id := range owners {
			c, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: id.String()})
			if err != nil {
				return nil, err
			}
			if c != nil && !c.Created.Before(in.Since) && len(found) < in.Limit && len(without([]*bots.Contact{c}, found)) > 0 {
				found = append(found, c)
			}
		}
	}
	return found, nil
}

// without are people without some of them.
func without(people, some []*bots.Contact) []*bots.Contact {
	return slices.DeleteFunc(people, func(c *bots.Contact) bool {
		return slices.ContainsFunc(some, func(s *bots.Contact) bool { return s.ID == c.ID })
	})
}

func (a *API) searchTalks(ctx context.Context, in *conversationsIn, f ConversationFilter) (*conversationsOut, error) {
	search, err := a.searcher()
	if err != nil {
		return nil, err
	}
	behind := late(ctx, search)
	found, next, err := search.Talks(ctx, in.Query, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	behind = cmp.Or(behind, late(ctx, search))
	out := &conversationsOut{FoundList[Conversation]{List[Conversation]{make([]Conversation, 0, len(found)), next}, behind}}
	now := time.Now()
	for i := range found {
		c := showConversation(&found[i].Talk, now)
		c.Match = found[i].match()
		out.Body.Items = append(out.Body.Items, c)
	}
	return out, nil
}

func (f *Found) match() *Match {
	m := &Match{Message: f.Message.ID.String(), Direction: "out", Channel: f.Message.Channel, At: f.Message.At.UTC(), Snippet: f.Snippet}
	if f.Message.In {
		m.Direction = "in"
	}
	return m
}

type searchOut struct{ Body SearchStatus }

func (a *API) rebuildSearch(ctx context.Context, _ *struct{}) (*searchOut, error) {
	search, err := a.searcher()
	if err != nil {
		return nil, err
	}
	doing(ctx).at("search", "index")
	search.Rebuild()
	return &searchOut{search.Status(ctx)}, nil
}

// notReady is the answer while nothing can be searched.
func notReady(detail string) *Problem {
	p := problem(http.StatusServiceUnavailable, "search_not_ready", "", "People and messages cannot be searched now: %s. Everything else works; ask again in a few seconds.", detail)
	p.retryAfter = retryAfter
	return p
}
