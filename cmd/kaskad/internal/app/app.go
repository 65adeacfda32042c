// Package app makes one running program of the configuration: it opens the store, wires the parts, listens, and stops them again.
//
// While there are test keys it makes a second set of the same parts, the test side: a store of its own, simulators where the channels are.
// A call goes to the side of its key, and nothing goes from one side to the other.
//
// It keeps nothing of its own; what the program keeps is in the stores.
//
// It never holds a rule: what may be sent is decided in fallback, who a person is in bots.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/bots/whatsapp"
	"kaskad/cmd/kaskad/internal/alert"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/cmd/kaskad/internal/inbox"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/cmd/kaskad/internal/mail"
	"kaskad/cmd/kaskad/internal/media"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/search"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/cmd/kaskad/internal/tickets"
	"kaskad/cmd/kaskad/internal/ticks"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/fallback"
	"kaskad/templates"
)

// Streams are where a command writes, and where the person who called it answers.
type Streams struct {
	In       io.Reader // nil: there is nobody to ask
	Piped    io.Reader // what "-" stands for: a list that another program writes, or that is typed
	Out, Err io.Writer
}

// Place is where the configuration file is.
type Place string

// ErrUsage is a command that was called wrongly.
var ErrUsage = errors.New("usage")

// App is the program, wired but not yet running.
type App struct {
	cfg       *Config
	log       *slog.Logger
	db        *store.DB
	channels  map[string]*channel
	named     map[string]fallback.Channel // those that cascades may name
	words     atomic.Pointer[templates.Set]
	codes     fallback.CodeRules
	pictures  *links.Pictures
	fileLinks *links.Files // nil: on the test side
	hears     atomic.Pointer[dialogue.Vocabulary]
	reading   atomic.Pointer[api.Reading] // how the last reload went
	engine    *fallback.Engine
	keys      *people.Keys
	accounts  *people.Accounts // who may sign in; nil on the test side
	inbox     *inbox.Inbox     // their pages; the same
	throttle  *people.Throttle // of sign-ins; the same
	ledger    *people.Ledger
	api       *api.API
	hooks     http.Handler // what channels call
	ways      *links.Links // what people open
	public    http.Handler
	admin     http.Handler
	redirect  *links.Redirect
	wayIns    *links.Ways // how people come in
	dialogue  *dialogue.Dialogue
	files     *media.Keeper // of people; nil on the test side
	desks     []*desk.Desk  // one for each group of staff, the first one first; none: without Telegram there is no room for them
	webhooks  *webhooks.Webhooks
	tickets   *tickets.Clerk // nil: the test side has none
	ticks     *ticks.Ticks   // nil: no channel shows people that they were read
	search    *search.Index
	journal   *journal      // nil on the test side
	keeping   *keeping      // drops what is too old
	alerts    *alert.Watch  // nil: nobody is to be woken
	post      *mail.Post    // to who is woken; nil: by other ways only
	others    certificates  // of others, which are looked after with ours
	backups   *backupKeeper // nil on the test side
	tests     *smsTests
	balances  *balances
	tally     *tally
	door      *doorman
	callers   []*caller     // channels that have to be told where we are
	tls       *encryption   // nil: something in front of us speaks TLS
	ring      *keyring.Ring // nil: nothing is sealed

	phone      *whatsapp.Bot // nil: off, or not opened
	idle       bool          // a command has the store open for a moment: nothing is sent, and no session is opened that was not asked for
	told       io.Writer     // whom a command tells what it did besides; nil: nobody
	supervisor supervisor    // systemd, when it started us

	world   *demo.TestWorld // what the test side sends to; nil: this is the real one
	sandbox *sandbox        // the test side; nil: this is it
}

// SocketName is the control socket in data_dir.
const SocketName = "kaskad.sock"

// New opens the store and wires everything. Nothing runs yet, and no call leaves the machine.
func New(ctx context.Context, cfg *Config, log *slog.Logger) (*App, error) {
	return build(ctx, &App{cfg: cfg, log: log})
}

