package webhooks_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	library "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/cmd/kaskad/internal/webhooks/webhookstest"
)

// The signature is that of the specification's example, and the library that receivers use takes it.
func TestSignatures(t *testing.T) {
	header := http.Header{}
	secret := webhooks.Secret{Key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	if err := webhooks.Sign(header, "msg_p5jXN8AQM9LWM0D4loKWxJek", []byte(`{"test": 2432232314}`), []webhooks.Secret{secret}, time.Unix(1614265330, 0)); err != nil {
		t.Fatal(err)
	}
	if got := header.Get("webhook-signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("it is signed %s", got)
	}
	r := newRig(t, 1)
	p := newProgram(t)
	h := r.makes(p)
	r.feed.happens(7, "message.received")
	r.until("a call", func() bool { return len(p.taken()) == 1 })
	fresh, err := r.Rotate(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.feed.happens(7, "message.edited")
	r.until("a call", func() bool { return len(p.taken()) == 2 })
	last := p.taken()[1]
	for _, key := range []string{h.Secrets[0].Key, fresh.Secrets[0].Key} {
		v, err := library.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(last.Body, last.Header); err != nil {
			t.Errorf("the library does not take it by a secret that counts: %v", err)
		}
		if err := v.Verify(append(last.Body, ' '), last.Header); err == nil {
			t.Error("the library takes another body")
		}
	}
	if last.Type != "message.edited" || last.Data.Contact != bots.ID(7).String() || last.Data.Change != "2" || last.Timestamp.IsZero() {
		t.Errorf("it says %s", last.Body)
	}
	again, err := r.Rotate(t.Context(), h.ID)
	if err != nil || len(again.Secrets) != 2 || again.Secrets[1].Key != fresh.Secrets[0].Key {
		t.Errorf("after another one %d secrets count: %v", len(again.Secrets), err)
	}
}

func TestOfOneConversationWhatHappenedFirstIsToldFirst(t *testing.T) {
	r := newRig(t, 0.002)
	p := newProgram(t)
	refused := 0
	p.answers(func(x *told) int {
		if x.Data.Change == "1" && refused < 3 {
			refused++
			return 500
		}
		return 200
	})
	r.makes(p)
	r.feed.happens(7, "message.received", "message.edited", "message.deleted")
	r.feed.happens(8, "message.received", "message.edited")
	r.until("all", func() bool { return len(p.taken()) == 5 })
	var of7, of8 []string
	for _, x := range p.taken() {
		if x.Data.Contact == bots.ID(7).String() {
			of7 = append(of7, x.ID)
		} else {
			of8 = append(of8, x.ID)
		}
	}
	if got := fmt.Sprint(of7, of8); got != "[chg_1 chg_2 chg_3] [chg_4 chg_5]" {
		t.Errorf("taken were %s", got)
	}
	if i := slices.Index(ids(p.taken()), "chg_1"); i < 2 {
		t.Errorf("one conversation waited for the other: %v", ids(p.taken()))
	}
}

func TestAProgramThatIsDownGetsEverythingOnce(t *testing.T) {
	r := newRig(t, 0.002)
	p := newProgram(t)
	p.answers(func(*told) int { return 503 })
	h := r.makes(p)
	const people, each = 40, 25
	for n := range each {
		for who := range people {
			r.feed.happens(bots.ID(who+1), fmt.Sprintf("message.n%d", n))
		}
	}
	r.until("it to fail for a while", func() bool { s, _, _ := r.Stands(h.ID); return p.calls() > webhooks.Down+8 && !s.Failing.IsZero() })
	if _, failing := r.Failing(); !failing {
		t.Error("nobody is told that it fails")
	}
	r.restarts(false)
	r.until("it to fail on", func() bool { return p.calls() > webhooks.Down+16 })
	if n := p.calls(); n > 200 {
		t.Errorf("it was called %d times while it was down", n)
	}
	p.answers(nil)
	r.until("everything", func() bool { return len(p.taken()) >= people*each })
	next := map[string]int{}
	for _, x := range p.taken() {
		if want := fmt.Sprintf("message.n%d", next[x.Data.Contact]); x.Type != want {
			t.Fatalf("%s got %s, want %s", x.Data.Contact, x.Type, want)
		}
		next[x.Data.Contact]++
	}
	if n := len(p.taken()); n != people*each {
		t.Errorf("%d were taken, of %d", n, people*each)
	}
}

func TestACrashRepeatsUnderTheSameId(t *testing.T) {
	r := newRig(t, 1)
	p := newProgram(t)
	h := r.makes(p)
	for n := range 300 {
		r.feed.happens(bots.ID(n%5+1), "message.received")
	}
	r.until("some", func() bool { return len(p.taken()) > 100 })
	r.restarts(true)
	r.until("all", func() bool {
		s, _, _ := r.Stands(h.ID)
		return s.Place == 300 && s.Waiting == 0
	})
	all := ids(p.taken())
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 300 {
		t.Errorf("%d changes were told, of 300", n)
	}
	n := len(p.taken())
	r.restarts(false)
	r.feed.happens(1, "message.received")
	r.until("the next", func() bool { return slices.Contains(ids(p.taken()), "chg_301") })
	if got := len(p.taken()); got != n+1 {
		t.Errorf("after a stop %d calls were made for one change", got-n)
	}
}

func TestWhatIsRefusedForADayIsADeadLetter(t *testing.T) {
	r := newRig(t, 0.00001) // a day is 0.9 s
	p := newProgram(t)
	p.answers(func(x *told) int {
		if x.Data.Change == "2" {
			return 400
		}
		return 200
	})
	h := r.makes(p)
	r.feed.happens(7, "message.received", "message.edited", "message.deleted")
	r.until("the conversation to go on", func() bool { return slices.Equal(ids(p.taken()), []string{"chg_1", "chg_3"}) })
	dead, err := r.DeadOf(t.Context(), h.ID, 0, 0)
	if err != nil || len(dead) != 1 || dead[0].Change != 2 || dead[0].Why != "status 400" || dead[0].What.Type != "message.edited" {
		t.Fatalf("dead letters are %+v (%v)", dead, err)
	}
	counted := func(want int) func() bool {
		return func() bool { f := r.Figures(); return len(f) == 1 && f[0].Dead == want }
	}
	if n, err := r.Raise(t.Context(), h.ID, 0); n != 1 || err != nil {
		t.Errorf("%d were raised: %v", n, err)
	}
	r.until("it to be given up again", func() bool {
		dead, err := r.DeadOf(t.Context(), h.ID, 0, 0)
		return err == nil && len(dead) == 1 && !dead[0].Again && r.idle(h.ID)
	})
	r.until("it to be counted once", counted(1))
	p.answers(nil)
	if _, err := r.Raise(t.Context(), h.ID, 5); !errors.Is(err, webhooks.ErrNotDead) {
		t.Errorf("a letter that is not there: %v", err)
	}
	if n, err := r.Raise(t.Context(), h.ID, 0); n != 1 || err != nil {
		t.Errorf("%d were raised: %v", n, err)
	}
	r.until("it to be told", func() bool { return slices.Contains(ids(p.taken()), "chg_2") })
	r.until("it to be gone", func() bool { dead, _ := r.DeadOf(t.Context(), h.ID, 0, 0); return len(dead) == 0 })
	r.until("it to be counted no more", counted(0))
	if err := r.Drop(t.Context(), h.ID); err != nil {
		t.Error(err)
	}
	if _, err := r.Get(t.Context(), h.ID); !errors.Is(err, webhooks.ErrUnknown) {
		t.Errorf("a webhook that was dropped: %v", err)
	}
}

func TestWhatAProgramAnswers(t *testing.T) {
	t.Run("410 ends it, and somebody can enable it again", func(t *testing.T) {
		r := newRig(t, 0.002)
		p := newProgram(t)
		p.answers(func(*told) int { return http.StatusGone })
		h := r.makes(p)
		r.feed.happens(7, "message.received")
		r.until("it to be off", func() bool { h, _ := r.Get(t.Context(), h.ID); return h.Why == webhooks.OffGone })
		r.until("it to end", func() bool { _, _, on := r.Stands(h.ID); return !on })
		n := p.calls()
		p.answers(nil)
		r.feed.happens(7, "message.edited")
		time.Sleep(200 * time.Millisecond)
		if p.calls() != n {
			t.Error("it is told all the same")
		}
		if _, err := r.Change(t.Context(), h.ID, func(h *webhooks.Hook) { h.Off, h.Why = time.Time{}, "" }); err != nil {
			t.Fatal(err)
		}
		r.until("what it missed", func() bool { return slices.Equal(ids(p.taken()), []string{"chg_1", "chg_2"}) })
	})
	t.Run("Retry-After is kept to", func(t *testing.T) {
		r := newRig(t, 0.0001)
		p := newProgram(t)
		first := true
		p.answers(func(*told) int {
			if first {
				first = false
				return http.StatusTooManyRequests
			}
			return 200
		})
		r.makes(p)
		begun := time.Now()
		r.feed.happens(7, "message.received")
		r.until("it to be taken", func() bool { return len(p.taken()) == 1 })
		if took := time.Since(begun); took < time.Second {
			t.Errorf("it was called again after %s", took)
		}
	})
	t.Run("a redirect is not followed", func(t *testing.T) {
		r := newRig(t, 0.01)
		p := newProgram(t)
		p.answers(func(*told) int { return http.StatusFound })
		h := r.makes(p)
		r.feed.happens(7, "message.received")
		r.until("two tries", func() bool { return p.calls() > 1 })
		_, calls, _ := r.Stands(h.ID)
		if len(calls) == 0 || calls[0].Error != "status 302" || strings.Contains(fmt.Sprint(calls), "127.0.0.1") {
			t.Errorf("the calls are %+v", calls)
		}
	})
	t.Run("it is told only of what it wants", func(t *testing.T) {
		r := newRig(t, 1)
		p := newProgram(t)
		r.makes(p, "delivery.*", "contact.created")
		r.feed.happens(7, "message.received", "delivery.done", "contact.created", "contact.updated", "delivery.failed")
		r.until("three", func() bool { return len(p.taken()) == 3 })
		time.Sleep(100 * time.Millisecond)
		if got := ids(p.taken()); !slices.Equal(got, []string{"chg_2", "chg_3", "chg_5"}) {
			t.Errorf("it was told %v", got)
		}
	})
	t.Run("it can be told everything anew", func(t *testing.T) {
		r := newRig(t, 1)
		p := newProgram(t)
		h := r.makes(p)
		r.feed.happens(7, "message.received", "message.edited")
		r.until("two", func() bool { return len(p.taken()) == 2 })
		for range 2 { // also twice from the same place
			n := len(p.taken())
			if _, err := r.Rewind(t.Context(), h.ID, 1); err != nil {
				t.Fatal(err)
			}
			r.until("the second once more", func() bool { return len(p.taken()) == n+1 && p.taken()[n].ID == "chg_2" })
		}
		r.feed.mu.Lock()
		r.feed.first = 2
		r.feed.mu.Unlock()
		if _, err := r.Rewind(t.Context(), h.ID, 0); !errors.Is(err, webhooks.ErrTooOld) {
			t.Errorf("to what is not kept: %v", err)
		}
		if _, err := r.Rewind(t.Context(), h.ID, 9); !errors.Is(err, webhooks.ErrAhead) {
			t.Errorf("to what is not there: %v", err)
		}
	})
}

// Nothing leads into a network that was not allowed, neither an address nor what a name means when it is called.
func TestWhereNobodyIsCalled(t *testing.T) {
	r := newRig(t, 1)
	p := newProgram(t)
	closed := webhooks.New(webhooks.Options{Feed: r.feed, Hooks: webhookstest.New(), Places: webhookstest.New(), Dead: webhookstest.New()})
	for address, ok := range map[string]bool{
		"https://shop.example/hook": true, "http://shop.example/hook": false, "https://u:p@shop.example/": false, "ftp://shop.example": false, "https:///x": false,
		"https://127.0.0.1/": false, "https://[::1]/": false, "https://169.254.169.254/latest": false, "https://10.0.0.1/": false, "https://[::ffff:10.0.0.1]/": false, "https://8.8.8.8/": true, "http://8.8.8.8/": false, "not an address": false,
	} {
		if err := closed.Acceptable(address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := r.Acceptable("http://127.0.0.1:8080/hook"); err != nil {
		t.Errorf("of a network that is allowed: %v", err)
	}
	for _, address := range []string{p.url, strings.Replace(p.url, "127.0.0.1", "localhost", 1)} {
		h := webhooks.Hook{ID: "wh_x", URL: address, Secrets: []webhooks.Secret{webhooks.FreshSecret()}}
		if text, err := closed.Call(t.Context(), &h); !errors.Is(err, bots.ErrForbiddenAddress) || strings.Contains(text, "127.0.0.1") {
			t.Errorf("%s: %v, %s", address, err, text)
		}
	}
	if p.calls() != 0 {
		t.Error("it was called")
	}
}

// Who was told that everything is told again is not forgotten because the program ends in that moment.
func TestAProgramThatEndsWhenItIsSetBack(t *testing.T) {
	r := newRig(t, 0.002)
	p := newProgram(t)
	h := r.makes(p)
	r.feed.happens(7, "message.received")
	for n := range 100 {
		r.until("it to be told", func() bool { return len(p.taken()) > n })
		r.until("the place", func() bool { s, _, _ := r.Stands(h.ID); return s.Place == 1 && s.Waiting == 0 })
		if _, err := r.Rewind(t.Context(), h.ID, 0); err != nil {
			t.Fatal(err)
		}
		r.restarts(false)
	}
	r.until("it to be told once more", func() bool { return len(p.taken()) > 100 })
}

// What was put off of a conversation is told after a crash, too.
func TestWhatWasPutOffIsToldAfterACrash(t *testing.T) {
	for _, crash := range []bool{false, true} {
		r := newRig(t, 0.05)
		p := newProgram(t)
		p.answers(func(x *told) int {
			if x.Data.Contact == bots.ID(7).String() {
				return 500
			}
			return 200
		})
		h := r.makes(p)
		for n := range 200 {
			r.feed.happens(7, fmt.Sprintf("message.n%d", n))
		}
		r.feed.happens(8, "message.received")
		r.until("the other conversation", func() bool { return len(p.taken()) == 1 })
		r.until("the place", func() bool {
			raw, err := r.Places.Get(t.Context(), h.ID)
			return err == nil && strings.Contains(string(raw), `"read":201`)
		})
		p.answers(nil)
		r.restarts(crash)
		seen := func() (list []string) {
			for _, x := range p.taken() {
				if x.Data.Contact == bots.ID(7).String() && !slices.Contains(list, x.Type) {
					list = append(list, x.Type)
				}
			}
			return list
		}
		r.until("all of it", func() bool { return len(seen()) == 200 })
		for n, what := range seen() {
			if want := fmt.Sprintf("message.n%d", n); what != want {
				t.Fatalf("crash %v: change %d is %s, want %s", crash, n, what, want)
			}
		}
	}
}
