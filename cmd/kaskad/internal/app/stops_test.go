package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/bots/viber"
	"kaskad/bots/whatsapp"
	"kaskad/bots/whatsappcloud"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// stop is a program that is away while its people go on: with the limits of a channel's own adapter, and what that channel keeps for us.
type stop struct {
	t      *testing.T
	limits bots.Limits
	hold   time.Duration // catch_up
	store  *fallbacktest.Memory
	engine *fallback.Engine
	mu     sync.Mutex
	texts  map[string]int // by phone
	told   int
	end    func()
}

// carrier takes everything; SMS counts.
type carrier struct {
	s      *stop
	name   string
	limits bots.Limits
	n      int
}

func (m *carrier) Send(_ context.Context, out bots.Outgoing) (bots.Receipt, error) {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.n++
	if out.To.Channel == bots.SMS {
		m.s.texts[out.To.ID]++
	}
	return bots.Receipt{Sender: m.name, Chat: out.To.ID, ID: fmt.Sprint("m", m.n), Step: out.Step, Level: bots.Accepted, At: time.Now(), SentAt: time.Now()}, nil
}
func (m *carrier) Check(context.Context) (bots.Identity, error) { return bots.Identity{}, nil }
func (m *carrier) Limits() bots.Limits                          { return m.limits }
func (m *carrier) Price(string) (int, bots.Money) {
	if m.name == on {
		return 1, bots.Money{}
	}
	return 1, bots.Money{Amount: 1, Currency: "UAH"}
}

// on is the name under which the channel goes here: of a session that is none, no limits of one are asked.
const on = bots.Viber

func (s *stop) begin() {
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin())
	if err != nil {
		s.t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		s.t.Fatal(err)
	}
	bare := bots.Limits{Reports: s.limits.Reports, CanEngage: true, Buttons: s.limits.Buttons, Keeps: s.limits.Keeps, KeepsPress: s.limits.KeepsPress, DeafCap: s.limits.DeafCap, Polls: s.limits.Polls, WayBack: true}
	sms := bots.Limits{Reports: bots.Accepted}
	channels := map[string]fallback.Channel{
		on:       {Limits: bare, Senders: []string{on}},
		bots.SMS: {Limits: sms, Senders: []string{"sms/main"}, Price: bots.Money{Amount: 1, Currency: "UAH"}},
	}
	cascades, _ := (&fallback.Config{}).Cascade(channels)
	s.engine, err = fallback.New(fallback.Options{
		Store: s.store, Locale: "uk", CatchUp: map[string]time.Duration{on: s.hold},
		Rules: &fallback.Rules{Core: bots.DefaultCore(), Zone: zone, Channels: channels, Lease: time.Minute, OptOut: true,
			AfterGap: map[fallback.Purpose]fallback.GapPolicy{fallback.Marketing: fallback.GapHold, fallback.Service: fallback.GapSend}},
		Intake:  &fallback.Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA", WayOut: true},
		Senders: map[string]bots.Sender{on: &carrier{s: s, name: on, limits: bare}, "sms/main": &carrier{s: s, name: "sms/main", limits: sms}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.engine.Run(ctx, s.t.Context()) }()
	s.end = func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	}
	synctest.Wait()
}

func (s *stop) tell(e bots.Event) {
	s.t.Helper()
	s.told++
	e.ID, e.Channel, e.Sender = fmt.Sprint("e", s.told), on, on
	if err := s.engine.Receive(s.t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
		s.t.Fatal(err)
	}
}

// pass lets time pass, while a channel that we ask answers our polls.
func (s *stop) pass(d time.Duration) {
	for d > 0 {
		some := min(d, 50*time.Second)
		time.Sleep(some)
		d -= some
		if s.limits.Polls {
			s.engine.Heard(s.t.Context(), on, bots.Batch{Heard: time.Now(), CaughtUp: true})
		}
		synctest.Wait()
	}
}

// deed is what somebody did while we were away, and when.
type deed struct {
	who   int
	at    time.Time
	press bool
}

// TestWhatAStopCosts stops the program for ten minutes, and for the eight hours of a night shift, with two hundred people in each case who
// answer while it is away, and says who gets an SMS all the same: nobody of whom the channel still tells. Who is not told of any more gets
// one with a service message, and none with marketing, which is held (after_gap).
func TestWhatAStopCosts(t *testing.T) {
	t.Parallel()
	polled, err := telegram.New(telegram.Config{Token: "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", Updates: telegram.Poll, Rate: 25}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hooked, err := telegram.New(telegram.Config{Token: "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", Updates: telegram.Hooks, Rate: 25}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	free := bots.Price{Amount: "0", Currency: "UAH"}
	vb, err := viber.New(viber.Config{Token: "4453b6ac12345678-e02c5f12174805f9-daec9cbb5448c51f", Name: "Shop", Price: free}, viber.Options{})
	if err != nil {
		t.Fatal(err)
	}
	graph, err := whatsappcloud.New(whatsappcloud.Config{PhoneNumberID: "106540352242922", Token: bots.Secret("EAAG" + strings.Repeat("x", 60)), AppSecret: bots.Secret(strings.Repeat("0a", 16)), VerifyToken: "long-enough", Price: free}, whatsappcloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const minutes10, shift = 10 * time.Minute, 8 * time.Hour
	for name, c := range map[string]struct {
		limits bots.Limits
		away   time.Duration
		lost   int // of 200 who reacted, in hundredths: they did so longer ago than the channel keeps it
		held   bool
	}{
		"telegram, polls, ten minutes, replies": {polled.Limits(), minutes10, 0, true},
		"telegram, polls, a shift, replies":     {polled.Limits(), shift, 0, true},
		"telegram, webhook, ten minutes":        {hooked.Limits(), minutes10, 0, true},
		"viber, ten minutes":                    {vb.Limits(), minutes10, 0, false},
		"viber, a shift":                        {vb.Limits(), shift, 87, true},
		"whatsapp, a paired phone, a shift":     {whatsapp.DefaultConfig().Limits(), shift, 0, false},
		"whatsapp_cloud, a shift":               {graph.Limits(), shift, 0, false},
		"telegram, polls, ten minutes, presses": {pressing(polled.Limits()), minutes10, 75, true},
	} {
		for _, purpose := range []string{"service", "marketing"} {
			t.Run(name+", "+purpose, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					played(t, c.limits, c.away, c.lost, c.held, purpose)
				})
			})
		}
	}
}

