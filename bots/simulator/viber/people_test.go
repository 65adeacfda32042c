package viber

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestWhatPeopleWrite(t *testing.T) {
	s, b := start(t, Options{})
	send(t, s, anna, "tracking_data", "d1/0")
	for _, c := range []Content{
		{Text: "Дякую & <b>"},
		{Type: "picture", Media: "https://a.example/p.jpg", Text: "look"},
		{Type: "video", Media: "https://a.example/v.mp4", FileSize: 10, Duration: 3},
		{Type: "file", Media: "https://a.example/f.pdf", FileName: "f.pdf", FileSize: 5},
		{Type: "url", Media: "https://a.example/"},
		{Type: "sticker", StickerID: 40129},
		{Type: "location", Location: Location{50.45, 30.52}},
		{Type: "contact", Contact: Contact{"Somebody", "380509999999"}},
	} {
		must(t, second(s.Write(anna, c)))
	}
	if got, want := b.events(t, s), "delivered seen"+strings.Repeat(" message", 8); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	var list []string
	tokens := map[uint64]bool{}
	for _, h := range b.got()[2:] {
		m := h.Message
		list = append(list, strings.TrimSpace(fmt.Sprint(m.Type, " ", m.Text, m.Media, m.FileName, " ", m.StickerID+m.FileSize, m.Duration)))
		tokens[h.Token] = true
		if m.TrackingData != "d1/0" || h.Sender.ID != anna || h.Sender.Name != "Anna" || h.Sender.Avatar == "" || h.Sender.APIVersion != 10 || h.Sender.Country != "UA" {
			t.Errorf("message: %s", h.raw)
		}
	}
	const want = "text Дякую & <b> 0 0; picture lookhttps://a.example/p.jpg 0 0; video https://a.example/v.mp4 10 3; file https://a.example/f.pdff.pdf 5 0; " +
		"url https://a.example/ 0 0; sticker  40129 0; location  0 0; contact  0 0"
	if got := strings.Join(list, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	h := b.got()
	if *h[8].Message.Location != (Location{50.45, 30.52}) || *h[9].Message.Contact != (Contact{"Somebody", "380509999999"}) || len(tokens) != 8 {
		t.Errorf("place %+v, card %+v, tokens %v", h[8].Message.Location, h[9].Message.Contact, tokens)
	}
	if len(s.Chat(anna)) != 9 {
		t.Errorf("chat: %+v", s.Chat(anna))
	}
}

func TestSubscriptions(t *testing.T) {
	s, b := start(t, Options{})
	send(t, s, anna, "tracking_data", "old")
	must(t, s.Unsubscribe(anna))
	must(t, s.Unsubscribe(anna))
	if g := send(t, s, anna); g.Status != 6 || s.Subscribed(anna) {
		t.Errorf("after leaving: %+v", g)
	}
	must(t, s.Subscribe(anna))
	must(t, s.Subscribe(anna))
	must(t, second(s.Say(anna, "hi")))
	if got := b.events(t, s); got != "delivered unsubscribed subscribed seen message" {
		t.Fatalf("got %s", got)
	}
	h := b.got()
	if h[1].UserID != anna || h[1].User != nil || h[2].User.ID != anna || h[2].UserID != "" {
		t.Errorf("unsubscribed %s, subscribed %s", h[1].raw, h[2].raw)
	}
	if h[4].Message.TrackingData != "" {
		t.Error("the tracking_data of before the subscription came back")
	}
}

func TestButtons(t *testing.T) {
	s, b := start(t, Options{})
	buttons := []any{
		obj{"ActionBody": "yes", "Text": "Yes"},
		obj{"ActionBody": "quiet", "Text": "Quiet", "Silent": true},
		obj{"ActionBody": "https://a.example/", "Text": "Site", "ActionType": "open-url"},
		obj{"ActionBody": "https://a.example/", "Text": "Site", "ActionType": "open-url", "Silent": true},
		obj{"ActionBody": "x", "Text": "Phone", "ActionType": "share-phone"},
		obj{"ActionBody": "x", "Text": "Place", "ActionType": "location-picker"},
		obj{"ActionBody": "x", "Text": "-", "ActionType": "none"},
	}
	g := send(t, s, anna, "tracking_data", "d1/0", "min_api_version", 3, "keyboard", obj{"Type": "keyboard", "Buttons": buttons})
	for n := range buttons {
		made, err := s.PressButton(anna, g.Token, n)
		if err != nil || (made == 0) != (n == 3 || n == 6) {
			t.Errorf("button %d: %d, %v", n, made, err)
		}
	}
	send(t, s, anna, "tracking_data", "d2/0") // its keyboard is still there
	must(t, second(s.SharePhone(anna)))
	must(t, second(s.SendCard(anna, "Anna", "380509999999")))
	must(t, s.WaitIdle(t.Context()))
	var list []string
	for _, h := range b.got() {
		if h.Event == "message" {
			phone := ""
			if h.Message.Contact != nil {
				phone = h.Message.Contact.PhoneNumber
			}
			list = append(list, strings.Join(strings.Fields(fmt.Sprint(h.Message.Type, " ", h.Message.Text, " ", phone, " ", h.Silent, " ", h.Message.TrackingData)), " "))
		}
	}
	const want = "text yes false d1/0, text quiet true d1/0, text https://a.example/ false d1/0, contact x 380501112233 false d1/0, location false d1/0, " +
		"contact x 380501112233 false d2/0, contact 380509999999 false d2/0"
	if got := strings.Join(list, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	send(t, s, anna, "type", "rich_media", "text", nil, "min_api_version", 7, "rich_media", rich(), "keyboard", keyboard())
	if err := second(s.PressButton(anna, g.Token, 0)); err == nil {
		t.Error("a keyboard behind another one was pressed")
	}
	last := s.Messages(anna)[2]
	if made, err := s.PressButton(anna, last.Token, 1); err != nil || made == 0 {
		t.Errorf("a rich media button: %d, %v", made, err)
	}
}

func TestImpossibleDeeds(t *testing.T) {
	s, _ := start(t, Options{})
	g := send(t, s, anna)
	must(t, s.AddPerson(Person{ID: boris, Desktop: true, Subscribed: true}))
	must(t, s.AddPerson(Person{ID: UserID(3)}))
	must(t, s.Leave(UserID(3)))
	p := send(t, s, boris, "min_api_version", 3, "keyboard", keyboard("ActionType", "location-picker"))
	for what, err := range map[string]error{
		"a stranger says":                second(s.Say(UserID(9), "hi")),
		"who left says":                  second(s.Say(UserID(3), "hi")),
		"an empty text":                  second(s.Say(anna, "")),
		"a type that there is not":       second(s.Write(anna, Content{Type: "poll"})),
		"a picture without address":      second(s.Write(anna, Content{Type: "picture"})),
		"a card without number":          second(s.SendCard(anna, "A", "")),
		"a button that is not there":     second(s.PressButton(anna, g.Token, 0)),
		"a button of an unknown message": second(s.PressButton(anna, 1, 0)),
		"share-phone without a button":   second(s.SharePhone(anna)),
		"a place picked on a computer":   second(s.PressButton(boris, p.Token, 0)),
		"a person with a known id":       s.AddPerson(Person{ID: anna}),
		"a person with a bad id":         s.AddPerson(Person{ID: "anna"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestHiddenSeenAndPayment(t *testing.T) {
	s, b := start(t, Options{})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true, HidesSeen: true, HidesName: true, Name: "Boris"}))
	send(t, s, boris, "tracking_data", "d1/0")
	must(t, s.Read(boris))
	must(t, s.Pay(boris, 0))
	if got := b.events(t, s); got != "delivered client_status" || s.Messages(boris)[0].Seen.IsZero() {
		t.Errorf("got %s", got)
	}
	if h := b.got()[1]; h.User.Name != placeholder || h.Status.Type != "payment" || h.Status.TrackingData != "d1/0" || len(h.Status.SupportedPSPs) == 0 {
		t.Errorf("client_status: %s", h.raw)
	}
}

func TestHabits(t *testing.T) {
	s, b := start(t, Options{})
	called := make(chan Message, 9)
	must(t, s.SetHabits(anna, func(m Message, _ *rand.Rand) []Act {
		if m.TrackingData != "first" {
			return nil
		}
		return []Act{
			{Do: ReadAll},
			{Do: PressNth, After: 20 * time.Second},
			{Do: WriteText, After: 40 * time.Second, Text: "thanks"},
			{Do: SharePhone, After: 60 * time.Second},
			{Do: SendCard, After: 80 * time.Second, Text: "380509999999"},
			{Do: OpenChat, After: 100 * time.Second, Text: "ctx"},
			{Do: Unsubscribe, After: 120 * time.Second},
			{Do: Subscribe, After: 140 * time.Second},
			{Do: CallFunc, After: 160 * time.Second, Func: func(m Message) { called <- m }},
			{Do: BeOffline, After: 180 * time.Second, For: 20 * time.Second},
		}
	}))
	send(t, s, anna, "tracking_data", "first", "min_api_version", 3, "keyboard", obj{"Type": "keyboard", "Buttons": []any{
		obj{"ActionBody": "yes", "Text": "Yes"}, obj{"ActionBody": "x", "Text": "Phone", "ActionType": "share-phone"}}})
	if m := <-called; m.TrackingData != "first" {
		t.Errorf("called with %+v", m)
	}
	must(t, s.stage.Wait(t.Context(), func() bool { return s.people[anna].offline }))
	send(t, s, anna, "tracking_data", "late")
	m, err := s.WaitMessage(t.Context(), anna, 2)
	if err != nil || m.TrackingData != "late" {
		t.Errorf("got %+v, %v", m, err)
	}
	want := "delivered seen message message message message conversation_started unsubscribed subscribed delivered"
	if got := b.events(t, s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheSameSeedMakesTheSameChoices(t *testing.T) {
	habits := OneOf(Chance{Weight: 1}, Chance{Weight: 2, Acts: []Act{{Do: ReadAll}}})
	play := func() (chosen string) {
		s, _ := start(t, Options{Seed: 7})
		must(t, s.SetHabits(anna, func(m Message, dice *rand.Rand) []Act {
			chosen += fmt.Sprint(len(habits(m, dice)))
			return nil
		}))
		for range 12 {
			send(t, s, anna)
		}
		return chosen
	}
	if first, second := play(), play(); first != second || strings.Count(first, "0") == 0 || strings.Count(first, "1") == 0 {
		t.Errorf("got %s and %s", first, second)
	}
}

func TestDeepLinks(t *testing.T) {
	s, b := start(t, Options{URI: "shopbot"})
	must(t, s.OpenLink(anna, "viber://pa?chatURI=shopbot&context=a%2Bb&text=hi"))
	if got := b.events(t, s); got != "conversation_started" || b.got()[0].Context != "a+b" {
		t.Errorf("got %s %+v", got, b.got())
	}
	for what, link := range map[string]string{
		"another bot":        "viber://pa?chatURI=other&context=a",
		"the info screen":    "viber://pa/info?uri=shopbot",
		"a web page":         "https://a.example/?chatURI=shopbot",
		"no address":         "://",
		"a broken query":     "viber://pa?chatURI=shopbot&context=%zz",
		"the bot's own page": "viber://pa",
	} {
		if err := s.OpenLink(anna, link); err == nil {
			t.Errorf("%s opened the chat", what)
		}
	}
}
