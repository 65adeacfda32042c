package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"maps"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// Delivery reads a delivery, of somebody who was erased only what stays; fallback.ErrUnknownDelivery.
func (db *DB) Delivery(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	return view(ctx, db, func(t *tx) (*fallback.Delivery, error) {
		if d := t.Delivery(id); d != nil {
			return fallback.Readable(t, d), nil
		}
		return nil, fallback.ErrUnknownDelivery
	})
}

// Message reads a message; nil when there is none of this id.
func (db *DB) Message(ctx context.Context, id bots.ID) (*bots.Message, error) {
	return view(ctx, db, func(t *tx) (*bots.Message, error) { return t.Message(id), nil })
}

// MessageState reads what became of a message.
func (db *DB) MessageState(ctx context.Context, id bots.ID) (bots.MessageState, error) {
	return view(ctx, db, func(t *tx) (bots.MessageState, error) { return t.MessageState(id), nil })
}

// Attempts reads the attempts of a message, in order.
func (db *DB) Attempts(ctx context.Context, message bots.ID) ([]AttemptLine, error) {
	return view(ctx, db, func(t *tx) ([]AttemptLine, error) { return t.attempts(message), nil })
}

// Read runs a read of several records that belong together, on one view of the store. It must be short, and nothing of the
// view may be kept.
func (db *DB) Read(ctx context.Context, f func(fallback.View) error) error {
	_, err := view(ctx, db, func(t *tx) (struct{}, error) { return struct{}{}, f(t) })
	return err
}

// MessageLine is a message of a conversation and what became of it.
type MessageLine struct {
	*bots.Message
	State bots.MessageState
	Edit  *bots.Message // its newest words; nil: it never was changed
}

// Messages reads a conversation, oldest first.
func (db *DB) Messages(ctx context.Context, contact bots.ID, cursor string, limit int) (Page[MessageLine], error) {
	at, err := parseCursor(cursor)
	if err != nil || at != nil && len(at) != 24 {
		return Page[MessageLine]{}, ErrCursor
	}
	return view(ctx, db, func(t *tx) (page Page[MessageLine], err error) {
		for _, g := range t.talkOf(contact, at) {
			for _, e := range g.entries {
				if len(page.Items) >= limit {
					return page, nil
				}
				if m := t.Message(lastID(e.key)); m != nil {
					page.Items = append(page.Items, t.line(m))
					page.Next = base64.RawURLEncoding.EncodeToString(append(numberKey(g.no), e.key...))
				}
			}
		}
		page.Next = ""
		return page, nil
	})
}

// talkPart is what one generation has of a conversation.
type talkPart struct {
	no      uint64
	entries []entry
}

// talkFrom are the parts of a conversation, oldest first, from behind a place on.
func (t *tx) talkFrom(group, at []byte) []talkPart {
	list, upTo := t.generations(tTalk)
	hash := tTalk.hash(group)
	var parts []talkPart
	add := func(no uint64, entries []entry) {
		if at != nil && no == keyNumber(at) {
			entries = slices.DeleteFunc(entries, func(e entry) bool { return bytes.Compare(e.key, at[8:]) <= 0 })
		}
		parts = append(parts, talkPart{no, entries})
	}
	wanted := func(no uint64) bool { return at == nil || no >= keyNumber(at) }
	for _, m := range list.memory {
		if wanted(m.no) {
			add(m.no, m.mem.group(hash, group, upTo))
		}
	}
	list.candidates(hash, func(no uint64) bool {
		if wanted(no) {
			add(no, t.in(tTalk, no).group(hash, group))
		}
		return wanted(no)
	})
	slices.Reverse(parts)
	return parts
}

// LastMessages reads a conversation, newest first.
func (db *DB) LastMessages(ctx context.Context, contact bots.ID, cursor string, limit int) (Page[MessageLine], error) {
	at, err := parseCursor(cursor)
	if err != nil {
		return Page[MessageLine]{}, err
	}
	return view(ctx, db, func(t *tx) (page Page[MessageLine], err error) {
		err = t.rowsOf(tTalk, contact, at, func(id bots.ID, row []byte) bool {
			if m := t.Message(id); m != nil {
				page.Items = append(page.Items, t.line(m))
			}
			if len(page.Items) < limit {
				return true
			}
			page.Next = base64.RawURLEncoding.EncodeToString(row)
			return false
		})
		return page, err
	})
}

