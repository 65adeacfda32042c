package people_test

import (
	"encoding/base32"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// someone opens accounts with one admin whose password is known.
func someone(t *testing.T) (*records, *people.Accounts, people.Person) {
	t.Helper()
	r := &records{m: map[string][]byte{}}
	a, err := people.OpenAccounts(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := a.Setup(t.Context(), monday)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.First(t.Context(), monday, code, people.NewPerson{Email: "olena@shop.example", Name: "Olena", Password: "three horses in a field"}, "")
	if err != nil {
		t.Fatal(err)
	}
	return r, a, p
}

// The codes are those of RFC 6238, appendix B (the last six digits of its eight, SHA-1).
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	key := bots.Secret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890")))
	for at, code := range map[int64]bots.Secret{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		_, a, p := someone(t)
		if _, err := a.TakeFactor(t.Context(), time.Unix(at, 0), p.ID, key, code, ""); err != nil {
			t.Errorf("%d: %v", at, err)
		}
	}
}

func TestNobodyWithASecondFactorComesInWithoutACode(t *testing.T) {
	r, a, p := someone(t)
	offer, err := people.OfferFactor("A: shop", p.Email)
	if err != nil || !strings.HasPrefix(offer.URL.Reveal(), "otpauth://totp/A%20%20shop:") {
		t.Fatalf("%v, %q", err, offer.URL.Reveal())
	}
	code := func(at time.Time) bots.Secret {
		text, err := totp.GenerateCode(offer.Key.Reveal(), at)
		if err != nil {
			t.Fatal(err)
		}
		return bots.Secret(text)
	}
	recovery, err := a.TakeFactor(t.Context(), monday, p.ID, offer.Key, code(monday), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.TakeFactor(t.Context(), monday, p.ID, offer.Key, code(monday), ""); !errors.Is(err, people.ErrHasFactor) {
		t.Errorf("a second one: %v", err)
	}
	for name, v := range r.m {
		for _, c := range recovery {
			if strings.Contains(string(v), c.Reveal()) || strings.Contains(string(v), strings.ReplaceAll(c.Reveal(), "-", "")) {
				t.Errorf("%s holds a recovery code", name)
			}
		}
	}
	if _, err := a.Begin(t.Context(), monday, p.ID, people.Browser{}); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a session without a code: %v", err)
	}
	if a, err = people.OpenAccounts(t.Context(), r); err != nil { // after a restart
		t.Fatal(err)
	}
	if _, err := a.Begin(t.Context(), monday, p.ID, people.Browser{}); !errors.Is(err, people.ErrFactor) {
		t.Errorf("a session without a code, after a restart: %v", err)
	}
	begin := func(at time.Time, c bots.Secret) error {
		_, _, err := a.BeginWithCode(t.Context(), at, a.Halfway(at, p.ID), c, people.Browser{})
		return err
	}
	for name, c := range map[string]struct {
		at   time.Duration
		code bots.Secret
		want error
	}{
		"none":                        {time.Hour, "", people.ErrFactor},
		"of two steps ago":            {time.Hour, code(monday.Add(time.Hour - time.Minute)), people.ErrFactor},
		"of two steps ahead":          {time.Hour, code(monday.Add(time.Hour + time.Minute)), people.ErrFactor},
		"the one that turned it on":   {20 * time.Second, code(monday), people.ErrFactor},
		"a recovery code, almost":     {time.Hour, recovery[0][:18], people.ErrFactor},
		"the key itself":              {time.Hour, offer.Key, people.ErrFactor},
		"the hash of a recovery code": {time.Hour, "0000-0000-0000-0000", people.ErrFactor},
	} {
		if err := begin(monday.Add(c.at), c.code); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	at := monday.Add(2 * time.Hour)
	if err := begin(at, code(at.Add(-30*time.Second))); err != nil {
		t.Errorf("the one before: %v", err)
	}
	if err := begin(at, code(at.Add(-30*time.Second))); !errors.Is(err, people.ErrFactor) {
		t.Errorf("once more: %v", err)
	}
	if err := begin(at, code(at)); err != nil {
		t.Errorf("the one of now, after that: %v", err)
	}
	if err := begin(at, recovery[9]); err != nil || a.RecoveryLeft(p.ID) != 9 {
		t.Errorf("a recovery code: %v, %d left", err, a.RecoveryLeft(p.ID))
	}
	half := a.Halfway(at, p.ID)
	if _, _, err := a.BeginWithCode(t.Context(), at.Add(6*time.Minute), half, code(at.Add(6*time.Minute)), people.Browser{}); !errors.Is(err, people.ErrCode) {
		t.Errorf("six minutes after the password: %v", err)
	}
	half = a.Halfway(at, p.ID)
	if err := a.ChangePassword(t.Context(), at, p.ID, "three horses in a field", "four cows on a bicycle", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.BeginWithCode(t.Context(), at, half, recovery[1], people.Browser{}); !errors.Is(err, people.ErrCode) {
		t.Errorf("after another password: %v", err)
	}
	half = a.Halfway(at, p.ID)
	if _, _, err := a.Reset(t.Context(), at, p.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.BeginWithCode(t.Context(), at, half, recovery[1], people.Browser{}); !errors.Is(err, people.ErrCode) {
		t.Errorf("after an admin has let the person in anew: %v", err)
	}
}

// However often one person begins to sign in, another who owes a code is not pushed out.
func TestOneWhoBeginsOverAndOverPushesNobodyOut(t *testing.T) {
	a, err := people.OpenAccounts(t.Context(), &records{m: map[string][]byte{}})
	if err != nil {
		t.Fatal(err)
	}
	var who [2]people.Person
	for i, email := range []string{"ira@shop.example", "petro@shop.example"} {
		p, invitation, err := a.Invite(t.Context(), noon, people.NewPerson{Email: email, Name: email, Role: people.RoleAgent})
		if err != nil {
			t.Fatal(err)
		}
		if who[i], err = a.Accept(t.Context(), noon, invitation.Code, "a tractor that says nothing", ""); err != nil || who[i].ID != p.ID {
			t.Fatal(err)
		}
	}
	hers := a.Halfway(noon, who[0].ID)
	first := a.Halfway(noon, who[1].ID)
	var last bots.Secret
	for n := range 3000 {
		last = a.Halfway(noon.Add(time.Duration(n)*time.Millisecond), who[1].ID)
	}
	later := noon.Add(time.Minute)
	if p, ok := a.HalfwayOf(later, hers); !ok || p.ID != who[0].ID {
		t.Error("she has to begin anew")
	}
	if _, ok := a.HalfwayOf(later, first); ok {
		t.Error("one person has as many as they want")
	}
	if p, ok := a.HalfwayOf(later, last); !ok || p.ID != who[1].ID {
		t.Error("the last one does not count")
	}
}
