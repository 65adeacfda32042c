package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Report is how a watch stands.
type Report struct {
	Open     []Standing // oldest first
	Targets  []TargetStanding
	Silenced map[string]time.Time // keys, and until when
}

// Standing is an open condition, and who was told of it.
type Standing struct {
	Open
	Told map[string]Told // by target
}

// TargetStanding is how a target stands.
type TargetStanding struct {
	Name     string
	Critical bool // it hears only what is critical
	Failed   time.Time
	Why      string
	Failures uint64 // tellings that it did not take, since the start
}

// Report tells how the watch stands.
func (w *Watch) Report(now time.Time) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{Silenced: map[string]time.Time{}}
	for key, until := range w.silenced {
		if now.Before(until) {
			r.Silenced[key] = until
		}
	}
	for _, o := range w.open {
		s := Standing{Open: o, Told: map[string]Told{}}
		for _, t := range w.targets {
			if told, was := t.told[o.Key]; was {
				s.Told[t.Name] = told
			}
		}
		r.Open = append(r.Open, s)
	}
	slices.SortFunc(r.Open, func(a, b Standing) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	for _, t := range w.targets {
		r.Targets = append(r.Targets, TargetStanding{t.Name, t.Critical, t.failed, t.why, t.failures})
	}
	return r
}

// Answer is what a target said to a trial; nil: it took it.
type Answer struct {
	Target string
	Err    error
}

// tryTime is how long somebody waits for the answers to a trial.
const tryTime = 20 * time.Second

// Try sends every target a line that says that it is a trial, at whatever hour.
func (w *Watch) Try(ctx context.Context) []Answer {
	all := make([]Answer, len(w.targets))
	id := fmt.Sprintf("alert_test_%d", time.Now().UnixNano())
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	var tried sync.WaitGroup
	for i, t := range w.targets {
		tried.Go(func() { all[i] = Answer{t.Name, w.call(ctx, t, id, []Line{{Stage: Trial, Open: Open{Key: "test"}}})} })
	}
	tried.Wait()
	return all
}

// Bounds of what is silenced.
const (
	longestSilence = 30 * 24 * time.Hour
	mostSilences   = 100
	mostKey        = 200
)

// What cannot be silenced.
var (
	ErrSilenceKey  = errors.New("this is no key of an alert")
	ErrSilenceTime = errors.New("it ends too late, or has ended: 30 days are the longest")
	ErrSilences    = errors.New("so much is silenced that there is no room for more: end some")
)

// Silence lets nobody be told of a condition until then, open or not; the zero time ends that.
func (w *Watch) Silence(ctx context.Context, key string, until, now time.Time) error {
	if key == "" || len(key) > mostKey || strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return ErrSilenceKey
	}
	if !until.IsZero() && (!until.After(now) || until.Sub(now) > longestSilence) {
		return ErrSilenceTime
	}
	w.silencing.Lock()
	defer w.silencing.Unlock()
	w.mu.Lock()
	next := maps.Clone(w.silenced)
	w.mu.Unlock()
	maps.DeleteFunc(next, func(_ string, end time.Time) bool { return !now.Before(end) })
	if delete(next, key); !until.IsZero() {
		if len(next) >= mostSilences {
			return ErrSilences
		}
		next[key] = until.UTC()
	}
	if err := w.put(ctx, silencedRecord, next); err != nil {
		return err
	}
	w.mu.Lock()
	w.silenced = next
	w.mu.Unlock()
	return nil
}
