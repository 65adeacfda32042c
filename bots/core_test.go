package bots

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	today = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	chat  = Address{Channel: Telegram, ID: "42"}
)

// known is a contact who was heard on Telegram before.
func known() Contact {
	c := Contact{ID: 7, Name: "Olena", Locale: "uk"}
	c.Set(chat, Active, today.Add(-time.Hour))
	return c
}

func wrote(text string) Turn {
	return Turn{Contact: known(), Event: Event{ID: "e", Channel: Telegram, Sender: Telegram, Kind: Wrote, Chat: chat, At: today, Text: text, MessageID: "9"}}
}

func apply(t *testing.T, turn *Turn) {
	t.Helper()
	if err := DefaultCore().Apply(turn, today.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
}

func TestKeywords(t *testing.T) {
	for text, want := range map[string]ConsentState{
		"stop": Denied, "STOP": Denied, "Стоп!": Denied, " /stop ": Denied, "«стоп»": Denied, "відписатися": Denied, "Отписка.": Denied, "unsubscribe": Denied,
		"start": Given, "Старт": Given, "підписатись": Given,
		"please stop": Unknown, "stopped": Unknown, "": Unknown, "!!!": Unknown, "non stop": Unknown, strings.Repeat(" ", 400) + "stop": Unknown,
	} {
		t.Run(text, func(t *testing.T) {
			turn := wrote(text)
			apply(t, &turn)
			m := turn.Contact.Marketing
			if m.State != want || turn.Stopped != (want == Denied) {
				t.Errorf("consent %s, stopped %v; want %s", m.State, turn.Stopped, want)
			}
			if want != Unknown && (!m.ByPerson || !m.At.Equal(today) || !strings.HasPrefix(m.Source, "keyword:")) {
				t.Errorf("consent %+v, want the person's own, with its time and word", m)
			}
			if turn.Message == nil || turn.Message.Text != text {
				t.Errorf("message %+v, want one with the text", turn.Message)
			}
		})
	}
}

func TestAPressOfAStopButtonIsANo(t *testing.T) {
	turn := wrote("")
	turn.Event.Kind, turn.Event.Data, turn.Event.On = Pressed, "stop", "5"
	apply(t, &turn)
	if !turn.Stopped || len(turn.Proofs) != 1 {
		t.Errorf("stopped %v, proofs %v; want a no that is also a proof", turn.Stopped, turn.Proofs)
	}
}

func TestTheLastWordCounts(t *testing.T) {
	said := func(state ConsentState, byPerson bool, at time.Time) Consent {
		return Consent{State: state, At: at, Source: "before", ByPerson: byPerson}
	}
	later, before := today.Add(time.Minute), today.Add(-time.Minute)
	for name, c := range map[string]struct {
		have Consent
		text string
		want ConsentState
	}{
		"a yes after a no":                       {said(Denied, true, before), "start", Given},
		"a yes that came late, after a newer no": {said(Denied, true, later), "start", Denied},
		"a no after a yes":                       {said(Given, true, before), "stop", Denied},
		"a no that came late, after a newer yes": {said(Given, true, later), "stop", Given},
		"a no against what the retailer told":    {said(Given, false, later), "stop", Denied},
		"a yes against an old denial told":       {said(Denied, false, before), "start", Given},
	} {
		t.Run(name, func(t *testing.T) {
			turn := wrote(c.text)
			turn.Contact.Marketing = c.have
			apply(t, &turn)
			if got := turn.Contact.Marketing.State; got != c.want || turn.Stopped != (c.want == Denied && c.text == "stop") {
				t.Errorf("consent %s, stopped %v; want %s", got, turn.Stopped, c.want)
			}
		})
	}
}

func TestTellKeepsAPersonsOwnNo(t *testing.T) {
	told := func(s ConsentState, at time.Time) Consent { return Consent{State: s, At: at, Source: "crm"} }
	for name, c := range map[string]struct {
		have, told Consent
		want       ConsentState
	}{
		"a later yes":                     {told(Denied, today), told(Given, today.Add(time.Hour)), Given},
		"an older yes":                    {told(Denied, today), told(Given, today.Add(-time.Hour)), Denied},
		"a yes over the person's own no":  {Consent{State: Denied, At: today, ByPerson: true}, told(Given, today.Add(time.Hour)), Denied},
		"a no over the person's own yes":  {Consent{State: Given, At: today, ByPerson: true}, told(Denied, today.Add(time.Hour)), Denied},
		"nothing said is not a statement": {told(Given, today), Consent{At: today.Add(time.Hour)}, Given},
	} {
		t.Run(name, func(t *testing.T) {
			p := Contact{Marketing: c.have}
			if p.Tell(c.told); p.Marketing.State != c.want {
				t.Errorf("%s, want %s", p.Marketing.State, c.want)
			}
		})
	}
}

func TestBlockAndUnblock(t *testing.T) {
	turn := wrote("")
	turn.Contact.Marketing = Consent{State: Given, At: today.Add(-time.Hour)}
	turn.Event.Kind = Blocked
	apply(t, &turn)
	if a := turn.Contact.Address(chat); a.State != BlockedState || !turn.Stopped || turn.Contact.Marketing.Source != "block:telegram" {
		t.Errorf("after a block: %v, stopped %v, %+v", a, turn.Stopped, turn.Contact.Marketing)
	}
	again := Turn{Contact: turn.Contact, Event: Event{Kind: Unblocked, Channel: Telegram, Chat: chat, At: today.Add(time.Hour)}}
	apply(t, &again)
	if a := again.Contact.Address(chat); a.State != Active || again.Contact.Marketing.State != Denied {
		t.Errorf("after letting us in again: %v, %s; want an active address and no consent", a, again.Contact.Marketing.State)
	}
	stranger := Turn{Event: Event{Kind: Blocked, Channel: Telegram, Chat: chat, At: today}}
	apply(t, &stranger)
	if stranger.NewContact || stranger.Stopped || len(stranger.Changes) != 0 {
		t.Errorf("a stranger's block made %+v", stranger)
	}
}

func TestAStrangerBecomesAContact(t *testing.T) {
	turn := wrote("hello")
	turn.Contact, turn.Event.Name, turn.Event.Locale = Contact{}, "Taras", "uk"
	apply(t, &turn)
	if c := turn.Contact; !turn.NewContact || c.Name != "Taras" || c.Locale != "uk" || c.Address(chat) == nil || c.Marketing.State != Unknown {
		t.Errorf("new %v, contact %+v", turn.NewContact, c)
	}
	if turn.Conversation.State != Open || turn.Conversation.Unread != 1 || turn.Conversation.LastUsed != Telegram {
		t.Errorf("conversation %+v, want open with one unread message", turn.Conversation)
	}
	sms := Turn{Event: Event{Kind: Wrote, Channel: SMS, Chat: Address{SMS, "+380501112233"}, At: today, Text: "hi"}}
	apply(t, &sms)
	if sms.Contact.Phone != "+380501112233" {
		t.Errorf("phone %q of a person who wrote a text", sms.Contact.Phone)
	}
}

func TestANameIsShownAndNotObeyed(t *testing.T) {
	for given, want := range map[string]string{
		"Олена О’Коваленко 🎁":                      "Олена О’Коваленко 🎁",
		"\x1b[31mRED\x1b]0;owned\x07":              "[31mRED ]0;owned",
		"Ivan\u202egnp.exe":                        "Ivan gnp.exe",
		"two\nlines \t and\u200f more":             "two lines and more",
		"cut\xff off":                              "cut off",
		strings.Repeat("я", maxNameBytes):          strings.Repeat("я", maxNameBytes/2),
		"=HYPERLINK(\"http://x\")<script>alert(1)": "=HYPERLINK(\"http://x\")<script>alert(1)", // whoever shows it escapes it
	} {
		turn := Turn{Event: Event{Kind: Wrote, Chat: Address{Channel: Telegram, ID: "1"}, Name: given, Text: "hi"}}
		if err := (Core{}).Apply(&turn, time.Now()); err != nil || turn.Contact.Name != want {
			t.Errorf("%q is called %q, %v; want %q", given, turn.Contact.Name, err, want)
		}
	}
}

func TestALinkMovesTheAddress(t *testing.T) {
	owner := Contact{ID: 8, Name: "Ivan"}
	turn := wrote("")
	turn.Event.Kind, turn.Event.Payload, turn.Claimed = Started, "token", owner
	turn.ClaimedTalk = Conversation{Contact: 8, State: Closed}
	apply(t, &turn)
	if turn.Contact.ID != 8 || turn.Contact.Address(chat) == nil || !turn.LinkUsed {
		t.Errorf("contact %+v, link used %v; want the owner with the address", turn.Contact, turn.LinkUsed)
	}
	if len(turn.Lost) != 1 || turn.Lost[0].ID != 7 || turn.Lost[0].Address(chat) != nil {
		t.Errorf("losers %+v, want contact 7 without the address", turn.Lost)
	}
	if turn.Conversation.Contact != 8 || turn.Conversation.State != Closed {
		t.Errorf("conversation %+v, want the owner's own", turn.Conversation)
	}
	own := wrote("")
	own.Event.Kind, own.Event.Payload, own.Claimed = Started, "token", known()
	apply(t, &own)
	if own.Contact.ID != 7 || !own.LinkUsed {
		t.Errorf("the owner's own tap: contact %v, link used %v", own.Contact.ID, own.LinkUsed)
	}
}

func TestTheStrictestConsentMovesWithTheAddress(t *testing.T) {
	none, yes := Consent{}, Consent{State: Given, At: today, Source: "crm"}
	told, own := Consent{State: Denied, At: today, Source: "crm"}, Consent{State: Denied, At: today, Source: "keyword:stop", ByPerson: true}
	for name, c := range map[string]struct {
		old, owner, want Consent
		stopped          bool
	}{
		"nothing said moves nothing":           {none, yes, yes, false},
		"a yes gives the owner none":           {yes, none, none, false},
		"a no stops the owner":                 {own, yes, own, true},
		"the person's no outweighs a told one": {own, told, own, true},
		"a told no adds nothing to one":        {told, own, own, false},
	} {
		t.Run(name, func(t *testing.T) {
			turn := wrote("")
			turn.Event.Kind, turn.Event.Phone = Shared, "+380501112233"
			turn.Contact.Marketing, turn.Claimed = c.old, Contact{ID: 8, Phone: "+380501112233", Marketing: c.owner}
			apply(t, &turn)
			if turn.Contact.ID != 8 || turn.Contact.Marketing != c.want || turn.Stopped != c.stopped {
				t.Errorf("contact %v, consent %+v, stopped %v", turn.Contact.ID, turn.Contact.Marketing, turn.Stopped)
			}
		})
	}
}

func TestTextsGoToTheNumberThePersonGave(t *testing.T) {
	turn := wrote("")
	turn.Event.Kind, turn.Event.Phone = Shared, "+380509998877"
	turn.Contact.Phone = "+380501112233"
	turn.Contact.Set(Address{SMS, "+380501112233"}, Unverified, today)
	apply(t, &turn)
	if a, ok := turn.Contact.At(SMS); !ok || a.ID != "+380509998877" || a.State != Active || turn.Contact.Phone != "+380509998877" {
		t.Errorf("texts go to %v, phone %s", a, turn.Contact.Phone)
	}
}

func TestAtPrefersWhereThePersonWasHeardLast(t *testing.T) {
	at := func(id string, s AddressState, since int) ContactAddress {
		return ContactAddress{Address: Address{Telegram, id}, State: s, Since: today.Add(time.Duration(since) * time.Hour)}
	}
	for name, c := range map[string]struct {
		places []ContactAddress
		want   string
	}{
		"the newest of two active": {[]ContactAddress{at("1", Active, 0), at("2", Active, 1)}, "2"},
		"active before told":       {[]ContactAddress{at("1", Unverified, 9), at("2", Active, 1)}, "2"},
		"told before blocked":      {[]ContactAddress{at("1", BlockedState, 9), at("2", Unverified, 1)}, "2"},
		"blocked before nothing":   {[]ContactAddress{at("1", BlockedState, 9)}, "1"},
		"nothing":                  {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Contact{Addresses: c.places}
			if got, ok := p.At(Telegram); got.ID != c.want || ok != (c.want != "") {
				t.Errorf("At = %v, %v; want %q", got, ok, c.want)
			}
		})
	}
}

