package app

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// validate looks for everything that is wrong with values that could be read.
func (l *loader) validate(cfg *Config) {
	l.company(&cfg.Company)
	l.server(&cfg.Server)
	l.channels(cfg)
	l.guards(cfg)
	l.zeros(cfg)
	channels := traits(cfg)
	_, faults := cfg.Cascading().Cascade(channels)
	_, holidays := cfg.Cascading().Calendar()
	faults = append(faults, holidays...)
	for _, f := range faults {
		if f.Warning {
			l.warn(f.Path, "%s", f.Problem)
		} else {
			l.add(f.Path, "%s", f.Problem)
		}
	}
	l.recruiting(cfg, channels)
	l.staffGroups(cfg, channels)
	l.retention(cfg)
	l.backups(cfg)
	l.atRest(cfg)
	l.alerts(cfg)
	l.login(cfg)
	l.templates(cfg)
	l.dialogue(cfg)
}

func (l *loader) company(c *Company) {
	if c.Name == "" {
		l.warn("company.name", "is empty: welcomes and preference pages will not say who writes")
	}
	if c.PrivacyURL != "" && !webURL(c.PrivacyURL) {
		l.add("company.privacy_url", "%q is no web address: write https://…", c.PrivacyURL)
	}
	if _, err := time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" {
		l.add("company.timezone", "%q is no time zone: write an IANA name such as Europe/Kyiv", c.Timezone)
	}
	if tag, err := language.Parse(c.Locale); err != nil || tag == language.Und {
		l.add("company.locale", "%q is no language: write uk, ru, en or another BCP 47 tag", c.Locale)
	}
	if region, err := language.ParseRegion(c.Country); err != nil || !region.IsCountry() || strings.ToUpper(c.Country) != c.Country {
		l.add("company.country", "%q is no country: write two capital letters, such as UA", c.Country)
	}
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

func (l *loader) server(s *Server) {
	l.listen("server.listen", s.Listen)
	if s.Admin != "" {
		l.listen("server.admin", s.Admin)
	}
	if s.Admin == s.Listen && !strings.HasSuffix(s.Listen, ":0") {
		l.add("server.admin", "is the same as listen: leave it empty to serve both on one address")
	}
	l.opened(s)
	if s.DataDir == "" {
		l.add("server.data_dir", "is empty: name a folder")
	}
	if s.PublicURL != "" {
		l.publicURL(s.PublicURL)
	}
	for purpose, policy := range s.AfterGap {
		key := "server.after_gap." + purpose
		if purpose != "marketing" && purpose != "service" {
			l.add(key, "%q is no purpose with a gap policy: write marketing or service", purpose)
		}
		switch fallback.GapPolicy(policy) {
		case fallback.GapHold, fallback.GapAssumeRead, fallback.GapSend:
		default:
			l.add(key, "%q is no policy: write hold, assume_read or send", policy)
		}
	}
}

func (l *loader) listen(key, addr string) {
	_, port, err := net.SplitHostPort(addr)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		l.add(key, "%q is no address to listen on: write 127.0.0.1:8080", addr)
	}
}

func (l *loader) publicURL(s string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "":
		l.add("server.public_url", "%q is no address: write https://bots.example.com", s)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		l.add("server.public_url", "http is only for this machine: providers and people need https")
	case u.Scheme != "http" && u.Scheme != "https":
		l.add("server.public_url", "%q is no web address: write https://bots.example.com", s)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// channels checks each channel that is on, and that all prices are of one currency.
func (l *loader) channels(cfg *Config) {
	l.all("telegram", cfg.Telegram.Validate())
	l.plain("telegram.api_url", cfg.Telegram.APIURL)
	l.webhooks(cfg)
	l.all("viber", cfg.Viber.Validate())
	l.plain("viber.api_url", cfg.Viber.APIURL)
	if cfg.Viber.Token != "" && cfg.Server.PublicURL == "" {
		l.add("viber.token", "Viber calls us, and cannot without [server] public_url: write https://…")
	}
	l.whatsApp(cfg)
	names := map[string]bool{}
	for i := range cfg.SMS {
		key := fmt.Sprintf("sms[%d]", i)
		l.provider(key, cfg.SMS[i].Name, cfg.SMS[i].Validate())
		if names[cfg.SMS[i].Name] {
			l.add(key+".name", "%q is the name of two providers: each needs its own", cfg.SMS[i].Name)
		}
		names[cfg.SMS[i].Name] = true
		if s := cfg.SMS[i].ReportSecret; s != "" && len(s.Reveal()) < leastSecret {
			l.add(key+".report_secret", "is too short: whoever guesses it reports and stops in customers' names; write at least %d letters, or leave it empty and we make one", leastSecret)
		}
		l.plain(key+".api_url", cfg.SMS[i].APIURL)
	}
	l.money(cfg)
	if cfg.Telegram.Token == "" && cfg.Viber.Token == "" && !cfg.WhatsApp.Enabled && !cfg.WhatsAppCloud.On() && len(cfg.SMS) == 0 {
		l.warn("telegram.token", "no channel is switched on: nothing can be sent")
	}
	l.unheard(cfg)
}

const leastSecret = 16

// plain warns of an address to which a token would travel for everyone to read.
func (l *loader) plain(key, address string) {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		l.warn(key, "is plain http: the token and every phone travel readable; use https")
	}
}

