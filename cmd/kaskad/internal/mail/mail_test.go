package mail

import (
	"context"
	"crypto/x509"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	simsmtp "kaskad/bots/simulator/smtp"
)

// office is a mail server, and a post that knows it.
func office(t *testing.T, o simsmtp.Options) (*simsmtp.Server, *Post) {
	t.Helper()
	s, err := simsmtp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	cfg := Config{Host: s.Host(), Port: s.Port(), TLS: o.TLS, User: o.User, Password: bots.Secret(o.Password), From: "Kaskad <kaskad@example.com>", To: []string{"anna@example.com", "Bohdan <bohdan@example.com>"}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	p := New(cfg)
	p.roots = x509.NewCertPool()
	p.roots.AppendCertsFromPEM(s.Authority())
	return s, p
}

var letter = Letter{ID: "alert_channel:telegram_1_0", Subject: "Крамниця:\r\nBcc: eve@example.com", Text: "🔴 Потребує уваги: channel:telegram\n.\nдругий рядок"}

func TestAMailIsTakenHoweverTheLineIsEncrypted(t *testing.T) {
	t.Parallel()
	for _, how := range []string{simsmtp.Off, simsmtp.StartTLS, simsmtp.TLS} {
		for _, user := range []string{"", "kaskad"} {
			s, p := office(t, simsmtp.Options{TLS: how, User: user, Password: strings.Repeat(user, 2)})
			if refused, err := p.Send(t.Context(), letter); err != nil || refused != 0 {
				t.Errorf("%s as %q: refused %d, %v", how, user, refused, err)
				continue
			}
			got := s.Mails()
			if len(got) != 2 || !slices.Equal(got[0].To, []string{"anna@example.com"}) || !slices.Equal(got[1].To, []string{"bohdan@example.com"}) {
				t.Errorf("%s as %q: taken %+v", how, user, got)
				continue
			}
			if m := got[0]; m.Encrypted != (how != simsmtp.Off) || m.User != user || m.From != "kaskad@example.com" {
				t.Errorf("%s as %q: encrypted %v, by %q, from %q", how, user, m.Encrypted, m.User, m.From)
			}
			m, err := netmail.ReadMessage(strings.NewReader(got[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != "Крамниця: Bcc: eve@example.com" || m.Header.Get("Bcc") != "" {
				t.Errorf("subject %q, %v; headers %v", subject, err, m.Header)
			}
			if id := m.Header.Get("Message-Id"); id != "<alert_channel-telegram_1_0@example.com>" {
				t.Errorf("Message-ID %q", id)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != letter.Text || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("body %q, %v", body, err)
			}
		}
	}
}

// What goes wrong is said in our words, without the password, which a rude server says back.
func TestWhatGoesWrongIsSaidWithoutThePassword(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server simsmtp.Options
		spoil  func(*simsmtp.Server, *Post)
		want   string
	}{
		"a wrong password": {simsmtp.Options{TLS: simsmtp.StartTLS, User: "kaskad", Password: "right-password"}, func(_ *simsmtp.Server, p *Post) { p.cfg.Password = "wrong-password" }, "refused the user or the password (535)"},
		"no STARTTLS":      {simsmtp.Options{User: "kaskad", Password: "right-password"}, func(_ *simsmtp.Server, p *Post) { p.cfg.TLS = StartTLS }, "has no STARTTLS"},
		"a certificate of nobody": {simsmtp.Options{TLS: simsmtp.StartTLS, User: "kaskad", Password: "right-password"}, func(_ *simsmtp.Server, p *Post) {
			p.roots = x509.NewCertPool()
		}, "certificate"},
		"the same, encrypted from the first byte": {simsmtp.Options{TLS: simsmtp.TLS, User: "kaskad", Password: "right-password"}, func(_ *simsmtp.Server, p *Post) {
			p.roots = x509.NewCertPool()
		}, "certificate"},
		"a server that is not there": {simsmtp.Options{}, func(s *simsmtp.Server, _ *Post) { s.Close() }, "refused"},
		"a sender nobody knows":      {simsmtp.Options{User: "kaskad", Password: "right-password"}, func(_ *simsmtp.Server, p *Post) { p.cfg.User = "" }, "said 530 to the address in from"},
		"nobody at either address": {simsmtp.Options{}, func(s *simsmtp.Server, _ *Post) {
			s.Refuse("anna@example.com", 550)
			s.Refuse("bohdan@example.com", 550)
		}, "said 550 to the addresses in to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.server.TLS == "" {
				c.server.TLS = simsmtp.Off
			}
			s, p := office(t, c.server)
			c.spoil(s, p)
			_, err := p.Send(t.Context(), letter)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "password-") || strings.Contains(err.Error(), "-password") {
				t.Errorf("error %v; want %q", err, c.want)
			}
			if n := len(s.Mails()); n != 0 {
				t.Errorf("%d mails were taken", n)
			}
			if n := s.SignIns(); n > 0 && c.want != "refused the user or the password (535)" {
				t.Errorf("%d times the password went to a server that is not known, or over an open line", n)
			}
		})
	}
}

