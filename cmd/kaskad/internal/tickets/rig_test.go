package tickets

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
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// outbox is a store in memory that wakes whoever follows its changes. Transactions run twice, as the real one may run them.
type outbox struct {
	*fallbacktest.Memory
	mu      sync.Mutex
	changed chan struct{}
	slow    func(bots.Event) time.Duration // how long an event takes; nil: no time
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

func (o *outbox) Mind(ctx context.Context, contact bots.ID, r *fallback.Rules) error {
	defer o.ring()
	return o.Memory.Mind(ctx, contact, r)
}

// sender writes down what it was handed.
type sender struct {
	rig    *rig
	name   string
	answer []error // of the next sends
}

type sent struct {
	bots.Outgoing
	id string
}

func (s *sender) Send(_ context.Context, out bots.Outgoing) (bots.Receipt, error) {
	s.rig.mu.Lock()
	defer s.rig.mu.Unlock()
	if len(s.answer) > 0 {
		err := s.answer[0]
		s.answer = s.answer[1:]
		if err != nil {
			return bots.Receipt{}, err
		}
	}
	id := fmt.Sprint(1000 + len(s.rig.sent))
	s.rig.sent = append(s.rig.sent, sent{out, id})
	return bots.Receipt{Sender: s.name, Chat: out.To.ID, ID: id, Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
}

func (s *sender) Check(context.Context) (bots.Identity, error) { return bots.Identity{}, nil }
func (s *sender) Limits() bots.Limits                          { return s.rig.rules.Channels[s.name].Limits }

// rig is an engine with a clerk, in a bubble, and a team: Olena on Viber, Petro on the Business Platform, who is a lead.
type rig struct {
	t       *testing.T
	store   *outbox
	rules   *fallback.Rules
	senders map[string]*sender
	engine  *fallback.Engine
	clerk   *Clerk
	mu      sync.Mutex
	sent    []sent
	read    map[string]int // by chat: how much of it a story has looked at
	stop    func()
	events  int
}

const (
	olena = "viber:v70"
	petro = "whatsapp_cloud:+380671112233"
)

func play(t *testing.T, story func(*rig)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour)
		r := &rig{t: t, store: &outbox{Memory: &fallbacktest.Memory{Twice: true}, changed: make(chan struct{})}, rules: fallbacktest.Rules(), senders: map[string]*sender{}, read: map[string]int{}}
		vb := r.rules.Channels[bots.Viber]
		vb.Buttons = true
		r.rules.Channels[bots.Viber] = vb
		r.rules.Channels[bots.WhatsAppCloud] = fallback.Channel{Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Keeps: time.Hour, Buttons: true, Reacts: true, Window: 24 * time.Hour}, Senders: []string{bots.WhatsAppCloud}}
		r.begin()
		defer func() { r.stop() }()
		story(r)
		if err := r.store.Check(); err != nil {
			t.Error(err)
		}
	})
}

// begin starts engine and clerk on what the store has: also after a crash.
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
		Store: r.store, Rules: r.rules, Senders: senders, Locale: "uk", Still: true,
		Intake: &fallback.Intake{Templates: words, Channels: r.rules.Channels},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.clerk = New(Options{
		Feed: r.store, Road: r, Rules: r.rules, Locale: "uk", Storing: r.engine.Storing,
		Teller: desk.NewTeller(desk.Options{Core: r.rules.Core, Locale: "uk", Zone: r.rules.Zone, Channels: []string{bots.Viber, bots.SMS}}),
	})
	ctx, cancel := context.WithCancel(r.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = r.engine.Run(ctx, ctx) })
	running.Go(func() {
		if err := r.clerk.Run(ctx); err != nil {
			r.t.Errorf("the clerk ended: %v", err)
		}
	})
	r.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	synctest.Wait()
}

// Tickets is the road as the program wires it.
func (r *rig) Tickets(ctx context.Context, f func(fallback.Tx, *fallback.Team, *fallback.TicketBook, fallback.MemberPoster) error) error {
	return r.engine.Tickets(ctx, r.store, f)
}

func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) update(f func(tx fallback.Tx) error) {
	r.t.Helper()
	if err := r.store.Update(r.t.Context(), f); err != nil {
		r.t.Fatal(err)
	}
	r.pass(2 * time.Second)
}

const code = "7k3m-q9zx-w2ht"

// join makes somebody of the team, in the chat that they write from.
func (r *rig) join(name, chat string, role fallback.StaffRole) {
	r.t.Helper()
	by := fallback.Doer{Name: "local"}
	r.update(func(tx fallback.Tx) error {
		_, err := fallback.PutMemberCode(tx, by, name, code)
		return err
	})
	r.says(chat, "", "/staff "+code)
	r.update(func(tx fallback.Tx) error { _, err := fallback.SetRole(tx, by, name, role); return err })
}

