package fallbacktest

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// erase begins to erase somebody, and does not go on.
func (s *script) erase(who bots.ID) (e fallback.Erased) {
	s.t.Helper()
	s.must(s.Update(s.ctx(), func(tx fallback.Tx) (err error) {
		e, err = fallback.Erase(tx, who, "crm")
		return err
	}))
	return e
}

// forget erases somebody to the end.
func (s *script) forget(who bots.ID) (e fallback.Erased) {
	s.t.Helper()
	s.erase(who)
	return s.goOn(who)
}

// goOn ends an erase that was begun.
func (s *script) goOn(who bots.ID) (e fallback.Erased) {
	s.t.Helper()
	for g := (fallback.Erasing{}); g.Stage < fallback.EraseRest; {
		s.must(s.Update(s.ctx(), func(tx fallback.Tx) (err error) {
			g, err = fallback.EraseSome(tx, who, s.rules, s.world)
			return err
		}))
		if err := s.Check(); err != nil {
			s.t.Fatalf("between two steps records and indexes differ: %v", err)
		}
	}
	s.update(func(tx fallback.Tx) {
		fallback.EraseDone(tx, who)
		e, _ = tx.Erased(who)
	})
	return e
}

// nothingOf checks that nothing of a person is left in the records of the conversation and the deliveries.
func (s *script) nothingOf(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if c := tx.Contact(who); c != nil {
			s.t.Errorf("the contact is there: %+v", c)
		}
		if n := len(tx.Statements(who)); n > 0 || tx.Conversation(who).State != bots.NoConversation {
			s.t.Errorf("there are %d statements, and a conversation %s", n, tx.Conversation(who).State)
		}
		tx.MessagesOf(who, 0, func(id bots.ID) bool {
			if m := tx.Message(id); !m.Erased || m.Text != "" || m.To.ID != "" || tx.MessageState(id).ProviderID != "" {
				s.t.Errorf("of a message there is %+v", m)
			}
			return true
		})
		tx.DeliveriesOf(who, func(id bots.ID, _ uint64) bool {
			if d := tx.Delivery(id); d.Text != "" || d.To != "" || len(d.Data) > 0 || len(d.Metadata) > 0 || !d.State.Final() {
				s.t.Errorf("of a delivery there is %+v", d.Plan)
			}
			return true
		})
	})
}

// stops is a person who says the word for it.
func (s *script) stops(chat string) { s.t.Helper(); s.says(chat, "стоп") }

