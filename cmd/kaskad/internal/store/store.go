package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
)

// FileName is the file in data_dir.
const FileName = "kaskad.db"

// Options are how a file is opened. The zero value is what the program uses.
type Options struct {
	Log *slog.Logger

	Batch      int           // most operations of one commit; 0: 1024
	Queue      int           // operations that may wait; 0: 4096
	Linger     time.Duration // after a batch of more than 32; 0: 300 µs, negative: never
	Generation int           // entries of a generation; 0: 8192

	// Test makes it the store of test keys: its ids have bots.TestMark, and so every key that is made of them. A file is of one
	// kind from its first day, and is not opened as the other.
	Test bool

	// Keys seal what is of people; nil: nothing is sealed. A file is made with its keys on its first day, and is opened with no others.
	Keys *keyring.Ring

	// Twice runs every operation twice with fresh write sets and refuses it when they differ. For tests.
	Twice bool

	inWriter   bool // run every operation in the writer; for comparisons
	boltOpts   func(*bolt.Options)
	migrations []migration // nil: those of the program
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Batch <= 0 {
		o.Batch = 1024
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	if o.Linger == 0 {
		o.Linger = 300 * time.Microsecond
	}
	if o.Generation <= 0 {
		o.Generation = 8192
	}
	if o.migrations == nil {
		o.migrations = migrations
	}
}

// DB is one file. Its methods may be called from any goroutine.
type DB struct {
	bolt *bolt.DB
	opt  Options
	path string

	idle     sync.Pool     // of *op; of this store alone, because a bubble of testing/synctest does not share channels
	jobs     chan *op      // to be prepared
	queue    chan *op      // prepared, for the writer
	bulk     chan struct{} // places for what may wait
	quit     chan struct{} // closed by Close
	prepared chan struct{} // closed when the workers have ended
	gone     chan struct{} // closed when the writer has ended
	once     sync.Once
	err      error // of Close

	long    sync.RWMutex   // shared by who reads the whole file; a compaction has it alone
	asides  chan *aside    // for the writer, between two commits
	closing sync.WaitGroup // files that were replaced, until their last reader is done

	failure atomic.Pointer[error]
	failed  chan error

	ids       counter
	gens      [tables]genTable
	heads     heads
	snapshots snapshots
	stats     counters

	asked      atomic.Int64 // when somebody last asked for a journey
	imported   atomic.Int64 // when many people were last brought in at once
	lastChange atomic.Uint64
	holds      atomic.Pointer[knownHolds]
	naming     naming      // of people in keys; never changes
	markKey    []byte      // of the keyed hashes of names; never changes
	hashes     sync.Pool   // that make them
	noes       atomic.Bool // somebody's no is kept at such a hash, perhaps
	merges     atomic.Pointer[knownMerges]
	merged     atomic.Bool  // somebody was merged once, perhaps
	holdsRead  sync.Mutex   // while one reads them anew
	freed      atomic.Int64 // when a person's data was deleted that is still in free pages: microseconds; 0: there is none
	changed    atomic.Pointer[chan struct{}]

	// Of the writer alone.
	versions *versions
	headLog  uint64
	mapped   int    // address space of the file
	base     uint64 // numbers of commits are the file's and this: a file that was compacted begins anew
}

// leastMap is how much address space a file gets at least: until it has grown beyond, a reader never holds up the writer.
const leastMap = 64 << 30

// mapSize is that of a file of a size; 0 leaves it to bbolt.
func mapSize(path string) int {
	if strconv.IntSize < 64 || runtime.GOOS == "windows" { // there the file would become as large as the map
		return 0
	}
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	return int(max(leastMap, 2*size))
}

// lockWait is how long a file that is in use is waited for.
const lockWait = time.Second

// Open opens the file in a directory, or makes it. An older schema is migrated after a backup; a newer one is refused.
func Open(dir string, opt Options) (*DB, error) {
	opt.defaults()
	path := filepath.Join(dir, FileName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := intact(path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	_, missing := os.Stat(path)
	db := &DB{opt: opt, path: path}
	file, err := db.open(path)
	if err != nil {
		return nil, err
	}
	if err := dropFile(filepath.Join(dir, compactName)); err != nil { // a compaction was killed
		return nil, errors.Join(fmt.Errorf("store: %w", err), file.Close())
	}
	if missing != nil { // bbolt makes the file durable, and not its name
		if err := syncDir(dir); err != nil {
			return nil, errors.Join(fmt.Errorf("store: %w", err), file.Close())
		}
	}
	db.bolt, db.mapped, db.versions = file, db.boltOptions(path).InitialMmapSize, newVersions(1<<20)
	db.jobs, db.queue, db.asides = make(chan *op, opt.Queue), make(chan *op, opt.Queue), make(chan *aside)
	db.bulk = make(chan struct{}, 2*opt.Batch)
	db.quit, db.prepared, db.gone, db.failed = make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan error, 1)
	db.snapshots.turn.L = &db.snapshots.mu
	if opt.Test {
		db.ids.mark = bots.TestMark
	}
	for _, step := range []func() error{db.rightKind, db.migrate, db.rightKeys, db.loadNaming, db.loadMarkKey, db.lookRestored, db.load, func() error { return db.snapshots.replace(db) }} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
		}
	}
	db.start()
	return db, nil
}

