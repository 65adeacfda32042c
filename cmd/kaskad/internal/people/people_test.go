package people_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// records is a store of records in memory.
type records struct {
	mu  sync.Mutex
	m   map[string][]byte
	err error
}

func (r *records) Records(_ context.Context, kind string) (map[string][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[string][]byte{}
	for id, v := range r.m {
		if rest, ok := strings.CutPrefix(id, kind+"/"); ok {
			found[rest] = v
		}
	}
	return found, r.err
}

func (r *records) Write(_ context.Context, all ...people.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	for _, one := range all {
		if one.Value == nil {
			delete(r.m, one.Kind+"/"+one.ID)
			continue
		}
		r.m[one.Kind+"/"+one.ID] = one.Value
	}
	return nil
}

func open(t *testing.T, r *records) *people.Keys {
	t.Helper()
	keys, err := people.Open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAKeyWorksUntilItIsRevoked(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	keys := open(t, r)
	key, secret, err := keys.Make(t.Context(), "crm", people.Send|people.Read)
	if err != nil {
		t.Fatal(err)
	}
	want := people.Principal{KeyID: key.ID, Name: "crm", Scopes: people.Send | people.Read}
	if got, ok := keys.Authenticate(secret.Reveal()); !ok || got != want {
		t.Errorf("Authenticate = %v, %v; want %v", got, ok, want)
	}
	if got, ok := open(t, r).Authenticate(secret.Reveal()); !ok || got != want {
		t.Errorf("after a restart Authenticate = %v, %v; want %v", got, ok, want)
	}
	if err := keys.Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := keys.Authenticate(secret.Reveal()); ok {
		t.Error("a revoked key is still taken")
	}
	if err := keys.Revoke(t.Context(), key.ID); !errors.Is(err, people.ErrUnknownKey) {
		t.Errorf("revoking again = %v; want ErrUnknownKey", err)
	}
}

func TestATestKeyIsKnownAsOne(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	keys := open(t, r)
	if keys.AnyTest() {
		t.Error("there is a test key before one was made")
	}
	_, real, err := keys.Make(t.Context(), "crm", people.Send)
	if err != nil {
		t.Fatal(err)
	}
	changed := keys.Changed()
	key, secret, err := keys.MakeTest(t.Context(), "try", people.Send)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("Changed is not closed by a new key")
	}
	if !strings.HasPrefix(secret.Reveal(), "kt_") || !strings.HasPrefix(real.Reveal(), "ka_") {
		t.Errorf("a test key begins %.3s and a real one %.3s; want kt_ and ka_", secret.Reveal(), real.Reveal())
	}
	for name, k := range map[string]*people.Keys{"now": keys, "after a restart": open(t, r)} {
		if who, ok := k.Authenticate(secret.Reveal()); !ok || !who.Test || !k.AnyTest() {
			t.Errorf("%s: the test key is %v, %v", name, who, ok)
		}
		if who, ok := k.Authenticate(real.Reveal()); !ok || who.Test {
			t.Errorf("%s: the real key is %v, %v", name, who, ok)
		}
		for _, forged := range []string{"ka_" + secret.Reveal()[3:], "kt_" + real.Reveal()[3:]} {
			if who, ok := k.Authenticate(forged); ok {
				t.Errorf("%s: with the other prefix a key is taken as %v", name, who)
			}
		}
	}
	if err := keys.Revoke(t.Context(), key.ID); err != nil || keys.AnyTest() {
		t.Errorf("after the last test key is revoked (%v) there is one", err)
	}
}

func TestASecretIsNowhereButInTheAnswer(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	_, secret, err := open(t, r).Make(t.Context(), "crm", people.Send)
	if err != nil {
		t.Fatal(err)
	}
	stored := string(slices.Concat(slices.Collect(maps.Values(r.m))...))
	if strings.Contains(stored, secret.Reveal()[12:]) {
		t.Errorf("the key is stored in clear: %s", stored)
	}
	if s := fmt.Sprintf("%v %#v", secret, secret); strings.Contains(s, "ka_") {
		t.Errorf("the key prints as %s", s)
	}
	if len(secret.Reveal()) < 11+26 {
		t.Errorf("the key has %d characters; want 26 random ones behind the id", len(secret.Reveal()))
	}
}

func TestForgedKeys(t *testing.T) {
	keys := open(t, &records{m: map[string][]byte{}})
	_, secret, err := keys.Make(t.Context(), "crm", people.Send)
	if err != nil {
		t.Fatal(err)
	}
	good := secret.Reveal()
	for name, forged := range map[string]string{
		"nothing":                     "",
		"only the prefix":             "ka_",
		"the id alone":                good[:11],
		"one character changed":       good[:len(good)-1] + "!",
		"one character more":          good + "a",
		"another case":                strings.ToUpper(good),
		"an unknown id":               "ka_aaaaaaaa" + good[11:],
		"megabytes":                   "ka_" + strings.Repeat("a", 1<<20),
		"the hash of nothing, no key": "ka_bbbbbbbb_",
	} {
		t.Run(name, func(t *testing.T) {
			if p, ok := keys.Authenticate(forged); ok {
				t.Errorf("taken as %v", p)
			}
		})
	}
}

func TestKeysThatCannotBeMade(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	keys := open(t, r)
	for name, bad := range map[string]string{"no name": " ", "a long name": strings.Repeat("a", 65), "a line break": "a\nb", "invalid UTF-8": "\xff"} {
		t.Run(name, func(t *testing.T) {
			var invalid *people.Invalid
			if _, _, err := keys.Make(t.Context(), bad, people.Send); !errors.As(err, &invalid) || invalid.Field != "name" {
				t.Errorf("Make = %v; want Invalid name", err)
			}
		})
	}
	if _, _, err := keys.Make(t.Context(), "crm", 0); err == nil {
		t.Error("a key without scopes was made")
	}
	r.err = errors.New("disk full")
	if _, _, err := keys.Make(t.Context(), "crm", people.Read); err == nil || len(keys.List()) != 0 {
		t.Errorf("Make on a full disk = %v with %d keys; want an error and none", err, len(keys.List()))
	}
}

func TestScopes(t *testing.T) {
	for name, c := range map[string]struct {
		have, need people.Scope
		want       bool
	}{
		"send may send":           {people.Send, people.Send, true},
		"send may not read":       {people.Send, people.Read, false},
		"read is no admin":        {people.Read | people.Send, people.Admin, false},
		"admin may read":          {people.Admin, people.Read, true},
		"admin may send":          {people.Admin, people.Send, true},
		"nothing is not anything": {0, people.Read, false},
	} {
		if got := c.have.Allows(c.need); got != c.want {
			t.Errorf("%s: Allows = %v", name, got)
		}
	}
	if _, err := people.ParseScopes([]string{"send", "root"}); err == nil || !strings.Contains(err.Error(), "root") {
		t.Errorf("ParseScopes = %v; want an error that names root", err)
	}
	if s, _ := people.ParseScopes([]string{"read", "send"}); s.String() != "send,read" {
		t.Errorf("scopes print as %q", s)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	keys, _ := people.Open(b.Context(), &records{m: map[string][]byte{}})
	_, secret, _ := keys.Make(b.Context(), "crm", people.Send)
	token := bots.Secret.Reveal(secret)
	for b.Loop() {
		keys.Authenticate(token)
	}
}
