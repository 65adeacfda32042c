package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// outbox is a store in memory that wakes whoever follows its changes.
type outbox struct {
	*fallbacktest.Memory
	mu      sync.Mutex
	changed chan struct{}
	broken  error
	slow    func(bots.Event) time.Duration // how long an event takes; nil: no time
}

func newOutbox() *outbox {
	return &outbox{Memory: &fallbacktest.Memory{Twice: true}, changed: make(chan struct{})}
}

func (o *outbox) ring() {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *outbox) Changed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

func (o *outbox) Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error) {
	all := o.Memory.Changes()
	from := min(int(after), len(all))
	return all[from:min(from+limit, len(all))], ctx.Err()
}

func (o *outbox) LastChange() uint64 { return uint64(len(o.Memory.Changes())) }

func (o *outbox) Read(_ context.Context, f func(fallback.View) error) (err error) {
	o.View(func(v fallback.View) { err = f(v) })
	return err
}

func (o *outbox) Update(ctx context.Context, f func(fallback.Tx) error) error {
	defer o.ring()
	o.mu.Lock()
	err := o.broken
	o.mu.Unlock()
	if err != nil {
		return err
	}
	return o.Memory.Update(ctx, f)
}

func (o *outbox) Receive(ctx context.Context, e bots.Event, r *fallback.Rules, w *fallback.World) (bots.Turn, error) {
	defer o.ring()
	if o.slow != nil {
		time.Sleep(o.slow(e))
	}
	return o.Memory.Receive(ctx, e, r, w)
}

func (o *outbox) Claim(ctx context.Context, in *fallback.Intent, r *fallback.Rules, w *fallback.World) (*fallback.Attempt, error) {
	defer o.ring()
	return o.Memory.Claim(ctx, in, r, w)
}

func (o *outbox) Settle(ctx context.Context, a *fallback.Attempt, res fallback.Result, r *fallback.Rules, w *fallback.World) error {
	defer o.ring()
	return o.Memory.Settle(ctx, a, res, r, w)
}

func (o *outbox) Come(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	defer o.ring()
	return o.Memory.Come(ctx, id, r, w)
}

func (o *outbox) GiveUpLane(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	defer o.ring()
	return o.Memory.GiveUpLane(ctx, id, r, w)
}

func (o *outbox) Mind(ctx context.Context, contact bots.ID, r *fallback.Rules) error {
	defer o.ring()
	return o.Memory.Mind(ctx, contact, r)
}

func (o *outbox) Reject(ctx context.Context, id bots.ID, leg int, reason string, r *fallback.Rules, w *fallback.World) error {
	defer o.ring()
	return o.Memory.Reject(ctx, id, leg, reason, r, w)
}

// sender writes down what it was handed.
type sender struct {
	rig    *rig
	name   string
	answer []error // of the next sends
	hang   bool    // the next send has no end but the context's
	down   error   // of all sends
	bare   bool    // takes messages without their pictures
}

func (s *sender) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	s.rig.mu.Lock()
	x := sent{name: s.name, Outgoing: out, at: time.Since(s.rig.start)}
	s.rig.sent = append(s.rig.sent, x)
	n := len(s.rig.sent)
	var err error
	if len(s.answer) > 0 {
		err = s.answer[0]
		s.answer = s.answer[1:]
	}
	if s.down != nil {
		err = s.down
	}
	hang, bare := s.hang, s.bare && out.Image != ""
	s.hang = false
	s.rig.mu.Unlock()
	if hang {
		<-ctx.Done()
		err = &bots.SendError{Fault: bots.Uncertain, Err: ctx.Err()}
	}
	if group := s.rig.group; err == nil && group != nil && s.name == bots.Staff {
		return group.send(&out, n)
	}
	if err != nil {
		return bots.Receipt{}, err
	}
	return bots.Receipt{Sender: s.name, Chat: out.To.ID, ID: fmt.Sprint(1000 + n), Step: out.Step, Level: bots.Accepted, Bare: bare, At: time.Now()}, nil
}

func (s *sender) Check(context.Context) (bots.Identity, error) { return bots.Identity{}, nil }
func (s *sender) Limits() bots.Limits                          { return s.rig.rules.Channels[s.name].Limits }

type sent struct {
	bots.Outgoing
	name string
	at   time.Duration
}

// rig is an engine with a desk, in a bubble.
type rig struct {
	t       *testing.T
	store   *outbox
	rules   *fallback.Rules
	senders map[string]*sender
	engine  *fallback.Engine
	desk    *Desk
	start   time.Time
	mu      sync.Mutex
	sent    []sent
	emojis  []string // "500 👌"
	refuse  error    // of reactions
	stop    func()
	events  int
	most    int  // what may wait; 0: as the program has it
	beats   bool // the engine's heart beats: it asks again who does not answer
	toasts  []string
	group   *group // with topics; nil: the staff's group takes all
}

const groupID = "-100500"

func play(t *testing.T, story func(*rig)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour)
		r := &rig{t: t, store: newOutbox(), rules: fallbacktest.Rules(), senders: map[string]*sender{}, start: time.Now()}
		r.rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted, Buttons: true, Formats: "html", PerSecond: 0.25, Burst: 4, PerChat: time.Second}, Senders: []string{bots.Staff}}
		tg := r.rules.Channels[bots.Telegram]
		tg.MaxCaption = 1024
		r.rules.Channels[bots.Telegram] = tg
		r.begin()
		defer func() { r.stop() }()
		story(r)
		if err := r.store.Check(); err != nil {
			t.Error(err)
		}
	})
}