// One address that is refused keeps nothing from the other.
func TestOneRefusedAddressKeepsNothingFromTheOther(t *testing.T) {
	t.Parallel()
	s, p := office(t, simsmtp.Options{TLS: simsmtp.Off})
	s.Refuse("anna@example.com", 550)
	if refused, err := p.Send(t.Context(), letter); err != nil || refused != 1 {
		t.Errorf("refused %d, %v", refused, err)
	}
	if got := s.Mails(); len(got) != 1 || got[0].To[0] != "bohdan@example.com" {
		t.Errorf("taken %+v", got)
	}
}

// A server that says nothing is given up when whoever asks has no more time, and not later.
func TestASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	s, p := office(t, simsmtp.Options{TLS: simsmtp.Off})
	s.Silence(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := p.Send(ctx, letter); err == nil || err.Error() != "no answer in time" || time.Since(begun) > callTime/2 {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}

// A connection that is cut after the mail was taken leaves it unknown: that is an error, and the next try has the same id.
func TestACutConnectionIsTriedByTheSameID(t *testing.T) {
	t.Parallel()
	s, p := office(t, simsmtp.Options{TLS: simsmtp.Off})
	p.cfg.To = p.cfg.To[:1]
	s.CutAfter(1)
	if _, err := p.Send(t.Context(), letter); err == nil {
		t.Error("it counts as taken")
	}
	if _, err := p.Send(t.Context(), letter); err != nil {
		t.Error(err)
	}
	ids := map[string]bool{}
	for _, m := range s.Mails() {
		read, err := netmail.ReadMessage(strings.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		ids[read.Header.Get("Message-Id")] = true
	}
	if len(s.Mails()) != 2 || len(ids) != 1 {
		t.Errorf("%d mails with the ids %v", len(s.Mails()), ids)
	}
}

func TestAConfigurationThatCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	good := Config{Host: "smtp.example.com", TLS: StartTLS, From: "a@example.com", To: []string{"b@example.com"}}
	for want, spoil := range map[string]func(*Config){
		"":                   func(*Config) {},
		"host is missing":    func(c *Config) { c.Host = "" },
		"host \"a:25\"":      func(c *Config) { c.Host = "a:25" },
		"port 70000":         func(c *Config) { c.Port = 70000 },
		"tls \"ssl\"":        func(c *Config) { c.TLS = "ssl" },
		"tls off":            func(c *Config) { c.TLS = NoTLS },
		"user and password":  func(c *Config) { c.User = "x" },
		"from \"x\"":         func(c *Config) { c.From = "x" },
		"to is a list":       func(c *Config) { c.To = nil },
		"to: \"x\" is no":    func(c *Config) { c.To = []string{"x"} },
		"to is a list of 1 ": func(c *Config) { c.To = slices.Repeat(c.To, 21) },
	} {
		c := good
		spoil(&c)
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
	if off := DefaultConfig(); off.Validate() != nil || off.On() {
		t.Error("it is not off by itself")
	}
}
