package app

import (
	"net"
	"net/url"
	"slices"
	"time"

	"kaskad/bots/telegram"
)

// encryption reads [server] tls and looks at what it names.
func (l *loader) encryption(s *Server, dir string) {
	s.catchUpWritten = l.lines["server.catch_up"] > 0
	e, faults := parseTLS(s.TLS)
	for key, problem := range faults {
		l.add("server.tls"+key, "%s", problem)
	}
	if len(faults) > 0 {
		return
	}
	for _, file := range []*string{&e.CertFile, &e.KeyFile} {
		*file = beside(dir, *file)
	}
	s.encryption = e
	switch {
	case e.Auto:
		l.auto(s)
	case e.CertFile != "" && !l.client: // the key is a secret as well
		l.certificate(s)
	}
}

// auto looks whether an authority could find us.
func (l *loader) auto(s *Server) {
	u, err := url.Parse(s.PublicURL)
	if s.PublicURL == "" || err != nil || u.Scheme != "https" {
		l.add("server.tls", "\"auto\" gets a certificate for the name in public_url: write public_url = \"https://bots.example.com\"")
		return
	}
	host := u.Hostname()
	if net.ParseIP(host) != nil || loopback(host) || !slices.Contains([]byte(host), '.') {
		l.add("server.tls", "no authority gives a certificate for %q: \"auto\" needs a name that the whole world can look up", host)
		return
	}
	at, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return // told elsewhere
	}
	if loopback(at) {
		l.warn("server.listen", "is reached from this machine only, and with tls = \"auto\" the authority and the messengers must reach it: write \":443\"")
	} else if port != "443" {
		l.warn("server.listen", "the authority knocks at port 443 of %s: lead it to this port unchanged, or write \":443\"", host)
	}
}

// certificate looks whether the files can be used for public_url.
func (l *loader) certificate(s *Server) {
	pair, err := loadPair(s.encryption.CertFile, s.encryption.KeyFile)
	if err != nil {
		l.add("server.tls", "%v", err)
		return
	}
	l.readable("server.tls", s.encryption.KeyFile)
	if advice := expiry(pair, time.Now(), "put a new one there"); advice != "" {
		l.warn("server.tls", "%s", advice)
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || s.PublicURL == "" {
		return
	}
	if err := pair.Leaf.VerifyHostname(u.Hostname()); err != nil {
		l.warn("server.tls", "the certificate is not for %s, and callers will refuse it: %v", u.Hostname(), err)
	}
	if len(pair.Certificate) == 1 {
		l.warn("server.tls", "cert_file holds one certificate alone: without those of its issuers behind it (fullchain.pem) most callers refuse it")
	}
}

// telegramPorts are the only ones that Telegram calls; see https://core.telegram.org/bots/api#setwebhook.
var telegramPorts = []string{"", "443", "80", "88", "8443"}

// webhooks looks whether channels that call us can.
func (l *loader) webhooks(cfg *Config) {
	u, err := url.Parse(cfg.Server.PublicURL)
	if err != nil {
		return // told elsewhere
	}
	if cfg.Telegram.Token != "" && cfg.Telegram.Updates == telegram.Hooks {
		switch {
		case cfg.Server.PublicURL == "":
			l.add("telegram.updates", "\"webhook\" needs [server] public_url, where Telegram calls: write it, or updates = \"poll\"")
		case !loopback(u.Hostname()) && !slices.Contains(telegramPorts, u.Port()):
			l.add("telegram.updates", "Telegram calls only ports 443, 80, 88 and 8443, and public_url has %s", u.Port())
		}
	}
	if port := u.Port(); cfg.Viber.Token != "" && !loopback(u.Hostname()) && port != "" && port != "443" {
		l.warn("server.public_url", "Viber calls port 443 alone, and this has %s: leave the port out, and lead 443 to this machine", port)
	}
}
