package inbox

import (
	"errors"
	"net/http"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// accountView is what somebody may do with their own account.
type accountView struct {
	Sessions []sessionView
	Others   bool   // there are sessions besides this one
	Provider string // where one may sign in besides; empty: nowhere
}

type sessionView struct {
	ID, From, Agent string
	Begun, Seen     time.Time
	This            bool
}

func (i *Inbox) accountPage(v *visit) {
	i.account(v, http.StatusOK, sheet{Done: v.say.done(v.r.URL.Query().Get("done"))})
}

// account shows the page, with what has just happened.
func (i *Inbox) account(v *visit, status int, s sheet) {
	view := accountView{Provider: i.providerName()}
	for _, one := range i.Accounts.Sessions(v.now, v.me.ID) {
		this := one.ID == v.session.ID
		view.Sessions = append(view.Sessions, sessionView{one.Short(), one.From, browserName(one.Agent), i.local(one.Created), i.local(one.Seen), this})
		view.Others = view.Others || !this
	}
	s.Title, s.Page = v.say.AccountTitle, view
	i.show(v, status, "account", s)
}

// local is a time on the company's clocks.
func (i *Inbox) local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(i.Zone)
}

func (i *Inbox) changePassword(v *visit) {
	f := v.r.PostForm
	try, err := i.Throttle.Begin(v.now, v.me.Email, from(v.r), i.Throttle.Known(i.cookie(v.r, knownCookie), v.me.ID))
	if err == nil {
		err = i.Accounts.ChangePassword(v.r.Context(), v.now, v.me.ID, bots.Secret(f.Get("old")), bots.Secret(f.Get("password")), v.session.ID)
		i.judge(try, err) // it was the person, whatever was wrong with the new one
	}
	wrong, invalid := errors.AsType[*people.Invalid](err)
	_, late := errors.AsType[*people.Late](err)
	switch {
	case err == nil:
		v.see("/account?done=password")
	case invalid:
		i.account(v, http.StatusUnprocessableEntity, sheet{Wrong: v.say.invalid(wrong), Field: wrong.Field})
	case late:
		i.account(v, http.StatusTooManyRequests, sheet{Wrong: v.say.late(err), Field: "old"})
	case errors.Is(err, people.ErrBusy):
		i.account(v, http.StatusServiceUnavailable, sheet{Wrong: v.say.Busy})
	case errors.Is(err, people.ErrWrong):
		i.account(v, http.StatusForbidden, sheet{Wrong: v.say.WrongOld, Field: "old"})
	default:
		i.fail(v, err)
	}
}

// judge takes a try back: all of it when it was the person, and this one alone when nobody has looked at it.
func (i *Inbox) judge(try people.Try, err error) {
	_, invalid := errors.AsType[*people.Invalid](err)
	switch {
	case err == nil, invalid:
		i.Throttle.Right(try)
	case !errors.Is(err, people.ErrWrong):
		i.Throttle.Undone(try)
	}
}

// endSessions ends one of the person's own sessions, or all others.
func (i *Inbox) endSessions(v *visit) {
	if err := i.Accounts.EndOwn(v.r.Context(), v.now, v.me.ID, v.r.PostForm.Get("session"), v.session.ID); err != nil {
		i.fail(v, err)
		return
	}
	v.see("/account?done=sessions")
}

// invitationView is the form by which somebody who was invited comes in.
type invitationView struct{ Code, Name, Email string }

func (i *Inbox) invitationPage(v *visit) {
	code := v.r.URL.Query().Get("code")
	p, err := i.Accounts.Invited(v.now, bots.Secret(code))
	if err != nil {
		i.tell(v, http.StatusForbidden, v.say.BadCode)
		return
	}
	i.show(v, http.StatusOK, "invitation", sheet{Title: v.say.InvitationTitle, Page: invitationView{code, p.Name, p.Email}})
}

func (i *Inbox) accept(v *visit) {
	code := v.r.PostForm.Get("code")
	p, err := i.Accounts.Accept(v.r.Context(), v.now, bots.Secret(code), bots.Secret(v.r.PostForm.Get("password")), from(v.r))
	wrong, invalid := errors.AsType[*people.Invalid](err)
	switch {
	case invalid:
		who, _ := i.Accounts.Invited(v.now, bots.Secret(code))
		i.show(v, http.StatusUnprocessableEntity, "invitation", sheet{Title: v.say.InvitationTitle, Wrong: v.say.invalid(wrong), Field: wrong.Field, Page: invitationView{code, who.Name, who.Email}})
	case errors.Is(err, people.ErrCode):
		i.tell(v, http.StatusForbidden, v.say.BadCode)
	case err != nil:
		i.fail(v, err)
	default:
		i.begin(v, p, "/")
	}
}
