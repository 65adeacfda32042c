package fallbacktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Store is what Conform needs: a store, a transaction of the test's own, and the check of records against indexes.
type Store interface {
	fallback.Store
	Update(ctx context.Context, f func(fallback.Tx) error) error
	Check() error
	// Forget drops every message and delivery that retention may drop, however new it is.
	Forget(ctx context.Context) error
	SentAs(ctx context.Context, sender, providerID string) (bots.Outgoing, bool, error)
}

// script plays one story on a store: it is the engine, the channels and the people.
type script struct {
	Store
	t     *testing.T
	rules *fallback.Rules
	world *fallback.World
	start time.Time
	log   []string // what the channels were handed, and when
	sends []*sent
	nexts map[string][]func(*sent) // by channel or sender: what becomes of the next sends
	ids   []bots.ID                // deliveries in order
	event int
	// nameOf is what a sender whose ids are of our making calls a message; nil: the channel gives the ids.
	nameOf func(bots.ID) string
	// approved is what the channel has approved of every message; nil: nothing.
	approved *bots.Approved
}

// sent is one attempt as its channel saw it.
type sent struct {
	fallback.Attempt
	ProviderID string
	Rest       string // the names of the others, of an album
	Err        *bots.SendError
	Astray     bool // it stands beside the topic that was named
	Forum      bool // the group in which it stands has topics
	Lost       bool // the process dies: nobody settles it
}

// play runs a story in a bubble of its own: days pass in milliseconds. It begins at noon in Kyiv.
func play(t *testing.T, open func(*testing.T) Store, story func(*script)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour) // bubbles begin at midnight UTC, in the middle of the quiet hours
		s := &script{t: t, Store: open(t), rules: Rules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}, start: time.Now(), nexts: map[string][]func(*sent){}}
		story(s)
		if err := s.Check(); err != nil {
			t.Errorf("records and indexes differ: %v", err)
		}
	})
}

// Rules are those of the stories: Telegram and Viber, SMS through two providers, UTC+2.
func Rules() *fallback.Rules {
	price := func(amount string) bots.Money { m, _ := bots.ParseMoney(amount, "UAH"); return m }
	zone, err := fallback.LoadZone("Europe/Kyiv")
	if err != nil {
		panic(err)
	}
	return &fallback.Rules{
		Core: bots.DefaultCore(), PerDay: 1, PerWeek: 3, SameMessage: time.Hour, Zone: zone, Lease: time.Minute,
		Channels: map[string]fallback.Channel{
			bots.Telegram: {Limits: bots.Limits{Reports: bots.Accepted, CanEngage: true, Keeps: 24 * time.Hour, KeepsPress: 150 * time.Second}, Senders: []string{bots.Telegram}},
			bots.Viber:    {Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Keeps: time.Hour}, Senders: []string{bots.Viber}, Price: price("0.84")},
			bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main", "sms/own"}, Price: price("0.92")},
		},
		AfterGap: map[fallback.Purpose]fallback.GapPolicy{fallback.Marketing: fallback.GapHold, fallback.Service: fallback.GapSend},
	}
}

func (s *script) ctx() context.Context { return s.t.Context() }

func (s *script) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *script) update(f func(tx fallback.Tx)) {
	s.t.Helper()
	s.must(s.Update(s.ctx(), func(tx fallback.Tx) error { f(tx); return nil }))
}

// person makes a contact with consent, active at addresses written "telegram:42"; an SMS address is the phone.
func (s *script) person(addresses ...string) (id bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := &bots.Contact{ID: tx.NewID(), Created: tx.Now(), Updated: tx.Now(), Marketing: bots.Consent{State: bots.Given, At: tx.Now().Add(-time.Hour), Source: "test"}}
		for _, a := range addresses {
			at := address(a)
			c.Set(at, bots.Active, tx.Now())
			if at.Channel == bots.SMS {
				c.Phone = at.ID
			}
		}
		tx.PutContact(c)
		id = c.ID
	})
	return id
}

func address(s string) bots.Address {
	channel, id, _ := strings.Cut(s, ":")
	return bots.Address{Channel: channel, ID: id}
}

// everywhere is a person with a place on every channel.
func (s *script) everywhere() bots.ID {
	return s.person("telegram:42", "viber:v42", "sms:+380501112233")
}

