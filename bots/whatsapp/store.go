package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// FileName is the session's store in the data directory.
const FileName = "whatsapp.db"

// openStore opens the file, making it when it is missing, for our eyes only: it holds the keys of the account.
func openStore(ctx context.Context, dir string, log waLog.Logger) (*sql.DB, *sqlstore.Container, error) {
	path := filepath.Join(dir, FileName)
	if err := foreign(ctx, path); err != nil {
		return nil, nil, err
	}
	if err := private(path); err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", address(path))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	// Two connections would find the file locked by each other, in the middle of a decryption.
	db.SetMaxOpenConns(1)
	container := sqlstore.NewWithDB(db, "sqlite3", log)
	if err := container.Upgrade(ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s cannot be opened: %w", path, err), db.Close())
	}
	return db, container, nil
}

// private makes the file, or takes others' rights from it. SQLite gives its side files the rights of the file itself.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the session's store cannot be written: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// address is the file as the driver wants it to work with it.
func address(path string) string {
	return fileURL(path, url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", syncFull}})
}

// fileURL writes a path for SQLite: one with '#', '?' or '%' in it is cut there unless they are escaped.
func fileURL(path string, query url.Values) string {
	return "file:" + strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), "?", "%3F") + "?" + query.Encode()
}

const (
	syncFull   = "synchronous(FULL)"
	syncNormal = "synchronous(NORMAL)"
)

// hurry lets the store leave the disk's cache to the system while WhatsApp tells what it kept for us: a decryption each, and one
// sync each would take longer than everything else.
//
// A power cut may then take back the last decryptions. That loses nothing: what was not acknowledged comes again and is decrypted
// again, with keys as old as it is; what was acknowledged had been durable in the program's own store before, and a chat's keys can
// skip forward over it. Only a key that was used to *send* must never be used again, and nothing is sent until durable returned.
func (b *Bot) hurry(ctx context.Context) error {
	_, err := b.db.ExecContext(ctx, "PRAGMA "+syncNormal)
	return err
}

// durable ends the hurry: every change is on disk when it returns, and from then on each commit is.
func (b *Bot) durable(ctx context.Context) error {
	if _, err := b.db.ExecContext(ctx, "PRAGMA "+syncFull); err != nil {
		return err
	}
	_, err := b.db.ExecContext(ctx, "PRAGMA wal_checkpoint(FULL)")
	return err
}

// device is the paired device; nil: no phone is paired. One that is being paired is none yet: the library stores it before WhatsApp has its
// signature, and a connection with it then would be turned away as logged out.
func (b *Bot) device(ctx context.Context) (*store.Device, error) {
	dev, err := b.stored(ctx)
	if b.signing.Load() { // after the look: what was stored before it began is not there, see Pair
		dev = nil
	}
	return dev, err
}

// stored is the device in the file, whether or not its pairing has ended. The library says that there is none also when it could not read
// on, and a paired phone would then be taken for none: that there are no rows has to be so twice.
func (b *Bot) stored(ctx context.Context) (*store.Device, error) {
	var all []*store.Device
	var err error
	for n := 1; err == nil && len(all) == 0 && n > 0; { // a phone may be paired between the two looks
		if all, err = b.container.GetAllDevices(ctx); err == nil && len(all) == 0 {
			err = b.db.QueryRowContext(ctx, "SELECT count(*) FROM whatsmeow_device").Scan(&n)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	if len(all) == 0 {
		return nil, nil
	}
	if len(all) > 1 {
		b.opt.Log.Warn("whatsapp.db holds more than one session: the first is used; log out to be rid of it", "sessions", len(all))
	}
	return all[0], nil
}
