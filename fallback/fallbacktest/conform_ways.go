package fallbacktest

import (
	"errors"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// opens is a person who opens the bot by a link.
func (s *script) opens(chat, payload string) bots.Turn {
	return s.hear(bots.Event{Kind: bots.Started, Chat: address(chat), Payload: payload})
}

func (s *script) source(code string) {
	s.t.Helper()
	s.must(s.Update(s.ctx(), func(tx fallback.Tx) error {
		_, err := fallback.MakeSource(tx, bots.Source{Code: code, Name: "Shop 7", Kind: "shop", Tags: map[string]string{"town": "Lviv"}, Channels: []string{bots.Telegram, bots.Viber}}, false)
		return err
	}))
}

// funnel is what was counted of a source on a channel.
func (s *script) funnel(code, channel string) (sum fallback.Funnel) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		sum = fallback.Funnel{}
		tx.Funnel(code, "2000-01-01", "9999-12-31", func(k fallback.FunnelKey, n fallback.Funnel) {
			if k.Channel == channel {
				sum = sum.Plus(n)
			}
		})
	})
	return sum
}

func (s *script) came(code, channel string, want fallback.Funnel) {
	s.t.Helper()
	if got := s.funnel(code, channel); got != want {
		s.t.Errorf("%s on %s counted %+v, want %+v", code, channel, got, want)
	}
}

func reasons(t bots.Turn, kind string) (all []string) {
	for _, c := range t.Changes {
		if c.Type == kind {
			all = append(all, c.Reason)
		}
	}
	return all
}

