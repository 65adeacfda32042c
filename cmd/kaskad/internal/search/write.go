package search

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// batch is what one transaction writes.
type batch struct {
	people, messages []text
	at               uint64 // how far the changes are read then; 0: as before
	seen             string // what that change looks like
	walk             *walk  // how far the walk is then; nil: as before
}

// set is the prepared statements of one kind of text.
type set struct {
	get, insert, update, remove, index, unindex, flush, secure, merge *sql.Stmt
}

type statements struct {
	people, messages set
	place, walk      *sql.Stmt
	owe              *sql.Stmt
	of               *sql.Stmt // all messages of a contact
	unknown          *sql.Stmt // of a list of messages those without words
	all              []*sql.Stmt
}

func (s *statements) prepare(ctx context.Context, conn *sql.Conn) error {
	var failed error
	make := func(query string) *sql.Stmt {
		st, err := conn.PrepareContext(ctx, query)
		if err != nil {
			failed = cmp.Or(failed, err)
			return nil
		}
		s.all = append(s.all, st)
		return st
	}
	s.people = set{
		get:    make("SELECT text FROM people WHERE id = ?"),
		insert: make("INSERT INTO people (id, text) VALUES (?1, ?3)"),
		update: make("UPDATE people SET text = ?2 WHERE id = ?1"),
		remove: make("DELETE FROM people WHERE id = ?"),
		index:  make("INSERT INTO people_index (rowid, text) VALUES (?, ?)"), unindex: make("INSERT INTO people_index (people_index, rowid, text) VALUES ('delete', ?, ?)"),
		flush:  make("INSERT INTO people_index (people_index) VALUES ('flush')"),
		secure: make("INSERT INTO people_index (people_index, rank) VALUES ('secure-delete', ?)"),
		merge:  make("INSERT INTO people_index (people_index, rank) VALUES ('merge', ?)"),
	}
	s.messages = set{
		get:    make("SELECT text FROM messages WHERE id = ?"),
		insert: make("INSERT INTO messages (id, contact, text) VALUES (?1, ?2, ?3)"),
		update: make("UPDATE messages SET text = ?2 WHERE id = ?1"),
		remove: make("DELETE FROM messages WHERE id = ?"),
		index:  make("INSERT INTO messages_index (rowid, text) VALUES (?, ?)"), unindex: make("INSERT INTO messages_index (messages_index, rowid, text) VALUES ('delete', ?, ?)"),
		flush:  make("INSERT INTO messages_index (messages_index) VALUES ('flush')"),
		secure: make("INSERT INTO messages_index (messages_index, rank) VALUES ('secure-delete', ?)"),
		merge:  make("INSERT INTO messages_index (messages_index, rank) VALUES ('merge', ?)"),
	}
	s.place = make("INSERT INTO meta (name, value) VALUES ('change', ?1), ('seen', ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	s.walk = make("INSERT INTO meta (name, value) VALUES ('walk', ?1), ('walked', ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	s.owe = make("INSERT INTO meta (name, value) VALUES ('owed', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")
	s.of = make("SELECT id FROM messages WHERE contact = ?")
	s.unknown = make("SELECT list.value FROM json_each(?) list LEFT JOIN messages ON messages.id = list.value WHERE messages.id IS NULL OR messages.text = ''")
	return failed
}

func (s *statements) close() error {
	var errs []error
	for _, st := range s.all {
		errs = append(errs, st.Close())
	}
	s.all = nil
	return errors.Join(errs...)
}

// apply writes a batch; it reports whether texts went away, of which the file's log still has the bytes. It looks for their letters in the
// index for so long.
func (f *file) apply(ctx context.Context, b *batch, careful time.Duration) (removed bool, err error) {
	until := time.Now().Add(careful)
	err = f.transaction(ctx, func() error {
		owed := false
		for _, part := range []struct {
			to    *set
			texts []text
		}{{&f.statements.people, b.people}, {&f.statements.messages, b.messages}} {
			gone, err := part.to.write(ctx, part.texts, until)
			if err != nil {
				return err
			}
			removed, owed = removed || gone.texts, owed || gone.owed
		}
		return f.note(ctx, b, owed)
	})
	if err != nil {
		return false, fmt.Errorf("search.db: %w", err)
	}
	if b.at != 0 {
		f.at.Store(b.at)
	}
	if b.walk != nil {
		f.walk.Store(b.walk)
		f.built.Store(b.walk.phase == walkDone)
	}
	return removed, nil
}

// note writes how far the file is, and whether letters stand that should not.
func (f *file) note(ctx context.Context, b *batch, owed bool) error {
	if owed {
		if _, err := f.statements.owe.ExecContext(ctx); err != nil {
			return err
		}
	}
	if b.at != 0 {
		if _, err := f.statements.place.ExecContext(ctx, int64(b.at), b.seen); err != nil {
			return err
		}
	}
	if b.walk == nil {
		return nil
	}
	_, err := f.statements.walk.ExecContext(ctx, b.walk.phase, int64(b.walk.after))
	return err
}

// write brings rows to what the texts say, in two rounds: first what goes out of the index, then what comes in. A text that goes and
// comes within one round would take others with it: of what FTS5 holds back to write together it drops the rest of a word's rows behind
// one that is both (SQLite 3.53, detail none with secure-delete). Each round goes by id: FTS5 begins a new part of its index with each row
// that is not above the one before, and so many parts are slow.
func (s *set) write(ctx context.Context, texts []text, until time.Time) (gone removal, err error) {
	slices.SortFunc(texts, func(a, b text) int { return cmp.Compare(a.id, b.id) })
	var fresh []text
	out := leaving{set: s, until: until}
	for _, t := range texts {
		had, err := s.have(ctx, t.id)
		if err != nil {
			return gone, err
		}
		if had == t.text { // also: neither was there
			continue
		}
		if had != "" {
			err = errors.Join(s.out(ctx, t, had), out.left(ctx))
		} else {
			err = run(ctx, step{s.insert, []any{int64(t.id), int64(t.contact), t.text}})
		}
		if err != nil {
			return gone, err
		}
		if t.text != "" {
			fresh = append(fresh, t)
		}
	}
	if err := out.close(ctx); err != nil {
		return gone, err
	}
	for _, t := range fresh {
		if _, err := s.index.ExecContext(ctx, int64(t.id), t.text); err != nil {
			return gone, err
		}
	}
	return removal{texts: out.texts > 0, owed: out.owed}, nil
}

// have is the text that the file has under an id; empty: none.
func (s *set) have(ctx context.Context, id bots.ID) (had string, err error) {
	err = s.get.QueryRowContext(ctx, int64(id)).Scan(&had)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return had, err
}

// out takes the text that the file had out of the index, and the row with it if there is no other.
func (s *set) out(ctx context.Context, t text, had string) error {
	id := int64(t.id)
	if t.text == "" {
		return run(ctx, step{s.unindex, []any{id, had}}, step{s.remove, []any{id}})
	}
	return run(ctx, step{s.unindex, []any{id, had}}, step{s.update, []any{id, t.text}})
}

type step struct {
	statement *sql.Stmt
	args      []any
}

func run(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if _, err := s.statement.ExecContext(ctx, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// messagesOf are the messages of a contact that are in the file.
func (f *file) messagesOf(ctx context.Context, contact bots.ID) ([]bots.ID, error) {
	rows, err := f.statements.of.QueryContext(ctx, int64(contact))
	if err != nil {
		return nil, err
	}
	return scanIDs(rows)
}

// unknown are those of a list of messages whose words are not in the file.
func (f *file) unknown(ctx context.Context, list []bots.ID) ([]bots.ID, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(list)) // an ID is written as a word
	for i, id := range list {
		ids[i] = int64(id)
	}
	raw, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := f.statements.unknown.QueryContext(ctx, string(raw))
	if err != nil {
		return nil, fmt.Errorf("search.db: %w", err)
	}
	return scanIDs(rows)
}

// scrub empties the log of the file, in which texts that went away still stand. false: somebody reads; try again.
func (f *file) scrub(ctx context.Context) (done bool, err error) {
	var busy, log, moved int
	err = f.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	return busy == 0, err
}
