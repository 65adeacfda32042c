package webhooks

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kaskad/bots"
)

const (
	window    = 256  // changes that are read and not taken: behind that, the rest waits in the outbox
	each      = 32   // of one conversation
	mostOpen  = 2048 // with those of conversations that are not taken
	atOnce    = 8    // calls of one program
	page      = 500
	saveEvery = time.Second      // how far it is, after calls
	idleSave  = 30 * time.Second // and where there was nothing to tell
	down      = 5                // calls that failed one after the other: from then on one at a time asks whether it is back
	longest   = 5 * time.Minute  // between two of those
	// giveUp is how long a change is told; offAfter is how long a program may take nothing at all.
	giveUp   = 24 * time.Hour
	offAfter = 5 * 24 * time.Hour
)

// waits lie between the tries of one change.
var waits = [...]time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 9 * time.Hour}

// runner tells one program.
type runner struct {
	w     *Webhooks
	stop  func()
	gone  atomic.Bool // the hook was taken away
	fresh chan struct{}

	mu     sync.Mutex // what others read and change
	hook   Hook
	rewind *uint64 // goes back to this change
	again  bool    // dead letters are to be told again
	log    []Call  // the last ones, oldest first
	stands Standing
	calls  Tally

	// The rest is the loop's own.
	back    int                // the hook's Era that was followed: what it was set back to since is not in what follows
	read    uint64             // up to which the changes were read
	open    []*item            // of those what is to be told and was not taken; of each conversation oldest first
	many    map[bots.ID]int    // of open, by conversation
	late    map[bots.ID]uint64 // conversations of which so much was not taken that the rest is read again later: from this change on
	deaths  int                // dead letters, as far as it was counted
	flying  int
	era     int // of the calls under way: those of before are forgotten
	done    chan result
	misses  int
	probes  int       // since it is down
	failing time.Time // since when nothing was taken
	took    time.Time // when something was taken last
	hold    time.Time // no call before
	called  bool      // since the place was saved
	dirty   bool
	saved   time.Time
	lost    uint64
}

// item is a change that is to be told.
type item struct {
	c      bots.Change
	tries  int
	first  time.Time // when it was told first
	due    time.Time
	flying bool
	asks   bool // the call under way only asks whether the program is there: it counts as no try of this change
	asked  int  // how often that was
	dead   bool // a dead letter that is told again
}

type result struct {
	it  *item
	era int
	at  time.Time
	outcome
}

func newRunner(w *Webhooks, h Hook) *runner {
	return &runner{w: w, hook: h, fresh: make(chan struct{}, 1), done: make(chan result), again: true, many: map[bots.ID]int{}, late: map[bots.ID]uint64{}}
}

// change takes another state of the hook.
func (r *runner) change(h Hook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.Era != r.hook.Era {
		r.rewind = &h.From
	}
	r.hook = h
	r.ring()
}

func (r *runner) ring() {
	select {
	case r.fresh <- struct{}{}:
	default:
	}
}

func (r *runner) now() Hook {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hook
}

// place is how far a program is, as it is kept.
type place struct {
	Era  int                `json:"era,omitempty"` // of the hook when it was written
	Read uint64             `json:"read"`          // every change up to it was taken, or is no matter, but for these
	Open []open             `json:"open,omitempty"`
	Late map[bots.ID]uint64 `json:"late,omitempty"` // and of these conversations those from a change on
}

type open struct {
	Change uint64    `json:"change"`
	Tries  int       `json:"tries,omitempty"`
	First  time.Time `json:"first,omitzero"`
}

// work tells until ctx ends.
func (r *runner) work(ctx context.Context) {
	for {
		err := r.begin(ctx)
		if err == nil {
			break
		}
		r.w.Log.Error("how far a webhook is cannot be read", "webhook", r.hook.ID, "err", err)
		if !pause(ctx, storeRest, nil) {
			return
		}
	}
	for ctx.Err() == nil {
		changed := r.w.Feed.Changed()
		next := time.Now().Add(idleSave)
		if err := r.turn(ctx, &next); err != nil && ctx.Err() == nil {
			r.w.Log.Error("a webhook waits: the store does not work", "webhook", r.hook.ID, "err", err)
			next, changed = time.Now().Add(storeRest), nil
		}
		if !r.room(time.Now()) {
			changed = nil
		}
		r.wait(ctx, changed, next)
	}
	for r.flying > 0 { // their context has ended, too
		<-r.done
		r.flying--
	}
	if r.gone.Load() {
		return
	}
	if err := r.save(context.WithoutCancel(ctx)); err != nil {
		r.w.Log.Error("how far a webhook is could not be written: what it took last is told once more", "webhook", r.hook.ID, "err", err)
	}
}

