package app

import (
	"context"
	"log/slog"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/bots/viber"
	"kaskad/bots/whatsapp"
	"kaskad/bots/whatsappcloud"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// channel is one channel that is on: what the engine sends through, and how it hears.
type channel struct {
	name    string
	traits  fallback.Channel
	senders map[string]bots.Sender
	hooks   []bots.Hook
	runner  bots.Runner   // nil: it calls us
	staff   *telegram.Bot // whose groups may be the staff's; nil: this channel has none
	// link is the address that opens the bot with a token; nil: there is none.
	link func(ctx context.Context, token string) (string, error)
}

// deps is what constructors may use.
type deps struct {
	log    *slog.Logger
	toast  func(locale string) string
	hello  func() string                          // what a link writes for the person where links carry nothing but a text; nil: nobody needs links
	secret func(name string) (bots.Secret, error) // one of ours, made when first asked for
	phone  func() (*whatsapp.Bot, error)          // opens the paired phone's session; nil: its limits are wanted, or nothing is sent here
}

// constructors is the table of channels: the one place that makes them. Each returns nil when its channel is off. A new one is off for
// test keys until it has a simulator in sandbox_side.go; docs/adding-a-channel.md lists the other places that know channels by name.
func constructors() []func(*Config, deps) (*channel, error) {
	return []func(*Config, deps) (*channel, error){openTelegram, openViber, openWhatsApp, openWhatsAppCloud, openSMS}
}

// openChannels makes every channel that is on.
func openChannels(cfg *Config, d deps) (map[string]*channel, error) {
	all := map[string]*channel{}
	for _, open := range constructors() {
		c, err := open(cfg, d)
		if err != nil {
			return nil, err
		}
		if c != nil {
			c.traits.Clicks = cfg.Server.PublicURL != ""
			all[c.name] = c
		}
	}
	return all, nil
}

func openTelegram(cfg *Config, d deps) (*channel, error) {
	if cfg.Telegram.Token == "" {
		return nil, nil
	}
	opt := telegram.Options{Log: d.log, Toast: d.toast}
	path, err := telegramHook(cfg, d, &opt)
	if err != nil {
		return nil, err
	}
	bot, err := telegram.New(cfg.Telegram, opt)
	if err != nil {
		return nil, err
	}
	c := &channel{
		name: bots.Telegram, senders: map[string]bots.Sender{bots.Telegram: bot}, link: bot.Link, staff: bot,
		traits: fallback.Channel{Limits: bot.Limits(), Senders: []string{bots.Telegram}, Price: priceOf(cfg.Telegram.Price, cfg)},
	}
	switch {
	case cfg.Telegram.Updates != telegram.Hooks:
		c.runner = bot
	case path != "":
		c.hooks = []bots.Hook{{Path: bots.Telegram, Secret: path, Bare: true, Webhook: bot}}
	}
	return c, nil
}

func openViber(cfg *Config, d deps) (*channel, error) {
	if cfg.Viber.Token == "" {
		return nil, nil
	}
	opt := viber.Options{Log: d.log, Carries: cfg.Server.PublicURL != ""}
	if d.secret != nil {
		made, err := d.secret("hook_secret/viber")
		if err != nil {
			return nil, err
		}
		opt.HookSecret = made
	}
	bot, err := viber.New(cfg.Viber, opt)
	if err != nil {
		return nil, err
	}
	_, price := bot.Price("")
	return &channel{
		name: bots.Viber, senders: map[string]bots.Sender{bots.Viber: bot}, hooks: []bots.Hook{bot.Hook()}, link: bot.Link,
		traits: fallback.Channel{Limits: bot.Limits(), Senders: []string{bots.Viber}, Price: price},
	}, nil
}

// openWhatsApp makes the paired phone. Its people come in by writing to the number: what a link carries stands in their first message.
func openWhatsApp(cfg *Config, d deps) (*channel, error) {
	if !cfg.WhatsApp.Enabled {
		return nil, nil
	}
	if err := cfg.WhatsApp.Validate(); err != nil {
		return nil, err
	}
	c := &channel{
		name: bots.WhatsApp, senders: map[string]bots.Sender{bots.WhatsApp: noPhone{cfg.WhatsApp}},
		traits: fallback.Channel{Limits: cfg.WhatsApp.Limits(), Senders: []string{bots.WhatsApp}, Price: priceOf(cfg.WhatsApp.Price, cfg)},
	}
	if d.phone == nil {
		return c, nil
	}
	bot, err := d.phone()
	if err != nil { // the other channels have nothing to do with it
		d.log.Error("whatsapp is shut: its session cannot be opened", "err", err)
		c.senders[bots.WhatsApp] = brokenPhone{noPhone: noPhone{cfg.WhatsApp}, err: err, since: time.Now()}
		return c, nil
	}
	c.senders[bots.WhatsApp], c.runner, c.link = bot, bot, wayTo(bot, d.hello)
	return c, nil
}

func openWhatsAppCloud(cfg *Config, d deps) (*channel, error) {
	if !cfg.WhatsAppCloud.On() {
		return nil, nil
	}
	opt := whatsappcloud.Options{Log: d.log}
	if d.secret != nil {
		made, err := d.secret("hook_secret/" + bots.WhatsAppCloud)
		if err != nil {
			return nil, err
		}
		opt.HookSecret = made
	}
	bot, err := whatsappcloud.New(cfg.WhatsAppCloud, opt)
	if err != nil {
		return nil, err
	}
	_, price := bot.Price("")
	return &channel{
		name: bots.WhatsAppCloud, link: wayTo(bot, d.hello), senders: map[string]bots.Sender{bots.WhatsAppCloud: bot}, hooks: []bots.Hook{bot.Hook()},
		traits: fallback.Channel{Limits: bot.Limits(), Senders: []string{bots.WhatsAppCloud}, Price: price},
	}, nil
}

// openSMS makes the providers of all [[sms]], in order, one channel.
func openSMS(cfg *Config, d deps) (*channel, error) {
	if len(cfg.SMS) == 0 {
		return nil, nil
	}
	c := &channel{name: bots.SMS, senders: map[string]bots.Sender{}}
	for i := range cfg.SMS {
		p, err := newProvider(cfg, cfg.SMS[i], d)
		if err != nil {
			return nil, err
		}
		c.add(p)
	}
	return c, nil
}

// add appends a provider. The channel reports and engages as well as its weakest provider: a cascade must not wait for a proof
// that only one of them can give. The rate is the first one's.
func (c *channel) add(p *sms.Provider) {
	l := p.Limits()
	_, price := p.Price("a") // of one part
	if len(c.traits.Senders) == 0 {
		c.traits.Limits, c.traits.Price = l, price
	}
	c.traits.Reports = min(c.traits.Reports, l.Reports)
	c.traits.CanEngage = c.traits.CanEngage && l.CanEngage
	c.traits.WayBack = c.traits.WayBack && l.WayBack
	c.traits.Senders = append(c.traits.Senders, p.Name())
	c.senders[p.Name()] = p
	c.hooks = append(c.hooks, p.Hook())
}

// reachable fills in where a provider reaches us. Without a public address nobody can, and nothing is promised of reports.
func reachable(cfg *Config, conf sms.Config, d deps) (sms.Config, error) {
	conf.Country = cfg.Company.Country
	conf.Deaf = cfg.Server.calledAt() == "" // nobody can tell us
	if d.secret == nil {
		return conf, nil
	}
	if conf.ReportSecret == "" {
		made, err := d.secret("report_secret/sms/" + conf.Name)
		if err != nil {
			return conf, err
		}
		conf.ReportSecret = made
	}
	if at := cfg.Server.calledAt(); at != "" {
		conf.ReportURL = bots.Secret(at + "/in/sms/" + conf.Name + "/" + conf.ReportSecret.Reveal())
	}
	return conf, nil
}

// traits are the channels that are on, as far as the configuration can be understood; its faults are told elsewhere.
func traits(cfg *Config) map[string]fallback.Channel {
	all := map[string]fallback.Channel{}
	for _, open := range constructors() {
		if c, err := open(cfg, deps{}); err == nil && c != nil {
			c.traits.Clicks = cfg.Server.PublicURL != ""
			all[c.name] = c.traits
		}
	}
	return all
}

// smsParts counts parts for the check of templates: the smallest limit of all providers.
func smsParts(cfg *Config) (count func(string) int, most int) {
	for i := range cfg.SMS {
		m := cfg.SMS[i].MaxParts
		if m == 0 {
			m = sms.DefaultMaxParts
		}
		if most == 0 || m < most {
			most = m
		}
	}
	return func(text string) int { _, n := sms.Parts(text); return n }, most
}
