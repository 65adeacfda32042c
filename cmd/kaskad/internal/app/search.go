package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/search"
	"kaskad/fallback"
)

// openSearch makes the index, whose file opens when it runs. The mark tells its store from any other.
func (a *App) openSearch(ctx context.Context, s *secrets) error {
	secret, err := s.get(ctx, "search")
	if err != nil {
		return err
	}
	mark := sha256.Sum256([]byte(secret.Reveal()))
	a.search = search.New(search.Options{
		Dir: a.indexDir(), Store: a.db, Mark: hex.EncodeToString(mark[:]), Country: a.cfg.Company.Country, Log: a.log,
	})
	return nil
}

// searches is the index as the API wants it.
type searches struct{ *search.Index }

var _ api.Search = searches{}

func (s searches) People(ctx context.Context, q string, since time.Time, cursor string, limit int) ([]*bots.Contact, string, error) {
	found, next, err := s.Index.People(ctx, q, cursor, limit, func(c *bots.Contact) bool { return !c.Created.Before(since) })
	return found, next, asSearched(err)
}

func (s searches) Talks(ctx context.Context, q string, f api.ConversationFilter, cursor string, limit int) ([]api.Found, string, error) {
	hits, next, err := s.Index.Talks(ctx, q, cursor, limit, func(h *search.Hit) bool { return wanted(f, h) })
	found := make([]api.Found, len(hits))
	for i, h := range hits {
		found[i] = api.Found{Talk: h.Talk, Message: h.Message, Snippet: h.Snippet}
	}
	return found, next, asSearched(err)
}

// wanted reports whether a conversation that was found is one of those that are asked for.
func wanted(f api.ConversationFilter, h *search.Hit) bool {
	if f.State != bots.NoConversation && fallback.TalkState(&h.Talk, h.Now) != f.State {
		return false
	}
	return f.Assignee == nil || h.Talk.Assignee == *f.Assignee
}

func (s searches) Status(ctx context.Context) api.SearchStatus {
	now := s.Index.Status(ctx)
	out := api.SearchStatus{State: now.State, Built: now.Built, Lag: now.Lag.Seconds(), Bytes: now.Bytes, Detail: now.Why}
	if !now.Since.IsZero() {
		out.Since = now.Since.UTC()
	}
	return out
}

func asSearched(err error) error {
	if e, ok := errors.AsType[*search.Refused](err); ok {
		return &api.Unsearchable{Detail: e.Detail}
	}
	if e, ok := errors.AsType[*search.NotReady](err); ok {
		return &api.SearchNotReady{Detail: e.Why}
	}
	if errors.Is(err, search.ErrCursor) {
		return api.ErrCursor
	}
	return err
}

// adviseSearch says what to do about an index that does not answer.
func adviseSearch(s api.SearchStatus) string {
	advice := "look at the disk's free space, at the rights of search.db and at the log; kaskad search rebuild makes it anew"
	switch s.State {
	case search.Building:
		advice = "wait: it is built beside everything else, and people and messages cannot be searched until then"
	case search.Behind:
		advice = "it catches up by itself; if it does not, the machine has too little to spare, or the disk is slow"
	}
	return s.Detail + ": " + advice
}

// searchStatus is how the index stands, for those who watch.
func (a *App) searchStatus() api.SearchStatus {
	ctx, cancel := context.WithTimeout(context.Background(), nameTime)
	defer cancel()
	return searches{a.search}.Status(ctx)
}
