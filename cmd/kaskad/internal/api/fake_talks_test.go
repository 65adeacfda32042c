package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

func (f *fake) Conversations(_ context.Context, w api.ConversationFilter, _ string, _ int) ([]bots.Conversation, string, error) {
	return slices.DeleteFunc(slices.Clone(f.talks), func(c bots.Conversation) bool {
		return w.State != bots.NoConversation && fallback.TalkState(&c, time.Now()) != w.State || w.Assignee != nil && *w.Assignee != c.Assignee
	}), "", f.err
}

func (f *fake) Conversation(_ context.Context, contact bots.ID) (bots.Conversation, error) {
	for _, c := range f.talks {
		if c.Contact == contact {
			return c, f.err
		}
	}
	return bots.Conversation{}, f.err
}

func (f *fake) PutConversation(ctx context.Context, contact bots.ID, change func(*bots.Conversation) ([]bots.Change, error)) (bots.Conversation, error) {
	c, _ := f.Conversation(ctx, contact)
	c.Contact = contact
	lines, err := change(&c)
	if err != nil {
		return c, err
	}
	for i := range f.talks {
		if f.talks[i].Contact == contact {
			f.talks[i] = c
		}
	}
	for _, line := range lines {
		f.lastChange++
		line.ID, line.At, line.Contact = f.lastChange, noon, contact
		f.outbox = append(f.outbox, line)
	}
	return c, f.err
}

func (f *fake) Reply(_ context.Context, r fallback.Reply) (fallback.Accepted, error) {
	f.replies = append(f.replies, r)
	return fallback.Accepted{ID: f.id(), State: fallback.Queued}, f.err
}

// Act takes what is done to the first two messages of the seed, and refuses the rest as the engine does.
func (f *fake) Act(_ context.Context, p fallback.Act) (fallback.Accepted, error) {
	f.acts = append(f.acts, p)
	if !slices.ContainsFunc(f.said, func(m api.Said) bool { return m.ID == p.Message && m.Contact == p.Contact }) {
		return fallback.Accepted{}, &fallback.Invalid{Code: "unknown_message", Field: "message", Detail: "No message of this conversation has this id."}
	}
	return fallback.Accepted{ID: f.id(), State: fallback.Queued}, f.err
}

func (f *fake) Message(_ context.Context, id bots.ID) (*bots.Message, error) {
	for i := range f.said {
		if f.said[i].ID == id {
			return &f.said[i].Message, nil
		}
	}
	return nil, f.err
}

// Open hands out what a file's reference says.
func (f *fake) Open(_ context.Context, m *bots.Message, n int) (io.ReadSeekCloser, error) {
	switch at := m.Media[n]; at.ID {
	case "":
		return nil, bots.ErrNoFile
	case "gone":
		return nil, fmt.Errorf("whatsapp: %w", bots.ErrGone)
	case "large":
		return nil, bots.ErrTooLarge
	case "later":
		return nil, errors.New("not connected")
	default:
		return page{strings.NewReader(at.ID)}, nil
	}
}

// page is a file in memory.
type page struct{ *strings.Reader }

func (page) Close() error { return nil }

func (f *fake) Messages(_ context.Context, contact bots.ID, _ string, limit int) ([]api.Said, string, error) {
	mine := slices.DeleteFunc(slices.Clone(f.said), func(m api.Said) bool { return m.Contact != contact })
	if len(mine) > limit {
		return mine[:limit], mine[limit-1].ID.String(), nil
	}
	return mine, "", f.err
}
