package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// answerStories are about channels on which the response to a call is a message, and one receipt stands for many.
var answerStories = map[string]func(*script){
	"whoever looks in is welcomed in the response, and a repeat reads the same": func(s *script) {
		s.greets()
		e := bots.Event{ID: "opened", Kind: bots.Opened, Chat: address("viber:new"), Name: "Olena", Answerable: true}
		first, again := s.hear(e), s.hear(e)
		if first.Said == nil || first.Repeated || first.Said.Text != "Hello, Olena" || first.Said.Contact != first.Contact.ID {
			s.t.Fatalf("said %+v", first.Said)
		}
		if !again.Repeated || again.Said == nil || again.Said.ID != first.Said.ID || again.Said.Text != first.Said.Text || len(again.Said.Buttons) != 1 {
			s.t.Errorf("the repeat said %+v, want what was said before", again.Said)
		}
		if a, _ := s.contact(first.Contact.ID).At(bots.Viber); a.State != bots.Unverified {
			s.t.Errorf("the address is %s, want unverified: nobody subscribed", a.State)
		}
		s.status(first.Said.ID, "uncertain")
	},
	"who is heard after the welcome can be written to": func(s *script) {
		s.greets()
		turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:new"), Answerable: true})
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("viber:new"), Step: turn.Said.ID, Data: "hello"})
		if a, _ := s.contact(turn.Contact.ID).At(bots.Viber); a.State != bots.Active {
			s.t.Errorf("the address is %s, want active", a.State)
		}
		s.status(turn.Said.ID, "engaged")
	},
	"looking in again opens no door that was shut": func(s *script) {
		s.greets()
		who := s.everywhere()
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("viber:v42")})
		s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:v42"), Answerable: true})
		if a, _ := s.contact(who).At(bots.Viber); a.State != bots.BlockedState {
			s.t.Errorf("the address is %s, want blocked", a.State)
		}
	},
	"a link says who looks in": func(s *script) {
		s.greets()
		who := s.person("sms:+380501112233")
		s.update(func(tx fallback.Tx) {
			tx.PutLink(fallback.Link{Token: "once", Contact: who, Channel: bots.Viber, Expires: tx.Now().Add(time.Hour)})
		})
		if turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:new"), Payload: "once", Answerable: true}); turn.Contact.ID != who {
			s.t.Errorf("the contact is %s, want %s", turn.Contact.ID, who)
		}
		if turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:thief"), Payload: "once", Answerable: true}); turn.Contact.ID == who {
			s.t.Error("the link worked twice")
		}
	},
	"a receipt soon after finds the welcome whose id nobody told": func(s *script) {
		s.greets()
		turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:new"), Answerable: true})
		s.run(5 * time.Second)
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "new", ID: "77", Level: bots.Delivered, At: time.Now()}})
		s.status(turn.Said.ID, "delivered")
		s.run(time.Hour)
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "new", ID: "77", Level: bots.Read, At: time.Now()}})
		s.status(turn.Said.ID, "read")
	},
	"a card sent on Viber takes nobody's place": func(s *script) {
		owner := s.person("sms:+380501112233")
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:thief"), Phone: "+380501112233"})
		if turn.Contact.ID == owner || turn.Contact.Phone != "" {
			s.t.Errorf("the chat went to %s with phone %q", turn.Contact.ID, turn.Contact.Phone)
		}
		if _, there := s.contact(owner).At(bots.Viber); there {
			s.t.Error("the owner of the number has a stranger's chat")
		}
		s.update(func(tx fallback.Tx) {
			if got := tx.FindContact(bots.Ref{Kind: "phone", Value: "+380501112233"}); got != owner {
				s.t.Errorf("the number means %s, want its owner %s", got, owner)
			}
		})
	},
	"a number that nobody had is taken from a card, as told and not as proven": func(s *script) {
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:new"), Phone: "+380501112233"})
		if a, _ := s.contact(turn.Contact.ID).At(bots.SMS); a.ID != "+380501112233" || a.State != bots.Unverified {
			s.t.Errorf("the number is %q, %s", a.ID, a.State)
		}
		owner := s.person("sms:+380501112233")
		s.update(func(tx fallback.Tx) {
			if got := tx.FindContact(bots.Ref{Kind: "phone", Value: "+380501112233"}); got != owner {
				s.t.Errorf("the number means %s, want the one who was heard there, %s", got, owner)
			}
		})
	},
	"who only claims a number gets nothing that is meant for it": func(s *script) {
		thief := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:thief"), Phone: "+380501112233"}).Contact.ID
		ref := bots.Ref{Kind: "phone", Value: "+380501112233"}
		_, err := s.Accept(s.ctx(), &fallback.Request{To: ref, Purpose: fallback.Service, Text: "your order", Cascade: steps("viber 15m read, sms")}, s.rules, s.world)
		s.must(err)
		s.settleDown()
		if len(s.sends) != 1 || s.sends[0].Out.To != address("sms:+380501112233") {
			s.t.Errorf("sent %v, want a text to the number", s.log)
		}
		s.update(func(tx fallback.Tx) {
			if owner := tx.FindContact(ref); owner == thief || owner == 0 {
				s.t.Errorf("the number means %s", owner)
			}
		})
	},
	"who proves a number is not taken for somebody who only claims it": func(s *script) {
		thief := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:thief"), Phone: "+380501112233"}).Contact.ID
		victim := s.says("telegram:42", "hello").Contact.ID
		shared := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"}).Contact
		wrote := s.says("sms:+380501112233", "hello again").Contact
		if shared.ID != victim || wrote.ID != victim || shared.Phone != "+380501112233" {
			s.t.Errorf("sharing is of %s, a text of %s; want both of %s, and never of %s", shared.ID, wrote.ID, victim, thief)
		}
	},
	"a stop from a number is of those who claim it, too": func(s *script) {
		claims := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:new"), Phone: "+380501112233"}).Contact.ID
		s.says("viber:new", "start")
		d := s.ask(claims, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.says("sms:+380501112233", "stop")
		s.is(d, "refused opted_out")
		s.denied(claims, "keyword:stop")
	},
	"a claimed number becomes the person's own by a proof of the same person": func(s *script) {
		who := s.person("telegram:42", "viber:v42")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v42"), Phone: "+380501112233"})
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.update(func(tx fallback.Tx) {
			if got := tx.FindContact(bots.Ref{Kind: "phone", Value: "+380501112233"}); got != who {
				s.t.Errorf("the number means %s, want %s", got, who)
			}
		})
	},
	"a claim takes no number away that was told or proven": func(s *script) {
		who := s.person("viber:v42", "sms:+380501112233")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v42"), Phone: "+380509998877"})
		if c := s.contact(who); c.Phone != "+380501112233" {
			s.t.Errorf("the phone is %s", c.Phone)
		}
	},
	"a phone shared by the button answers the message that asked": func(s *script) {
		who := s.person("viber:v42")
		d := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(10 * time.Second)
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v42"), Phone: "+380501112233", Step: s.sends[0].Message})
		s.is(d, "done")
		s.reachedBy(d, bots.Viber, "reply")
	},
	"one seen is for all that settled before it, whichever it names": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		first, second := s.ask(who, fallback.Service, "viber 1h read, sms"), s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(time.Minute)
		s.report(s.sends[0], bots.Read)
		s.is(first, "done")
		s.is(second, "done")
	},
	"a seen is not for what settled within the skew of the clocks": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		first := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(time.Minute)
		second := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(5 * time.Second)
		x := s.sends[0]
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Ahead: 20 * time.Second, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Level: bots.Read, At: time.Now()}})
		s.is(first, "done")
		s.is(second, "waiting")
	},
	"a seen of a message nobody knows is for what settled before it all the same": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "v42", ID: "of the operator's own tool", Level: bots.Read, At: time.Now()}})
		s.is(d, "done")
	},
}

// greets gives the core a welcome.
func (s *script) greets() {
	s.rules.Core.Welcome = func(c *bots.Contact, channel string) bots.Outgoing {
		return bots.Outgoing{Text: "Hello, " + c.Name, Buttons: []bots.Button{{Text: "Hello", Data: "hello"}}}
	}
}

// status compares what became of a message.
func (s *script) status(id bots.ID, want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		st := tx.MessageState(id)
		if got := st.Status(); got != want {
			s.t.Errorf("message is %s, want %s", got, want)
		}
	})
}