// begin starts engine and desk on what the store has: also after a crash.
func (r *rig) begin() {
	r.t.Helper()
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin())
	if err != nil {
		r.t.Fatal(err)
	}
	senders := map[string]bots.Sender{}
	for _, c := range r.rules.Channels {
		for _, name := range c.Senders {
			if r.senders[name] == nil {
				r.senders[name] = &sender{rig: r, name: name}
			}
			senders[name] = r.senders[name]
		}
	}
	r.engine, err = fallback.New(fallback.Options{
		Store: r.store, Rules: r.rules, Senders: senders, Locale: "uk", Still: !r.beats,
		Intake: &fallback.Intake{Templates: words, Channels: r.rules.Channels},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.desk = New(Options{Feed: r.store, Road: r, Reactor: r, Toaster: r, Core: r.rules.Core, Locale: "uk", Zone: r.rules.Zone, Channels: []string{bots.Viber, bots.SMS}, Storing: r.engine.Storing})
	if r.most > 0 {
		r.desk.most = r.most
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = r.engine.Run(ctx, ctx) })
	running.Go(func() {
		if err := r.desk.Run(ctx); err != nil {
			r.t.Errorf("the desk ended: %v", err)
		}
	})
	r.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	synctest.Wait()
}

// Staff is the road as the program wires it.
func (r *rig) Staff(ctx context.Context, f func(fallback.Tx, fallback.Poster) error) error {
	return r.engine.Staff(ctx, r.store, f)
}

func (r *rig) React(_ context.Context, chat, message, emoji string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	if chat != groupID {
		r.t.Errorf("a reaction in %s", chat)
	}
	r.emojis = append(r.emojis, message+" "+emoji)
	return nil
}

func (r *rig) AnswerPress(_ context.Context, query, text string, alert bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if alert {
		text = "! " + text
	}
	r.toasts = append(r.toasts, query+" "+text)
	return nil
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) hear(e bots.Event) {
	r.t.Helper()
	r.events++
	if e.ID == "" {
		e.ID = fmt.Sprint("event:", r.events)
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
		r.t.Fatal(err)
	}
}

// bind makes the group the room and forgets the greeting.
func (r *rig) bind() {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		_, err := fallback.PutStaffCode(tx, "", "1234-5678-90ab")
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.hear(bots.Event{Kind: bots.Wrote, Chat: bots.Address{Channel: bots.Staff, ID: groupID}, Name: "Iryna", MessageID: "1", Text: "/staff 1234-5678-90ab"})
	r.pass(time.Minute)
	if got := r.posts(); len(got) != 1 || !strings.Contains(got[0], "група підтримки") {
		r.t.Fatalf("the room was greeted with %q", got)
	}
	r.mu.Lock()
	r.sent = nil
	r.mu.Unlock()
}

// says is a message of a customer "telegram:42".
func (r *rig) says(chat, name, text string, more ...func(*bots.Event)) {
	r.t.Helper()
	channel, id, _ := strings.Cut(chat, ":")
	e := bots.Event{Kind: bots.Wrote, Channel: channel, Chat: bots.Address{Channel: channel, ID: id}, Name: name, Text: text, MessageID: fmt.Sprint(5000 + r.events)}
	for _, f := range more {
		f(&e)
	}
	r.hear(e)
}

// answers is a reply of staff to the newest post that holds a text.
func (r *rig) answers(to, message, text string) {
	r.t.Helper()
	for _, x := range slices.Backward(r.all()) {
		if x.name == bots.Staff && strings.Contains(x.Text, to) {
			r.hear(bots.Event{Kind: bots.Wrote, Chat: x.To, Sender: bots.Staff, Name: "Iryna", MessageID: message, Step: x.Step, On: "77", Text: text})
			r.pass(time.Second)
			return
		}
	}
	r.t.Fatalf("no post holds %q", to)
}

func (r *rig) all() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

// posts are the texts in the room.
func (r *rig) posts() (texts []string) {
	for _, x := range r.all() {
		if x.name == bots.Staff {
			texts = append(texts, x.Text)
		}
	}
	return texts
}

// posted compares the posts: each must hold its part.
func (r *rig) posted(parts ...string) {
	r.t.Helper()
	r.hold(r.posts(), parts...)
}

// hold compares posts: each must hold its part.
func (r *rig) hold(got []string, parts ...string) {
	r.t.Helper()
	if len(got) != len(parts) {
		r.t.Fatalf("%d posts, want %d:\n%s", len(got), len(parts), strings.Join(got, "\n---\n"))
	}
	for i, part := range parts {
		if !strings.Contains(got[i], part) {
			r.t.Errorf("post %d is %q, want it to hold %q", i, got[i], part)
		}
	}
}

// shows compares the reactions.
func (r *rig) shows(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.emojis, want) {
		r.t.Errorf("reactions %v, want %v", r.emojis, want)
	}
}

// to are the texts that went out by a sender.
func (r *rig) to(name string) (texts []string) {
	for _, x := range r.all() {
		if x.name == name {
			texts = append(texts, x.Text)
		}
	}
	return texts
}
