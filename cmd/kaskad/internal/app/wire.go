package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/bots/whatsapp"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/templates"
)

// wire makes the parts, each from the ones before it.
func (a *App) wire(ctx context.Context) error {
	words, err := takeWords(a.cfg)
	if err != nil {
		return err
	}
	a.words.Store(words)
	if err := a.heed(a.cfg, words); err != nil {
		return err
	}
	a.reading.Store(&api.Reading{At: time.Now().UTC()})
	secrets := &secrets{db: a.db}
	toast := func(locale string) string { return a.words.Load().Phrase(locale, templates.Thanks) }
	hello := func() string { return a.words.Load().Phrase(a.cfg.Company.Locale, templates.Hello) }
	if a.world != nil {
		hello = nil // a simulator's number may be somebody's: no link leads there
	}
	d := deps{log: a.log, toast: toast, hello: hello, secret: func(name string) (bots.Secret, error) { return secrets.get(ctx, name) }}
	if !a.idle {
		d.phone = func() (*whatsapp.Bot, error) { return a.openPhone(ctx) }
	}
	a.channels, err = openChannels(a.cfg, d)
	if err != nil {
		return err
	}
	if a.world != nil {
		a.populate()
	}
	wayOut, err := secrets.get(ctx, "way_out")
	if err != nil {
		return err
	}
	ways, err := links.New(links.Options{
		PublicURL: a.cfg.Server.PublicURL, Secret: wayOut, Company: a.cfg.Company.Name, Locale: a.cfg.Company.Locale,
		Zone: a.cfg.Company.Timezone, Channels: slices.Collect(maps.Keys(a.channels)),
		Receive: func(ctx context.Context, e bots.Event) error {
			return a.engine.Receive(ctx, bots.Batch{Events: []bots.Event{e}})
		},
		Books: a.db, Log: a.log,
	})
	if err != nil {
		return err
	}
	if err := a.openRedirect(ctx, secrets, ways); err != nil {
		return err
	}
	if err := a.openWays(ways); err != nil {
		return err
	}
	if err := a.openFiles(ctx, secrets); err != nil {
		return err
	}
	if err := a.wireEngine(ctx, ways); err != nil {
		return err
	}
	if a.keys == nil { // the test side has the real one's
		if a.keys, err = people.Open(ctx, records{a.db}); err != nil {
			return err
		}
	}
	if err := a.openDialogue(ctx); err != nil {
		return err
	}
	a.openTicks()
	a.openWebhooks()
	if err := a.openAlerts(ctx); err != nil {
		return err
	}
	if err := a.openSearch(ctx, secrets); err != nil {
		return err
	}
	if err := a.openInbox(ctx, secrets); err != nil {
		return err
	}
	if err := a.wireAPI(); err != nil {
		return err
	}
	return a.wireDoors(ways)
}