var wayStories = map[string]func(*script){
	"who takes back a no to everything has not allowed marketing": func(s *script) {
		s.source("shop7")
		who := s.opens("telegram:42", "shop7").Contact.ID
		s.says("telegram:42", "stop all")
		s.hear(bots.Event{Kind: bots.Unsilent, Channel: "page", Contact: who})
		s.came("shop7", bots.Telegram, fallback.Funnel{Started: 1})
		s.says("telegram:42", "start")
		s.came("shop7", bots.Telegram, fallback.Funnel{Started: 1, Consented: 1})
	},
	"who opens the bot by a source's link came from there, and is counted once": func(s *script) {
		s.source("shop7")
		turn := s.opens("telegram:42", "shop7")
		if got := turn.Contact.First; got.Source != "shop7" || got.Channel != bots.Telegram || got.At.IsZero() {
			s.t.Errorf("the contact came by %+v, want shop7 on telegram", got)
		}
		if got := reasons(turn, "contact.updated"); !slices.Equal(got, []string{"source:shop7"}) {
			s.t.Errorf("the changes say %q, want source:shop7", got)
		}
		again := s.opens("telegram:42", "shop7")
		if again.Contact.ID != turn.Contact.ID || len(reasons(again, "contact.updated")) != 0 {
			s.t.Errorf("the second tap made %v with %v", again.Contact.ID, again.Changes)
		}
		s.opens("telegram:43", "shop7")
		s.came("shop7", bots.Telegram, fallback.Funnel{Started: 2})
	},
	"the first source stays, and what the person does counts for the last": func(s *script) {
		s.source("shop7")
		s.source("site")
		id := s.opens("telegram:42", "shop7").Contact.ID
		s.opens("telegram:42", "site")
		if c := s.contact(id); c.First.Source != "shop7" || c.Last.Source != "site" {
			s.t.Errorf("first %q, last %q; want shop7 and site", c.First.Source, c.Last.Source)
		}
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.says("telegram:42", "start")
		s.says("telegram:42", "start")
		s.came("shop7", bots.Telegram, fallback.Funnel{Started: 1})
		s.came("site", bots.Telegram, fallback.Funnel{Started: 1, Shared: 1, Consented: 1})
	},
	"who comes by a source and shares the phone of somebody we know is that person, who came by it and is counted once": func(s *script) {
		s.source("shop7")
		who := s.person("sms:+380501112233")
		s.opens("telegram:42", "shop7")
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		if turn.Contact.ID != who || turn.Contact.First.Source != "shop7" {
			s.t.Fatalf("the contact is %v and came by %q, want %v by shop7", turn.Contact.ID, turn.Contact.First.Source, who)
		}
		if got := reasons(turn, "contact.updated"); !slices.Contains(got, "source:shop7") {
			s.t.Errorf("the changes say %q, want source:shop7 among them", got)
		}
		s.says("telegram:42", "start")
		s.opens("telegram:42", "shop7")
		s.came("shop7", bots.Telegram, fallback.Funnel{Started: 1, Shared: 1, Consented: 1})
	},
	"a chat that is handed on does not bring its former owner's source": func(s *script) {
		s.source("shop7")
		s.person("sms:+380501112233")
		s.opens("telegram:42", "shop7")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380671112233"})
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		if turn.Contact.First.Source != "" {
			s.t.Errorf("the next owner came by %q, want by none", turn.Contact.First.Source)
		}
	},
	"a source that is retired, or unknown, or whose code is no code, counts nothing": func(s *script) {
		s.source("shop7")
		s.must(s.Update(s.ctx(), func(tx fallback.Tx) error {
			_, err := fallback.ChangeSource(tx, "shop7", func(c *bots.Source) { c.Retired = tx.Now() })
			return err
		}))
		for chat, payload := range map[string]string{"telegram:1": "shop7", "telegram:2": "shop8", "telegram:3": "SHOP7", "telegram:4": "\x00\xff"} {
			if c := s.opens(chat, payload).Contact; c.First.Source != "" {
				s.t.Errorf("%q made a source %q", payload, c.First.Source)
			}
		}
		s.came("shop7", bots.Telegram, fallback.Funnel{})
	},
	"a used link tells who it is to nobody else, and is the source all the same": func(s *script) {
		who := s.person("sms:+380501112233")
		s.source("receipt")
		s.update(func(tx fallback.Tx) {
			tx.PutLink(fallback.Link{Token: "ONCE", Contact: who, Source: "receipt", Expires: tx.Now().Add(time.Hour)})
			tx.PutLink(fallback.Link{Token: "LATE", Contact: who, Source: "receipt", Expires: tx.Now()})
		})
		if got := s.opens("telegram:42", "ONCE"); got.Contact.ID != who || got.Way.Refused != "" {
			s.t.Fatalf("the link led to %v, want its owner", got.Contact.ID)
		}
		if got := s.opens("telegram:42", "ONCE"); got.Contact.ID != who || got.Way.Refused != "" || reasons(got, "contact.linked")[0] != "" {
			s.t.Errorf("the owner's second tap is refused as %q", got.Way.Refused)
		}
		for token, why := range map[string]string{"ONCE": bots.LinkSpent, "LATE": bots.LinkExpired} {
			other := s.opens("telegram:thief"+token, token)
			if other.Contact.ID == who || other.Contact.Phone != "" || !slices.Equal(reasons(other, "contact.linked"), []string{why}) {
				s.t.Errorf("%s: the other person is %v, and hears %v", token, other.Contact.ID, other.Changes)
			}
			if other.Contact.First.Source != "receipt" {
				s.t.Errorf("%s: the other person came by %q, want receipt", token, other.Contact.First.Source)
			}
		}
		if a, _ := s.contact(who).At(bots.Telegram); a.ID != "42" {
			s.t.Errorf("the owner's Telegram is %q, want 42", a.ID)
		}
		s.came("receipt", bots.Telegram, fallback.Funnel{Started: 3})
	},
	"who looks in by another's link hears so in the response": func(s *script) {
		who := s.person("sms:+380501112233")
		say := func(text string) func(*bots.Contact, string) bots.Outgoing {
			return func(*bots.Contact, string) bots.Outgoing { return bots.Outgoing{Text: text} }
		}
		s.rules.Core.Welcome = say("welcome")
		s.rules.Core.NotYours = func(string, *bots.Contact, string) bots.Outgoing { return bots.Outgoing{Text: "not yours"} }
		s.update(func(tx fallback.Tx) {
			tx.PutLink(fallback.Link{Token: "ONCE", Contact: who, Channel: bots.Viber, Expires: tx.Now().Add(time.Hour)})
		})
		for _, c := range []struct{ chat, hears, why string }{{"viber:v42", "welcome", bots.Welcomed}, {"viber:thief", "not yours", bots.LinkSpent}, {"viber:v42", "welcome", bots.Welcomed}} {
			turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address(c.chat), Payload: "ONCE", Answerable: true})
			if turn.Said == nil || turn.Said.Text != c.hears || !slices.Equal(reasons(turn, "contact.linked"), []string{c.why}) {
				s.t.Errorf("%s hears %+v, with %v", c.chat, turn.Said, turn.Changes)
			}
		}
	},
	"where a link is a text, its code is read there, and the rest is for staff": func(s *script) {
		s.source("shop7")
		s.rules.Core.Greets = func(text string) bool { return text == "Hello!" }
		turn := s.says("whatsapp:+380501112233", "Hello! #shop7")
		if turn.Event.Kind != bots.Started || turn.Contact.First.Source != "shop7" || turn.Conversation.State == bots.Open {
			s.t.Errorf("it was taken as %s from %q, in a conversation that is %v", turn.Event.Kind, turn.Contact.First.Source, turn.Conversation.State)
		}
		asked := s.says("whatsapp:+380501112244", "When do you open? #shop7")
		if asked.Event.Kind != bots.Wrote || asked.Contact.First.Source != "shop7" || asked.Conversation.State != bots.Open {
			s.t.Errorf("a question was taken as %s from %q, in a conversation that is %v", asked.Event.Kind, asked.Contact.First.Source, asked.Conversation.State)
		}
		if c := s.says("telegram:42", "Hello! #shop7").Contact; c.First.Source != "" {
			s.t.Errorf("a text on Telegram came by %q: links are no texts there", c.First.Source)
		}
		s.came("shop7", bots.WhatsApp, fallback.Funnel{Started: 2, Shared: 2})
	},
	"sources have codes of their own, in order": func(s *script) {
		for _, code := range []string{"till3", "shop7", "site"} {
			s.source(code)
		}
		make := func(c bots.Source, test bool) error {
			return s.Update(s.ctx(), func(tx fallback.Tx) error { _, err := fallback.MakeSource(tx, c, test); return err })
		}
		s.fails(make(bots.Source{Code: "site", Name: "x"}, false), fallback.ErrSourceTaken)
		for _, bad := range []bots.Source{{Code: "new"}, {Code: "Ne", Name: "x"}, {Code: "sms", Name: "x"}, {Code: "test-1", Name: "x"}, {Code: "new", Name: "x", Kind: "Two words"}, {Code: "new", Name: "x\n"}, {Code: "new", Name: "x", Tags: map[string]string{"": ""}}} {
			if _, fault := errors.AsType[*bots.SourceFault](make(bad, false)); !fault {
				s.t.Errorf("%+v was taken", bad)
			}
		}
		s.must(make(bots.Source{Code: "site", Name: "x"}, true))
		var codes []string
		s.update(func(tx fallback.Tx) {
			codes = nil
			tx.Sources("shop7", func(c bots.Source) bool { codes = append(codes, c.Code+" "+c.Tags["town"]); return true })
		})
		if want := []string{"site Lviv", "test-site ", "till3 Lviv"}; !slices.Equal(codes, want) {
			s.t.Errorf("behind shop7 come %q, want %q", codes, want)
		}
		s.fails(s.Update(s.ctx(), func(tx fallback.Tx) error {
			_, err := fallback.ChangeSource(tx, "shop9", func(*bots.Source) {})
			return err
		}), fallback.ErrUnknownSource)
	},
}
