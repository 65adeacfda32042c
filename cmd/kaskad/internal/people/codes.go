package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
)

// code lets somebody in once: the first admin, or somebody who was invited. Only its hash is kept.
type code struct {
	Hash    []byte    `json:"hash"`
	Kind    string    `json:"kind"`
	Person  string    `json:"person,omitempty"` // of an invitation
	Expires time.Time `json:"expires"`
}

const (
	setupCode  = "setup"
	inviteCode = "invitation"
)

// SetupLife is how long a setup code can be used, InviteLife an invitation.
const (
	SetupLife  = time.Hour
	InviteLife = 3 * 24 * time.Hour
)

// CodeRecords is the kind of record that codes are kept as.
const CodeRecords = "door code"

func readCode(id string, raw []byte) (*code, error) {
	c := &code{}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("the record of door code %s cannot be read: %w", id, err)
	}
	return c, nil
}

// newSecret is 130 random bits: its SHA-256 cannot be guessed back.
func newSecret() (bots.Secret, []byte) {
	text := strings.ToLower(rand.Text())
	sum := sha256.Sum256([]byte(text))
	return bots.Secret(text), sum[:]
}

// Setup makes the code by which the first admin comes in; one that was made before is worth nothing any more.
func (a *Accounts) Setup(ctx context.Context, now time.Time) (bots.Secret, time.Time, error) {
	a.change.Lock()
	defer a.change.Unlock()
	if a.Any() {
		return "", time.Time{}, ErrNotFirst
	}
	secret, hash := newSecret()
	c := &code{Hash: hash, Kind: setupCode, Expires: now.Add(SetupLife).UTC().Truncate(time.Second)}
	d := &draft{}
	a.putCode(d, setupCode, c)
	d.write(entryAt(ctx, now, "setup-code", 0, nil).record())
	return secret, c.Expires, a.commit(ctx, d)
}

func (a *Accounts) putCode(d *draft, id string, c *code) {
	raw, err := json.Marshal(c)
	d.write(Record{CodeRecords, id, raw}, err)
	d.after = append(d.after, func() { a.codes[id] = c })
}

// useCode takes a code away.
func (a *Accounts) useCode(d *draft, id string) {
	d.write(Record{Kind: CodeRecords, ID: id}, nil)
	d.after = append(d.after, func() { delete(a.codes, id) })
}

// codeFits finds a code that can be used now.
func (a *Accounts) codeFits(now time.Time, kind string, secret bots.Secret) (id string, err error) {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(secret.Reveal()))))
	if id = kind; kind != setupCode {
		id = hex.EncodeToString(sum[:])
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.codes[id]
	if c == nil || c.Kind != kind || subtle.ConstantTimeCompare(c.Hash, sum[:]) != 1 || !now.Before(c.Expires) {
		return "", ErrCode
	}
	return id, nil
}

// SetupWorks reports whether a setup code can be used.
func (a *Accounts) SetupWorks(now time.Time, secret bots.Secret) bool {
	_, err := a.codeFits(now, setupCode, secret)
	return err == nil && !a.Any()
}
