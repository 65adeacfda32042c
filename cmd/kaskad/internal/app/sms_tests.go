package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// smsTests sends test messages. A test is nobody's delivery: it goes to the provider directly, once, without a contact, consent
// or quiet hours, and is kept in memory alone. It costs money like any other, so it counts for [spend], whose limit it obeys.
type smsTests struct {
	db        *store.DB
	providers []*sms.Provider
	country   string
	limit     bots.Money // of a day; zero: none
	zone      *time.Location
	public    bool        // [server] public_url is written
	running   atomic.Bool // a gateway's: its ways in are open

	sending sync.Mutex // one at a time

	mu   sync.Mutex
	list []*smsTest // oldest first
}

var _ api.SMSTests = (*smsTests)(nil)

// smsTest is one of them. Its fields belong to smsTests.mu.
type smsTest struct {
	provider *sms.Provider
	about    sms.Awaited
	sending  bool    // the provider has not answered yet, so its id is not known
	early    []early // what came meanwhile
	askedAt  time.Time
	shown    api.SMSTest
}

const (
	mostTests   = 16
	testLife    = 30 * time.Minute
	testTime    = time.Minute // for the provider's answer
	balanceTime = 15 * time.Second
	askAgain    = 3 * time.Second
	mostTold    = 50
)

func newSMSTests(a *App, rules *fallback.Rules) *smsTests {
	t := &smsTests{db: a.db, country: a.cfg.Company.Country, limit: rules.SpendPerDay, zone: rules.Zone, public: a.cfg.Server.PublicURL != ""}
	if c := a.channels[bots.SMS]; c != nil {
		t.providers = c.providers()
		for i := range c.hooks {
			if p, ok := c.hooks[i].Webhook.(*sms.Provider); ok {
				c.hooks[i].Webhook = overheard{p, t}
			}
		}
	}
	return t
}

// Price tells what a test would cost.
func (s *smsTests) Price(_ context.Context, ask api.SMSAsk) (*api.SMSTest, error) {
	_, shown, err := s.prepare(ask)
	return &shown, err
}

// prepare finds the provider and reads the phone.
func (s *smsTests) prepare(ask api.SMSAsk) (*smsTest, api.SMSTest, error) {
	p, err := s.provider(ask.Provider)
	if err != nil {
		return nil, api.SMSTest{}, err
	}
	phone, err := bots.Phone(ask.To, s.country)
	if err != nil {
		return nil, api.SMSTest{}, &fallback.Invalid{Code: "invalid_field", Field: "to", Detail: err.Error()}
	}
	if strings.TrimSpace(ask.Text) == "" {
		return nil, api.SMSTest{}, &fallback.Invalid{Code: "invalid_field", Field: "text", Detail: "there is no text to send"}
	}
	_, one := p.Price("a")
	parts, cost := p.Price(ask.Text)
	shown := api.SMSTest{Provider: p.Name(), Parts: parts, PerPart: api.MoneyOf(one), Cost: api.MoneyOf(cost), Told: []api.SMSTold{}, Questions: []api.SMSQuestion{}}
	for _, q := range p.Questions() {
		shown.Questions = append(shown.Questions, api.SMSQuestion(q))
	}
	s.expect(p, &shown)
	return &smsTest{provider: p, about: sms.Awaited{Phone: phone}}, shown, nil
}

// provider is the one of a name, "main" or "sms/main"; of none, the first.
func (s *smsTests) provider(name string) (*sms.Provider, error) {
	var names []string
	for _, p := range s.providers {
		if short := strings.TrimPrefix(p.Name(), "sms/"); name == "" || name == short || name == p.Name() {
			return p, nil
		}
		names = append(names, strings.TrimPrefix(p.Name(), "sms/"))
	}
	if names == nil {
		return nil, &fallback.Invalid{Code: "channel_off", Detail: "no SMS provider is configured: write [[sms]]; kaskad sms presets shows what comes with the program"}
	}
	return nil, &fallback.Invalid{Code: "invalid_field", Field: "provider", Detail: fmt.Sprintf("%q is no provider here; there are %s", name, strings.Join(names, ", "))}
}

// expect says how the end of a message can be learnt.
func (s *smsTests) expect(p *sms.Provider, shown *api.SMSTest) {
	shown.EnterAt = p.ReportsAt()
	shown.Calls = p.Reports() && s.running.Load()
	shown.Awaits = shown.Calls || canAsk(p) || p.PollsNew() && s.running.Load()
	switch {
	case shown.Calls:
	case !s.public:
		shown.Silence = "nobody can call us: [server] public_url is empty"
	case !s.running.Load():
		shown.Silence = "no gateway is running, so nobody can call us: start kaskad serve to see reports"
	default:
		shown.Silence = "the provider makes no reports, as far as its description tells"
	}
	if p.PollsNew() && !shown.Awaits {
		shown.Silence += "; and asking would take what a gateway waits for"
	}
}

// canAsk reports whether a provider can be asked about one message.
func canAsk(p *sms.Provider) bool { return p.PollBatch() > 0 && !p.PollsNew() }

