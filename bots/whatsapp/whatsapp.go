package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"

	"kaskad/bots"
)

var (
	_ bots.Sender  = (*Bot)(nil)
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
	// BlueTicks shows people that what they wrote was read, once staff have answered.
	BlueTicks bool `toml:"blue_ticks"`
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
	return Config{Pace: 20, Jitter: 2, Daily: Daily{First: 50, Growth: 1.3, Most: 1000}, BlueTicks: true}
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

// bound is what the engine reads; the zero value bounds nothing.
func (d Daily) bound() bots.Daily {
	if d.First == 0 {
		return bots.Daily{}
	}
	return bots.Daily{First: d.First, Growth: d.Growth, Most: d.Most}
}

// faults says what is wrong with a daily bound. One that is off has no faults.
func (d Daily) faults() (faults []error) {
	if d.First == 0 {
		return nil
	}
	if d.First < 0 {
		faults = append(faults, fmt.Errorf("whatsapp: daily.first = %d: write how many messages may go out that answer nobody on the first day; 0 lifts the limit", d.First))
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
	Sent func(ctx context.Context, providerID string) (bots.Outgoing, bool, error)
	// Open opens the file that a message of ours handed on, for the same device. Nil: one that is not remembered is not sent again.
	Open func(ctx context.Context, step bots.ID) (io.ReadSeekCloser, error)
	// Mark and PutMark keep, in the program's own store, how far whatsapp.db has gone: an old copy of it is then not connected. Nil: an
	// old copy is not noticed. No mark yet: nil.
	Mark    func(ctx context.Context) ([]byte, error)
	PutMark func(ctx context.Context, mark []byte) error
	Fetch   *bots.Visitor // for pictures and files of messages; nil: one of its own
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
	cfg       Config
	opt       Options
	version   store.WAVersionContainer // zero: the library's own
	db        *sql.DB
	container *sqlstore.Container
	// keys are those of every chat: held while they change. The library encrypts and decrypts without a lock, and two messages at the
	// same place of a chain lose one of them, silently.
	keys   lock
	pauses pauses
	marks  marks

	parts parts
	pen   pen

	repeats  repeats
	stand    stand
	failures failures
	tries    tries
	current  atomic.Pointer[session] // nil: no connection
	wake     chan struct{}           // the stored device changed
	forgets  atomic.Int64            // how often the keys were forgotten
	listens  atomic.Bool             // Run runs
	// visiting is held by a connection that is made without Run; a Run that begins meanwhile waits, or the two would take the session
	// from each other.
	visiting lock
	learning sync.Mutex      // held from a look into the store until what is known is what it holds
	pairs    atomic.Bool     // Pair is under way
	signing  atomic.Bool     // and WhatsApp may not have its signature yet
	work     sync.WaitGroup  // Run and Pair
	life     context.Context // ends with Close
	end      context.CancelFunc
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

// Open opens the store, making it when there is none. It makes no connection: Run does.
func Open(ctx context.Context, cfg Config, opt Options) (*Bot, error) {
	cfg.Enabled = true
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	quietSignal()
	b := &Bot{cfg: cfg, opt: opt.withDefaults(), keys: newLock(), visiting: newLock(), pauses: usualPauses(), wake: newBell()}
	if cfg.ClientVersion != "" {
		b.version, _ = store.ParseVersion(cfg.ClientVersion) // its shape was checked
	}
	var err error
	if b.db, b.container, err = openStore(ctx, opt.Dir, libLog{log: b.opt.Log}); err != nil {
		return nil, err
	}
	b.life, b.end = context.WithCancel(context.WithoutCancel(ctx))
	b.stand.changed = make(chan struct{})
	if err := b.begin(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// begin learns what the store knows.
func (b *Bot) begin(ctx context.Context) error {
	if err := b.join(ctx); err != nil {
		return err
	}
	if err := openMarks(ctx, b.db); err != nil {
		return err
	}
	dev, err := b.device(ctx)
	if err != nil {
		return err
	}
	b.stand.now = bots.Standing{State: Unpaired, Advice: pairAdvice, Since: time.Now(), Shut: true}
	if dev == nil {
		return nil
	}
	b.stand.now = bots.Standing{State: Connecting, Since: time.Now()}
	old, err := b.aged(ctx, dev)
	if err != nil {
		return err
	}
	if old {
		b.stand.now = bots.Standing{State: OldCopy, Advice: oldCopyAdvice, Since: time.Now(), Shut: true}
	}
	return b.know(ctx, dev)
}

// Close ends Run and Pair, and closes the store.
func (b *Bot) Close() error {
	b.end()
	b.work.Wait()
	return b.db.Close()
}

// lids knows which phone and hidden id are one person's, as far as WhatsApp has told us.
func (b *Bot) lids() store.LIDStore { return b.container.LIDMap }

// keeps is how long WhatsApp keeps what is for a device that is off, says a comment in the library.
const keeps = 14 * 24 * time.Hour

// Limits says what WhatsApp can show and prove.
func (b *Bot) Limits() bots.Limits { return b.cfg.Limits() }

// Limits says what WhatsApp can show and prove, without a session.
func (c Config) Limits() bots.Limits {
	perChat := time.Second
	if c.Pace == 0 {
		perChat = 0 // as fast as it goes
	}
	return bots.Limits{
		MaxText:    65536, // as far as clients report; WhatsApp documents no limit
		MaxCaption: 1024,
		Reports:    bots.Read,
		CanEngage:  true,
		Keeps:      keeps,
		PerSecond:  c.Pace / 60,
		Burst:      1,
		PerChat:    perChat,
		Formats:    "whatsapp",
		DeafCap:    10 * time.Minute,
		Polls:      true,
		WayBack:    true,
		WarmOnly:   !c.Cold,
		Jitter:     time.Duration(c.Jitter * float64(time.Second)),
		Workers:    1,
		Daily:      c.Daily.bound(),
		Files:      true,
		Carries:    []string{"photo", "document", "voice", "video", "sticker", "location"},
		MaxFile:    mostFetched,
		Edits:      true,
		EditFor:    editTime,
		DeleteFor:  deleteTime,
		Reacts:     true,
	}
}

// Account is the account of the paired phone.
type Account struct {
	Phone    string `json:"phone"` // E.164
	Name     string `json:"name"`  // the push name
	Business string `json:"business,omitempty"`
	Platform string `json:"platform,omitempty"` // of the phone: "android", "iphone", "smba"
}
