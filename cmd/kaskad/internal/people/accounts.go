package people

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// Person is somebody who may sign in.
type Person struct {
	ID       string
	Email    string // how they sign in; in small letters
	Name     string
	Role     Role
	Created  time.Time
	Seen     time.Time // last used; zero: never
	Disabled time.Time // zero: they are not
	Password bool      // they have one; false: they were invited and have not come yet, or sign in elsewhere
	Factor   bool      // they have a second factor
	Provider bool      // they have signed in at the company's provider

	hash   string
	factor *factor // nil: none; replaced and never changed
	there  there   // who they are at the provider
}

// personRecord is a person as they are stored.
type personRecord struct {
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen,omitzero"`
	Disabled time.Time `json:"disabled,omitzero"`
	Password string    `json:"password,omitempty"`
	Factor   *factor   `json:"second_factor,omitempty"`
	There    there     `json:"provider,omitzero"`
}

// PersonRecords is the kind of record that people are kept as.
const PersonRecords = "person"

func (p *Person) record() (Record, error) {
	raw, err := json.Marshal(personRecord{p.Email, p.Name, p.Role, p.Created, p.Seen, p.Disabled, p.hash, p.factor, p.there})
	return Record{PersonRecords, p.ID, raw}, err
}

func readPerson(id string, raw []byte) (*Person, error) {
	var r personRecord
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("the record of person %s cannot be read: %w", id, err)
	}
	return &Person{
		ID: id, Email: r.Email, Name: r.Name, Role: r.Role, Created: r.Created, Seen: r.Seen, Disabled: r.Disabled, Password: r.Password != "", hash: r.Password, Factor: r.Factor != nil, factor: r.Factor, Provider: r.There != there{}, there: r.There,
	}, nil
}

// The errors of what is done with people.
var (
	ErrUnknownPerson = errors.New("nobody has this id or e-mail")
	ErrEmailTaken    = errors.New("somebody has this e-mail already")
	ErrWrong         = errors.New("the e-mail or the password is wrong") // it never says which
	ErrCode          = errors.New("the code is unknown, used, or too old")
	ErrNotFirst      = errors.New("there is somebody already")
)

// Accounts are the people who may sign in, with their sessions and the codes by which they come in.
type Accounts struct {
	store  Store
	hasher *hasher

	change sync.Mutex // one change at a time: what it decides by is true until it is written

	mu       sync.RWMutex // of what follows, for moments; a person and a session are replaced and never changed
	people   map[string]*Person
	sessions map[string]*Session
	codes    map[string]*code
	half     map[string]halfway // by the hash of what the browser keeps
	news     chan struct{}      // closed at the next change
}

// OpenAccounts reads everything.
func OpenAccounts(ctx context.Context, store Store) (*Accounts, error) {
	h, err := newHasher()
	if err != nil {
		return nil, err
	}
	a := &Accounts{store: store, hasher: h, half: map[string]halfway{}, news: make(chan struct{})}
	if a.people, err = readAll(ctx, store, PersonRecords, readPerson); err != nil {
		return nil, err
	}
	if a.sessions, err = readAll(ctx, store, SessionRecords, readSession); err != nil {
		return nil, err
	}
	a.codes, err = readAll(ctx, store, CodeRecords, readCode)
	return a, err
}

