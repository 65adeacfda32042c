package whatsapp

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/store"

	"kaskad/bots"
)

// mark is how far the keys of a session have gone. It is kept in whatsapp.db and in the program's store, and grows when a gateway starts
// and stops, and before the first send of every minute: so a whatsapp.db that is behind the store is an old copy. Its keys were used
// since, and people's phones drop what is encrypted with them as repeats, and report it delivered.
type mark struct {
	Session string `json:"session"` // of which pairing
	Count   int64  `json:"count"`
}

// marks raises the mark.
type marks struct {
	mu      sync.Mutex
	session string    // that Run connects; empty: none
	raised  time.Time // last
}

// raiseEvery is how old the last mark may be when something is sent.
const raiseEvery = time.Minute

// sessionOf names a pairing: each makes an identity key of its own.
func sessionOf(dev *store.Device) string {
	sum := sha256.Sum256(dev.IdentityKey.Pub[:])
	return hex.EncodeToString(sum[:8])
}

// openMarks makes the table.
func openMarks(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS kaskad_mark (one INTEGER PRIMARY KEY CHECK (one = 1), session TEXT NOT NULL, count INTEGER NOT NULL)")
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	return nil
}

// readMarks reads both marks of a session: here in whatsapp.db, there in the program's store. One of another pairing counts as none.
func (b *Bot) readMarks(ctx context.Context, session string) (here, there mark, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT session, count FROM kaskad_mark").Scan(&here.Session, &here.Count)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return here, there, fmt.Errorf("%s: %w", FileName, err)
	}
	kept, err := b.opt.Mark(ctx)
	if err == nil && kept != nil {
		err = json.Unmarshal(kept, &there)
	}
	if err != nil {
		return here, there, fmt.Errorf("the mark of whatsapp.db in the store cannot be read: %w", err)
	}
	return here.of(session), there.of(session), nil
}

func (m mark) of(session string) mark {
	if m.Session != session {
		return mark{Session: session}
	}
	return m
}

// aged reports whether whatsapp.db is an old copy. It tells when the store is one: that loses nothing of WhatsApp's.
func (b *Bot) aged(ctx context.Context, dev *store.Device) (bool, error) {
	if b.opt.Mark == nil {
		return false, nil
	}
	here, there, err := b.readMarks(ctx, sessionOf(dev))
	if err != nil {
		return false, err
	}
	if here.Count > there.Count+1 { // one ahead: the process died between the two
		b.opt.Log.Warn("the store is older than whatsapp.db: it was put back, or made anew", "store", there.Count, "whatsapp.db", here.Count)
	}
	return here.Count < there.Count, nil
}

// marked begins the marks of a session that is about to be connected.
func (b *Bot) marked(ctx context.Context, dev *store.Device) error {
	if b.opt.Mark == nil {
		return nil
	}
	b.marks.mu.Lock()
	defer b.marks.mu.Unlock()
	if session := sessionOf(dev); b.marks.session != session {
		b.marks.session, b.marks.raised = session, time.Time{}
	}
	return b.raise(ctx, time.Now())
}

// ahead raises the mark before something is sent, once a minute.
func (b *Bot) ahead(ctx context.Context) {
	b.marks.mu.Lock()
	defer b.marks.mu.Unlock()
	if b.marks.session == "" {
		return
	}
	b.toldOf(b.raise(ctx, time.Now()))
}

// unmarked raises the mark a last time: a copy that is made of a running gateway is older than what it leaves.
func (b *Bot) unmarked(ctx context.Context) {
	b.marks.mu.Lock()
	defer b.marks.mu.Unlock()
	if b.marks.session == "" {
		return
	}
	b.marks.raised = time.Time{}
	b.toldOf(b.raise(context.WithoutCancel(ctx), time.Now()))
	b.marks.session = ""
}

// toldOf logs what became of a mark where nothing waits for it: without it an old copy is noticed later, or not at all.
func (b *Bot) toldOf(err error) {
	if err != nil {
		b.opt.Log.Error("whatsapp.db: how far its keys have gone could not be kept", "err", err)
	}
}

// raise raises the mark when it is due. whatsapp.db is first, and on disk before the store is: a crash in between must not make an old
// copy of a good file. The caller holds mu.
func (b *Bot) raise(ctx context.Context, now time.Time) error {
	if now.Sub(b.marks.raised) < raiseEvery {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	here, there, err := b.readMarks(ctx, b.marks.session)
	if err != nil {
		return err
	}
	m := mark{b.marks.session, max(here.Count, there.Count) + 1}
	if err := b.keepMark(ctx, m); err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	kept, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := b.opt.PutMark(ctx, kept); err != nil {
		return err
	}
	b.marks.raised = now
	return nil
}

func (b *Bot) keepMark(ctx context.Context, m mark) error {
	if _, err := b.db.ExecContext(ctx, "PRAGMA "+syncFull); err != nil {
		return err
	}
	_, err := b.db.ExecContext(ctx, "INSERT INTO kaskad_mark (one, session, count) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET session = excluded.session, count = excluded.count", m.Session, m.Count)
	return err
}

// outdone waits until an old copy is logged out. Nothing connects it: its keys were used.
func (b *Bot) outdone(ctx context.Context) {
	b.set(bots.Standing{State: OldCopy, Advice: oldCopyAdvice})
	select {
	case <-b.wake:
	case <-ctx.Done():
	}
}
