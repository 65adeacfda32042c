package fallbacktest

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// mergeStories are about two contacts that are one person, and two again.
var mergeStories = map[string]func(*script){
	"whoever asks for the absorbed one gets the kept one": func(s *script) {
		keep, from := s.named("C-100", "+380501112233", "telegram:42"), s.named("C-200", "+380671112233", "viber:v7")
		s.merge(keep, from)
		for _, ref := range []bots.Ref{{Kind: "id", Value: from.String()}, {Kind: "ext", Value: "C-200"}, {Kind: "ext", Value: "C-100"}, {Kind: "phone", Value: "+380671112233"}, {Kind: bots.SMS, Value: "+380671112233"}, {Kind: bots.Viber, Value: "v7"}} {
			s.update(func(tx fallback.Tx) {
				if got := tx.FindContact(ref); got != keep {
					s.t.Errorf("%s is contact %s, want the kept one, %s", ref, got, keep)
				}
			})
		}
		c := s.contact(from)
		if c.ID != keep || c.Phone != "+380501112233" || c.ExternalID != "C-100" || c.Address(address("viber:v7")) == nil {
			s.t.Errorf("the absorbed id reads %+v, want the kept one with both chats and its own phone", c)
		}
		s.update(func(tx fallback.Tx) {
			if all := tx.Same(from); !slices.Equal(all, []bots.ID{keep, from}) {
				s.t.Errorf("the same are %v, want %v", all, []bots.ID{keep, from})
			}
		})
		if turn := s.says("viber:v7", "hello"); turn.Contact.ID != keep || turn.Message.Under != from || turn.Conversation.Contact != keep {
			s.t.Errorf("a message of the absorbed one's chat is of contact %s under %s", turn.Contact.ID, turn.Message.Under)
		}
	},
	"of two consents the strictest wins, whichever is kept, and ends what it forbids": func(s *script) {
		for _, kept := range []string{"yes", "no"} {
			a := s.person("telegram:1"+kept, "sms:+380501110001")
			b := s.person("viber:1"+kept, "sms:+380501110002")
			marketing := []bots.ID{s.ask(a, fallback.Marketing, "telegram 15m read, sms"), s.ask(b, fallback.Marketing, "viber 15m read, sms", at(time.Now().Add(time.Hour)))}
			service := s.ask(a, fallback.Service, "telegram 15m read, sms")
			s.says("viber:1"+kept, "стоп")
			keep, from := a, b
			if kept == "no" {
				keep, from = b, a
			}
			m := s.merge(keep, from)
			c := s.contact(keep)
			if c.Marketing.State != bots.Denied || !c.Marketing.ByPerson {
				s.t.Fatalf("the contact that said %s is kept: marketing is %+v, want the person's no", kept, c.Marketing)
			}
			s.is(marketing[0], "refused opted_out")
			s.is(marketing[1], "refused opted_out")
			if s.delivery(service).State.Final() {
				s.t.Errorf("the service delivery is %s", s.delivery(service).State)
			}
			if !slices.Contains(m.Ended, marketing[0]) {
				s.t.Errorf("ended are %v, want %v among them", m.Ended, marketing[0])
			}
			lines := s.statements(keep)
			last := lines[len(lines)-1]
			if last.About != bots.AboutMerge || last.Event != "merged" || last.With != from || !slices.Equal(last.Ended, m.Ended) {
				s.t.Errorf("the last line is %+v, want that of the merge", last)
			}
			if kept == "yes" && (c.Marketing.Line == 0 || lines[c.Marketing.Line-1].Via != bots.ViaMerged || lines[c.Marketing.Line-1].With != from) {
				s.t.Errorf("the no has line %d of %+v, want one that names the merge", c.Marketing.Line, lines)
			}
			s.says("viber:1"+kept, "старт")
			if c := s.contact(keep); c.Marketing.State != bots.Given {
				s.t.Errorf("after the person's later yes marketing is %s", c.Marketing.State)
			}
		}
	},
	"a no to one channel, to everything, and the wishes are joined": func(s *script) {
		keep, from := s.person("telegram:42", "viber:v1"), s.person("sms:+380501110003")
		s.tellOn(from, bots.Viber, bots.Denied)
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(from)
			c.TellAll(bots.Consent{State: bots.Denied, At: tx.Now(), Source: "call"})
			c.Wish(&bots.Wish{Asked: []string{bots.Telegram, bots.Viber}, NotOn: []string{bots.Telegram}, Limited: true, From: 10, To: 14}, tx.Now())
			tx.PutContact(c)
			k := tx.Contact(keep)
			k.Wish(&bots.Wish{Limited: true, From: 9, To: 20, Asked: []string{bots.Telegram}, First: bots.Telegram}, tx.Now())
			tx.PutContact(k)
		})
		s.merge(keep, from)
		c := s.contact(keep)
		if h, _ := c.Wishes.Open(); c.ConsentOn(bots.Viber).State != bots.Denied || !c.Silent() || !c.Wishes.Unwanted(bots.Telegram) || h.From != 10 || h.To != 14 || c.Preferred != "" {
			s.t.Errorf("merged: viber %s, silent %v, unwanted %v, hours %v, preferred %q", c.ConsentOn(bots.Viber).State, c.Silent(), c.Wishes.NotOn, h, c.Preferred)
		}
	},
	"a yes of the absorbed one is not carried over": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v1")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(keep)
			c.Marketing = bots.Consent{}
			tx.PutContact(c)
		})
		d := s.ask(from, fallback.Marketing, "viber 15m read", at(time.Now().Add(time.Hour)))
		s.merge(keep, from)
		if c := s.contact(keep); c.Marketing.State != bots.Unknown {
			s.t.Errorf("marketing is %s, want unknown", c.Marketing.State)
		}
		s.is(d, "refused opted_out")
	},
	"a running delivery goes on where the kept one is reached, and a proof in either chat counts": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7", "sms:+380501110004")
		d := s.ask(from, fallback.Service, "viber 15m read, telegram 15m read, sms")
		s.settleDown()
		s.merge(keep, from)
		s.run(20 * time.Minute)
		s.sentSoFar("0s viber d1/0", "15m0s telegram d1/1")
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
		m := s.message(s.delivery(d).Route[1].Message)
		if m.Contact != keep || m.Under != 0 {
			s.t.Errorf("the message is contact %s's under %s, want %s: it has the chat", m.Contact, m.Under, keep)
		}
		s.unmerge(keep, from)
		for leg, who := range []bots.ID{from, keep} {
			if m := s.message(s.delivery(d).Route[leg].Message); m.Contact != who || m.Under != 0 {
				s.t.Errorf("afterwards the message of step %d is contact %s's under %s, want %s", leg, m.Contact, m.Under, who)
			}
		}
	},
	"the same message, and how often, count for both together": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.ask(keep, fallback.Marketing, "telegram 15m read")
		first := s.ask(from, fallback.Service, "viber 15m read", alike(77))
		s.settleDown()
		s.merge(keep, from)
		s.is(s.ask(keep, fallback.Service, "telegram 15m read", alike(77)), "skipped same_message")
		s.is(s.ask(from, fallback.Marketing, "viber 15m read"), "skipped frequency")
		s.update(func(tx fallback.Tx) {
			if n := len(tx.Counted(from, tx.Now().Add(-time.Hour))); n != 1 {
				s.t.Errorf("%d marketing deliveries count, want 1", n)
			}
		})
		_ = first
	},
	"conversations are one, and what waits for an answer waits on": func(s *script) {
		keep, from := s.person("telegram:42"), s.person("viber:v7")
		s.says("viber:v7", "where is my order?")
		s.merge(keep, from)
		s.update(func(tx fallback.Tx) {
			for _, id := range []bots.ID{keep, from} {
				if c := tx.Conversation(id); c.Contact != keep || c.State != bots.Open || c.Unread != 1 || c.LastUsed != bots.Viber {
					s.t.Errorf("the conversation of %s is %+v", id, c)
				}
			}
		})
		s.says("telegram:42", "hello?")
		s.unmerge(keep, from)
		s.update(func(tx fallback.Tx) {
			if k, f := tx.Conversation(keep), tx.Conversation(from); k.Unread != 1 || f.Unread != 1 || k.LastUsed != bots.Telegram || f.LastUsed != bots.Viber || f.Contact != from {
				s.t.Errorf("afterwards they are %+v and %+v", k, f)
			}
		})
	},
	"what was said since: a no is of both, a yes of the one whose chat it was": func(s *script) {
		for _, text := range []string{"стоп", "старт"} {
			s.rules.PerDay = 0
			keep, from := s.person("telegram:k"+text), s.person("viber:f"+text)
			s.says("viber:f"+text, "стоп")
			time.Sleep(time.Second)
			s.merge(keep, from)
			chat := "telegram:k" + text
			if text == "старт" {
				chat = "viber:f" + text
			}
			s.says(chat, text)
			s.unmerge(keep, from)
			k, f := s.contact(keep), s.contact(from)
			want := [2]bots.ConsentState{bots.Denied, bots.Denied}
			if text == "старт" {
				want = [2]bots.ConsentState{bots.Given, bots.Given} // its own of before, and the new one
			}
			if k.Marketing.State != want[0] || f.Marketing.State != want[1] || f.ID != from {
				s.t.Errorf("after %s they are %s and %s, want %v", text, k.Marketing.State, f.Marketing.State, want)
			}
			if text == "старт" && k.Marketing.ByPerson {
				s.t.Error("the kept one has the other's yes")
			}
		}
	},
	"what cannot be merged, or taken apart, says why": func(s *script) {
		a, b, c := s.person("telegram:1"), s.person("telegram:2"), s.person("telegram:3")
		s.cannot(fallback.ErrSameContact, a, a)
		s.merge(a, b)
		s.cannot(fallback.ErrSameContact, a, b)
		s.cannot(fallback.ErrSameContact, b, a) // no rings
		s.merge(a, c)
		later := &fallback.LaterMerge{}
		if err := s.part(a, b); !errors.As(err, &later) || later.Absorbed != c {
			s.t.Errorf("undoing the earlier one first: %v", err)
		}
		s.fails(s.part(b, a), fallback.ErrNotMerged)
		s.unmerge(a, c)
		s.unmerge(a, b)
		s.fails(s.part(a, b), fallback.ErrNotMerged)
	},
	"a chain of merges is one person, and is undone from its end": func(s *script) {
		a, b, c := s.person("telegram:1"), s.person("viber:2"), s.person("sms:+380501110005")
		before := s.export(a, b, c)
		s.merge(a, b)
		s.merge(c, a)
		s.update(func(tx fallback.Tx) {
			if all := tx.Same(b); !slices.Equal(all, []bots.ID{c, a, b}) {
				s.t.Errorf("the same are %v", all)
			}
		})
		if turn := s.says("viber:2", ""); turn.Contact.ID != c || turn.Message.Under != b {
			s.t.Errorf("heard of contact %s under %s, want %s under %s", turn.Contact.ID, turn.Message.Under, c, b)
		}
		later := &fallback.LaterMerge{}
		if err := s.part(c, b); !errors.As(err, &later) || later.Absorbed != a {
			s.t.Errorf("undoing the inner one first: %v", err)
		}
		s.unmerge(c, a)
		s.unmerge(a, b)
		if after := s.export(a, c); after != s.only(before, a, c) {
			s.t.Errorf("before\n%s\nafter\n%s", s.only(before, a, c), after)
		}
	},
	"merged and taken apart they are as they were, whatever others do meanwhile": func(s *script) {
		for seed := range 12 {
			if wrong := s.mergeAndUndo(rand.New(rand.NewSource(int64(seed))).Intn, seed); wrong != "" {
				s.t.Fatalf("seed %d: %s", seed, wrong)
			}
		}
	},
}

