// Package signon lets people sign in at a provider of the company's own (Keycloak, Google, Entra and others) by OpenID Connect: the
// authorization code flow with PKCE, state and nonce.
//
// It keeps what the provider says of itself, asked for when the first person comes, so that the program starts while the provider is away.
// It never decides who may sign in, never keeps or logs a token or a code, and never believes an address that the provider has not verified.
package signon

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kaskad/bots"
)

// Config is [login.oidc].
type Config struct {
	Name             string      `toml:"name"`   // on the button; empty: the provider's host
	Issuer           string      `toml:"issuer"` // empty: nobody signs in so
	ClientID         string      `toml:"client_id"`
	ClientSecret     bots.Secret `toml:"client_secret"`
	ClientSecretFile string      `toml:"client_secret_file"`
}

// On reports whether people sign in so.
func (c Config) On() bool { return c.Issuer != "" }

// Button is what the provider is called on the page.
func (c Config) Button() string {
	if c.Name != "" {
		return c.Name
	}
	u, err := url.Parse(c.Issuer)
	if err != nil {
		return c.Issuer
	}
	return u.Hostname()
}

// Validate says what is wrong.
func (c Config) Validate() error {
	if c == (Config{}) {
		return nil
	}
	var all []error
	if err := proper(c.Issuer); err != nil {
		all = append(all, fmt.Errorf("issuer %w", err))
	}
	if c.ClientID == "" {
		all = append(all, errors.New("client_id is missing: the provider shows it beside its client secret"))
	}
	return errors.Join(all...)
}

// proper is why an address must not be asked; nil: it may be.
func proper(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("is no address: write it as the provider does, https://login.shop.example/realms/shop")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("has to begin with https://: who signs in must not be read or changed on the way")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Identity is who has signed in there.
type Identity struct {
	Issuer, Subject string // these two name the person for ever
	Email           string // verified by the provider
}

// Why nobody is signed in. Errors hold no code and no token.
var (
	ErrAway       = errors.New("the provider does not answer, or not as one")
	ErrRefused    = errors.New("the provider has refused")
	ErrUnproven   = errors.New("what the provider has sent does not prove who it is")
	ErrUnverified = errors.New("the provider has not verified the person's e-mail")
)

// Provider is where people sign in.
type Provider struct {
	cfg    Config
	client *http.Client

	mu       sync.Mutex
	told     *oidc.Provider // nil: not asked yet
	verifier *oidc.IDTokenVerifier
	failed   time.Time // when it last did not answer
}

const (
	callTime = 10 * time.Second
	maxBody  = 1 << 20
	failRest = 5 * time.Second // an answer that never comes is not waited for by everybody
)

// New makes a provider; nothing is asked yet.
func New(cfg Config) *Provider {
	return &Provider{cfg: cfg, client: &http.Client{
		Timeout: callTime, Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bounded reads no endless answers, and asks nothing on a plain line.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := proper(r.URL.String()); err != nil {
		return nil, fmt.Errorf("%s %w", r.URL.Host, err)
	}
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = body{io.LimitReader(res.Body, maxBody), res.Body}
	}
	return res, err
}

type body struct {
	io.Reader
	io.Closer
}

// Name is what the provider is called on the page.
func (p *Provider) Name() string { return p.cfg.Button() }

// discovered asks the provider about itself, once.
func (p *Provider) discovered(ctx context.Context) (*oidc.Provider, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told != nil {
		return p.told, p.verifier, nil
	}
	if time.Since(p.failed) < failRest {
		return nil, nil, ErrAway
	}
	// Not broken off when the person goes away: what is learnt is everybody's, and a failure would be, too. The client has its own time-out.
	told, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.cfg.Issuer)
	if err == nil {
		err = errors.Join(proper(told.Endpoint().AuthURL), proper(told.Endpoint().TokenURL))
	}
	if err != nil {
		p.failed = time.Now()
		return nil, nil, fmt.Errorf("%w: %s", ErrAway, brief(err))
	}
	// Symmetric algorithms and none are not among those that are believed.
	p.told, p.verifier = told, told.Verifier(&oidc.Config{ClientID: p.cfg.ClientID})
	return p.told, p.verifier, nil
}

func (p *Provider) flow(told *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret.Reveal(), Endpoint: told.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// Start is the address at which the person signs in, to come back with a code.
func (p *Provider) Start(ctx context.Context, back string, state, nonce, verifier bots.Secret) (string, error) {
	told, _, err := p.discovered(ctx)
	if err != nil {
		return "", err
	}
	return p.flow(told, back).AuthCodeURL(state.Reveal(), oidc.Nonce(nonce.Reveal()), oauth2.S256ChallengeOption(verifier.Reveal())), nil
}

// Finish turns the code with which somebody came back into who that is.
func (p *Provider) Finish(ctx context.Context, back string, code, nonce, verifier bots.Secret) (Identity, error) {
	told, check, err := p.discovered(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), 2*callTime)
	defer cancel()
	token, err := p.flow(told, back).Exchange(ctx, code.Reveal(), oauth2.VerifierOption(verifier.Reveal()))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return Identity{}, fmt.Errorf("%w: HTTP status %d, %.60q", ErrRefused, refused.Response.StatusCode, refused.ErrorCode)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrAway, brief(err))
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return Identity{}, fmt.Errorf("%w: it sent no id_token; the client needs the scope openid", ErrUnproven)
	}
	id, err := check.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrUnproven, brief(err))
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce.Reveal())) != 1 || id.Subject == "" {
		return Identity{}, fmt.Errorf("%w: it is for another sign-in", ErrUnproven)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some providers write it as text
		For      string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: its claims cannot be read", ErrUnproven)
	}
	// See OpenID Connect Core 3.1.3.7: one that several may take says for whom it was made, and one that says so was made for us.
	if claims.For != p.cfg.ClientID && (claims.For != "" || len(id.Audience) > 1) {
		return Identity{}, fmt.Errorf("%w: it was made for another client", ErrUnproven)
	}
	who := Identity{Issuer: id.Issuer, Subject: id.Subject}
	if claims.Verified == true || claims.Verified == "true" {
		who.Email = inSmall(claims.Email)
	}
	return who, nil
}

// inSmall is an address in small letters; empty: it is none that can be compared. There are letters besides A to Z whose small ones are a to z
// (the Kelvin sign is one): an address with one is a mailbox of its own, and must not become somebody else's.
func inSmall(email string) string {
	email = strings.TrimSpace(email)
	if strings.ContainsFunc(email, func(r rune) bool { return r > unicode.MaxASCII && unicode.ToLower(r) <= unicode.MaxASCII }) {
		return ""
	}
	return strings.ToLower(email)
}

// brief is what an error says, without what the provider answered: that may hold anything.
func brief(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if i := strings.IndexAny(text, "{<"); i >= 0 {
		text = text[:i]
	}
	return fmt.Sprintf("%.200s", text)
}
