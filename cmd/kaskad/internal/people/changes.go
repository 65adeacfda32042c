package people

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"kaskad/bots"
)

// The errors of changes.
var (
	ErrLastAdmin = errors.New("this is the last admin who can sign in")
	ErrHasCome   = errors.New("the person has a password already")
	ErrTooMany   = errors.New("there are too many people")
)

// mostPeople is far above what a shop has.
const mostPeople = 1000

// Invitation is the way in for one person: the code works once.
type Invitation struct {
	Code  bots.Secret
	Until time.Time
}

// Invite makes a person who has no password yet, and the code by which they come to have one.
func (a *Accounts) Invite(ctx context.Context, now time.Time, n NewPerson) (Person, Invitation, error) {
	p, err := newPerson(now, n.Email, n.Name, n.Role)
	if err != nil {
		return Person{}, Invitation{}, err
	}
	a.change.Lock()
	defer a.change.Unlock()
	a.mu.RLock()
	taken, many := a.byEmail(p.Email) != nil, len(a.people) >= mostPeople
	a.mu.RUnlock()
	switch {
	case taken:
		return Person{}, Invitation{}, ErrEmailTaken
	case many:
		return Person{}, Invitation{}, ErrTooMany
	}
	d := &draft{}
	a.put(d, p)
	i := a.invitation(d, now, p.ID)
	d.write(entryAt(ctx, now, "add-person", 0, nil).about("person", p.ID, string(p.Role)).record())
	return *p, i, a.commit(ctx, d)
}

// invitation makes a code for a person; those made before are worth nothing any more.
func (a *Accounts) invitation(d *draft, now time.Time, person string) Invitation {
	a.forgetCodes(d, person)
	for id, c := range a.codes { // and what is over goes
		if c.Kind == inviteCode && !now.Before(c.Expires) {
			a.useCode(d, id)
		}
	}
	secret, hash := newSecret()
	c := &code{Hash: hash, Kind: inviteCode, Person: person, Expires: now.Add(InviteLife).UTC().Truncate(time.Second)}
	a.putCode(d, hex.EncodeToString(hash), c)
	return Invitation{secret, c.Expires}
}

func (a *Accounts) forgetCodes(d *draft, person string) {
	for id, c := range a.codes {
		if c.Person == person {
			a.useCode(d, id)
		}
	}
}

// alter changes one person, with a line of the audit, in one transaction. Do may run once.
func (a *Accounts) alter(ctx context.Context, now time.Time, who, what, detail string, do func(*draft, *Person) error) (Person, error) {
	a.change.Lock()
	defer a.change.Unlock()
	p, err := a.Find(who)
	if err != nil {
		return Person{}, err
	}
	d := &draft{}
	if err := do(d, &p); err != nil {
		return Person{}, err
	}
	a.put(d, &p)
	d.write(entryAt(ctx, now, what, 0, nil).about("person", p.ID, detail).record())
	return p, a.commit(ctx, d)
}

// endSessions ends all of a person's but one.
func (a *Accounts) endSessions(d *draft, person, but string) {
	for id, s := range a.sessions {
		if s.Person == person && id != but {
			a.endSession(d, id)
		}
	}
}

// HasCome reports whether a person has a way in, and is not only invited.
func (p *Person) HasCome() bool { return p.Password || p.Provider }

// canSignIn reports whether a person has a way in.
func (p *Person) canSignIn() bool { return p.Disabled.IsZero() && p.HasCome() }

