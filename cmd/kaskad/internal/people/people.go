// Package people knows who may use the program: the people who sign in, with their roles and sessions; the API keys of shops' systems,
// real ones and test ones; the principal behind a call; and the audit, which says who changed what.
//
// It keeps every key's name, scopes and hash, every person, every session, and the codes by which people come in: durable as opaque
// records of the store, and in memory, so that a call is recognised without asking the store. After a crash memory is read again from
// the records. What is changed and the line of the audit about it are one transaction.
//
// It never keeps, prints or logs a key, a password, a code or the token of a session itself: a key is shown once, when it is made. A key
// holds 130 random bits, as codes and tokens do, so its SHA-256 cannot be guessed back, and no slow hash is needed on the way of every
// call; passwords, which people make up, are kept as argon2id. It never writes when a key is used, and of a session that is used only
// every few minutes.
package people

import (
	"context"
	"fmt"
	"strings"
)

// Scope is what a key may do. Scopes add up; admin holds all of them.
type Scope uint8

// The scopes.
const (
	Send  Scope = 1 << iota // send messages, write contacts
	Read                    // read everything that is not a key
	Admin                   // all, with keys and pauses
	Reply                   // answer in conversations; who may send may that, too
)

// AllScopes lists the scopes in the order in which they are printed.
func AllScopes() []Scope { return []Scope{Send, Reply, Read, Admin} }

func (s Scope) name() string {
	switch s {
	case Send:
		return "send"
	case Read:
		return "read"
	case Admin:
		return "admin"
	case Reply:
		return "reply"
	}
	return fmt.Sprintf("scope(%d)", uint8(s))
}

// Names lists the scopes that are in s.
func (s Scope) Names() []string {
	names := []string{}
	for _, one := range AllScopes() {
		if s&one != 0 {
			names = append(names, one.name())
		}
	}
	return names
}

func (s Scope) String() string { return strings.Join(s.Names(), ",") }

// Allows reports whether s is enough where need is asked for.
func (s Scope) Allows(need Scope) bool {
	if s&Send != 0 {
		s |= Reply
	}
	return s&Admin != 0 || s&need == need
}

// ParseScopes reads scopes as people name them; there must be at least one.
func ParseScopes(names []string) (Scope, error) {
	var all Scope
	for _, name := range names {
		found := Scope(0)
		for _, one := range AllScopes() {
			if name == one.name() {
				found = one
			}
		}
		if found == 0 {
			return 0, fmt.Errorf("%q is no scope: write send, reply, read or admin", name)
		}
		all |= found
	}
	if all == 0 {
		return 0, fmt.Errorf("a key needs at least one scope: send, reply, read or admin")
	}
	return all, nil
}

// Principal is who makes a call.
type Principal struct {
	KeyID   string // "local" for a command on this machine; empty: a person
	Person  string // the id of somebody who is signed in, with the role, and the session
	Role    Role
	Session string
	Name    string
	Scopes  Scope
	Test    bool   // of a test key: nothing real may be seen or touched
	From    string // the address that the call came from; empty: the socket
}

// ID tells callers apart.
func (p Principal) ID() string {
	if p.Person != "" {
		return "account:" + p.Person
	}
	return p.KeyID
}

// Local is whoever may open the unix socket: only the owner of the data directory can.
func Local() Principal { return Principal{KeyID: "local", Name: "local", Scopes: Admin} }

type principalKey struct{}

// With returns a context that carries who makes the call.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns who makes the call; false when nobody was recognised.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
