package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// ledger is durable state: messages, in the order of their steps.
type ledger struct {
	all   []Awaited
	fails func() error
	asks  int
}

func (l *ledger) Awaited(_ context.Context, sender string, since time.Time, after bots.ID, limit int) ([]Awaited, error) {
	l.asks++
	if sender != "sms/main" {
		return nil, errors.New("nothing of " + sender)
	}
	if l.fails != nil && l.fails() != nil {
		return nil, l.fails()
	}
	var page []Awaited
	for _, m := range l.all {
		if m.Step > after && m.SentAt.After(since) && len(page) < limit {
			page = append(page, m)
		}
	}
	return page, nil
}

func (l *ledger) add(n int, age time.Duration) {
	for range n {
		step := bots.ID(len(l.all) + 1)
		l.all = append(l.all, Awaited{ID: fmt.Sprintf("m%d", step), Step: step, Phone: anna, SentAt: time.Now().Add(-age)})
	}
}

// run lets a poller work for a while, and returns what it asked about, a line per request.
func run(t *testing.T, r *Poller, l *ledger, d time.Duration, receive func(context.Context, bots.Batch) error) (asked []string) {
	t.Helper()
	start := time.Now()
	answer := r.ask
	r.name, r.waiting, r.log = "sms/main", l, slog.New(slog.DiscardHandler)
	r.ask = func(ctx context.Context, about []Awaited) (bots.Batch, error) {
		var ids []string
		for _, m := range about {
			ids = append(ids, m.ID)
		}
		asked = append(asked, strings.TrimSpace(time.Since(start).String()+" "+strings.Join(ids, ",")))
		return answer(ctx, about)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := r.Run(ctx, receive); err != nil {
		t.Errorf("Run = %v", err)
	}
	return asked
}

func silent(context.Context, []Awaited) (bots.Batch, error) { return bots.Batch{}, nil }

func never(context.Context, bots.Batch) error { return errors.New("nothing was to be received") }

func TestPollerAsksByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		l.add(1, time.Second)
		asked := run(t, &Poller{every: time.Minute, batch: 1, ask: silent}, l, 71*time.Hour, never)
		within := func(from, to time.Duration) (n int) {
			for _, line := range asked {
				at, err := time.ParseDuration(strings.Fields(line)[0])
				if err != nil {
					t.Fatal(err)
				}
				if at >= from && at < to {
					n++
				}
			}
			return n
		}
		if n := within(0, 10*time.Minute); n != 10 {
			t.Errorf("asked %d times in the first ten minutes, want 10", n)
		}
		if n := within(10*time.Minute, 2*time.Hour); n != 11 {
			t.Errorf("asked %d times until two hours, want 11", n)
		}
		if n := within(2*time.Hour, 12*time.Hour); n != 10 {
			t.Errorf("asked %d times in the next ten hours, want 10", n)
		}
	})
}

func TestPollerForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		l.add(1, 73*time.Hour)
		if asked := run(t, &Poller{every: time.Minute, batch: 1, ask: silent}, l, 3*time.Hour, never); len(asked) != 0 {
			t.Errorf("asked %v about a message of three days", asked)
		}
	})
}

func TestPollerPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		l.add(2*pollPage+5, 0)
		l.all[3].ID = "" // nothing that could be asked about
		asked := run(t, &Poller{every: time.Minute, batch: 100, ask: silent}, l, time.Second, never)
		var ids []string
		for _, line := range asked {
			_, list, _ := strings.Cut(line, " ")
			ids = append(ids, strings.Split(list, ",")...)
		}
		slices.Sort(ids)
		if len(asked) != 21 || len(slices.Compact(ids)) != 2*pollPage+4 || l.asks != 3 {
			t.Errorf("%d requests about %d messages from %d pages; want 21, %d, 3", len(asked), len(ids), l.asks, 2*pollPage+4)
		}
	})
}

// A restart forgets nothing: another poller asks about the same messages at once.
func TestPollerRemembersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		l.add(2, 0)
		for range 2 {
			if asked := run(t, &Poller{every: time.Minute, batch: 10, ask: silent}, l, time.Second, never); !slices.Equal(asked, []string{"0s m1,m2"}) {
				t.Errorf("asked %v", asked)
			}
		}
	})
}

