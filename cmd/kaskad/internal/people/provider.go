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

// ErrHasPassword is somebody who has a password here: an e-mail alone, however well the provider knows it, does not take its place. They sign
// in with it, and Bind.
var ErrHasPassword = errors.New("the person has a password here, and has not said yet that they sign in at the provider")

// BeginThere signs somebody in who comes from the company's provider. Who was invited and has not come yet is found by an e-mail that the
// provider has verified (empty: it has not), and everybody else by their name there alone: whoever gets the address later is somebody else, and
// no address opens an account that has a password. Nobody is made by it who was not invited. What is asked for besides a password is the
// provider's business.
func (a *Accounts) BeginThere(ctx context.Context, now time.Time, issuer, subject, email string, b Browser) (Person, bots.Secret, error) {
	who, b2 := there{issuer, subject}, b
	b2.there = true
	a.mu.RLock()
	found := a.fromThere(who, email)
	a.mu.RUnlock()
	if found == nil || issuer == "" || subject == "" {
		return Person{}, "", ErrNotInvited
	}
	if found.there != who && found.Password {
		return Person{}, "", ErrHasPassword
	}
	p := *found
	token, err := a.beginAs(ctx, now, p.ID, b2, func(d *draft, p *Person) error {
		switch p.there {
		case who:
			return nil
		case there{}:
			if p.Password {
				return ErrHasPassword // chosen in between
			}
		default:
			return ErrNotInvited // somebody has come in between
		}
		a.bind(With(ctx, Principal{Name: p.Name, Person: p.ID, From: b.From}), now, d, p, who)
		return nil
	})
	if errors.Is(err, ErrWrong) {
		err = ErrNotInvited
	}
	return p, token, err
}

// bind notes who somebody is at the provider. Who has come needs no invitation.
func (a *Accounts) bind(ctx context.Context, now time.Time, d *draft, p *Person, who there) {
	p.there, p.Provider = who, true
	a.forgetCodes(d, p.ID)
	d.write(entryAt(ctx, now, "bind-person", 0, nil).about("person", p.ID, "provider").record())
}

// Bind says who somebody who is signed in here is at the provider: from then on they may sign in there. Nobody is two people here. The caller has
// seen the password, and a code of the second factor: it is a way in besides both.
func (a *Accounts) Bind(ctx context.Context, now time.Time, person, issuer, subject string) error {
	who := there{issuer, subject}
	if issuer == "" || subject == "" {
		return ErrNotInvited
	}
	a.change.Lock()
	defer a.change.Unlock()
	p, err := a.Find(person)
	if err != nil {
		return err
	}
	a.mu.RLock()
	other := a.fromThere(who, "")
	a.mu.RUnlock()
	switch {
	case other != nil && other.ID != p.ID:
		return ErrNotInvited
	case p.there == who:
		return nil
	}
	d := &draft{}
	a.bind(ctx, now, d, &p, who)
	a.put(d, &p)
	return a.commit(ctx, d)
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