func (t *tx) line(m *bots.Message) MessageLine {
	s := t.MessageState(m.ID)
	return MessageLine{Message: m, State: s, Edit: t.Message(s.Edit)}
}

// Conversation reads the head of a person's conversation.
func (db *DB) Conversation(ctx context.Context, contact bots.ID) (bots.Conversation, error) {
	return view(ctx, db, func(t *tx) (bots.Conversation, error) { return t.Conversation(contact), nil })
}

// Conversations reads heads of conversations by last activity, newest first; with a state, those alone, else all in which a
// person of either side wrote.
func (db *DB) Conversations(ctx context.Context, state *bots.ConversationState, cursor string, limit int) (Page[bots.Conversation], error) {
	at, err := parseCursor(cursor)
	if err != nil || at != nil && len(at) != 16 {
		return Page[bots.Conversation]{}, ErrCursor
	}
	dirty := db.heads.copy() // before the view: a head that leaves memory meanwhile is in both
	return view(ctx, db, func(t *tx) (page Page[bots.Conversation], err error) {
		rows := t.activity(state, dirty, at)
		for len(page.Items) < limit {
			c, ok := rows.next(t)
			if !ok {
				return page, nil
			}
			page.Items = append(page.Items, c)
		}
		if n := len(page.Items); n > 0 && limit > 0 {
			page.Next = base64.RawURLEncoding.EncodeToString(activityKey(&page.Items[n-1])[1:])
		}
		return page, nil
	})
}

// activityRows walks the index by last activity, one cursor for each state, and the heads in memory, together.
type activityRows struct {
	states []laneCursor
	dirty  []bots.Conversation // oldest activity first
	skip   map[bots.ID][]byte
}

func (t *tx) activity(state *bots.ConversationState, dirty map[bots.ID][]byte, at []byte) *activityRows {
	rows := &activityRows{skip: dirty}
	for s := bots.NoConversation; s <= bots.Closed; s++ {
		if !listed(s, state) {
			continue
		}
		l := laneCursor{c: t.bucket(tActivity).Cursor(), prefix: []byte{byte(s)}}
		var before []byte
		if at != nil {
			before = append([]byte{byte(s)}, at...)
		}
		l.set(lastBefore(l.c, l.prefix, before))
		rows.states = append(rows.states, l)
	}
	for _, id := range slices.Sorted(maps.Keys(dirty)) {
		if len(dirty[id]) == 0 {
			continue // taken away
		}
		c, err := decodeHead(id, dirty[id])
		must(tHeadLog, idKey(nil, id), err)
		if !listed(c.State, state) || at != nil && bytes.Compare(activityKey(&c)[1:], at) >= 0 {
			continue
		}
		rows.dirty = append(rows.dirty, c)
	}
	slices.SortFunc(rows.dirty, func(a, b bots.Conversation) int { return bytes.Compare(activityKey(&a)[1:], activityKey(&b)[1:]) })
	return rows
}

// listed reports whether conversations of a state are asked for. Those that hold only what the program sent are none yet.
func listed(s bots.ConversationState, want *bots.ConversationState) bool {
	if want == nil {
		return s != bots.NoConversation
	}
	return s == *want
}

func (r *activityRows) next(t *tx) (bots.Conversation, bool) {
	for {
		var latest *laneCursor
		for i := range r.states {
			if l := &r.states[i]; l.rest != nil && (latest == nil || bytes.Compare(l.rest, latest.rest) > 0) {
				latest = l
			}
		}
		if n := len(r.dirty); n > 0 && (latest == nil || bytes.Compare(activityKey(&r.dirty[n-1])[1:], latest.rest) >= 0) {
			c := r.dirty[n-1]
			r.dirty = r.dirty[:n-1]
			return c, true
		}
		if latest == nil {
			return bots.Conversation{}, false
		}
		key := latest.rest[8:16:16]
		id := bots.IDFromBytes(key)
		b := t.db.unseal(tHead, key, t.snap.bucket(tHead).Get(key))
		latest.set(latest.c.Prev())
		if _, fresher := r.skip[id]; fresher || b == nil {
			continue
		}
		c, err := decodeHead(id, b)
		must(tHead, key, err)
		return c, true
	}
}

// Update runs a transaction for which there is no method of its own. f must be pure: it may run more than once, on another
// goroutine, and may look at nothing but its transaction.
func (db *DB) Update(ctx context.Context, f func(fallback.Tx) error) error {
	return db.write(ctx, func(t *tx) error { return f(t) })
}
