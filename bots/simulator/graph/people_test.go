package graph

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhoIsNotReached(t *testing.T) {
	tests := map[string]struct {
		who       Person
		marketing int // code of an approved marketing template
		utility   int
	}{
		"not on WhatsApp":     {Person{NoWhatsApp: true}, 131026, 131026},
		"who blocked us":      {Person{Blocks: true}, 131026, 131026},
		"who said stop":       {Person{NoMarketing: true}, 131050, 0},
		"who had enough":      {Person{Capped: true}, 131049, 0},
		"in an experiment":    {Person{Experiment: true}, 130472, 0},
		"where it fails late": {Person{FailsLate: 131000}, 131000, 131000},
		"who is well":         {Person{}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, Options{})
			must(t, s.AddTemplate(Template{Name: "offer", Language: "uk", Category: "MARKETING", Body: "Hi"}))
			must(t, s.AddTemplate(Template{Name: "bill", Language: "uk", Body: "Hi"}))
			who := tt.who
			who.Phone = "380935556677"
			must(t, s.AddPerson(who))
			for template, want := range map[string]int{"offer": tt.marketing, "bill": tt.utility} {
				a := call(t, s, templated(who.Phone, template, "uk"))
				m, _ := s.Message(a.id())
				if a.HTTP != 200 || m.Failed != want || m.Shown.IsZero() != (want != 0) {
					t.Errorf("%s: %s, %+v", template, a.Raw, m)
				}
				told := s.Statuses(a.id())
				if want == 0 && !slices.Equal(told, []string{"sent", "delivered"}) ||
					want != 0 && who.FailsLate == 0 && !slices.Equal(told, []string{"failed"}) ||
					who.FailsLate != 0 && !slices.Equal(told, []string{"sent", "failed"}) {
					t.Errorf("%s: told %v", template, told)
				}
			}
			for _, v := range g.values(t, s) {
				for _, st := range v.Statuses {
					if (st.Status == "failed") != (len(st.Errors) == 1) {
						t.Errorf("told %+v", st)
					}
				}
			}
		})
	}
}

func TestNobodyKnowsTheNumber(t *testing.T) {
	s, g := start(t, Options{})
	a := send(t, s, "14155550123")
	if a.HTTP != 200 || a.Contacts[0].WaID != "14155550123" || g.events(t, s) != "failed" {
		t.Errorf("got %s", a.Raw)
	}
	if err := second(s.Say("14155550123", "hi")); err == nil {
		t.Error("nobody wrote")
	}
	must(t, s.AddPerson(Person{Phone: "14155550123", Wrote: true})) // somebody gets the number
	if send(t, s, "14155550123"); len(s.Messages("14155550123")) != 1 {
		t.Error("the new owner was not reached")
	}
}

func TestReadReceipts(t *testing.T) {
	tests := map[string]struct {
		who  Person
		told string
	}{
		"who shows them":                 {Person{}, "sent delivered read"},
		"who hides them":                 {Person{HidesReads: true}, "sent delivered"},
		"who has the chat open":          {Person{ChatOpen: true}, "sent read"},
		"who has it open and hides them": {Person{ChatOpen: true, HidesReads: true}, "sent delivered"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, Options{})
			tt.who.Phone, tt.who.Wrote = "380935556677", true
			must(t, s.AddPerson(tt.who))
			id := send(t, s, tt.who.Phone).id()
			must(t, s.Read(tt.who.Phone))
			if got := g.events(t, s); got != tt.told {
				t.Errorf("told %s, want %s", got, tt.told)
			}
			if m, _ := s.Message(id); m.Read.IsZero() {
				t.Error("it was not read")
			}
		})
	}
}

func TestAnOfflinePhone(t *testing.T) {
	s, g := start(t, Options{})
	must(t, s.GoOffline(anna))
	first, next := send(t, s, anna).id(), send(t, s, anna).id()
	if got := g.events(t, s); got != "sent sent" || len(s.Messages(anna)) != 0 {
		t.Errorf("told %s", got)
	}
	if err := s.Read(anna); err == nil {
		t.Error("the phone is off")
	}
	must(t, s.GoOnline(anna))
	m := s.Messages(anna)
	if got := g.events(t, s); got != "sent sent delivered delivered" || len(m) != 2 || m[0].ID != first || m[1].ID != next {
		t.Errorf("told %s", got)
	}
}

