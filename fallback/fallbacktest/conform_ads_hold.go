package fallbacktest

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// adsHoldStories are about marketing that waits because the person has answered some of it: however that ends, none goes after a no, none at
// night, none twice, and none stays behind.
var adsHoldStories = map[string]func(*script){
	"a conversation that is closed in a pause lets marketing go when the pause is over": func(s *script) {
		_, thread, second := s.answersAds(24*time.Hour, "telegram")
		s.writes(thread, "500", "/pause 3h")
		s.writes(thread, "501", "/close")
		s.settleDown()
		s.is(second, "held conversation")
		s.run(2 * time.Hour)
		s.is(second, "held conversation")
		s.run(3 * time.Hour) // spread over the ramp
		s.is(second, "done")
	},
	"a pause that is made shorter is shorter for marketing, too, and the hold of an answer stays as it is": func(s *script) {
		s.forum()
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.writes(thread, "500", "/pause 20d")
		first := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.writes(thread, "501", "/pause 2h")
		s.run(2*time.Hour - time.Minute)
		s.is(first, "held conversation")
		s.run(3 * time.Hour)
		s.is(first, "done")
		s.rules.Staff.HoldMarketing = 50 * time.Hour
		s.says("telegram:42", "Until when is that?")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.writes(thread, "502", "/pause 2h")
		s.run(24 * time.Hour)
		s.is(second, "held conversation")
	},
	"what waits for the end of the conversation goes in the morning when that ends at night": func(s *script) {
		_, thread, second := s.answersAds(72*time.Hour, "telegram")
		s.run(13 * time.Hour) // one in the morning in Kyiv
		n := len(s.log)
		s.writes(thread, "500", "/close")
		s.run(time.Hour)
		s.is(second, "held quiet_hours")
		s.run(10 * time.Hour)
		s.is(second, "done")
		s.once(n, second)
	},
	"a hold whose time is over at night lets marketing go in the morning": func(s *script) {
		_, _, second := s.answersAds(13*time.Hour, "telegram")
		n := len(s.log)
		s.run(14 * time.Hour)
		s.is(second, "held quiet_hours")
		s.run(10 * time.Hour)
		s.is(second, "done")
		s.once(n, second)
	},
	"a step that waits for its proof does not go on while the person is talked with, nor at night": func(s *script) {
		s.forum()
		s.rules.Staff.HoldMarketing = 72 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		waits := s.ask(who, fallback.Marketing, "viber 30m read, sms")
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		n := len(s.log)
		s.says("telegram:42", "Until when is that?")
		s.run(13 * time.Hour)
		s.is(waits, "waiting conversation")
		s.sentSince(n)
		s.writes(thread, "500", "/close")
		s.run(time.Hour)
		s.sentSince(n)
		s.run(14 * time.Hour)
		if got := s.log[n:]; len(got) != 1 || !strings.Contains(got[0], "sms/main") {
			s.t.Errorf("sent %v, want the text in the morning", got)
		}
	},
	"a no that is said while marketing waits ends it for good, whatever is said later": func(s *script) {
		for i, no := range []func(who bots.ID){
			func(bots.ID) { s.stops("telegram:42") },
			func(who bots.ID) { s.hear(bots.Event{Kind: bots.Blocked, Chat: address("telegram:42")}) },
			func(who bots.ID) { s.hear(bots.Event{Kind: bots.WayOut, Channel: bots.Telegram, Contact: who}) },
		} {
			who, thread, second := s.answersAds(24*time.Hour, "telegram 15m read, sms")
			n := len(s.log)
			no(who)
			s.settleDown()
			if d := s.delivery(second); d.State != fallback.RefusedState {
				s.t.Errorf("%d: the delivery is %s %s", i, d.State, d.Reason)
			}
			s.says("telegram:42", "старт")
			s.writes(thread, "50"+string(rune('0'+i)), "/close")
			s.run(48 * time.Hour)
			s.once(n)
			s.erase(who)
		}
	},
	"of what waited no more goes than the frequency limits let": func(s *script) {
		s.forum()
		s.rules.Staff.HoldMarketing = 48 * time.Hour
		who := s.everywhere()
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.says("telegram:42", "Until when is that?")
		s.run(25 * time.Hour)
		var all []bots.ID
		for range 3 {
			all = append(all, s.ask(who, fallback.Marketing, "telegram"))
		}
		n := len(s.log)
		s.settleDown()
		s.writes(s.topicIs(who, fallback.TopicOpen).Thread, "500", "/close")
		s.run(48 * time.Hour)
		s.once(n, all[0])
		s.is(all[1], "skipped frequency")
		s.is(all[2], "skipped frequency")
	},
	"who is erased while marketing waits gets none of it": func(s *script) {
		who, _, second := s.answersAds(24*time.Hour, "telegram")
		n := len(s.log)
		s.forget(who)
		s.run(48 * time.Hour)
		s.is(second, "cancelled erased")
		s.once(n)
	},
	"a deadline stands still while marketing waits, also when the conversation is closed and begins anew": func(s *script) {
		who, thread, second := s.answersAds(72*time.Hour, "telegram")
		n := len(s.log)
		s.run(57*time.Hour + 30*time.Minute) // half past nine in the evening
		s.writes(thread, "500", "/close")
		s.run(time.Hour)
		s.is(second, "held quiet_hours")
		s.says("telegram:42", "And tomorrow?", func(e *bots.Event) { e.On, e.Step = s.first(who).ProviderID, s.first(who).Message })
		s.run(46 * time.Hour)
		s.is(second, "held conversation")
		s.writes(thread, "501", "/close")
		s.run(24 * time.Hour)
		s.is(second, "done")
		s.once(n, second)
	},
	"who is two people again waits for the own conversation alone": func(s *script) {
		s.forum()
		s.rules.Staff.HoldMarketing = 30 * 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.ask(from, fallback.Marketing, "viber")
		s.settleDown()
		s.says("viber:v7", "Until when is that?")
		waits := s.ask(keep, fallback.Marketing, "telegram", at(time.Now().Add(time.Hour)))
		theirs := s.ask(from, fallback.Marketing, "viber", at(time.Now().Add(time.Hour)))
		s.merge(keep, from)
		s.run(2 * time.Hour)
		s.is(waits, "held conversation")
		s.is(theirs, "held conversation")
		s.unmerge(keep, from)
		s.run(time.Hour)
		s.is(waits, "done")
		s.is(theirs, "held conversation")
	},
	"of two who are one marketing waits as long as either is talked with": func(s *script) {
		s.forum()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.ask(from, fallback.Marketing, "viber")
		s.settleDown()
		s.says("viber:v7", "Until when is that?")
		s.merge(keep, from)
		d := s.ask(keep, fallback.Marketing, "telegram 15m read, viber")
		s.settleDown()
		s.is(d, "held conversation")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutTalk(tx, from, fallback.TalkChange{State: bots.Closed}.Apply))
		})
		s.run(time.Minute)
		s.is(d, "waiting")
	},
	"an answer from the other address of a chat is one": func(s *script) {
		s.staffed()
		s.whatsapp()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.says(phone, "hello", also(lid)).Contact.ID
		s.says(phone, "старт")
		s.ask(who, fallback.Marketing, "whatsapp")
		s.settleDown()
		from := lid
		if s.sends[len(s.sends)-1].Out.To == address(lid) {
			from = phone
		}
		s.says(from, "Until when is that?")
		second := s.ask(who, fallback.Marketing, "whatsapp")
		s.settleDown()
		s.is(second, "held conversation")
	},
	"a word about consent is no answer": func(s *script) {
		s.staffed()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.says("telegram:42", "старт")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(second, "done")
	},
	"a number that is passed on while marketing to it waits gets none of it": func(s *script) {
		who, thread, second := s.answersAds(24*time.Hour, "sms")
		n := len(s.log)
		s.change(who, func(c *bots.Contact) { c.Phone = ""; c.Remove(address("sms:+380501112233")) })
		s.person("sms:+380501112233")
		s.writes(thread, "500", "/close")
		s.run(48 * time.Hour)
		s.is(second, "skipped no_address")
		s.once(n)
	},
}