// mergeAndUndo is one life of two contacts: some history, a merge, others' traffic, and the undoing. It returns what is not as it was.
func (s *script) mergeAndUndo(pick func(int) int, seed int) (wrong string) {
	s.t.Helper()
	one := func(letter string) bots.ID {
		chats := []string{fmt.Sprintf("telegram:%d%s", seed, letter), fmt.Sprintf("viber:%d%s", seed, letter), fmt.Sprintf("sms:+38050%03d000%d", seed, pick(2))}
		id := s.person(chats[:1+pick(3)]...)
		drawn := make([]int, 12) // before the transaction, which may run twice
		for i := range drawn {
			drawn[i] = pick(6)
		}
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(id)
			c.Name, c.Email, c.Zone = []string{"", "Olena"}[drawn[0]%2], []string{"", letter + "@example.com"}[drawn[1]%2], []string{"", "Europe/Warsaw"}[drawn[2]%2]
			if drawn[3]%2 == 0 {
				c.ExternalID = fmt.Sprintf("%s-%d", letter, seed)
			}
			if drawn[4]%2 == 0 {
				c.Attributes = []byte(fmt.Sprintf(`{"%s":1,"both":"%s"}`, letter, letter))
			}
			before := *c
			c.Marketing = bots.Consent{State: bots.ConsentState(drawn[5] % 3), At: tx.Now(), Source: "form", ByPerson: drawn[6]%2 == 0}
			if c.Marketing.State == bots.Unknown {
				c.Marketing = bots.Consent{}
			}
			if drawn[7]%3 == 0 {
				c.Wish(&bots.Wish{Asked: []string{bots.Telegram}, NotOn: []string{bots.Telegram}[:drawn[8]%2], Limited: drawn[9]%2 == 0, From: 9, To: 20}, tx.Now())
			}
			fallback.Testify(tx, &before, c, bots.Scene{}, "")
			tx.PutContact(c)
		})
		for range pick(4) {
			s.life(pick, id, chats)
		}
		return id
	}
	a, b, other := one("a"), one("b"), one("c")
	before := s.export(a, b)
	m := s.merge(a, b)
	for range pick(3) {
		s.life(pick, other, []string{fmt.Sprintf("telegram:%dc", seed)})
	}
	if pick(3) == 0 {
		s.update(func(tx fallback.Tx) { // and a merge of others
			k, f := tx.Contact(other), &bots.Contact{ID: tx.NewID(), Created: tx.Now(), Updated: tx.Now()}
			tx.PutContact(f)
			if _, err := fallback.Merge(tx, fallback.MergeAsk{Keep: idRef(k.ID), From: idRef(f.ID)}, s.rules); err != nil {
				panic(err)
			}
		})
	}
	s.unmerge(a, b)
	after := s.export(a, b)
	if len(m.Ended) > 0 {
		return "" // final is final: what the stricter consent ended stays so
	}
	if after != before {
		return fmt.Sprintf("before\n%s\nafter\n%s", before, after)
	}
	return ""
}

