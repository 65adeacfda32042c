package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"kaskad/bots"
)

var (
	_ bots.Runner  = (*Bot)(nil)
	_ bots.Stander = (*Bot)(nil)
)

// Config is the [whatsapp] section of the configuration. Start from DefaultConfig: here zero means none, not a default.
type Config struct {
	Enabled bool `toml:"enabled"`
	// ResendUncertain sends a message whose outcome is unknown once more, under the same id: phones show it once.
	ResendUncertain bool `toml:"resend_uncertain"`
	// ClientVersion is told to WhatsApp instead of the library's own, "2.3000.1031080782", when that became too old (state outdated).
	ClientVersion string  `toml:"client_version"`
	PushName      string  `toml:"push_name"` // as people see us who have not saved our number; empty: the company's name
	Pace          float64 `toml:"pace"`      // messages per minute over all chats; 0: as fast as it goes
	Jitter        float64 `toml:"jitter"`    // besides, up to this many seconds, at random, between two messages
	Daily         Daily   `toml:"daily"`
	// Cold lets messages go to people who never wrote to this number. WhatsApp punishes that first.
	Cold bool `toml:"cold"`
	// Price is of one message: nothing, unless written.
	Price bots.Price `toml:"price"`
}

// Daily bounds messages per day that answer nobody, while an account is young: first on the first day, growth times as many each
// day, most in the end.
type Daily struct {
	First  int     `toml:"first"` // 0: no bound at all
	Growth float64 `toml:"growth"`
	Most   int     `toml:"most"`
}

// DefaultConfig is what missing keys mean.
func DefaultConfig() Config {
	return Config{Pace: 20, Jitter: 2, Daily: Daily{First: 50, Growth: 1.3, Most: 1000}}
}

// versionShape is how WhatsApp Web writes its version.
var versionShape = regexp.MustCompile(`^2\.[0-9]{1,6}\.[0-9]{1,10}$`)

const (
	longestName  = 25 // characters of a push name that WhatsApp's apps let people type
	fastestPace  = 6000
	longestSleep = 600 // seconds of jitter
	steepest     = 10  // growth
)

// Validate reports every fault of the section at once. A section that is not enabled has none.
func (c Config) Validate() error {
	if !c.Enabled {
		return nil
	}
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("whatsapp: "+format, args...))
		}
	}
	add(c.ClientVersion != "" && !versionShape.MatchString(c.ClientVersion),
		"client_version = %q: write it as 2.3000.1031080782, or leave it empty for the library's own", c.ClientVersion)
	add(len([]rune(c.PushName)) > longestName, "push_name has more than %d characters: shorten it", longestName)
	add(!(c.Pace >= 0 && c.Pace <= fastestPace), "pace = %v: write messages per minute, such as 20; 0 lifts the limit", c.Pace)
	add(!(c.Jitter >= 0 && c.Jitter <= longestSleep), "jitter = %v: write seconds from 0 to %d", c.Jitter, longestSleep)
	return errors.Join(append(faults, c.Daily.faults()...)...)
}

// faults says what is wrong with a daily bound. One that is off has no faults.
func (d Daily) faults() (faults []error) {
	if d.First == 0 {
		return nil
	}
	if d.First < 0 {
		faults = append(faults, fmt.Errorf("whatsapp: daily.first = %d: write how many people may be written to on the first day; 0 lifts the limit", d.First))
	}
	if !(d.Growth >= 1 && d.Growth <= steepest) {
		faults = append(faults, fmt.Errorf("whatsapp: daily.growth = %v: write how many times the day before, from 1 to %d", d.Growth, steepest))
	}
	if d.Most < d.First {
		faults = append(faults, fmt.Errorf("whatsapp: daily.most = %d is less than daily.first: write the bound that is reached in the end", d.Most))
	}
	return faults
}

// Options are what a bot is given by the program around it. Only Dir is needed.
type Options struct {
	Dir    string       // where whatsapp.db is kept
	Client *http.Client // to WhatsApp; nil: the web, with the proxy of the environment
	Log    *slog.Logger // nil: silent
	Name   string       // of the company, where no push name is configured
	IDs    bots.Secret  // key of the ids of messages
	// Sent finds a message of ours by its provider id, for a device that could not decrypt it and asks again. Nil: only what
	// the library remembers is sent again.
	Sent  func(ctx context.Context, providerID string) (bots.Outgoing, bool, error)
	Fetch *http.Client // for pictures and files of messages; nil: one that does not enter private networks
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	return o
}

