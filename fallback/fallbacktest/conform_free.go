package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// freeStories are about messages that a channel says it bills nothing for.
var freeStories = map[string]func(*script){
	"what the channel does not bill costs nothing, however often and in whatever order it says so": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 1h read, sms")
		s.settleDown()
		s.costs(d, "0.84", "0.84")
		s.hear(unbilled(s.sends[0], bots.Read))
		s.costs(d, "0", "0")
		s.hear(unbilled(s.sends[0], bots.Accepted))
		s.hear(unbilled(s.sends[0], bots.Delivered))
		s.costs(d, "0", "0")
		s.is(d, "done")
	},
	"what is told before the call ends is taken when it ends": func(s *script) {
		for _, named := range []bool{true, false} { // by our own id, and by the channel's, which nobody knows yet
			s.next("viber", func(x *sent) {
				e := unbilled(x, bots.Accepted)
				if named {
					e.Receipt.Step, e.Receipt.ID = x.Message, ""
				}
				s.must2(s.tell(e))
			})
			d := s.ask(s.everywhere(), fallback.Service, "viber 1h read, sms")
			s.settleDown()
			s.costs(d, "0", "0")
		}
	},
	"a day that is over is corrected, and not the day of the report": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 72h read", func(r *fallback.Request) { r.Cascade.Deadline = 72 * time.Hour })
		s.run(30 * time.Hour)
		s.hear(unbilled(s.sends[0], bots.Delivered))
		s.costs(d, "0", "0")
		s.update(func(tx fallback.Tx) {
			if got := tx.Spent(time.Now().In(s.rules.Zone).Format(time.DateOnly)); got.Amount != 0 {
				s.t.Errorf("the day of the report has spent %s", got)
			}
		})
	},
	"a step that cost nothing is none of the paid ones": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 1h read, sms", func(r *fallback.Request) { r.Cascade.PaidSteps = 1 })
		s.settleDown()
		s.hear(unbilled(s.sends[0], bots.Delivered))
		s.run(2 * time.Hour)
		s.sentSoFar("0s viber d1/0", "1h0m0s sms/main d1/1")
		s.costs(d, "0.92", "0.92")
	},
	"a report that says nothing of money changes no cost": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 1h read, sms")
		s.settleDown()
		s.report(s.sends[0], bots.Read)
		s.costs(d, "0.84", "0.84")
	},
}

// unbilled is a receipt for what costs nothing.
func unbilled(x *sent, level bots.Level) bots.Event {
	return bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Level: level, Free: true, At: time.Now()}}
}

// costs compares what a delivery cost, and what the day of the first send has spent.
func (s *script) costs(d bots.ID, delivery, spent string) {
	s.t.Helper()
	if got := s.delivery(d).Cost().String(); got != delivery+" UAH" {
		s.t.Errorf("the delivery cost %s, want %s", got, delivery)
	}
	s.update(func(tx fallback.Tx) {
		if got := tx.Spent(s.start.In(s.rules.Zone).Format(time.DateOnly)).String(); got != spent+" UAH" {
			s.t.Errorf("spent %s, want %s", got, spent)
		}
	})
}
