package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/bots/viber"
	"kaskad/bots/whatsappcloud"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// newTestSide opens the store of the test side and wires its parts; calls is where its simulators reach it.
func newTestSide(ctx context.Context, s *sandbox, world *demo.TestWorld, calls string) (*App, error) {
	cfg, log := testConfig(s.cfg.Load(), world, calls), s.real.log.With("test", true)
	db, err := store.Open(cfg.Server.DataDir, store.Options{Log: log, Test: true})
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, db: db, keys: s.real.keys, world: world, tally: newTally(db), balances: &balances{all: map[string]bots.Money{}}}
	err = a.wire(ctx)
	world.Open = a.openFirst
	if c := a.channels[bots.WhatsAppCloud]; err == nil && c != nil {
		err = world.Cloud.SetWebhook(a.hookURL(c.hooks[0]).Reveal())
	}
	if c := a.channels[bots.SMS]; err == nil && c != nil {
		err = world.SMS.SetReportURL(a.hookURL(c.hooks[0]).Reveal()) // where replies go; reports go where each message says
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

// testConfig is the configuration with simulators in place of everything that is outside, a store of its own, and nothing to pay. A
// channel that nobody has put a simulator behind is off.
func testConfig(cfg *Config, w *demo.TestWorld, calls string) *Config {
	free := bots.Price{Amount: "0", Currency: currency(cfg)}
	t := Config{
		Company: cfg.Company, Server: cfg.Server, Cascades: cfg.Cascades, Consent: cfg.Consent, Frequency: cfg.Frequency, Spend: cfg.Spend, Links: cfg.Links, Templates: Templates{Dir: cfg.Templates.Dir}, Dialogue: simulatedDialogue(cfg), Staff: cfg.Staff, Retention: cfg.Retention,
	}
	t.Server.DataDir, t.Server.calls = filepath.Join(cfg.Server.DataDir, TestDir), calls
	t.Server.CatchUp, t.Server.catchUpWritten = fallback.Lasting(time.Second), true // simulators keep nothing for us
	if cfg.Telegram.Token != "" {
		t.Telegram = telegram.Config{Token: bots.Secret(w.Telegram.Token()), Updates: telegram.Poll, APIURL: w.Telegram.URL(), Rate: cfg.Telegram.Rate}
	}
	if cfg.Viber.Token != "" {
		t.Viber = viber.Config{Token: bots.Secret(w.Viber.Token()), Name: cfg.Viber.Name, APIURL: w.Viber.URL(), Rate: cfg.Viber.Rate, Price: free}
	}
	if cfg.WhatsAppCloud.On() {
		t.WhatsAppCloud = whatsappcloud.Config{
			PhoneNumberID: w.Cloud.PhoneID(), Token: bots.Secret(w.Cloud.Token()), AppSecret: bots.Secret(w.Cloud.AppSecret()), VerifyToken: bots.Secret(w.Cloud.VerifyToken()),
			APIURL: w.Cloud.URL() + "/v23.0", Rate: cfg.WhatsAppCloud.Rate, Price: free, BlueTicks: cfg.WhatsAppCloud.BlueTicks,
		}
	}
	for i := range cfg.SMS {
		real := &cfg.SMS[i]
		t.SMS = append(t.SMS, simulated(w.SMS, sms.Config{Name: real.Name, Sender: "Test", Price: free, MaxParts: real.MaxParts, Rate: real.Rate}))
	}
	return &t
}

// populate lets the people of the test world be there before something is sent to them, and takes the staff's room away.
func (a *App) populate() {
	for _, c := range a.channels {
		c.staff = nil
		for name, s := range c.senders {
			c.senders[name] = a.peopled(s)
		}
	}
}

func (a *App) peopled(s bots.Sender) bots.Sender {
	switch s := s.(type) {
	case *telegram.Bot:
		return testTelegram{s, a.world}
	case *viber.Bot:
		return testViber{s, a.world}
	case *whatsappcloud.Bot:
		return testCloud{s, a.world}
	case *sms.Provider:
		return testSMS{s, a.world}
	}
	return s
}

// The adapters as they are; only whoever they write to is there.
type (
	testTelegram struct {
		*telegram.Bot
		world *demo.TestWorld
	}
	testViber struct {
		*viber.Bot
		world *demo.TestWorld
	}
	testCloud struct {
		*whatsappcloud.Bot
		world *demo.TestWorld
	}
	testSMS struct {
		*sms.Provider
		world *demo.TestWorld
	}
)

func (t testTelegram) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	t.world.Meet(out)
	return t.Bot.Send(ctx, out)
}

func (t testViber) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	t.world.Meet(out)
	return t.Bot.Send(ctx, out)
}

func (t testCloud) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	t.world.Meet(out)
	return t.Bot.Send(ctx, out)
}

func (t testSMS) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	t.world.Meet(out)
	return t.Provider.Send(ctx, out)
}

// shownStore is what the API reads and writes.
func (a *App) shownStore() api.Store {
	if a.world != nil {
		return started{shown{reads{DB: a.db}}}
	}
	return shown{reads{a.db, a.journal}}
}

// started is the store of the test side: whoever is given an address on a messenger there has pressed Start, or has just written.
type started struct{ shown }

func (s started) PutContact(ctx context.Context, ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	return s.shown.PutContact(ctx, ref, func(c *bots.Contact) error {
		if err := change(c); err != nil {
			return err
		}
		for i := range c.Addresses {
			at := &c.Addresses[i]
			if bots.Messenger(at.Channel) && at.State == bots.Unverified {
				c.Set(at.Address, bots.Active, at.Since)
			}
			if at.Channel == bots.WhatsAppCloud {
				at.Hears(time.Now())
			}
		}
		return nil
	})
}

// simulatedDialogue is what the bot says to simulated people: all but its question about offers, which they would answer at random. The
// retailer's system knows none of them, so it is not asked.
func simulatedDialogue(cfg *Config) dialogue.Config {
	c := cfg.Dialogue
	c.AskConsent, c.Balance = false, dialogue.DefaultConfig().Balance
	return c
}
