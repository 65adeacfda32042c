package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/barcode"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/fallback"
	"kaskad/fallback/sms"
	"kaskad/templates"
)

// dialogue looks for what is wrong with what the bot says by itself.
func (l *loader) dialogue(cfg *Config) {
	zone, err := time.LoadLocation(cfg.Company.Timezone)
	if err != nil {
		zone = time.UTC // said of company.timezone
	}
	_, faults := cfg.Company.Hours.Compile(zone)
	for _, f := range faults {
		l.add("company.hours."+f.Key, "%s", f.Problem)
	}
	l.balance(&cfg.Dialogue.Balance)
	l.codes(&cfg.Dialogue.Code)
	if n := cfg.Dialogue.PerHour; n < 1 || n > 1000 {
		l.add("dialogue.per_hour", "%d answers an hour: write 1 to 1000; it ends a talk of two programs", n)
	}
	if cfg.Dialogue.Silent.Duration < 0 || cfg.Dialogue.Silent.Duration > 7*24*time.Hour {
		l.add("dialogue.silent", "write how long the bot is silent after staff wrote, up to 7d")
	}
}

// codes looks for what is wrong with the bounds of one-time codes: whoever guesses must not get far.
func (l *loader) codes(c *dialogue.CodeConfig) {
	for _, x := range []struct {
		key string
		n   int
	}{{"per_phone", c.PerPhone}, {"per_person", c.PerPerson}, {"tries", c.Tries}} {
		if x.n < 1 || x.n > 20 {
			l.add("dialogue.code."+x.key, "%d: write 1 to 20; each makes a code easier to guess", x.n)
		}
	}
	if c.PerDay < 0 || c.PerDay > 1_000_000 {
		l.add("dialogue.code.per_day", "%d: write how many codes go out in a day, at most 1000000, or 0 for none", c.PerDay)
	}
	for _, country := range c.Countries {
		if !bots.IsCountry(country) {
			l.add("dialogue.code.countries", "%q is no country with phones: write ISO 3166 codes in capitals, as UA, PL", country)
		}
	}
	if p := c.Pause.Duration; p < 10*time.Second || p > time.Hour {
		l.add("dialogue.code.pause", "write how long a further code has to wait, 10s to 1h")
	}
	if life := c.Life.Duration; life < time.Minute || life > time.Hour {
		l.add("dialogue.code.life", "write how long a code is good for, 1m to 1h")
	}
}

// balance looks for what is wrong with the call for balances.
func (l *loader) balance(c *dialogue.BalanceConfig) {
	if c.APIURL == "" {
		if l.lines["dialogue.balance"] > 0 {
			l.add("dialogue.balance.api_url", "is empty: write the address of your system, or take the section away")
		}
		return
	}
	_, faults := sms.NewLookup(c.LookupConfig)
	for _, f := range faults {
		l.add(strings.TrimSuffix("dialogue.balance."+f.Key, "."), "%s", f.Problem)
	}
	l.plain("dialogue.balance.api_url", c.APIURL)
	if t := c.Timeout.Duration; t <= 0 || t > time.Minute {
		l.add("dialogue.balance.timeout", "write how long a customer waits, up to 60s")
	}
	if c.Keep.Duration < 0 || c.Keep.Duration > time.Hour {
		l.add("dialogue.balance.keep", "write how long an answer is good for, up to 1h")
	}
	if c.AtOnce < 1 || c.AtOnce > 100 {
		l.add("dialogue.balance.at_once", "%d calls at once: write 1 to 100", c.AtOnce)
	}
}

// listen makes what the bot understands, of the words in use.
func listen(cfg *Config, words *templates.Set) (*dialogue.Vocabulary, []templates.Fault) {
	can := func(in bots.Intent) bool { return cfg.Dialogue.Can(in, cfg.Company.Hours.Written()) }
	core, _ := cfg.Consent.Core() // what is wrong with a word, validate has told
	return dialogue.Listen(words, can, core)
}

// heed puts the words of a configuration in use for what the bot understands; the error says which phrase means two things.
func (a *App) heed(cfg *Config, words *templates.Set) error {
	hears, faults := listen(cfg, words)
	if len(faults) > 0 {
		return templates.Faults(faults)
	}
	a.hears.Store(hears)
	return nil
}

// bot is how the core decides what the bot answers by itself.
func (a *App) bot() bots.Bot {
	return bots.Bot{
		Understand: func(text string, pressed bool) bots.Intent { return a.hears.Load().Understand(text, pressed) },
		Silent:     a.cfg.Dialogue.Silent.Duration, Most: a.cfg.Dialogue.PerHour,
	}
}