// TestNoEventPanics feeds what no adapter should send.
func TestNoEventPanics(t *testing.T) {
	kinds := []Kind{Wrote, Pressed, Reacted, Reported, Blocked, Unblocked, Started, Shared, Edited, Clicked, WayOut, "danced"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "stop", "start", "hello", "5", "\x00\xff"})
		turn := Turn{Event: Event{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Channel: rapid.SampledFrom(append(Channels(), "")).Draw(t, "channel"), Chat: Address{rapid.SampledFrom(append(Channels(), "")).Draw(t, "chat"), text.Draw(t, "id")},
			Text: text.Draw(t, "text"), Data: text.Draw(t, "data"), On: text.Draw(t, "on"), MessageID: text.Draw(t, "message"), Phone: text.Draw(t, "phone"), Payload: text.Draw(t, "payload"),
		}}
		if rapid.Bool().Draw(t, "known") {
			turn.Contact = known()
			turn.Contact.Marketing.State = rapid.SampledFrom([]ConsentState{Unknown, Given, Denied}).Draw(t, "consent")
		}
		if rapid.Bool().Draw(t, "claimed") {
			turn.Claimed = Contact{ID: 8}
		}
		was := turn.Contact.Marketing.State
		if err := DefaultCore().Apply(&turn, today); err != nil {
			return
		}
		if was == Denied && turn.Contact.ID == 7 && turn.Contact.Marketing.State != Denied && keyword(turn.Event.Text+turn.Event.Data) == "" {
			t.Fatalf("a no was lifted by %+v", turn.Event)
		}
		for _, p := range turn.Proofs {
			if p.Step == 0 && p.ProviderID == "" && p.Below == "" && p.Before.IsZero() && p.Kind != "click" {
				t.Fatalf("a proof that names nothing: %+v", p)
			}
		}
	})
}

func TestAnOldMessageDoesNotMoveTheConversationBack(t *testing.T) {
	turn := wrote("late")
	turn.Event.At = today.Add(-time.Hour)
	turn.Conversation = Conversation{State: Open, LastIn: today, LastAt: today, LastUsed: Viber}
	apply(t, &turn)
	if c := turn.Conversation; c.LastUsed != Viber || !c.LastIn.Equal(today) || !c.LastAt.Equal(today) {
		t.Errorf("conversation %+v, want what was newer", c)
	}
}
