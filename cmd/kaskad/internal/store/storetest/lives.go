package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func optOut(t *testing.T, open Opener) {
	bubble(t, open, func(t *testing.T, s Store) {
		time.Sleep(12 * time.Hour)
		person(t, s, "+380501112233", "42")
		req := request("+380501112233", fallback.Marketing)
		waits := accept(t, s, req).ID
		other := *req
		other.Text, other.Same = "another", 2
		queued := accept(t, s, &other).ID
		a := claim(t, s, waits)
		settle(t, s, a, accepted(a, "1"))
		req = request("+380501112233", fallback.Service)
		service := accept(t, s, req).ID
		if _, err := s.Receive(t.Context(), wrote("stop", "42", "СТОП"), rules(), world()); err != nil {
			t.Fatal(err)
		}
		if a, b := state(t, s, waits), state(t, s, queued); a != fallback.RefusedState || b != fallback.RefusedState {
			t.Errorf("marketing is %s and %s after a stop", a, b)
		}
		if got := state(t, s, service); got.Final() {
			t.Errorf("service is %s after a stop", got)
		}
		req = request("+380501112233", fallback.Marketing)
		req.Text = "a third"
		if a := accept(t, s, req); a.State != fallback.Skipped {
			t.Errorf("marketing is %s after a stop; want it skipped", a.State)
		}
	})
}

func orphan(t *testing.T, open Opener) {
	bubble(t, open, func(t *testing.T, s Store) {
		time.Sleep(12 * time.Hour)
		person(t, s, "+380501112233", "42")
		id := accept(t, s, request("+380501112233", fallback.Service)).ID
		a := claim(t, s, id)
		reply := wrote("reply", "42", "thanks")
		reply.On = "77"
		if _, err := s.Receive(t.Context(), reply, rules(), world()); err != nil {
			t.Fatal(err)
		}
		if got := state(t, s, id); got.Final() {
			t.Errorf("the delivery is %s before its send settled", got)
		}
		time.Sleep(time.Second)
		settle(t, s, a, accepted(a, "77"))
		if got := state(t, s, id); got != fallback.Done {
			t.Errorf("the delivery is %s; want done: its reply was there before", got)
		}
	})
}

func forgotten(t *testing.T, open Opener) {
	bubble(t, open, func(t *testing.T, s Store) {
		req := request("+380501112233", fallback.Service)
		req.Key = "key"
		first := accept(t, s, req)
		time.Sleep(7*24*time.Hour - time.Minute)
		if a := accept(t, s, req); a.ID != first.ID || !a.Replay {
			t.Errorf("a key of almost seven days is forgotten")
		}
		time.Sleep(2 * time.Minute)
		if a := accept(t, s, req); a.ID == first.ID || a.Replay {
			t.Errorf("a key of more than seven days is remembered")
		}
	})
}

// lives plays random lives: every operation in every order, while time passes. After each step an open delivery has an entry
// at exactly its due time, and the check of the whole store finds nothing.
func lives(t *testing.T, open Opener) {
	for seed := range uint64(12) {
		bubble(t, open, func(t *testing.T, s Store) {
			time.Sleep(12 * time.Hour)
			g := &game{t: t, s: s, r: rand.New(rand.NewPCG(seed, 1))}
			for i := range 4 {
				person(t, s, phone(i), fmt.Sprint(i))
			}
			for step := range 120 {
				g.step()
				g.exact()
				if step%20 == 19 {
					check(t, s)
				}
			}
		})
	}
}

// game is one run of random lives.
type game struct {
	t    *testing.T
	s    Store
	r    *rand.Rand
	ids  []bots.ID
	open []*fallback.Attempt // not settled yet
	n    int
}

func phone(i int) string { return fmt.Sprintf("+3805011122%02d", i) }

