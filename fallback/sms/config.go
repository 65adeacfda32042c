package sms

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"kaskad/bots"
)

// Config is one [[sms]] entry of the configuration.
type Config struct {
	Name             string      `toml:"name"`
	Preset           string      `toml:"preset"`
	APIURL           string      `toml:"api_url"`
	Token            bots.Secret `toml:"token"`
	TokenFile        string      `toml:"token_file"` // read by the program, like every file with a secret
	Login            string      `toml:"login"`
	Password         bots.Secret `toml:"password"`
	PasswordFile     string      `toml:"password_file"`
	Sender           string      `toml:"sender"`
	ReportSecret     bots.Secret `toml:"report_secret"`
	ReportSecretFile string      `toml:"report_secret_file"`
	Price            bots.Price  `toml:"price"`     // of one part
	MaxParts         int         `toml:"max_parts"` // 0: 10
	Rate             float64     `toml:"rate"`      // messages per second; 0: 10

	About      About             `toml:"about"`
	Unverified []string          `toml:"unverified"` // sections that nobody has seen work yet, such as "report"; `kaskad sms test` asks about them
	Request    Request           `toml:"request"`
	Accept     Accept            `toml:"accept"`
	Faults     map[string]string `toml:"faults"` // the provider's code, or "http:429" → a fault's name
	Report     Report            `toml:"report"`
	Inbound    Inbound           `toml:"inbound"`
	Poll       Poll              `toml:"poll"`
	Balance    Balance           `toml:"balance"`

	// ReportURL is where this provider reaches us, secret included: {public_url}/in/sms/{name}/{secret}. The program fills it
	// in; empty: nobody can reach us.
	ReportURL bots.Secret `toml:"-"`
	// Country (ISO 3166) is where phones without a country code belong, in replies that come in.
	Country string `toml:"-"`
	// Deaf: nobody can call us, so [sms.report] and [sms.inbound] bring nothing and are not promised to anybody.
	Deaf bool `toml:"-"`
	// Polled: the program runs what Poller returns, so statuses come even where no report does.
	Polled bool `toml:"-"`
}

const (
	DefaultMaxParts = 10
	defaultRate     = 10
	maxParts        = 255 // the format has no room for more
)

func (c Config) withDefaults() Config {
	if c.MaxParts == 0 {
		c.MaxParts = DefaultMaxParts
	}
	if c.Rate == 0 {
		c.Rate = defaultRate
	}
	c.Request = c.Request.withDefaults()
	if c.Accept.Format == "" {
		c.Accept.Format = formatJSON
	}
	c.Poll, c.Balance = c.Poll.withDefaults(), c.Balance.withDefaults()
	return c
}

// Validate reports every fault of the entry at once, each with its key and what to do.
func (c Config) Validate() error {
	_, err := compile(c)
	return err
}

// faults collects what is wrong with an entry.
type faults struct {
	name string
	all  []error
}

func (f *faults) add(key, format string, args ...any) {
	f.all = append(f.all, fmt.Errorf("sms %q: %s: %w", f.name, key, fmt.Errorf(format, args...)))
}

func (f *faults) err() error { return errors.Join(f.all...) }

var nameShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// check looks at what is no description: names, money, limits.
func (c Config) check(f *faults) {
	if !nameShape.MatchString(c.Name) {
		f.add("name", "write one of small letters, digits, - and _; it stands in the path of the reports")
	}
	for _, part := range c.Unverified {
		if !slices.Contains(describedParts, part) {
			f.add("unverified", "%q is no part of a description; there are %s", part, strings.Join(describedParts, ", "))
		}
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		f.add("api_url", "write the provider's address, https://host/path, without login, ? and #%s", c.addressHint())
	}
	for key, secret := range map[string]bots.Secret{"token": c.Token, "password": c.Password} {
		if hasControl(secret.Reveal()) {
			f.add(key, "it holds a line break or another control character; remove it")
		}
	}
	if why := senderFault(c.Sender); why != "" {
		f.add("sender", "%s", why)
	}
	if _, err := c.Price.Money(); err != nil {
		f.add("price", "%w", err)
	}
	if c.MaxParts < 0 || c.MaxParts > maxParts {
		f.add("max_parts", "%d parts cannot be; write 1 to 255", c.MaxParts)
	}
	if !(c.Rate >= 0 && c.Rate <= 1000) {
		f.add("rate", "write how many messages a second the provider takes, at most 1000")
	}
}

// checkAlone looks at what stands over a preset that is not there: that must not hide the entry's other faults, and what the
// preset would have brought is not missed.
func (c Config) checkAlone(f *faults) {
	if c.APIURL == "" {
		c.APIURL = "https://sms.example.com"
	}
	c.withDefaults().check(f)
	for _, code := range slices.Sorted(maps.Keys(c.Faults)) {
		if _, err := bots.ParseFault(c.Faults[code]); err != nil {
			f.add("faults."+code, "%w", err)
		}
	}
}

// addressHint tells where an account has its own address.
func (c Config) addressHint() string {
	if c.About.Address == "" {
		return ""
	}
	return "; " + c.About.Address
}

// senderFault says what is wrong with a sender: a number, or a name that phones can show.
func senderFault(s string) string {
	digits := strings.TrimPrefix(s, "+")
	switch {
	case s == "" || strings.Trim(digits, "0123456789") == "" && digits != "" && len(digits) <= 15:
		return ""
	case strings.Trim(digits, "0123456789") == "":
		return "a number has at most 15 digits"
	case !IsGSM7(s) || hasControl(s):
		return "phones show only Latin letters, digits and simple signs here"
	case len([]rune(s)) > 11:
		return "a name has at most 11 characters"
	}
	return ""
}
