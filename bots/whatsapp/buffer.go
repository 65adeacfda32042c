package whatsapp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow/store"
	"modernc.org/sqlite"
)

// lock is a mutex whose waiters give up with their context.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l lock) release() { <-l }

// hash names a ciphertext in the buffer.
type hash = [32]byte

// buffer is the library's store of decrypted events, as one connection sees it. It adds three things: decryptions take the lock that
// sends hold; the hash of the message under way is known to the handler, which is called right after; and a fault of the store itself
// ends the connection, because the library would take it for a message that cannot be decrypted, ask for it again and acknowledge it.
type buffer struct {
	store.EventBuffer
	keys   lock
	ending func() bool     // the connection is over: nothing more is decrypted for it
	skips  func() bool     // the message under way is none of ours
	broken func(err error) // the store failed
	mu     sync.Mutex      // handlers run one at a time, but for one that was given up
	last   hash
	purged time.Time
}

// errOver makes the library drop what it does without a word: neither acknowledged nor asked for again.
var errOver = fmt.Errorf("the connection ends: %w", context.Canceled)

func (b *buffer) GetBufferedEvent(ctx context.Context, h hash) (*store.BufferedEvent, error) {
	b.mu.Lock()
	b.last = h
	b.mu.Unlock()
	if b.ending() {
		return nil, errOver
	}
	if b.skips() {
		return nil, errSkipped
	}
	found, err := b.EventBuffer.GetBufferedEvent(ctx, h)
	if err != nil {
		return nil, b.over(ctx, err)
	}
	return found, nil
}

// underWay is the hash of the message whose handler runs.
func (b *buffer) underWay() hash {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func (b *buffer) DoDecryptionTxn(ctx context.Context, decrypt func(context.Context) error) error {
	if b.keys.take(ctx) != nil {
		return errOver
	}
	defer b.keys.release()
	if b.ending() {
		return errOver // another connection may be about to decrypt the same bytes
	}
	err := b.EventBuffer.DoDecryptionTxn(ctx, func(ctx context.Context) error { return guarded(ctx, decrypt) })
	if storeFault(err) {
		return b.over(ctx, err)
	}
	return err
}

// over ends the connection for a fault of the store, unless it ends anyway.
func (b *buffer) over(ctx context.Context, err error) error {
	if ctx.Err() == nil && !b.ending() {
		b.broken(err)
	}
	return errOver
}

// guarded makes an error of a panic over bytes that a stranger wrote: it would end the program, and leave the transaction open.
func guarded(ctx context.Context, decrypt func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while a message was decrypted: %T", p)
		}
	}()
	return decrypt(ctx)
}

// ClearBufferedEventPlaintext is called by the library for what its handler said yes to.
func (b *buffer) ClearBufferedEventPlaintext(ctx context.Context, h hash) error {
	if b.ending() {
		return errOver
	}
	return b.EventBuffer.ClearBufferedEventPlaintext(ctx, h)
}

// storeFault tells a fault of whatsapp.db from a message that cannot be decrypted.
func storeFault(err error) bool {
	if err == nil {
		return false
	}
	_, ours := errors.AsType[*sqlite.Error](err)
	return ours || errors.Is(err, dbutil.ErrTxn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

const purgeEvery = 12 * time.Hour

// clear forgets the plain texts of a group that is durable, in one commit; their hashes stay, so that a repeat is known. Twice a day
// it drops the hashes of what WhatsApp cannot repeat any more, as the library does for what its handler said yes to.
func (b *buffer) clear(ctx context.Context, hashes []hash) error {
	if len(hashes) == 0 {
		return nil
	}
	err := b.EventBuffer.DoDecryptionTxn(ctx, func(ctx context.Context) error {
		for _, h := range hashes {
			if err := b.EventBuffer.ClearBufferedEventPlaintext(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || time.Since(b.purged) < purgeEvery {
		return err
	}
	b.purged = time.Now()
	return b.EventBuffer.DeleteOldBufferedHashes(ctx)
}
