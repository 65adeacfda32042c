package mailing

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
)

// Ended is what became of the deliveries of a mailing.
type Ended struct {
	States  map[string]int `json:"states"`
	Reached []Reached      `json:"reached"` // most first
	Cost    Money          `json:"cost"`
	AsSMS   *Money         `json:"as_sms,omitempty"` // only when all of them were handed over now
	Saved   *Money         `json:"saved,omitempty"`
	Open    int            `json:"open"` // not at their end yet
}

// Reached is how many a channel reached, by the same kind of proof.
type Reached struct {
	Channel string `json:"channel"`
	Proof   string `json:"proof"`
	Count   int    `json:"count"`
	Cost    Money  `json:"cost"` // of all steps of these deliveries
}

// lookAgain is how often the whole list is read while somebody waits: it is the truth, the stream only says when to look.
const lookAgain = 15 * time.Second

// streamTime is how long the stream may take to open before the list is read without it.
const streamTime = 2 * time.Second

// Wait follows all deliveries to their end, or until ctx ends: then what is known is given with the error.
func (r *Run) Wait(ctx context.Context) (*Ended, error) {
	watch := &watch{open: map[bots.ID]struct{}{}, ended: map[bots.ID]struct{}{}, news: make(chan struct{}, 1), ready: make(chan struct{})}
	streaming, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		watch.follow(streaming, r.Gateway)
	}()
	defer func() { stop(); <-done }()
	select {
	case <-watch.ready: // so that nothing ends unheard between the list and the stream
	case <-time.After(streamTime):
	case <-ctx.Done():
	}
	var sum *Ended
	for {
		now, open, err := r.standing(ctx)
		if err != nil {
			return sum, err
		}
		sum = now
		if len(open) == 0 {
			return sum, nil
		}
		watch.begin(open)
		r.waiting(watch.left())
		if err := watch.wait(ctx, lookAgain, r.waiting); err != nil {
			return sum, err
		}
	}
}

func (r *Run) waiting(left int) {
	all := len(r.ids)
	r.Tell(Progress{Doing: "waiting", Done: all - left, Total: all, Part: float64(all-left) / float64(max(all, 1))})
}

// shown is a delivery as a list shows it.
type shown struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	ReachedBy string `json:"reached_by"`
	Proof     string `json:"proof"`
	Cost      Money  `json:"cost"`
}

// standing reads how all deliveries of the mailing stand, and which are not at their end.
func (r *Run) standing(ctx context.Context) (*Ended, []bots.ID, error) {
	sum, left := &Ended{States: map[string]int{}}, len(r.ids)
	var open []bots.ID
	reached := map[[2]string]*Reached{}
	for cursor := ""; left > 0; {
		var page struct {
			Items []shown `json:"items"`
			Next  string  `json:"next"`
		}
		query := url.Values{"metadata": {"file:" + r.Columns.ID()}, "limit": {"1000"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := r.Gateway.Call(ctx, "GET", "/v1/deliveries?"+query.Encode(), nil, &page); err != nil {
			return nil, nil, err
		}
		for i := range page.Items {
			id, err := bots.ParseID(page.Items[i].ID)
			if _, ours := r.ids[id]; err != nil || !ours {
				continue // of an earlier mailing of the same words
			}
			left--
			if err := sum.add(&page.Items[i], reached); err != nil {
				return nil, nil, err
			}
			if !final(page.Items[i].State) {
				open = append(open, id)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	sum.close(r, reached, len(open))
	return sum, open, nil
}

func (e *Ended) add(d *shown, reached map[[2]string]*Reached) error {
	e.States[d.State]++
	if err := e.Cost.add(&d.Cost); err != nil {
		return err
	}
	if d.ReachedBy == "" {
		return nil
	}
	by := reached[[2]string{d.ReachedBy, d.Proof}]
	if by == nil {
		by = &Reached{Channel: d.ReachedBy, Proof: d.Proof}
		reached[[2]string{d.ReachedBy, d.Proof}] = by
	}
	by.Count++
	return by.Cost.add(&d.Cost)
}

func (e *Ended) close(r *Run, reached map[[2]string]*Reached, open int) {
	e.Open, e.Reached = open, []Reached{}
	for _, by := range reached {
		e.Reached = append(e.Reached, *by)
	}
	slices.SortFunc(e.Reached, func(a, b Reached) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Channel, b.Channel), strings.Compare(a.Proof, b.Proof))
	})
	if r.look.Already == 0 && r.look.AsSMS.Amount != "" && open == 0 {
		as, saved := r.look.AsSMS, r.look.AsSMS.minus(e.Cost)
		e.AsSMS, e.Saved = &as, &saved
	}
}

// watch knows which deliveries are open, from what the stream tells.
type watch struct {
	mu    sync.Mutex
	open  map[bots.ID]struct{}
	ended map[bots.ID]struct{} // since the list was last asked for
	news  chan struct{}
	ready chan struct{} // closed: the stream is open
}

// follow keeps a stream open; where none can be, the list is read now and then all the same.
func (w *watch) follow(ctx context.Context, g Gateway) {
	var once sync.Once
	open := func() { once.Do(func() { close(w.ready) }) }
	for ctx.Err() == nil {
		_ = g.Changes(ctx, open, w.heard) // broken off: the next one, and the list is the truth anyway
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (w *watch) heard(delivery, state string) {
	id, err := bots.ParseID(delivery)
	if err != nil || !final(state) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended[id] = struct{}{}
	if _, ours := w.open[id]; ours {
		delete(w.open, id)
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}

// begin takes what the list said is open; what ended while it was read is not.
func (w *watch) begin(open []bots.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.open)
	for _, id := range open {
		if _, ended := w.ended[id]; !ended {
			w.open[id] = struct{}{}
		}
	}
	clear(w.ended)
}

func (w *watch) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open)
}

// wait returns when all have ended, or it is time to look at the list; tell is told how many are left.
func (w *watch) wait(ctx context.Context, most time.Duration, tell func(left int)) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		left := w.left()
		tell(left)
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-w.news:
		}
	}
}
