package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"kaskad/bots"
)

// batch is what one transaction writes.
type batch struct {
	people, messages []text
	at               uint64 // how far the changes are read then; 0: as before
	walk             *walk  // how far the walk is then; nil: as before
}

// set is the prepared statements of one kind of text.
type set struct {
	get, insert, update, remove, index, unindex *sql.Stmt
}

type statements struct {
	people, messages set
	place, walk      *sql.Stmt
	of               *sql.Stmt // all messages of a contact
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
	}
	s.messages = set{
		get:    make("SELECT text FROM messages WHERE id = ?"),
		insert: make("INSERT INTO messages (id, contact, text) VALUES (?1, ?2, ?3)"),
		update: make("UPDATE messages SET text = ?2 WHERE id = ?1"),
		remove: make("DELETE FROM messages WHERE id = ?"),
		index:  make("INSERT INTO messages_index (rowid, text) VALUES (?, ?)"), unindex: make("INSERT INTO messages_index (messages_index, rowid, text) VALUES ('delete', ?, ?)"),
	}
	s.place = make("UPDATE meta SET value = ? WHERE name = 'change'")
	s.walk = make("INSERT INTO meta (name, value) VALUES ('walk', ?1), ('walked', ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
	s.of = make("SELECT id FROM messages WHERE contact = ?")
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

// apply writes a batch; it reports whether texts went away, of which the file's log still has the bytes.
func (f *file) apply(ctx context.Context, b *batch) (removed bool, err error) {
	err = f.transaction(ctx, func() error {
		for _, part := range []struct {
			to    *set
			texts []text
		}{{&f.statements.people, b.people}, {&f.statements.messages, b.messages}} {
			gone, err := part.to.write(ctx, part.texts)
			if err != nil {
				return err
			}
			removed = removed || gone
		}
		return f.note(ctx, b)
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

// note writes how far the file is.
func (f *file) note(ctx context.Context, b *batch) error {
	if b.at != 0 {
		if _, err := f.statements.place.ExecContext(ctx, int64(b.at)); err != nil {
			return err
		}
	}
	if b.walk == nil {
		return nil
	}
	_, err := f.statements.walk.ExecContext(ctx, b.walk.phase, int64(b.walk.after))
	return err
}

// write brings rows to what the texts say. They go in by id: FTS5 begins a new part of its index with each one that is not above the
// one before, and so many parts are slow.
func (s *set) write(ctx context.Context, texts []text) (removed bool, err error) {
	slices.SortFunc(texts, func(a, b text) int { return cmp.Compare(a.id, b.id) })
	for _, t := range texts {
		gone, err := s.one(ctx, t)
		if err != nil {
			return false, err
		}
		removed = removed || gone
	}
	return removed, nil
}

func (s *set) one(ctx context.Context, t text) (removed bool, err error) {
	id := int64(t.id)
	var had string
	err = s.get.QueryRowContext(ctx, id).Scan(&had)
	missing := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !missing:
		return false, err
	case had == t.text: // also: neither was there
		return false, nil
	case missing:
		return false, run(ctx, step{s.insert, []any{id, int64(t.contact), t.text}}, step{s.index, []any{id, t.text}})
	case t.text == "":
		return true, run(ctx, step{s.unindex, []any{id, had}}, step{s.remove, []any{id}})
	}
	return true, run(ctx, step{s.unindex, []any{id, had}}, step{s.update, []any{id, t.text}}, step{s.index, []any{id, t.text}})
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

// scrub empties the log of the file, in which texts that went away still stand. false: somebody reads; try again.
func (f *file) scrub(ctx context.Context) (done bool, err error) {
	var busy, log, moved int
	err = f.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	return busy == 0, err
}
