package fallbacktest

import (
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// mergedPair are two contacts that are one now, each with a history from before, and some of it since.
func (s *script) mergedPair() (keep, from bots.ID) {
	s.t.Helper()
	keep, from = s.named("C-100", "+380501112233", "telegram:42"), s.named("C-200", "+380671112233", "viber:v7")
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(from)
		c.Email = "Olena@example.com"
		tx.PutContact(c)
		tx.PutCame(keep, "flyer", fallback.Came{Channel: bots.Telegram})
		tx.PutCame(from, "poster", fallback.Came{Channel: bots.Viber})
	})
	s.says("telegram:42", "I am Olena")
	s.says("viber:v7", "so am I")
	s.ask(keep, fallback.Service, "telegram 15m read")
	s.ask(from, fallback.Service, "viber 15m read", func(r *fallback.Request) { r.Data = []byte(`{"name":"Olena"}`) })
	s.settleDown()
	s.merge(keep, from)
	s.says("viber:v7", "and still")
	return keep, from
}

var eraseMergedStories = map[string]func(*script){
	"who absorbed another is erased with all that the other was, whoever of them was named": func(s *script) {
		for _, name := range []string{"kept", "absorbed"} {
			keep, from := s.mergedPair()
			later := s.ask(from, fallback.Service, "sms", at(time.Now().Add(time.Hour)))
			open := []bots.ID{later}
			for _, id := range s.ids {
				if d := s.delivery(id); (d.Contact == keep) && !d.State.Final() {
					open = append(open, id)
				}
			}
			slices.Sort(open)
			named := map[string]bots.ID{"kept": keep, "absorbed": from}[name]
			e := s.erase(named)
			if want := len(slices.Compact(open)); e.Contact != keep || !slices.Equal(e.Same, []bots.ID{keep, from}) || e.Counts.Cancelled != want {
				s.t.Errorf("the %s one was named: %+v, want contact %s with %s, %d cancelled", name, e, keep, from, want)
			}
			s.is(later, "cancelled erased")
			for _, id := range e.Same {
				if one := s.goOn(id); one.Left || one.Contact != id {
					s.t.Errorf("of %s there is %+v", id, one)
				}
			}
			for _, id := range e.Same {
				s.nothingOf(id)
				s.update(func(tx fallback.Tx) {
					if _, ok := tx.Merge(id); ok || len(tx.Same(id)) != 1 {
						s.t.Errorf("%s is still part of a merge, with %v", id, tx.Same(id))
					}
					for _, source := range []string{"flyer", "poster"} {
						if came := tx.Came(id, source); came != (fallback.Came{}) {
							s.t.Errorf("%s came by %s: %+v", id, source, came)
						}
					}
					for _, ref := range []bots.Ref{idRef(id), {Kind: "ext", Value: "C-100"}, {Kind: "ext", Value: "C-200"}, {Kind: "phone", Value: "+380671112233"}, {Kind: bots.Viber, Value: "v7"}, {Kind: bots.Telegram, Value: "42"}} {
						if c := tx.Contact(tx.FindContact(ref)); c != nil {
							s.t.Errorf("%s is %+v", ref, c)
						}
					}
					all, ok := fallback.ErasedPerson(tx, id)
					if !ok || all.Left || all.Contact != keep || all.Counts.Messages < 5 || all.Counts.Deliveries != 3 {
						s.t.Errorf("asked for %s there is %+v, %t; want all of both", id, all, ok)
					}
				})
			}
			s.ids = nil
		}
		s.noted("contact.erased", 4)
	},
	"while a merged person is being erased, no step of either is over before both are": func(s *script) {
		keep, from := s.mergedPair()
		s.erase(keep)
		s.goOn(keep)
		s.update(func(tx fallback.Tx) {
			if e, _ := fallback.ErasedPerson(tx, keep); !e.Left {
				s.t.Errorf("with %s left there is %+v", from, e)
			}
		})
		s.goOn(from)
		s.update(func(tx fallback.Tx) {
			if e, _ := fallback.ErasedPerson(tx, from); e.Left {
				s.t.Errorf("with both over there is %+v", e)
			}
		})
	},
	"the no of a merged person stands at all names of both": func(s *script) {
		keep, from := s.mergedPair()
		s.stops("viber:v7")
		e := s.erase(from)
		s.goOn(keep)
		s.goOn(from)
		if len(e.Marks) != 7 {
			s.t.Errorf("%d marks, want those of two phones, two ids, two chats and an e-mail address", len(e.Marks))
		}
		s.update(func(tx fallback.Tx) {
			for _, number := range []string{"+380501112233", "+380671112233"} {
				if w := tx.Word(number); w.State != bots.Unknown {
					s.t.Errorf("the word at %s is there: %+v", number, w)
				}
			}
		})
		for _, ref := range []bots.Ref{{Kind: "phone", Value: "+380501112233"}, {Kind: "phone", Value: "+380671112233"}} {
			s.is(s.askFor(ref, fallback.Marketing, "sms"), "skipped opted_out")
		}
		for _, chat := range []string{"telegram:42", "viber:v7"} {
			turn := s.says(chat, "hello")
			if c := s.contact(turn.Contact.ID); c.ID == keep || c.ID == from || c.Marketing.State != bots.Denied {
				s.t.Errorf("who came back by %s is %+v", chat, c)
			}
		}
	},
	"what comes late of a merged person who was erased brings nothing of either back": func(s *script) {
		keep, from := s.mergedPair()
		s.run(time.Minute)
		sends := slices.Clone(s.sends)
		s.erase(keep)
		for _, x := range sends {
			s.report(x, bots.Read)
			s.hear(bots.Event{Kind: bots.Clicked, Channel: x.Out.To.Channel, Step: x.Message, Delivery: x.Delivery, Chat: x.Out.To})
		}
		for _, id := range []bots.ID{keep, from} {
			s.goOn(id)
			s.nothingOf(id)
		}
		s.run(48 * time.Hour)
		if len(s.sends) != len(sends) {
			s.t.Errorf("something went out after it: %v", s.log[len(sends):])
		}
	},
	"a merge of somebody who was erased cannot be undone, and its error says why": func(s *script) {
		keep, from := s.mergedPair()
		s.erase(keep)
		for _, id := range []bots.ID{keep, from} {
			s.fails(s.part(id, from), fallback.ErrUnknownContact)
			if err := s.part(id, from); err == nil || err.Error() != (&fallback.GoneContact{Contact: id, At: time.Now()}).Error() {
				s.t.Errorf("undoing says %v", err)
			}
			s.cannot(fallback.ErrUnknownContact, id, s.person("viber:other"+id.String()))
		}
	},
	"the journal of an erase does it again for all that were one, as this store has them": func(s *script) {
		at := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
		for _, had := range []string{"merged", "two", "merged with one more"} {
			keep, from := s.mergedPair()
			more := s.person("viber:v9", "sms:+380931112233")
			if had == "merged with one more" {
				s.merge(more, keep)
			}
			if had == "two" {
				s.unmerge(keep, from)
			}
			for _, id := range []bots.ID{keep, from} {
				line := fallback.JournalLine{Erased: true, At: at, Contact: id, By: "crm", Same: []bots.ID{keep, from}, Marks: [][]byte{{1, byte(id)}}, No: fallback.KeptNo{At: time.Now(), Marketing: true}}
				s.must(s.Update(s.ctx(), func(tx fallback.Tx) error { _, err := fallback.Replay(tx, line); return err }))
			}
			s.update(func(tx fallback.Tx) {
				for _, id := range []bots.ID{keep, from} {
					if e, ok := tx.Erased(id); tx.Contact(id) != nil || !ok || len(e.Marks) != 1 || !e.At.Equal(at) || e.By != "crm" || !e.Here().After(at) {
						s.t.Errorf("%s: of %s there is %+v, %+v", had, id, tx.Contact(id), e)
					}
				}
				if c := tx.Contact(more); c == nil || c.ID != more || len(c.Merged) > 0 || c.Address(address("viber:v9")) == nil || c.Address(address("telegram:42")) != nil {
					s.t.Errorf("%s: the one more is %+v", had, c)
				}
			})
			for _, id := range []bots.ID{keep, from} {
				s.goOn(id)
				s.nothingOf(id)
			}
			s.ids = nil
			s.forget(more)
		}
	},
}
