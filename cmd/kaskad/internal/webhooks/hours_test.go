package webhooks_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// wire is a network within the process, on which hours pass at once (testing/synctest).
type wire struct {
	arriving chan net.Conn
	closed   chan struct{}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.arriving:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { close(w.closed); return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case w.arriving <- theirs:
		return ours, nil
	case <-w.closed:
		return nil, fmt.Errorf("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// farRig is webhooks at work, and a program, on such a network.
func farRig(t *testing.T) (*rig, *program) {
	w := &wire{arriving: make(chan net.Conn), closed: make(chan struct{})}
	p := &program{t: t, url: "http://127.0.0.1"}
	server := &http.Server{Handler: p}
	go server.Serve(w)
	r := newRig(t, 1)
	transport := r.Transport()
	transport.DialContext = w.dial
	t.Cleanup(func() {
		r.ending()
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, p
}

func TestAProgramThatIsDownForSixHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p := farRig(t)
		down := time.Now()
		p.answers(func(x *told) int {
			if time.Since(down) < 6*time.Hour {
				return 503
			}
			return 200
		})
		h := r.makes(p)
		const people, minutes = 50, 6*60 + 10
		for n := range minutes {
			for who := range people {
				r.feed.happens(bots.ID(who+1), fmt.Sprintf("message.n%d", n))
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(5 * time.Minute)
		f := r.Figures()
		if len(f) != 1 || f[0].ID != h.ID || f[0].Behind != 0 || f[0].Dead != 0 || !f[0].Failing.IsZero() || f[0].Taken != people*minutes || f[0].Refused == 0 || f[0].Unanswered != 0 || f[0].Lost != 0 {
			t.Errorf("it stands so: %+v", f)
		}
		next, times := map[string]int{}, map[string]int{}
		for _, x := range p.taken() {
			if want := fmt.Sprintf("message.n%d", next[x.Data.Contact]); x.Type != want {
				t.Fatalf("%s got %s, want %s", x.Data.Contact, x.Type, want)
			}
			if times[x.ID]++; times[x.ID] > 1 {
				t.Errorf("%s was told twice", x.ID)
			}
			next[x.Data.Contact]++
		}
		if n := len(p.taken()); n != people*minutes {
			t.Errorf("%d were taken, of %d", n, people*minutes)
		}
		if refused := p.calls() - len(p.taken()); refused > 6*60/4 {
			t.Errorf("it was called %d times while it was down", refused)
		}
		t.Logf("%d changes, %d calls that were refused", people*minutes, p.calls()-len(p.taken()))
	})
}

func TestAProgramThatTakesNothingForDaysIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p := farRig(t)
		p.answers(func(*told) int { return 500 })
		h := r.makes(p)
		for hour := range 24 * 6 {
			r.feed.happens(bots.ID(hour+1), "message.received")
			time.Sleep(time.Hour)
			now, err := r.Get(t.Context(), h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if off := !now.Off.IsZero(); off != (hour >= 24*5) && hour != 24*5 {
				t.Fatalf("after %d hours: %+v", hour+1, now)
			}
			if hour == 24*4 {
				if f := r.Figures(); len(f) != 1 || f[0].Dead == 0 || f[0].Dead > 10 || f[0].Failing.IsZero() || f[0].Behind < 24*3 { // only what was tried for a day is given up
					t.Errorf("after four days it stands so: %+v", f)
				}
			}
		}
		if now, _ := r.Get(t.Context(), h.ID); now.Why != webhooks.OffFailing {
			t.Errorf("it is off, because %q", now.Why)
		}
		if n := p.calls(); n > 24*5*13 {
			t.Errorf("it was called %d times", n)
		}
	})
}

// A change that a program never takes holds up its own conversation and no other, also when it is all that there was to tell for hours.
func TestAConversationThatIsNeverTakenHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p := farRig(t)
		p.answers(func(x *told) int {
			if x.Data.Contact == bots.ID(1).String() {
				return 500
			}
			return 200
		})
		r.makes(p)
		r.feed.happens(1, "message.received", "message.read")
		time.Sleep(4 * time.Hour)
		r.feed.happens(2, "message.received")
		r.feed.happens(3, "message.received")
		time.Sleep(15 * time.Minute)
		if got := p.taken(); len(got) != 2 {
			t.Fatalf("after a quarter of an hour the others had taken %d of 2", len(got))
		}
		time.Sleep(36 * time.Hour)
		if f := r.Figures(); len(f) != 1 || f[0].Dead != 1 || f[0].Place != 1 {
			t.Errorf("a day later it stands so: %+v", f) // the first of two is a dead letter
		}
	})
}

// However much happens in conversations that are not taken, the others are told; and once those are taken, all of it is, in order.
func TestAConversationOfWhichMuchIsNotTakenHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p := farRig(t)
		poison := map[string]bool{}
		for who := range 10 {
			poison[bots.ID(who+1).String()] = true
		}
		p.answers(func(x *told) int {
			if poison[x.Data.Contact] {
				return 500
			}
			return 200
		})
		r.makes(p)
		const many = 400
		for who := range 10 {
			for n := range many {
				r.feed.happens(bots.ID(who+1), fmt.Sprintf("message.n%d", n))
			}
		}
		time.Sleep(time.Hour)
		r.feed.happens(99, "message.n0")
		time.Sleep(15 * time.Minute) // until it is seen that the program is there
		for n := range 300 {
			r.feed.happens(bots.ID(100+n%7), fmt.Sprintf("message.n%d", n/7))
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		if n := len(p.taken()); n != 301 {
			t.Fatalf("the others have taken %d of 301", n)
		}
		if f := r.Figures(); len(f) != 1 || f[0].Place != 0 || f[0].Behind != 10*many+301 {
			t.Errorf("it stands so: %+v", f)
		}
		p.answers(nil)
		time.Sleep(12 * time.Hour) // each has a wait of its own by now
		next := map[string]int{}
		for _, x := range p.taken() {
			if want := fmt.Sprintf("message.n%d", next[x.Data.Contact]); x.Type != want {
				t.Fatalf("%s got %s, want %s", x.Data.Contact, x.Type, want)
			}
			next[x.Data.Contact]++
		}
		if f := r.Figures(); len(p.taken()) != 301+10*many || f[0].Behind != 0 || f[0].Waiting != 0 || f[0].Lost != 0 {
			t.Errorf("%d of %d were taken; it stands so: %+v", len(p.taken()), 301+10*many, f)
		}
	})
}