// wait lasts until something happens, or a time has come.
func (r *runner) wait(ctx context.Context, changed <-chan struct{}, next time.Time) {
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-r.fresh:
	case <-timer.C:
	case x := <-r.done:
		r.flying--
		if x.era == r.era {
			r.settle(ctx, &x)
		}
	}
}

// begin reads how far the program is.
func (r *runner) begin(ctx context.Context) error {
	h := r.now()
	raw, err := r.w.Places.Get(ctx, h.ID)
	if err != nil {
		return err
	}
	p := place{Era: h.Era, Read: h.From}
	if raw != nil {
		var was place
		if err := json.Unmarshal(raw, &was); err != nil {
			return err
		}
		if was.Era == h.Era { // else it was set back, and that was not taken
			p = was
		}
	}
	r.back, r.saved = h.Era, time.Now()
	r.from(p.Read)
	for contact, change := range p.Late {
		r.late[contact] = change
	}
	for _, o := range p.Open {
		c, err := r.w.Feed.Changes(ctx, o.Change-1, 1)
		if err != nil {
			return err
		}
		if len(c) == 0 || c[0].ID != o.Change { // it was cleared away
			r.lost++
			continue
		}
		r.add(&item{c: c[0], tries: o.Tries, first: o.First})
	}
	return nil
}

