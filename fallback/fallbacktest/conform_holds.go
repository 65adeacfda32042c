package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func noRamp(r *fallback.Request) { r.Cascade.Quiet.Ramp = 0 }

var holdStories = map[string]func(*script){
	"at night a step is held and its clock stands still": func(s *script) {
		time.Sleep(8*time.Hour + 55*time.Minute) // 20:55
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms", noRamp)
		s.run(10 * time.Hour)
		s.sentSoFar("8h55m0s telegram d1/0")
		s.is(d, "waiting")
		s.run(4 * time.Hour)
		s.sentSoFar("8h55m0s telegram d1/0", "21h10m0s sms/main d1/1") // 9:10
	},
	"what begins at night begins in the morning": func(s *script) {
		time.Sleep(10 * time.Hour)
		d := s.ask(s.everywhere(), fallback.Service, loyalty, noRamp)
		urgent := s.ask(s.everywhere(), fallback.Urgent, loyalty)
		s.run(time.Minute)
		s.is(d, "held quiet_hours")
		s.is(urgent, "waiting")
		s.run(11 * time.Hour)
		s.is(d, "waiting")
		if got, want := s.delivery(d).Route[0].SentAt, s.start.Add(21*time.Hour); !got.Equal(want) {
			s.t.Errorf("sent at %v, want nine in the morning", got)
		}
	},
	"the deadline ends a delivery; it counts allowed time": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 100h read, sms", func(r *fallback.Request) { r.Cascade.Deadline = 10 * time.Hour })
		s.run(21 * time.Hour) // nine hours until 21:00, twelve of night
		s.is(d, "waiting")
		s.run(61 * time.Minute)
		s.is(d, "unconfirmed deadline")
		s.sentSoFar("0s telegram d1/0")
	},
	"the deadline before any step was tried": func(s *script) {
		s.must(s.Pause(s.ctx(), bots.Telegram, false))
		d := s.ask(s.everywhere(), fallback.Urgent, "telegram 1h read", func(r *fallback.Request) { r.Cascade.Deadline = time.Hour })
		s.run(3 * time.Hour)
		s.is(d, "held pause") // a pause stops the deadline, too
		s.must(s.Resume(s.ctx(), bots.Telegram))
		time.Sleep(time.Minute) // urgent shares its lane with answers: it looks again once a minute
		s.fail("telegram", bots.Misconfigured)
		s.work(fallback.SendLane(bots.Telegram, fallback.First))
		time.Sleep(2 * time.Hour)
		s.settleDown()
		s.is(d, "failed deadline")
	},
	"nothing tried when the deadline is over is expired": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Urgent, "telegram 1h read", func(r *fallback.Request) { r.Cascade.Deadline = time.Hour })
		time.Sleep(2 * time.Hour)
		s.settleDown()
		s.is(d, "expired deadline")
		s.sentSoFar()
	},
	"marketing once a day, counted at its first attempt": func(s *script) {
		who := s.everywhere()
		first := s.ask(who, fallback.Marketing, "telegram 1h read, sms")
		second := s.ask(who, fallback.Marketing, "telegram 1h read, sms")
		s.is(second, "queued") // nothing was tried yet
		s.settleDown()
		s.is(first, "waiting")
		s.is(second, "skipped frequency")
		if d := s.delivery(second); d.LostTo != first {
			s.t.Errorf("lost to %v, want %v, which went out", d.LostTo, first)
		}
		third := s.ask(who, fallback.Marketing, "telegram 1h read, sms")
		s.is(third, "skipped frequency")
		if d := s.delivery(third); d.LostTo != first {
			s.t.Errorf("the third lost to %v, want %v", d.LostTo, first)
		}
		service := s.ask(who, fallback.Service, "telegram 1h read, sms")
		s.is(service, "queued")
		s.run(24 * time.Hour)
		s.is(s.ask(who, fallback.Marketing, "telegram 1h read, sms"), "queued")
	},
	"of two deliveries of marketing the one that goes out first has the place, whichever was accepted first": func(s *script) {
		who := s.everywhere()
		early := s.ask(who, fallback.Marketing, "telegram 1h read", func(r *fallback.Request) { r.SendAt = s.start.Add(2 * time.Hour) })
		late := s.ask(who, fallback.Marketing, "telegram 1h read, sms", func(r *fallback.Request) { r.SendAt = s.start.Add(time.Hour) })
		s.run(3 * time.Hour)
		s.sentSoFar("1h0m0s telegram d2/0", "2h0m0s sms/main d2/1")
		s.is(early, "skipped frequency")
		if d := s.delivery(early); d.LostTo != late {
			s.t.Errorf("lost to %v, want %v", d.LostTo, late)
		}
	},
	"the same message again is skipped": func(s *script) {
		who := s.everywhere()
		same := func(r *fallback.Request) { r.Same = 7 }
		first := s.ask(who, fallback.Service, loyalty, same)
		s.settleDown()
		s.is(s.ask(who, fallback.Service, loyalty, same), "skipped same_message")
		s.is(s.ask(s.person("telegram:43"), fallback.Service, loyalty, same), "queued")
		s.is(s.ask(who, fallback.Conversation, "telegram 15m accepted", same), "queued")
		s.run(30 * time.Minute)
		s.is(s.ask(who, fallback.Service, loyalty, same), "skipped same_message")
		s.run(31 * time.Minute)
		s.is(s.ask(who, fallback.Service, loyalty, same), "queued")
		s.is(first, "waiting")
	},
	"what its template does not expect is skipped and counts for nothing": func(s *script) {
		who := s.everywhere()
		same := func(r *fallback.Request) { r.Same = 7 }
		skip := func(r *fallback.Request) { r.Skip = fallback.ReasonExpect }
		d := s.ask(who, fallback.Marketing, "telegram 1h read, sms", same, skip)
		s.is(d, "skipped expectation")
		s.run(time.Hour)
		s.sentSoFar()
		s.is(d, "skipped expectation")
		s.is(s.ask(who, fallback.Marketing, "telegram 1h read, sms", same), "queued") // neither the same message nor too often
	},
	"the same message again after a cancel in time": func(s *script) {
		who := s.everywhere()
		same := func(r *fallback.Request) { r.Same = 7 }
		first := s.ask(who, fallback.Service, loyalty, same)
		if withdrawn, err := s.Cancel(s.ctx(), first); err != nil || !withdrawn {
			s.t.Errorf("Cancel = %v, %v", withdrawn, err)
		}
		s.is(s.ask(who, fallback.Service, loyalty, same), "queued")
	},
	"the day's spend holds paid steps until midnight": func(s *script) {
		s.rules.SpendPerDay = bots.Money{Amount: 10_000, Currency: "UAH"}
		first := s.ask(s.everywhere(), fallback.Urgent, "sms 1h delivered")
		second := s.ask(s.person("telegram:43", "sms:+380502223344"), fallback.Urgent, "sms 1h delivered")
		free := s.ask(s.person("telegram:44"), fallback.Urgent, "telegram 1h read")
		s.run(time.Minute)
		s.is(first, "waiting")
		s.is(second, "held spend")
		s.is(free, "waiting")
		s.run(13 * time.Hour) // past midnight
		s.sentSoFar("0s telegram d3/0", "0s sms/main d1/0", "12h0m0s sms/main d2/0")
	},
	"paid steps are counted": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty, func(r *fallback.Request) { r.Cascade.PaidSteps = 1 })
		s.run(2 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s viber d1/1")
		s.is(d, "unconfirmed")
		failed := s.ask(s.person("viber:v9", "sms:+380509998877"), fallback.Service, loyalty, func(r *fallback.Request) { r.Cascade.PaidSteps = 1 })
		s.fail("viber", bots.Unreachable)
		s.settleDown() // what was not taken does not count
		s.is(failed, "waiting")
		s.sentSoFar("0s telegram d1/0", "15m0s viber d1/1", "2h0m0s viber d2/1", "2h0m0s sms/main d2/2")
	},
	"a pause stops what was not handed over, waits and deadlines": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms", func(r *fallback.Request) { r.Cascade.Deadline = time.Hour })
		s.run(5 * time.Minute)
		s.must(s.Pause(s.ctx(), "", false))
		s.must(s.Pause(s.ctx(), "", false)) // once more changes nothing
		queued := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(2 * time.Hour)
		s.is(queued, "held pause")
		s.sentSoFar("0s telegram d1/0")
		s.must(s.Resume(s.ctx(), ""))
		s.must(s.Resume(s.ctx(), ""))
		s.run(9 * time.Minute)
		s.sentSoFar("0s telegram d1/0", "2h5m0s telegram d2/0")
		s.run(3 * time.Minute)
		s.sentSoFar("0s telegram d1/0", "2h5m0s telegram d2/0", "2h15m0s sms/main d1/1")
		s.run(40 * time.Minute)
		s.is(d, "waiting")
		s.run(10 * time.Minute)
		s.is(d, "unconfirmed deadline") // an hour of its own, and two of the pause
	},
	"a pause of one channel leaves the others": func(s *script) {
		s.must(s.Pause(s.ctx(), bots.Telegram, false))
		one := s.ask(s.everywhere(), fallback.Service, loyalty)
		two := s.ask(s.everywhere(), fallback.Service, "sms 1h delivered")
		s.run(time.Minute)
		s.is(one, "held pause")
		s.is(two, "waiting")
	},
	"a channel that is skipped sends nothing, and its steps go on": func(s *script) {
		s.must(s.Pause(s.ctx(), bots.Telegram, true))
		s.must(s.Pause(s.ctx(), bots.Telegram, true)) // once more changes nothing
		one := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(time.Minute)
		s.is(one, "held pause") // nobody works its lane here
		s.must(s.GiveUpLane(s.ctx(), one, s.rules, s.world))
		s.run(time.Minute)
		s.is(one, "waiting")
		s.sentSoFar("1m0s viber d1/1")
		s.must(s.Pause(s.ctx(), bots.Telegram, false)) // in its place a pause that holds
		two := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.must(s.GiveUpLane(s.ctx(), two, s.rules, s.world))
		s.run(time.Minute)
		s.is(two, "held pause")
		if all, err := s.Pauses(s.ctx()); err != nil || len(all) != 2 || all[0].To.IsZero() || !all[0].Skip || !all[1].To.IsZero() || all[1].Skip {
			s.t.Errorf("pauses %+v, %v; want one that skipped and is over, and one that holds", all, err)
		}
	},
	"a cancel withdraws what nobody has seen": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		if withdrawn, err := s.Cancel(s.ctx(), d); err != nil || !withdrawn {
			s.t.Errorf("Cancel = %v, %v; want true", withdrawn, err)
		}
		s.run(time.Hour)
		s.sentSoFar()
		s.is(d, "cancelled")
		if withdrawn, err := s.Cancel(s.ctx(), d); err != nil || withdrawn {
			s.t.Errorf("a second Cancel = %v, %v; want false", withdrawn, err)
		}
	},
	"a cancel after the first step stops the others": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(time.Minute)
		if withdrawn, _ := s.Cancel(s.ctx(), d); withdrawn {
			s.t.Error("withdrawn, though a message is out")
		}
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0")
		s.report(s.sends[0], bots.Read)
		s.is(d, "cancelled")
	},
	"a cancel while the call is under way takes its outcome": func(s *script) {
		d := bots.ID(0)
		s.next("telegram", func(x *sent) { s.must2b(s.Cancel(s.ctx(), d)) })
		d = s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(time.Hour)
		s.is(d, "cancelled")
		if got := s.delivery(d).Route[0].Outcome; got != fallback.Taken {
			s.t.Errorf("the step is %s, want accepted", got)
		}
		s.sentSoFar("0s telegram d1/0")
	},
	"later is later": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty, func(r *fallback.Request) { r.SendAt = s.start.Add(time.Hour) })
		s.run(59 * time.Minute)
		s.is(d, "scheduled")
		s.run(2 * time.Minute)
		s.sentSoFar("1h0m0s telegram d1/0")
	},
}

