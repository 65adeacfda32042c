// Package demo shows the whole program on one machine without accounts: simulated messengers and an SMS provider on loopback,
// speaking the real wire protocols, with sample customers behind them who read, ignore, reply, press, react and block.
//
// It talks to the gateway as a retailer's system would: over the HTTP API with a key, nothing else. The customers are the fixed
// ones, or as many as one likes, drawn by stated chances (Chances) and a seed: the same seed, the same people, the same deeds. What
// becomes of their messages is shown in one of three ways: a view of a whole terminal (Show), a line for each thing that happens
// (Narrate), or the table in the end alone (Play).
//
// It is also what test keys send to, in a gateway that serves: TestWorld, with people who come into being when something is sent to them.
//
// It keeps nothing on disk: a world is in memory until its Close, and a TestWorld only the newest of everything.
//
// It never touches the gateway's store, never calls anything but loopback addresses, and never leaves a terminal otherwise than it
// found it.
package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
	"kaskad/bots/simulator/whatsapp"
)

// Options say how fast the people live, and who they are.
type Options struct {
	Speed     float64 // delays and waits are divided by it
	Seed      uint64
	Customers int // drawn ones; 0: the fixed ones
}

// crowd are the customers.
func (o Options) crowd() []person {
	if o.Customers == 0 {
		return customers()
	}
	return draw(o.Seed, o.Customers)
}

// World is the simulated messengers with the people behind them.
type World struct {
	Telegram *telegram.Server
	Viber    *viber.Server
	WhatsApp *whatsapp.Server
	Cloud    *graph.Server // nil: nobody is on the WhatsApp Business Platform
	SMS      *sms.Server
	opt      Options
	people   []person
	board    *board
	acts     *acts
}

// Start starts the servers.
func Start(o Options) (*World, error) {
	// What a messenger takes in a second it takes in a second of the customers' time.
	tg, err := telegram.New(telegram.Options{Speed: o.Speed, Seed: o.Seed, Name: "Kaskad demo", Rate: 30 * max(1, o.Speed), ChatRate: max(1, o.Speed)})
	if err != nil {
		return nil, err
	}
	vb, err := viber.New(viber.Options{Speed: o.Speed, Seed: o.Seed, Name: "Kaskad demo"})
	if err != nil {
		return nil, errors.Join(err, tg.Close())
	}
	wa, err := startWhatsApp(o)
	if err != nil {
		return nil, errors.Join(err, tg.Close(), vb.Close())
	}
	provider, err := sms.New(sms.Options{Speed: o.Speed, Seed: o.Seed, Price: 92, Currency: "UAH", Balance: 1_000_000})
	if err != nil {
		return nil, errors.Join(err, tg.Close(), vb.Close(), wa.Close())
	}
	w := &World{Telegram: tg, Viber: vb, WhatsApp: wa, SMS: provider, opt: o, people: o.crowd(), acts: &acts{speed: o.Speed}}
	w.board = newBoard(w.people, o.Speed)
	if err := w.settle(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close ends the servers.
func (w *World) Close() error {
	err := errors.Join(w.Telegram.Close(), w.Viber.Close(), w.WhatsApp.Close(), w.SMS.Close())
	if w.Cloud != nil {
		err = errors.Join(err, w.Cloud.Close())
	}
	return err
}

// settle puts the people behind their messengers, but for WhatsApp: there everybody is a client that logs in when it joins.
func (w *World) settle() (err error) {
	if w.Cloud, err = startCloud(w.opt, w.people, w.acts); err != nil {
		return err
	}
	for _, p := range w.people {
		if p.chat != 0 {
			err := w.Telegram.AddPerson(telegram.Person{ID: p.chat, FirstName: p.name, LanguageCode: "uk", Phone: p.phone, Habits: w.acts.telegram(p.habits)})
			if err != nil {
				return err
			}
		}
		if p.viber != "" {
			err := w.Viber.AddPerson(viber.Person{ID: p.viber, Name: p.name, Phone: strings.TrimPrefix(p.phone, "+"), Habits: w.acts.viber(p.viberHabits)})
			if err != nil {
				return err
			}
		}
		if p.phone != "" {
			if err := w.SMS.AddPerson(sms.Person{Phone: p.phone, Habits: p.phoneHabits, Unreachable: p.offNet}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Play sends the bonus and waits for its end, in silence.
func (w *World) Play(ctx context.Context, shop Shop) (*Report, error) {
	err := w.play(ctx, shop, nil)
	r := w.report(time.Now())
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("the demo was ended while %d of %d messages were on their way: %w", r.Open, len(w.people), context.Cause(ctx))
	}
	return r, err
}

// acts knows until when somebody is going to do something: a deed may come long after its delivery ended.
type acts struct {
	speed  float64
	mu     sync.Mutex
	until  time.Time
	failed error
}

// fail notes that somebody could not do what they were going to do: the demo is not the one that was meant.
func (a *acts) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed = errors.Join(a.failed, err)
}

func (a *acts) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed
}

// plan notes a deed some time from now.
func (a *acts) plan(after time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at := time.Now().Add(time.Duration(float64(after) / a.speed)); at.After(a.until) {
		a.until = at
	}
}

// end is when the last deed is done.
func (a *acts) end() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until
}

func (a *acts) telegram(h telegram.Habits) telegram.Habits {
	return func(m telegram.Message, dice *rand.Rand) []telegram.Act {
		does := h(m, dice)
		for _, act := range does {
			a.plan(act.After)
		}
		return does
	}
}

func (a *acts) viber(h viber.Habits) viber.Habits {
	return func(m viber.Message, dice *rand.Rand) []viber.Act {
		does := h(m, dice)
		for _, act := range does {
			a.plan(act.After)
		}
		return does
	}
}

func nap(ctx context.Context) error { return pause(ctx, 20*time.Millisecond) }

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
