package fallbacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// unmergedStories are about what becomes of each of two who are two again: conversations, phones, consents, what is on its way.
var unmergedStories = map[string]func(*script){
	"merges within merges, undone from the last on, leave every conversation as it was": func(s *script) {
		for n, order := range [][2][2]int{{{0, 1}, {2, 0}}, {{0, 1}, {0, 2}}} { // b into a, a into c; both into a
			var ids []bots.ID
			for _, letter := range []string{"a", "b", "c"} {
				chat := fmt.Sprintf("telegram:%d%s", n, letter)
				ids = append(ids, s.person(chat))
				s.says(chat, "where is my order?")
			}
			s.says(fmt.Sprintf("telegram:%db", n), "hello?")
			before := s.export(ids...)
			for _, o := range order {
				s.merge(ids[o[0]], ids[o[1]])
			}
			for i := range order {
				o := order[len(order)-1-i]
				s.unmerge(ids[o[0]], ids[o[1]])
			}
			if after := s.export(ids...); after != before {
				s.t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		}
	},
	"what one of three said while they were one waits in that one's conversation alone": func(s *script) {
		a, b, c := s.person("telegram:a"), s.person("telegram:b"), s.person("telegram:c")
		s.merge(a, b)
		s.merge(c, a)
		s.says("telegram:b", "hello?")
		s.unmerge(c, a)
		s.unmerge(a, b)
		s.update(func(tx fallback.Tx) {
			for id, unread := range map[bots.ID]uint32{a: 0, b: 1, c: 0} {
				if talk := tx.Conversation(id); talk.Unread != unread || (talk.State == bots.Open) != (unread == 1) {
					s.t.Errorf("the conversation of %s is %+v, want %d unread", id, talk, unread)
				}
			}
		})
	},
	"what the bot waits for in either conversation is not forgotten": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		since := time.Now().UTC()
		s.update(func(tx fallback.Tx) {
			tx.PutConversation(bots.Conversation{Contact: keep, State: bots.Open, LastIn: since, Bot: bots.BotTalk{Wants: since, AskedPhone: since}})
			tx.PutConversation(bots.Conversation{Contact: from, State: bots.Open, LastIn: since.Add(time.Minute), Bot: bots.BotTalk{AskedConsent: since}})
		})
		s.merge(keep, from)
		s.update(func(tx fallback.Tx) {
			if bot := tx.Conversation(keep).Bot; bot.Wants.IsZero() || bot.AskedPhone.IsZero() || bot.AskedConsent.IsZero() {
				s.t.Errorf("the bot remembers %+v: somebody asked for a person, and for nothing twice", bot)
			}
		})
	},
	"a phone that is given instead of another is that one's who had it, and the kept one's where both had": func(s *script) {
		const had, fresh = "+380501112233", "+380671112233"
		for name, c := range map[string]struct{ keep, from, keeps, frees string }{
			"both had it":               {had, had, fresh, had},
			"the absorbed one alone":    {"", had, "", fresh},
			"the kept one alone":        {had, "", fresh, ""},
			"each had one of their own": {had, "+380931112233", fresh, "+380931112233"},
		} {
			keep, from := s.person(smsOf(c.keep)...), s.person(smsOf(c.from)...)
			s.merge(keep, from)
			s.phone(keep, fresh)
			s.unmerge(keep, from)
			for id, want := range map[bots.ID]string{keep: c.keeps, from: c.frees} {
				have := s.contact(id)
				at, _ := have.At(bots.SMS)
				if have.Phone != want || at.ID != want {
					s.t.Errorf("%s: contact %s has phone %q, and texts go to %q; want %q", name, id, have.Phone, at.ID, want)
				}
				s.forget(id)
			}
		}
	},
	"a number that is taken away while they are one is neither's": func(s *script) {
		const number = "+380501112233"
		keep, from := s.person("telegram:42", "sms:"+number), s.person("viber:v7", "sms:"+number)
		s.merge(keep, from)
		s.phone(keep, "")
		s.unmerge(keep, from)
		for _, id := range []bots.ID{keep, from} {
			if c := s.contact(id); c.Phone != "" || c.Address(address("sms:"+number)) != nil {
				s.t.Errorf("contact %s has %q and %+v", id, c.Phone, c.Addresses)
			}
		}
	},
	"this is not me, at a further number: the number is nobody's of the two, then and later": func(s *script) {
		s.whatsapp()
		s.botted()
		const number = "+380671112233"
		keep, from := s.named("C-1", "+380501112233", "telegram:42"), s.named("C-2", number, "whatsapp:"+number)
		s.merge(keep, from)
		stranger := s.says("whatsapp:"+number, "not me").Contact.ID
		if c := s.contact(keep); stranger == keep || c.Named("phone", number) {
			s.t.Errorf("%s says it, and %s is named %v", stranger, keep, c.Names)
		}
		s.unmerge(keep, from)
		if c := s.contact(from); c.ID != from || c.Phone != "" || len(c.Addresses) != 0 {
			s.t.Errorf("the absorbed one has phone %q and %+v: somebody else has the number", c.Phone, c.Addresses)
		}
	},
	"a yes of whoever was somebody else is neither's": func(s *script) {
		s.botted()
		keep, from := s.named("C-1", "+380501112233", "telegram:42"), s.named("C-2", "+380671112233", "viber:v7")
		s.stops("viber:v7")
		time.Sleep(time.Second)
		s.merge(keep, from)
		s.says("viber:v7", "start")
		time.Sleep(time.Second)
		s.says("viber:v7", "not me")
		s.unmerge(keep, from)
		if c := s.contact(from); c.Marketing.State != bots.Denied {
			s.t.Errorf("the absorbed one's marketing is %+v: whoever said yes was somebody else", c.Marketing)
		}
		if c := s.contact(keep); c.Marketing.State == bots.Given && c.Marketing.ByPerson {
			s.t.Errorf("the kept one's marketing is %+v", c.Marketing)
		}
	},
	"a yes on the page is his in whose chat the link stood, whosever the delivery was, and nobody's where it stood with both": func(s *script) {
		for n, c := range map[string]struct {
			to, cascade string
			want        [2]bots.ConsentState
		}{
			"hers, in his chat":  {"keep", "viber 15m read", [2]bots.ConsentState{bots.Unknown, bots.Given}},
			"his, in her chat":   {"from", "telegram 15m read", [2]bots.ConsentState{bots.Given, bots.Unknown}},
			"hers, with both":    {"keep", "viber 15m read, telegram 15m read", [2]bots.ConsentState{}},
			"his, in his":        {"from", "viber 15m read", [2]bots.ConsentState{bots.Unknown, bots.Given}},
			"hers, in her chat":  {"keep", "telegram 15m read", [2]bots.ConsentState{bots.Given, bots.Unknown}},
			"his, with them all": {"from", "telegram 15m read, viber 15m read", [2]bots.ConsentState{}},
		} {
			keep, from := s.person("telegram:"+n), s.person("viber:"+n)
			for _, id := range []bots.ID{keep, from} {
				s.change(id, func(c *bots.Contact) { c.Marketing = bots.Consent{} })
			}
			s.merge(keep, from)
			d := s.ask(map[string]bots.ID{"keep": keep, "from": from}[c.to], fallback.Service, c.cascade)
			s.run(20 * time.Minute)
			s.hear(bots.Event{Kind: bots.Allowed, Channel: "page", Contact: keep, Delivery: d})
			s.unmerge(keep, from)
			if got := [2]bots.ConsentState{s.contact(keep).Marketing.State, s.contact(from).Marketing.State}; got != c.want {
				s.t.Errorf("%s: marketing is %v; want %v", n, got, c.want)
			}
		}
	},
	"of two noes alike the later one stands, whichever is kept: an earlier yes lifts neither": func(s *script) {
		early, late := time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		no := func(at time.Time) func(*bots.Contact) {
			return func(c *bots.Contact) { c.Marketing = bots.Consent{State: bots.Denied, At: at, Source: "call"} }
		}
		for n, times := range [][2]time.Time{{early, late}, {late, early}} {
			keep, from := s.person(fmt.Sprintf("telegram:k%d", n)), s.person(fmt.Sprintf("telegram:f%d", n))
			s.change(keep, no(times[0]))
			s.change(from, no(times[1]))
			s.merge(keep, from)
			s.change(keep, func(c *bots.Contact) {
				c.Tell(bots.Consent{State: bots.Given, At: early.Add(time.Minute), Source: "form"})
			})
			if c := s.contact(keep); c.Marketing.State != bots.Denied {
				s.t.Errorf("noes of %v: marketing is %+v", times, c.Marketing)
			}
		}
	},
	"a number that the absorbed one only claimed makes its real owner hear no word of the kept one": func(s *script) {
		const number = "+380671112233"
		keep, from := s.person("telegram:42", "sms:+380501112233"), s.person("viber:v7")
		s.change(from, func(c *bots.Contact) {
			c.Phone, c.PhoneClaimed = number, true
			c.Set(address("sms:"+number), bots.Unverified, time.Now())
		})
		s.merge(keep, from)
		s.stops("telegram:42")
		owner := s.person("telegram:77")
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(owner)
			c.Phone = number
			c.Set(address("sms:"+number), bots.Active, tx.Now())
			fallback.Heed(tx, tx.Contact(owner), &c)
			tx.PutContact(&c)
		})
		if c := s.contact(owner); c.Marketing.State != bots.Given {
			s.t.Errorf("the owner's marketing is %+v: nobody said no there", c.Marketing)
		}
	},
	"two again, followers hear what each allows, and what ended is told": func(s *script) {
		s.rules.PerDay = 0
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.change(keep, func(c *bots.Contact) { c.Marketing = bots.Consent{} })
		s.merge(keep, from)
		s.says("viber:v7", "старт")
		d := s.ask(keep, fallback.Marketing, "telegram 15m read", at(time.Now().Add(time.Hour)))
		s.noted("contact.consent given keyword:старт", 1)
		m, err := s.Unmerge(s.ctx(), fallback.MergeAsk{Keep: idRef(keep), From: idRef(from)}, s.rules)
		s.must(err)
		s.is(d, "refused opted_out")
		if !slices.Equal(m.Ended, []bots.ID{d}) {
			s.t.Errorf("ended are %v, want %v", m.Ended, d)
		}
		s.noted("contact.consent unknown unmerged:", 1)
		s.noted("contact.consent given unmerged:keyword:старт", 1)
	},
	"what was written for an address of the other goes nowhere once they are two": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.merge(keep, from)
		d := s.ask(from, fallback.Service, "telegram 15m read, viber 15m read")
		have, err := s.Load(s.ctx(), d)
		s.must(err)
		s.unmerge(keep, from)
		if a := s.claim(have); a != nil {
			s.t.Errorf("it is sent to %v", a.Out.To)
		}
		s.settleDown()
		s.sentSoFar("0s viber d1/1")
	},
	"who shuts a door is who has it, whosever the message was that met it": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.merge(keep, from)
		s.next(bots.Telegram, func(x *sent) { x.Lost = true })
		s.ask(from, fallback.Service, "telegram 15m read")
		s.settleDown()
		s.unmerge(keep, from)
		met := s.sends[0]
		met.Err = &bots.SendError{Fault: bots.Refused}
		s.settle(met)
		s.denied(keep, "block:telegram")
		if at, _ := s.contact(keep).At(bots.Telegram); at.State != bots.BlockedState {
			s.t.Errorf("the kept one's chat is %s", at.State)
		}
		if c := s.contact(from); c.Marketing.State != bots.Given || c.Address(address("telegram:42")) != nil {
			s.t.Errorf("the other has %+v and %+v: it is no chat of its", c.Marketing, c.Addresses)
		}
	},
	"a no that was said while they were one is heard again by both in a store that has them apart": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.merge(keep, from)
		s.stops("viber:v7")
		var line fallback.JournalLine
		s.update(func(tx fallback.Tx) {
			known := false
			if line, known = fallback.Journaled(tx, keep); !known || !slices.Equal(line.Same, []bots.ID{keep, from}) {
				s.t.Fatalf("the line is %+v, %t; want one of both", line, known)
			}
		})
		apart := []bots.ID{s.person("telegram:1"), s.person("viber:2")} // as an older store has them
		line.Contact, line.Same = apart[0], apart
		open := s.ask(apart[1], fallback.Marketing, "viber 15m read", at(time.Now().Add(time.Hour)))
		s.must(s.Update(s.ctx(), func(tx fallback.Tx) error { _, err := fallback.Replay(tx, line); return err }))
		for _, id := range apart {
			if c := s.contact(id); c.Marketing.State != bots.Denied {
				s.t.Errorf("contact %s allows marketing: %+v", id, c.Marketing)
			}
		}
		s.is(open, "refused opted_out")
	},
}

