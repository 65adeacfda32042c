package fallbacktest

import (
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// undoneStories are about whose what was sent is, once two who were one are two again: whose chat it went to.
var undoneStories = map[string]func(*script){
	"an answer to what the absorbed one asked is that one's, by whatever name staff wrote, and an erase reaches it": func(s *script) {
		keep, from := s.twoOnTelegram()
		s.merge(keep, from)
		asked := s.says("telegram:612", "a private question").Message.ID
		answer := s.staffAnswer(keep, asked)
		s.settleDown()
		s.sentSoFar("0s telegram d1/0")
		s.unmerge(keep, from)
		sent := s.delivery(answer).Route[0].Message
		s.holds(keep, nil, nil)
		s.holds(from, []bots.ID{asked, sent}, []bots.ID{answer})
		s.forget(from)
		s.nothingOf(from)
		if m, d := s.message(sent), s.delivery(answer); m.Text != "" || m.To.ID != "" || d.Text != "" {
			s.t.Errorf("of the answer there is %+v, of its delivery %+v", m, d.Plan)
		}
	},
	"what the bot answers to a word in a chat is of whoever has the chat": func(s *script) {
		keep, from := s.twoOnTelegram()
		s.merge(keep, from)
		said := s.says("telegram:612", "стоп").Message.ID
		d := s.ask(keep, fallback.Conversation, "telegram 15m accepted", func(r *fallback.Request) { r.Chat = address("telegram:612") })
		s.settleDown()
		s.unmerge(keep, from)
		s.holds(keep, nil, nil)
		s.holds(from, []bots.ID{said, s.delivery(d).Route[0].Message}, []bots.ID{d})
	},
	"a message of the kept one's delivery in the absorbed one's chat is the absorbed one's, and the delivery stays with whom it was asked for": func(s *script) {
		for _, erased := range []string{"keep", "from"} {
			keep, from := s.person("telegram:"+erased), s.person("viber:"+erased)
			s.merge(keep, from)
			d := s.ask(keep, fallback.Service, "telegram 15m read, viber 15m read")
			s.run(20 * time.Minute)
			own, other := s.delivery(d).Route[0].Message, s.delivery(d).Route[1].Message
			s.unmerge(keep, from)
			s.holds(keep, []bots.ID{own}, []bots.ID{d})
			s.holds(from, []bots.ID{other}, nil)
			if erased == "from" {
				s.forget(from)
			} else {
				s.forget(keep)
			}
			if m := s.message(other); m.Erased != (erased == "from") || (m.To.ID == "") != m.Erased {
				s.t.Errorf("%s erased, of the message in the absorbed one's chat there is %+v", erased, m)
			}
			if m, plan := s.message(own), s.delivery(d); m.Erased != (erased == "keep") || (plan.Text == "") != m.Erased {
				s.t.Errorf("%s erased, of the kept one's there are %+v and %+v", erased, m, plan.Plan)
			}
		}
	},
	"while they are one an erase reaches what went to any chat of both": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.merge(keep, from)
		a, b := s.ask(keep, fallback.Service, "viber 15m read, telegram 15m read"), s.ask(from, fallback.Service, "telegram 15m read, viber 15m read")
		s.run(20 * time.Minute)
		s.erase(keep)
		for _, id := range []bots.ID{keep, from} {
			s.goOn(id)
			s.nothingOf(id)
		}
		for _, d := range []bots.ID{a, b} {
			for _, l := range s.delivery(d).Route {
				if m := s.message(l.Message); !m.Erased {
					s.t.Errorf("there is %+v", m)
				}
			}
		}
	},
	"what comes of a message after its person was erased does not stay in the delivery of who was one person with it": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.merge(keep, from)
		s.next(bots.Viber, func(x *sent) { x.Lost = true })
		d := s.ask(keep, fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.unmerge(keep, from)
		s.forget(from)
		late := s.sends[0]
		late.Err = &bots.SendError{Fault: bots.Rejected, Code: "not for v7 at +380501112233"}
		s.settle(late)
		if st := s.delivery(d); st.Route[0].Reason != "" || st.Contact != keep {
			s.t.Errorf("the step failed with %q, and the delivery is of %s", st.Route[0].Reason, st.Contact)
		}
		s.update(func(tx fallback.Tx) {
			if st := tx.MessageState(late.Message); st.ProviderID != "" || st.Reason != "" {
				s.t.Errorf("of the message there is %+v", st)
			}
		})
		s.run(time.Hour)
		if st := s.delivery(d); !st.State.Final() {
			s.t.Errorf("the kept one's delivery is %s %s: it goes on by itself", st.State, st.Reason)
		}
	},
	"undone, merged again the other way, and undone again, each message stays with its chat": func(s *script) {
		keep, from := s.twoOnTelegram()
		ids, chats := []bots.ID{keep, from}, []string{"telegram:611", "telegram:612"}
		var want [2][]bots.ID
		for round := range 4 {
			k, f := ids[round%2], ids[1-round%2]
			s.merge(k, f)
			for n, chat := range chats {
				time.Sleep(time.Second)
				said := s.says(chat, "and this?").Message.ID
				answer := s.staffAnswer(k, said)
				s.settleDown()
				want[n] = append(want[n], said, s.delivery(answer).Route[0].Message)
			}
			s.unmerge(k, f)
			for n, id := range ids {
				s.has(id, want[n])
			}
		}
	},
	"of three, merged in any order, each has what went to its chat": func(s *script) {
		for n, order := range [][][2]int{{{0, 1}, {2, 0}}, {{1, 2}, {0, 1}}, {{0, 1}, {0, 2}}, {{0, 2}, {1, 0}}} {
			var ids []bots.ID
			var chats []string
			for i := range 3 {
				chats = append(chats, fmt.Sprintf("telegram:%d%d", n, i))
				ids = append(ids, s.person(chats[i]))
			}
			for _, o := range order {
				s.merge(ids[o[0]], ids[o[1]])
			}
			var want [3][]bots.ID
			for i, chat := range chats {
				time.Sleep(time.Second)
				said := s.says(chat, "hello").Message.ID
				answer, asked := s.staffAnswer(ids[order[1][0]], said), s.ask(ids[(i+1)%3], fallback.Service, "telegram 15m read")
				s.settleDown()
				want[i] = append(want[i], said)
				for _, d := range []bots.ID{answer, asked} {
					m := s.message(s.delivery(d).Route[0].Message)
					at := slices.Index(chats, m.To.String())
					want[at] = append(want[at], m.ID)
				}
			}
			for _, o := range slices.Backward(order) {
				s.unmerge(ids[o[0]], ids[o[1]])
			}
			for i, id := range ids {
				s.has(id, want[i])
			}
		}
	},
	"a text is of whom it was asked for where both have the number, else of who has it, also where it took the place of another": func(s *script) {
		const one, two, fresh = "+380501112233", "+380671112233", "+380931112233"
		for name, c := range map[string]struct {
			keep, from, since, to string
			theirs                bool // the absorbed one's
		}{
			"both have it, asked for the kept one":      {one, one, "", "keep", false},
			"both have it, asked for the absorbed one":  {one, one, "", "from", true},
			"each has one, asked for the absorbed one":  {one, two, "", "from", false}, // texts go to the kept one's
			"the absorbed one alone has one":            {"", two, "", "keep", true},
			"the kept one alone has one":                {one, "", "", "from", false},
			"a new one in place of the absorbed one's":  {"", two, fresh, "keep", true},
			"a new one in place of the kept one's":      {one, two, fresh, "from", false},
			"the first one, told while they are one":    {"", "", fresh, "keep", false},
			"the first one, asked for the absorbed one": {"", "", fresh, "from", false},
		} {
			keep, from := s.person(smsOf(c.keep)...), s.person(smsOf(c.from)...)
			s.merge(keep, from)
			if c.since != "" {
				s.phone(keep, c.since)
			}
			d := s.ask(map[string]bots.ID{"keep": keep, "from": from}[c.to], fallback.Service, "sms")
			s.settleDown()
			s.unmerge(keep, from)
			m, want := s.message(s.delivery(d).Route[0].Message), map[bool]bots.ID{false: keep, true: from}[c.theirs]
			if m == nil || m.Contact != want || !s.contact(want).Has(m.To) {
				s.t.Errorf("%s: the text is %+v; want one of %s, the absorbed one is %s", name, m, want, from)
			}
			s.forget(keep)
			s.forget(from)
		}
	},
}

