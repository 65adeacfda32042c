package stage

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Faults are what goes wrong next, in the order in which it was added. The zero value is none. They have a lock of their own.
type Faults[F any] struct {
	mu  sync.Mutex
	row []*pending[F]
}

// pending is a fault that waits to be played.
type pending[F any] struct {
	fault F
	skip  int
	times int
}

// Add puts a fault at the end of the row. It lets skip of what it is about pass, and is then played as many times; 0 = once,
// negative = until Clear.
func (l *Faults[F]) Add(f F, skip, times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.row = append(l.row, &pending[F]{f, skip, cmp.Or(times, 1)})
}

// Clear takes back all faults that were not played.
func (l *Faults[F]) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.row = nil
}

// Forget takes those back that match.
func (l *Faults[F]) Forget(match func(F) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.row = slices.DeleteFunc(l.row, func(p *pending[F]) bool { return match(p.fault) })
}

// Next is the fault to play now: the first that is about what happens, and has let enough of it pass.
func (l *Faults[F]) Next(about func(F) bool) (F, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range l.row {
		if !about(p.fault) {
			continue
		}
		if p.skip > 0 {
			p.skip--
			continue
		}
		if p.times--; p.times == 0 {
			l.row = slices.Delete(l.row, i, i+1)
		}
		return p.fault, true
	}
	var none F
	return none, false
}

// Hang keeps a call open until the caller or the stage ends it: the answer never comes.
func (s *Stage) Hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	Cut()
}

// Cut closes the connection of a call without an answer.
func Cut() { panic(http.ErrAbortHandler) }

// Page answers with what no client expects: an HTML page, half a JSON object.
func Page(w http.ResponseWriter, code int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body) // the caller may be gone: nothing to do about it
}
