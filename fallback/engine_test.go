package fallback_test

import (
	"context"
	"errors"
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

// sender is a channel that writes down what it was asked to send and when, and answers as it is told.
type sender struct {
	name   string
	limits bots.Limits
	price  bots.Money
	rig    *rig
	answer func(n int, out bots.Outgoing) (bots.Receipt, error) // nil: accepted, ids count up
	check  error
	slow   time.Duration // of Check
	n      int
}

func (s *sender) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	s.rig.mu.Lock()
	s.n++
	n := s.n
	s.rig.log = append(s.rig.log, fmt.Sprintf("%s %s %s", time.Since(s.rig.start).Truncate(time.Second), s.name, out.To.ID))
	s.rig.sent = append(s.rig.sent, out)
	s.rig.mu.Unlock()
	if s.answer != nil {
		return s.answer(n, out)
	}
	return s.ok(n, out), nil
}

func (s *sender) ok(n int, out bots.Outgoing) bots.Receipt {
	return bots.Receipt{Sender: s.name, Chat: out.To.ID, ID: fmt.Sprint(100 + n), Step: out.Step, Level: bots.Accepted, At: time.Now(), SentAt: time.Now()}
}

func (s *sender) Check(context.Context) (bots.Identity, error) {
	time.Sleep(s.slow)
	return bots.Identity{Name: s.name}, s.check
}
func (s *sender) Limits() bots.Limits            { return s.limits }
func (s *sender) Price(string) (int, bots.Money) { return 1, s.price }

// rig is an engine on a memory store with a Telegram and an SMS sender, under fake time.
type rig struct {
	t        *testing.T
	store    *fallbacktest.Memory
	engine   *fallback.Engine
	tg, sms  *sender
	start    time.Time
	mu       sync.Mutex
	log      []string
	sent     []bots.Outgoing
	stop     func()
	contacts int
	events   int
	fail     func(op string) error // by mu
}

// failure is what the store meets at an operation.
func (r *rig) failure(op string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail == nil {
		return nil
	}
	return r.fail(op)
}

// with changes what senders and the store do, while they may be at work.
func (r *rig) with(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// sends are what left so far.
func (r *rig) sends() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log)
}

// step is our id of the n-th message that left.
func (r *rig) step(n int) bots.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[n].Step
}

// noon is a Tuesday in Kyiv, far from quiet hours.
var noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func newRig(t *testing.T, options ...func(*fallback.Options)) *rig {
	t.Helper()
	if wait := time.Until(noon); wait > 0 {
		time.Sleep(wait)
	}
	r := &rig{t: t, store: &fallbacktest.Memory{}, start: time.Now()}
	r.store.Fail = r.failure
	r.tg = &sender{name: "telegram", rig: r, limits: bots.Limits{Reports: bots.Accepted, CanEngage: true, Buttons: true, Polls: true, DeafCap: 10 * time.Minute, Keeps: 24 * time.Hour, KeepsPress: 150 * time.Second, Formats: "html", WayBack: true}}
	r.sms = &sender{name: "sms/main", rig: r, limits: bots.Limits{Reports: bots.Delivered}, price: bots.Money{Amount: 9200, Currency: "UAH"}}
	r.begin(options...)
	return r
}

// builtin are the words that come with the program: every rig sends from the same set, which nothing changes.
var builtin = sync.OnceValues(func() (*templates.Set, error) {
	return templates.Load(templates.Options{Locale: "uk"}, templates.Builtin())
})

// begin starts an engine on what the store has: also after a crash.
func (r *rig) begin(options ...func(*fallback.Options)) {
	r.t.Helper()
	words, err := builtin()
	if err != nil {
		r.t.Fatal(err)
	}
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		r.t.Fatal(err)
	}
	channels := map[string]fallback.Channel{
		"telegram": {Limits: r.tg.limits, Senders: []string{"telegram"}, Price: bots.Money{Currency: "UAH"}},
		"sms":      {Limits: r.sms.limits, Senders: []string{"sms/main"}, Price: r.sms.price},
	}
	cascades, _ := (&fallback.Config{}).Cascade(channels)
	o := fallback.Options{
		Store: r.store, Locale: "uk", Still: true,
		Rules:   &fallback.Rules{Core: bots.DefaultCore(), Zone: kyiv, Channels: channels, PerDay: 10, PerWeek: 10, Lease: time.Minute, AfterGap: map[fallback.Purpose]fallback.GapPolicy{fallback.Marketing: fallback.GapHold}},
		Intake:  &fallback.Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA", WayOut: true},
		Senders: map[string]bots.Sender{"telegram": r.tg, "sms/main": r.sms},
		CatchUp: map[string]time.Duration{"sms": 90 * time.Second},
	}
	for _, f := range options {
		f(&o)
	}
	r.engine, err = fallback.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.engine.Run(ctx, r.t.Context()) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("engine ended with %v", err)
		}
	}
	synctest.Wait()
}

