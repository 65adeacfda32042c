// Package viber talks to people through a Viber bot.
//
// See https://developers.viber.com/docs/api/rest-bot-api/ and https://creators.viber.com/docs/bots-api/. Viber tells "seen"
// apart from "delivered"; one "seen" stands for all earlier messages of the chat, and does not say that it names the newest.
//
// It keeps in memory the bot's public address, the address that calls come to, and how far Viber's clock was seen to run ahead
// of ours; all three are learnt again after a start. It never repeats a send, except a message with a keyboard that Viber
// refused because the person's Viber is too old for it: that one goes without the keyboard.
//
// # Who a person is
//
// Viber never tells a phone. The button that shares it makes the person's Viber send a contact card, and anyone can send
// anyone's card. A card counts as the person's own phone only when it carries the answer of our button, which no card picked
// by hand can carry; or when the last message the person was shown was our question, and the card has no name, as the button
// makes it and an address book does not. What remains unproven: a changed Viber can send whatever it likes, signed by Viber
// like everything else. Whoever links a phone that already belongs to somebody should confirm it by a one-time code.
package viber

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"kaskad/bots"
)

var (
	_ bots.Sender    = (*Bot)(nil)
	_ bots.Pricer    = (*Bot)(nil)
	_ bots.Webhook   = (*Bot)(nil)
	_ bots.Inspector = (*Bot)(nil)
)

// tokenShape is what can stand in a header; Viber writes three groups of letters and digits.
var tokenShape = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]{8,256}$`)

// Config is the [viber] section of the configuration.
type Config struct {
	Token     bots.Secret `toml:"token"` // empty: the channel is off
	TokenFile string      `toml:"token_file"`
	Name      string      `toml:"name"`   // who people see as the sender
	Avatar    string      `toml:"avatar"` // address of the sender's picture; empty: the bot's own
	APIURL    string      `toml:"api_url"`
	Rate      float64     `toml:"rate"`  // messages per second over all chats
	Price     bots.Price  `toml:"price"` // of one message
}

const maxName = 28 // characters; see https://creators.viber.com/docs/bots-api/data-models/message

// DefaultConfig is what a missing or empty key means.
func DefaultConfig() Config { return Config{APIURL: "https://chatapi.viber.com", Rate: 40} }

func (c Config) withDefaults() Config {
	d := DefaultConfig()
	c.APIURL, c.Rate = cmp.Or(c.APIURL, d.APIURL), cmp.Or(c.Rate, d.Rate)
	return c
}

// Validate reports every fault of the section at once. A section without a token is off and has none.
func (c Config) Validate() error {
	if c.Token == "" {
		return nil
	}
	c = c.withDefaults()
	var faults []error
	if !tokenShape.MatchString(c.Token.Reveal()) {
		faults = append(faults, errors.New("viber: token is not one of a bot: copy it from the bot's page at https://partners.viber.com"))
	}
	switch n := utf8.RuneCountInString(c.Name); {
	case strings.TrimSpace(c.Name) == "":
		faults = append(faults, errors.New("viber: name is empty: write the name that people see as the sender"))
	case n > maxName:
		faults = append(faults, fmt.Errorf("viber: name has %d characters: Viber takes at most %d", n, maxName))
	}
	if c.Avatar != "" && !webAddress(c.Avatar) {
		faults = append(faults, errors.New("viber: avatar is no web address: write https://… of a picture of at most 100 KB, or leave it out"))
	}
	if u, err := url.Parse(c.APIURL); !webAddress(c.APIURL) || err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		faults = append(faults, errors.New("viber: api_url is no address: normally it is https://chatapi.viber.com"))
	}
	if !(c.Rate > 0 && c.Rate <= 1000) {
		faults = append(faults, fmt.Errorf("viber: rate = %v: write messages per second, at most 1000", c.Rate))
	}
	if _, err := c.Price.Money(); err != nil {
		faults = append(faults, fmt.Errorf("viber: price: %w", err))
	}
	return errors.Join(faults...)
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// Options are what a bot is given by the program around it. The zero value works.
type Options struct {
	Client *bots.Client // nil: one of its own
	Log    *slog.Logger // nil: silent
	// HookSecret is the last part of the path that Viber calls. Calls are signed, so that it may be empty.
	HookSecret bots.Secret
	// Carries: files have an address of ours where Viber can fetch them.
	Carries bool
	Visitor *bots.Visitor // for files that people sent; nil: one of its own
}

// Bot is one Viber bot. It is safe for use by many goroutines.
type Bot struct {
	cfg   Config
	opt   Options
	id    string // stands for the bot in event ids; the token cannot be found from it
	price bots.Money

	clock clock
	uri   atomic.Pointer[string] // of the bot's chat, for links
	hook  atomic.Pointer[string] // where we told Viber that we are; holds a secret
}

// New returns a bot. It makes no network call; Check asks Viber who we are.
func New(cfg Config, opt Options) (*Bot, error) {
	if cfg.Token == "" {
		return nil, errors.New("viber: token is empty: the bot's page at https://partners.viber.com shows it")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if opt.Client == nil {
		opt.Client = bots.NewClient(bots.ClientOptions{})
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Visitor == nil {
		opt.Visitor = bots.NewVisitor(bots.VisitorOptions{})
	}
	sum := sha256.Sum256([]byte(cfg.Token.Reveal()))
	b := &Bot{cfg: cfg, opt: opt, id: hex.EncodeToString(sum[:4])}
	b.price, _ = cfg.Price.Money() // Validate has seen it
	return b, nil
}

// Limits says what Viber can show and prove.
func (b *Bot) Limits() bots.Limits {
	l := bots.Limits{
		MaxText: maxText, MaxCaption: maxCaption,
		Reports:   bots.Read,
		CanEngage: true,
		Buttons:   true,
		Keeps:     time.Hour, // callbacks are repeated "for an hour"; see https://developers.viber.com/docs/faq/
		PerSecond: b.cfg.Rate,
		DeafCap:   10 * time.Minute,
		WayBack:   true,
		Formats:   "viber",
	}
	if b.opt.Carries {
		l.Carries, l.MaxFile = []string{"photo", "document", "voice", "video", "sticker"}, maxFile
	}
	return l
}

// Price is the same for every message: Viber does not count parts.
func (b *Bot) Price(string) (int, bots.Money) { return 1, b.price }

// Hook is the bot's way in. Calls are signed, so the path alone is one too.
func (b *Bot) Hook() bots.Hook {
	return bots.Hook{
		Path: bots.Viber, Channel: bots.Viber, Secret: b.opt.HookSecret, Bare: true,
		Methods: []string{http.MethodPost}, Webhook: b,
	}
}
