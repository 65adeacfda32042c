// Package search finds people by any part of their name, phone, e-mail, external id and addresses, and conversations by any part of
// what was written in them.
//
// It keeps search.db beside the store: the folded texts, an index of every three letters in a row of them (SQLite's FTS5), and how far
// it has read the changes. Rows and place are written in one transaction, so that a crash between loses and repeats nothing. All of it
// can be made anew from the store, and is when the file is missing, damaged, of another version, or of another store. It holds what
// people wrote: the file is for its owner alone, and what is taken away is overwritten, not only marked.
//
//	what                          written when                                  file
//	texts and index               a change names a person or a message          write.go, follow.go
//	the same, of everything       the file is new: step by step, beside that    build.go
//	a text that the store dropped a search meets it, or the sweep does          find.go, sweep.go
//
// In memory is only how it stands. A change says ids; the words are read from the store afterwards, so that the newest are taken however
// late that is. What is found is compared with the store before it is shown: an index that is behind finds too little, and never what
// is gone.
//
// It is never on the way of a commit, never answers while it is made (see NotReady), tells when it is behind (see Status), never ends the program, and puts no
// text, phone or query into the log.
package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// FileName is the file in data_dir.
const FileName = "search.db"

// Store is what is searched: the changes, and the records that they name.
type Store interface {
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	LastChange() uint64
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	// Read runs a short read of several records.
	Read(ctx context.Context, f func(fallback.View) error) error
	// ContactIDs and MessageIDs are the next ids after one, in order.
	ContactIDs(ctx context.Context, after bots.ID, limit int) ([]bots.ID, error)
	MessageIDs(ctx context.Context, after bots.ID, limit int) ([]bots.ID, error)
	// Importing reports whether many people are being brought in just now.
	Importing() bool
}

// Options is what an index is made of. Dir, Store and Mark are needed.
type Options struct {
	Dir     string
	Store   Store
	Mark    string // of this store and no other: a file with another one is made anew
	Country string // how phones without a country code are dialled
	Log     *slog.Logger
}

// Index is the file and whoever keeps it up. Its methods may be called from any goroutine.
type Index struct {
	Options
	file  atomic.Pointer[file] // nil: closed
	anew  chan struct{}        // somebody wants it rebuilt
	old   atomic.Bool          // what is open now is the one that is to go
	stale chan text            // texts that a search found to be gone

	careful, mergeApart time.Duration // see owed.go

	mu    sync.Mutex
	fault error     // why it does not work; errAnew: it is just being made anew
	since time.Time // of the fault, of the building, or of being behind
}

// New returns an index, which answers nothing before Run opens its file.
func New(o Options) *Index {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Index{Options: o, anew: make(chan struct{}, 1), stale: make(chan text, 1000), careful: careful, mergeApart: mergeApart, since: time.Now()}
}

func (x *Index) path() string { return filepath.Join(x.Dir, FileName) }

// Rebuild makes the file anew, in the background; what Status says from then on is about the new one.
func (x *Index) Rebuild() {
	x.old.Store(true)
	select {
	case x.anew <- struct{}{}:
	default: // somebody else has just wanted it
	}
}

// errAnew ends the work on a file that has to be made anew.
var errAnew = errors.New("the index is made anew")

const (
	restFaulty = 5 * time.Second
	// A file that is damaged again so soon is on a disk that will damage the next one, too.
	tooSoon    = time.Minute
	restTooOft = time.Minute
)

// Run keeps the file up until ctx ends. What goes wrong is told by Status and in the log, and tried again.
func (x *Index) Run(ctx context.Context) error {
	var last time.Time // a damaged file was made anew
	for ctx.Err() == nil {
		err := x.work(ctx)
		if ctx.Err() != nil {
			break
		}
		x.shut(err)
		rest := restFaulty
		switch {
		case errors.Is(err, errAnew):
			rest = 0
		case damaged(err):
			if rest = 0; time.Since(last) < tooSoon {
				rest = restTooOft
			}
			last = time.Now()
			x.Log.Warn("search.db is damaged: it is made anew from the store; look at the disk", "err", err)
		default:
			x.Log.Warn("people and messages cannot be searched now; it is tried again", "err", err)
		}
		if x.rest(ctx, rest) {
			err = errAnew
			x.shut(err)
		}
		err = x.remove(err)
		x.old.Store(false)
		if err != nil {
			x.shut(err)
			x.rest(ctx, restFaulty)
		}
	}
	x.shut(errClosed)
	return nil
}

// errClosed is the fault of an index that does not run.
var errClosed = errors.New("search is not running")

// rest waits; it reports whether somebody wants the file made anew meanwhile.
func (x *Index) rest(ctx context.Context, d time.Duration) (wanted bool) {
	if d == 0 {
		return false
	}
	select {
	case <-ctx.Done():
	case <-x.anew:
		return true
	case <-time.After(d):
	}
	return false
}

// remove takes a file away that cannot be used; what is only unreachable stays.
func (x *Index) remove(why error) error {
	if !errors.Is(why, errAnew) && !damaged(why) {
		return nil
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(x.path() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("search.db cannot be removed: %w", err)
		}
	}
	return nil
}

// shut lets nobody search, for a reason.
func (x *Index) shut(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.fault == nil {
		x.since = time.Now()
	}
	x.fault = why
}

// opened lets people search.
func (x *Index) opened() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fault, x.since = nil, time.Now()
}
