package inbox

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// peopleView is everybody, and the form for one more.
type peopleView struct {
	People      []personView
	Roles       []people.Role
	Name, Email string      // of the form
	Role        people.Role // of the form
	Link        string      // an invitation that was just made; shown once
	For         string      // whom it is for
	Until       time.Time
}

type personView struct {
	people.Person
	Me bool
}

func (i *Inbox) peoplePage(v *visit) {
	i.people(v, http.StatusOK, sheet{Done: v.say.done(v.r.URL.Query().Get("done"))}, peopleView{})
}

// people shows the page, with what has just happened.
func (i *Inbox) people(v *visit, status int, s sheet, view peopleView) {
	for _, p := range i.Accounts.List() {
		p.Seen, p.Disabled = i.local(p.Seen), i.local(p.Disabled)
		view.People = append(view.People, personView{p, p.ID == v.me.ID})
	}
	view.Roles = people.Roles()
	if view.Role == "" {
		view.Role = people.RoleAgent
	}
	s.Title, s.Page = v.say.PeopleTitle, view
	i.show(v, status, "people", s)
}

func (i *Inbox) addPerson(v *visit) {
	f := v.r.PostForm
	form := peopleView{Name: f.Get("name"), Email: f.Get("email"), Role: people.Role(f.Get("role"))}
	p, invitation, err := i.Accounts.Invite(v.r.Context(), v.now, people.NewPerson{Name: form.Name, Email: form.Email, Role: form.Role})
	if err != nil {
		i.notChanged(v, err, form)
		return
	}
	i.invited(v, p, invitation)
}

// invited shows an invitation, once.
func (i *Inbox) invited(v *visit, p people.Person, n people.Invitation) {
	i.people(v, http.StatusOK, sheet{Done: v.say.DoneInvited}, peopleView{Link: i.at(v) + "/invitation?code=" + url.QueryEscape(n.Code.Reveal()), For: p.Name, Until: i.local(n.Until)})
}

// at is where the pages are: as configured, or as this browser has reached them.
func (i *Inbox) at(v *visit) string {
	if i.base != "" {
		return i.base
	}
	if i.tls(v.r) {
		return "https://" + v.r.Host
	}
	return "http://" + v.r.Host
}

func (i *Inbox) changePerson(v *visit) {
	f, ctx := v.r.PostForm, v.r.Context()
	who, did := f.Get("person"), ""
	var err error
	var p people.Person
	var n people.Invitation
	switch f.Get("do") {
	case "role":
		did = "role"
		p, err = i.Accounts.SetRole(ctx, v.now, who, people.Role(f.Get("role")))
	case "disable":
		did = "disabled"
		p, err = i.Accounts.Disable(ctx, v.now, who)
	case "enable":
		did = "enabled"
		p, err = i.Accounts.Enable(ctx, v.now, who)
	case "invite", "reset":
		p, n, err = i.Accounts.Reset(ctx, v.now, who, f.Get("do") == "reset")
	default:
		err = people.ErrUnknownPerson
	}
	switch {
	case err != nil:
		i.notChanged(v, err, peopleView{})
	case n.Code != bots.Secret(""):
		if p.ID == v.me.ID { // their own session has just ended: nothing may be shown as before
			v.token = ""
		}
		i.invited(v, p, n)
	default:
		v.see("/people?done=" + did)
	}
}

// notChanged says why nothing was changed.
func (i *Inbox) notChanged(v *visit, err error, form peopleView) {
	wrong, invalid := errors.AsType[*people.Invalid](err)
	s := sheet{}
	switch {
	case invalid:
		s.Wrong, s.Field = v.say.invalid(wrong), wrong.Field
	case errors.Is(err, people.ErrEmailTaken):
		s.Wrong, s.Field = v.say.EmailTaken, "email"
	case errors.Is(err, people.ErrLastAdmin):
		s.Wrong = v.say.LastAdmin
	case errors.Is(err, people.ErrUnknownPerson), errors.Is(err, people.ErrHasCome):
		s.Wrong = v.say.OutOfDate
	case errors.Is(err, people.ErrTooMany):
		s.Wrong = v.say.TooManyPeople
	default:
		i.fail(v, err)
		return
	}
	i.people(v, http.StatusUnprocessableEntity, s, form)
}
