package fallback

import (
	"context"
	"fmt"
	"time"
)

// AcceptResult is what became of one ask of many.
type AcceptResult struct {
	Accepted
	Err error
}

// Accept checks an ask and makes it a durable delivery.
func (e *Engine) Accept(ctx context.Context, a Ask) (Accepted, error) {
	req, err := e.request(a)
	if err != nil {
		return Accepted{}, err
	}
	done, err := e.Store.Accept(ctx, req, e.Rules, e.world())
	if err == nil && done.begins() {
		e.wake()
	}
	return done, err
}

// AcceptAll accepts many asks, each for itself, and returns after all are on disk: they share commits. Results are in the order
// of the asks; the order in which they are accepted is not promised.
func (e *Engine) AcceptAll(ctx context.Context, asks []Ask) []AcceptResult {
	res := make([]AcceptResult, len(asks))
	var reqs []*Request
	var places []int
	for i := range asks {
		req, err := e.request(asks[i])
		if err != nil {
			res[i].Err = err
			continue
		}
		reqs, places = append(reqs, req), append(places, i)
	}
	begins := false
	for i, r := range e.Store.AcceptAll(ctx, reqs, e.Rules, e.world()) {
		res[places[i]] = r
		begins = begins || r.Err == nil && r.begins()
	}
	if begins {
		e.wake()
	}
	return res
}

// request checks an ask. One that carries an idempotency key goes to the store even when it cannot be taken: what was accepted
// under the key is answered again, whatever was loaded anew since then. A panic is the fault of this ask alone; its value may
// hold what a person is to read.
func (e *Engine) request(a Ask) (req *Request, err error) {
	defer func() {
		if p := recover(); p != nil {
			req, err = nil, fmt.Errorf("panic while an ask was checked: %T", p)
		}
	}()
	req, err = e.intake().Request(a, time.Now())
	if err != nil && a.Key != "" && len(a.Key) <= maxKey {
		return &Request{Key: keyOf(&a), Body: e.intake().body(&a), Fault: err}, nil
	}
	return req, err
}

// begins reports whether something is to be sent for what was accepted.
func (a *Accepted) begins() bool { return !a.Replay && !a.State.Final() }