func (a *App) wireEngine(ctx context.Context, ways *links.Links) error {
	rules, err := a.rules()
	if err != nil {
		return err
	}
	welcomes := welcome(a.cfg, a.words.Load)
	rules.Core.Welcome = func(c *bots.Contact, channel string) bots.Outgoing { return welcomes("", c, channel) }
	rules.Core.NotYours = welcomes
	rules.Core.Greets, rules.Core.Bot = a.greets, a.bot()
	key, err := (&secrets{db: a.db}).get(ctx, "codes")
	if err != nil {
		return err
	}
	rules.Codes = a.cfg.Dialogue.Code.Rules(key, a.cfg.Company.Country)
	a.codes = rules.Codes
	a.named = rules.Channels // not the staff's room
	intake, err := a.intake(a.cfg, a.words.Load())
	if err != nil {
		return err
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
	a.openRoom(rules, senders)
	var wayOut func(*fallback.Delivery) string
	if a.cfg.Server.PublicURL != "" {
		wayOut = ways.Mint
	}
	a.engine, err = fallback.New(fallback.Options{
		Store: a.db, Rules: rules, Senders: senders, Company: company(a.cfg), Locale: a.cfg.Company.Locale, WayOut: wayOut, WayOutKept: a.world != nil, Link: a.mintLink(), Invite: a.inviteLink(),
		Intake: intake, CatchUp: catchUps, Files: a.handsOn(), PaceAt: a.cfg.Staff.PaceAt, Log: a.log,
	})
	if err != nil {
		return err
	}
	if err := a.openTickets(ctx, rules); err != nil {
		return err
	}
	return a.openDesk(ctx, rules)
}

// intake is what asks are read with, of a configuration whose channels are those that run.
func (a *App) intake(cfg *Config, words *templates.Set) (*fallback.Intake, error) {
	cascades, faults := cfg.Cascading().Cascade(a.named)
	for _, f := range faults {
		if !f.Warning {
			return nil, fmt.Errorf("%s: %s", f.Path, f.Problem)
		}
	}
	return &fallback.Intake{
		Templates: words, Cascades: cascades, Channels: a.named, WhenDown: cfg.Cascading().WhenDown(), Country: cfg.Company.Country,
		WayOut: cfg.Server.PublicURL != "",
	}, nil
}

// rules is what the operator decided, as the transitions read it.
func (a *App) rules() (*fallback.Rules, error) {
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return nil, err
	}
	core, err := a.cfg.Consent.Core()
	if err != nil {
		return nil, err
	}
	r := &fallback.Rules{
		Core: core, OptOut: a.cfg.Consent.Marketing == "opt-out", Zone: zone, Country: a.cfg.Company.Country,
		Channels: map[string]fallback.Channel{}, AfterGap: map[fallback.Purpose]fallback.GapPolicy{},
	}
	r.Holidays, _ = a.cfg.Cascading().Calendar() // its faults were told when the configuration was read
	if f := a.cfg.Frequency.Marketing; f != nil {
		r.PerDay, r.PerWeek = f.PerDay, f.PerWeek
	}
	if s := a.cfg.Frequency.SameMessage; s != nil {
		r.SameMessage = s.Duration
	}
	r.Staff = a.cfg.Staff.rules()
	r.Staff.Offer = desk.Offer(a.cfg.Company.Locale)
	r.Staff.Times.Work = a.workHours(zone)
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
	var err error
	var files api.Files // not one that holds a nil keeper
	if a.files != nil {
		files = a.files
	}
	a.api, err = api.New(api.Options{
		Files: files, Search: searches{a.search}, Keeping: a.keepingNow,
		Engine: apiRoad{a.engine, a.db}, Store: a.shownStore(), Test: a.world != nil, StaffCode: a.staffCode, StaffGroups: a.cfg.Staff.names(), Team: team{a.db}, Unreached: a.unreached, Keys: a.keys, Ledger: a.ledger, People: a.doorway(), Webhooks: a.webhooks, Links: a.wayIns.Open, Ways: a.apiWays(), ResumeGap: a.engine.ResumeGap, Confirm: a.confirm, Doors: a.doorAddresses(), CheckStore: a.checkStore,
		Loaded:     func() api.Reading { return *a.reading.Load() },
		Alerts:     a.apiAlerts(),
		Quarantine: newQuarantine(a.db, a.engine, a.channels), Country: a.cfg.Company.Country, Locale: a.cfg.Company.Locale, Currency: currency(a.cfg), Build: ThisBuild(), Log: a.log,
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
	if a.journal != nil {
		if broken := a.journal.Check(); broken != nil {
			all = append(all, broken.Error())
		}
	}
	if err == nil && a.sandbox != nil {
		found, failed := a.sandbox.check(ctx)
		all, err = append(all, found...), failed
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

// PublicPaths are what the public listener serves, and so what a proxy before it has to let through: nothing else is there. The docs are
// held to it.
func PublicPaths() []string {
	return []string{"/in/", links.LinkPrefix, "/u/", links.WayPrefix, links.PicturePrefix, links.FilePrefix, "/healthz"}
}

// adminPaths are what the admin listener serves besides the API under /v1 and /healthz; without it the public one does. Behind / are the pages.
func adminPaths() []string { return []string{"/openapi.json", "/readyz", "/metrics", "/"} }

// wireDoors puts together what each listener serves.
func (a *App) wireDoors(ways *links.Links) error {
	var err error
	a.ways = ways
	a.hooks, err = bots.NewHookHandler(bots.Hooks{Table: a.wireHooks(), Receive: a.engine.Answer, Quarantine: a.engine.Quarantine, Log: a.log})
	if err == nil {
		a.keeping, err = newKeeping(a)
	}
	if err != nil || a.world != nil {
		return err // the test side has no listeners of its own but for what its simulators call
	}
	health := api.NewHealth(a.healthOptions())
	public := http.NewServeMux()
	doors := map[string]http.Handler{
		"/in/":              a.hooks,
		"/u/":               a.sandbox.byCode(ways, func(side *App) way { return side.ways }),
		links.PicturePrefix: a.sandbox.byCode(a.pictures, func(side *App) way { return side.pictures }),
		links.LinkPrefix:    a.sandbox.byCode(a.redirect, func(side *App) way { return side.redirect }),
		links.WayPrefix:     a.sandbox.byCode(a.wayIns, func(side *App) way { return side.wayIns }),
		links.FilePrefix:    a.fileLinks,
		"/healthz":          health.Alive(),
	}
	for _, path := range PublicPaths() {
		public.Handle(path, doors[path]) // none for a path: it panics, at the first start
	}
	offices := map[string]http.Handler{
		"/openapi.json": a.api,
		"/readyz":       health.Ready(),
		"/metrics":      health.Metrics(),
		"/":             a.inbox,
	}
	admin := http.NewServeMux()
	admin.Handle("/healthz", health.Alive())
	for _, path := range adminPaths() {
		admin.Handle(path, offices[path]) // as above
	}
	keyed := a.bySession(a.sandbox.byKey(a.api))
	a.public, a.admin = strict(public), apiFirst(keyed, admin)
	if a.cfg.Server.Admin == "" {
		for _, path := range adminPaths() {
			public.Handle(path, admin)
		}
		a.public = apiFirst(keyed, strict(public))
	}
	return nil
}
