package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite" // the driver "sqlite"

	"kaskad/bots"
)

// version is that of the tables below. A file of any other is made anew.
const version = 1

// The index keeps which texts have a triple of letters, and not where (detail none): half the size, and what is found is compared
// with the text anyway. Its own copy of the texts is "people" and "messages": to take a text out of the index, SQLite has to be told it.
// secure-delete takes it out of the index's pages at once, the pragma of that name overwrites what it leaves.
const tables = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE people (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE messages (id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX messages_contact ON messages (contact);
CREATE VIRTUAL TABLE people_index USING fts5(text, content='people', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0);
CREATE VIRTUAL TABLE messages_index USING fts5(text, content='messages', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0);
INSERT INTO people_index (people_index, rank) VALUES ('secure-delete', 1);
INSERT INTO messages_index (messages_index, rank) VALUES ('secure-delete', 1);
`

// file is an open search.db. One connection writes, others read what was committed before.
type file struct {
	write, read *sql.DB
	conn        *sql.Conn // the one that writes
	statements  statements

	seen  string        // what the last change that is in it looked like, when the file was opened; empty: there was none
	at    atomic.Uint64 // the last change that is in it
	built atomic.Bool
	walk  atomic.Pointer[walk]
}

// readers is how many searches run at once; more wait.
const readers = 4

// origin is the store that a file is made of, as it is when the file is made.
type origin struct {
	mark string
	last uint64 // change: what is in the store by then comes in by the walk, what comes later by the changes
	seen string // what that change looks like
}

// openFile opens the file, or makes it; errAnew: it is of no use.
func openFile(ctx context.Context, path string, of origin) (*file, error) {
	if err := private(path); err != nil {
		return nil, err
	}
	f := &file{}
	if err := f.connect(path); err != nil {
		return nil, err
	}
	if err := f.load(ctx, of); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// connect names the file to the driver, which opens it when it is first asked.
func (f *file) connect(path string) (err error) {
	if f.write, err = sql.Open("sqlite", address(path)); err == nil {
		f.read, err = sql.Open("sqlite", address(path)+"&_pragma=query_only(1)")
	}
	if err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	f.write.SetMaxOpenConns(1)
	f.read.SetMaxOpenConns(readers)
	return nil
}

func (f *file) load(ctx context.Context, of origin) (err error) {
	if f.conn, err = f.write.Conn(ctx); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	have, count := 0, 0
	if err := f.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	if err := f.conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&count); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	switch {
	case have == 0 && count == 0:
		err = f.create(ctx, of)
	case have != version:
		return errAnew
	}
	if err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	if err := f.statements.prepare(ctx, f.conn); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	return f.place(ctx, of.mark)
}

// create makes the tables, in one transaction: a file that has them has a mark and a place.
func (f *file) create(ctx context.Context, of origin) error {
	return f.transaction(ctx, func() error {
		if _, err := f.conn.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA user_version = %d;", version)); err != nil {
			return err
		}
		const put = "INSERT INTO meta (name, value) VALUES ('mark', ?), ('change', ?), ('seen', ?), ('walk', ?), ('walked', 0)"
		_, err := f.conn.ExecContext(ctx, put, of.mark, int64(of.last), of.seen, walkPeople)
		return err
	})
}

// place reads how far the file is; errAnew when it is another store's.
func (f *file) place(ctx context.Context, mark string) error {
	var have, phase string
	var at, walked int64
	const get = `SELECT (SELECT value FROM meta WHERE name = 'mark'), (SELECT value FROM meta WHERE name = 'change'),
		(SELECT value FROM meta WHERE name = 'walk'), (SELECT value FROM meta WHERE name = 'walked'),
		(SELECT value FROM meta WHERE name = 'seen')`
	if err := f.conn.QueryRowContext(ctx, get).Scan(&have, &at, &phase, &walked, &f.seen); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	if have != mark {
		return errAnew
	}
	f.at.Store(uint64(at))
	f.walk.Store(&walk{phase: phase, after: bots.ID(walked)})
	f.built.Store(phase == walkDone)
	return nil
}

// transaction does something in one transaction of the writing connection.
func (f *file) transaction(ctx context.Context, do func() error) error {
	// Not with the context: one that ends between the two would leave the transaction open.
	alone := context.WithoutCancel(ctx)
	if _, err := f.conn.ExecContext(alone, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = f.conn.ExecContext(alone, "COMMIT")
	}
	if err != nil {
		_, undone := f.conn.ExecContext(alone, "ROLLBACK")
		return errors.Join(err, undone)
	}
	return nil
}

func (f *file) close() error {
	var errs []error
	errs = append(errs, f.statements.close())
	if f.conn != nil {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(append(errs, f.read.Close(), f.write.Close())...)
}

// private makes the file, or takes others' rights from it. SQLite gives its side files the rights of the file itself.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("search.db cannot be written: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// address is the file as the driver wants it. A power cut may take the last transactions back, whole: they are made again from the
// changes, so none is waited for until it is on disk.
func address(path string) string {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "secure_delete(ON)", "cache_size(-8000)", "cell_size_check(1)", "trusted_schema(0)"}}
	return "file:" + strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), "?", "%3F") + "?" + pragmas.Encode()
}

// The codes of SQLite (https://sqlite.org/rescode.html) that say: this file is not what it was.
const (
	codeError     = 1 // a table or a column is not there
	codeInterrupt = 9
	codeCorrupt   = 11
	codeNotADB    = 26
)

// interrupted reports whether SQLite gave up because nobody waits any more.
func interrupted(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == codeInterrupt
}

// errPanic is a panic over the file.
var errPanic = errors.New("search.db: panic")

// damaged reports whether an error says that the file itself is of no use any more.
func damaged(err error) bool {
	if errors.Is(err, errPanic) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case codeError, codeCorrupt, codeNotADB:
		return true
	}
	return false
}
