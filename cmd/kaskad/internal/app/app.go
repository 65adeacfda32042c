// Package app makes one running program of the configuration: it opens the store, wires the parts, listens, and stops them again.
//
// It keeps nothing of its own; what the program keeps is in the store.
//
// It never holds a rule: what may be sent is decided in fallback, who a person is in bots.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
	"kaskad/templates"
)

// Streams are where a command writes, and where the person who called it answers.
type Streams struct {
	In       io.Reader // nil: there is nobody to ask
	Out, Err io.Writer
}

// Place is where the configuration file is.
type Place string

// ErrUsage is a command that was called wrongly.
var ErrUsage = errors.New("usage")

// Version is what was built.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// App is the program, wired but not yet running.
type App struct {
	cfg      *Config
	log      *slog.Logger
	db       *store.DB
	channels map[string]*channel
	engine   *fallback.Engine
	keys     *people.Keys
	api      *api.API
	public   http.Handler
	admin    http.Handler
	dialogue *dialogue.Dialogue
	desk     *desk.Desk // nil: without Telegram there is no room for staff
	tests    *smsTests
	balances *balances
	tally    *tally
	door     *doorman
	callers  []*caller   // channels that have to be told where we are
	tls      *encryption // nil: something in front of us speaks TLS
}

// SocketName is the control socket in data_dir.
const SocketName = "kaskad.sock"

// New opens the store and wires everything. Nothing runs yet, and no call leaves the machine.
func New(ctx context.Context, cfg *Config, log *slog.Logger) (*App, error) {
	db, err := store.Open(cfg.Server.DataDir, store.Options{Log: log})
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, db: db, tally: newTally(db), balances: &balances{all: map[string]bots.Money{}}}
	if err := a.wire(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

// wire makes the parts, each from the ones before it.
func (a *App) wire(ctx context.Context) error {
	words, err := loadWords(a.cfg)
	if err != nil {
		return err
	}
	secrets := &secrets{db: a.db}
	toast := func(locale string) string { return words.Phrase(locale, templates.Thanks) }
	a.channels, err = openChannels(a.cfg, deps{log: a.log, toast: toast, secret: func(name string) (bots.Secret, error) { return secrets.get(ctx, name) }})
	if err != nil {
		return err
	}
	wayOut, err := secrets.get(ctx, "way_out")
	if err != nil {
		return err
	}
	ways, err := links.New(links.Options{
		PublicURL: a.cfg.Server.PublicURL, Secret: wayOut, Company: a.cfg.Company.Name, Locale: a.cfg.Company.Locale,
		Receive: func(ctx context.Context, e bots.Event) error {
			return a.engine.Receive(ctx, bots.Batch{Events: []bots.Event{e}})
		},
		Store: a.db, Log: a.log,
	})
	if err != nil {
		return err
	}
	if err := a.wireEngine(ctx, words, ways); err != nil {
		return err
	}
	a.keys, err = people.Open(ctx, records{a.db})
	if err != nil {
		return err
	}
	a.dialogue = &dialogue.Dialogue{Feed: a.db, Road: a.engine, Log: a.log}
	if err := a.wireAPI(); err != nil {
		return err
	}
	return a.wireDoors(ways)
}

func (a *App) wireEngine(ctx context.Context, words *templates.Set, ways *links.Links) error {
	rules, err := a.rules()
	if err != nil {
		return err
	}
	rules.Core.Welcome = welcome(a.cfg, words)
	cascades, faults := a.cfg.Cascading().Cascade(rules.Channels)
	for _, f := range faults {
		if !f.Warning {
			return fmt.Errorf("%s: %s", f.Path, f.Problem)
		}
	}
	a.tests = newSMSTests(a, rules)
	senders := map[string]bots.Sender{}
	catchUps := map[string]time.Duration{}
	for name, c := range a.channels {
		for sender, s := range c.senders {
			senders[sender] = s
		}
		catchUps[name] = catchUp(a.cfg, c)
	}
	named := rules.Channels // what cascades may name: not the staff's room
	a.openRoom(rules, senders)
	var wayOut func(*fallback.Delivery) string
	if a.cfg.Server.PublicURL != "" {
		wayOut = ways.Mint
	}
	a.engine, err = fallback.New(fallback.Options{
		Store: a.db, Rules: rules, Senders: senders, Words: words, Company: company(a.cfg), Locale: a.cfg.Company.Locale, WayOut: wayOut,
		Intake:  &fallback.Intake{Templates: words, Cascades: cascades, Channels: named, Country: a.cfg.Company.Country, WayOut: a.cfg.Server.PublicURL != ""},
		CatchUp: catchUps, Log: a.log,
	})
	if err != nil {
		return err
	}
	return a.openDesk(ctx, rules)
}

// rules is what the operator decided, as the transitions read it.
func (a *App) rules() (*fallback.Rules, error) {
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return nil, err
	}
	r := &fallback.Rules{
		Core: bots.DefaultCore(), OptOut: a.cfg.Consent.Marketing == "opt-out", Zone: zone,
		Channels: map[string]fallback.Channel{}, AfterGap: map[fallback.Purpose]fallback.GapPolicy{}, LeaveHeld: a.cfg.Cascading().LeaveHeld(),
	}
	if f := a.cfg.Frequency.Marketing; f != nil {
		r.PerDay, r.PerWeek = f.PerDay, f.PerWeek
	}
	if s := a.cfg.Frequency.SameMessage; s != nil {
		r.SameMessage = s.Duration
	}
	if p := a.cfg.Spend.PerDay; p != nil {
		if r.SpendPerDay, err = bots.ParseMoney(p.Amount, p.Currency); err != nil {
			return nil, err
		}
	}
	for name, c := range a.channels {
		r.Channels[name] = c.traits
	}
	for purpose, policy := range a.cfg.Server.AfterGap {
		p, err := fallback.ParsePurpose(purpose)
		if err != nil {
			return nil, err
		}
		r.AfterGap[p] = fallback.GapPolicy(policy)
	}
	return r, nil
}