var eraseStories = map[string]func(*script){
	"an erase ends what is under way, and nothing of the person is left": func(s *script) {
		who := s.everywhere()
		s.ask(who, fallback.Service, loyalty, func(r *fallback.Request) {
			r.Data, r.Metadata = []byte(`{"name":"Olena"}`), map[string]string{"order": "7"}
		})
		later := s.ask(who, fallback.Service, "sms", func(r *fallback.Request) { r.SendAt = time.Now().Add(time.Hour) })
		s.run(time.Minute)
		s.says("telegram:42", "I am Olena")
		e := s.forget(who)
		if e.Left || e.Counts.Messages < 2 || e.Counts.Deliveries != 2 || e.Counts.Cancelled != 1 || e.By != "crm" {
			s.t.Errorf("what was erased: %+v", e)
		}
		s.is(later, "cancelled erased")
		s.nothingOf(who)
		s.run(48 * time.Hour)
		s.sentSoFar("0s telegram d1/0")
		s.noted("contact.erased", 1)
	},
	"an attempt that was under way settles, and brings nothing back": func(s *script) {
		for _, outcome := range []*bots.SendError{nil, {Fault: bots.Uncertain}, {Fault: bots.Refused}, {Fault: bots.Unreachable}, {Fault: bots.Temporary}} {
			who := s.everywhere()
			s.next("telegram", func(x *sent) { x.Lost = true })
			d := s.ask(who, fallback.Service, loyalty)
			s.settleDown()
			s.is(d, "sending")
			x := s.sends[len(s.sends)-1]
			s.erase(who)
			x.Err = outcome
			s.settle(x)
			s.goOn(who)
			s.report(x, bots.Read)
			s.hear(bots.Event{Kind: bots.Clicked, Channel: x.Out.To.Channel, Step: x.Message, Delivery: d, Chat: x.Out.To})
			s.nothingOf(who)
			s.run(48 * time.Hour)
			if n := len(s.sends); n > 0 && s.sends[n-1] != x {
				s.t.Errorf("after %v something went out: %s", outcome, s.log[n-1])
			}
		}
	},
	"a reply to a message of before begins anew, as a stranger's": func(s *script) {
		who := s.everywhere()
		s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.settleDown()
		x := s.sends[0]
		s.forget(who)
		turn := s.says("telegram:42", "thanks", func(e *bots.Event) { e.On, e.Step = x.ProviderID, x.Message })
		if turn.Contact.ID == who || turn.Contact.ID == 0 {
			s.t.Errorf("the person is %s again", turn.Contact.ID)
		}
		s.update(func(tx fallback.Tx) {
			if m := tx.Message(turn.Message.ID); m.ReplyTo != 0 && !tx.Message(m.ReplyTo).Erased {
				s.t.Errorf("the reply answers %+v", m)
			}
		})
		s.nothingOf(who)
	},
	"what staff read about the person in their room is taken back there, and its words go": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		other, line2 := s.lineOf("telegram:43", "And mine?")
		post := s.post(who, "Where is my order?", line)
		kept := s.post(other, "And mine?", line2)
		s.settleDown()
		waits := s.put(fallback.Post{Contact: who, Lines: []bots.ID{line}}, "Where is my order?")
		if e := s.forget(who); e.Counts.Posts != 2 {
			s.t.Errorf("posts: %+v, want 2", e.Counts)
		}
		s.is(waits, "cancelled erased")
		s.settleDown()
		x := s.sends[len(s.sends)-1]
		if x.Out.Act != bots.DeleteAct || x.Out.On != post.ProviderID || x.Out.To.Channel != bots.Staff {
			s.t.Errorf("the room was handed %+v", x.Out)
		}
		s.is(x.Delivery, "done")
		s.update(func(tx fallback.Tx) {
			if e, _ := tx.Erased(who); !slices.Equal(e.TakeBacks, []bots.ID{x.Delivery}) {
				s.t.Errorf("taken back by %v, want %s", e.TakeBacks, x.Delivery)
			}
		})
		s.about(post.Message, func(m *bots.Message, st bots.MessageState) bool { return m.Text == "" && !st.DeletedAt.IsZero() })
		s.about(kept.Message, func(m *bots.Message, _ bots.MessageState) bool { return strings.Contains(m.Text, "And mine?") })
		if d := s.delivery(post.Delivery); d.Text != "" || len(d.Data) > 0 {
			s.t.Errorf("of the post there is %+v", d.Plan)
		}
	},
	"a post that is being handed to the room is taken back once it is there": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.next("staff", func(x *sent) { x.Lost = true })
		post := s.post(who, "Where is my order?", line)
		s.is(post.Delivery, "sending")
		s.erase(who)
		for range 5 {
			s.update(func(tx fallback.Tx) { _, err := fallback.EraseSome(tx, who, s.rules, s.world); s.must(err) })
		}
		s.settle(post)
		if e := s.goOn(who); e.Counts.Posts != 1 || len(e.TakeBacks) != 1 {
			s.t.Errorf("posts: %+v, taken back by %v", e.Counts, e.TakeBacks)
		}
		s.settleDown()
		if x := s.sends[len(s.sends)-1]; x.Out.Act != bots.DeleteAct || x.Out.On != post.ProviderID {
			s.t.Errorf("the room was handed %+v", x.Out)
		}
		s.about(post.Message, func(m *bots.Message, st bots.MessageState) bool { return m.Text == "" && !st.DeletedAt.IsZero() })
	},
	"a post that waits while its person is erased never reaches the room, nor does one that is made after": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		waits := s.put(fallback.Post{Contact: who, Lines: []bots.ID{line}}, "Where is my order?")
		s.erase(who) // the steps that empty posts come later: there may be many messages before
		late := s.put(fallback.Post{Contact: who}, "Olena, +380501112233")
		other := s.everywhere()
		together := s.put(fallback.Post{Contacts: []bots.ID{other, who}}, "Olena and another")
		once := s.put(fallback.Post{Contact: other, Lines: []bots.ID{line}}, "Where is my order?") // they were one person when it was made
		s.run(time.Minute)
		s.sentSoFar()
		for _, id := range []bots.ID{waits, late, together, once} {
			s.is(id, "cancelled erased")
		}
		if e := s.goOn(who); e.Counts.Posts != 4 || len(e.TakeBacks) != 0 {
			s.t.Errorf("posts: %+v, taken back by %v", e.Counts, e.TakeBacks)
		}
	},
	"what a channel wrote about a number does not stay with a delivery": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.settleDown()
		x := s.sends[0]
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Failed: true, Fault: bots.Rejected, Reason: "no user 380501112233", At: time.Now()}})
		s.settleDown()
		if got := s.delivery(d).Route[0].Reason; !strings.Contains(got, "380501112233") {
			s.t.Fatalf("before the erase the leg fell for %q: this story shows nothing", got)
		}
		s.forget(who)
		for _, l := range s.delivery(d).Route {
			if strings.Contains(l.Reason, "380501112233") {
				s.t.Errorf("a leg fell for %q", l.Reason)
			}
		}
	},
	"of two who shared a phone, the stricter no outlives both": func(s *script) {
		first, second := s.person("telegram:42", "sms:+380501112233"), s.person("viber:v43", "sms:+380501112233")
		s.says("telegram:42", "стоп все")
		s.says("viber:v43", "стоп")
		s.forget(first)
		s.forget(second)
		again := s.askFor(bots.Ref{Kind: "phone", Value: "+380501112233"}, fallback.Service, "sms")
		if c := s.contact(s.delivery(again).Contact); !c.Silent() {
			s.t.Errorf("who comes with the phone has %+v and %+v", c.Marketing, c.All)
		}
		s.is(again, "skipped stopped_all")
	},
	"the word at a number of before goes, and its no stays as a hash": func(s *script) {
		who := s.person("sms:+380501112233")
		s.says("sms:+380501112233", "стоп")
		s.leaves(who)
		s.forget(who)
		s.update(func(tx fallback.Tx) {
			if w := tx.Word("+380501112233"); w.State != bots.Unknown {
				s.t.Errorf("the word at the number is there: %+v", w)
			}
		})
		s.is(s.askFor(bots.Ref{Kind: "phone", Value: "+380501112233"}, fallback.Marketing, "sms"), "skipped opted_out")
	},
	"a no outlives its person, wherever the name comes from": func(s *script) {
		who := s.everywhere()
		s.stops("telegram:42")
		if e := s.forget(who); len(e.Marks) != 3 {
			s.t.Errorf("%d marks, want those of the phone and two chats", len(e.Marks))
		}
		s.update(func(tx fallback.Tx) {
			if w := tx.Word("+380501112233"); w.State != bots.Unknown {
				s.t.Errorf("the word at the number is there: %+v", w)
			}
		})
		again := s.askFor(bots.Ref{Kind: "phone", Value: "+380501112233"}, fallback.Marketing, "sms")
		s.is(again, "skipped opted_out")
		c := s.contact(s.delivery(again).Contact)
		if c.Marketing.State != bots.Denied || !c.Marketing.ByPerson || c.Marketing.Source != fallback.SourceErased {
			s.t.Errorf("who came back has %+v", c.Marketing)
		}
		turn := s.says("viber:v42", "hello")
		if turn.Contact.ID == who || s.contact(turn.Contact.ID).Marketing.State != bots.Denied {
			s.t.Errorf("at viber there is %+v", s.contact(turn.Contact.ID))
		}
	},
	"a channel on which a person wanted nothing stays without marketing for whoever comes back": func(s *script) {
		who := s.everywhere()
		s.wish(who, bots.Wish{Asked: []string{bots.SMS}, NotOn: []string{bots.SMS}})
		if e := s.forget(who); len(e.Marks) != 3 {
			s.t.Errorf("%d marks, want those of the phone and two chats", len(e.Marks))
		}
		again := s.askFor(bots.Ref{Kind: "phone", Value: "+380501112233"}, fallback.Service, "sms")
		c := s.contact(s.delivery(again).Contact)
		if c.ConsentOn(bots.SMS).State != bots.Denied || c.Marketing.State == bots.Denied || c.Silent() {
			s.t.Errorf("who came back has %+v, %+v, %+v", c.On, c.Marketing, c.All)
		}
	},
	"a no to one channel outlives its person there, and nowhere else": func(s *script) {
		who := s.everywhere()
		s.tellOn(who, bots.Viber, bots.Denied)
		s.forget(who)
		c := s.contact(s.says("viber:v42", "hello").Contact.ID)
		if no := c.ConsentOn(bots.Viber); no.State != bots.Denied || no.Source != fallback.SourceErased {
			s.t.Errorf("who came back has %+v on viber", no)
		}
		if c.Marketing.State == bots.Denied || c.ConsentOn(bots.Telegram).State == bots.Denied {
			s.t.Errorf("who came back has a no to more than was refused: %+v, %+v", c.Marketing, c.On)
		}
	},
	"a no is not kept at a number that its person only claimed": func(s *script) {
		who := s.person("viber:v42")
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(who)
			c.Phone, c.PhoneClaimed = "+380501112233", true
			tx.PutContact(&c)
		})
		s.stops("viber:v42")
		if e := s.forget(who); len(e.Marks) != 1 {
			s.t.Errorf("%d marks, want the chat's alone", len(e.Marks))
		}
		owner := s.person("sms:+380501112233")
		if c := s.contact(owner); c.Marketing.State == bots.Denied {
			s.t.Errorf("whose number it is has the stranger's no: %+v", c.Marketing)
		}
	},
	"the person's own yes lifts what outlived them": func(s *script) {
		who := s.person("viber:v42")
		s.stops("viber:v42")
		s.forget(who)
		turn := s.says("viber:v42", "hello")
		s.run(time.Minute)
		s.says("viber:v42", "старт")
		if c := s.contact(turn.Contact.ID); c.Marketing.State != bots.Given {
			s.t.Fatalf("after a yes: %+v", c.Marketing)
		}
		s.forget(turn.Contact.ID)
		turn = s.says("viber:v42", "hello")
		if c := s.contact(turn.Contact.ID); c.Marketing.State == bots.Denied {
			s.t.Errorf("the no of before came back: %+v", c.Marketing)
		}
	},
	"nobody is erased twice, and no room of staff": func(s *script) {
		s.bound()
		who := s.everywhere()
		s.forget(who)
		s.fails(s.Update(s.ctx(), func(tx fallback.Tx) error { _, err := fallback.Erase(tx, who, "crm"); return err }), fallback.ErrUnknownContact)
		s.fails(s.Update(s.ctx(), func(tx fallback.Tx) error {
			room, err := fallback.ReadStaffRoom(tx, "")
			if err == nil {
				_, err = fallback.Erase(tx, room.Contact, "crm")
			}
			return err
		}), fallback.ErrUnknownContact)
	},
}

// askFor accepts a delivery to whom a REF names.
func (s *script) askFor(to bots.Ref, p fallback.Purpose, cascade string) bots.ID {
	s.t.Helper()
	got, err := s.Accept(s.ctx(), &fallback.Request{To: to, Given: to.String(), Purpose: p, Text: "120 points", Cascade: steps(cascade), Same: uint64(len(s.ids) + 1)}, s.rules, s.world)
	s.must(err)
	s.ids = append(s.ids, got.ID)
	return got.ID
}