func TestPollerGoesOn(t *testing.T) {
	delivered := bots.Batch{Events: []bots.Event{{ID: "e"}}}
	cases := map[string]struct {
		ledgerErr, askErr, receiveErr error
	}{
		"after the provider failed":   {askErr: errors.New("busy")},
		"after our store failed":      {receiveErr: errors.New("disk")},
		"after a page was not there":  {ledgerErr: errors.New("disk")},
		"where everything is in tune": {},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				while := func(err error) error { // the trouble lasts two and a half minutes
					if time.Since(start) < 150*time.Second {
						return err
					}
					return nil
				}
				l := &ledger{fails: func() error { return while(tc.ledgerErr) }}
				l.add(1, 0)
				received, rounds := 0, 0
				r := &Poller{every: time.Minute, batch: 1, ask: func(context.Context, []Awaited) (bots.Batch, error) { return delivered, while(tc.askErr) }}
				run(t, r, l, 5*time.Minute-time.Second, func(context.Context, bots.Batch) error {
					rounds++
					if while(tc.receiveErr) != nil {
						return tc.receiveErr
					}
					received++
					return nil
				})
				if want := 2; received < want {
					t.Errorf("received %d batches in %d rounds, want at least %d", received, rounds, want)
				}
			})
		})
	}
}

// What is told once must not be lost: it is handed on until it is stored, and asked for no further before.
func TestPollerKeepsNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news := []string{"a", "b"}
		r := &Poller{every: time.Minute, fresh: true, ask: func(context.Context, []Awaited) (bots.Batch, error) {
			if len(news) == 0 {
				return bots.Batch{}, nil
			}
			first := news[0]
			news = news[1:]
			return bots.Batch{Events: []bots.Event{{ID: first}}}, nil
		}}
		var tried, got []string
		asked := run(t, r, nil, 50*time.Second, func(_ context.Context, b bots.Batch) error {
			tried = append(tried, b.Events[0].ID)
			if len(tried) < 3 {
				return errors.New("disk full")
			}
			got = append(got, b.Events[0].ID)
			return nil
		})
		if !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(tried, []string{"a", "a", "a", "b"}) || len(asked) != 3 {
			t.Errorf("stored %v of %v, asked %v", got, tried, asked)
		}
	})
}

// Who polls: where nobody can call us, where there is nothing to call, and where nobody has seen the calls work.
func TestWhoPolls(t *testing.T) {
	news := &ledger{}
	for name, want := range map[string][3]bool{ // with reports, without, and with reports that somebody has seen
		"turbosms": {true, true, false}, "smsc": {true, true, false}, "smsru": {false, true, false}, "twilio": {false, true, false},
		"infobip": {false, true, false}, "decision": {true, true, true}, "alphasms": {true, true, true}, "kannel": {false, false, false},
	} {
		cfg := presetAt(name, "https://sms.example.com")
		deaf, seen := cfg, cfg
		deaf.Deaf, seen.Unverified = true, []string{}
		for i, c := range []Config{cfg, deaf, seen} {
			p := newProvider(t, c)
			if got := p.Polls(); got != want[i] || (p.Poller(news, nil) != nil) != want[i] {
				t.Errorf("%s, case %d: Polls = %v, want %v", name, i, got, want[i])
			}
		}
		// Nothing is promised of what nobody brings and nobody asks for.
		if l := newProvider(t, deaf).Limits(); l.Reports != bots.Accepted || l.CanEngage || l.WayBack {
			t.Errorf("%s, deaf: Limits = %+v", name, l)
		}
		deaf.Polled = true
		if l := newProvider(t, deaf).Limits(); (l.Reports == bots.Delivered) != want[1] {
			t.Errorf("%s, polled: Limits = %+v", name, l)
		}
	}
	if p := newProvider(t, presetAt("decision", "https://sms.example.com")); p.Poller(nil, nil) != nil {
		t.Error("a poller without anything to ask about")
	}
}