// life is one thing that happens to a person.
func (s *script) life(pick func(int) int, id bots.ID, chats []string) {
	s.t.Helper()
	cascade := "telegram 15m read, viber 30m read, sms 1h delivered"
	switch pick(6) {
	case 0:
		s.ask(id, fallback.Service, cascade)
	case 1:
		s.ask(id, fallback.Marketing, cascade, at(time.Now().Add(time.Duration(pick(2))*time.Hour)))
	case 2:
		s.says(chats[0], "hello")
	case 3:
		s.settleDown()
	case 4:
		if n := len(s.sends); n > 0 {
			s.report(s.sends[pick(n)], bots.Read)
		}
	case 5:
		s.says(chats[0], []string{"стоп", "старт"}[pick(2)])
	}
}

func idRef(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }

func at(t time.Time) func(*fallback.Request) { return func(r *fallback.Request) { r.SendAt = t } }
func alike(n uint64) func(*fallback.Request) { return func(r *fallback.Request) { r.Same = n } }

// named is a person with an external id and a phone.
func (s *script) named(ext, phone string, addresses ...string) bots.ID {
	s.t.Helper()
	id := s.person(append(addresses, "sms:"+phone)...)
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(id)
		c.ExternalID = ext
		tx.PutContact(c)
	})
	return id
}