// twoOnTelegram are two persons, each with a chat of their own on one channel.
func (s *script) twoOnTelegram() (keep, from bots.ID) {
	s.t.Helper()
	return s.person("telegram:611"), s.person("telegram:612")
}

// staffAnswer answers a message, as staff do.
func (s *script) staffAnswer(to, said bots.ID) bots.ID {
	s.t.Helper()
	var done fallback.Accepted
	s.must(s.Update(s.ctx(), func(tx fallback.Tx) (err error) {
		done, err = fallback.PutReply(tx, fallback.Reply{Contact: to, Text: "a private answer", ReplyTo: said, Author: "staff:oksana"}, s.rules.Channels, s.rules, s.world)
		return err
	}))
	s.ids = append(s.ids, done.ID)
	return done.ID
}

// holds checks which messages and deliveries stand with a contact, in any order.
func (s *script) holds(who bots.ID, messages, deliveries []bots.ID) {
	s.t.Helper()
	s.has(who, messages)
	s.update(func(tx fallback.Tx) {
		var have []bots.ID
		tx.DeliveriesOf(who, func(id bots.ID, _ uint64) bool { have = append(have, id); return true })
		if !alikeIDs(have, deliveries) {
			s.t.Errorf("contact %s has the deliveries %v, want %v", who, have, deliveries)
		}
	})
}

// has checks which messages stand with a contact.
func (s *script) has(who bots.ID, messages []bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		var have []bots.ID
		tx.MessagesOf(who, 0, func(id bots.ID) bool {
			have = append(have, id)
			if m := tx.Message(id); m.Contact != who || m.Under != 0 || tx.Contact(who) != nil && !tx.Contact(who).Has(m.To) {
				s.t.Errorf("contact %s has %+v: it is in no chat of its", who, m)
			}
			return true
		})
		if !alikeIDs(have, messages) {
			s.t.Errorf("contact %s has the messages %v, want %v", who, have, messages)
		}
	})
}

func alikeIDs(a, b []bots.ID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
