package bots

import (
	"testing"
	"time"
)

func TestANoInAnyScript(t *testing.T) {
	for name, text := range map[string]string{
		"Latin letters that look Cyrillic":  "CTOп",
		"Cyrillic letters that look Latin":  "STОР",
		"full width":                        "ＳＴＯＰ",
		"mathematical letters":              "𝐒𝐓𝐎𝐏",
		"characters that nobody sees":       "st\u200bop\u2060",
		"a command to a bot by its name":    "/stop@shop_bot",
		"with the keyboard in Latin":        "cnjg",
		"with the keyboard in Ukrainian":    "ІЕЩЗ",
		"with the keyboard in Russian":      "ыещз",
		"letters made of two":               "вiдписатися",
		"stop in a circle, and an emoji":    "Ⓢⓣⓞⓟ 🙏",
		"a line of nothing, then the word":  "\u00a0\n\u3000стоп\ufeff",
		"in capitals with a soft hyphen in": "СТ\u00adОП",
	} {
		t.Run(name, func(t *testing.T) {
			turn := wrote(text)
			apply(t, &turn)
			if !turn.Stopped || turn.Contact.Marketing.State != Denied {
				t.Errorf("%q: consent %s, stopped %v; want a no", text, turn.Contact.Marketing.State, turn.Stopped)
			}
		})
	}
	for _, text := range []string{"стоп@work", "сто", "тор", "top", "ctop it"} {
		turn := wrote(text)
		if apply(t, &turn); turn.Stopped {
			t.Errorf("%q is a no", text)
		}
	}
}

func TestAnEditCanSayNoAndNeverYes(t *testing.T) {
	for text, want := range map[string]ConsentState{"stop": Denied, "Стоп!": Denied, "start": Unknown, "thanks": Unknown} {
		turn := wrote(text)
		turn.Event.Kind = Edited
		apply(t, &turn)
		if got := turn.Contact.Marketing.State; got != want || turn.Stopped != (want == Denied) {
			t.Errorf("an edit to %q: consent %s, stopped %v; want %s", text, got, turn.Stopped, want)
		}
		if turn.Message == nil || turn.Message.Kind != EditMessage || len(turn.Proofs) > 0 {
			t.Errorf("an edit to %q: message %+v, proofs %v", text, turn.Message, turn.Proofs)
		}
	}
}

// A channel that tells a wild time must not make what was said then the last word for ever.
func TestNothingIsSaidInTheFuture(t *testing.T) {
	wild := today.AddDate(900, 0, 0)
	yes := wrote("start")
	yes.Event.At = wild
	apply(t, &yes)
	if m := yes.Contact.Marketing; m.State != Given || m.At.After(today.Add(time.Second)) {
		t.Fatalf("consent %+v, want a yes of now at the latest", m)
	}
	if yes.Message.At.Equal(wild) || yes.Conversation.LastIn.Equal(wild) {
		t.Errorf("message of %v, conversation heard at %v", yes.Message.At, yes.Conversation.LastIn)
	}
	no := wrote("stop")
	no.Contact, no.Conversation = yes.Contact, yes.Conversation
	no.Event.Channel, no.Event.Sender, no.Event.Chat, no.Event.At = Viber, Viber, Address{Viber, "v42"}, today.Add(time.Second)
	apply(t, &no)
	if no.Contact.Marketing.State != Denied || !no.Stopped {
		t.Errorf("a no after a yes of the year %d: consent %+v", wild.Year(), no.Contact.Marketing)
	}
	if no.Conversation.LastUsed != Viber {
		t.Errorf("the person is answered on %s, and wrote on viber", no.Conversation.LastUsed)
	}
}

// Providers of SMS write times of many zones: a no is not weighed against a yes by such a clock.
func TestANoBySMSIsNeverTooLate(t *testing.T) {
	turn := wrote("stop")
	turn.Contact.Marketing = Consent{State: Given, At: today, Source: "keyword:start", ByPerson: true}
	turn.Event.Channel, turn.Event.Sender, turn.Event.Chat, turn.Event.At = SMS, "sms/main", Address{SMS, "+380501112233"}, today.Add(-2*time.Hour)
	apply(t, &turn)
	if m := turn.Contact.Marketing; m.State != Denied || !turn.Stopped || m.At.Before(today) {
		t.Errorf("consent %+v, stopped %v; want a no that stands", m, turn.Stopped)
	}
}

// A block that was told late, when the person has written again since, shuts no open door. It stays a no to marketing.
func TestABlockToldLateShutsNothing(t *testing.T) {
	turn := wrote("")
	turn.Event.Kind = Blocked
	turn.Conversation = Conversation{State: Open, LastDid: today.Add(time.Second), LastDidOn: Telegram}
	apply(t, &turn)
	if a := turn.Contact.Address(chat); a.State != Active {
		t.Errorf("the address is %s, and the person wrote there since", a.State)
	}
	if turn.Contact.Marketing.State != Denied || !turn.Stopped {
		t.Errorf("consent %s, stopped %v; want a no all the same", turn.Contact.Marketing.State, turn.Stopped)
	}
	elsewhere := wrote("")
	elsewhere.Event.Kind = Blocked
	elsewhere.Conversation = Conversation{State: Open, LastDid: today.Add(time.Second), LastDidOn: Viber}
	apply(t, &elsewhere)
	if a := elsewhere.Contact.Address(chat); a.State != BlockedState {
		t.Errorf("the address is %s, and the person wrote elsewhere", a.State)
	}
}

// A press on Telegram has no time but the one at which we were told, and a block has one of whole seconds: who presses and then blocks is
// blocked, however late both are told.
func TestABlockAfterAPressIsABlock(t *testing.T) {
	turn := wrote("так")
	turn.Event.Kind, turn.Event.At, turn.Event.Timeless = Pressed, today.Add(time.Hour), true
	if err := DefaultCore().Apply(&turn, today.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	block := wrote("")
	block.Event.Kind, block.Event.At = Blocked, today
	block.Contact, block.Conversation = turn.Contact, turn.Conversation
	if err := DefaultCore().Apply(&block, today.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a := block.Contact.Address(chat); a.State != BlockedState {
		t.Errorf("the address is %s after a press and a block", a.State)
	}
}
