package api

import (
	"context"
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
