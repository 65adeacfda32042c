package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// dayStories are about whose clock counts, days off and holidays.
var dayStories = map[string]func(*script){
	"quiet hours are those where the phone is": func(s *script) {
		far := s.ask(s.person("telegram:42", "sms:+12125551234"), fallback.Marketing, "telegram 1h read", noRamp) // four in the morning there
		told := s.person("telegram:43", "sms:+12125551234")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(told)
			c.Zone = "Europe/Kyiv"
			tx.PutContact(c)
		})
		here := s.ask(told, fallback.Marketing, "telegram 1h read", noRamp)
		s.run(10 * time.Hour)
		s.sentSoFar("0s telegram d2/0", "4h0m0s telegram d1/0")
		if far, here := s.delivery(far), s.delivery(here); far.Zone != "America/New_York" || here.Zone != "Europe/Kyiv" {
			s.t.Errorf("zones %s and %s", far.Zone, here.Zone)
		}
	},
	"where a phone may be in several zones, quiet in any is quiet": func(s *script) {
		d := s.ask(s.person("telegram:42", "sms:+351912345678"), fallback.Marketing, "telegram 1h read", noRamp) // ten in Lisbon, nine on the Azores
		s.ask(s.person("telegram:43", "sms:+351912345678"), fallback.Marketing, "telegram 1h read", func(r *fallback.Request) { r.SendAt = s.start.Add(23 * time.Hour); r.Cascade.Quiet.Ramp = 0 })
		s.run(25 * time.Hour)
		s.is(d, "unconfirmed")
		s.sentSoFar("0s telegram d1/0", "24h0m0s telegram d2/0")
	},
	"marketing waits on a day off and on a holiday, and its clock with it": func(s *script) {
		s.rules.Country = "UA"
		tomorrow := s.start.Add(24 * time.Hour)
		s.rules.Holidays = fallback.Calendar{"UA": {{Month: tomorrow.Month(), Day: tomorrow.Day()}}, "PL": {{Month: s.start.Month(), Day: s.start.Day()}}}
		dayAfter := s.start.Add(48 * time.Hour).Weekday()
		off := func(r *fallback.Request) { r.Cascade.Days = &fallback.Days{Off: 1 << dayAfter} }
		d := s.ask(s.everywhere(), fallback.Marketing, "telegram 12h read, viber 1h read", noRamp, off)
		s.ask(s.everywhere(), fallback.Service, "telegram 12h read, viber 1h read", noRamp)
		s.run(70 * time.Hour)
		// nine hours of today, none of tomorrow and of the day after; three of the next: it is noon then
		s.sentSoFar("0s telegram d2/0", "0s telegram d1/0", "24h0m0s viber d2/1")
		s.run(3 * time.Hour)
		s.sentSoFar("0s telegram d2/0", "0s telegram d1/0", "24h0m0s viber d2/1", "72h0m0s viber d1/1")
		s.is(d, "unconfirmed")
	},
	"service keeps holidays where its cascade says so, and marketing does not where its says not": func(s *script) {
		s.rules.Holidays = fallback.Calendar{fallback.EveryCountry: {{Month: s.start.Month(), Day: s.start.Day()}}}
		rule := func(rule fallback.HolidayRule) func(*fallback.Request) {
			return func(r *fallback.Request) { r.Cascade.Days = &fallback.Days{Holidays: rule} }
		}
		s.is(s.ask(s.everywhere(), fallback.Service, "telegram 1h read", rule(fallback.HolidaysKept)), "held quiet_hours")
		s.is(s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read", rule(fallback.HolidaysWorked)), "queued")
		s.is(s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read"), "held quiet_hours")
		s.is(s.ask(s.everywhere(), fallback.Urgent, "telegram 1h read", rule(fallback.HolidaysKept)), "queued")
	},
	"a day of the week has hours of its own": func(s *script) {
		short := func(r *fallback.Request) {
			r.Cascade.Days = &fallback.Days{Hours: []fallback.DayHours{{Day: s.start.Weekday(), From: 12 * 60, To: 11 * 60}}}
		}
		d := s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read", noRamp, short)
		s.is(d, "held quiet_hours")
		s.run(22 * time.Hour)
		s.sentSoFar("21h0m0s telegram d1/0")
	},
	"the person's own channel leads in every order, and what is unwanted is left out in every order": func(s *script) {
		for _, order := range []string{"listed", "preferred", "cheapest"} {
			who := s.everywhere()
			s.wish(who, bots.Wish{First: bots.Viber, NotOn: []string{bots.SMS}})
			d := s.ask(who, fallback.Service, "telegram 15m read, sms 15m delivered, viber 15m read", func(r *fallback.Request) { r.Cascade.Order = order })
			s.run(time.Hour)
			del := s.delivery(d)
			if got := del.Route[0].Channel; got != bots.Viber {
				s.t.Errorf("order %s begins with %s, want what the person chose", order, got)
			}
			for _, l := range del.Route {
				if l.Channel == bots.SMS && (l.Attempts > 0 || l.Reason != fallback.ReasonUnwanted) {
					s.t.Errorf("order %s: sms is %s %s", order, l.Outcome, l.Reason)
				}
			}
		}
	},
}
