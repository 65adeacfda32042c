package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// regionStories are about holds of regions: an alert, a day of mourning.
var regionStories = map[string]func(*script){
	"a hold of a country keeps marketing of its people, and of nobody else": func(s *script) {
		h := s.hold("UA", time.Time{})
		here, there := s.person("telegram:42", "sms:+380501112233"), s.person("telegram:43", "sms:+48501112233")
		d := s.ask(here, fallback.Marketing, "telegram 1h read", noRamp)
		s.ask(there, fallback.Marketing, "telegram 1h read", noRamp)
		s.ask(here, fallback.Service, "telegram 1h read", noRamp)
		s.ask(here, fallback.Urgent, "telegram 1h read")
		s.ask(here, fallback.Conversation, "telegram 15m accepted")
		s.is(d, "held hold")
		s.run(2 * time.Hour)
		s.sentSoFar("0s telegram d4/0", "0s telegram d5/0", "0s telegram d3/0", "0s telegram d2/0")
		s.is(d, "held hold")
		s.endHold(h)
		s.settleDown()
		s.is(d, "waiting")
	},
	"a hold obeys in the claim": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read", noRamp)
		have, err := s.Load(s.ctx(), d)
		s.must(err)
		s.hold("UA", time.Time{})
		if a := s.claim(have); a != nil {
			s.t.Errorf("claimed %+v while the region is on hold", a)
		}
		s.is(d, "held hold")
		s.run(5 * time.Hour)
		s.sentSoFar()
	},
	"waits and deadlines stand still in a hold": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "telegram 30m read, viber 30m read", noRamp, func(r *fallback.Request) { r.Cascade.Deadline = time.Hour })
		s.run(10 * time.Minute)
		h := s.hold("UA", time.Time{})
		s.run(3 * time.Hour)
		s.is(d, "waiting hold")
		s.endHold(h)
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "3h30m0s viber d1/1")
		s.is(d, "unconfirmed deadline")
	},
	"proof ends what a hold keeps": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "telegram 30m read, viber 30m read", noRamp)
		s.run(10 * time.Minute)
		s.hold("everywhere", time.Time{})
		s.run(time.Hour)
		s.is(d, "waiting hold")
		s.says("telegram:42", "thank you")
		s.is(d, "done")
	},
	"a hold with an end ends by itself, and what it kept does not go at once": func(s *script) {
		s.hold("+38050", s.start.Add(time.Hour))
		var all []bots.ID
		for range 40 {
			all = append(all, s.ask(s.person("telegram:42", "sms:+380501112233"), fallback.Marketing, "telegram 1h read"))
		}
		s.run(time.Hour)
		s.sentSoFar()
		s.run(65 * time.Minute)
		first, last := s.start.Add(24*time.Hour), s.start
		for _, id := range all {
			at := s.delivery(id).Route[0].SentAt
			first, last = earlier(first, at), later(last, at)
		}
		if first.Before(s.start.Add(time.Hour)) || last.Sub(first) < 30*time.Minute {
			s.t.Errorf("forty went out between %v and %v, want them spread over the hour after the end", first.Sub(s.start), last.Sub(s.start))
		}
	},
	"what a hold that somebody ends kept does not go at once": func(s *script) {
		h := s.hold("everywhere", time.Time{})
		for range 40 {
			s.ask(s.person("telegram:42"), fallback.Marketing, "telegram 1h read")
		}
		s.run(30 * time.Minute)
		s.endHold(h)
		s.run(10 * time.Minute)
		if n := len(s.sends); n == 0 || n > 20 {
			s.t.Errorf("%d of forty went out in ten minutes after the end, want some", n)
		}
		s.run(time.Hour)
		if n := len(s.sends); n != 40 {
			s.t.Errorf("%d of forty went out", n)
		}
	},
	"a region is an attribute, too, or a time zone": func(s *script) {
		s.hold("region=Kharkiv", time.Time{})
		s.hold("Europe/Warsaw", time.Time{})
		in, list, out, zone := s.person("telegram:42"), s.person("telegram:43"), s.person("telegram:44"), s.person("telegram:45", "sms:+48501112233")
		s.attributes(in, `{"region":"kharkiv"}`)
		s.attributes(list, `{"region":["Kyiv","Kharkiv"]}`)
		s.attributes(out, `{"region":"Lviv","city":"Kharkiv"}`)
		s.is(s.ask(in, fallback.Marketing, "telegram 1h read"), "held hold")
		s.is(s.ask(list, fallback.Marketing, "telegram 1h read"), "held hold")
		s.is(s.ask(out, fallback.Marketing, "telegram 1h read"), "queued")
		s.is(s.ask(zone, fallback.Marketing, "telegram 1h read"), "held hold")
	},
	"an attribute is the same in any case of letters and with blanks around it, also a number": func(s *script) {
		s.hold("REGION=Харків", time.Time{})
		s.hold("shop=1234567", time.Time{})
		upper, blank, number, out := s.person("telegram:42"), s.person("telegram:43"), s.person("telegram:44"), s.person("telegram:45")
		s.attributes(upper, `{"Region":"ХАРКІВ"}`)
		s.attributes(blank, `{" region ":["харків "]}`)
		s.attributes(number, `{"Shop":1234567}`)
		s.attributes(out, `{"Region":"Львів","shop":7}`)
		for _, who := range []bots.ID{upper, blank, number} {
			s.is(s.ask(who, fallback.Marketing, "telegram 1h read"), "held hold")
		}
		s.is(s.ask(out, fallback.Marketing, "telegram 1h read"), "queued")
		first, again := s.hold("Region=одеса", time.Time{}), s.hold("region=Одеса", time.Time{})
		if first != again {
			s.t.Errorf("the same region in other letters is hold %v, want %v", again, first)
		}
	},
	"a hold keeps the purposes it names": func(s *script) {
		h, err := s.BeginHold(s.ctx(), fallback.RegionHold{Region: fallback.Everywhere, Purposes: []fallback.Purpose{fallback.Service}})
		s.must(err)
		service := s.ask(s.everywhere(), fallback.Service, "telegram 1h read", noRamp)
		s.is(s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read"), "queued")
		s.is(service, "held hold")
		s.endHold(h.ID)
		s.settleDown()
		s.is(service, "waiting")
	},
	"of two holds the one that stands longer counts, and quiet hours after it": func(s *script) {
		first := s.hold("UA", time.Time{})
		second := s.hold("everywhere", s.start.Add(10*time.Hour))
		d := s.ask(s.everywhere(), fallback.Marketing, "telegram 1h read", noRamp)
		s.run(time.Hour)
		s.endHold(first)
		s.run(8 * time.Hour)
		s.is(d, "held hold")
		s.run(90 * time.Minute)
		s.is(d, "held quiet_hours") // the second ended at ten in the evening
		s.endHold(second)
		s.run(12 * time.Hour)
		s.sentSoFar("21h0m0s telegram d1/0")
	},
	"the same hold again gets the new end; its begin and its end are told once": func(s *script) {
		h := s.hold("UA", time.Time{})
		if again := s.hold("UA", s.start.Add(time.Hour)); again != h {
			s.t.Errorf("the same region again is hold %v, want %v", again, h)
		}
		all, err := s.Holds(s.ctx())
		s.must(err)
		if n := len(all.All()); n != 1 || !all.All()[0].Until.Equal(s.start.Add(time.Hour)) {
			s.t.Errorf("holds %+v", all.All())
		}
		s.endHold(h)
		s.endHold(h)
		_, err = s.EndHold(s.ctx(), 12345)
		s.fails(err, fallback.ErrUnknownHold)
	},
}

// hold begins a hold of marketing in a region; until the zero time, until somebody ends it.
func (s *script) hold(region string, until time.Time) bots.ID {
	s.t.Helper()
	h, err := s.BeginHold(s.ctx(), fallback.RegionHold{Region: region, Purposes: []fallback.Purpose{fallback.Marketing}, Until: until})
	s.must(err)
	return h.ID
}

// endHold ends a hold, and looks at all that holds keep, as the engine does.
func (s *script) endHold(id bots.ID) {
	s.t.Helper()
	_, err := s.EndHold(s.ctx(), id)
	s.must(err)
	kept, err := s.Due(s.ctx(), fallback.LaneHold, fallback.Entry{}, time.Now().Add(1000*time.Hour), 1000)
	s.must(err)
	for _, e := range kept {
		s.must(s.Come(s.ctx(), e.ID, s.rules, s.world))
	}
	s.must(s.Drop(s.ctx(), fallback.LaneHold, kept))
}

func (s *script) attributes(who bots.ID, object string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(who)
		c.Attributes = []byte(object)
		tx.PutContact(c)
	})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
