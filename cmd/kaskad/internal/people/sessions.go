package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Session is one browser in which somebody is signed in. The token is in the browser alone: what is kept is its hash.
//
// They are our own and not a library's because a person's sessions have to end in the transaction in which the person is disabled, changes
// the password or gets another role, and because looking at a page must not write: a session's last use is written every few minutes.
type Session struct {
	ID      string    `json:"-"` // the token's hash, which opens nothing
	Person  string    `json:"person"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	From    string    `json:"from,omitempty"`  // the address that it came from when it began
	Agent   string    `json:"agent,omitempty"` // what the browser called itself
	There   bool      `json:"there,omitempty"` // it began at the company's provider, which asks for what it asks for
}

// SessionRecords is the kind of record that sessions are kept as.
const SessionRecords = "session"

// How long a session lasts.
const (
	SessionIdle  = 12 * time.Hour
	SessionLife  = 7 * 24 * time.Hour
	seenEvery    = 5 * time.Minute
	mostSessions = 20 // of one person; the one that was used the longest ago ends for a new one
	maxAgent     = 200
)

func readSession(id string, raw []byte) (*Session, error) {
	s := &Session{}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("the record of session %.8s cannot be read: %w", id, err)
	}
	s.ID = id
	return s, nil
}

func (s *Session) over(now time.Time) bool {
	return now.Sub(s.Seen) >= SessionIdle || now.Sub(s.Created) >= SessionLife
}

func sessionID(token bots.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// Browser is where somebody signs in.
type Browser struct {
	From, Agent string
	there       bool // comes from the provider
}

// Begin signs somebody in: a new session with a new token, whatever the browser had before. Nobody who has a second factor comes in by it.
func (a *Accounts) Begin(ctx context.Context, now time.Time, person string, b Browser) (bots.Secret, error) {
	return a.begin(ctx, now, person, b, func(p *Person) error {
		if p.factor != nil {
			return ErrFactor
		}
		return nil
	})
}

// begin begins a session, if what is still asked of the person is shown.
func (a *Accounts) begin(ctx context.Context, now time.Time, person string, b Browser, shown func(*Person) error) (bots.Secret, error) {
	return a.beginAs(ctx, now, person, b, func(_ *draft, p *Person) error { return shown(p) })
}

func (a *Accounts) beginAs(ctx context.Context, now time.Time, person string, b Browser, shown func(*draft, *Person) error) (bots.Secret, error) {
	a.change.Lock()
	defer a.change.Unlock()
	a.mu.RLock()
	p := a.people[person]
	a.mu.RUnlock()
	if p == nil || !p.Disabled.IsZero() {
		return "", ErrWrong
	}
	token, _ := newSecret()
	at := now.UTC().Truncate(time.Second)
	s := &Session{ID: sessionID(token), Person: person, Created: at, Seen: at, From: b.From, Agent: clip(b.Agent), There: b.there}
	d := &draft{}
	a.putSession(d, s)
	for _, id := range a.spare(now, person) {
		a.endSession(d, id)
	}
	fresh := *p
	if err := shown(d, &fresh); err != nil {
		return "", err
	}
	fresh.Seen = at
	a.put(d, &fresh)
	line := entryAt(ctx, now, "sign-in", 0, nil).about("person", p.ID, "")
	line.Who, line.Person, line.From = p.Name, p.ID, b.From
	d.write(line.record())
	return token, a.commit(ctx, d)
}

// spare are the sessions that have to end before one of a person's begins: all that are over, and the person's oldest of too many.
func (a *Accounts) spare(now time.Time, person string) (ids []string) {
	own, oldest := 0, (*Session)(nil)
	for id, s := range a.sessions {
		if s.over(now) {
			ids = append(ids, id)
			continue
		}
		if s.Person != person {
			continue
		}
		if own++; oldest == nil || s.Seen.Before(oldest.Seen) {
			oldest = s
		}
	}
	if own >= mostSessions {
		ids = append(ids, oldest.ID)
	}
	return ids
}

func sortSessions(all []Session) {
	slices.SortFunc(all, func(a, b Session) int {
		if c := b.Seen.Compare(a.Seen); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

func clip(agent string) string {
	r := []rune(agent)
	return string(r[:min(len(r), maxAgent)])
}

func (a *Accounts) putSession(d *draft, s *Session) {
	raw, err := json.Marshal(s)
	d.write(Record{SessionRecords, s.ID, raw}, err)
	d.after = append(d.after, func() { a.sessions[s.ID] = s })
}

func (a *Accounts) endSession(d *draft, id string) {
	d.write(Record{Kind: SessionRecords, ID: id}, nil)
	d.after = append(d.after, func() { delete(a.sessions, id) })
}

// Recognise finds whose session a token is of. That it was used is written from time to time.
func (a *Accounts) Recognise(ctx context.Context, now time.Time, token bots.Secret) (Person, Session, bool, error) {
	p, s, ok := a.look(now, token)
	if !ok || now.Sub(s.Seen) < seenEvery {
		return p, s, ok, nil
	}
	a.change.Lock()
	defer a.change.Unlock()
	if p, s, ok = a.look(now, token); !ok || now.Sub(s.Seen) < seenEvery {
		return p, s, ok, nil // another call has written it
	}
	s.Seen = now.UTC().Truncate(time.Second)
	p.Seen = s.Seen
	d := &draft{}
	a.putSession(d, &s)
	a.put(d, &p)
	return p, s, true, a.commit(ctx, d)
}

func (a *Accounts) look(now time.Time, token bots.Secret) (Person, Session, bool) {
	if token == "" {
		return Person{}, Session{}, false
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	s := a.sessions[sessionID(token)]
	if s == nil || s.over(now) {
		return Person{}, Session{}, false
	}
	p := a.people[s.Person]
	if p == nil || !p.Disabled.IsZero() {
		return Person{}, Session{}, false
	}
	return *p, *s, true
}

// End signs a session out.
func (a *Accounts) End(ctx context.Context, now time.Time, id string) error {
	a.change.Lock()
	defer a.change.Unlock()
	s := a.sessions[id]
	if s == nil {
		return nil // it is over already
	}
	d := &draft{}
	a.endSession(d, id)
	d.write(entryAt(ctx, now, "sign-out", 0, nil).about("person", s.Person, "").record())
	return a.commit(ctx, d)
}

// FormToken is what a form of a page holds to prove that it was the page that was sent: it is made of the token in the browser's cookie, and
// tells nothing of it.
func FormToken(cookie bots.Secret) string {
	m := hmac.New(sha256.New, []byte(cookie.Reveal()))
	m.Write([]byte("form"))
	return hex.EncodeToString(m.Sum(nil))[:32]
}

// FormFits compares one with what a form brought.
func FormFits(cookie bots.Secret, told string) bool {
	return cookie != "" && hmac.Equal([]byte(FormToken(cookie)), []byte(told))
}

// Principal is who makes a call in a session.
func (p *Person) Principal(session, from string) Principal {
	return Principal{Person: p.ID, Name: p.Name, Role: p.Role, Scopes: p.Role.Scopes(), Session: session, From: from}
}
