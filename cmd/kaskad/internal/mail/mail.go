// Package mail writes to those who run the program, by SMTP.
//
// It keeps nothing: whoever asks decides whether a mail that was not taken is tried again, by the same id. It never writes to customers, and
// never sends a password over a line that others can read.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"os"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"kaskad/bots"
)

// Config is [alerts.mail].
type Config struct {
	Host         string      `toml:"host"`
	Port         int         `toml:"port"` // 0: what is usual for TLS
	TLS          string      `toml:"tls"`
	User         string      `toml:"user"`
	Password     bots.Secret `toml:"password"`
	PasswordFile string      `toml:"password_file"`
	From         string      `toml:"from"`
	To           []string    `toml:"to"`
}

// How a connection is encrypted.
const (
	StartTLS = "starttls"
	FullTLS  = "tls"
	NoTLS    = "off"
)

// DefaultConfig is off.
func DefaultConfig() Config { return Config{TLS: StartTLS} }

// On reports whether mails are to be written.
func (c *Config) On() bool { return c.Host != "" }

// mostTo is how many addresses are written to.
const mostTo = 20

// Validate says everything that is wrong, each line beginning with its key.
func (c *Config) Validate() error {
	if !c.On() {
		if c.From != "" || len(c.To) > 0 || c.User != "" {
			return errors.New("host is missing: write the server that takes your mail, such as smtp.example.com")
		}
		return nil
	}
	var all []error
	add := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if strings.ContainsAny(c.Host, " :/") && net.ParseIP(c.Host) == nil {
		add("host %q is no name: write it alone, such as smtp.example.com; port has its own key", c.Host)
	}
	if c.Port < 0 || c.Port > 65535 {
		add("port %d is none", c.Port)
	}
	switch c.TLS {
	case StartTLS, FullTLS:
	case NoTLS:
		if ip := net.ParseIP(c.Host); c.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			add("tls off is only for a server on this machine: write starttls, or tls")
		}
	default:
		add("tls %q: write starttls (port 587), tls (port 465), or off for a server on this machine", c.TLS)
	}
	if (c.User == "") != (c.Password == "" && c.PasswordFile == "") {
		add("user and password go together: write both, or neither")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		add("from %q is no address: write kaskad@example.com", c.From)
	}
	if len(c.To) == 0 || len(c.To) > mostTo {
		add("to is a list of 1 to %d addresses", mostTo)
	}
	for _, to := range c.To {
		if _, err := mail.ParseAddress(to); err != nil {
			add("to: %q is no address: write you@example.com", to)
		}
	}
	return errors.Join(all...)
}

// port is where the server is called.
func (c *Config) port() int {
	switch {
	case c.Port != 0:
		return c.Port
	case c.TLS == FullTLS:
		return 465
	case c.TLS == NoTLS:
		return 25
	}
	return 587
}

// Letter is one mail. Its id stays the same when it is sent again.
type Letter struct{ ID, Subject, Text string }

// Post sends mails.
type Post struct {
	cfg   Config
	roots *x509.CertPool // nil: those of the machine
}

// New returns a sender. It makes no call.
func New(cfg Config) *Post { return &Post{cfg: cfg} }

// callTime is how long a server may be silent.
const callTime = 20 * time.Second

// Send writes to everybody, to each alone, so that an address that is refused keeps nothing from the others. It was taken when one took it;
// how many were refused is told, too.
func (p *Post) Send(ctx context.Context, l Letter) (refused int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := p.client(ctx)
	if err != nil {
		return 0, err
	}
	line, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return 0, quiet(ctx, err)
	}
	defer func() { _ = client.CloseWithSMTPClient(line) }() // what was taken is taken
	taken := false
	for _, to := range p.cfg.To {
		m, err := p.message(l, to)
		if err != nil {
			return 0, err
		}
		failed := client.SendWithSMTPClient(line, m)
		if failed == nil || m.IsDelivered() {
			taken = true
			continue
		}
		refused++
		err = quiet(ctx, failed)
		if refused == len(p.cfg.To) || !answered(failed) {
			if taken {
				return refused, nil
			}
			return refused, err
		}
	}
	return refused, nil
}

