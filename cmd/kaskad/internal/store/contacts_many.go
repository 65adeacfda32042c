package store

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
)

// Many people at once: an import. Each change is an operation of its own, so that one that is refused harms no other and a commit takes
// as many as wait for it; changes that have a name in common are made in their order. What an import leaves to others is in yield.go.

// PutContacts changes or makes many people, each for itself, and returns after all are on disk. Results are in the order of the changes.
// A name of somebody else is a *ConflictError. What was not made when ctx ended has its error.
func (db *DB) PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done {
	m := many{db: db, ctx: ctx, puts: puts, done: make([]contacts.Done, len(puts)), ops: make([]*op, len(puts)), busy: map[string]bool{}}
	for i := range puts {
		m.add(i)
	}
	m.settle()
	return m.done
}

// many is a run of changes: those from first to next are on their way.
type many struct {
	db          *DB
	ctx         context.Context
	puts        []contacts.Put
	done        []contacts.Done
	ops         []*op
	first, next int
	busy        map[string]bool // names of those on their way
	began       time.Time
}

// meets reports whether a change on its way has one of the names.
func (m *many) meets(names []bots.Ref) bool {
	for _, ref := range names {
		if m.busy[placeKind(ref.Kind)+":"+ref.Value] {
			return true
		}
	}
	return false
}

// add hands a change over, after those on their way where there are enough of them or one has the same name.
func (m *many) add(i int) {
	if m.next-m.first >= m.db.AtOnce() || m.meets(m.puts[i].Names) {
		m.settle()
	}
	m.submit(i)
}

func (m *many) submit(i int) {
	if m.first == m.next {
		m.began = time.Now()
	}
	for _, ref := range m.puts[i].Names {
		m.busy[placeKind(ref.Kind)+":"+ref.Value] = true
	}
	p, done := &m.puts[i], &m.done[i]
	o, err := m.db.submitBulk(m.ctx, func(t *tx) (err error) {
		*done, err = t.putOne(p)
		return err
	})
	if m.ops[i] = o; err != nil { // else what became of it is the worker's to write, until it is settled
		done.Err = err
	}
	m.next = i + 1
}

// settle waits for the changes on their way, and then lets others go first.
func (m *many) settle() {
	if m.first == m.next {
		return
	}
	for i := m.first; i < m.next; i++ {
		if m.ops[i] != nil {
			m.done[i].Err = m.db.wait(m.ctx, m.ops[i])
		}
		if m.done[i].Err != nil {
			m.done[i] = contacts.Done{Err: m.done[i].Err}
		}
	}
	if m.next-m.first >= atOnceNow {
		m.db.imported.Store(time.Now().UnixNano())
	}
	m.first = m.next
	clear(m.busy)
	m.db.giveWay(m.ctx, time.Since(m.began))
}

func (t *tx) putOne(p *contacts.Put) (done contacts.Done, err error) {
	if len(p.Refs) == 0 {
		return done, errNameless
	}
	had := ""
	noted := *p
	noted.Change = func(c *bots.Contact) error {
		had = c.Phone
		if p.Refs[0].Phone() != "" && c.Updated.Equal(t.now) {
			had = "" // it was made by this name
		}
		return p.Change(c)
	}
	done.Contact, done.Outcome, err = t.put(t.whom(p.Refs), &noted)
	if err == nil && done.Contact.Phone != had {
		done.Shared = t.sharers(done.Contact.Phone, done.Contact.ID)
	}
	return done, err
}

// sharers are others in the file who have a number, or claim it: so many at most as are told.
func (t *tx) sharers(number string, but bots.ID) []bots.ID {
	if number == "" {
		return nil
	}
	return t.firstOwners(bots.Ref{Kind: "phone", Value: number}, but, contacts.MostSharers)
}

var errNameless = errors.New("store: a change of nobody")

// whom finds the person of a change. Somebody who has only a later one of the names is the same person unless they have something else
// in place of an earlier one: another external id, another phone.
func (t *tx) whom(refs []bots.Ref) bots.ID {
	for i, ref := range refs {
		id := t.FindContact(ref)
		if id == 0 || i == 0 {
			if id != 0 {
				return id
			}
			continue
		}
		if c := t.Contact(id); c != nil && !contradicts(c, refs[:i]) {
			return id
		}
	}
	return 0
}

func contradicts(c *bots.Contact, surer []bots.Ref) bool {
	for _, ref := range surer {
		has := ""
		switch placeKind(ref.Kind) {
		case "ext":
			has = c.ExternalID
		case "phone":
			if !c.Claims(c.Phone) {
				has = c.Phone
			}
		}
		if has != "" && has != ref.Value {
			return true
		}
	}
	return false
}

// TryContacts tells what PutContacts would do, and writes nothing. Of changes of the same person a later one sees what the one before
// would have done.
func (db *DB) TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error) {
	return view(ctx, db, func(t *tx) ([]contacts.Done, error) {
		t.set, t.ids = &writeSet{}, &idSource{}
		done := make([]contacts.Done, len(puts))
		for i := range puts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			d := &done[i]
			one, err := t.putOne(&puts[i])
			if *d = one; err != nil {
				*d = contacts.Done{Err: err}
			}
		}
		return done, nil
	})
}