// answersAds is somebody who has answered marketing in words, the topic about them, and a second delivery that waits for that.
func (s *script) answersAds(hold time.Duration, cascade string) (who bots.ID, thread string, second bots.ID) {
	s.t.Helper()
	if room := s.staffRoomNow(); room.Group == "" {
		s.forum()
	}
	s.rules.Staff.HoldMarketing = hold
	s.rules.PerDay, s.rules.PerWeek = 0, 0
	who = s.everywhere()
	s.opensTopic(who, "Olena")
	s.settleDown()
	s.ask(who, fallback.Marketing, "telegram")
	s.settleDown()
	s.says("telegram:42", "Until when is that?")
	second = s.ask(who, fallback.Marketing, cascade)
	s.settleDown()
	s.is(second, "held conversation")
	return who, s.topicIs(who, fallback.TopicOpen).Thread, second
}

// first is the first message that a person was sent.
func (s *script) first(who bots.ID) *sent {
	i := slices.IndexFunc(s.sends, func(x *sent) bool { return s.delivery(x.Delivery).Contact == who })
	return s.sends[i]
}

// once checks that after the first n sends each of some deliveries went out once to people, and nothing else did.
func (s *script) once(n int, want ...bots.ID) {
	s.t.Helper()
	var got []bots.ID
	for _, x := range s.sends[n:] {
		if x.Out.To.Channel != bots.Staff {
			got = append(got, x.Delivery)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("sent %v, want %v once each: %v", got, want, s.log[n:])
	}
}