// Check greets the server and signs in, and sends nothing.
func (p *Post) Check(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := p.client(ctx)
	if err != nil {
		return err
	}
	line, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return quiet(ctx, err)
	}
	_ = client.CloseWithSMTPClient(line) // it let us in, however it says good-bye
	return nil
}

// answered reports whether the server said no, and so still listens.
func answered(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && e.ErrorCode() > 0
}

// client makes the calls. What ctx ends is cut off.
func (p *Post) client(ctx context.Context) (*gomail.Client, error) {
	secure := &tls.Config{ServerName: p.cfg.Host, MinVersion: tls.VersionTLS12, RootCAs: p.roots}
	opts := []gomail.Option{
		gomail.WithPort(p.cfg.port()), gomail.WithTimeout(callTime), gomail.WithTLSConfig(secure), gomail.WithHELO(ourName()), gomail.WithoutNoop(), gomail.WithoutSMTPUTF8(),
		gomail.WithDialContextFunc(func(dial context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(dial, network, address)
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ctx, func() { conn.Close() })
			if p.cfg.TLS != FullTLS {
				return conn, nil
			}
			to := tls.Client(conn, secure)
			if err := to.HandshakeContext(dial); err != nil {
				conn.Close()
				return nil, err
			}
			return to, nil
		}),
	}
	switch p.cfg.TLS {
	case FullTLS:
		opts = append(opts, gomail.WithSSL())
	case NoTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if p.cfg.User != "" { // PLAIN and LOGIN refuse by themselves where others could read
		opts = append(opts, gomail.WithUsername(p.cfg.User), gomail.WithPassword(p.cfg.Password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(p.cfg.Host, opts...)
}

// ourName is how we greet.
func ourName() string {
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsAny(name, " \r\n<>") {
		return "localhost"
	}
	return name
}

func (p *Post) message(l Letter, to string) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	if err := errors.Join(m.From(p.cfg.From), m.To(to)); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(p.cfg.From)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	m.SetMessageIDWithValue(plain(l.ID) + "@" + domain)
	m.SetDate()
	m.Subject(oneLine(l.Subject))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's holiday answers it
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	return m, nil
}

// plain is an id in the letters that a Message-ID takes.
func plain(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, id)
}

const mostSubject = 120

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if letters := []rune(s); len(letters) > mostSubject {
		s = string(letters[:mostSubject]) + "…"
	}
	return s
}

// quiet is an error in words of ours. What the server said of who we are is left out: it might say the password back.
func quiet(ctx context.Context, err error) error {
	var dns *net.DNSError
	var op *net.OpError
	var said *textproto.Error
	var bad *tls.CertificateVerificationError
	var refused *gomail.SendError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err) || ctx.Err() != nil:
		return errors.New("no answer in time")
	case errors.As(err, &dns):
		return errors.New("the name of the mail server is not known")
	case errors.As(err, &bad):
		return fmt.Errorf("the mail server's certificate: %w", bad.Err)
	case errors.As(err, &refused) && refused.ErrorCode() > 0:
		return fmt.Errorf("the mail server said %d to the %s", refused.ErrorCode(), step(refused.Reason))
	case errors.As(err, &said):
		if said.Code/10 == 53 {
			return fmt.Errorf("the mail server refused the user or the password (%d)", said.Code)
		}
		return fmt.Errorf("the mail server said %d", said.Code)
	case errors.As(err, &op):
		return errors.New("mail server: " + op.Op + ": " + op.Err.Error())
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return errors.New("the mail server has no STARTTLS: write tls = \"tls\" and its port, or another server")
	case strings.Contains(err.Error(), "AUTH"):
		return errors.New("the mail server offers no way to sign in that we know: PLAIN, LOGIN, CRAM-MD5, SCRAM")
	}
	return errors.New("the mail server broke off")
}

// step is what a server was asked.
func step(r gomail.SendErrReason) string {
	switch r {
	case gomail.ErrSMTPMailFrom:
		return "address in from"
	case gomail.ErrSMTPRcptTo:
		return "addresses in to"
	}
	return "mail itself"
}
