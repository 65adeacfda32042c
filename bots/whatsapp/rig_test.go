package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

const (
	shop  = "+380441112233"
	anna  = "+380501112233"
	borys = "+380501112234"
)

// longest is how long anything may take before a test gives up; nothing waits that long unless it is broken.
const longest = time.Minute

// rig is a WhatsApp with a shop in it, and the shop's bot.
type rig struct {
	t    *testing.T
	s    *simulator.Server
	dir  string
	cfg  Config
	opt  Options
	bot  *Bot
	got  *sink
	logs *logs
	stop func() // ends Run and waits for it
}

func needs(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	t.Cleanup(cancel)
	return ctx
}

// shortPauses are the times of a session on a loopback interface.
func shortPauses() pauses {
	return pauses{
		connect: longest, quiet: 10 * time.Second, beat: 20 * time.Millisecond, dead: time.Minute, stuck: time.Minute,
		first: 10 * time.Millisecond, most: 50 * time.Millisecond, refused: 20 * time.Millisecond, rarest: 50 * time.Millisecond,
		code: 20 * time.Second, codes: 20 * time.Second,
	}
}

// newRig is a bot whose phone is not paired yet.
func newRig(t *testing.T) *rig {
	t.Helper()
	if underRace && os.Getenv("KASKAD_RACE_WHATSAPP") == "" {
		t.Skip("whatsmeow races with itself when a connection ends; .ci/whatsapp-races tells its races from ours")
	}
	needs(t, simulator.Trust())
	s, err := simulator.New(simulator.Options{})
	needs(t, err)
	t.Cleanup(func() { needs(t, s.Close()) })
	needs(t, s.AddAccount(shop, "900001"))
	r := &rig{t: t, s: s, dir: t.TempDir(), cfg: DefaultConfig(), got: newSink(), logs: &logs{}}
	r.opt = Options{Dir: r.dir, Client: s.Client(), Name: "Крамниця", IDs: "key", Log: slog.New(slog.NewTextHandler(r.logs, nil))}
	r.open()
	t.Cleanup(func() { r.close() })
	return r
}

// pairedRig is a bot whose phone is paired.
func pairedRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.provision()
	return r
}

// provision pairs the phone behind the bot's back. It uploads few keys: 812 of them, which every real pairing here uploads, take longer to
// make than most tests take for all else.
func (r *rig) provision() {
	r.t.Helper()
	needs(r.t, r.s.Alter(shop, func(a *simulator.Traits) { a.FewKeys = true }))
	dev, err := r.s.Provision(r.t.Context(), r.bot.container, shop, 1)
	needs(r.t, err)
	needs(r.t, r.bot.know(r.t.Context(), dev))
}

func (r *rig) open() {
	r.t.Helper()
	r.opt.Dir = r.dir
	bot, err := Open(r.t.Context(), r.cfg, r.opt)
	needs(r.t, err)
	bot.pauses = shortPauses()
	r.bot = bot
}

func (r *rig) close() {
	r.t.Helper()
	if r.bot == nil {
		return
	}
	if r.stop != nil {
		r.stop()
	}
	needs(r.t, r.bot.Close())
	r.bot = nil
}

// run starts Run.
func (r *rig) run() *rig {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	bot, done := r.bot, make(chan error, 1)
	go func() { done <- bot.Run(ctx, r.got.receive) }()
	r.stop = func() {
		r.t.Helper()
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run = %v; it ends without an error", err)
		}
		r.stop = nil
	}
	return r
}

// up is a paired bot that is connected.
func up(t *testing.T) *rig {
	t.Helper()
	r := pairedRig(t).run()
	r.await(Connected)
	return r
}

// await waits for a state.
func (r *rig) await(want string) bots.Standing {
	r.t.Helper()
	return r.standing(want, func(s bots.Standing) bool { return s.State == want })
}

func (r *rig) standing(want string, match func(bots.Standing) bool) bots.Standing {
	r.t.Helper()
	ctx := soon(r.t)
	for {
		s, changed := r.bot.state()
		if match(s) {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			r.t.Fatalf("the state is %+v; want %s", s, want)
		}
	}
}

func (r *rig) customer(phone, lid string) *simulator.Customer {
	r.t.Helper()
	c, err := r.s.AddCustomer(soon(r.t), simulator.Person{Phone: phone, LID: lid})
	needs(r.t, err)
	return c
}

func (r *rig) says(c *simulator.Customer, words string) string {
	r.t.Helper()
	id, err := c.Say(soon(r.t), shop, words)
	needs(r.t, err)
	return id
}

// taken waits until WhatsApp keeps nothing for us.
func (r *rig) taken() {
	r.t.Helper()
	needs(r.t, r.s.WaitTaken(soon(r.t), shop, 1))
}

// sink is the program behind the bot.
type sink struct {
	mu      sync.Mutex
	batches []bots.Batch
	fail    func(bots.Batch) error // nil: takes everything
	changed chan struct{}
}

func newSink() *sink { return &sink{changed: make(chan struct{})} }

func (s *sink) receive(ctx context.Context, b bots.Batch) error {
	s.mu.Lock()
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		if err := fail(b); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, b)
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

func (s *sink) failing(f func(bots.Batch) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = f
}

// events are all that were taken, a repeat not counted, as the program does.
func (s *sink) events() (all []bots.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for _, b := range s.batches {
		for _, e := range b.Events {
			if !seen[e.ID] {
				all = append(all, e)
			}
			seen[e.ID] = true
		}
	}
	return all
}

func (s *sink) texts() (all []string) {
	for _, e := range s.events() {
		if e.Kind == bots.Wrote {
			all = append(all, e.Text)
		}
	}
	return all
}

// until waits until something is true of what was taken.
func (s *sink) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx := soon(t)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if done() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("never: %s; %d events, texts %.300q", what, len(s.events()), s.texts())
		}
	}
}

func (s *sink) hears(t *testing.T, words string) {
	t.Helper()
	s.until(t, fmt.Sprintf("%q was taken", words), func() bool {
		for _, have := range s.texts() {
			if have == words {
				return true
			}
		}
		return false
	})
}

var errDisk = errors.New("the disk is full")

// logs keeps what was logged.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) has(words string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), words)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}
