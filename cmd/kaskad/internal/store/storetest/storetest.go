// Package storetest says what every store of Kaskad must do, whatever it is made of: the stories of fallbacktest, and what
// those do not tell because a store in memory does not have it: many callers at once, a crash, a restart, a clock that jumps.
//
// It keeps nothing, and knows nothing of how a store works inside.
package storetest

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// Store is what the tests need of a store. Check compares its records with its indexes.
type Store interface {
	fallbacktest.Store
	Close() error
}

// Opener opens the store that is kept in a directory, or makes it. It should run every transaction twice, and fail when the
// two runs differ; it closes and checks the store when the test is over.
type Opener func(t *testing.T, dir string) Store

// Run checks a store.
func Run(t *testing.T, open Opener) {
	t.Run("stories", func(t *testing.T) {
		fallbacktest.Conform(t, func(t *testing.T) fallbacktest.Store { return open(t, t.TempDir()) })
	})
	for name, test := range map[string]func(*testing.T, Opener){
		"copies of one event give one turn":           copies,
		"an operation reads what it wrote":            ownWrites,
		"a failure leaves its neighbours alone":       neighbours,
		"the same key gives the same answer":          keys,
		"a crash loses nothing that was acknowledged": crash,
		"ids survive a clock that jumps back":         clock,
		"opting out ends marketing at once":           optOut,
		"a receipt may come before its message":       orphan,
		"old keys are forgotten":                      forgotten,
		"the due index is exact through whole lives":  lives,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// bubble runs a test in which days pass in milliseconds.
func bubble(t *testing.T, open Opener, test func(t *testing.T, s Store)) {
	synctest.Test(t, func(t *testing.T) { test(t, open(t, t.TempDir())) })
}

func rules() *fallback.Rules { return fallbacktest.Rules() }

func world() *fallback.World { return &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}} }

// request is a message to a phone, over Telegram and SMS.
func request(phone string, p fallback.Purpose) *fallback.Request {
	return &fallback.Request{
		To: bots.Ref{Kind: "phone", Value: phone}, Given: "phone:" + phone, Purpose: p, Text: "120 bonus points",
		Cascade: fallback.Cascade{Name: "test", Deadline: 24 * time.Hour, Steps: []fallback.Step{
			{Channel: bots.Telegram, Wait: 10 * time.Minute, Until: fallback.Until{Level: bots.Read}},
			{Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}},
		}},
	}
}

// person makes somebody with a phone and a place on Telegram, who allows marketing.
func person(t *testing.T, s Store, phone, chat string) (id bots.ID) {
	t.Helper()
	err := s.Update(t.Context(), func(tx fallback.Tx) error {
		id = tx.NewID()
		c := &bots.Contact{ID: id, Phone: phone, Marketing: bots.Consent{State: bots.Given, At: tx.Now()}, Created: tx.Now()}
		c.Set(bots.Address{Channel: bots.SMS, ID: phone}, bots.Unverified, tx.Now())
		c.Set(bots.Address{Channel: bots.Telegram, ID: chat}, bots.Active, tx.Now())
		tx.PutContact(c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wrote is a message of a person on Telegram.
func wrote(id, chat, text string) bots.Event {
	return bots.Event{
		ID: id, Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Wrote, Chat: bots.Address{Channel: bots.Telegram, ID: chat},
		At: time.Now().UTC().Truncate(time.Microsecond), MessageID: "1", Text: text,
	}
}

// accept is Accept that must work.
func accept(t *testing.T, s Store, req *fallback.Request) fallback.Accepted {
	t.Helper()
	a, err := s.Accept(t.Context(), req, rules(), world())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// claim takes the current leg of a delivery.
func claim(t *testing.T, s Store, id bots.ID) *fallback.Attempt {
	t.Helper()
	have, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d := have.Delivery
	if d.State.Final() || d.Leg >= len(d.Route) {
		return nil
	}
	place, _ := have.Contact.At(d.Route[d.Leg].Channel)
	a, err := s.Claim(t.Context(), &fallback.Intent{Delivery: id, Leg: d.Leg, Parts: 1, Out: bots.Outgoing{To: place.Address, Text: "120 bonus points"}}, rules(), world())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func settle(t *testing.T, s Store, a *fallback.Attempt, res fallback.Result) {
	t.Helper()
	if err := s.Settle(t.Context(), a, res, rules(), world()); err != nil {
		t.Fatal(err)
	}
}

// accepted is what a channel says when it took a message.
func accepted(a *fallback.Attempt, provider string) fallback.Result {
	return fallback.Result{Receipt: bots.Receipt{Sender: a.Sender, ID: provider, Level: bots.Accepted, At: a.At}}
}

// state is where a delivery stands.
func state(t *testing.T, s Store, id bots.ID) fallback.State {
	t.Helper()
	have, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return have.Delivery.State
}

// check compares records with indexes.
func check(t *testing.T, s Store) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
