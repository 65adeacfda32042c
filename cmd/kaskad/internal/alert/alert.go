// Package alert wakes a person: it says once that something is wrong, again at growing intervals while it lasts, and once that it is over.
//
// What is wrong comes as conditions, each with a key that stays the same while it lasts. What is new has to last for a moment before it is
// told, and to be gone for a moment before it is over, so that what comes and goes wakes nobody twice. Everything of one moment is one message.
//
// It keeps what was told in one record of the store, written when a target has taken it: after a restart nothing is told anew, and what
// ended meanwhile is told as over. A crash between the two may tell the last message once more. It never holds a person's data, and it
// never decides what is wrong.
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

// Condition is one thing that is wrong.
type Condition struct {
	Key      string // kind, or kind:object
	Critical bool
	Text     string // what it is and what to do
}

// Open is a condition that lasts, or that was told and is not told as over yet.
type Open struct {
	Key      string    `json:"key"`
	Critical bool      `json:"critical,omitempty"`
	Text     string    `json:"text"`
	Since    time.Time `json:"since"`
	Told     time.Time `json:"told,omitzero"` // the last time; zero: never
	Times    int       `json:"times,omitempty"`
	Gone     time.Time `json:"gone,omitzero"` // since when it is not there; zero: it is
}

// Stage is what a line says of a condition.
type Stage int

// The stages.
const (
	Raised Stage = iota
	Lasting
	Over
)

// Line is what is told of one condition.
type Line struct {
	Stage Stage
	Open
}

// again is how long after it was told it is told once more, by how often it was; the last one stays.
var again = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour}

// Step is what becomes of the open conditions, and what is told of them.
func Step(open map[string]Open, found []Condition, hold time.Duration, now time.Time) (next map[string]Open, lines []Line) {
	next = map[string]Open{}
	for _, c := range found {
		o, was := open[c.Key]
		if !was {
			o = Open{Key: c.Key, Since: now}
		}
		o.Critical, o.Text, o.Gone = c.Critical, c.Text, time.Time{}
		switch {
		case o.Told.IsZero() && now.Sub(o.Since) >= hold:
			lines = append(lines, Line{Raised, o})
			o.Told, o.Times = now, 1
		case !o.Told.IsZero() && now.Sub(o.Told) >= again[min(o.Times, len(again))-1]:
			lines = append(lines, Line{Lasting, o})
			o.Told, o.Times = now, o.Times+1
		}
		next[c.Key] = o
	}
	for key, o := range open {
		if _, there := next[key]; there || o.Told.IsZero() {
			continue
		}
		if o.Gone.IsZero() {
			o.Gone = now
		}
		if now.Sub(o.Gone) >= hold {
			lines = append(lines, Line{Over, o})
			continue
		}
		next[key] = o
	}
	slices.SortFunc(lines, func(a, b Line) int {
		if a.Stage != b.Stage {
			return int(a.Stage - b.Stage)
		}
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	return next, lines
}

// Record is where a watch keeps what was told.
type Record interface {
	Get(ctx context.Context, id string) ([]byte, error)
	Put(ctx context.Context, id string, data []byte) error
}

// Target is somebody who is told.
type Target struct {
	Name string
	// Tell returns nil when it was taken. The id of one telling stays the same when it is tried again.
	Tell func(ctx context.Context, id string, lines []Line) error
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

	mu     sync.Mutex
	open   map[string]Open
	passed time.Time // when a look last came to its end, or when the watch began
	failed time.Time // since when nobody could be told
	why    string
}

const record = "open"

// New reads what was told before.
func New(ctx context.Context, o Options) (*Watch, error) {
	w := &Watch{Options: o, open: map[string]Open{}, passed: time.Now()}
	raw, err := o.Record.Get(ctx, record)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &w.open)
	}
	return w, err
}

// Failing is since when nobody could be told, and why.
func (w *Watch) Failing() (time.Time, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed, w.why
}

// stuckAfter is how long a look and its telling may take, with the rest before it: far more than any target is given.
const stuckAfter = 5 * time.Minute

// Stuck reports whether no look has come to its end for so long that nobody is woken any more, whatever happens.
func (w *Watch) Stuck(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(w.passed) >= stuckAfter
}

// Open are the conditions that last, by their keys.
func (w *Watch) Open() []Open {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.open), func(a, b Open) int { return a.Since.Compare(b.Since) })
}

const (
	slowest = 5 * time.Second
	fastest = 250 * time.Millisecond
	rest    = 30 * time.Second // after nobody could be told
)

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait := min(max(w.Hold/4, fastest), slowest)
		if err := w.Pass(ctx, time.Now().UTC()); err != nil && ctx.Err() == nil {
			w.Log.Error("an alert was not told", "err", err)
			wait = rest
		}
		w.mu.Lock()
		w.passed = time.Now() // with its monotonic part: a clock that is set makes nothing stuck
		w.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// Pass looks once. What no target took is tried again at the next pass.
func (w *Watch) Pass(ctx context.Context, now time.Time) error {
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	next, lines := Step(open, w.Look(ctx), w.Hold, now)
	var err error
	if len(lines) > 0 {
		err = w.tell(ctx, lines)
	}
	w.mu.Lock()
	if err != nil {
		if w.failed.IsZero() {
			w.failed = now
		}
		w.why = err.Error()
		for key, o := range next { // noticed, and not told
			if _, was := open[key]; !was {
				o.Told, o.Times = time.Time{}, 0
				w.open[key] = o
			}
		}
		w.mu.Unlock()
		return err
	}
	same := maps.Equal(open, next)
	w.open, w.failed, w.why = next, time.Time{}, ""
	w.mu.Unlock()
	if same {
		return nil
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return w.Record.Put(context.WithoutCancel(ctx), record, raw) // it was told: what ends meanwhile may not let it be told once more
}

// ending is how long a target has for what it is being told when the program ends.
const ending = 3 * time.Second

// outlasting is a context that ends a moment after ctx does.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(ending, cancel) })
	return late, func() { stop(); cancel() }
}

// tell tells all targets; one that took it is enough.
func (w *Watch) tell(ctx context.Context, lines []Line) (err error) {
	id := fmt.Sprintf("alert_%s_%d_%d", lines[0].Key, lines[0].Since.UnixNano(), lines[0].Times)
	if lines[0].Stage == Over {
		id += "_over"
	}
	ctx, cancel := outlasting(ctx)
	defer cancel()
	taken := false
	for _, t := range w.Targets {
		failed := t.Tell(ctx, id, lines)
		taken = taken || failed == nil
		if failed != nil {
			w.Log.Warn("a target of alerts took nothing", "target", t.Name, "err", failed)
			err = errors.Join(err, fmt.Errorf("%s: %w", t.Name, failed))
		}
	}
	if taken {
		return nil
	}
	return err
}