// boltOptions are how a file is opened.
func (db *DB) boltOptions(path string) bolt.Options {
	// The list of free pages is written with every commit. As an array it is in order already; as a map it would be sorted each
	// time, which was an eighth of all work where heads of conversations had left some thousand pages free.
	options := bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistArrayType, InitialMmapSize: mapSize(path)}
	if db.opt.boltOpts != nil {
		db.opt.boltOpts(&options)
	}
	return options
}

// open opens the file and makes sure that it still is the one of that name: another process may have put a compacted one in its place
// while we waited for its lock.
func (db *DB) open(path string) (*bolt.DB, error) {
	options := db.boltOptions(path)
	var mine *os.File
	by := options.OpenFile
	if by == nil {
		by = os.OpenFile
	}
	options.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = by(name, flag, mode)
		mine = f
		return f, err
	}
	file, err := bolt.Open(path, 0o600, &options)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	have, err := mine.Stat()
	named, gone := os.Stat(path)
	if err := errors.Join(err, gone); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	if !os.SameFile(have, named) {
		return nil, errors.Join(ErrInUse, file.Close())
	}
	return file, nil
}

// start runs the writer, and as many workers as keep every processor busy while some of them wait for pages of the file.
func (db *DB) start() {
	go db.writer()
	var workers sync.WaitGroup
	for range max(4, 2*runtime.GOMAXPROCS(0)) {
		workers.Go(db.worker)
	}
	go func() {
		workers.Wait()
		close(db.prepared)
	}()
}

// load reads what lives in memory: counters, the lists of generations, and the heads of conversations that a crash left in
// their log.
func (db *DB) load() error {
	ch := make(chan struct{})
	db.changed.Store(&ch)
	return db.bolt.View(func(btx *bolt.Tx) error {
		meta := btx.Bucket(metaBucket)
		db.ids.last.Store(keyNumber(meta.Get(keyLastID)))
		db.lastChange.Store(keyNumber(meta.Get(keyChange)))
		db.headLog = keyNumber(meta.Get(keyHeadLog))
		db.loadFreed(meta)
		if err := db.openGenerations(btx); err != nil {
			return err
		}
		db.openMerges(btx)
		db.openNoes(btx)
		return db.replayHeads(btx)
	})
}

// tight reports whether a commit may make the file larger than what is mapped.
func (db *DB) tight(btx *bolt.Tx) bool {
	const most = 1 << 30 // of one commit
	return btx.Size()+most > int64(db.mapped)
}

// Close writes what is queued, brings the heads of conversations to their place and closes the file.
func (db *DB) Close() error {
	db.once.Do(func() {
		close(db.quit)
		<-db.gone
		db.snapshots.end()
		db.closing.Wait()
		db.err = db.bolt.Close()
	})
	return db.err
}

// Path is the file.
func (db *DB) Path() string { return db.path }
