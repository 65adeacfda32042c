package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Status is how an index stands.
type Status struct {
	State string        // ready, building, behind, broken
	Built float64       // building: about how much of the store is in it, 0 to 1
	Lag   time.Duration // since the oldest change that is not in it; 0: it has them all
	Bytes int64         // of the file
	Since time.Time     // of a state other than ready
	Why   string        // in words, of a state other than ready
}

// The states.
const (
	Ready    = "ready"
	Building = "building"
	Behind   = "behind"
	Broken   = "broken"
)

// MaxLag is how far an index may be behind and still be taken for whole. One that is further behind answers with what it has, and Status says
// so.
const MaxLag = 10 * time.Second

// NotReady is why nothing is searched now.
type NotReady struct{ Status }

func (e *NotReady) Error() string { return e.Why }

// Status tells how the index stands.
func (x *Index) Status(ctx context.Context) Status {
	s := Status{State: Ready, Built: 1}
	if info, err := os.Stat(x.path()); err == nil {
		s.Bytes = info.Size()
	}
	x.mu.Lock()
	fault, since := x.fault, x.since
	x.mu.Unlock()
	f := x.file.Load()
	switch {
	case x.old.Load() || errors.Is(fault, errAnew) || fault == nil && f == nil:
		s.State, s.Built, s.Since, s.Why = Building, 0, since, "the index is just being opened"
	case fault != nil:
		s.State, s.Built, s.Since, s.Why = Broken, 0, since, "search does not work: "+fault.Error()
	case !f.built.Load():
		s.Lag = x.lag(ctx, f)
		s.State, s.Built, s.Since = Building, f.progress(), since
		s.Why = fmt.Sprintf("the index is being built, about %.0f %% is done", 100*s.Built)
	default:
		if s.Lag = x.lag(ctx, f); s.Lag > MaxLag {
			s.State, s.Since = Behind, time.Now().Add(-s.Lag)
			s.Why = fmt.Sprintf("the index is %s behind", s.Lag.Round(time.Second))
		}
	}
	return s
}

// lag is how old the first change is that the file has not.
func (x *Index) lag(ctx context.Context, f *file) time.Duration {
	at := f.at.Load()
	if x.Store.LastChange() <= at {
		return 0
	}
	next, err := x.Store.Changes(ctx, at, 1)
	if err != nil || len(next) == 0 {
		return 0 // a store that cannot be read is told of by others
	}
	return max(time.Since(next[0].At), 0)
}

// ready is the file, if it holds everything up to some moment.
func (x *Index) ready(ctx context.Context) (*file, error) {
	if s := x.Status(ctx); s.State != Ready && s.State != Behind {
		return nil, &NotReady{s}
	}
	f := x.file.Load()
	if f == nil {
		return nil, &NotReady{Status{State: Broken, Why: "search is just being closed"}}
	}
	return f, nil
}
