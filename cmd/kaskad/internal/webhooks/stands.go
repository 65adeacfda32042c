package webhooks

import (
	"slices"
	"strings"
	"time"
)

// Call is one call of a program.
type Call struct {
	At     time.Time
	Change uint64
	Type   string
	Try    int
	Status int    // 0: there was no answer
	Error  string // empty: it was taken
	Took   time.Duration
}

// Standing is how a program stands.
type Standing struct {
	Place   uint64    // every change up to it was taken, is of no interest, or is a dead letter
	Waiting int       // changes that were read and not taken; more may stand behind them
	Failing time.Time // since when nothing was taken; zero: something was, or nothing was told
	Error   string    // what the last call that failed met
	Next    time.Time // of the next try, where it is failing
	Lost    uint64    // changes that were cleared away before they were taken
	Dead    int       // dead letters
}

// Tally counts the calls of a program since the start.
type Tally struct {
	Taken, Refused, Unanswered uint64
	Time                       time.Duration // that all of them took
}

func (t *Tally) count(x *result) {
	t.Time += x.took
	switch {
	case x.ok():
		t.Taken++
	case x.status != 0:
		t.Refused++
	default:
		t.Unanswered++
	}
}

const keptCalls = 100

// note keeps a call to be looked at.
func (r *runner) note(x *result) {
	call := Call{At: x.at.UTC(), Change: x.it.c.ID, Type: x.it.c.Type, Try: x.it.tries, Status: x.status, Took: x.took}
	if !x.ok() {
		call.Error = x.text()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, call)
	r.log = r.log[max(0, len(r.log)-keptCalls):]
	r.calls.count(x)
	if call.Error != "" {
		r.stands.Error = call.Error
	}
}

// tell lets others see how the program stands.
func (r *runner) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stands.Place, r.stands.Waiting, r.stands.Failing, r.stands.Next, r.stands.Lost, r.stands.Dead = r.place(), len(r.open), r.failing, r.hold, r.lost, r.deaths
	if r.failing.IsZero() {
		r.stands.Error, r.stands.Next = "", time.Time{}
	}
}

// Stands tells how a program stands, and which calls of it were the last; false: it is off, or not there.
func (w *Webhooks) Stands(id string) (s Standing, calls []Call, on bool) {
	w.mu.Lock()
	r := w.run[id]
	w.mu.Unlock()
	if r == nil {
		return Standing{}, nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stands, slices.Clone(r.log), true
}

// Figure is how one program stands, in numbers.
type Figure struct {
	ID     string
	Behind uint64 // changes from the oldest that it has not taken to the newest, those that are of no interest to it with them
	Standing
	Tally
}

// Figures are of all programs that are told, by their ids. Without the calls of one that was off and is on again.
func (w *Webhooks) Figures() (all []Figure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.Feed.LastChange()
	for id, r := range w.run {
		r.mu.Lock()
		f := Figure{ID: id, Standing: r.stands, Tally: r.calls}
		r.mu.Unlock()
		if last > f.Place {
			f.Behind = last - f.Place
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Figure) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Failing are the programs that take nothing, and since when.
func (w *Webhooks) Failing() (since time.Time, failing bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.run {
		r.mu.Lock()
		at := r.stands.Failing
		r.mu.Unlock()
		if !at.IsZero() && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	return since, !since.IsZero()
}
