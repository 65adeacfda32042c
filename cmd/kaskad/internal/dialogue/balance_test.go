package dialogue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

var known = &bots.Contact{ID: 7, ExternalID: "C-1", Phone: "+380501112233"}

func balances(ask Lookup, atOnce int) *Balances {
	return NewBalances(&Balances{Ask: ask, Card: true, Timeout: 3 * time.Second, Keep: time.Minute, Log: slog.New(slog.DiscardHandler)}, atOnce)
}

func TestAnAnswerIsGoodForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		b := balances(func(context.Context, string, string) (string, error) { asked++; return "5", nil }, 1)
		for _, after := range []time.Duration{0, 59 * time.Second, 2 * time.Second} {
			time.Sleep(after)
			if v, err := b.of(t.Context(), known); v != "5" || err != nil {
				t.Errorf("of = %q, %v", v, err)
			}
		}
		other := *known
		other.ExternalID = "C-2" // the same person with another card
		if _, err := b.of(t.Context(), &other); err != nil || asked != 3 {
			t.Errorf("asked %d times, %v; want 3", asked, err)
		}
	})
}

func TestASystemThatFailsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, up := 0, false
		b := balances(func(context.Context, string, string) (string, error) {
			if asked++; up {
				return "5", nil
			}
			return "", errors.New("no")
		}, 1)
		for range 10 {
			b.of(t.Context(), known)
		}
		if asked != maxMisses {
			t.Errorf("asked %d times, want %d", asked, maxMisses)
		}
		up = true
		if _, err := b.of(t.Context(), known); !errors.Is(err, errShut) {
			t.Errorf("asked at once: %v", err)
		}
		time.Sleep(shutFor)
		if v, err := b.of(t.Context(), known); v != "5" || err != nil {
			t.Errorf("after a while: %q, %v", v, err)
		}
	})
}

func TestSomebodyWhomTheSystemDoesNotKnowShutsItForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		b := balances(func(_ context.Context, card, _ string) (string, error) {
			if asked++; card == "C-1" {
				return "5", nil
			}
			return "", fmt.Errorf("%w: status 404", ErrNothing)
		}, 1)
		for range 2 * maxMisses {
			if v, err := b.of(t.Context(), &bots.Contact{ID: 8, ExternalID: "C-none"}); v != "" || !errors.Is(err, ErrNothing) {
				t.Fatalf("of = %q, %v; want that there is nothing", v, err)
			}
			time.Sleep(b.Keep / 2)
		}
		if asked != maxMisses {
			t.Errorf("asked %d times, want %d: it is good for a while, too", asked, maxMisses)
		}
		if v, err := b.of(t.Context(), known); v != "5" || err != nil {
			t.Errorf("another person: %q, %v", v, err)
		}
	})
}

func TestFewAreAskedAboutAtOnceAndNobodyWaitsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		b := balances(func(ctx context.Context, _, _ string) (string, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-ctx.Done() // a system that hangs
			return "", ctx.Err()
		}, 2)
		var all sync.WaitGroup
		began := time.Now()
		for id := range 20 {
			all.Go(func() {
				if _, err := b.of(t.Context(), &bots.Contact{ID: bots.ID(id + 1), ExternalID: "C"}); err == nil {
					t.Error("an answer from a system that hangs")
				}
			})
		}
		all.Wait()
		if most.Load() > 2 || time.Since(began) > 3*time.Second {
			t.Errorf("%d at once, %v", most.Load(), time.Since(began))
		}
	})
}

func TestWhoCanBeAskedAbout(t *testing.T) {
	b := &Balances{Card: true, Phone: true}
	for name, c := range map[string]struct {
		contact bots.Contact
		want    bool
	}{
		"a card and a phone":                       {bots.Contact{ExternalID: "C-1", Phone: "+1"}, true},
		"a phone that is only the person's word":   {bots.Contact{ExternalID: "C-1", Phone: "+1", PhoneClaimed: true}, false},
		"a stranger":                               {bots.Contact{}, false},
		"a proven phone, where the card is wanted": {bots.Contact{Phone: "+1"}, false},
		"a card without the phone that is wanted":  {bots.Contact{ExternalID: "C-1"}, false},
	} {
		if got := b.can(&c.contact); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
	if (*Balances)(nil).can(known) {
		t.Error("without a system nobody can be asked about")
	}
}
