package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// Doorway is where people come in.
type Doorway struct {
	Accounts *people.Accounts
	URL      string // of the pages, without a slash at the end
}

// SetupURL is the address at which the first admin is made.
func SetupURL(base string, code bots.Secret) string {
	return base + "/setup?code=" + url.QueryEscape(code.Reveal())
}

// SetupView is where the first admin is made.
type SetupView struct {
	URL       string    `json:"url" doc:"Whoever opens it first is the admin: keep it secret" example:"http://127.0.0.1:8081/setup?code=…"`
	ExpiresAt time.Time `json:"expires_at"`
}

type setupOut struct{ Body SetupView }

// setup makes the address at which the first admin comes in.
func (a *API) setup(ctx context.Context, _ *struct{}) (*setupOut, error) {
	code, until, err := a.People.Accounts.Setup(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	return &setupOut{SetupView{SetupURL(a.People.URL, code), until}}, nil
}

// Person is somebody who may sign in on the pages.
type Person struct {
	ID         string     `json:"id" example:"k3q9zx7w"`
	Email      string     `json:"email" example:"olena@shop.example"`
	Name       string     `json:"name" example:"Olena"`
	Role       string     `json:"role" enum:"agent,marketer,admin"`
	Scopes     []string   `json:"scopes" nullable:"false" doc:"What the role may do"`
	HasCome    bool       `json:"has_come" doc:"false: invited, and not here yet"`
	Factor     bool       `json:"second_factor" doc:"They are asked for a code after the password"`
	CreatedAt  time.Time  `json:"created_at"`
	SeenAt     *time.Time `json:"seen_at,omitempty" doc:"Absent: never"`
	DisabledAt *time.Time `json:"disabled_at,omitempty" doc:"Since when they are kept out; absent: they are not"`
}

// Invitation is the way in for one person.
type Invitation struct {
	URL       string    `json:"url" doc:"Whoever opens it chooses the password: give it to the person alone" example:"http://127.0.0.1:8081/invitation?code=…"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Invited is a person with an invitation that was just made.
type Invited struct {
	Person
	Invitation Invitation `json:"invitation" doc:"Works once, and is shown only here"`
}

func showPerson(p *people.Person) Person {
	return Person{
		ID: p.ID, Email: p.Email, Name: p.Name, Role: string(p.Role), Scopes: p.Role.Scopes().Names(), HasCome: p.HasCome(), Factor: p.Factor,
		CreatedAt: p.Created.UTC(), SeenAt: moment(p.Seen), DisabledAt: moment(p.Disabled),
	}
}

func (a *API) showInvited(p *people.Person, i people.Invitation) *invitedOut {
	return &invitedOut{Invited{showPerson(p), Invitation{InvitationURL(a.People.URL, i.Code), i.Until}}}
}

// InvitationURL is where somebody who is invited comes in.
func InvitationURL(base string, code bots.Secret) string {
	return base + "/invitation?code=" + url.QueryEscape(code.Reveal())
}

type (
	personOut  struct{ Body Person }
	invitedOut struct{ Body Invited }
	peopleOut  struct{ Body List[Person] }
)

func (a *API) listPeople(context.Context, *struct{}) (*peopleOut, error) {
	out := &peopleOut{Body: List[Person]{Items: []Person{}}}
	for _, p := range a.People.Accounts.List() {
		out.Body.Items = append(out.Body.Items, showPerson(&p))
	}
	return out, nil
}

type addPersonIn struct {
	Body struct {
		Email string `json:"email" maxLength:"300" example:"iryna@shop.example"`
		Name  string `json:"name" maxLength:"300" example:"Iryna"`
		Role  string `json:"role" maxLength:"20" doc:"agent, marketer or admin" example:"agent"`
	}
}

func (a *API) addPerson(ctx context.Context, in *addPersonIn) (*invitedOut, error) {
	p, i, err := a.People.Accounts.Invite(ctx, time.Now(), people.NewPerson{Email: in.Body.Email, Name: in.Body.Name, Role: people.Role(in.Body.Role)})
	if err != nil {
		return nil, err
	}
	return a.showInvited(&p, i), nil
}

// PersonPath names a person.
type PersonPath struct {
	ID string `path:"id" maxLength:"300" doc:"Id or e-mail"`
}

type changePersonIn struct {
	PersonPath
	Body struct {
		Name     *string `json:"name,omitempty" maxLength:"300"`
		Role     *string `json:"role,omitempty" maxLength:"20" doc:"agent, marketer or admin; ends the person's sessions"`
		Disabled *bool   `json:"disabled,omitempty" doc:"true: kept out from now on, sessions end; false: may sign in again"`
	}
}

// changePerson makes each change that is asked for; the first that cannot be made ends it.
func (a *API) changePerson(ctx context.Context, in *changePersonIn) (*personOut, error) {
	all, now := a.People.Accounts, time.Now()
	p, err := all.Find(in.ID)
	if err == nil && in.Body.Name != nil {
		p, err = all.Rename(ctx, now, p.ID, *in.Body.Name)
	}
	if err == nil && in.Body.Role != nil {
		p, err = all.SetRole(ctx, now, p.ID, people.Role(*in.Body.Role))
	}
	if d := in.Body.Disabled; err == nil && d != nil {
		if *d {
			p, err = all.Disable(ctx, now, p.ID)
		} else {
			p, err = all.Enable(ctx, now, p.ID)
		}
	}
	if err != nil {
		return nil, err
	}
	return &personOut{showPerson(&p)}, nil
}

type inviteIn struct {
	PersonPath
	Body *struct {
		Reset bool `json:"reset,omitempty" doc:"true: also for somebody who has come: the password is taken away, sessions end"`
	}
}

func (a *API) invite(ctx context.Context, in *inviteIn) (*invitedOut, error) {
	p, i, err := a.People.Accounts.Reset(ctx, time.Now(), in.ID, in.Body != nil && in.Body.Reset)
	if err != nil {
		return nil, err
	}
	return a.showInvited(&p, i), nil
}

// ofPeople says what is wrong with a call about people.
func ofPeople(err error) *Problem {
	switch {
	case errors.Is(err, people.ErrNotFirst):
		return problem(http.StatusConflict, "not_first", "", "Somebody can sign in already: let them invite others, or add yourself: kaskad people add.")
	case errors.Is(err, people.ErrUnknownPerson):
		return problem(http.StatusNotFound, "unknown_person", "", "Nobody has this id or e-mail. List them: GET /v1/people.")
	case errors.Is(err, people.ErrEmailTaken):
		return problem(http.StatusConflict, "email_taken", "email", "Somebody has this e-mail already. List them: GET /v1/people.")
	case errors.Is(err, people.ErrLastAdmin):
		return problem(http.StatusConflict, "last_admin", "", "This is the last admin who can sign in: nobody could let others in any more. Make somebody else an admin first.")
	case errors.Is(err, people.ErrHasCome):
		return problem(http.StatusConflict, "has_come", "reset", "This person has a password already. With \"reset\": true it is taken away, and they choose a new one.")
	case errors.Is(err, people.ErrTooMany):
		return problem(http.StatusConflict, "too_many_people", "", "There are too many people.")
	}
	return nil
}

// NotMeant answers a call with a session's cookie that nothing proves to be our own page's.
func NotMeant(w http.ResponseWriter, detail string) {
	p := problem(http.StatusForbidden, "not_our_page", "", "%s", detail)
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // whoever called has gone
}
