package fallbacktest

import (
	"reflect"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// gateStories are about what a channel does not let through.
var gateStories = map[string]func(*script){
	"who was never heard is passed over where only the warm are written to": func(s *script) {
		s.limit(bots.Viber, func(l *bots.Limits) { l.WarmOnly = true })
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Set(address("viber:v42"), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		d := s.ask(who, fallback.Service, "viber 30m read, telegram 15m read")
		s.run(time.Minute)
		s.sentSoFar("0s telegram d1/1")
		s.step(d, 0, "skipped cold")
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address("viber:v42"), Text: "hi"})
		s.ask(who, fallback.Service, "viber 30m read")
		s.settleDown()
		s.sentSoFar("0s telegram d1/1", "1m0s viber d2/0")
	},
	"the person's own message opens a window, at its own time": func(s *script) {
		s.limit(bots.Viber, func(l *bots.Limits) { l.Window = 24 * time.Hour })
		who := s.everywhere()
		s.is(s.last(s.ask(who, fallback.Service, "viber 30m read")), "skipped window_closed")
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address("viber:v42"), Text: "hi", At: time.Now().Add(-23 * time.Hour)})
		s.ask(who, fallback.Service, "viber 30m read")
		s.run(59 * time.Minute)
		s.is(s.last(s.ask(who, fallback.Service, "viber 30m read")), "skipped window_closed")
		s.is(s.last(s.ask(who, fallback.Conversation, "viber 15m accepted")), "failed window_closed")
		s.sentSoFar("0s viber d2/0")
	},
	"what was approved is kept with the message, and which of the two went out": func(s *script) {
		s.limit(bots.Viber, func(l *bots.Limits) { l.Window = 24 * time.Hour })
		who := s.everywhere()
		s.approved = &bots.Approved{
			Name: "bonus_added", Language: "uk", Header: "https://shop.example/a.jpg", Body: []bots.ApprovedField{{Name: "points", Text: "120"}, {Text: "x"}},
			Buttons: []bots.ApprovedButton{{Index: 1, URL: "c/1"}, {Data: "more"}},
		}
		s.ask(who, fallback.Service, "viber 30m read")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address("viber:v42"), Text: "hi"})
		s.ask(who, fallback.Service, "viber 30m read")
		s.settleDown()
		for i, want := range []bool{true, false} {
			x := s.sends[i]
			if (x.Out.Approved != nil) != want {
				s.t.Errorf("send %d went out as %+v", i, x.Out.Approved)
			}
			s.update(func(tx fallback.Tx) {
				if m := tx.Message(x.Message); !reflect.DeepEqual(m.Approved, s.approved) || m.Text != "120 points" {
					s.t.Errorf("message %d is kept as %q, %+v", i, m.Text, m.Approved)
				}
				if tx.MessageState(x.Message).Approved != want {
					s.t.Errorf("of message %d it is kept that it went as approved: %v", i, !want)
				}
			})
		}
	},
	"a day's bound counts each step once, and the next day anew": func(s *script) {
		s.limit(bots.Viber, func(l *bots.Limits) { l.Daily = bots.Daily{First: 1, Growth: 2, Most: 3} })
		s.fail("viber", bots.Temporary)
		who := s.everywhere()
		s.ask(who, fallback.Service, "viber 30m read, telegram 15m read")
		s.run(time.Minute)
		second := s.ask(who, fallback.Urgent, "viber 30m read, telegram 15m read")
		s.ask(who, fallback.Conversation, "viber 15m accepted")
		s.settleDown()
		s.step(second, 0, "skipped daily_cap")
		s.sentSoFar("0s viber d1/0", "2s viber d1/0", "1m0s viber d3/0", "1m0s telegram d2/1")
		s.update(func(tx fallback.Tx) {
			today := time.Now().In(s.rules.Zone).Format(time.DateOnly)
			if w := tx.Written(bots.Viber); w != (fallback.Written{Day: today, Count: 1}) {
				s.t.Errorf("counted %+v", w)
			}
		})
	},
	"what did not go out counts for no day, and what goes later is bound like the rest": func(s *script) {
		s.limit(bots.Viber, func(l *bots.Limits) { l.Daily = bots.Daily{Most: 1} })
		s.fail("viber", bots.Temporary)
		s.fail("viber", bots.Temporary)
		who := s.everywhere()
		second := s.ask(who, fallback.Service, "viber 30m read, telegram 15m read")
		s.ask(who, fallback.Urgent, "viber 30m read, telegram 15m read")
		s.settleDown()
		s.counted(bots.Viber, 0)
		s.run(time.Minute)
		s.counted(bots.Viber, 1)
		s.step(second, 0, "failed daily_cap")
	},
	"to another account whoever wrote to the one before is a stranger, until she writes again": func(s *script) {
		s.whatsapp()
		s.limit(bots.WhatsApp, func(l *bots.Limits) { l.WarmOnly = true })
		who := s.says(phone, "hello", also(lid)).Contact.ID
		warm := func(to fallback.Purpose, want string) {
			s.t.Helper()
			s.run(2 * time.Hour)
			d := s.ask(who, to, "whatsapp 15m accepted, sms")
			s.settleDown()
			s.step(d, 0, want)
		}
		warm(fallback.Service, "accepted ")
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) { tx.PutWritten(bots.WhatsApp, fallback.Written{Since: tx.Now()}) })
		warm(fallback.Service, "skipped cold")
		warm(fallback.Conversation, "accepted ")
		s.says(lid, "is this your new number?")
		warm(fallback.Service, "accepted ")
	},
	"a session that is shut is passed by, and the address stays": func(s *script) {
		s.world.Standing = map[string]bots.Standing{bots.Telegram: {Shut: true}}
		who := s.everywhere()
		d := s.ask(who, fallback.Service, loyalty)
		s.must(s.PassBy(s.ctx(), d, s.rules, s.world))
		s.step(d, 0, "skipped channel_shut")
		s.must(s.PassBy(s.ctx(), d, s.rules, s.world)) // Viber is well
		s.settleDown()
		s.sentSoFar("0s viber d1/1")
		if place, _ := s.contact(who).At(bots.Telegram); place.State != bots.Active {
			s.t.Errorf("the address is %s", place.State)
		}
	},
}

// counted checks how many messages count for the day of a channel.
func (s *script) counted(channel string, want int) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if w := tx.Written(channel); w.Count != want {
			s.t.Errorf("%d messages count for the day, want %d", w.Count, want)
		}
	})
}

// limit changes what a channel is like.
func (s *script) limit(channel string, change func(*bots.Limits)) {
	c := s.rules.Channels[channel]
	change(&c.Limits)
	s.rules.Channels[channel] = c
}

// last works what is due, and hands on the delivery.
func (s *script) last(id bots.ID) bots.ID {
	s.t.Helper()
	s.settleDown()
	return id
}
