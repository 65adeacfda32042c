package app

import (
	"context"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// apiRoad is the engine as the API wants it.
type apiRoad struct {
	*fallback.Engine
	db *store.DB
}

var _ api.Engine = apiRoad{}

func (r apiRoad) Reply(ctx context.Context, p fallback.Reply) (fallback.Accepted, error) {
	return r.Engine.Reply(ctx, r.db, p)
}

func (r apiRoad) Act(ctx context.Context, p fallback.Act) (fallback.Accepted, error) {
	return r.Engine.Act(ctx, r.db, p)
}

func (r apiRoad) EstimateAll(ctx context.Context, asks []fallback.Ask) (fallback.Estimates, error) {
	return r.Engine.EstimateAll(ctx, r.db, asks)
}

func (r reads) Conversations(ctx context.Context, f api.ConversationFilter, cursor string, limit int) ([]bots.Conversation, string, error) {
	page, err := r.DB.Talks(ctx, store.TalkFilter(f), cursor, limit)
	return page.Items, page.Next, asCursor(err)
}

func (s shown) Contacts(ctx context.Context, f api.ContactFilter, cursor string, limit int) ([]*bots.Contact, string, error) {
	hidden, err := s.hidden(ctx)
	if err != nil {
		return nil, "", err
	}
	return without(cursor, limit, func(cursor string, limit int) ([]*bots.Contact, string, error) {
		return s.reads.Contacts(ctx, f, cursor, limit)
	}, func(c *bots.Contact) bool { return hidden[c.ID] })
}

func (s shown) Conversations(ctx context.Context, f api.ConversationFilter, cursor string, limit int) ([]bots.Conversation, string, error) {
	hidden, err := s.hidden(ctx)
	if err != nil {
		return nil, "", err
	}
	return without(cursor, limit, func(cursor string, limit int) ([]bots.Conversation, string, error) {
		return s.reads.Conversations(ctx, f, cursor, limit)
	}, func(c bots.Conversation) bool { return hidden[c.Contact] })
}
