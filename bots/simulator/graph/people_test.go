package graph

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestTheWindow(t *testing.T) {
	now := &stagetest.Clock{}
	s, g := start(t, Options{Now: now.Now})
	a := send(t, s, boris)
	if a.HTTP != 200 || a.id() == "" || len(s.Messages(boris)) != 0 {
		t.Fatalf("got %s", a.Raw)
	}
	st := g.values(t, s)[0].Statuses[0]
	if st.Status != "failed" || st.Errors[0].Code != 131047 || st.Errors[0].Title != "Re-engagement message" || !strings.Contains(st.Errors[0].Data.Details, "24 hours") {
		t.Errorf("told %+v", st)
	}
	must(t, second(s.Say(boris, "hello")))
	now.Pass(24*time.Hour - time.Second)
	if a := call(t, s, interactiveTo(boris)); a.HTTP != 200 || len(s.Messages(boris)) != 1 {
		t.Errorf("within a day: %s", a.Raw)
	}
	now.Pass(2 * time.Second)
	if s.WindowOpen(boris) {
		t.Error("the window is open after a day")
	}
	send(t, s, boris)
	call(t, s, interactiveTo(boris))
	if len(s.Messages(boris)) != 1 || s.Accepted(boris)[3].Failed != 131047 {
		t.Errorf("after a day: %+v", s.Accepted(boris))
	}
	must(t, second(s.React(boris, s.Messages(boris)[0].ID, "👍"))) // opens nothing
	if s.WindowOpen(boris) {
		t.Error("a reaction opened the window")
	}
	must(t, s.OpenWindow(boris))
	if send(t, s, boris); len(s.Messages(boris)) != 2 {
		t.Error("the window was opened")
	}
	must(t, s.CloseWindow(boris))
	must(t, s.ChangeNumber(boris, "380679990000")) // a system message opens nothing
	if s.WindowOpen("380679990000") {
		t.Error("a change of number opened the window")
	}
}

func interactiveTo(to string) obj {
	m := withButtons(button("a", "A"))
	m["to"] = to
	return m
}

func TestTheWindowToldAtOnce(t *testing.T) {
	s, g := start(t, Options{Sync: []int{131047}})
	a := send(t, s, boris)
	if a.HTTP != 400 || a.Error.Code != 131047 || a.Error.Message != "(#131047) Re-engagement message" || !strings.Contains(a.Error.Data.Details, "24 hours") {
		t.Errorf("got %s", a.Raw)
	}
	if len(s.Accepted(boris)) != 0 || g.events(t, s) != "" {
		t.Errorf("it was taken all the same: %+v", s.Accepted(boris))
	}
}

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

func TestSomebodyWithoutAPhone(t *testing.T) {
	s, g := start(t, Options{})
	must(t, s.AddPerson(Person{Phone: "380935556677", Name: "Vira", Username: "vira", HidesPhone: true}))
	id := s.UserIDOf("380935556677")
	must(t, second(s.Say("380935556677", "hi")))
	a := call(t, s, message("", "to", nil, "recipient", id))
	if a.HTTP != 200 || a.Contacts[0].UserID != id || a.Contacts[0].Input != id || a.Contacts[0].WaID != "" {
		t.Fatalf("got %s", a.Raw)
	}
	byPhone := send(t, s, "380935556677").id()
	must(t, s.Read(id))
	for _, v := range g.values(t, s) {
		for _, m := range v.Messages {
			if c := v.Contacts[0]; m.From != "" || m.FromUser != id || c.WaID != "" || c.UserID != id || c.Profile.Username != "vira" {
				t.Errorf("told %+v", v)
			}
		}
		for _, st := range v.Statuses {
			phone := ""
			if st.ID == byPhone {
				phone = "380935556677"
			}
			if st.Recipient != phone || st.RecipientID != id || v.Contacts[0].WaID != phone {
				t.Errorf("told %+v", v)
			}
		}
	}
	for i, body := range g.bodies(t, s)[:3] {
		if strings.Contains(string(body), "380935556677") {
			t.Errorf("webhook call %d shows the phone: %s", i, body)
		}
	}
	if len(s.Messages(id)) != 2 || s.Messages(id)[0].ByUserID == s.Messages(id)[1].ByUserID {
		t.Errorf("shown %+v", s.Messages(id))
	}
}

func TestAUserIDInTheWrongField(t *testing.T) {
	s, g := start(t, Options{})
	a := send(t, s, "", "to", s.UserIDOf(anna))
	if a.HTTP != 200 || a.id() == "" || g.events(t, s) != "" || len(s.Messages(anna)) != 0 {
		t.Errorf("got %s", a.Raw)
	}
	if odd := s.Oddities(); len(odd) != 1 || odd[0].Path != "to" {
		t.Errorf("odd: %v", odd)
	}
}