func (a *App) wireAPI() error {
	opens := map[string]func(string) (string, error){}
	for name, c := range a.channels {
		if c.link != nil {
			opens[name] = c.startLink
		}
	}
	var err error
	a.api, err = api.New(api.Options{
		Engine: a.engine, Store: shown{reads{a.db}}, StaffCode: a.staffCode, Keys: a.keys, Links: opens, ResumeGap: a.engine.ResumeGap, Doors: a.doorAddresses(), CheckStore: a.checkStore,
		Quarantine: newQuarantine(a.db, a.engine, a.channels), Country: a.cfg.Company.Country, Currency: currency(a.cfg), Version: Version(), Log: a.log,
	})
	return err
}

// checkStore compares records with indexes.
func (a *App) checkStore(ctx context.Context) ([]string, error) {
	problems, err := a.db.Check(ctx)
	all := make([]string, len(problems))
	for i, p := range problems {
		all[i] = fmt.Sprint(p)
	}
	return all, err
}

// doorAddresses are where providers reach us that have to be told by hand; none without a public address.
func (a *App) doorAddresses() map[string]string {
	all := map[string]string{}
	for _, c := range a.channels {
		for _, h := range c.hooks {
			_, told := h.Webhook.(bots.Registrar)
			p, some := h.Webhook.(interface{ Hears() bool }) // not every SMS provider calls
			if a.cfg.Server.PublicURL != "" && !told && (!some || p.Hears()) {
				all[h.Path] = a.hookURL(h).Reveal()
			}
		}
	}
	return all
}

// wireDoors puts together what each listener serves.
func (a *App) wireDoors(ways *links.Links) error {
	hooks, err := bots.NewHookHandler(bots.Hooks{Table: a.wireHooks(), Receive: a.engine.Answer, Quarantine: a.engine.Quarantine, Log: a.log})
	if err != nil {
		return err
	}
	health := api.NewHealth(a.healthOptions())
	public := http.NewServeMux()
	public.Handle("/in/", hooks)
	public.Handle("/u/", ways)
	public.Handle("/healthz", health.Alive())
	admin := http.NewServeMux()
	admin.Handle("/v1/", a.api)
	admin.Handle("/openapi.json", a.api)
	admin.Handle("/healthz", health.Alive())
	admin.Handle("/readyz", health.Ready())
	admin.Handle("/metrics", health.Metrics())
	a.public, a.admin = public, admin
	if a.cfg.Server.Admin == "" {
		for _, path := range []string{"/v1/", "/openapi.json", "/readyz", "/metrics"} {
			public.Handle(path, admin)
		}
	}
	return nil
}

// Close closes the store.
func (a *App) Close() error { return a.db.Close() }

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
	a.tests.running.Store(true)
	drain, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() { time.AfterFunc(drainTime, cancel) })
	g.Go(func() error { return a.watchStore(ctx) })
	g.Go(func() error { return a.engine.Run(ctx, drain) })
	g.Go(func() error { return a.dialogue.Run(ctx) })
	g.Go(func() error { return a.runDesk(ctx) })
	g.Go(func() error { return a.tally.run(ctx) })
	g.Go(func() error { return a.runPolls(ctx) })
	g.Go(func() error { return a.balances.run(ctx, a.tests.providers) })
	for name, c := range a.channels {
		if c.runner != nil {
			g.Go(func() error { return a.listenTo(ctx, name, c.runner) })
		}
	}
	g.Go(func() error { return a.servePublic(ctx, l.Public) })
	g.Go(func() error { return a.tellChannels(ctx) })
	if l.Admin != nil {
		g.Go(func() error { return serve(ctx, l.Admin, a.admin) })
	}
	g.Go(func() error { return serve(ctx, socket, control.Trusted(a.socket())) })
	a.log.Info("kaskad is running", "version", Version(), "public", l.Public.Addr().String(), "admin", l.adminAddr(), "channels", strings.Join(slices.Sorted(maps.Keys(a.channels)), ","))
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
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

// Listeners are where the program is reached.
type Listeners struct{ Public, Admin net.Listener }

// Listen opens the addresses of the configuration.
func Listen(cfg *Config) (Listeners, error) {
	var l Listeners
	var err error
	if l.Public, err = net.Listen("tcp", cfg.Server.Listen); err != nil {
		return l, fmt.Errorf("server.listen: %w; is another program using the address?", err)
	}
	if cfg.Server.Admin == "" {
		return l, nil
	}
	if l.Admin, err = net.Listen("tcp", cfg.Server.Admin); err != nil {
		l.Public.Close()
		return l, fmt.Errorf("server.admin: %w; is another program using the address?", err)
	}
	return l, nil
}

// serve answers until ctx ends, then lets calls under way finish for a moment.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	return serveWith(ctx, newServer(h), l)
}

// newServer has the bounds that every listener of ours has.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

func serveWith(ctx context.Context, s *http.Server, l net.Listener) error {
	stopped := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if s.Shutdown(late) != nil {
			s.Close()
		}
	})
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	return err
}

// adminAddr is where the API is.
func (l Listeners) adminAddr() string {
	if l.Admin == nil {
		return l.Public.Addr().String()
	}
	return l.Admin.Addr().String()
}

// Close closes both; for a start that failed in between.
func (l Listeners) Close() {
	l.Public.Close()
	if l.Admin != nil {
		l.Admin.Close()
	}
}
