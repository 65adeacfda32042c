package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/inbox"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/signon"
)

// Login is how people sign in.
type Login struct {
	URL string `toml:"url"` // where browsers reach the pages; empty: at the address that is listened on
	// SecondFactor says who must have one: nobody ("off"), "admins", or "everyone".
	SecondFactor string        `toml:"second_factor"`
	OIDC         signon.Config `toml:"oidc"` // a provider of the company's own
}

// needsFactor reports whether a role must have a second factor.
func (l *Login) needsFactor(r people.Role) bool {
	return l.SecondFactor == "everyone" || l.SecondFactor == "admins" && r == people.RoleAdmin
}

func (l *loader) login(cfg *Config) {
	switch cfg.Login.SecondFactor {
	case "off", "admins", "everyone":
	default:
		l.add("login.second_factor", "%q is not known: write off, admins or everyone", cfg.Login.SecondFactor)
	}
	l.all("login.oidc", cfg.Login.OIDC.Validate())
	if cfg.Login.OIDC.On() && cfg.Login.URL == "" {
		l.add("login.oidc.issuer", "needs [login] url: the provider sends people back to it, %s", "https://kaskad.shop.example/login/back")
	}
	if at := cfg.Login.URL; at != "" {
		u, err := url.Parse(at)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
			l.add("login.url", "%q is no address of pages: write https://kaskad.shop.example", at)
			return
		}
		if u.Scheme == "http" && !loopback(u.Hostname()) {
			l.warn("login.url", "is plain http: passwords travel readable; put something before it that speaks TLS, and write https://…")
		}
	}
}

// pagesURL is where browsers reach the pages, without a slash at the end.
func (c *Config) pagesURL() string {
	if c.Login.URL != "" {
		return strings.TrimRight(c.Login.URL, "/")
	}
	at, scheme := c.Server.Admin, "http"
	if at == "" {
		at = c.Server.Listen
		if c.Server.encryption != (Encryption{}) {
			scheme = "https"
		}
	}
	host, port, err := net.SplitHostPort(at)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		at = net.JoinHostPort("localhost", port)
	}
	return scheme + "://" + at
}

// openInbox makes the pages for people.
func (a *App) openInbox(ctx context.Context, made *secrets) error {
	a.ledger = people.NewLedger(records{a.db}, a.log)
	if a.world != nil {
		return nil // the test side has no people
	}
	var err error
	if a.accounts, err = people.OpenAccounts(ctx, records{a.db}); err != nil {
		return err
	}
	secret, err := made.get(ctx, "known_browsers")
	if err != nil {
		return err
	}
	errands, err := made.get(ctx, "errands")
	if err != nil {
		return err
	}
	if a.throttle, err = people.OpenThrottle(ctx, records{a.db}, secret, a.log); err != nil {
		return err
	}
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return err
	}
	var provider inbox.Provider // a nil pointer would not be none
	if a.cfg.Login.OIDC.On() {
		provider = signon.New(a.cfg.Login.OIDC)
	}
	a.inbox, err = inbox.New(inbox.Options{
		Provider: provider, Errands: errands,
		Accounts: a.accounts, Throttle: a.throttle, Ledger: a.ledger, Audit: reads{DB: a.db}, URL: a.cfg.Login.URL, Company: a.cfg.Company.Name, Locale: a.cfg.Company.Locale, Zone: zone, Log: a.log, Factor: a.cfg.Login.needsFactor,
	})
	return err
}

// doorway is where people come in, as the API tells it; nil on the test side.
func (a *App) doorway() *api.Doorway {
	if a.accounts == nil {
		return nil
	}
	return &api.Doorway{Accounts: a.accounts, URL: a.cfg.pagesURL()}
}

// greet tells how the first admin comes in while there is nobody: with the code where a person reads it, and without it in a log, which
// others may read and which is kept.
func (a *App) greet(ctx context.Context, out io.Writer) error {
	if a.accounts.Any() {
		return nil
	}
	if !onTerminal(out) {
		a.log.Info("nobody can sign in yet; the address at which the first admin is made is printed by: kaskad people setup")
		return nil
	}
	code, until, err := a.accounts.Setup(people.With(ctx, people.Principal{Name: itself}), time.Now())
	if err == nil {
		_, err = fmt.Fprintf(out, "Nobody can sign in yet. Make the first admin until %s here:\n  %s\n", until.Local().Format("15:04"), api.SetupURL(a.cfg.pagesURL(), code))
	}
	return err
}

// onTerminal reports whether somebody reads what is written.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// SetupView is the address at which the first admin is made; the others are people as the API shows them.
type (
	SetupView   = api.SetupView
	PersonView  = api.Person
	InvitedView = api.Invited
	PeopleList  = api.List[api.Person]
)

// bySession lets a page of ours call the API in the name of whoever is signed in.
func (a *App) bySession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok, err := a.inbox.Caller(r)
		switch {
		case errors.Is(err, inbox.ErrFactor):
			api.NotMeant(w, "Your role needs a second factor: open /account/second and set it up first.")
			return
		case err != nil:
			api.NotMeant(w, "With the cookie of a session calls are made by our own pages alone: send the header "+inbox.FormHeader+" that the page has, or an API key without the cookie.")
			return
		case ok:
			r = r.WithContext(people.With(r.Context(), who))
		}
		next.ServeHTTP(w, r)
	})
}