// pressing are limits by which the only deed is a press.
func pressing(l bots.Limits) bots.Limits { l.Reports = bots.Engaged; return l }

func played(t *testing.T, limits bots.Limits, away time.Duration, lost int, held bool, purpose string) {
	time.Sleep(time.Until(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))) // ten in Kyiv
	s := &stop{t: t, limits: limits, store: &fallbacktest.Memory{}, texts: map[string]int{}}
	press := limits.Reports == bots.Engaged
	if press {
		s.limits.Reports = bots.Accepted
	}
	cfg := Default()
	s.hold = catchUp(&cfg, &channel{traits: fallback.Channel{Limits: s.limits}})
	s.begin()
	defer func() { s.end() }()
	const react, idle = 200, 20
	ids := make([]bots.ID, 0, react+idle)
	for i := range react + idle {
		chat := bots.Address{Channel: on, ID: fmt.Sprint("p", i)}
		s.tell(bots.Event{Kind: bots.Started, Chat: chat, At: time.Now()})
		s.tell(bots.Event{Kind: bots.Shared, Chat: chat, Phone: numberOf(i), At: time.Now()})
		done, err := s.engine.Accept(t.Context(), fallback.Ask{To: chat.String(), Text: fmt.Sprint("Hello ", i), Purpose: purpose, Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{
			{Channel: on, Wait: fallback.Lasting(15 * time.Minute), Until: "read"}, {Channel: bots.SMS}}}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, done.ID)
	}
	s.pass(time.Minute)
	s.end()
	gone := time.Now()
	var deeds []deed
	for i := range react {
		deeds = append(deeds, deed{i, gone.Add(time.Duration(i) * away / react).Add(time.Second), press})
	}
	time.Sleep(away)
	back := time.Now()
	s.begin()
	keeps := s.limits.Keeps
	if press {
		keeps = s.limits.KeepsPress
	}
	kept := map[int]bool{}
	for n, d := range deeds {
		if back.Sub(d.at) >= keeps {
			continue
		}
		kept[d.who] = true
		if !s.limits.Polls { // it calls again in its own time, at the latest just before we stop to wait for it
			if wait := time.Until(back.Add(time.Duration(n) * (s.hold - time.Second) / react)); wait > 0 {
				time.Sleep(wait)
				synctest.Wait()
			}
		}
		s.tell(s.deed(d, ids[d.who]))
	}
	if got := 100 * (react - len(kept)) / react; got != lost {
		t.Errorf("the channel has lost %d%% of what people did, the table says %d%%", got, lost)
	}
	s.engine.Heard(t.Context(), on, bots.Batch{Heard: time.Now(), CaughtUp: true})
	synctest.Wait()
	s.pass(2 * time.Hour)
	var paid, gap int
	for i := range react + idle {
		texts, d := s.texts[numberOf(i)], s.store.Delivery(ids[i])
		switch {
		case texts > 1:
			t.Errorf("%d texts to one person", texts)
		case kept[i] && (texts > 0 || d.State != fallback.Done):
			t.Errorf("%d of whom the channel told: %s (%s), %d texts", i, d.State, d.Reason, texts)
		case kept[i]:
		case texts == 1:
			paid++
		case d.Reason == fallback.ReasonGap:
			gap++
		default:
			t.Errorf("%d of whom nothing was told: %s (%s) without a text", i, d.State, d.Reason)
		}
	}
	rest := react + idle - len(kept)
	if purpose == "marketing" && held && gap != rest || (purpose == "service" || !held) && paid != rest {
		t.Errorf("of %d of whom nothing was told %d got a text and %d are held for the gap", rest, paid, gap)
	}
	t.Logf("away %v: %d of %d reactions told again, %d texts, %d held", away, len(kept), react, paid, gap)
}

func numberOf(i int) string { return fmt.Sprintf("+38050111%04d", i) }

// deed is the event in which the channel tells of it: a reply that quotes, or a press of the button under the message.
func (s *stop) deed(d deed, id bots.ID) bots.Event {
	m := s.store.Delivery(id).Route[0].Message
	e := bots.Event{Kind: bots.Wrote, Chat: bots.Address{Channel: on, ID: fmt.Sprint("p", d.who)}, Text: "ok", MessageID: fmt.Sprint("r", d.who), Step: m, At: d.at}
	if d.press {
		e.Kind, e.Data, e.MessageID, e.At = bots.Pressed, "ok", "", time.Now() // nobody tells when a button was pressed
	}
	return e
}
