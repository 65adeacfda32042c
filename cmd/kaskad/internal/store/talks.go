package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// TalkFilter says which conversations are asked for; zero fields ask for all in which somebody wrote.
type TalkFilter struct {
	State    bots.ConversationState // as fallback.TalkState gives it: a snooze that is over is open
	Assignee *string                // empty: nobody
	Waiting  bool                   // those in which somebody waits for people, the longest first
}

// Talks reads heads of conversations by last activity, newest first. A page may be short, or empty, and still have a next one.
func (db *DB) Talks(ctx context.Context, f TalkFilter, cursor string, limit int) (Page[bots.Conversation], error) {
	at, err := parseCursor(cursor)
	if err != nil || at != nil && len(at) != 16 {
		return Page[bots.Conversation]{}, ErrCursor
	}
	if f.Waiting {
		return db.waitingTalks(ctx, f, at, limit)
	}
	dirty := db.heads.copy() // before the view: a head that leaves memory meanwhile is in both
	return view(ctx, db, func(t *tx) (page Page[bots.Conversation], err error) {
		rows := t.talkRows(f.State, dirty, at)
		for n := 1; ; n++ {
			c, ok := rows.next(t)
			if !ok {
				return page, nil
			}
			if f.matches(&c, t) {
				page.Items = append(page.Items, c)
			}
			if len(page.Items) >= limit || n >= maxRows {
				page.Next = base64.RawURLEncoding.EncodeToString(activityKey(&c)[1:])
				return page, nil
			}
		}
	})
}

func (f *TalkFilter) matches(c *bots.Conversation, t *tx) bool {
	if f.State != bots.NoConversation && fallback.TalkState(c, t.now) != f.State {
		return false
	}
	return f.Assignee == nil || c.Assignee == *f.Assignee
}

// talkRows walks the heads that may stand as a state: among the snoozed ones are some that are open again.
func (t *tx) talkRows(state bots.ConversationState, dirty map[bots.ID][]byte, at []byte) *activityRows {
	if state == bots.NoConversation {
		return t.activity(nil, dirty, at)
	}
	rows := t.activity(&state, dirty, at)
	if state == bots.Open {
		snoozed := bots.Snoozed
		more := t.activity(&snoozed, dirty, at)
		rows.states = append(rows.states, more.states...)
		rows.dirty = append(rows.dirty, more.dirty...)
		slices.SortFunc(rows.dirty, func(a, b bots.Conversation) int { return bytes.Compare(activityKey(&a)[1:], activityKey(&b)[1:]) })
	}
	return rows
}