// turn reads what there is, calls what can be called, and says when to look again.
func (r *runner) turn(ctx context.Context, next *time.Time) error {
	if err := r.orders(ctx); err != nil {
		return err
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	r.launch(ctx, next)
	r.tell()
	every := idleSave
	if r.called {
		every = saveEvery
	}
	if at := r.saved.Add(every); r.dirty && !time.Now().Before(at) {
		return r.save(ctx)
	} else if r.dirty && at.Before(*next) {
		*next = at
	}
	return nil
}

// orders does what was asked for meanwhile: to go back, and to tell dead letters again.
func (r *runner) orders(ctx context.Context) error {
	r.mu.Lock()
	back, again, id, era := r.rewind, r.again, r.hook.ID, r.hook.Era
	r.rewind, r.again = nil, false
	r.mu.Unlock()
	if back != nil {
		r.back = era
		r.from(*back)
		r.era++
		r.misses, r.hold, r.failing, r.dirty = 0, time.Time{}, time.Time{}, true
		again = true
	}
	if !again {
		return nil
	}
	dead, err := r.w.DeadOf(ctx, id, 0, 0)
	if err != nil {
		r.mu.Lock()
		r.again = true
		r.mu.Unlock()
		return err
	}
	r.deaths = len(dead)
	for _, d := range dead {
		if d.Again && !slices.ContainsFunc(r.open, func(it *item) bool { return it.dead && it.c.ID == d.Change }) {
			r.add(&item{c: d.change(), dead: true})
		}
	}
	slices.SortStableFunc(r.open, func(a, b *item) int { return int(int64(a.c.ID) - int64(b.c.ID)) })
	return nil
}

// launch calls: of each conversation the oldest change that was not taken, if its time has come.
func (r *runner) launch(ctx context.Context, next *time.Time) {
	soon := func(at time.Time) {
		if at.Before(*next) {
			*next = at
		}
	}
	now := time.Now()
	if now.Before(r.hold) {
		soon(r.hold)
		return
	}
	heads := r.heads()
	if r.misses >= down {
		if len(heads) > 0 && r.flying == 0 {
			r.probe(ctx, heads, now)
		}
		return
	}
	for _, it := range heads {
		switch {
		case it.flying:
		case r.flying >= atOnce:
			return
		case now.Before(it.due):
			soon(it.due)
		default:
			r.start(ctx, it, now)
		}
	}
}

// probe asks whether the program is there: with the oldest change, and every second time with that of another conversation which was
// tried least, because it may be that one change alone which is never taken. Those others are only asked with: a program that is away for days must not make a dead
// letter of each.
func (r *runner) probe(ctx context.Context, heads []*item, now time.Time) {
	it := heads[0]
	if r.probes%2 == 1 && len(heads) > 1 {
		it = slices.MinFunc(heads[1:], func(a, b *item) int { return a.tries + a.asked - b.tries - b.asked })
		it.asks, it.asked = true, it.asked+1
	}
	r.probes++
	r.start(ctx, it, now)
}

func (r *runner) start(ctx context.Context, it *item, now time.Time) {
	if it.first.IsZero() && !it.asks {
		it.first = now
	}
	it.flying, it.tries = true, it.tries+1
	r.flying++
	h, era, c := r.now(), r.era, it.c
	go func() {
		x := result{it: it, era: era, at: now}
		body, err := r.w.body(&c)
		if x.outcome = (outcome{err: err}); err == nil {
			x.outcome = r.w.caller.call(ctx, &h, r.w.messageID(c.ID), body)
		}
		r.done <- x
	}()
}

// messageID names a change to those who are told; a repeat has the same.
func (w *Webhooks) messageID(n uint64) string {
	if w.Test {
		return "test_chg_" + number(n)
	}
	return "chg_" + number(n)
}

// settle takes what came of a call.
func (r *runner) settle(ctx context.Context, x *result) {
	asked := x.it.asks
	x.it.flying, x.it.asks = false, false
	if ctx.Err() != nil && !x.ok() {
		x.it.tries-- // we have cut it off
		return
	}
	r.called, r.dirty = true, true
	r.note(x)
	if x.ok() {
		r.taken(ctx, x.it)
		return
	}
	r.missed(ctx, x, asked, time.Now())
}

// taken goes on: the program is there, so that whatever waited for it goes at once.
func (r *runner) taken(ctx context.Context, it *item) {
	if r.misses >= down {
		for _, other := range r.open {
			if !r.odd(other) {
				other.due = time.Time{}
			}
		}
		r.w.Log.Info("a webhook takes what it is told again", "webhook", r.hook.ID)
	}
	r.misses, r.probes, r.failing, r.hold, r.took = 0, 0, time.Time{}, time.Time{}, time.Now()
	r.drop(it)
	if it.dead {
		r.buried(ctx, it)
	}
}

// odd reports whether the program has taken others since it was told of this change first: that it does not take it says nothing of the program.
func (r *runner) odd(it *item) bool { return !it.first.IsZero() && r.took.After(it.first) }

// drop takes an item out.
func (r *runner) drop(it *item) {
	was := len(r.open)
	r.open = slices.DeleteFunc(r.open, func(x *item) bool { return x == it })
	if r.many[it.c.Contact] -= was - len(r.open); r.many[it.c.Contact] <= 0 {
		delete(r.many, it.c.Contact)
	}
}

// missed waits, gives a change up that was told for a day, or a program that is gone. A change with which was only asked whether the program is
// there is as it was before.
func (r *runner) missed(ctx context.Context, x *result, asked bool, now time.Time) {
	it := x.it
	if !r.odd(it) {
		r.misses++
		if r.failing.IsZero() {
			r.failing = now
			r.w.Log.Warn("a webhook does not take what it is told", "webhook", r.hook.ID, "why", x.text())
		}
	}
	if asked {
		it.tries--
	} else {
		it.due = now.Add(r.jittered(waits[min(it.tries-1, len(waits)-1)]))
	}
	switch {
	case x.retry > 0:
		r.hold = now.Add(x.retry)
	case r.misses >= down:
		r.hold = now.Add(r.jittered(min(5*time.Second<<min(r.misses-down, 10), longest)))
	}
	switch {
	case x.status == http.StatusGone:
		r.off(ctx, OffGone)
	case !r.failing.IsZero() && now.Sub(r.failing) >= r.lasting(offAfter):
		r.off(ctx, OffFailing)
	case !asked && now.Sub(it.first) >= r.lasting(giveUp):
		r.dies(ctx, it, x.text(), now)
	}
}

// lasting is a time as tests have it shorter; jittered besides lets no two wait for the same time.
func (r *runner) lasting(d time.Duration) time.Duration {
	return time.Duration(float64(d) * r.w.Patience)
}

func (r *runner) jittered(d time.Duration) time.Duration {
	d = r.lasting(d)
	return d - d/5 + rand.N(d/5*2+1)
}

// off ends the telling of this program.
func (r *runner) off(ctx context.Context, why string) {
	r.w.Log.Error("a webhook is off: it is told nothing until somebody enables it", "webhook", r.hook.ID, "why", why)
	_, err := r.w.Change(ctx, r.now().ID, func(h *Hook) { h.Off, h.Why = time.Now().UTC().Truncate(time.Second), why })
	if err != nil && ctx.Err() == nil {
		r.w.Log.Error("that a webhook is off could not be written: it is tried again", "webhook", r.hook.ID, "err", err)
	}
}

// save writes how far the program is.
func (r *runner) save(ctx context.Context) error {
	h := r.now()
	p := place{Era: r.back, Read: r.read, Late: r.late}
	for _, it := range r.open {
		if !it.dead { // that is a record of its own
			p.Open = append(p.Open, open{it.c.ID, it.tries, it.first})
		}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := r.w.Places.Put(ctx, h.ID, raw); err != nil {
		return err
	}
	r.saved, r.dirty, r.called = time.Now(), false, false
	return nil
}

// place is up to where nothing waits.
func (r *runner) place() uint64 {
	up := r.read
	for _, it := range r.open {
		if !it.dead {
			up = min(up, it.c.ID-1)
		}
	}
	for _, change := range r.late {
		up = min(up, change-1)
	}
	return up
}