func TestMarkAsRead(t *testing.T) {
	s, _ := start(t, Options{})
	id := got2[string](t)(s.Say(anna, "hi"))
	for _, typing := range []bool{false, true} {
		body := obj{"messaging_product": "whatsapp", "status": "read", "message_id": id}
		if typing {
			body["typing_indicator"] = obj{"type": "text"}
		}
		a := call(t, s, body)
		if m, _ := s.Message(id); a.HTTP != 200 || !a.Success || m.Read.IsZero() || m.Typing != typing {
			t.Errorf("got %s, %+v", a.Raw, m)
		}
	}
	if n := s.Count(); n.Marked != 2 || n.Accepted != 0 {
		t.Errorf("counted %+v", n)
	}
}

func TestReactions(t *testing.T) {
	s, g := start(t, Options{})
	id := got2[string](t)(s.Say(anna, "hi"))
	react := func(on, emoji string) got {
		return call(t, s, message(anna, "type", "reaction", "text", nil, "reaction", obj{"message_id": on, "emoji": emoji}))
	}
	a := react(id, "❤️")
	if m := s.Messages(anna); a.HTTP != 200 || len(m) != 1 || m[0].Emoji != "❤️" || m[0].On != id {
		t.Fatalf("got %s", a.Raw)
	}
	if b := react(id, ""); b.HTTP != 200 {
		t.Errorf("to take it back: %s", b.Raw)
	}
	for name, on := range map[string]string{"an unknown message": "wamid.none", "a reaction": a.id()} {
		if b := react(on, "👍"); b.HTTP != 200 || !slices.Equal(s.Statuses(b.id()), []string{"failed"}) {
			t.Errorf("on %s: %s", name, b.Raw)
		}
	}
	must(t, second(s.React(anna, send(t, s, anna).id(), "👍")))
	must(t, second(s.Unreact(anna, s.Messages(anna)[2].ID)))
	values := g.values(t, s)
	put, taken := values[len(values)-2].Messages[0], values[len(values)-1].Messages[0]
	if put.Reaction.Emoji != "👍" || taken.Reaction.Emoji != "" || taken.Reaction.MessageID != put.Reaction.MessageID {
		t.Errorf("told %+v and %+v", put.Reaction, taken.Reaction)
	}
	if raw := string(g.bodies(t, s)[len(values)-1]); strings.Contains(raw, "emoji") {
		t.Errorf("a reaction that was taken back has no emoji: %s", raw)
	}
	if err := second(s.React(anna, "wamid.none", "👍")); err == nil {
		t.Error("there is no such message")
	}
}

func TestAnAdvertisementBringsSomebody(t *testing.T) {
	s, g := start(t, Options{})
	must(t, second(s.SayFromAd(boris, "how much?")))
	send(t, s, boris)
	values := g.values(t, s)
	if m := values[0].Messages[0]; m.Referral.SourceType != "ad" || m.Referral.Click == "" {
		t.Errorf("told %+v", m)
	}
	st := values[1].Statuses[0]
	if st.Pricing.Billable || st.Pricing.Type != "free_entry_point" || st.Conversation.Origin.Type != "referral_conversion" {
		t.Errorf("told %+v %+v", st.Pricing, st.Conversation)
	}
}

func TestPlayedAndAnythingElse(t *testing.T) {
	s, g := start(t, Options{})
	id := call(t, s, message(anna, "type", "audio", "text", nil, "audio", obj{"link": "https://media.example/1.ogg", "voice": true})).id()
	must(t, s.Play(anna, id))
	must(t, s.Tell(id, "delivered", 0))
	must(t, s.Tell(id, "failed", 131000))
	must(t, s.Tell(id, "delivered", 0))
	if got := g.events(t, s); got != "sent delivered read played delivered failed delivered" {
		t.Errorf("told %s", got)
	}
	if err := s.Tell("wamid.none", "read", 0); err == nil {
		t.Error("there is no such message")
	}
}

func TestOnTheWay(t *testing.T) {
	s, g := start(t, Options{Arrival: 1000 * 1000 * time.Hour})
	id := send(t, s, anna).id()
	must(t, s.GoOnline(anna)) // looks what has come
	if len(s.Messages(anna)) != 0 || len(s.Accepted(anna)) != 1 || len(s.Statuses(id)) != 0 || g.events(t, s) != "" {
		t.Errorf("shown before it came: told %v", s.Statuses(id))
	}
}

func TestForget(t *testing.T) {
	s, _ := start(t, Options{})
	id := send(t, s, anna).id()
	s.Fail(Fault{Kind: AnswerError, To: anna})
	s.Forget(anna)
	if _, known := s.Message(id); known || s.Messages(anna) != nil {
		t.Error("something is left")
	}
	must(t, s.AddPerson(Person{Phone: anna, Wrote: true}))
	if a := send(t, s, anna); a.HTTP != 200 || len(s.Messages(anna)) != 1 {
		t.Errorf("got %s", a.Raw)
	}
}
