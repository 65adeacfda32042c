package people

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
)

// there is who somebody is at the company's provider: the two together name one person for ever, which an e-mail does not.
type there struct {
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// ErrNotInvited is somebody whom the provider knows, and who may not sign in here.
var ErrNotInvited = errors.New("nobody with this e-mail was invited, or somebody else has signed in with it")

// BeginThere signs somebody in who comes from the company's provider. The first time they are found by an e-mail that the provider has
// verified (empty: it has not), and from then on by their name there alone: whoever gets the address later is somebody else. Nobody is made by
// it who was not invited. What is asked for besides a password is the provider's business.
func (a *Accounts) BeginThere(ctx context.Context, now time.Time, issuer, subject, email string, b Browser) (Person, bots.Secret, error) {
	who, b2 := there{issuer, subject}, b
	b2.there = true
	a.mu.RLock()
	found := a.fromThere(who, email)
	a.mu.RUnlock()
	if found == nil || issuer == "" || subject == "" {
		return Person{}, "", ErrNotInvited
	}
	p := *found
	token, err := a.beginAs(ctx, now, p.ID, b2, func(d *draft, p *Person) error {
		switch p.there {
		case who:
			return nil
		case there{}:
		default:
			return ErrNotInvited // somebody has come in between
		}
		p.there, p.Provider = who, true
		a.forgetCodes(d, p.ID) // who has come needs no invitation
		d.write(entryAt(With(ctx, Principal{Name: p.Name, Person: p.ID, From: b.From}), now, "bind-person", 0, nil).about("person", p.ID, "provider").record())
		return nil
	})
	if errors.Is(err, ErrWrong) {
		err = ErrNotInvited
	}
	return p, token, err
}

// fromThere finds who comes from the provider; nil: nobody. The caller holds mu.
func (a *Accounts) fromThere(who there, email string) *Person {
	for _, p := range a.people {
		if p.there == who {
			return p
		}
	}
	if email == "" {
		return nil
	}
	if p := a.byEmail(email); p != nil && p.there == (there{}) {
		return p
	}
	return nil
}