func smsOf(number string) []string {
	if number == "" {
		return nil
	}
	return []string{"sms:" + number}
}

// phone gives a contact another phone, as a caller does.
func (s *script) phone(who bots.ID, number string) {
	s.t.Helper()
	s.change(who, func(c *bots.Contact) {
		c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
		if c.Phone = number; number != "" {
			c.Set(address("sms:"+number), bots.Unverified, time.Now())
		}
	})
}

// change writes into a contact, with the evidence of it.
func (s *script) change(who bots.ID, f func(*bots.Contact)) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		before := tx.Contact(who)
		c := *before
		c.Addresses = slices.Clone(c.Addresses)
		f(&c)
		fallback.Testify(tx, before, &c, bots.Scene{}, "")
		tx.PutContact(&c)
	})
}

// mergeTree is a life of several contacts that are merged, some into those that absorbed others before, and taken apart from the last
// merge on. It returns what is not as it was.
func (s *script) mergeTree(pick func(int) int, seed int) (wrong string) {
	s.t.Helper()
	s.rules.PerDay = 0
	var ids []bots.ID
	for i := range 4 {
		chat := fmt.Sprintf("telegram:%d-%d", seed, i)
		ids = append(ids, s.person(chat))
		for range pick(3) {
			s.life(pick, ids[i], []string{chat})
		}
	}
	before := s.export(ids...)
	var done []bots.Merge
	for range 1 + pick(3) {
		k, f := ids[pick(4)], ids[pick(4)]
		if s.contact(k).ID != s.contact(f).ID {
			done = append(done, s.merge(k, f))
		}
	}
	for _, m := range slices.Backward(done) {
		s.unmerge(m.Kept, m.Absorbed)
	}
	if slices.ContainsFunc(done, func(m bots.Merge) bool { return len(m.Ended) > 0 }) {
		return "" // final is final
	}
	if after := s.export(ids...); after != before {
		return "before\n" + strings.ReplaceAll(before, " delivery", "\n delivery") + "\nafter\n" + strings.ReplaceAll(after, " delivery", "\n delivery")
	}
	return ""
}
