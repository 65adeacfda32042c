package inbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

func (i *Inbox) home(v *visit) {
	i.show(v, http.StatusOK, "home", sheet{Title: v.say.HomeTitle})
}

// setupView is the form by which the first admin comes in.
type setupView struct{ Code, Name, Email string }

func (i *Inbox) setupPage(v *visit) {
	code := v.r.URL.Query().Get("code")
	switch {
	case i.Accounts.Any():
		v.see("/login")
	case !i.Accounts.SetupWorks(v.now, bots.Secret(code)):
		i.tell(v, http.StatusForbidden, v.say.SetupCode)
	default:
		i.show(v, http.StatusOK, "setup", sheet{Title: v.say.SetupTitle, Page: setupView{Code: code}})
	}
}

func (i *Inbox) setup(v *visit) {
	f := v.r.PostForm
	form := setupView{f.Get("code"), f.Get("name"), f.Get("email")}
	p, err := i.Accounts.First(v.r.Context(), v.now, bots.Secret(form.Code), people.NewPerson{Name: form.Name, Email: form.Email, Password: bots.Secret(f.Get("password"))}, from(v.r))
	if wrong, ok := errors.AsType[*people.Invalid](err); ok {
		i.show(v, http.StatusUnprocessableEntity, "setup", sheet{Title: v.say.SetupTitle, Wrong: v.say.invalid(wrong), Field: wrong.Field, Page: form})
		return
	}
	switch {
	case errors.Is(err, people.ErrNotFirst):
		v.see("/login")
	case errors.Is(err, people.ErrCode):
		i.tell(v, http.StatusForbidden, v.say.SetupCode)
	case err != nil:
		i.fail(v, err)
	default:
		i.begin(v, p, "/")
	}
}

// loginView is the form of signing in.
type loginView struct {
	Email, To string
	Nobody    bool   // there is nobody yet who could
	Provider  string // where one may sign in besides; empty: nowhere
}

func (i *Inbox) loginPage(v *visit) {
	if v.signedIn() {
		v.see("/")
		return
	}
	i.show(v, http.StatusOK, "login", sheet{Title: v.say.LoginTitle, Page: loginView{To: inside(v.r.URL.Query().Get("to")), Nobody: !i.Accounts.Any(), Provider: i.providerName()}})
}

func (i *Inbox) login(v *visit) {
	f := v.r.PostForm
	form := loginView{Email: f.Get("email"), To: inside(f.Get("to")), Provider: i.providerName()}
	p, err := i.password(v, form.Email, bots.Secret(f.Get("password")))
	switch {
	case err != nil:
		i.notIn(v, form, err)
	case p.Factor:
		i.put(v, halfCookie, i.Accounts.Halfway(v.now, p.ID), 0)
		v.see("/login/code?to=" + url.QueryEscape(form.To))
	default:
		i.begin(v, p, form.To)
	}
}

// password looks at one try to sign in.
func (i *Inbox) password(v *visit, email string, password bots.Secret) (people.Person, error) {
	who, err := i.Accounts.Find(email)
	if err != nil {
		who = people.Person{} // nobody: it is tried all the same, and takes as long
	}
	try, err := i.Throttle.Begin(v.now, email, from(v.r), i.Throttle.Known(i.cookie(v.r, knownCookie), who.ID))
	if err != nil {
		return who, err
	}
	p, err := i.Accounts.SignIn(v.r.Context(), email, password)
	switch {
	case err == nil:
		i.Throttle.Right(try)
	case errors.Is(err, people.ErrWrong):
		return who, errors.Join(err, i.Ledger.Often(v.r.Context(), v.now, people.Refusal(v.now, who.ID, from(v.r), "wrong")))
	default:
		i.Throttle.Undone(try) // it was not looked at
	}
	return p, err
}

// notIn says why somebody is not signed in; never whether there is such a person.
func (i *Inbox) notIn(v *visit, form loginView, err error) {
	status, why := http.StatusForbidden, v.say.WrongLogin
	late, isLate := errors.AsType[*people.Late](err)
	switch {
	case isLate:
		seconds := int(late.Wait.Seconds()) + 1
		v.w.Header().Set("Retry-After", strconv.Itoa(seconds))
		status, why = http.StatusTooManyRequests, fmt.Sprintf(v.say.Late, seconds)
	case errors.Is(err, people.ErrBusy):
		status, why = http.StatusServiceUnavailable, v.say.Busy
	case errors.Is(err, people.ErrWrong):
	default:
		i.fail(v, err)
		return
	}
	i.show(v, status, "login", sheet{Title: v.say.LoginTitle, Wrong: why, Page: form})
}

// begin signs somebody in. The session is a new one, whatever the browser brought.
func (i *Inbox) begin(v *visit, p people.Person, to string) {
	token, err := i.Accounts.Begin(v.r.Context(), v.now, p.ID, people.Browser{From: from(v.r), Agent: v.r.UserAgent()})
	if err != nil {
		i.fail(v, err)
		return
	}
	i.enter(v, p, token, to)
}

// enter gives the browser its session.
func (i *Inbox) enter(v *visit, p people.Person, token bots.Secret, to string) {
	i.put(v, sessionCookie, token, int(people.SessionLife.Seconds()))
	i.put(v, formCookie, "", -1)
	if i.Throttle.Known(i.cookie(v.r, knownCookie), p.ID) == "" {
		i.put(v, knownCookie, i.Throttle.Mark(p.ID), int((180 * 24 * time.Hour).Seconds()))
	}
	v.see(inside(to))
}

func (i *Inbox) logout(v *visit) {
	if err := i.Accounts.End(v.r.Context(), v.now, v.session.ID); err != nil {
		i.fail(v, err)
		return
	}
	i.put(v, sessionCookie, "", -1)
	v.see("/login")
}

// inside is a path of ours; anything else is the home page: nobody is sent elsewhere from here.
func inside(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t?#") {
		return "/"
	}
	return path
}