func (g *game) step() {
	g.n++
	ctx, who := g.t.Context(), g.r.IntN(4)
	var err error
	switch g.r.IntN(10) {
	case 0, 1:
		req := request(phone(who), fallback.Purpose(g.r.IntN(3)))
		req.Text = fmt.Sprint(g.n)
		if g.r.IntN(4) == 0 {
			req.SendAt = time.Now().Add(time.Hour)
		}
		g.ids = append(g.ids, accept(g.t, g.s, req).ID)
	case 2, 3:
		if id := g.any(); id != 0 {
			if a := claim(g.t, g.s, id); a != nil {
				g.open = append(g.open, a)
			}
		}
	case 4, 5:
		g.settle()
	case 6:
		e := wrote(fmt.Sprint("e", g.n), fmt.Sprint(who), "hello")
		e.MessageID = fmt.Sprint(g.n)
		if g.r.IntN(2) == 0 {
			e.On = fmt.Sprint(g.r.IntN(g.n + 1))
		}
		_, err = g.s.Receive(ctx, e, rules(), world())
	case 7:
		_, err = g.s.Cancel(ctx, g.any())
	case 8:
		err = g.come()
	case 9:
		time.Sleep(time.Duration(g.r.Int64N(int64(3 * time.Hour))))
	}
	if err != nil && !errors.Is(err, fallback.ErrUnknownDelivery) {
		g.t.Fatal(err)
	}
}

func (g *game) any() bots.ID {
	if len(g.ids) == 0 {
		return 0
	}
	return g.ids[g.r.IntN(len(g.ids))]
}

func (g *game) settle() {
	if len(g.open) == 0 {
		return
	}
	i := g.r.IntN(len(g.open))
	a := g.open[i]
	g.open = slices.Delete(g.open, i, i+1)
	res := accepted(a, fmt.Sprint(g.n))
	if g.r.IntN(2) == 0 {
		res = fallback.Result{Err: &bots.SendError{Fault: bots.Fault(g.r.IntN(int(bots.Misconfigured) + 1)), RetryAfter: time.Minute}}
	}
	settle(g.t, g.s, a, res)
}

// come does what the loops of the engine do: what is due comes, and stale entries are dropped.
func (g *game) come() error {
	for _, lane := range lanes() {
		due, err := g.s.Due(g.t.Context(), lane, fallback.Entry{}, time.Now(), 100)
		if err != nil {
			return err
		}
		for _, e := range due {
			if err := g.s.Come(g.t.Context(), e.ID, rules(), world()); err != nil {
				return err
			}
		}
		if err := g.s.Drop(g.t.Context(), lane, due); err != nil {
			return err
		}
	}
	return nil
}

// lanes are all that a delivery of these tests can stand in.
func lanes() []fallback.Lane {
	all := []fallback.Lane{fallback.LaneStart, fallback.LaneLease, fallback.LaneGap}
	for _, channel := range []string{bots.Telegram, bots.SMS} {
		for _, p := range fallback.Priorities() {
			all = append(all, fallback.SendLane(channel, p), fallback.WaitLane(channel, p))
		}
	}
	return all
}

// exact looks for the entry of every open delivery, and compares NextDue with Due.
func (g *game) exact() {
	g.t.Helper()
	ctx, far := g.t.Context(), time.Now().Add(1000*time.Hour)
	entries := map[fallback.Lane][]fallback.Entry{}
	for _, lane := range lanes() {
		all, err := g.s.Due(ctx, lane, fallback.Entry{}, far, 1000)
		if err != nil {
			g.t.Fatal(err)
		}
		next, err := g.s.NextDue(ctx, lane)
		if err != nil || len(all) > 0 && !next.Equal(all[0].Due) || len(all) == 0 && !next.IsZero() {
			g.t.Errorf("NextDue(%s) = %v, %v; Due begins with %v", lane, next, err, all)
		}
		if !slices.IsSortedFunc(all, func(a, b fallback.Entry) int { return a.Due.Compare(b.Due) }) {
			g.t.Errorf("Due(%s) is not in order: %v", lane, all)
		}
		entries[lane] = all
	}
	for _, id := range g.ids {
		have, err := g.s.Load(ctx, id)
		if err != nil {
			g.t.Fatal(err)
		}
		d := have.Delivery
		stands := slices.ContainsFunc(entries[d.Lane()], func(e fallback.Entry) bool { return e.ID == id && d.Stands(d.Lane(), e) })
		if stands == d.State.Final() {
			g.t.Errorf("step %d: delivery %s is %s, due %v in lane %q; an entry is there: %v", g.n, id, d.State, d.Due, d.Lane(), stands)
		}
	}
}