// build opens the store of an app and wires the rest.
func build(ctx context.Context, a *App) (*App, error) {
	keys, err := a.cfg.openKeys()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(a.cfg.Server.DataDir, store.Options{Log: a.log, Keys: keys})
	if err != nil {
		return nil, errors.Join(err, closeKeys(keys))
	}
	if keys != nil {
		if err := keys.Lock(); err != nil { // after the store's: of two gateways of one store the store is what they share
			return nil, errors.Join(fmt.Errorf("%s: %w", a.cfg.keysPath(), err), db.Close(), closeKeys(keys))
		}
	}
	a.ring = keys
	a.db, a.tally, a.balances = db, newTally(db), &balances{all: map[string]bots.Money{}}
	if err := a.openJournal(ctx); err != nil {
		return nil, errors.Join(err, db.Close(), closeKeys(keys))
	}
	if err := a.openBackups(ctx); err != nil {
		return nil, errors.Join(err, db.Close(), closeKeys(keys))
	}
	a.sandbox = newSandbox(a)
	if err := a.wire(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.engine.ReadPauses(ctx); err != nil { // whether the store was put back is known before anything runs
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close closes the session of the paired phone, brings the journal to its end, and closes the store.
func (a *App) Close() error {
	var err error
	if a.phone != nil {
		err = a.phone.Close()
	}
	if behind := a.journal.flush(context.Background()); behind != nil { // the next start may find another store
		a.log.Warn("the journal is behind", "err", behind)
	}
	return errors.Join(err, a.db.Close(), closeKeys(a.ring))
}

// drainTime is how long sends under way may take after a stop; the program is gone within ten seconds.
const drainTime = 7 * time.Second

// Run listens and works until ctx ends: the first part to stop stops all.
func (a *App) Run(ctx context.Context, l Listeners) error {
	var err error
	if a.tls, err = newEncryption(a.cfg, "", a.log); err != nil {
		return err
	}
	socket, err := control.Listen(filepath.Join(a.cfg.Server.DataDir, SocketName))
	if err != nil {
		return err
	}
	if err := a.db.NoteStart(ctx); err != nil {
		a.log.Warn("the start could not be counted: an older copy of the store that is put back without kaskad backup is not recognised", "err", err)
	}
	if a.engine.Restored() {
		a.log.Warn(restoredAdvice)
	}
	if err := a.eraseNameless(ctx, a.engine.Restored()); err != nil {
		return err
	}
	a.tests.running.Store(true)
	return a.work(ctx, func(ctx context.Context, g *errgroup.Group) {
		g.Go(func() error { return a.runDesks(ctx) })
		g.Go(func() error { return a.tickets.Run(ctx) })
		g.Go(func() error { return a.paceAds(ctx) })
		g.Go(func() error { return a.tally.run(ctx) })
		g.Go(func() error { return a.runPolls(ctx) })
		g.Go(func() error { return a.files.Run(ctx, a.db) })
		g.Go(func() error { return a.journal.keep(ctx) })
		g.Go(func() error { return a.backups.run(ctx) })
		g.Go(func() error { return a.runAlerts(ctx) })
		g.Go(func() error { return a.ping(ctx) })
		g.Go(func() error { return a.balances.run(ctx, a.tests.providers) })
		g.Go(func() error { return a.sandbox.run(ctx) })
		g.Go(func() error { return a.throttle.Run(ctx) })
		g.Go(func() error { return a.servePublic(ctx, l.Public) })
		if l.Admin != nil {
			g.Go(func() error { return a.serveAdmin(ctx, l.Admin) })
		}
		g.Go(func() error { return serve(ctx, api.Listener(socket), control.Trusted(a.socket())) })
		build := ThisBuild()
		a.log.Info("kaskad is running", "version", build.Version, "commit", build.Commit, "go", build.Go, "public", l.Public.Addr().String(), "admin", l.adminAddr(), "channels", a.channelNames())
		a.tell(isReady, a.standing(nil))
		g.Go(func() error {
			<-ctx.Done()
			a.tell(isStopping)
			return nil
		})
	})
}

// work does what both sides do, and starts what one of them does besides, until ctx ends; sends under way may end after that. The
// first part to stop stops all.
func (a *App) work(ctx context.Context, besides func(context.Context, *errgroup.Group)) error {
	drain, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g, all := errgroup.WithContext(ctx)
	context.AfterFunc(all, func() { time.AfterFunc(drainTime, cancel) })
	context.AfterFunc(all, a.api.EndStreams)
	a.start(all, drain, g)
	besides(all, g)
	if err := g.Wait(); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err // also a part that calls its end a cancellation when nobody ended us: it must not pass for a good end
	}
	return nil
}

// start starts what both sides do: they take events in, send, and answer.
func (a *App) start(ctx, drain context.Context, g *errgroup.Group) {
	g.Go(func() error { return a.watchStore(ctx) })
	g.Go(func() error { return a.engine.Run(ctx, drain) })
	g.Go(func() error { return a.dialogue.Run(ctx) })
	g.Go(func() error { return a.onceConfirmed(ctx, a.runTicks) })
	g.Go(func() error { return a.onceConfirmed(ctx, a.webhooks.Run) })
	g.Go(func() error { return a.runErasure(ctx) })
	g.Go(func() error { return a.keeping.run(ctx) })
	g.Go(func() error { return a.search.Run(ctx) })
	g.Go(func() error { return a.ledger.Run(ctx) })
	g.Go(func() error { return a.wayIns.Run(ctx) })
	for name, c := range a.channels {
		if c.runner != nil {
			g.Go(func() error { return a.listenTo(ctx, name, c.runner) })
		}
	}
	g.Go(func() error { return a.tellChannels(ctx) })
}

// watchStore ends the program when the store can no longer promise anything.
func (a *App) watchStore(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.db.Failed():
		return err
	}
}

// listenTo keeps one channel's ear open.
func (a *App) listenTo(ctx context.Context, name string, r bots.Runner) error {
	err := r.Run(ctx, func(ctx context.Context, b bots.Batch) error {
		if err := a.engine.Receive(ctx, b); err != nil {
			return err
		}
		a.engine.Heard(ctx, name, b)
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
