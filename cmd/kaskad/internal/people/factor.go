package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"kaskad/bots"
)

// The second factor of a sign-in is a code of a device (TOTP, RFC 6238: six digits, thirty seconds, SHA-1, as every app has it), or one of ten
// recovery codes, each once. The device's key is kept as it is, because codes are computed from it: whoever can read the store can make them,
// and has everything else, too.

const (
	factorStep  = 30 * time.Second
	factorSkew  = 1 // codes of so many steps before and after are taken: clocks differ
	factorKey   = 20
	recoverable = 10
	recoveryLen = 16 // letters of base32: 80 random bits, so that the hash cannot be guessed back
)

// The errors of second factors.
var (
	ErrFactor    = errors.New("a code of the second factor is needed, and this is none")
	ErrHasFactor = errors.New("the person has a second factor already")
)

var factorOpts = totp.ValidateOpts{Period: uint(factorStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// factor is the second factor of a person, as it is kept.
type factor struct {
	Key      string   `json:"key"`
	Step     int64    `json:"step,omitempty"`     // of the last code that was used: no code works twice
	Recovery []string `json:"recovery,omitempty"` // hashes of those that are left
}

// FactorOffer is a key that a person may take for a device.
type FactorOffer struct {
	Key bots.Secret // as it is typed by hand
	URL bots.Secret // as a QR code has it
}

// OfferFactor makes a key for a device; nothing is kept of it.
func OfferFactor(company, email string) (FactorOffer, error) {
	raw := make([]byte, factorKey)
	rand.Read(raw)
	if company == "" {
		company = "Kaskad"
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(company, ":", " "), AccountName: email, Secret: raw, Digits: factorOpts.Digits, Period: factorOpts.Period, Algorithm: factorOpts.Algorithm})
	if err != nil {
		return FactorOffer{}, err
	}
	return FactorOffer{bots.Secret(key.Secret()), bots.Secret(key.URL())}, nil
}

// OfferedAgain is the offer of a key that a form brings back.
func OfferedAgain(company, email string, key bots.Secret) (FactorOffer, bool) {
	text := strings.ToUpper(strings.ReplaceAll(key.Reveal(), " ", ""))
	if len(text) != factorKey*8/5 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return FactorOffer{}, false
	}
	offer, err := OfferFactor(company, email)
	if err != nil {
		return FactorOffer{}, false
	}
	return FactorOffer{bots.Secret(text), bots.Secret(strings.Replace(offer.URL.Reveal(), offer.Key.Reveal(), text, 1))}, true
}

// digits is a code as it was meant: people write spaces and dashes.
func digits(code bots.Secret) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code.Reveal()))
}

// step is whose moment's code this is, after the one that was used last; 0: none's.
func (f *factor) step(code bots.Secret, now time.Time) int64 {
	told, found := digits(code), int64(0)
	for at := now.Unix()/int64(factorStep/time.Second) - factorSkew; at <= now.Unix()/int64(factorStep/time.Second)+factorSkew; at++ {
		want, err := totp.GenerateCodeCustom(f.Key, time.Unix(at*int64(factorStep/time.Second), 0), factorOpts)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(told)) == 1 && at > f.Step {
			found = at // all are compared, whichever fits
		}
	}
	return found
}

// used is the factor after a code was used; nil: the code is none.
func (f *factor) used(code bots.Secret, now time.Time) *factor {
	if at := f.step(code, now); at > 0 {
		return &factor{f.Key, at, f.Recovery}
	}
	left := slices.Clone(f.Recovery)
	sum := recoveryHash(digits(code))
	for i, have := range left {
		if subtle.ConstantTimeCompare([]byte(have), []byte(sum)) == 1 {
			return &factor{f.Key, f.Step, slices.Delete(left, i, i+1)}
		}
	}
	return nil
}

func recoveryHash(code string) string {
	sum := sha256.Sum256([]byte("recovery " + code))
	return hex.EncodeToString(sum[:])
}

// recoveryCodes makes new ones: as people read them, and as they are kept.
func recoveryCodes() (codes []bots.Secret, hashes []string) {
	for range recoverable {
		code := strings.ToLower(rand.Text()[:recoveryLen])
		hashes = append(hashes, recoveryHash(code))
		codes = append(codes, bots.Secret(code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:]))
	}
	return codes, hashes
}

