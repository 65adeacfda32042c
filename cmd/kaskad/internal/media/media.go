// Package media keeps the files that people send, and those that staff hand on to them.
//
// Channels keep them for days or weeks only. So a file is fetched through its channel soon after its message was committed, and when
// somebody asks for it, and stays in a folder of ours: one file each, readable by us alone, under a name that is a hash and says
// nothing. Files that are old go, and the oldest when there are too many bytes.
//
// What it knows besides is its place in the changes. What could not be fetched soon is tried again a few times, and after a restart only
// when somebody asks for it.
//
// Where the store is sealed, so are they: each with a key of its own, that with its person's.
//
// It never looks into what it keeps, never believes what a file says it is, and never holds up a message: a disk that is full costs files.
package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"kaskad/bots"
)

// Options is what a keeper is made of. Dir and Fetchers are needed; zeros elsewhere take the defaults.
type Options struct {
	Dir      string
	Fetchers map[string]bots.Fetcher // by channel
	MaxFile  int64                   // bytes of one file; 0: 100 MiB, as much as WhatsApp carries
	MaxTotal int64                   // bytes of all; 0: 5 GiB
	Keep     time.Duration           // 0: 90 days
	Sealer   Sealer                  // people's keys; nil: files lie as they are
	Log      *slog.Logger
}

// Keeper keeps files.
type Keeper struct {
	Options
	slots chan struct{} // fetches under way at once

	mu   sync.Mutex
	busy map[string]*sync.Mutex // by name: one fetch of a file at a time
	held map[string]int         // who waits for each
	gone map[string]bool        // of people who were erased since the start
}

const (
	maxFile  = 100 << 20
	maxTotal = 5 << 30
	keep     = 90 * 24 * time.Hour
	atOnce   = 4
	patience = 2 * time.Minute // for one file
)

// New returns a keeper of files in a folder, which it makes.
func New(o Options) (*Keeper, error) {
	if o.MaxFile <= 0 {
		o.MaxFile = maxFile
	}
	if o.MaxTotal <= 0 {
		o.MaxTotal = maxTotal
	}
	if o.Keep <= 0 {
		o.Keep = keep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of people's files: %w", err)
	}
	return &Keeper{Options: o, slots: make(chan struct{}, atOnce), busy: map[string]*sync.Mutex{}, held: map[string]int{}, gone: map[string]bool{}}, nil
}

// Open opens file number n, from 0, of a message: the kept one, else it is fetched. Of ours only what was handed on from another channel
// is a file. The error is bots.ErrNoFile, bots.ErrGone, bots.ErrTooLarge, or what went wrong this time.
func (k *Keeper) Open(ctx context.Context, m *bots.Message, n int) (io.ReadSeekCloser, error) {
	if n < 0 || n >= len(m.Media) {
		return nil, bots.ErrNoFile
	}
	x := &m.Media[n]
	switch {
	case m.In && x.From == "":
		return k.open(ctx, of{m.Keeper(), n, x, m.Channel, m.At})
	case !m.In && x.From != "" && m.Delivery != 0:
		return k.open(ctx, of{m.Keeper(), n, x, x.From, m.At})
	}
	return nil, bots.ErrNoFile
}

// OpenFor opens file number n of what a delivery hands on: before its message is made, whose file it will be.
func (k *Keeper) OpenFor(ctx context.Context, delivery bots.ID, n int, x *bots.Media, at time.Time) (io.ReadSeekCloser, error) {
	return k.open(ctx, of{delivery, n, x, x.From, at})
}

// of is a file: whose, which one, and where it comes from. Ids of deliveries and of messages are never the same.
type of struct {
	id      bots.ID
	n       int
	media   *bots.Media
	channel string
	at      time.Time
}

func (k *Keeper) open(ctx context.Context, f of) (io.ReadSeekCloser, error) {
	fetcher := k.Fetchers[f.channel]
	if !f.media.Fetchable() || fetcher == nil {
		return nil, bots.ErrNoFile
	}
	name := k.name(f.id, f.n)
	unlock := k.lock(name)
	defer unlock()
	if k.forgotten(name) {
		return nil, bots.ErrNoFile
	}
	have, err := k.unsealed(name)
	switch {
	case err == nil:
		return have, nil
	case errors.Is(err, errSpoiled):
		k.Log.Warn("a person's file is spoiled, and is fetched again", "file", filepath.Base(name), "err", err)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := k.fetch(ctx, fetcher, f, name); err != nil {
		return nil, err
	}
	return k.unsealed(name)
}

// name is where a file is kept.
func (k *Keeper) name(message bots.ID, n int) string {
	sum := sha256.Sum256([]byte(message.String() + "/" + strconv.Itoa(n)))
	return filepath.Join(k.Dir, hex.EncodeToString(sum[:]))
}

// lock keeps others from fetching the same file.
func (k *Keeper) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.busy[name] == nil {
		k.busy[name] = &sync.Mutex{}
	}
	one := k.busy[name]
	k.held[name]++
	k.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.held[name]--; k.held[name] == 0 {
			delete(k.held, name)
			delete(k.busy, name)
		}
	}
}

// fetch writes a file under another name and gives it its own when all of it is on disk. It is as old as its message, whenever it is
// fetched: it must not outlive that.
func (k *Keeper) fetch(ctx context.Context, from bots.Fetcher, f of, name string) (err error) {
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := from.Fetch(ctx, *f.media, k.MaxFile)
	if err != nil {
		return err
	}
	defer body.Close()
	part, err := os.CreateTemp(k.Dir, partial+"*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	if err := errors.Join(k.copy(ctx, part, body, f, name), part.Close()); err != nil {
		return err
	}
	if at := f.at; !at.IsZero() && at.Before(time.Now()) {
		if err := os.Chtimes(part.Name(), at, at); err != nil {
			return err
		}
	}
	return os.Rename(part.Name(), name)
}

// partial begins the names of files that are not whole.
const partial = "part-"

func (k *Keeper) copy(ctx context.Context, to *os.File, from io.Reader, f of, name string) error {
	w, err := k.sealed(ctx, to, f, name)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(from, k.MaxFile+1))
	switch {
	case err != nil:
		return err
	case n > k.MaxFile:
		return bots.ErrTooLarge
	}
	return errors.Join(w.Close(), to.Sync())
}
