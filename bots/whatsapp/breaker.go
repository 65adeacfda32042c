package whatsapp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"kaskad/bots"
)

// breaker keeps us from writing to people when WhatsApp begins to refuse it (463): who goes on then is banned next. For some hours only
// answers go out, and everything else takes the next channel; each time it opens for longer.
//
// It is kept in whatsapp.db, because a restart must not make us forget.
type breaker struct {
	mu   sync.Mutex
	is   trouble
	db   *sql.DB
	disk sync.Mutex // held before mu: what is kept is kept in order, and who asks does not wait for the disk
}

// trouble is what a breaker knows.
type trouble struct {
	Refused []time.Time `json:"refused,omitempty"` // when, within the last hour
	Opened  time.Time   `json:"opened,omitzero"`
	Until   time.Time   `json:"until,omitzero"`
	Trips   int         `json:"trips,omitempty"` // in a row, without a calm day in between
	Behind  time.Time   `json:"behind,omitzero"` // on disk alone: what a clock told first that told less than the times above
}

// open reads what was known before.
func (b *breaker) open(ctx context.Context, db *sql.DB, now time.Time) error {
	b.db = db
	_, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS kaskad_breaker (one INTEGER PRIMARY KEY CHECK (one = 1), trouble TEXT NOT NULL)")
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	var kept string
	err = db.QueryRowContext(ctx, "SELECT trouble FROM kaskad_breaker").Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(kept), &b.is)
	}
	if err != nil {
		return fmt.Errorf("%s: what is known of refused chats cannot be read: %w", FileName, err)
	}
	read := b.is
	is, behind := read.sound(now)
	if b.is = is; behind.Equal(read.Behind) {
		return nil
	}
	read.Behind = behind
	if err := b.keep(ctx, read); err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	return nil
}

// sound is what was read, in the time that the clock tells now. That may be less than what was told before: the clock was ahead then, and
// a breaker must not stay open for that long; or it is behind now, and the pause must not be over when it is put right. So what is kept
// stays as it was written, and beside it stands what such a clock told first, for the pause not to begin anew with every start.
func (t trouble) sound(now time.Time) (is trouble, behind time.Time) {
	if most := t.Opened.Add(longestOpen); t.Until.After(most) {
		t.Until = most
	}
	told := t.told()
	if !now.Before(told) {
		return t.moved(now, 0), time.Time{}
	}
	from := now
	if !t.Behind.IsZero() && t.Behind.Before(now) {
		from = t.Behind
	}
	if behind = from; from.Before(oldest) {
		behind = t.Behind // no clock at all, until somebody asks for the time
	}
	return t.moved(now, from.Sub(told)), behind
}

// oldest is before this was written: a clock that tells less was not set yet.
var oldest = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

// told is the latest time that a clock told.
func (t trouble) told() time.Time {
	if n := len(t.Refused); n > 0 && t.Refused[n-1].After(t.Opened) {
		return t.Refused[n-1]
	}
	return t.Opened
}

// moved is the same trouble, by so much later. From here on its times are measured, whatever the clock is set to.
func (t trouble) moved(now time.Time, by time.Duration) trouble {
	at := func(was time.Time) time.Time {
		if was.IsZero() {
			return was
		}
		return now.Add(was.Sub(now) + by)
	}
	refused := make([]time.Time, len(t.Refused))
	for i := range refused {
		refused[i] = at(t.Refused[i])
	}
	return trouble{Refused: refused, Opened: at(t.Opened), Until: at(t.Until), Trips: t.Trips}
}

// keep writes down what is known.
func (b *breaker) keep(ctx context.Context, t trouble) error {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	kept, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = b.db.ExecContext(ctx, "INSERT INTO kaskad_breaker (one, trouble) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET trouble = excluded.trouble", string(kept))
	return err
}

// keepTime is how long the disk may take.
const keepTime = 10 * time.Second

const (
	refusals    = 3 // within watched, open it; after it has just been open, one is enough
	watched     = time.Hour
	firstPause  = 2 * time.Hour
	longestOpen = 48 * time.Hour
	calm        = 24 * time.Hour // without a refusal: all is forgotten
)

// refused notes that WhatsApp did not let us begin a chat. The error is the disk's; the breaker has worked all the same.
func (b *breaker) refused(now time.Time) error {
	b.disk.Lock()
	defer b.disk.Unlock()
	b.mu.Lock()
	b.is = b.is.after(now)
	is := b.is.moved(now, 0) // as the clock tells it now, should it have been set meanwhile
	b.mu.Unlock()
	return b.keep(context.Background(), is)
}

// after is what is known once WhatsApp refused a chat.
func (t trouble) after(now time.Time) trouble {
	if now.Sub(t.last()) > calm {
		t = trouble{}
	}
	var recent []time.Time
	for _, at := range t.Refused {
		if now.Sub(at) < watched {
			recent = append(recent, at)
		}
	}
	t.Refused = append(recent, now)
	if now.Before(t.Until) {
		return t // it is open: these are answers, or were under way
	}
	if len(t.Refused) >= refusals || t.Trips > 0 {
		t.Opened, t.Until = now, now.Add(min(firstPause<<min(t.Trips, 8), longestOpen))
		t.Trips++
		t.Refused = nil
	}
	return t
}

// last is when there was trouble last.
func (t trouble) last() time.Time {
	last := t.Until
	if n := len(t.Refused); n > 0 && t.Refused[n-1].After(last) {
		last = t.Refused[n-1]
	}
	return last
}

// standing says whether the breaker limits what is sent; false: it does not.
func (b *breaker) standing(now time.Time) (bots.Standing, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !now.Before(b.is.Until) {
		return bots.Standing{}, false
	}
	return bots.Standing{
		State: "limited", Since: b.is.Opened, Until: b.is.Until, Limited: true,
		Advice: "WhatsApp refuses new chats from this number (463): only answers are sent until then. Write to people who wrote first, and fewer of them at once",
	}, true
}
