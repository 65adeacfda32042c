package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Record is where a watch keeps what was told.
type Record interface {
	Get(ctx context.Context, id string) ([]byte, error)
	Put(ctx context.Context, id string, data []byte) error
}

// Options are what a watch is made of.
type Options struct {
	Look    func(context.Context) []Condition
	Targets []Target
	Hold    time.Duration
	Record  Record
	Log     *slog.Logger
}

// Watch looks, and tells.
type Watch struct {
	Options

	targets []*target
	old     bool // the records are from when all targets had one

	silencing sync.Mutex // one at a time: each is written before it counts

	mu       sync.Mutex
	open     map[string]Open
	silenced map[string]time.Time // replaced, never changed
	passed   time.Time            // when a look last came to its end, or when the watch began
}

// target is one with what it was told. Its fields are under the lock of the watch, but told, which its own goroutine alone writes.
type target struct {
	Target
	looked chan struct{} // there is something new to see

	told     map[string]Told
	resting  time.Time // until when it is not tried again
	failed   time.Time // since when it takes nothing
	why      string
	failures uint64
}

// The names of the records.
const (
	openRecord     = "open"
	silencedRecord = "silenced"
	toldRecord     = "told/" // and the target
)

// New reads what was told before.
func New(ctx context.Context, o Options) (*Watch, error) {
	w := &Watch{Options: o, open: map[string]Open{}, silenced: map[string]time.Time{}, passed: time.Now()}
	if err := w.read(ctx, openRecord, &w.open); err != nil {
		return nil, err
	}
	told, err := w.readOld(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.read(ctx, silencedRecord, &w.silenced); err != nil {
		return nil, err
	}
	for _, one := range o.Targets {
		t := &target{Target: one, looked: make(chan struct{}, 1), told: map[string]Told{}}
		if err := w.read(ctx, toldRecord+t.Name, &t.told); err != nil {
			return nil, err
		}
		if w.old && len(t.told) == 0 {
			t.told = maps.Clone(told)
		}
		w.targets = append(w.targets, t)
	}
	return w, nil
}

func (w *Watch) read(ctx context.Context, id string, into any) error {
	raw, err := w.Record.Get(ctx, id)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fmt.Errorf("alerts: record %s: %w", id, err)
	}
	return nil
}

// readOld reads from the open conditions what was told of them when all targets had one record: whatever one had taken, all were taken to
// have heard.
func (w *Watch) readOld(ctx context.Context) (map[string]Told, error) {
	var old map[string]struct {
		Told  time.Time
		Times int
	}
	if err := w.read(ctx, openRecord, &old); err != nil {
		return nil, err
	}
	told := map[string]Told{}
	for key, was := range old {
		if was.Told.IsZero() {
			continue
		}
		o := w.open[key]
		o.Raised, w.old = true, true
		w.open[key], told[key] = o, Told{o, was.Told, was.Times}
	}
	return told, nil
}

// putTime is how long a record may take to be written: who is to be woken because the store writes nothing does not wait for it.
const putTime = 5 * time.Second

func (w *Watch) put(ctx context.Context, id string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTime) // what was told must not be told again because the program ends
	defer cancel()
	return w.Record.Put(ctx, id, raw)
}

const (
	slowest = 5 * time.Second
	fastest = 250 * time.Millisecond
	rest    = 30 * time.Second // after a target took nothing

	// callTime is how long a target has for one telling.
	callTime = 40 * time.Second
)

// Run looks and tells until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, t := range w.targets {
		all.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-t.looked:
					w.turn(ctx, t, time.Now().UTC())
				}
			}
		})
	}
	for ctx.Err() == nil {
		w.look(ctx, time.Now().UTC())
		select {
		case <-ctx.Done():
		case <-time.After(min(max(w.Hold/4, fastest), slowest)):
		}
	}
	all.Wait()
	return nil
}

// look looks once, and lets the targets know.
func (w *Watch) look(ctx context.Context, now time.Time) {
	if err := w.convert(ctx); err != nil && ctx.Err() == nil {
		w.Log.Warn("what alerts were told could not be written: after a restart they may be told again", "err", err)
	}
	found := append(w.Look(ctx), w.deaf()...)
	if ctx.Err() != nil {
		return // half a look: what was not seen is not over
	}
	w.mu.Lock()
	next := Notice(w.open, found, w.Hold, now)
	same := maps.EqualFunc(w.open, next, func(a, b Open) bool { return a.settled() == b.settled() })
	w.open = next
	w.mu.Unlock()
	if !same { // before anybody is told, so that after a crash it is the same alert
		if err := w.put(ctx, openRecord, next); err != nil {
			w.Log.Warn("what is wrong could not be written: after a restart it may be told again", "err", err)
		}
	}
	w.mu.Lock()
	w.passed = time.Now() // with its monotonic part: a clock that is set makes nothing stuck
	w.mu.Unlock()
	for _, t := range w.targets {
		select {
		case t.looked <- struct{}{}:
		default: // it is busy with what came before, and looks again by itself
		}
	}
}

