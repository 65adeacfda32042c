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
}

// open reads what was known before.
func (b *breaker) open(ctx context.Context, db *sql.DB, now time.Time) error {
	b.db = db
	_, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS kaskad_breaker (one INTEGER PRIMARY KEY CHECK (one = 1), trouble TEXT NOT NULL)")
	if err != nil {
		return fmt.Errorf("%s: %w", fileName, err)
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
		return fmt.Errorf("%s: what is known of refused chats cannot be read: %w", fileName, err)
	}
	sound, changed := b.is.sound(now)
	b.is = sound
	if !changed {
		return nil
	}
	if err := b.keep(ctx, b.is); err != nil {
		return fmt.Errorf("%s: %w", fileName, err)
	}
	return nil
}

// sound is what was read, in the time that the clock tells now: it may have been years ahead when it was written, and a breaker must not
// stay open for that long. Times of this process need no such care: they are measured, whatever the clock is set to. Changed: it has to
// be kept, or every start would begin the pause anew.
func (t trouble) sound(now time.Time) (_ trouble, changed bool) {
	told := t.Opened
	if n := len(t.Refused); n > 0 && t.Refused[n-1].After(told) {
		told = t.Refused[n-1]
	}
	if ahead := told.Sub(now); ahead > 0 {
		t.Opened, t.Until = t.Opened.Add(-ahead), t.Until.Add(-ahead)
		refused := make([]time.Time, len(t.Refused))
		for i, at := range t.Refused {
			refused[i] = at.Add(-ahead)
		}
		t.Refused, changed = refused, true
	}
	if most := t.Opened.Add(longestOpen); t.Until.After(most) {
		t.Until, changed = most, true
	}
	if left := t.Until.Sub(now); left > 0 {
		t.Until = now.Add(left) // from here on it is measured, too
	}
	return t, changed
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
	is := b.is
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
