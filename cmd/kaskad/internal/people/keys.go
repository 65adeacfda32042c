package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// Store keeps opaque records by kind and id.
type Store interface {
	Records(ctx context.Context, kind string) (map[string][]byte, error)
	// Write writes all of the records, or none of them. It is durable when it returns.
	Write(ctx context.Context, all ...Record) error
}

// Record is one that is written; without a value it is taken away.
type Record struct {
	Kind, ID string
	Value    []byte
}

// KeyRecords is the kind of record that keys are kept as.
const KeyRecords = "key"

// ErrUnknownKey is an id that names no key.
var ErrUnknownKey = errors.New("no key has this id")

// Invalid is a key or a person that cannot be made: the field, what to do, and of a password what it is not, in a word.
type Invalid struct{ Field, Detail, Why string }

func (e *Invalid) Error() string { return e.Detail }

// Key is what is known of a key: everything but the key.
type Key struct {
	ID      string
	Name    string
	Scopes  Scope
	Created time.Time
	Test    bool // it acts on the test side, and nowhere else
	hash    [sha256.Size]byte
}

// keyRecord is a key as it is stored.
type keyRecord struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Hash    []byte    `json:"hash"`
	Test    bool      `json:"test,omitempty"`
}

// Keys recognises API keys.
type Keys struct {
	store Store
	mu    sync.Mutex // of changes; readers take what all points to
	all   atomic.Pointer[map[string]Key]
	news  atomic.Pointer[chan struct{}] // closed at the next change
}

// Open reads all keys.
func Open(ctx context.Context, store Store) (*Keys, error) {
	records, err := store.Records(ctx, KeyRecords)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	all := make(map[string]Key, len(records))
	for id, raw := range records {
		if all[id], err = readKey(id, raw); err != nil {
			return nil, fmt.Errorf("key %s: %w; revoke it with `kaskad key revoke %s`", id, err, id)
		}
	}
	k, news := &Keys{store: store}, make(chan struct{})
	k.all.Store(&all)
	k.news.Store(&news)
	return k, nil
}

func readKey(id string, raw []byte) (Key, error) {
	var rec keyRecord
	if err := json.Unmarshal(raw, &rec); err != nil {
		return Key{}, fmt.Errorf("its record cannot be read: %w", err)
	}
	scopes, err := ParseScopes(rec.Scopes)
	if err != nil {
		return Key{}, err
	}
	if len(rec.Hash) != sha256.Size {
		return Key{}, errors.New("its record has no hash")
	}
	return Key{ID: id, Name: rec.Name, Scopes: scopes, Created: rec.Created, Test: rec.Test, hash: [sha256.Size]byte(rec.Hash)}, nil
}

// Make makes a key. The secret is the only copy there will ever be.
func (k *Keys) Make(ctx context.Context, name string, scopes Scope) (Key, bots.Secret, error) {
	return k.make(ctx, name, scopes, false)
}

// MakeTest makes a key for the test side.
func (k *Keys) MakeTest(ctx context.Context, name string, scopes Scope) (Key, bots.Secret, error) {
	return k.make(ctx, name, scopes, true)
}

func (k *Keys) make(ctx context.Context, name string, scopes Scope, test bool) (Key, bots.Secret, error) {
	if err := checkName(name); err != nil {
		return Key{}, "", err
	}
	if scopes == 0 {
		return Key{}, "", &Invalid{Field: "scopes", Detail: "A key needs at least one scope: send, reply, read or admin."}
	}
	key := Key{ID: strings.ToLower(rand.Text()[:idLen]), Name: name, Scopes: scopes, Created: time.Now().UTC().Truncate(time.Second), Test: test}
	secret := prefix(test) + key.ID + "_" + strings.ToLower(rand.Text())
	key.hash = sha256.Sum256([]byte(secret))
	raw, err := json.Marshal(keyRecord{key.Name, key.Scopes.Names(), key.Created, key.hash[:], key.Test})
	if err != nil {
		return Key{}, "", err
	}
	line, err := NewEntry(ctx, "make-key", 0, nil).about("key", key.ID, key.Scopes.String()).record()
	if err != nil {
		return Key{}, "", err
	}
	if err := k.store.Write(ctx, Record{KeyRecords, key.ID, raw}, line); err != nil {
		return Key{}, "", err
	}
	k.change(func(all map[string]Key) { all[key.ID] = key })
	return key, bots.Secret(secret), nil
}

// TestPrefix is what test keys begin with: whoever sees one knows that it sends to nobody.
const TestPrefix = "kt_"

const (
	keyPrefix = "ka_"
	idLen     = 8
	maxName   = 64
)

func prefix(test bool) string {
	if test {
		return TestPrefix
	}
	return keyPrefix
}

func checkName(name string) error {
	bad := !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	if bad || strings.TrimSpace(name) == "" || len(name) > maxName {
		return &Invalid{Field: "name", Detail: fmt.Sprintf("A key needs a name of at most %d bytes, such as crm: it tells you later which one to revoke.", maxName)}
	}
	return nil
}

// Revoke ends a key: the next call with it is refused.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	if _, ok := (*k.all.Load())[id]; !ok {
		return ErrUnknownKey
	}
	line, err := NewEntry(ctx, "revoke-key", 0, nil).about("key", id, "").record()
	if err != nil {
		return err
	}
	if err := k.store.Write(ctx, Record{Kind: KeyRecords, ID: id}, line); err != nil {
		return err
	}
	k.change(func(all map[string]Key) { delete(all, id) })
	return nil
}

func (k *Keys) change(do func(map[string]Key)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := maps.Clone(*k.all.Load())
	do(all)
	k.all.Store(&all)
	news := make(chan struct{})
	close(*k.news.Swap(&news))
}

// Changed is closed when a key is made or revoked after the call.
func (k *Keys) Changed() <-chan struct{} { return *k.news.Load() }

// AnyTest reports whether there is a test key.
func (k *Keys) AnyTest() bool {
	for _, key := range *k.all.Load() {
		if key.Test {
			return true
		}
	}
	return false
}

// List returns all keys, oldest first.
func (k *Keys) List() []Key {
	return slices.SortedFunc(maps.Values(*k.all.Load()), func(a, b Key) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Authenticate recognises a key. What differs is compared in constant time; the id in a key is no secret.
func (k *Keys) Authenticate(secret string) (Principal, bool) {
	rest, ok := strings.CutPrefix(secret, keyPrefix)
	if !ok {
		rest, ok = strings.CutPrefix(secret, TestPrefix) // the hash is over the prefix too: none stands for the other
	}
	if !ok || len(rest) < idLen || len(rest) > 128 {
		return Principal{}, false
	}
	key, known := (*k.all.Load())[rest[:idLen]]
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], key.hash[:]) != 1 || !known {
		return Principal{}, false
	}
	return Principal{KeyID: key.ID, Name: key.Name, Scopes: key.Scopes, Test: key.Test}, true
}
