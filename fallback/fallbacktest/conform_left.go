package fallbacktest

import (
	"fmt"
	"math/rand"

	"kaskad/bots"
	"kaskad/fallback"
)

// leftStories are about numbers and ids whose person has gone, and about who has them now.
var leftStories = map[string]func(*script){
	"whoever has the number of one who hides hers now is somebody else": func(s *script) {
		s.whatsapp()
		old := "whatsapp_cloud:" + hers
		who := s.says(old, "hello").Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "UA.222"})
		s.owns(who, "whatsapp_cloud:UA.222", bots.Active)
		for range 2 {
			if got := s.says(old, "who is it?", also("whatsapp_cloud:UA.333")).Contact.ID; got == who {
				s.t.Error("whoever has the number now is taken for the one who left it")
			}
		}
	},
	"so is whoever has the number that a card still names": func(s *script) {
		s.whatsapp()
		old := "whatsapp_cloud:" + hers
		card := s.card("C-1", hers)
		if who := s.says(old, "hello").Contact.ID; who != card {
			s.t.Fatalf("the number is of %v, want the card's", who)
		}
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "UA.222"})
		for _, named := range []bool{true, false, true} {
			e := also("whatsapp_cloud:UA.333")
			if !named {
				e = func(*bots.Event) {}
			}
			if got := s.says(old, "who is it?", e).Contact.ID; got == card {
				s.t.Errorf("whoever has the number now is taken for the card's person, with an id of their own: %t", named)
			}
		}
	},
	"one who shut us out at her new address is not whoever has the old number": func(s *script) {
		s.whatsapp()
		old := "whatsapp_cloud:" + hers
		card := s.card("C-1", hers)
		s.says(old, "hello")
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "UA.222"})
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("whatsapp_cloud:UA.222")})
		for range 2 {
			if got := s.says(old, "who is it?", also("whatsapp_cloud:UA.333")).Contact.ID; got == card {
				s.t.Error("whoever has the number now is taken for the card's person")
			}
		}
	},
	"nor is one whose number we were only told of": func(s *script) {
		s.whatsapp()
		old := "whatsapp_cloud:" + hers
		card := s.card("C-1", hers)
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(card)
			c.Set(address(old), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "UA.222"})
		if got := s.says(old, "who is it?", also("whatsapp_cloud:UA.333")).Contact.ID; got == card {
			s.t.Error("whoever has the number now is taken for the card's person")
		}
	},
	"who comes back by her id is not whoever has her number now, and her no comes with her": func(s *script) {
		s.whatsapp()
		card := s.card("C-1", hers)
		s.says(phone, "стоп", also(lid))
		if now := s.says(phone, "I am new here", also("whatsapp:900002@lid")).Contact.ID; now != card {
			s.t.Fatalf("the number is of %v, want the card's", now)
		}
		her := s.says("whatsapp:+380671234567", "it is me", also(lid)).Contact.ID
		if her == card {
			s.t.Error("two people are one")
		}
		s.denied(her, "keyword:стоп")
		for chat, want := range map[string]bots.ID{lid: her, "whatsapp:900002@lid": card, phone: card, "whatsapp:+380671234567": her} {
			if got := s.says(chat, "again").Contact.ID; got != want {
				s.t.Errorf("%s is of %v, want %v", chat, got, want)
			}
		}
	},
	"what one of us writes to her from the phone is not told of whoever has her number now": func(s *script) {
		s.whatsapp()
		card := s.card("C-1", hers)
		s.says(phone, "hello", also(lid))
		s.says(phone, "I am new here", also("whatsapp:900002@lid"))
		e := bots.Event{Kind: bots.ByOwner, Chat: address("whatsapp:+380671234567"), Also: address(lid), Text: "Is this your number now?", MessageID: "3EB0FF"}
		if turn := s.hear(e); turn.Ours != nil && turn.Contact.ID == card {
			s.t.Error("it stands in the conversation of whoever has her number now")
		}
	},
	"whoever numbers move between, nobody is taken for another, and every no stays": func(s *script) {
		s.whatsapp()
		for seed := range 20 {
			newTown(s, seed).live(25)
		}
	},
}

// town is three people, each with a hidden id that stays, and three numbers that go from hand to hand. WhatsApp tells the truth.
type town struct {
	*script
	r     *rand.Rand
	seed  int
	has   [3]int // person → number; -1: none
	no    [3]bool
	cards [3]bool // by number
	story []string
}

func newTown(s *script, seed int) *town {
	return &town{script: s, r: rand.New(rand.NewSource(int64(seed))), seed: seed, has: [3]int{0, 1, -1}}
}

func (w *town) number(n int) string { return fmt.Sprintf("+38067%03d%04d", w.seed, n) }

func (w *town) id(person int) string { return fmt.Sprintf("whatsapp:%d@lid", 800_000+w.seed*10+person) }

func (w *town) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

func (w *town) live(days int) {
	for range days {
		person, n := w.r.Intn(3), w.r.Intn(3)
		switch w.r.Intn(12) {
		case 0:
			w.takes(person, n)
		case 1:
			if !w.cards[n] {
				w.cards[n] = true
				w.card(fmt.Sprintf("C-%d-%d", w.seed, n), w.number(n))
				w.tell("a card with number %d", n)
			}
		default:
			w.writes(person)
		}
	}
}

// takes gives a number to a person, from whoever had it.
func (w *town) takes(person, n int) {
	for other := range w.has {
		if w.has[other] == n {
			w.has[other] = -1
		}
	}
	w.has[person] = n
	w.tell("%d takes number %d", person, n)
}

// writes is a message under the id, the number, or both.
func (w *town) writes(person int) {
	text, id, named := "hello", w.id(person), true
	if w.r.Intn(8) == 0 {
		text = "стоп"
	}
	form := w.r.Intn(4)
	tel := ""
	if w.has[person] >= 0 {
		tel = "whatsapp:" + w.number(w.has[person])
	}
	var who bots.ID
	switch {
	case form == 0 || tel == "":
		who = w.says(id, text).Contact.ID
	case form == 1:
		who = w.says(tel, text, also(id)).Contact.ID
	case form == 2:
		who = w.says(id, text, also(tel)).Contact.ID
	default: // whose it is, nobody can know: the id is not told
		who, named = w.says(tel, text).Contact.ID, false
	}
	w.tell("%d with number %d says %s, taken for %v; her id told: %t", person, w.has[person], text, who, named)
	if named {
		w.no[person] = w.no[person] || text == "стоп"
		w.is(person, who)
	}
}

// is looks whether a contact is that of one person alone, and has her no.
func (w *town) is(person int, who bots.ID) {
	w.t.Helper()
	c := w.contact(who)
	for other := range w.has {
		a := c.Address(address(w.id(other)))
		if other != person && a != nil && a.State == bots.Active {
			w.t.Fatalf("town %d: %d is taken for %d as well:\n%v", w.seed, person, other, w.story)
		}
	}
	if w.no[person] && c.Marketing.State != bots.Denied {
		w.t.Fatalf("town %d: the no of %d is lost:\n%v", w.seed, person, w.story)
	}
}