func readAll[T any](ctx context.Context, store Store, kind string, read func(id string, raw []byte) (*T, error)) (map[string]*T, error) {
	records, err := store.Records(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	all := make(map[string]*T, len(records))
	for id, raw := range records {
		if all[id], err = read(id, raw); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// draft is a change that is being made: what is written, and what memory is told after it.
type draft struct {
	records []Record
	after   []func()
	err     error
}

func (d *draft) write(r Record, err error) {
	d.records, d.err = append(d.records, r), errors.Join(d.err, err)
}

// commit writes a draft, all of it or nothing, and lets it be seen. The caller holds change.
func (a *Accounts) commit(ctx context.Context, d *draft) error {
	if d.err != nil {
		return d.err
	}
	if err := a.store.Write(ctx, d.records...); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, do := range d.after {
		do()
	}
	close(a.news)
	a.news = make(chan struct{})
	return nil
}

// Changed is closed when a person or a session has changed after the call.
func (a *Accounts) Changed() <-chan struct{} {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.news
}

// put writes a person.
func (a *Accounts) put(d *draft, p *Person) {
	d.write(p.record())
	d.after = append(d.after, func() { a.people[p.ID] = p })
}

// Any reports whether there is anybody.
func (a *Accounts) Any() bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.people) > 0
}

// List returns everybody, in the order of their names.
func (a *Accounts) List() []Person {
	a.mu.RLock()
	defer a.mu.RUnlock()
	all := make([]Person, 0, len(a.people))
	for _, p := range a.people {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Person) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// Find finds a person by id or e-mail.
func (a *Accounts) Find(who string) (Person, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if p := a.people[who]; p != nil {
		return *p, nil
	}
	if p := a.byEmail(who); p != nil {
		return *p, nil
	}
	return Person{}, ErrUnknownPerson
}

// byEmail finds somebody; nil: there is nobody. The caller holds mu.
func (a *Accounts) byEmail(email string) *Person {
	email = normal(email)
	for _, p := range a.people {
		if p.Email == email {
			return p
		}
	}
	return nil
}

func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

const (
	maxEmail      = 254
	maxPersonName = 100
)

// newPerson checks what a person is told by.
func newPerson(now time.Time, email, name string, role Role) (*Person, error) {
	email, name = normal(email), strings.TrimSpace(name)
	user, host, _ := strings.Cut(email, "@")
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case len(email) > maxEmail || user == "" || host == "" || strings.ContainsAny(host, "@ ") || strings.ContainsFunc(email, unprintable) || strings.Contains(user, " ") || !utf8.ValidString(email):
		return nil, &Invalid{Field: "email", Detail: "Write an e-mail address, such as olena@shop.example."}
	case name == "" || utf8.RuneCountInString(name) > maxPersonName || strings.ContainsFunc(name, unprintable) || !utf8.ValidString(name):
		return nil, &Invalid{Field: "name", Detail: fmt.Sprintf("Write a name of at most %d characters.", maxPersonName)}
	case !role.Known():
		return nil, &Invalid{Field: "role", Detail: "Write agent, marketer or admin."}
	}
	return &Person{ID: strings.ToLower(rand.Text()[:idLen]), Email: email, Name: name, Role: role, Created: now.UTC().Truncate(time.Second)}, nil
}

// NewPerson is what is told of somebody who comes.
type NewPerson struct {
	Email, Name string
	Role        Role
	Password    bots.Secret
}

// First makes the first admin, with the setup code.
func (a *Accounts) First(ctx context.Context, now time.Time, code bots.Secret, n NewPerson, from string) (Person, error) {
	if a.Any() {
		return Person{}, ErrNotFirst
	}
	id, err := a.codeFits(now, setupCode, code)
	if err != nil {
		return Person{}, err
	}
	p, err := newPerson(now, n.Email, n.Name, RoleAdmin)
	if err != nil {
		return Person{}, err
	}
	if err := CheckPassword(n.Password, p.Email, p.Name); err != nil {
		return Person{}, err
	}
	if p.hash, err = a.hasher.make(ctx, n.Password); err != nil {
		return Person{}, err
	}
	p.Password = true
	a.change.Lock()
	defer a.change.Unlock()
	if a.Any() {
		return Person{}, ErrNotFirst
	}
	if _, err := a.codeFits(now, setupCode, code); err != nil {
		return Person{}, err
	}
	d := &draft{}
	a.put(d, p)
	a.useCode(d, id)
	line := entryAt(ctx, now, "setup", 0, nil).about("person", p.ID, string(p.Role))
	line.Who, line.Person, line.From = p.Name, p.ID, from
	d.write(line.record())
	return *p, a.commit(ctx, d)
}

// SignIn finds the person of an e-mail and a password. It takes as long for somebody who is not there.
func (a *Accounts) SignIn(ctx context.Context, email string, password bots.Secret) (Person, error) {
	a.mu.RLock()
	p := a.byEmail(email)
	a.mu.RUnlock()
	hash := ""
	if p != nil && p.Disabled.IsZero() {
		hash = p.hash
	}
	ok, err := a.hasher.fits(ctx, password, hash)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, ErrWrong
	}
	return *p, nil
}
