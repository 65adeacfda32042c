package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
)

const (
	notSQLite    = "it is no SQLite database"
	otherProgram = "it is another program's SQLite database"
	otherSession = "it is the WhatsApp session of another program, and two that use the same keys lose messages"
	leftAlone    = "it was left as it is: move it away, then pair the phone"
)

// foreign refuses a file that is none of ours, before anything in it is changed. No file, an empty one, and one that we were making when
// we were killed are taken.
func foreign(ctx context.Context, path string) error {
	what, err := inspect(ctx, path)
	if err != nil {
		return fmt.Errorf("%s cannot be opened: %w", path, err)
	}
	if what != "" {
		return fmt.Errorf("%s cannot be opened: %s; %s", path, what, leftAlone)
	}
	return nil
}

// inspect says what a file is that is none of ours; empty: it is ours, or nobody's.
func inspect(ctx context.Context, path string) (what string, err error) {
	size, magic, err := beginning(path)
	if err != nil || size == 0 {
		return "", err
	}
	if !magic {
		return notSQLite, nil
	}
	db, err := sql.Open("sqlite", lookAddress(path))
	if err != nil {
		return "", err
	}
	what, err = inspectTables(ctx, db)
	return what, errors.Join(err, db.Close())
}

// beginning looks at the first bytes of a file: SQLite's begin with its name. See https://www.sqlite.org/fileformat.html
func beginning(path string) (size int64, magic bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	const name = "SQLite format 3\x00"
	head := make([]byte, len(name))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false, err
	}
	return int64(n), string(head[:n]) == name, nil
}

// lookAddress is a file as the driver wants it to read it and nothing else. Without a log beside it SQLite is told that nobody changes the
// file, or it would make files of its own there.
func lookAddress(path string) string {
	query := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		query.Set("immutable", "1")
	}
	return fileURL(path, query)
}

// inspectTables tells our tables from others'. Ours are made at once with the library's, before any phone is paired.
func inspectTables(ctx context.Context, db *sql.DB) (what string, err error) {
	tables, err := tablesOf(ctx, db)
	switch {
	case err != nil:
		return "", err
	case len(tables) == 0, slices.Contains(tables, "kaskad_breaker"):
		return "", nil
	case !slices.Contains(tables, "whatsmeow_version"):
		return otherProgram + named(tables), nil
	case !slices.Contains(tables, "whatsmeow_device"):
		return "", nil
	}
	var devices int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM whatsmeow_device").Scan(&devices); err != nil || devices == 0 {
		return "", err
	}
	return otherSession, nil
}

func tablesOf(ctx context.Context, db *sql.DB) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// named lists a few tables, so that somebody knows the file again.
func named(tables []string) string {
	const few = 3
	var quoted []string
	for _, name := range tables[:min(few, len(tables))] {
		quoted = append(quoted, fmt.Sprintf("%.40q", name))
	}
	if len(tables) > few {
		quoted = append(quoted, "…")
	}
	return " (its tables: " + strings.Join(quoted, ", ") + ")"
}
