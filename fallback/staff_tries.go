package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// StaffTries are the wrong codes of the last while, of the room and of the team together. They are counted by account, so that nobody who
// guesses keeps others from using theirs.
//
// A code is 60 bits. An account that guesses has MaxStaffTries in an hour, and all accounts together have MaxAllTries: even with a code out
// for each of MaxMembers people, all of them hit one with a chance of 10,000 × 501 in 2^60, less than one in 200 billion an hour. So no code
// is ever made void by guesses. The bound of all stands so that what is written for guesses is bounded, too.
type StaffTries struct {
	Since time.Time      `json:"since"` // of the first one
	Wrong int            `json:"wrong"`
	By    []AccountTries `json:"by,omitempty"` // the latest last, at most maxTriedBy
}

// AccountTries is how often an account wrote a wrong code.
type AccountTries struct {
	Account bots.Address `json:"account"`
	Wrong   int          `json:"wrong"`
}

const (
	// MaxStaffTries is how many wrong codes an account has in an hour. After them its codes are not looked at until the hour is over, or
	// another code is made.
	MaxStaffTries = 5
	// MaxAllTries is how many all accounts have in an hour together.
	MaxAllTries = 10_000
	// triesLife is how long wrong codes count, from the first of them.
	triesLife = time.Hour
	// maxTriedBy is how many accounts are counted. Whoever is forgotten for others that guess meets the bound of all.
	maxTriedBy = 200
)

// Why a wrong code was the last that is looked at for a while, in the Reason of StaffTried.
const (
	TriedOut    = "account" // of this account
	TriedAllOut = "all"     // of anybody
)

// triedBy is who tries a code: in a group the account that wrote it, and the group itself where nobody is named.
func triedBy(e *bots.Event) bots.Address {
	if e.By != "" && e.Chat.Channel == bots.Staff {
		return bots.Address{Channel: bots.Telegram, ID: e.By}
	}
	return e.Chat
}

// hears reports whether a code that an account writes is looked at.
func (t *StaffTries) hears(account bots.Address, now time.Time) bool {
	if t == nil || !now.Before(t.Since.Add(triesLife)) {
		return true
	}
	i := t.of(account)
	return t.Wrong < MaxAllTries && (i < 0 || t.By[i].Wrong < MaxStaffTries)
}

// wrong counts a wrong code, and says whether it was the last that is looked at for a while.
func (t *StaffTries) wrong(account bots.Address, now time.Time) (last string) {
	if !now.Before(t.Since.Add(triesLife)) {
		*t = StaffTries{Since: now}
	}
	t.Wrong++
	one := AccountTries{Account: account}
	if i := t.of(account); i >= 0 {
		one = t.By[i]
		t.By = slices.Delete(t.By, i, i+1)
	}
	one.Wrong++
	t.By = append(t.By, one)
	t.By = t.By[max(0, len(t.By)-maxTriedBy):]
	switch {
	case t.Wrong == MaxAllTries:
		return TriedAllOut
	case one.Wrong == MaxStaffTries:
		return TriedOut
	}
	return ""
}

func (t *StaffTries) of(account bots.Address) int {
	return slices.IndexFunc(t.By, func(x AccountTries) bool { return x.Account == account })
}

// tried counts a wrong code, and tells the desk.
func (team *Team) tried(tx Tx, e *bots.Event) error {
	if team.Tries == nil {
		team.Tries = &StaffTries{}
	}
	last := team.Tries.wrong(triedBy(e), tx.Now())
	if err := team.put(tx); err != nil {
		return err
	}
	team.note(tx, bots.Change{Type: StaffTried, State: e.Chat.Channel, Reason: last})
	return nil
}

// freshCode lets everybody try again: whoever mistyped a code until it was not heard any more gets another. All together have no more tries
// for it.
func (team *Team) freshCode() {
	if team.Tries != nil {
		team.Tries.By = nil
	}
}
