package sms

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
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
	Price            Price       `toml:"price"`     // of one part
	MaxParts         int         `toml:"max_parts"` // 0: 10
	Rate             float64     `toml:"rate"`      // messages per second; 0: 10

	Request Request           `toml:"request"`
	Accept  Accept            `toml:"accept"`
	Faults  map[string]string `toml:"faults"` // the provider's code, or "http:429" → a fault's name
	Report  Report            `toml:"report"`
	Inbound Inbound           `toml:"inbound"`

	// ReportURL is where this provider reaches us, secret included: {public_url}/in/sms/{name}/{secret}. The program fills it
	// in; empty: nobody can reach us.
	ReportURL bots.Secret `toml:"-"`
	// Country (ISO 3166) is where phones without a country code belong, in replies that come in.
	Country string `toml:"-"`
}

// Price is an amount of money as configuration writes it.
type Price struct {
	Amount   string `toml:"amount"`
	Currency string `toml:"currency"`
}

// Request says how a message is handed over. Strings are templates: see the package doc.
type Request struct {
	Method    string            `toml:"method"` // POST unless written
	Path      string            `toml:"path"`
	Headers   map[string]string `toml:"headers"`
	JSON      any               `toml:"json"` // tables, arrays, strings, numbers, booleans
	Form      map[string]any    `toml:"form"` // strings, or arrays of strings for repeated keys
	Query     map[string]any    `toml:"query"`
	Body      string            `toml:"body"`       // needs headers.Content-Type, which decides how values are escaped
	OmitEmpty bool              `toml:"omit_empty"` // leave out what renders to nothing
}

// Accept says how an answer is read. All but Format and Status are jq expressions.
type Accept struct {
	Format string `toml:"format"` // "json" unless written; "text": the whole answer is one string
	Status []int  `toml:"status"` // what can be a yes; empty: any 2xx
	OK     string `toml:"ok"`     // true: taken; empty: the status and an id decide
	ID     string `toml:"id"`
	Error  string `toml:"error"` // the provider's words, for people
	Code   string `toml:"code"`  // looked up in faults
}

// Report says how a delivery report is read: jq expressions, each over one report.
type Report struct {
	Each   string            `toml:"each"` // the reports in one call; empty: the call itself, or its elements if it is a list
	ID     string            `toml:"id"`
	Ref    string            `toml:"ref"` // our own id, where the provider hands it back; ?ref= of the report URL needs no expression
	To     string            `toml:"to"`  // the phone, if it says so
	Status string            `toml:"status"`
	States map[string]string `toml:"states"` // its word → delivered, failed or refused; another word says nothing
	At     string            `toml:"at"`     // RFC 3339, or unix seconds or milliseconds
	Answer string            `toml:"answer"`
}

// Inbound says how a person's own message is read: jq expressions, over the same elements as Report.
type Inbound struct {
	When string `toml:"when"` // true: it is a message; empty: what is no report and has a phone and a text
	From string `toml:"from"`
	Text string `toml:"text"`
	ID   string `toml:"id"`
	At   string `toml:"at"`
}

const (
	DefaultMaxParts = 10
	defaultRate     = 10
)

func (c Config) withDefaults() Config {
	if c.MaxParts == 0 {
		c.MaxParts = DefaultMaxParts
	}
	if c.Rate == 0 {
		c.Rate = defaultRate
	}
	if c.Request.Method == "" {
		c.Request.Method = "POST"
	}
	if c.Accept.Format == "" {
		c.Accept.Format = formatJSON
	}
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
	if c.Preset != "" {
		f.add("preset", "%q is not built, and no other is yet; remove it and describe the provider in [sms.request] and [sms.accept]", c.Preset)
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		f.add("api_url", "write the provider's address, https://host/path, without login, ? and #")
	}
	for key, secret := range map[string]bots.Secret{"token": c.Token, "password": c.Password} {
		if hasControl(secret.Reveal()) {
			f.add(key, "it holds a line break or another control character; remove it")
		}
	}
	if why := senderFault(c.Sender); why != "" {
		f.add("sender", "%s", why)
	}
	if _, err := c.Price.money(); err != nil {
		f.add("price", "%w", err)
	}
	if c.MaxParts < 0 || c.MaxParts > 255 {
		f.add("max_parts", "%d parts cannot be; write 1 to 255", c.MaxParts)
	}
	if !(c.Rate >= 0 && c.Rate <= 1000) {
		f.add("rate", "write how many messages a second the provider takes, at most 1000")
	}
}

func (p Price) money() (bots.Money, error) {
	if p.Amount == "" || p.Currency == "" {
		return bots.Money{}, errors.New(`write what one part costs, as { amount = "0.92", currency = "UAH" }; amount "0" if it is free`)
	}
	return bots.ParseMoney(p.Amount, p.Currency)
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