// team are both, greeted.
func (r *rig) team() {
	r.t.Helper()
	r.join("Олена", olena, fallback.Agent)
	r.reads(olena, "Олена, тепер сюди приходять")
	r.join("Петро", petro, fallback.Lead)
	r.reads(petro, "Петро, тепер сюди приходять")
}

// says is what somebody writes to the bot.
func (r *rig) says(chat, name, text string, more ...func(*bots.Event)) {
	r.t.Helper()
	channel, id, _ := strings.Cut(chat, ":")
	r.events++
	e := bots.Event{
		ID: fmt.Sprint("event:", r.events), Kind: bots.Wrote, Channel: channel, Sender: channel, Chat: bots.Address{Channel: channel, ID: id}, Name: name, Text: text,
		MessageID: fmt.Sprint(5000 + r.events), At: time.Now(),
	}
	for _, f := range more {
		f(&e)
	}
	if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
		r.t.Fatal(err)
	}
	r.pass(2 * time.Second)
}

// presses is a press of the n-th button of what a chat got last.
func (r *rig) presses(chat string, n int) {
	r.t.Helper()
	all := r.to(chat)
	last := all[len(all)-1]
	if n >= len(last.Buttons) {
		r.t.Fatalf("%q has %d buttons", last.Text, len(last.Buttons))
	}
	r.says(chat, "", "", func(e *bots.Event) { e.Kind, e.Step, e.Data = bots.Pressed, last.Step, last.Buttons[n].Data })
}

// quoting answers what a chat got last.
func (r *rig) quoting(chat string) func(*bots.Event) {
	all := r.to(chat)
	return func(e *bots.Event) { e.On = all[len(all)-1].id }
}

func (r *rig) to(chat string) (all []sent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.sent {
		if x.To.String() == chat {
			all = append(all, x)
		}
	}
	return all
}

// reads compares what a chat got since it was last asked: each must hold its part.
func (r *rig) reads(chat string, parts ...string) {
	r.t.Helper()
	var got []string
	for _, x := range r.to(chat)[r.read[chat]:] {
		got = append(got, x.Text)
	}
	r.read[chat] += len(got)
	if len(got) != len(parts) || slices.ContainsFunc(parts, func(p string) bool {
		return !strings.Contains(got[slices.Index(parts, p)], p)
	}) {
		r.t.Errorf("%s reads\n%s\nwant\n%s", chat, strings.Join(got, "\n---\n"), strings.Join(parts, "\n---\n"))
	}
}

func (r *rig) find(chat string) (id bots.ID) {
	r.store.View(func(v fallback.View) {
		channel, address, _ := strings.Cut(chat, ":")
		id = v.FindContact(bots.Ref{Kind: channel, Value: address})
	})
	return id
}

// erase takes a person away to the end.
func (r *rig) erase(who bots.ID) error {
	if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error { _, err := fallback.Erase(tx, who, "crm"); return err }); err != nil {
		return err
	}
	for g := (fallback.Erasing{}); g.Stage < fallback.EraseRest; {
		err := r.store.Update(r.t.Context(), func(tx fallback.Tx) (err error) {
			g, err = fallback.EraseSome(tx, who, r.rules, &fallback.World{Boot: 1})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// night comes in an hour, and lasts for nine.
func (r *rig) night() {
	start := time.Now()
	r.rules.Staff.Times.Work = func(at time.Time) (bool, time.Time) {
		switch passed := at.Sub(start); {
		case passed < time.Hour:
			return true, start.Add(time.Hour)
		case passed < 10*time.Hour:
			return false, start.Add(10 * time.Hour)
		}
		return true, time.Time{}
	}
}

// merges makes one person of two.
func (r *rig) merges(keep, from string) {
	r.t.Helper()
	ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: r.find(keep).String()}, From: bots.Ref{Kind: "id", Value: r.find(from).String()}}
	r.update(func(tx fallback.Tx) error {
		_, err := fallback.Merge(tx, ask, r.rules)
		return err
	})
	r.pass(2 * time.Second)
}

// numberOf is the number by which the team knows a customer; 0: none.
func (r *rig) numberOf(chat string) (no int) {
	r.t.Helper()
	who := r.find(chat)
	r.store.View(func(v fallback.View) {
		book, err := fallback.ReadTicketBook(v)
		if err != nil {
			r.t.Error(err)
		} else if t := book.Of(v, who); t != nil {
			no = t.No
		}
	})
	return no
}