// steps writes a cascade: "telegram 15m read, viber 30m read, sms".
func steps(text string) fallback.Cascade {
	c := fallback.Cascade{Order: "listed", Deadline: 24 * time.Hour, Quiet: fallback.DefaultQuiet()}
	for _, word := range strings.Split(text, ", ") {
		f := append(strings.Fields(word), "", "")
		step := fallback.Step{Channel: f[0], Until: fallback.Until{Level: bots.Delivered}}
		if step.Channel == bots.Staff {
			step.Task = fallback.TaskCall
		}
		if f[1] != "" {
			step.Wait, _ = time.ParseDuration(f[1])
			step.Until, _ = fallback.ParseUntil(f[2])
		}
		c.Steps = append(c.Steps, step)
	}
	return c
}

const loyalty = "telegram 15m read, viber 30m read, sms"

// ask accepts a delivery to a contact.
func (s *script) ask(to bots.ID, p fallback.Purpose, cascade string, more ...func(*fallback.Request)) bots.ID {
	s.t.Helper()
	req := &fallback.Request{To: bots.Ref{Kind: "id", Value: to.String()}, Purpose: p, Text: "120 points", Cascade: steps(cascade), Same: uint64(len(s.ids) + 1)}
	for _, f := range more {
		f(req)
	}
	got, err := s.Accept(s.ctx(), req, s.rules, s.world)
	s.must(err)
	s.ids = append(s.ids, got.ID)
	return got.ID
}

// next says what becomes of the next send of a channel, or of one sender of it.
func (s *script) next(name string, f func(*sent)) { s.nexts[name] = append(s.nexts[name], f) }

func (s *script) fail(name string, fault bots.Fault) {
	s.next(name, func(x *sent) { x.Err = &bots.SendError{Fault: fault} })
}

// hear receives an event, and works what it set free.
func (s *script) hear(e bots.Event) bots.Turn {
	s.t.Helper()
	turn, err := s.tell(e)
	s.must(err)
	s.settleDown()
	return turn
}

func (s *script) tell(e bots.Event) (bots.Turn, error) {
	if e.ID == "" {
		s.event++
		e.ID = fmt.Sprintf("event:%d", s.event)
	}
	if e.Channel == "" {
		e.Channel = e.Chat.Channel
	}
	if e.Sender == "" && bots.Messenger(e.Channel) {
		e.Sender = e.Channel
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	return s.Receive(s.ctx(), e, s.rules, s.world)
}

// report is a receipt about one send, named by the channel's id.
func (s *script) report(x *sent, level bots.Level) {
	s.t.Helper()
	s.hear(bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Level: level, At: time.Now()}})
}

// bounce is a report that a send will not arrive.
func (s *script) bounce(x *sent, fault bots.Fault) {
	s.t.Helper()
	s.hear(bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Failed: true, Fault: fault, Reason: "gone", At: time.Now()}})
}

// says is a message of the person.
func (s *script) says(chat, text string, more ...func(*bots.Event)) bots.Turn {
	s.t.Helper()
	e := bots.Event{Kind: bots.Wrote, Chat: address(chat), Text: text, MessageID: fmt.Sprint(100 + len(s.sends) + 1)}
	for _, f := range more {
		f(&e)
	}
	return s.hear(e)
}

func (s *script) delivery(id bots.ID) *fallback.Delivery {
	s.t.Helper()
	have, err := s.Load(s.ctx(), id)
	s.must(err)
	return have.Delivery
}

func (s *script) contact(id bots.ID) (c *bots.Contact) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { c = tx.Contact(id) })
	return c
}

// sentSoFar compares what the channels were handed, and when: "0s telegram d1/0".
func (s *script) sentSoFar(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.log, want) {
		s.t.Errorf("sent\n\t%s\nwant\n\t%s", strings.Join(s.log, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// is compares a delivery's state and reason: "done", "held quiet_hours".
func (s *script) is(id bots.ID, want string) {
	s.t.Helper()
	d := s.delivery(id)
	if got := strings.TrimSpace(d.State.String() + " " + d.Reason); got != want {
		s.t.Errorf("delivery %d is %s, want %s", slices.Index(s.ids, id)+1, got, want)
	}
}

func (s *script) reachedBy(id bots.ID, channel, proof string) {
	s.t.Helper()
	if d := s.delivery(id); d.ReachedBy() != channel || d.Proof != proof {
		s.t.Errorf("reached by %q through %q, want %q through %q", d.ReachedBy(), d.Proof, channel, proof)
	}
}

func (s *script) fails(err, want error) {
	s.t.Helper()
	if !errors.Is(err, want) {
		s.t.Errorf("error %v, want %v", err, want)
	}
}