// TakeFactor gives a person a second factor, once a code shows that the device has the key, and ends all other sessions. The recovery codes
// are returned once. The caller has seen the password.
func (a *Accounts) TakeFactor(ctx context.Context, now time.Time, who string, key, code bots.Secret, session string) (recovery []bots.Secret, err error) {
	_, err = a.alter(ctx, now, who, "second-factor", "on", func(d *draft, p *Person) error {
		if p.factor != nil {
			return ErrHasFactor
		}
		f := (&factor{Key: key.Reveal()}).used(code, now)
		if f == nil {
			return ErrFactor
		}
		recovery, f.Recovery = recoveryCodes()
		p.factor, p.Factor = f, true
		a.endSessions(d, p.ID, session)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// DropFactor takes a person's second factor away, by one of its codes. The caller has seen the password.
func (a *Accounts) DropFactor(ctx context.Context, now time.Time, who string, code bots.Secret) error {
	_, err := a.alter(ctx, now, who, "second-factor", "off", func(_ *draft, p *Person) error {
		if p.factor == nil || p.factor.used(code, now) == nil {
			return ErrFactor
		}
		p.factor, p.Factor = nil, false
		return nil
	})
	return err
}

// ShowFactor uses up a code of a person who has a second factor, for something that is asked for with it.
func (a *Accounts) ShowFactor(ctx context.Context, now time.Time, who string, code bots.Secret) error {
	a.change.Lock()
	defer a.change.Unlock()
	p, err := a.Find(who)
	if err != nil {
		return err
	}
	if p.factor == nil {
		return ErrFactor
	}
	f := p.factor.used(code, now)
	if f == nil {
		return ErrFactor
	}
	p.factor = f
	d := &draft{}
	a.put(d, &p)
	return a.commit(ctx, d)
}

// RecoveryLeft is how many recovery codes a person has.
func (a *Accounts) RecoveryLeft(person string) int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if p := a.people[person]; p != nil && p.factor != nil {
		return len(p.factor.Recovery)
	}
	return 0
}

// KnowsPassword reports whether a password is a person's own.
func (a *Accounts) KnowsPassword(ctx context.Context, who string, password bots.Secret) error {
	p, err := a.Find(who)
	if err != nil {
		return err
	}
	return a.fits(ctx, password, &p)
}

// halfway is somebody whose password was right and who owes a code. It is kept in memory: who is interrupted by a start writes the
// password again.
type halfway struct {
	person string
	hash   string // of the password that was right: another one since makes it worth nothing
	until  time.Time
}

const (
	halfwayLife = 5 * time.Minute
	eachHalfway = 20 // of one person; a new one pushes out one of the same person's, and nobody else's
)

// Halfway makes what a browser keeps between the password and the code.
func (a *Accounts) Halfway(now time.Time, person string) bots.Secret {
	token, _ := newSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	own, oldest := 0, ""
	for id, h := range a.half {
		switch {
		case !now.Before(h.until):
			delete(a.half, id)
		case h.person == person:
			if own++; oldest == "" || h.until.Before(a.half[oldest].until) {
				oldest = id
			}
		}
	}
	if own >= eachHalfway {
		delete(a.half, oldest)
	}
	if p := a.people[person]; p != nil {
		a.half[sessionID(token)] = halfway{person, p.hash, now.Add(halfwayLife)}
	}
	return token
}

// HalfwayOf is whose password was right in a browser, and who may write a code now.
func (a *Accounts) HalfwayOf(now time.Time, token bots.Secret) (Person, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	h, ok := a.half[sessionID(token)]
	if !ok || token == "" || !now.Before(h.until) {
		return Person{}, false
	}
	p := a.people[h.person]
	if p == nil || !p.Disabled.IsZero() || p.hash != h.hash {
		return Person{}, false
	}
	return *p, true
}

// notHalfway forgets one: the code was right.
func (a *Accounts) notHalfway(token bots.Secret) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.half, sessionID(token))
}

// BeginWithCode signs somebody in whose password was right a moment ago, with a code of the second factor. The code is used up in the
// transaction that begins the session.
func (a *Accounts) BeginWithCode(ctx context.Context, now time.Time, half, code bots.Secret, b Browser) (Person, bots.Secret, error) {
	p, ok := a.HalfwayOf(now, half)
	if !ok {
		return p, "", ErrCode
	}
	token, err := a.begin(ctx, now, p.ID, b, func(p *Person) error {
		if p.factor == nil {
			return ErrCode // it was taken away meanwhile, and so was the password that is known here
		}
		f := p.factor.used(code, now)
		if f == nil {
			return ErrFactor
		}
		p.factor = f
		return nil
	})
	if err == nil {
		a.notHalfway(half)
	}
	return p, token, err
}