// openDialogue wires what the bot says by itself.
func (a *App) openDialogue(ctx context.Context) error {
	if err := a.openPictures(ctx); err != nil {
		return err
	}
	balances, err := a.lookup()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return err
	}
	hours, faults := a.cfg.Company.Hours.Compile(zone)
	if len(faults) > 0 {
		return fmt.Errorf("company.hours.%s: %s", faults[0].Key, faults[0].Problem)
	}
	buttons := map[string]bool{}
	for name, c := range a.channels {
		buttons[name] = c.traits.Buttons
	}
	a.dialogue = dialogue.New(dialogue.Options{
		Feed: a.db, Road: botRoad{a}, Config: a.cfg.Dialogue, Words: a.words.Load, Locale: a.cfg.Company.Locale, Hours: hours, Buttons: buttons,
		Balances: balances, Picture: a.picture, Codes: a.codes,
		AwayReply: a.cfg.Staff.AwayReply, Keyword: a.keyword(),
		OptOut: a.cfg.Consent.Marketing == "opt-out", Log: a.log,
	})
	return nil
}

// keyword reports whether a text is a word that stops or starts messages.
func (a *App) keyword() func(text string) bool {
	core, _ := a.cfg.Consent.Core() // what is wrong with a word, validate has told
	return func(text string) bool { return core.Heard(text).Means != bots.MeansNothing }
}

// workHours is when the team is at work: while the shop is open. Nil: nobody said when that is.
func (a *App) workHours(zone *time.Location) fallback.Work {
	if s, faults := a.cfg.Company.Hours.Compile(zone); s != nil && len(faults) == 0 {
		return s.Work
	}
	return nil
}

// picture is the address of a card's bar code: messengers fetch https only.
func (a *App) picture(c *bots.Contact, now time.Time) string {
	if !strings.HasPrefix(a.cfg.Server.PublicURL, "https://") {
		return ""
	}
	return a.pictures.URL(c, now)
}

// botRoad is the engine as the dialogue wants it.
type botRoad struct{ a *App }

func (r botRoad) Tell(ctx context.Context, f func(fallback.Tx, func(fallback.Ask) error) error) error {
	return r.a.engine.Tell(ctx, r.a.db, f)
}

// lookup makes what asks the retailer's system for balances; nil: there is none.
func (a *App) lookup() (*dialogue.Balances, error) {
	c := a.cfg.Dialogue.Balance
	if c.APIURL == "" {
		return nil, nil
	}
	l, faults := sms.NewLookup(c.LookupConfig)
	if len(faults) > 0 {
		return nil, fmt.Errorf("dialogue.balance.%s: %s", faults[0].Key, faults[0].Problem)
	}
	card, phone := l.Needs()
	return dialogue.NewBalances(&dialogue.Balances{
		Ask: pointsOf(l), Card: card, Phone: phone, Timeout: c.Timeout.Duration, Keep: c.Keep.Duration, Log: a.log,
	}, c.AtOnce), nil
}

// pointsOf asks as the dialogue wants it: what the system does not know is no fault of the system.
func pointsOf(l *sms.Lookup) dialogue.Lookup {
	return func(ctx context.Context, card, phone string) (string, error) {
		value, err := l.Ask(ctx, card, phone)
		return value, forDialogue(err)
	}
}

func forDialogue(err error) error {
	switch {
	case errors.Is(err, sms.ErrNothing):
		return lookedUp{err, dialogue.ErrNothing}
	case errors.Is(err, sms.ErrEmpty):
		return lookedUp{err, dialogue.ErrUnread}
	}
	return err
}

// lookedUp is what the system said, as the dialogue knows it: in one set of words, not in those of both.
type lookedUp struct {
	error
	is error
}

func (a lookedUp) Unwrap() []error { return []error{a.error, a.is} }

// openPictures makes what serves bar codes of cards.
func (a *App) openPictures(ctx context.Context) error {
	secret, err := (&secrets{db: a.db}).get(ctx, "cards")
	if err != nil {
		return err
	}
	a.pictures = &links.Pictures{
		PublicURL: a.cfg.Server.PublicURL, Secret: secret, Life: pictureLife, Contact: a.db.Contact, Draw: barcode.PNG, Test: a.world != nil, Log: a.log,
	}
	return nil
}

// pictureLife is long enough for a messenger that fetches late, and for a person who opens the chat at the till.
const pictureLife = 24 * time.Hour