// Send sends one message, once.
func (s *smsTests) Send(ctx context.Context, ask api.SMSAsk) (*api.SMSTest, error) {
	s.sending.Lock()
	defer s.sending.Unlock()
	t, shown, err := s.prepare(ask)
	if err != nil {
		return nil, err
	}
	_, cost := t.provider.Price(ask.Text)
	if t.about.Step, err = s.pay(ctx, cost); err != nil {
		return nil, err
	}
	shown.ID, shown.SentAt = t.about.Step.String(), time.Now().UTC()
	shown.Before, shown.Unknown = balanceOf(ctx, t.provider)
	t.shown, t.sending = shown, true
	s.add(t)
	try, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	tried := t.provider.Try(try, bots.Outgoing{To: bots.Address{Channel: bots.SMS, ID: t.about.Phone}, Text: ask.Text, Step: t.about.Step})
	paid := s.settle(t, tried, cost)
	if diff := paid.Amount - cost.Amount; diff != 0 {
		if _, err := s.spend(context.WithoutCancel(ctx), bots.Money{Amount: diff, Currency: cost.Currency}, false); err != nil {
			return nil, err
		}
	}
	return s.Told(ctx, t.about.Step, false)
}

// settle notes what came of the attempt, and says what it costs: nothing when it certainly did not go.
func (s *smsTests) settle(t *smsTest, tried sms.Tried, cost bots.Money) bots.Money {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &t.shown
	x.Asked, x.Status, x.Answer, x.Code, x.Accepted = tried.Asked, tried.Status, tried.Answer, tried.Code, tried.Err == nil
	t.sending, t.about.SentAt = false, time.Now()
	if e := bots.FaultOf(tried.Err); tried.Err != nil {
		x.Fault, x.Reason, x.Awaits = e.Fault.String(), e.Error(), x.Awaits && e.Fault == bots.Uncertain
		if e.Fault != bots.Uncertain {
			x.Cost = api.MoneyOf(bots.Money{Currency: cost.Currency})
			return bots.Money{Currency: cost.Currency}
		}
		return cost
	}
	t.about.ID, x.ProviderID = tried.Receipt.ID, tried.Receipt.ID
	if n := tried.Receipt.Parts; n > 0 && x.Parts > 0 {
		cost.Amount = cost.Amount / int64(x.Parts) * int64(n)
		x.Parts = n
	}
	x.Cost = api.MoneyOf(cost)
	for _, e := range t.early {
		t.hear(e)
	}
	t.early = nil
	return cost
}

// add keeps a test, and forgets the oldest ones.
func (s *smsTests) add(t *smsTest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, t)
	s.list = s.list[max(0, len(s.list)-mostTests):]
}

// find returns a test that is not forgotten; nil: there is none.
func (s *smsTests) find(id bots.ID) *smsTest {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.list {
		if t.about.Step == id && time.Since(t.shown.SentAt) < testLife {
			return t
		}
	}
	return nil
}

// Told is what is known of a test by now. A provider that can be asked about it is asked, now and then.
func (s *smsTests) Told(ctx context.Context, id bots.ID, last bool) (*api.SMSTest, error) {
	t := s.find(id)
	if t == nil {
		return nil, api.ErrNoTest
	}
	if s.mayAsk(t) {
		s.ask(ctx, t)
	}
	var after *api.Money
	if last {
		after, _ = balanceOf(ctx, t.provider) // why it cannot be had was said before
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if after != nil {
		t.shown.After = after
	}
	shown := t.shown
	shown.Told = append([]api.SMSTold{}, t.shown.Told...)
	return &shown, nil
}

// mayAsk reports whether it is time to ask the provider about a test whose end is not known.
func (s *smsTests) mayAsk(t *smsTest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.sending || !t.shown.Accepted || t.about.ID == "" || t.shown.End != "" || !canAsk(t.provider) || time.Since(t.askedAt) < askAgain {
		return false
	}
	t.askedAt = time.Now()
	return true
}

func (s *smsTests) ask(ctx context.Context, t *smsTest) {
	ctx, cancel := context.WithTimeout(ctx, balanceTime)
	defer cancel()
	b, err := t.provider.Ask(ctx, []sms.Awaited{t.about})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		t.tell("answer", "the status cannot be asked for: "+err.Error())
	}
	for i := range b.Events {
		t.answered(b.Events[i].Receipt)
	}
}

// balanceOf asks what is left of the money; nil: the provider cannot be asked, or did not say, which is told then.
func balanceOf(ctx context.Context, p *sms.Provider) (*api.Money, string) {
	ctx, cancel := context.WithTimeout(ctx, balanceTime)
	defer cancel()
	m, err := p.Balance(ctx)
	switch {
	case errors.Is(err, sms.ErrNoBalance):
		return nil, ""
	case err != nil:
		return nil, err.Error()
	}
	shown := api.MoneyOf(m)
	return &shown, ""
}

// pay takes the cost into the day's sum, unless that goes beyond its limit, and gives the message its id.
func (s *smsTests) pay(ctx context.Context, cost bots.Money) (bots.ID, error) {
	return s.spend(ctx, cost, true)
}

func (s *smsTests) spend(ctx context.Context, cost bots.Money, limited bool) (id bots.ID, err error) {
	over := false
	err = s.db.Update(ctx, func(tx fallback.Tx) error {
		id, over = tx.NewID(), false
		day := tx.Now().In(s.zone).Format(time.DateOnly)
		if limited && cost.Amount > 0 && s.limit.Amount > 0 && tx.Spent(day).Amount+cost.Amount > s.limit.Amount {
			over = true
			return nil
		}
		if cost.Amount != 0 {
			tx.AddSpent(day, cost)
		}
		return nil
	})
	if err == nil && over {
		err = &fallback.Invalid{Code: "spend_reached", Detail: "the test would go beyond [spend] per_day: nothing was sent"}
	}
	return id, err
}
