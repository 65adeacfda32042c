package inbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/signon"
)

// Provider is where people may sign in besides.
type Provider interface {
	Name() string
	// Start is the address at which somebody signs in, to come back to ours.
	Start(ctx context.Context, back string, state, nonce, verifier bots.Secret) (string, error)
	// Finish is who came back with a code. Its errors are signon's.
	Finish(ctx context.Context, back string, code, nonce, verifier bots.Secret) (signon.Identity, error)
}

// away are the people who sign in at the provider now, by the hash of what their browser keeps. It is kept in memory: who is interrupted by
// a start begins anew.
type away struct {
	mu sync.Mutex
	m  map[[32]byte]errand
}

// errand is what one of them has to bring back.
type errand struct {
	state, nonce, verifier bots.Secret
	to                     string
	bind                   string // the person who connects; empty: somebody signs in
	until                  time.Time
}

const (
	awayLife = 10 * time.Minute
	mostAway = 1000
)

func (a *away) leave(now time.Time, e errand) (token bots.Secret) {
	token = bots.Secret(rand.Text())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.m == nil {
		a.m = map[[32]byte]errand{}
	}
	for key, one := range a.m {
		if !now.Before(one.until) || len(a.m) >= mostAway {
			delete(a.m, key)
		}
	}
	e.until = now.Add(awayLife)
	a.m[sha256.Sum256([]byte(token.Reveal()))] = e
	return token
}

// comeBack is the errand of a browser, once.
func (a *away) comeBack(now time.Time, token bots.Secret) (e errand, ok bool) {
	key := sha256.Sum256([]byte(token.Reveal()))
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok = a.m[key]
	delete(a.m, key)
	return e, ok && token != "" && now.Before(e.until)
}

func (i *Inbox) providerName() string {
	if i.Provider == nil {
		return ""
	}
	return i.Provider.Name()
}

// back is where the provider sends people to.
func (i *Inbox) back() string { return i.base + "/login/back" }

// toProvider sends somebody to the provider. It changes nothing but a cookie of this browser's own, so that a link may do it.
func (i *Inbox) toProvider(v *visit) {
	if i.Provider == nil {
		i.tell(v, http.StatusNotFound, v.say.NoPage)
		return
	}
	at, err := i.goAway(v, errand{to: inside(v.r.URL.Query().Get("to"))})
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, at, http.StatusSeeOther)
}

// goAway gives the browser what it has to bring back; it returns the address at the provider.
func (i *Inbox) goAway(v *visit, e errand) (at string, err error) {
	e.state, e.nonce, e.verifier = bots.Secret(rand.Text()), bots.Secret(rand.Text()), bots.Secret(rand.Text()+rand.Text())
	if at, err = i.Provider.Start(v.r.Context(), i.back(), e.state, e.nonce, e.verifier); err == nil {
		i.put(v, awayCookie, i.away.leave(v.now, e), int(awayLife.Seconds()))
	}
	return at, err
}

// connect begins to say who somebody is at the provider. It takes a form of ours, and not a link: a stranger's page that has signed this browser
// in there as somebody else could connect that one. And it shows a link, because a form may lead to no other site.
func (i *Inbox) connect(v *visit) {
	if i.Provider == nil {
		i.tell(v, http.StatusNotFound, v.say.NoPage)
		return
	}
	at, err := i.goAway(v, errand{bind: v.me.ID})
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	i.show(v, http.StatusOK, "connect", sheet{Title: i.providerName(), Page: at})
}

// fromProvider takes somebody who comes back: with what this browser went away with, once.
func (i *Inbox) fromProvider(v *visit) {
	if i.Provider == nil {
		i.tell(v, http.StatusNotFound, v.say.NoPage)
		return
	}
	q := v.r.URL.Query()
	e, ok := i.away.comeBack(v.now, i.cookie(v.r, awayCookie))
	i.put(v, awayCookie, "", -1)
	if !ok || subtle.ConstantTimeCompare([]byte(e.state.Reveal()), []byte(q.Get("state"))) != 1 {
		i.tell(v, http.StatusForbidden, v.say.StaleForm)
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		i.notFromProvider(v, fmt.Errorf("%w: it says %.60q", signon.ErrRefused, q.Get("error")))
		return
	}
	who, err := i.Provider.Finish(v.r.Context(), i.back(), bots.Secret(q.Get("code")), e.nonce, e.verifier)
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	if e.bind != "" {
		if e.bind != v.me.ID { // who went away is not signed in here any more
			i.tell(v, http.StatusForbidden, v.say.StaleForm)
			return
		}
		if err := i.Accounts.Bind(v.r.Context(), v.now, v.me.ID, who.Issuer, who.Subject); err != nil {
			i.notFromProvider(v, err)
			return
		}
		v.see("/account?done=bound")
		return
	}
	p, token, err := i.Accounts.BeginThere(v.r.Context(), v.now, who.Issuer, who.Subject, who.Email, people.Browser{From: from(v.r), Agent: v.r.UserAgent()})
	if errors.Is(err, people.ErrNotInvited) && who.Email == "" {
		err = signon.ErrUnverified
	}
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	i.enter(v, p, token, e.to)
}

// notFromProvider says why somebody is not signed in; the log says more.
func (i *Inbox) notFromProvider(v *visit, err error) {
	why, status := v.say.ProviderAway, http.StatusBadGateway
	switch {
	case errors.Is(err, context.Canceled):
		return
	case errors.Is(err, people.ErrHasPassword):
		why, status = v.say.HasPassword, http.StatusForbidden
	case errors.Is(err, people.ErrNotInvited):
		why, status = v.say.NotInvited, http.StatusForbidden
	case errors.Is(err, signon.ErrUnverified):
		why, status = v.say.Unverified, http.StatusForbidden
	case errors.Is(err, signon.ErrRefused), errors.Is(err, signon.ErrUnproven):
		why, status = v.say.ProviderRefused, http.StatusForbidden
	case errors.Is(err, signon.ErrAway):
	default:
		i.fail(v, err)
		return
	}
	i.Log.Warn("somebody was not signed in by the provider", "err", err)
	if status == http.StatusForbidden {
		if err := i.Ledger.Often(v.r.Context(), v.now, people.Refusal(v.now, "", from(v.r), "provider")); err != nil {
			i.fail(v, err)
			return
		}
	}
	i.tell(v, status, why)
}
