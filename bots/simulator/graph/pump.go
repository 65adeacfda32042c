package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Pump brings webhook calls as fast as a gateway takes them, and keeps nothing of them.
type Pump struct {
	URL    string
	Posts  int           // at once; 0 = 25
	Repeat time.Duration // wait before a call that got no 200 is brought once more; 0 = 50 ms
	Tries  int           // then Run gives up; 0 = 20
}

// Pumped is what a Pump has done.
type Pumped struct {
	Calls   int // answered 200
	Notices int // in them
	Repeats int // calls that were brought once more
	Took    time.Duration
}

// Rate is how many notices were taken in a second.
func (p Pumped) Rate() float64 { return float64(p.Notices) / p.Took.Seconds() }

// Run brings what next makes until that says false or ctx ends. next is called by one goroutine at a time.
func (p Pump) Run(ctx context.Context, next func() (Signed, bool)) (Pumped, error) {
	p.Posts = cmp.Or(p.Posts, 25)
	p.Repeat = cmp.Or(p.Repeat, 50*time.Millisecond)
	p.Tries = cmp.Or(p.Tries, 20)
	run := &pumping{Pump: p, next: next, client: stage.NewClient(p.Posts, postTimeout)}
	defer run.client.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	var all sync.WaitGroup
	for range p.Posts {
		all.Go(func() {
			if err := run.work(ctx); err != nil {
				run.fail(err)
				cancel()
			}
		})
	}
	all.Wait()
	run.done.Took = time.Since(began)
	return run.done, run.err
}

// pumping is a Pump at work.
type pumping struct {
	Pump
	client *stage.Client

	mu   sync.Mutex
	next func() (Signed, bool)
	done Pumped
	err  error
}

func (p *pumping) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

func (p *pumping) take() (Signed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next()
}

func (p *pumping) work(ctx context.Context) error {
	for {
		call, ok := p.take()
		if !ok {
			return nil
		}
		repeats, err := p.bring(ctx, call)
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.done.Calls++
		p.done.Notices += call.Notices
		p.done.Repeats += repeats
		p.mu.Unlock()
	}
}

// bring posts a call until it is taken.
func (p *pumping) bring(ctx context.Context, call Signed) (int, error) {
	for try := 0; ; try++ {
		code, _, _, err := p.client.Call(ctx, http.MethodPost, p.URL, call.Header(), call.Body)
		switch {
		case ctx.Err() != nil:
			return try, fmt.Errorf("graph simulator: pump: %w", ctx.Err())
		case err == nil && code == http.StatusOK:
			return try, nil
		case try+1 >= p.Tries:
			return try, errors.Join(fmt.Errorf("graph simulator: pump: HTTP %d at the last of %d tries", code, p.Tries), err)
		}
		select {
		case <-time.After(p.Repeat):
		case <-ctx.Done():
		}
	}
}