// provider notes what is wrong with one [[sms]], at the keys that its errors begin with: "request.json: …".
func (l *loader) provider(key, name string, err error) {
	for _, e := range each(err) {
		text := strings.TrimPrefix(e.Error(), fmt.Sprintf("sms %q: ", name))
		at, _, ok := strings.Cut(text, ": ")
		if !ok || strings.ContainsAny(at, " \"") {
			l.add(key, "%s", text)
			continue
		}
		l.add(key+"."+at, "%s", strings.TrimPrefix(text, at+": "))
	}
}

// each opens a joined error.
func each(err error) []error {
	if err == nil {
		return nil
	}
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, each(e)...)
	}
	return all
}

// all notes every error of a section, at the key that its text begins with where there is one.
func (l *loader) all(section string, err error) {
	for _, e := range each(err) {
		text := strings.TrimPrefix(e.Error(), section+": ")
		key := section
		name, _, _ := strings.Cut(text, " ")
		if name = strings.TrimSuffix(name, ":"); l.lines[section+"."+name] > 0 || l.bad[section+"."+name] {
			key += "." + name
		}
		l.add(key, "%s", text)
	}
}

func (l *loader) guards(cfg *Config) {
	if m := cfg.Consent.Marketing; m != "opt-in" && m != "opt-out" {
		l.add("consent.marketing", "%q: write opt-in (unknown consent means service messages only) or opt-out", m)
	}
	if _, err := cfg.Consent.Core(); err != nil {
		l.all("consent", err)
	}
	if f := cfg.Frequency.Marketing; f != nil && (f.PerDay < 0 || f.PerWeek < 0) {
		l.add("frequency.marketing", "limits are numbers from 0 (no limit) up")
	}
	l.told(&cfg.Webhooks)
	l.staff(&cfg.Staff)
	if p := cfg.Spend.PerDay; p != nil {
		if _, err := bots.ParseMoney(p.Amount, p.Currency); err != nil {
			l.add("spend.per_day.amount", "%v", err)
		}
		if len(p.Currency) != 3 {
			l.add("spend.per_day.currency", "%q is no currency: write three letters, such as UAH", p.Currency)
		}
	}
}

// templates loads the words and checks them for the channels that are on.
func (l *loader) templates(cfg *Config) {
	words, err := loadWords(cfg)
	l.wordFaults(err)
	if err == nil {
		cfg.Templates.read = words
		_, faults := listen(cfg, words)
		l.wordFaults(templates.Faults(faults))
		l.tracked(cfg, words, traits(cfg))
		l.unfit(cfg, words)
	}
}

// wordFaults notes what is wrong with templates, in the templates' own files.
func (l *loader) wordFaults(err error) {
	switch e := err.(type) {
	case nil:
	case templates.Faults:
		for _, f := range e {
			l.wordFaults(f)
		}
	case templates.Fault:
		l.faults = append(l.faults, Fault{File: e.File, Line: e.Line, Problem: strings.TrimSuffix(e.Problem, ".") + ": " + e.Fix})
	default:
		l.add("templates.dir", "%v", err)
	}
}