// Bot is one paired phone. It is safe for use by many goroutines.
type Bot struct {
	cfg   Config
	opt   Options
	parts parts
}

// parts are what the half that writes and reads messages does for the half that holds the session. Join fills them.
type parts struct {
	// decode reads an *events.Message or *events.Receipt; no events: it is none of ours, and it is acknowledged.
	decode func(ctx context.Context, evt any) ([]bots.Event, error)
	// content writes a message of ours once more, for a device that asks again.
	content func(ctx context.Context, out bots.Outgoing) (*waE2E.Message, error)
	// limited says whether a breaker limits what is sent; false: it does not.
	limited func(now time.Time) (bots.Standing, bool)
}

// Open opens the store and makes no connection.
func Open(ctx context.Context, cfg Config, opt Options) (*Bot, error) {
	return nil, errors.New("whatsapp: not written yet")
}

// Close ends the session and closes the store.
func (b *Bot) Close() error { return nil }

// Limits says what WhatsApp can show and prove.
func (b *Bot) Limits() bots.Limits { return b.cfg.Limits() }

// Limits says what WhatsApp can show and prove, without a session.
func (c Config) Limits() bots.Limits {
	return bots.Limits{
		MaxText:    65536, // https://www.whatsapp.com: what its apps let people type
		MaxCaption: 1024,
		Reports:    bots.Read,
		CanEngage:  true,
		Keeps:      14 * 24 * time.Hour,
		PerSecond:  c.Pace / 60,
		Burst:      1,
		PerChat:    time.Second,
		Formats:    "whatsapp",
		DeafCap:    10 * time.Minute,
		Polls:      true,
		WayBack:    true,
		WarmOnly:   !c.Cold,
		Jitter:     time.Duration(c.Jitter * float64(time.Second)),
		Workers:    1,
		Daily:      bots.Daily{First: c.Daily.First, Growth: c.Daily.Growth, Most: c.Daily.Most},
		Files:      true,
		Edits:      true,
		Reacts:     true,
	}
}

// Check says who we are, or why we are nobody and what to do.
func (b *Bot) Check(ctx context.Context) (bots.Identity, error) { return bots.Identity{}, nil }

// Standing says how the session stands.
func (b *Bot) Standing() bots.Standing { return bots.Standing{} }

// Account is the account of the paired phone.
type Account struct {
	Phone    string `json:"phone"` // E.164
	Name     string `json:"name"`  // the push name
	Business string `json:"business,omitempty"`
	Platform string `json:"platform,omitempty"` // of the phone: "android", "iphone", "smba"
}

// Account says which account is paired; false: none.
func (b *Bot) Account() (Account, bool) { return Account{}, false }

// Run holds the connection and hands every batch to receive. It ends only with ctx: whatever WhatsApp does is a state of Standing.
func (b *Bot) Run(ctx context.Context, receive func(context.Context, bots.Batch) error) error {
	<-ctx.Done()
	return nil
}

// PairOptions say how a phone is paired.
type PairOptions struct {
	Phone string // E.164: with a code that is typed on this phone; empty: by a QR code
}

// PairStep is one thing to show while a phone is being paired. The last one has Done or Err.
type PairStep struct {
	QR      string        `json:"qr,omitempty"`   // the text of a QR code: WhatsApp > Linked devices > Link a device
	Code    string        `json:"code,omitempty"` // ABCD-EFGH, to be typed: … > Link with phone number instead
	Lasts   time.Duration `json:"lasts,omitempty"`
	Done    bool          `json:"done,omitempty"`
	Account Account       `json:"account,omitzero"` // Done: whose phone
	State   string        `json:"state,omitempty"`  // Err: "expired", "outdated", "passkey", "refused", "already", "cancelled"
	Err     error         `json:"-"`                // why not, and what to do
}

// Pair pairs a phone. The channel brings QR codes, each for its time, or one code, and ends with Done or Err. It works while Run
// runs, which then connects, and without.
func (b *Bot) Pair(ctx context.Context, opt PairOptions) (<-chan PairStep, error) {
	return nil, errors.New("whatsapp: not written yet")
}

// Logout unlinks the device at WhatsApp and forgets its keys.
func (b *Bot) Logout(ctx context.Context) error { return nil }

// sending calls do with the client, holding the lock that decryption takes too. It is for everything that writes to people or
// changes the keys of a chat. Not connected, logged in and caught up: a *bots.SendError that says what it means for the step.
func (b *Bot) sending(ctx context.Context, do func(*whatsmeow.Client) error) error { return nil }

var _ = sync.Mutex{}
