package inbox

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"

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
	at, err := i.goAway(v, errand{To: inside(v.r.URL.Query().Get("to"))})
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, at, http.StatusSeeOther)
}

// goAway gives the browser what it has to bring back; it returns the address at the provider.
func (i *Inbox) goAway(v *visit, e errand) (at string, err error) {
	e.State, e.Nonce, e.Verifier = rand.Text(), rand.Text(), rand.Text()+rand.Text()
	at, err = i.Provider.Start(v.r.Context(), i.back(), bots.Secret(e.State), bots.Secret(e.Nonce), bots.Secret(e.Verifier))
	if err != nil {
		return "", err
	}
	token, err := i.seal.close(v.now, e)
	if err != nil {
		return "", err
	}
	i.put(v, awayCookie, token, int(awayLife.Seconds()))
	return at, nil
}

// connect begins to say who somebody is at the provider. It takes a form of ours, and not a link: a stranger's page that has signed this browser
// in there as somebody else could connect that one. It asks for the password and the code once more, because it makes a way in besides both:
// whoever finds a browser open would keep it. And it shows a link, because a form may lead to no other site.
func (i *Inbox) connect(v *visit) {
	if i.Provider == nil {
		i.tell(v, http.StatusNotFound, v.say.NoPage)
		return
	}
	if !v.me.Password { // it stands beside a password
		v.see("/account")
		return
	}
	if err := i.proven(v); err != nil {
		i.notConnected(v, err)
		return
	}
	at, err := i.goAway(v, errand{Bind: v.session.ID})
	if err != nil {
		i.notFromProvider(v, err)
		return
	}
	i.show(v, http.StatusOK, "connect", sheet{Title: i.providerName(), Page: at})
}

// proven asks for everything that the person signs in with here, once more.
func (i *Inbox) proven(v *visit) error {
	err := i.again(v)
	if err != nil || !v.me.Factor {
		return err
	}
	try, err := i.Throttle.BeginCode(v.now, v.me.ID, i.Throttle.Known(i.cookie(v.r, knownCookie), v.me.ID))
	if err != nil {
		return err
	}
	if err = i.Accounts.ShowFactor(v.r.Context(), v.now, v.me.ID, bots.Secret(v.r.PostForm.Get("code"))); err == nil {
		i.Throttle.Right(try)
	}
	return err
}

// notConnected says why nobody is sent to the provider.
func (i *Inbox) notConnected(v *visit, err error) {
	switch {
	case errors.Is(err, people.ErrWrong):
		i.account(v, http.StatusForbidden, sheet{Wrong: v.say.WrongOld, Field: "bind-password"})
	case errors.Is(err, people.ErrFactor):
		i.account(v, http.StatusForbidden, sheet{Wrong: v.say.WrongCode, Field: "bind-code"})
	default:
		i.lateOr(v, err, func(status int, why string) {
			i.account(v, status, sheet{Wrong: why, Field: "bind-password"})
		})
	}
}

// fromProvider takes somebody who comes back, with what this browser went away with.
func (i *Inbox) fromProvider(v *visit) {
	if i.Provider == nil {
		i.tell(v, http.StatusNotFound, v.say.NoPage)
		return
	}
	q := v.r.URL.Query()
	e, ok := i.seal.open(v.now, i.cookie(v.r, awayCookie))
	if !ok || subtle.ConstantTimeCompare([]byte(e.State), []byte(q.Get("state"))) != 1 {
		i.tell(v, http.StatusForbidden, v.say.StaleForm)
		return
	}
	i.put(v, awayCookie, "", -1) // what was brought is good for one sign-in, at the provider
	if q.Get("error") != "" || q.Get("code") == "" {
		i.notFromProvider(v, fmt.Errorf("%w: it says %.60q", signon.ErrRefused, q.Get("error")))
		return
	}
	try, err := i.Throttle.BeginBack(v.now, from(v.r))
	if err != nil {
		i.lateOr(v, err, func(status int, why string) { i.tell(v, status, message{v.say.ProviderRefused.Title, why}) })
		return
	}
	who, err := i.Provider.Finish(v.r.Context(), i.back(), bots.Secret(q.Get("code")), bots.Secret(e.Nonce), bots.Secret(e.Verifier))
	if err != nil {
		if errors.Is(err, signon.ErrAway) {
			i.Throttle.Undone(try) // an office need not wait because the provider was away
		}
		i.notFromProvider(v, err)
		return
	}
	i.Throttle.Right(try)
	if e.Bind != "" {
		i.bind(v, &e, who)
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
	i.enter(v, p, token, e.To)
}

// bind connects who came back with whoever went away, in the same session.
func (i *Inbox) bind(v *visit, e *errand, who signon.Identity) {
	if !v.signedIn() || e.Bind != v.session.ID {
		i.tell(v, http.StatusForbidden, v.say.StaleForm)
		return
	}
	if err := i.Accounts.Bind(v.r.Context(), v.now, v.me.ID, who.Issuer, who.Subject); err != nil {
		i.notFromProvider(v, err)
		return
	}
	v.see("/account?done=bound")
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