// othersAdmin refuses what would leave nobody who could let others in again.
func (a *Accounts) othersAdmin(p *Person) error {
	if p.Role != RoleAdmin || !p.canSignIn() {
		return nil
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, other := range a.people {
		if other.ID != p.ID && other.Role == RoleAdmin && other.canSignIn() {
			return nil
		}
	}
	return ErrLastAdmin
}

// Reset takes a person's password, second factor and place at the provider away, ends all sessions, and makes an invitation. Without again it is for those alone who
// have not come yet.
func (a *Accounts) Reset(ctx context.Context, now time.Time, who string, again bool) (p Person, i Invitation, err error) {
	what := "invite-person"
	if again {
		what = "reset-person"
	}
	p, err = a.alter(ctx, now, who, what, "", func(d *draft, p *Person) error {
		if p.HasCome() && !again {
			return ErrHasCome
		}
		p.Password, p.hash, p.Factor, p.factor = false, "", false, nil
		p.Provider, p.there = false, there{}
		a.endSessions(d, p.ID, "")
		i = a.invitation(d, now, p.ID)
		return nil
	})
	return p, i, err
}

// Invited is who an invitation is for.
func (a *Accounts) Invited(now time.Time, secret bots.Secret) (Person, error) {
	id, err := a.codeFits(now, inviteCode, secret)
	if err != nil {
		return Person{}, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.codes[id]
	if c == nil || a.people[c.Person] == nil || !a.people[c.Person].Disabled.IsZero() {
		return Person{}, ErrCode
	}
	return *a.people[c.Person], nil
}

// Accept gives the invited person a password; the invitation is used.
func (a *Accounts) Accept(ctx context.Context, now time.Time, secret, password bots.Secret, from string) (Person, error) {
	p, err := a.Invited(now, secret)
	if err != nil {
		return Person{}, err
	}
	if err := CheckPassword(password, p.Email, p.Name); err != nil {
		return Person{}, err
	}
	hash, err := a.hasher.make(ctx, password)
	if err != nil {
		return Person{}, err
	}
	ctx = With(ctx, Principal{Name: p.Name, Person: p.ID, From: from})
	return a.alter(ctx, now, p.ID, "accept-invitation", "", func(d *draft, p *Person) error {
		id, err := a.codeFits(now, inviteCode, secret)
		if err != nil || !p.Disabled.IsZero() {
			return ErrCode
		}
		a.useCode(d, id)
		p.hash, p.Password = hash, true
		return nil
	})
}

// ChangePassword sets a new password for whoever knows the old one, and ends all sessions but this.
func (a *Accounts) ChangePassword(ctx context.Context, now time.Time, who string, old, fresh bots.Secret, session string) error {
	p, err := a.Find(who)
	if err != nil {
		return err
	}
	if err := a.fits(ctx, old, &p); err != nil {
		return err
	}
	if err := CheckPassword(fresh, p.Email, p.Name); err != nil {
		return err
	}
	hash, err := a.hasher.make(ctx, fresh)
	if err != nil {
		return err
	}
	was := p.hash
	_, err = a.alter(ctx, now, p.ID, "change-password", "", func(d *draft, p *Person) error {
		if p.hash != was {
			return ErrWrong // somebody else has just changed it
		}
		p.hash = hash
		a.endSessions(d, p.ID, session)
		return nil
	})
	return err
}

// fits says whether a password is a person's: ErrWrong of one that was looked at, any other error of one that was not.
func (a *Accounts) fits(ctx context.Context, password bots.Secret, p *Person) error {
	ok, err := a.hasher.fits(ctx, password, p.hash)
	if err == nil && !ok {
		return ErrWrong
	}
	return err
}

// SetRole gives somebody another role, and ends their sessions: what stands on a page that is open is another role's.
func (a *Accounts) SetRole(ctx context.Context, now time.Time, who string, role Role) (Person, error) {
	if !role.Known() {
		return Person{}, &Invalid{Field: "role", Detail: "Write agent, marketer or admin."}
	}
	return a.alter(ctx, now, who, "change-role", string(role), func(d *draft, p *Person) error {
		if p.Role == role {
			return nil
		}
		if err := a.othersAdmin(p); err != nil {
			return err
		}
		p.Role = role
		a.endSessions(d, p.ID, "")
		return nil
	})
}

// Disable keeps somebody out from now on: sessions end, and invitations are worth nothing. Enable lets them in again.
func (a *Accounts) Disable(ctx context.Context, now time.Time, who string) (Person, error) {
	return a.alter(ctx, now, who, "disable-person", "", func(d *draft, p *Person) error {
		if err := a.othersAdmin(p); err != nil {
			return err
		}
		if p.Disabled.IsZero() {
			p.Disabled = now.UTC().Truncate(time.Second)
		}
		a.endSessions(d, p.ID, "")
		a.forgetCodes(d, p.ID)
		return nil
	})
}

// Enable lets somebody in again.
func (a *Accounts) Enable(ctx context.Context, now time.Time, who string) (Person, error) {
	return a.alter(ctx, now, who, "enable-person", "", func(_ *draft, p *Person) error {
		p.Disabled = time.Time{}
		return nil
	})
}

// Rename gives somebody another name.
func (a *Accounts) Rename(ctx context.Context, now time.Time, who, name string) (Person, error) {
	probe, err := newPerson(now, "somebody@shop.example", name, RoleAgent)
	if err != nil {
		return Person{}, err
	}
	return a.alter(ctx, now, who, "rename-person", "", func(_ *draft, p *Person) error {
		p.Name = probe.Name
		return nil
	})
}

// Sessions are those of a person, the one used last first.
func (a *Accounts) Sessions(now time.Time, person string) (all []Session) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, s := range a.sessions {
		if s.Person == person && !s.over(now) {
			all = append(all, *s)
		}
	}
	sortSessions(all)
	return all
}

// EndOwn ends a session of a person's by the beginning of its id, or with none all but one.
func (a *Accounts) EndOwn(ctx context.Context, now time.Time, person, id, but string) error {
	_, err := a.alter(ctx, now, person, "end-sessions", "", func(d *draft, p *Person) error {
		if id == "" {
			a.endSessions(d, p.ID, but)
			return nil
		}
		for one, s := range a.sessions {
			if s.Person == p.ID && len(id) >= shortID && strings.HasPrefix(one, id) {
				a.endSession(d, one)
			}
		}
		return nil
	})
	return err
}

// shortID is how much of a session's id names it.
const shortID = 16

// Short names a session on a page.
func (s *Session) Short() string { return s.ID[:shortID] }

// Lives reports whether a session has not ended.
func (a *Accounts) Lives(now time.Time, id string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	s := a.sessions[id]
	if s == nil || s.over(now) {
		return false
	}
	p := a.people[s.Person]
	return p != nil && p.Disabled.IsZero()
}