func (s *script) merge(keep, from bots.ID) (m bots.Merge) {
	s.t.Helper()
	ask := fallback.MergeAsk{Keep: idRef(keep), From: idRef(from), By: "key:test", Try: true}
	would, err := s.Merge(s.ctx(), ask, s.rules)
	s.must(err)
	ask.Try = false
	m, err = s.Merge(s.ctx(), ask, s.rules)
	s.must(err)
	if !slices.Equal(would.Ended, m.Ended) || would.Became.Phone != m.Became.Phone || would.Became.Marketing.State != m.Became.Marketing.State {
		s.t.Errorf("told before it would come to %+v, ended %v; it came to %+v, ended %v", would.Became, would.Ended, m.Became, m.Ended)
	}
	return m
}

func (s *script) cannot(want error, keep, from bots.ID) {
	s.t.Helper()
	_, err := s.Merge(s.ctx(), fallback.MergeAsk{Keep: idRef(keep), From: idRef(from)}, s.rules)
	s.fails(err, want)
}

func (s *script) unmerge(keep, from bots.ID) {
	s.t.Helper()
	s.must(s.part(keep, from))
}

func (s *script) part(keep, from bots.ID) error {
	_, err := s.Unmerge(s.ctx(), fallback.MergeAsk{Keep: idRef(keep), From: idRef(from), By: "key:test"}, s.rules)
	return err
}