func TestUserIDs(t *testing.T) {
	s, _ := start(t, Options{})
	must(t, s.AddTemplate(Template{Name: "code", Language: "uk", Category: "AUTHENTICATION", Body: "{{1}}"}))
	byID := templated("", "code", "uk", component("body", words("1234")))
	delete(byID, "to")
	byID["recipient"] = s.UserIDOf(anna)
	if a := call(t, s, byID); a.Error.Code != 131062 {
		t.Errorf("a code to a user id: %s", a.Raw)
	}
	if a := call(t, s, templated(anna, "code", "uk", component("body", words("1234")))); a.HTTP != 200 {
		t.Errorf("a code to a phone: %s", a.Raw)
	}
	both := message(anna, "recipient", s.UserIDOf(boris))
	if a := call(t, s, both); a.Contacts[0].WaID != anna || len(s.Messages(boris)) != 0 {
		t.Errorf("the phone goes before the user id: %s", a.Raw)
	}
	if a := call(t, s, message("", "to", nil, "recipient", "UA.1")); a.HTTP != 200 || !slices.Equal(s.Statuses(a.id()), []string{"failed"}) {
		t.Errorf("nobody's user id: %s", a.Raw)
	}
	if err := s.AddPerson(Person{Phone: "380931112233", UserID: s.UserIDOf(anna)}); err == nil {
		t.Error("two people with one user id")
	}
}

func TestANumberChanges(t *testing.T) {
	s, g := start(t, Options{})
	old := s.UserIDOf(anna)
	id := send(t, s, anna).id()
	must(t, s.ChangeNumber(anna, "+380999998877"))
	m, contacts := g.lastMessage(t, s)
	if m.Type != "system" || m.From != anna || m.FromUser != old || m.System.WaID != "380999998877" || m.System.Type != "user_changed_number" ||
		m.System.UserID == old || m.System.Body != "User Anna changed from "+anna+" to 380999998877" || len(contacts) != 0 {
		t.Errorf("told %+v", m)
	}
	must(t, s.Read("380999998877"))
	if got := s.Statuses(id); !slices.Contains(got, "read") {
		t.Errorf("the chat went along: %v", got)
	}
	if a := send(t, s, anna); !slices.Equal(s.Statuses(a.id()), []string{"failed"}) {
		t.Errorf("the old number: %v", s.Statuses(a.id()))
	}
	must(t, s.Change("380999998877", func(p *Person) { p.HidesPhone = true }))
	must(t, s.ChangeUserID("380999998877"))
	m, _ = g.lastMessage(t, s)
	if m.System.Type != "user_changed_user_id" || m.From != "" || m.System.WaID != "" || m.System.UserID != s.UserIDOf("380999998877") || m.FromUser == m.System.UserID {
		t.Errorf("told %+v %+v", m, m.System)
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

func TestHabits(t *testing.T) {
	buttons := func(m Message, _ *rand.Rand) bool { return len(m.Buttons) > 0 }
	tests := map[string]struct {
		acts []Act
		told string // after sent delivered
	}{
		"reads, then answers":         {[]Act{{Do: ReadAll}, {Do: WriteText, After: time.Second, Text: "ok"}}, "read text"},
		"answers, which reads":        {[]Act{{Do: QuoteText, Text: "ok"}}, "read text"},
		"presses":                     {[]Act{{Do: PressNth, Nth: 1}}, "read interactive"},
		"presses what is not there":   {[]Act{{Do: PressNth, Nth: 5}, {Do: ReadAll, After: time.Second}}, "read"},
		"reacts and takes it back":    {[]Act{{Do: PutEmoji, Text: "👍"}, {Do: TakeEmoji, After: time.Second}}, "read reaction reaction"},
		"sends all sorts":             {[]Act{{Do: SendMedia, Text: "voice"}, {Do: SendPlace, After: 1}, {Do: SendCard, Text: "380501112233", After: 2}, {Do: PlaceOrder, After: 3}, {Do: SendOdd, After: 4}}, "read audio location contacts order unsupported"},
		"moves and writes from there": {[]Act{{Do: NewNumber, Text: "380999998877"}, {Do: WriteText, Text: "me", After: time.Second}}, "system read text"},
		"blocks":                      {[]Act{{Do: Block}, {Do: ReadAll, After: time.Second}}, "read"},
		"goes away for a while":       {[]Act{{Do: BeOffline, For: time.Second}, {Do: ReadAll, After: 20 * time.Second}}, "read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, Options{})
			done := make(chan struct{})
			acts := append(tt.acts, Act{Do: CallFunc, After: 30 * time.Second, Func: func(Message) { close(done) }})
			must(t, s.SetHabits(anna, func(m Message, dice *rand.Rand) []Act {
				if !buttons(m, dice) {
					t.Errorf("asked about %+v", m)
				}
				return acts
			}))
			call(t, s, withButtons(button("a", "A"), button("b", "B")))
			<-done
			want := "sent delivered " + tt.told
			if got := g.events(t, s); got != want {
				t.Errorf("told %s, want %s", got, want)
			}
		})
	}
}

func TestChances(t *testing.T) {
	habits := OneOf(Chance{Weight: 3, Acts: []Act{{Do: ReadAll}}}, Chance{Weight: 1})
	dice, reads := rand.New(rand.NewPCG(7, 3)), 0
	for range 1000 {
		reads += len(habits(Message{}, dice))
	}
	if reads < 700 || reads > 800 {
		t.Errorf("read %d of 1000, want about 750", reads)
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
