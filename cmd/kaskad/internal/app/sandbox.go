package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/cmd/kaskad/internal/store"
)

// sandbox is the test side of a gateway: for test keys a second, complete set of parts with a store of its own, which sends to
// simulators. It is there while there is a test key; without one it costs nothing.
//
// The real side never depends on it: what goes wrong here is a warning in the log, and a 503 for test keys.
type sandbox struct {
	real  *App
	stand atomic.Pointer[stand]
	cfg   atomic.Pointer[Config] // the real one, as it was read last

	words sync.Mutex // held while the side takes them: a reload and the start of the side come one after the other
	file  sync.Mutex // of the store: either the side has it open, or a check
}

// stand is how the test side stands.
type stand struct {
	side *App  // nil: it does not run
	err  error // why, when it should
	over chan struct{}
}

// TestDir is the folder in data_dir in which the test side keeps everything.
const TestDir = "test"

// testRest is after how long a test side that failed is tried again.
const testRest = 30 * time.Second

func newSandbox(real *App) *sandbox {
	s := &sandbox{real: real}
	s.cfg.Store(real.cfg)
	s.stand.Store(&stand{over: make(chan struct{})})
	return s
}

// set says how it stands from now on.
func (s *sandbox) set(now stand) {
	now.over = make(chan struct{})
	close(s.stand.Swap(&now).over)
}

// run keeps the test side for as long as there is a test key, until ctx ends.
func (s *sandbox) run(ctx context.Context) error {
	for ctx.Err() == nil {
		changed, rest := s.real.keys.Changed(), time.Duration(0)
		if s.real.keys.AnyTest() {
			err := s.live(ctx)
			if err == nil || ctx.Err() != nil {
				continue
			}
			s.set(stand{err: err})
			s.real.log.Warn("the test side does not work: test keys are answered 503, and nothing real is touched; it is tried again", "test", true, "err", err)
			rest = testRest
		}
		pause(ctx, changed, rest)
	}
	return nil
}

// pause waits for a change, and not for longer than a rest if there is one.
func pause(ctx context.Context, changed <-chan struct{}, rest time.Duration) {
	var over <-chan time.Time
	if rest > 0 {
		over = time.After(rest)
	}
	select {
	case <-ctx.Done():
	case <-changed:
	case <-over:
	}
}

// live builds the test side and lets it work until ctx ends or there is no test key any more: then there is no error.
func (s *sandbox) live(ctx context.Context) error {
	s.file.Lock()
	defer s.file.Unlock()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	world, err := demo.StartTestWorld()
	if err != nil {
		return err
	}
	side, err := newTestSide(ctx, s, world, "http://"+l.Addr().String())
	if err != nil {
		return errors.Join(err, world.Close())
	}
	err = s.work(ctx, side, l)
	s.set(stand{})
	return errors.Join(err, side.Close(), world.Close())
}

// work runs the test side.
func (s *sandbox) work(ctx context.Context, side *App, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go s.lastKey(ctx, stop)
	err := side.work(ctx, func(ctx context.Context, g *errgroup.Group) {
		g.Go(func() error { return serve(ctx, l, side.hooks) })
		s.join(side)
		side.log.Info("the test side is running", "channels", side.channelNames())
	})
	side.log.Info("the test side has ended")
	return err
}

// join lets the test side be used, with what a reload brought while it was being built.
func (s *sandbox) join(side *App) {
	s.words.Lock()
	defer s.words.Unlock()
	side.follow(s.cfg.Load())
	s.set(stand{side: side})
}

// lastKey stops the test side when the last test key is revoked.
func (s *sandbox) lastKey(ctx context.Context, stop func()) {
	for ctx.Err() == nil {
		changed := s.real.keys.Changed()
		if !s.real.keys.AnyTest() {
			stop()
			return
		}
		pause(ctx, changed, 0)
	}
}

// running is the test side; nil: it does not run.
func (s *sandbox) running() *App { return s.stand.Load().side }

// readyTime is how long a call waits for a test side that is just being built.
const readyTime = 10 * time.Second

// ready waits until the test side runs, or is known not to.
func (s *sandbox) ready(ctx context.Context) (*App, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for {
		now := s.stand.Load()
		if now.side != nil || now.err != nil {
			return now.side, now.err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-now.over:
		}
	}
}

// check compares the records of the test side with their indexes, if it has any. It never is why a real store cannot be checked.
func (s *sandbox) check(ctx context.Context) ([]string, error) {
	if side := s.running(); side != nil {
		return testSide(side.checkStore(ctx))
	}
	dir := filepath.Join(s.real.cfg.Server.DataDir, TestDir)
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if !s.file.TryLock() {
		return []string{"test side: it is just starting or ending: check it again"}, nil
	}
	defer s.file.Unlock()
	db, err := store.Open(dir, store.Options{Log: slog.New(slog.DiscardHandler), Test: true})
	if err != nil {
		return testSide(nil, err)
	}
	found, err := testSide((&App{db: db}).checkStore(ctx))
	return found, errors.Join(err, db.Close())
}

// testSide says of problems whose they are; a store that cannot be read is one.
func testSide(found []string, err error) ([]string, error) {
	all := make([]string, 0, len(found)+1)
	for _, p := range found {
		all = append(all, "test side: "+p)
	}
	if err != nil {
		all = append(all, "test side: "+err.Error())
	}
	return all, nil
}

// adopt takes the words and cascades that the real side has just taken; a side that is being built, or built later, takes them when it
// joins.
func (s *sandbox) adopt(next *Config) {
	s.words.Lock()
	defer s.words.Unlock()
	s.cfg.Store(next)
	if side := s.running(); side != nil {
		side.follow(next)
	}
}

// follow takes the words and cascades of the real side.
func (a *App) follow(real *Config) {
	own := *a.cfg
	own.Cascades, own.Templates.Dir, own.Dialogue.FAQ = real.Cascades, real.Templates.Dir, real.Dialogue.FAQ
	if f := a.take(&own); f != nil {
		a.log.Warn("the test side keeps the templates and cascades it had", "key", f.Key, "problem", f.Problem)
	}
}