func (s *script) must2b(_ bool, err error) {
	s.t.Helper()
	s.must(err)
}

var gapStories = map[string]func(*script){
	"time in which we did not hear does not count": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Minute)
		s.world.Ears[bots.Viber] = fallback.Ear{Deaf: true, Until: s.start.Add(25 * time.Minute)}
		s.run(20 * time.Minute)
		s.is(d, "waiting")
		s.world.Ears[bots.Viber] = fallback.Ear{Gaps: []fallback.Span{{From: s.start.Add(5 * time.Minute), To: s.start.Add(25 * time.Minute)}}}
		s.run(20 * time.Minute)
		s.sentSoFar("0s viber d1/0", "35m0s sms/main d1/1")
	},
	"a receipt that comes after the gap is in time": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Minute)
		s.world.Ears[bots.Viber] = fallback.Ear{Deaf: true, Until: s.start.Add(40 * time.Minute)}
		s.run(30 * time.Minute)
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
		s.sentSoFar("0s viber d1/0")
	},
	"deaf time does not move the deadline": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms", func(r *fallback.Request) { r.Cascade.Deadline = 20 * time.Minute })
		s.run(5 * time.Minute)
		s.world.Ears[bots.Viber] = fallback.Ear{Deaf: true, Until: s.start.Add(time.Hour)}
		s.run(14 * time.Minute)
		s.is(d, "waiting")
		s.run(2 * time.Minute)
		s.is(d, "unconfirmed deadline")
	},
	"a gap moves the wait and not the deadline": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms", func(r *fallback.Request) { r.Cascade.Deadline = 20 * time.Minute })
		s.settleDown()
		s.world.Ears[bots.Viber] = fallback.Ear{Gaps: []fallback.Span{{From: s.start.Add(time.Minute), To: s.start.Add(11 * time.Minute)}}}
		s.run(19 * time.Minute)
		s.is(d, "waiting")
		s.run(2 * time.Minute)
		s.is(d, "unconfirmed deadline")
	},
	"urgent waits are not held": func(s *script) {
		s.ask(s.everywhere(), fallback.Urgent, "viber 15m read, sms")
		s.world.Ears[bots.Viber] = fallback.Ear{Deaf: true, Until: s.start.Add(time.Hour)}
		s.run(16 * time.Minute)
		s.sentSoFar("0s viber d1/0", "15m0s sms/main d1/1")
	},
	"after a gap longer than the channel keeps: hold, resume": func(s *script) {
		d := s.lostGap(fallback.GapHold)
		s.is(d, "held gap")
		s.sentSoFar("0s viber d1/0")
		s.must(s.ResumeGap(s.ctx(), d, s.rules, s.world))
		s.settleDown()
		s.sentSoFar("0s viber d1/0", "2h30m0s sms/main d1/1")
	},
	"a gap while the next step stands in its lane: hold, resume, that step": func(s *script) {
		s.rules.AfterGap[fallback.Service] = fallback.GapHold
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.must(s.Pause(s.ctx(), bots.Viber, false))
		s.run(20 * time.Minute)
		s.is(d, "held pause")
		s.world.Ears[bots.Telegram] = fallback.Ear{Gaps: []fallback.Span{{From: time.Now(), To: time.Now().Add(10 * time.Minute)}}}
		s.run(11 * time.Minute)
		s.must(s.Resume(s.ctx(), bots.Viber))
		s.settleDown()
		s.is(d, "held gap")
		s.must(s.ResumeGap(s.ctx(), d, s.rules, s.world))
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "31m0s viber d1/1", "1h1m0s sms/main d1/2")
	},
	"after a gap longer than the channel keeps: hold, until the deadline": func(s *script) {
		d := s.lostGap(fallback.GapHold)
		s.run(48 * time.Hour)
		s.is(d, "unconfirmed deadline")
		s.sentSoFar("0s viber d1/0")
	},
	"after a gap longer than the channel keeps: hold, and proof": func(s *script) {
		d := s.lostGap(fallback.GapHold)
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
	},
	"after a gap longer than the channel keeps: assume_read": func(s *script) {
		d := s.lostGap(fallback.GapAssumeRead)
		s.is(d, "unconfirmed gap")
		s.sentSoFar("0s viber d1/0")
	},
	"after a gap longer than the channel keeps: send": func(s *script) {
		s.lostGap(fallback.GapSend)
		s.sentSoFar("0s viber d1/0", "2h15m0s sms/main d1/1")
	},
	"a gap that the channel kept for us loses nothing": func(s *script) {
		s.rules.AfterGap[fallback.Service] = fallback.GapHold
		s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.world.Ears[bots.Viber] = fallback.Ear{Gaps: []fallback.Span{{From: s.start.Add(time.Minute), To: s.start.Add(50 * time.Minute)}}}
		s.run(70 * time.Minute)
		s.sentSoFar("0s viber d1/0", "1h4m0s sms/main d1/1")
	},
}

// lostGap is a delivery whose receipts we may have missed for good: two hours deaf, and Viber keeps one.
func (s *script) lostGap(p fallback.GapPolicy) bots.ID {
	s.t.Helper()
	s.rules.AfterGap[fallback.Service] = p
	d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
	s.settleDown()
	s.world.Ears[bots.Viber] = fallback.Ear{Gaps: []fallback.Span{{From: s.start, To: s.start.Add(2 * time.Hour)}}}
	s.run(150 * time.Minute)
	return d
}
