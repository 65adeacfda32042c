// Package telegram talks to people through a Telegram bot.
//
// See https://core.telegram.org/bots/api. Telegram reports no delivery and no reading: a message is accepted, and later an
// answer, a button, a reaction or simply the person's next message tells that it was seen.
//
// It keeps nothing but the bot's own name: the offset of the updates moves when they were received, and Telegram keeps the
// rest for a day (button presses for 150 seconds). It never repeats a send, except a text whose markup Telegram refused.
//
// It listens to private chats, and in groups to what may be of staff (group.go): that is another channel, so that nothing a
// customer writes can pass for it. Room is the sender into the staff's group.
package telegram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

var (
	_ bots.Sender  = (*Bot)(nil)
	_ bots.Runner  = (*Bot)(nil)
	_ bots.Webhook = (*Bot)(nil)
)

// The ways in which updates come.
const (
	Poll  = "poll"
	Hooks = "webhook"
)

// tokenShape is what @BotFather writes: the bot's id, which is public, and the secret.
var tokenShape = regexp.MustCompile(`^[1-9][0-9]{0,18}:[A-Za-z0-9_-]+$`)

// groupID is how Telegram numbers groups.
var groupID = regexp.MustCompile(`^-[1-9][0-9]{0,18}$`)

// IsGroup reports whether an id is one that a group can have.
func IsGroup(id string) bool { return groupID.MatchString(id) }

// Config is the [telegram] section of the configuration.
type Config struct {
	Token     bots.Secret `toml:"token"` // empty: the channel is off
	TokenFile string      `toml:"token_file"`
	Updates   string      `toml:"updates"` // Poll or Hooks
	APIURL    string      `toml:"api_url"`
	Rate      float64     `toml:"rate"`       // messages per second over all chats
	Price     bots.Price  `toml:"price"`      // of one message; normally none
	StaffChat string      `toml:"staff_chat"` // the support team's group; normally kept in the store
}

// DefaultConfig is what a missing or empty key means.
func DefaultConfig() Config {
	return Config{Updates: Poll, APIURL: "https://api.telegram.org", Rate: 25}
}

func (c Config) withDefaults() Config {
	d := DefaultConfig()
	c.Updates, c.APIURL, c.Rate = cmp.Or(c.Updates, d.Updates), cmp.Or(c.APIURL, d.APIURL), cmp.Or(c.Rate, d.Rate)
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
		faults = append(faults, errors.New("telegram: token is not one of a bot: @BotFather writes it as 123456:ABC…"))
	}
	if c.Updates != Poll && c.Updates != Hooks {
		faults = append(faults, fmt.Errorf("telegram: updates = %q: write %q or %q", c.Updates, Poll, Hooks))
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		faults = append(faults, errors.New("telegram: api_url is no address: normally it is https://api.telegram.org"))
	}
	if c.StaffChat != "" && !IsGroup(c.StaffChat) {
		faults = append(faults, fmt.Errorf("telegram: staff_chat = %q is no group: its id is a number below 0, such as -1001234567890; or leave it empty and bind the group with kaskad staff code", c.StaffChat))
	}
	if !(c.Rate > 0 && c.Rate <= 1000) {
		faults = append(faults, fmt.Errorf("telegram: rate = %v: write messages per second; Telegram takes about 30 of a bot", c.Rate))
	}
	return errors.Join(faults...)
}

// Doer makes one HTTP call: an *http.Client, or a stand-in for one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Options are what a bot is given by the program around it. The zero value works.
type Options struct {
	Client Doer         // for everything but long polls; nil: a bots.Client of its own
	Polls  Doer         // for long polls, which last up to a minute; nil: a client of its own
	Log    *slog.Logger // nil: silent
	// Toast is what a person sees for a moment after a button press; nil or empty: nothing.
	Toast func(locale string) string
	// HookSecret is what Telegram sends in the header of every webhook call. Empty: every call is forged.
	HookSecret bots.Secret
	// PollWait is how long one poll may stay open; zero: 50 s, the longest that Telegram allows.
	PollWait time.Duration
}

// Bot is one Telegram bot. It is safe for use by many goroutines.
type Bot struct {
	cfg      Config
	opt      Options
	id       string // the number before the token's colon: it is public
	api      *tgbotapi.BotAPI
	files    *bots.Client // fetches what people sent
	username atomic.Pointer[string]

	rivalSince atomic.Pointer[time.Time] // nil: nobody else polls
}

// New returns a bot. It makes no network call; Check asks Telegram who we are.
func New(cfg Config, opt Options) (*Bot, error) {
	if cfg.Token == "" {
		return nil, errors.New("telegram: token is empty: @BotFather gives one")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg, opt = cfg.withDefaults(), opt.withDefaults()
	id, _, _ := strings.Cut(cfg.Token.Reveal(), ":")
	b := &Bot{cfg: cfg, opt: opt, id: id, files: bots.NewClient(bots.ClientOptions{MaxBody: maxFetched})}
	// The library's own constructors ask getMe and fail without a network.
	b.api = &tgbotapi.BotAPI{Token: cfg.Token.Reveal(), Client: http.DefaultClient}
	b.api.SetAPIEndpoint(strings.ReplaceAll(strings.TrimRight(cfg.APIURL, "/"), "%", "%%") + "/bot%s/%s")
	return b, nil
}

func (o Options) withDefaults() Options {
	if o.Client == nil {
		o.Client = bots.NewClient(bots.ClientOptions{})
	}
	if o.PollWait <= 0 || o.PollWait > longestPoll {
		o.PollWait = longestPoll
	}
	o.PollWait = max(o.PollWait, time.Second) // 0 s would be no long poll
	if o.Polls == nil {
		o.Polls = bots.NewClient(bots.ClientOptions{MaxBody: maxUpdates, Header: o.PollWait + pollMargin})
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Toast == nil {
		o.Toast = func(string) string { return "" }
	}
	return o
}

// Limits says what Telegram can show and prove.
func (b *Bot) Limits() bots.Limits {
	l := bots.Limits{
		MaxText:    maxText,
		MaxCaption: maxCaption,
		Carries:    carried(), MaxFile: maxUploaded,
		Reports:    bots.Accepted,
		CanEngage:  true,
		Buttons:    true,
		Keeps:      24 * time.Hour,
		KeepsPress: 150 * time.Second,
		PerSecond:  b.cfg.Rate,
		PerChat:    time.Second,
		Formats:    "html",
		WayBack:    true,
		Edits:      true,
		Captions:   true,
		DeleteFor:  deleteTime,
		Reacts:     true,
	}
	if b.cfg.Updates == Poll {
		l.Polls = true
		l.DeafCap = 10 * time.Minute
		return l
	}
	// A call that failed is repeated after 2, 4, 8 … seconds, then every one or two minutes: a press of the first moment in
	// which we were away is told for the last time after 126 seconds, anything else two minutes after we are back.
	l.DeafCap, l.KeepsPress = 2*time.Minute, 125*time.Second
	return l
}

// Link is the address that opens the bot and brings payload back.
func (b *Bot) Link(ctx context.Context, payload string) (string, error) {
	name, err := b.Username(ctx)
	if err != nil {
		return "", fmt.Errorf("telegram: the bot's name is not known: %w", err)
	}
	return "https://t.me/" + name + "?start=" + url.QueryEscape(payload), nil
}

// Username is the bot's name without its @, as links need it. It is asked for once.
func (b *Bot) Username(ctx context.Context) (string, error) {
	if name := b.username.Load(); name != nil {
		return *name, nil
	}
	me, err := b.getMe(ctx)
	if err != nil {
		return "", err
	}
	return me.Username, nil
}