// export is everything about contacts, one after the other.
func (s *script) export(ids ...bots.ID) string {
	s.t.Helper()
	var parts []string
	s.update(func(tx fallback.Tx) {
		parts = nil
		for _, id := range ids {
			parts = append(parts, exported(tx, id))
		}
	})
	return strings.Join(parts, "\n")
}

// only are the parts of an export that are about some contacts.
func (s *script) only(all string, ids ...bots.ID) string {
	var kept []string
	for _, id := range ids {
		for _, part := range strings.Split(all, "\n") {
			if strings.HasPrefix(part, id.String()+" ") {
				kept = append(kept, part)
			}
		}
	}
	return strings.Join(kept, "\n")
}

func exported(tx fallback.Tx, id bots.ID) string {
	c := tx.Contact(id)
	out := fmt.Sprintf("%s %+v attributes %s talk %+v said %+v counted %v", id, *c, c.Attributes, tx.Conversation(id), tx.Statements(id), tx.Counted(id, tx.Now().Add(-time.Hour*24*7)))
	tx.DeliveriesOf(id, func(d bots.ID, same uint64) bool {
		one := tx.Delivery(d)
		out += fmt.Sprintf(" delivery %+v %+v %d", one.Plan, one.Status, same)
		for _, l := range one.Route {
			if m := tx.Message(l.Message); m != nil {
				out += fmt.Sprintf(" message %+v %+v", *m, tx.MessageState(m.ID))
			}
		}
		return true
	})
	if m := tx.Message(tx.Conversation(id).LastID); m != nil {
		out += fmt.Sprintf(" last %+v", *m)
	}
	refs := []bots.Ref{idRef(id), {Kind: "ext", Value: c.ExternalID}, {Kind: "phone", Value: c.Phone}}
	for _, a := range c.Addresses {
		refs = append(refs, bots.Ref{Kind: a.Channel, Value: a.ID})
	}
	for _, ref := range refs {
		out += fmt.Sprintf(" %s %s", ref, tx.FindContact(ref))
	}
	return strings.ReplaceAll(out, "\n", " ")
}
