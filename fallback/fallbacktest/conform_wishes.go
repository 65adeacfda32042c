package fallbacktest

import (
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// wishStories are about people who say where and when they want to be written to.
var wishStories = map[string]func(*script){
	"an unwanted channel is passed over": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{NotOn: []string{bots.Viber, bots.SMS}})
		service := s.ask(who, fallback.Service, "telegram 15m read, viber 30m read, sms 1h delivered, messenger 1h read")
		s.run(3 * time.Hour)
		s.sentSoFar("0s telegram d1/0")
		s.is(service, "unconfirmed")
		s.step(service, 1, "skipped unwanted")
		s.step(service, 2, "skipped unwanted")
		s.is(s.ask(who, fallback.Marketing, "viber 1h read, sms"), "skipped unwanted")
	},
	"a step that waits in its lane is passed over, too": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "viber 30m read, telegram 15m read")
		have, err := s.Load(s.ctx(), d)
		s.must(err)
		s.must2(s.tell(s.wished(who, bots.Wish{NotOn: []string{bots.Viber}})))
		if a := s.claim(have); a != nil {
			s.t.Errorf("claimed %+v after the person forbade it", a)
		}
		s.settleDown()
		s.sentSoFar("0s telegram d1/1")
		s.step(d, 0, "skipped unwanted")
	},
	"a later step is passed over when its time comes": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "telegram 15m read, sms 15m delivered, viber 15m read")
		s.run(time.Minute)
		s.wish(who, bots.Wish{NotOn: []string{bots.SMS}})
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s viber d1/2")
		s.step(d, 1, "skipped unwanted")
	},
	"a try that failed is not repeated on a channel that is unwanted by then": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Temporary)
		d := s.ask(who, fallback.Service, "viber 30m read, telegram 15m read")
		s.work(fallback.SendLane(bots.Viber, fallback.Second))
		s.wish(who, bots.Wish{NotOn: []string{bots.Viber}})
		s.run(time.Minute)
		s.sentSoFar("0s viber d1/0", "2s telegram d1/1")
		s.step(d, 0, "failed unwanted")
	},
	"urgent messages and answers go to unwanted channels": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{NotOn: []string{bots.Telegram, bots.Viber, bots.SMS}, Limited: true, From: 15, To: 20})
		s.ask(who, fallback.Urgent, "sms 1h delivered")
		s.ask(who, fallback.Conversation, "telegram 15m accepted")
		s.is(s.ask(who, fallback.Service, loyalty), "skipped unwanted")
		s.settleDown()
		s.sentSoFar("0s telegram d2/0", "0s sms/main d1/0")
	},
	"a channel that is wanted again is used again": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{NotOn: []string{bots.SMS}})
		s.is(s.ask(who, fallback.Service, "sms 1h delivered"), "skipped unwanted")
		s.wish(who, bots.Wish{})
		s.is(s.ask(who, fallback.Service, "sms 1h delivered"), "queued")
	},
	"the channel of choice goes first": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{First: bots.Viber})
		s.ask(who, fallback.Service, "telegram 15m read, viber 15m read", func(r *fallback.Request) { r.Cascade.Order = "preferred" })
		s.run(time.Minute)
		s.sentSoFar("0s viber d1/0")
	},
	"who chose texts gets the text first, and the others after a wait as long as the first step's": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{First: bots.SMS})
		d := s.ask(who, fallback.Service, "telegram 15m read, viber 30m read, sms", noRamp)
		s.run(2 * time.Hour)
		s.sentSoFar("0s sms/main d1/0", "15m0s telegram d1/1", "30m0s viber d1/2")
		s.is(d, "unconfirmed")
	},
	"who chose texts gets no more paid steps than the cascade has": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{First: bots.SMS})
		s.ask(who, fallback.Marketing, "telegram 15m read, viber 30m read, sms", noRamp, func(r *fallback.Request) { r.Cascade.PaidSteps = 1 })
		s.run(2 * time.Hour)
		s.sentSoFar("0s sms/main d1/0", "15m0s telegram d1/1") // Viber costs money, too
	},
	"the day's money holds a text that the person chose": func(s *script) {
		s.rules.SpendPerDay = bots.Money{Amount: 1, Currency: "UAH"}
		who := s.everywhere()
		s.wish(who, bots.Wish{First: bots.SMS})
		d := s.ask(who, fallback.Service, "telegram 15m read, sms", noRamp)
		s.run(time.Hour)
		s.is(d, "held spend")
		s.sentSoFar()
	},
	"a person's hours hold a step beside the night's": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{Limited: true, From: 14, To: 22})
		d := s.ask(who, fallback.Service, "telegram 8h read, sms", noRamp)
		urgent := s.ask(who, fallback.Urgent, "viber 1h read")
		s.is(d, "held quiet_hours")
		s.settleDown()
		s.is(urgent, "waiting")
		s.run(40 * time.Hour) // from two until nine in the evening are seven hours: the night is the cascade's
		s.sentSoFar("0s viber d2/0", "2h0m0s telegram d1/0", "27h0m0s sms/main d1/1")
	},
	"hours obey in the claim": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "telegram 8h read, sms", noRamp)
		have, err := s.Load(s.ctx(), d)
		s.must(err)
		s.must2(s.tell(s.wished(who, bots.Wish{Limited: true, From: 14, To: 22})))
		if a := s.claim(have); a != nil {
			s.t.Errorf("claimed %+v outside the person's hours", a)
		}
		s.is(d, "held quiet_hours")
		s.run(3 * time.Hour)
		s.sentSoFar("2h0m0s telegram d1/0")
	},
	"hours in the night are obeyed though the cascade sleeps then": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{Limited: true, From: 6, To: 9})
		d := s.ask(who, fallback.Service, "telegram 2h read, sms", noRamp)
		s.run(48 * time.Hour)
		s.sentSoFar("18h0m0s telegram d1/0", "20h0m0s sms/main d1/1")
		s.is(d, "waiting")
	},
	"the deadline counts the hours the person left open": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{Limited: true, From: 12, To: 15})
		d := s.ask(who, fallback.Service, "telegram 100h read, sms", func(r *fallback.Request) { r.Cascade.Deadline = 5 * time.Hour }, noRamp)
		s.run(25 * time.Hour)
		s.is(d, "waiting")
		s.run(62 * time.Minute)
		s.is(d, "unconfirmed deadline")
	},
	"hours that are taken back leave what they held as it was": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{Limited: true, From: 8, To: 11}) // it is noon, and the night ends at nine: less than three hours are left, so the person's count alone
		d := s.ask(who, fallback.Service, "telegram 100h read, sms", func(r *fallback.Request) { r.Cascade.Deadline = 5 * time.Hour }, noRamp)
		s.run(19*time.Hour + 59*time.Minute)
		s.is(d, "held quiet_hours")
		s.wish(who, bots.Wish{}) // a minute before eight: of five hours none has gone
		s.run(2 * time.Minute)
		s.is(d, "held quiet_hours") // the cascade's night is on
		s.run(2 * time.Hour)
		s.is(d, "waiting")
		s.run(4 * time.Hour)
		s.is(d, "unconfirmed deadline")
	},
	"what was asked for is kept, and told without a word of the person": func(s *script) {
		who := s.everywhere()
		turn := s.wish(who, bots.Wish{First: bots.Viber, NotOn: []string{bots.SMS}, Limited: true, From: 9, To: 20})
		c := s.contact(who)
		if h, ok := c.Wishes.Open(); c.Preferred != bots.Viber || !c.Wishes.Chosen || !slices.Equal(c.Wishes.NotOn, []string{bots.SMS}) || !ok || h.From != 9 || h.To != 20 || c.Wishes.At.IsZero() {
			s.t.Errorf("preferred %q, wishes %+v", c.Preferred, c.Wishes)
		}
		if len(turn.Changes) != 1 || turn.Changes[0].Type != "contact.updated" || turn.Changes[0].Reason != "wishes: not_on, first, hours" {
			s.t.Errorf("changes %+v", turn.Changes)
		}
		if again := s.wish(who, bots.Wish{First: bots.Viber, NotOn: []string{bots.SMS}, Limited: true, From: 9, To: 20}); len(again.Changes) != 0 {
			s.t.Errorf("the same again changes %+v", again.Changes)
		}
		lines := s.statements(who)
		if len(lines) != 1 || lines[0].About != bots.AboutWishes || !lines[0].ByPerson || lines[0].Words != "first viber; not on sms; 09-20" || !lines[0].At.Equal(c.Wishes.At) {
			s.t.Errorf("the evidence has %+v", lines)
		}
	},
	"a wish that the page does not offer is refused whole": func(s *script) {
		who := s.everywhere()
		for name, w := range map[string]bots.Wish{
			"hours that leave nothing open":      {Limited: true, From: 9, To: 11},
			"a channel that was not asked about": {Asked: []string{bots.Viber}, NotOn: []string{bots.SMS}},
			"an hour that no clock shows":        {Limited: true, From: 9, To: 33},
			"a channel that is none":             {Asked: []string{"pigeon"}},
		} {
			_, err := s.tell(s.wished(who, w))
			s.fails(err, bots.ErrUnreadable)
			if c := s.contact(who); !c.Wishes.Zero() {
				s.t.Errorf("%s: wishes %+v", name, c.Wishes)
			}
		}
	},
	"only the page lifts a stop of the page, and marketing goes again": func(s *script) {
		who := s.person("telegram:42", "sms:+380501112233")
		s.rules.PerDay = 0
		d := s.ask(who, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.WayOut, Channel: "page", Contact: who, Delivery: d})
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped opted_out")
		turn := s.hear(bots.Event{Kind: bots.Allowed, Channel: "page", Contact: who, Delivery: d})
		if m := s.contact(who).Marketing; m.State != bots.Given || m.Source != "page" || !m.ByPerson || m.At.IsZero() {
			s.t.Errorf("consent %+v, want the person's yes of the page", m)
		}
		if len(turn.Changes) != 1 || turn.Changes[0].Type != "contact.consent" || turn.Changes[0].State != "given" {
			s.t.Errorf("changes %+v", turn.Changes)
		}
		s.is(d, "refused opted_out") // what a stop ended stays ended
		s.is(s.ask(who, fallback.Marketing, loyalty), "queued")
	},
	"whoever gets an address gets what was asked for there": func(s *script) {
		owner, born := s.person("sms:+380501112233"), s.person("telegram:42")
		s.wish(born, bots.Wish{Asked: []string{bots.Telegram}, NotOn: []string{bots.Telegram}, Limited: true, From: 10, To: 20})
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		c := s.contact(owner)
		if h, ok := c.Wishes.Open(); !slices.Equal(c.Wishes.NotOn, []string{bots.Telegram}) || !ok || h.From != 10 || h.To != 20 {
			s.t.Errorf("wishes %+v, want those of whoever had the chat", c.Wishes)
		}
	},
}

// wished is the event of a form of the preference page. It asked about all channels of the stories unless it says otherwise.
func (s *script) wished(who bots.ID, w bots.Wish) bots.Event {
	if w.Asked == nil {
		w.Asked = []string{bots.Telegram, bots.Viber, bots.SMS}
	}
	return bots.Event{Kind: bots.Wished, Channel: "page", Contact: who, Wish: &w}
}

func (s *script) wish(who bots.ID, w bots.Wish) bots.Turn {
	s.t.Helper()
	return s.hear(s.wished(who, w))
}

// step compares what became of one leg: "skipped unwanted".
func (s *script) step(id bots.ID, leg int, want string) {
	s.t.Helper()
	l := s.delivery(id).Route[leg]
	if got := l.Outcome.String() + " " + l.Reason; got != want {
		s.t.Errorf("leg %d is %s, want %s", leg, got, want)
	}
}