// person makes a contact with a Telegram chat and a phone.
func (r *rig) person() bots.Address {
	r.t.Helper()
	r.contacts++
	chat := bots.Address{Channel: "telegram", ID: fmt.Sprint(r.contacts)}
	r.event(bots.Event{Kind: bots.Started, Chat: chat, Text: "/start", MessageID: "1"})
	r.event(bots.Event{Kind: bots.Shared, Chat: chat, Phone: fmt.Sprintf("+38050111%04d", r.contacts), MessageID: "2"})
	return chat
}

func (r *rig) event(e bots.Event) {
	r.t.Helper()
	r.events++
	e.ID, e.Channel = fmt.Sprintf("e%d", r.events), e.Chat.Channel
	if e.Sender == "" {
		e.Sender = e.Channel
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if err := r.engine.Receive(r.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
		r.t.Fatalf("event %s: %v", e.Kind, err)
	}
	synctest.Wait()
}

// heard says that Telegram has told everything until now.
func (r *rig) heard(caughtUp bool) {
	r.engine.Heard(r.t.Context(), "telegram", bots.Batch{Heard: time.Now(), CaughtUp: caughtUp})
	synctest.Wait()
}

func (r *rig) ask(a fallback.Ask) bots.ID {
	r.t.Helper()
	done, err := r.engine.Accept(r.t.Context(), a)
	if err != nil {
		r.t.Fatalf("Accept: %v", err)
	}
	synctest.Wait()
	return done.ID
}

func (r *rig) bonus(chat bots.Address, points int) bots.ID {
	r.t.Helper()
	return r.ask(fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": points}})
}

func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) want(lines ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := strings.Join(r.log, "\n")
	if want := strings.Join(lines, "\n"); got != want {
		r.t.Errorf("sends:\n%s\nwant:\n%s", got, want)
	}
}

func (r *rig) state(id bots.ID, want string) *fallback.Delivery {
	r.t.Helper()
	d := r.store.Delivery(id)
	if d == nil {
		r.t.Fatalf("no delivery %s", id)
	}
	if got := d.State.String(); got != want {
		r.t.Errorf("delivery is %s (%s), want %s; legs %+v", got, d.Reason, want, d.Route)
	}
	return d
}

func (r *rig) close() {
	r.stop()
	if err := r.store.Check(); err != nil {
		r.t.Errorf("store: %v", err)
	}
}

func TestEngine(t *testing.T) {
	scripts := map[string]func(r *rig){
		"not read in time falls back to SMS": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.state(id, "waiting")
			r.pass(time.Hour)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
			r.state(id, "waiting")
			r.pass(48 * time.Hour) // a deadline of 24 hours outside quiet hours
			r.state(id, "unconfirmed")
		},
		"a reply stops it": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.pass(5 * time.Minute)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "дякую", MessageID: "500", On: "101"})
			r.pass(time.Hour)
			r.want("0s telegram 1")
			if d := r.state(id, "done"); d.ReachedBy() != "telegram" || d.Proof != "reply" {
				r.t.Errorf("reached by %s, proof %s", d.ReachedBy(), d.Proof)
			}
		},
		"a button press with our step id stops it, one from another chat does not": func(r *rig) {
			chat, other := r.person(), r.person()
			id := r.bonus(chat, 120)
			step := r.step(0)
			r.event(bots.Event{Kind: bots.Pressed, Chat: other, Step: step, Data: "ok"})
			r.state(id, "waiting")
			r.event(bots.Event{Kind: bots.Pressed, Chat: chat, Step: step, Data: "ok"})
			r.state(id, "done")
			r.pass(time.Hour)
			r.want("0s telegram 1")
		},
		"a later message in the chat counts as read": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "hi", MessageID: "102"})
			r.state(id, "done")
		},
		"a message with a lower id proves nothing": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "hi", MessageID: "50"})
			r.state(id, "waiting")
		},
		"a message without a way to press gets a confirm button": func(r *rig) {
			r.bonus(r.person(), 120)
			if b := r.sent[0].Buttons; len(b) != 1 || b[0].Data != "ok" {
				r.t.Errorf("buttons %+v", b)
			}
		},
		"an uncertain send is waited for and never repeated": func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain, Err: errors.New("connection lost")}
			}
			id := r.bonus(r.person(), 120)
			r.pass(time.Hour)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
			r.state(id, "waiting")
		},
		"a temporary failure is tried again inside the wait": func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n < 3 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary}
				}
				return r.tg.ok(n, out), nil
			}
			id := r.bonus(r.person(), 120)
			r.pass(10 * time.Minute)
			r.want("0s telegram 1", "2s telegram 1", "6s telegram 1")
			r.state(id, "waiting")
		},
		"a flood answer holds the whole lane": func(r *rig) {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: 30 * time.Second}
				}
				return r.tg.ok(n, out), nil
			}
			a, b := r.person(), r.person()
			r.bonus(a, 1)
			r.bonus(b, 2)
			r.pass(5 * time.Minute)
			r.mu.Lock()
			slices.Sort(r.log) // two workers at the same moment
			r.mu.Unlock()
			r.want("0s telegram 1", "30s telegram 1", "30s telegram 2")
		},
		"unreachable goes on at once": func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Unreachable}
			}
			r.bonus(r.person(), 120)
			r.pass(time.Minute)
			r.want("0s telegram 1", "0s sms/main +380501110001")
		},
		"a person without Telegram gets the SMS at once": func(r *rig) {
			r.ask(fallback.Ask{To: "phone:+380501112233", Template: "bonus", Data: map[string]any{"points": 1}})
			r.pass(time.Minute)
			r.want("0s sms/main +380501112233")
		},
		"a misconfigured account holds its lane until a check succeeds; the SMS goes after the wait": func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured}
			}
			id := r.bonus(r.person(), 120)
			r.pass(10 * time.Second)
			r.state(id, "queued")
			r.pass(16 * time.Minute)
			if d := r.state(id, "waiting"); d.Route[1].Outcome != fallback.Taken {
				r.t.Errorf("legs %+v", d.Route)
			}
		},
		"quiet hours hold a step until the morning, spread over the ramp": func(r *rig) {
			chat := r.person()
			r.pass(10 * time.Hour) // 22:00 in Kyiv
			id := r.bonus(chat, 120)
			r.state(id, "held")
			r.pass(11*time.Hour - time.Second)
			r.want()
			r.pass(time.Hour + time.Second)
			r.state(id, "waiting")
		},
		"a pause stops everything at once and a resume goes on": func(r *rig) {
			chat := r.person()
			if err := r.engine.Pause(r.t.Context(), "", false); err != nil {
				r.t.Fatal(err)
			}
			id := r.bonus(chat, 120)
			r.pass(3 * time.Hour)
			r.want()
			r.state(id, "held")
			if err := r.engine.Resume(r.t.Context(), ""); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
			r.want("3h0m0s telegram 1")
		},
		"a pause stops the clock of a wait": func(r *rig) {
			r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.engine.Pause(r.t.Context(), "", false)
			r.pass(2 * time.Hour)
			r.engine.Resume(r.t.Context(), "")
			r.pass(9 * time.Minute)
			r.want("0s telegram 1")
			r.pass(3 * time.Minute)
			r.want("0s telegram 1", "2h15m0s sms/main +380501110001")
		},
		"stop ends marketing on all channels, service goes on": func(r *rig) {
			chat := r.person()
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "START", MessageID: "3"})
			promo := r.ask(fallback.Ask{To: chat.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
				{Channel: "telegram", Wait: fallback.Lasting(time.Hour), Until: "engaged"}, {Channel: "sms"}}}})
			service := r.bonus(chat, 5)
			r.pass(time.Minute)
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "СТОП!", MessageID: "900"})
			r.state(promo, "refused")
			r.state(service, "done")
			again := r.ask(fallback.Ask{To: chat.String(), Text: "Sale 2", Purpose: "marketing"})
			r.state(again, "skipped")
		},
		"send_at in the future waits": func(r *rig) {
			chat := r.person()
			id := r.ask(fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": 1}, SendAt: time.Now().Add(2 * time.Hour)})
			r.state(id, "scheduled")
			r.pass(2*time.Hour + time.Second)
			r.want("2h0m0s telegram 1")
		},
		"cancelled before it goes out": func(r *rig) {
			chat := r.person()
			id := r.ask(fallback.Ask{To: chat.String(), Template: "bonus", Data: map[string]any{"points": 1}, SendAt: time.Now().Add(2 * time.Hour)})
			if withdrawn, err := r.engine.Cancel(r.t.Context(), id); err != nil || !withdrawn {
				r.t.Errorf("Cancel = %v, %v", withdrawn, err)
			}
			r.pass(3 * time.Hour)
			r.want()
			r.state(id, "cancelled")
		},
		"time we were away does not count against the wait": func(r *rig) {
			id := r.bonus(r.person(), 120)
			r.pass(5 * time.Minute)
			r.heard(true)
			r.stop()
			r.pass(3 * time.Hour)
			r.begin()
			r.pass(20 * time.Second)
			r.want("0s telegram 1") // the wait ran out long ago, but nobody listened
			r.heard(true)
			r.pass(9 * time.Minute)
			r.want("0s telegram 1")
			r.state(id, "waiting")
			r.pass(2 * time.Minute)
			r.want("0s telegram 1", "3h15m20s sms/main +380501110001")
		},
		"proof that waited for us at the channel comes before the deadline": func(r *rig) {
			chat := r.person()
			id := r.bonus(chat, 120)
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "дякую", MessageID: "500", On: "101", At: time.Now().Add(-50 * time.Minute)})
			r.heard(true)
			r.pass(time.Hour)
			r.want("0s telegram 1")
			r.state(id, "done")
		},
		"a channel that stays deaf does not block for ever": func(r *rig) {
			r.bonus(r.person(), 120)
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.pass(10*time.Minute - time.Second)
			r.want("0s telegram 1")
			r.pass(16 * time.Minute)
			r.want("0s telegram 1", "1h25m0s sms/main +380501110001")
		},
		"urgent waits are never held by a deaf channel": func(r *rig) {
			chat := r.person()
			r.ask(fallback.Ask{To: chat.String(), Text: "Код 1234", Purpose: "urgent", Admin: true})
			r.heard(true)
			r.stop()
			r.pass(time.Hour)
			r.begin()
			r.pass(time.Second)
			if n := len(r.sends()); n != 2 {
				r.t.Errorf("sends %v, want the SMS at once", r.sends())
			}
		},
		"marketing whose proof may be lost for good is held until somebody says so": func(r *rig) {
			chat := r.person()
			r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "START", MessageID: "3"})
			id := r.ask(fallback.Ask{To: chat.String(), Text: "Sale", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
				{Channel: "telegram", Wait: fallback.Lasting(15 * time.Minute), Until: "read"}, {Channel: "sms"}}}})
			r.heard(true)
			r.stop()
			r.pass(time.Hour) // Telegram keeps a button press for 150 s
			r.begin()
			r.heard(true)
			r.pass(20 * time.Minute)
			if d := r.state(id, "held"); d.Reason != fallback.ReasonGap {
				r.t.Errorf("reason %q", d.Reason)
			}
			if n, err := r.engine.ResumeGap(r.t.Context()); err != nil || n != 1 {
				r.t.Errorf("ResumeGap = %d, %v", n, err)
			}
			r.pass(time.Minute)
			if n := len(r.sends()); n != 2 {
				r.t.Errorf("sends %v, want the SMS after the gap was resumed", r.sends())
			}
		},
		"a step queued for a channel that was switched off goes on to the next": func(r *rig) {
			chat := r.person()
			r.engine.Pause(r.t.Context(), "telegram", false)
			id := r.bonus(chat, 120)
			r.stop()
			r.begin(func(o *fallback.Options) {
				rules := *o.Rules
				rules.Channels = map[string]fallback.Channel{"sms": rules.Channels["sms"]}
				o.Rules = &rules
			})
			r.pass(time.Second)
			r.want("0s sms/main +380501110001")
			r.state(id, "waiting")
		},
		"a process that died in mid-send: uncertain, waited for, never sent again": func(r *rig) {
			hang := make(chan struct{})
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				<-hang
				return bots.Receipt{}, errors.New("killed")
			}
			id := r.bonus(r.person(), 120)
			r.state(id, "sending")
			// Another process opens the store: the first one's attempt is of another boot.
			old := r.stop
			r.begin()
			r.heard(true) // a start is a gap: without this the two processes disagree about the wait
			r.state(id, "waiting")
			r.pass(14 * time.Minute)
			r.want("0s telegram 1")
			r.pass(2 * time.Minute)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
			close(hang)
			old()
		},
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				script(r)
				r.close()
			})
		})
	}
}