// convert writes the records of targets that were told by one record: first theirs, then the one that is not read so any more.
func (w *Watch) convert(ctx context.Context) error {
	if !w.old {
		return nil
	}
	w.mu.Lock()
	open, told := maps.Clone(w.open), map[string]map[string]Told{}
	for _, t := range w.targets {
		told[t.Name] = maps.Clone(t.told)
	}
	w.mu.Unlock()
	for name, what := range told {
		if err := w.put(ctx, toldRecord+name, what); err != nil {
			return err
		}
	}
	err := w.put(ctx, openRecord, open)
	w.old = err != nil
	return err
}

// deafKey is the condition that a target takes nothing, which the others are told.
const deafKey = "alerts:"

// deaf are the targets that take nothing.
func (w *Watch) deaf() (all []Condition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.targets {
		if !t.failed.IsZero() {
			all = append(all, Condition{Key: deafKey + t.Name, Text: "takes no alerts: " + t.why + "; kaskad alerts test tries it"})
		}
	}
	return all
}

// turn tells a target what there is to tell.
func (w *Watch) turn(ctx context.Context, t *target, now time.Time) {
	w.mu.Lock()
	open, resting := maps.Clone(w.open), t.resting
	silenced := maps.Clone(w.silenced)
	w.mu.Unlock()
	delete(open, deafKey+t.Name)
	told := follow(t.told, open, now)
	next, lines := Step(told, open, t.Rules, silenced, now)
	var err error
	switch {
	case len(lines) > 0 && now.Before(resting) && resting.Sub(now) <= rest: // not one of before the clock was put back
		next = told
	case len(lines) > 0:
		if err = w.call(ctx, t, idOf(lines), lines); err != nil {
			next = told
		}
		w.note(t, err, now)
	default:
		w.note(t, nil, now)
	}
	w.mu.Lock()
	same := maps.EqualFunc(t.told, next, func(a, b Told) bool {
		a.Open, b.Open = a.settled(), b.settled()
		return a == b
	})
	t.told = next
	w.mu.Unlock()
	if !same {
		if err := w.put(ctx, toldRecord+t.Name, next); err != nil {
			w.Log.Warn("what a target of alerts was told could not be written: after a restart it may be told again", "target", t.Name, "err", err)
		}
	}
}

// note writes down how a telling went.
func (w *Watch) note(t *target, err error, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		t.failed, t.why, t.resting = time.Time{}, "", time.Time{}
		return
	}
	if t.failed.IsZero() {
		t.failed = now
	}
	t.why, t.resting = err.Error(), now.Add(rest)
	t.failures++
}

// errSilent is a target that did not answer.
var errSilent = errors.New("no answer in time")

// call tells a target, which has a time for it, and a moment when the program ends.
func (w *Watch) call(ctx context.Context, t *target, id string, lines []Line) error {
	late, cancel := outlasting(ctx)
	defer cancel()
	late, done := context.WithTimeoutCause(late, callTime, errSilent)
	defer done()
	err := t.Tell(late, id, lines)
	if err == nil {
		return nil
	}
	if context.Cause(late) == errSilent && errors.Is(err, context.DeadlineExceeded) {
		err = errSilent
	}
	if ctx.Err() == nil {
		w.Log.Warn("a target of alerts took nothing", "target", t.Name, "err", err)
	}
	return err
}

// ending is how long a target has for what it is being told when the program ends.
const ending = 3 * time.Second

// outlasting is a context that ends a moment after ctx does.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(ending, cancel) })
	return late, func() { stop(); cancel() }
}

// Failing is since when nobody can be told, and why: every target takes nothing.
func (w *Watch) Failing() (since time.Time, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.targets {
		if t.failed.IsZero() {
			return time.Time{}, ""
		}
		if t.failed.After(since) {
			since = t.failed
		}
		if why != "" {
			why += "; "
		}
		why += t.Name + ": " + t.why
	}
	return since, why
}

// muteAfter is how long nobody can be told before the watch elsewhere has to notice.
const muteAfter = 15 * time.Minute

// Mute reports whether nobody could be told for so long that somebody else has to.
func (w *Watch) Mute(now time.Time) bool {
	since, _ := w.Failing()
	return !since.IsZero() && now.Sub(since) > muteAfter
}

// stuckAfter is how long a look may take, with the rest before it: far more than it does.
const stuckAfter = 5 * time.Minute

// Stuck reports whether no look has come to its end for so long that nobody is woken any more, whatever happens.
func (w *Watch) Stuck(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.passed) >= stuckAfter
}

// Open are the conditions that last, oldest first.
func (w *Watch) Open() []Open {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.open), func(a, b Open) int { return a.Since.Compare(b.Since) })
}
