// Package webhooks tells programs of the operator's what happened, by calls to addresses of theirs: the changes, signed as Standard Webhooks
// (https://www.standardwebhooks.com) says.
//
// It is for programs that would rather be called than ask. Of one conversation what happened first is told first, and the next only once
// that was taken; conversations do not wait for each other. Every change is told until the program takes it (a status of 2xx), for a day;
// then it is a dead letter, which can be told again, and its conversation goes on.
//
// It keeps how far each program is, in the store: what was taken since the last note, a second ago at most, is told once more after a
// crash, under the same id. The last calls are kept in memory, to be looked at.
//
// It never reads what people write: a change names records. It never calls an address that is not public, unless the operator allowed its
// network; what a name leads to is looked at when it is dialled. It never follows a redirect, and never logs where in a program an address leads, or a secret.
package webhooks

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"kaskad/bots"
)

// Feed is the outbox.
type Feed interface {
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	// FirstChange is the oldest that is kept.
	FirstChange(ctx context.Context) (uint64, error)
	LastChange() uint64
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
}

// Records are named records of one kind.
type Records interface {
	Get(ctx context.Context, id string) ([]byte, error)
	Put(ctx context.Context, id string, data []byte) error
	Update(ctx context.Context, id string, change func(old []byte) ([]byte, error)) error
	Delete(ctx context.Context, id string) error
	List(ctx context.Context, after string, limit int) ([]Record, error)
}

// Record is one of them.
type Record struct {
	ID   string
	Data []byte
}

// Options is what telling needs.
type Options struct {
	Feed   Feed
	Hooks  Records // the programs
	Places Records // how far each is
	Dead   Records // dead letters, by program and change
	// Networks are those that are not public and may be called all the same, there without TLS, too.
	Networks []netip.Prefix
	RootCAs  *x509.CertPool // nil: those of the machine
	Test     bool           // what is told is of the test side
	Log      *slog.Logger
	// Patience scales all waits between tries; 0: 1. For tests.
	Patience float64
}

// Webhooks tells the changes to all who asked. It is safe for use by many goroutines.
type Webhooks struct {
	Options
	caller *caller
	fresh  chan struct{} // the programs have changed
	mu     sync.Mutex
	run    map[string]*runner
}

// New makes it; Run works.
func New(o Options) *Webhooks {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = 1
	}
	return &Webhooks{Options: o, caller: newCaller(o.Networks, o.RootCAs), fresh: make(chan struct{}, 1), run: map[string]*runner{}}
}

// MaxHooks is how many programs are told at most.
const MaxHooks = 50

// Why something cannot be done.
var (
	ErrUnknown  = errors.New("there is no such webhook")
	ErrTooMany  = errors.New("there are as many webhooks as there can be")
	ErrNotDead  = errors.New("there is no such dead letter")
	ErrTooOld   = errors.New("the changes after this one are not kept any more")
	ErrAhead    = errors.New("there is no such change yet")
	ErrDisabled = errors.New("the webhook is disabled")
)

// Run tells until ctx ends. The error is that of a store which cannot be read.
func (w *Webhooks) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for {
		hooks, err := w.List(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the webhooks cannot be read: nobody is told anything", "err", err)
			if !pause(ctx, storeRest, nil) {
				return nil
			}
			continue
		}
		w.settle(ctx, &all, hooks)
		if !pause(ctx, 0, w.fresh) {
			return nil
		}
	}
}

// storeRest is how long a store that cannot be read or written is left alone.
const storeRest = 5 * time.Second

// pause lasts for a time, or until something is fresh; false: it is over.
func pause(ctx context.Context, d time.Duration, fresh <-chan struct{}) bool {
	var over <-chan time.Time
	if d > 0 {
		over = time.After(d)
	}
	select {
	case <-ctx.Done():
		return false
	case <-over:
	case <-fresh:
	}
	return true
}

// settle begins and ends runners, so that there is one for each program that is to be told.
func (w *Webhooks) settle(ctx context.Context, all *sync.WaitGroup, hooks []Hook) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wanted, there := map[string]bool{}, map[string]bool{}
	for _, h := range hooks {
		there[h.ID] = true
		if h.Off.IsZero() {
			wanted[h.ID] = true
		}
		r := w.run[h.ID]
		switch {
		case r != nil && h.Off.IsZero():
			r.change(h)
		case h.Off.IsZero():
			r = newRunner(w, h)
			ctx, cancel := context.WithCancel(ctx)
			r.stop = cancel
			w.run[h.ID] = r
			all.Go(func() { r.work(ctx) })
		}
	}
	for id, r := range w.run {
		if !wanted[id] {
			r.gone.Store(!there[id])
			r.stop()
			delete(w.run, id)
		}
	}
}

func (w *Webhooks) refresh() {
	select {
	case w.fresh <- struct{}{}:
	default:
	}
}

// payload is the body of a call.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Test      bool      `json:"test,omitempty"`
	Data      data      `json:"data"`
}

type data struct {
	Change   string `json:"change"`
	Contact  string `json:"contact,omitempty"`
	Delivery string `json:"delivery,omitempty"`
	Message  string `json:"message,omitempty"`
	Channel  string `json:"channel,omitempty"`
	State    string `json:"state,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

func (w *Webhooks) body(c *bots.Change) ([]byte, error) {
	return json.Marshal(payload{c.Type, c.At.UTC(), w.Test, data{
		number(c.ID), c.Contact.String(), c.Delivery.String(), c.Message.String(), c.Channel, c.State, c.Reason,
	}})
}
