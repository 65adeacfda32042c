package bots

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const tel = "+380501112233"

var (
	byPhone = Address{WhatsApp, tel}
	byLID   = Address{WhatsApp, "900001@lid"}
)

func TestAtPrefersThePhone(t *testing.T) {
	at := func(a Address, s AddressState, since int) ContactAddress {
		return ContactAddress{Address: a, State: s, Since: today.Add(time.Duration(since) * time.Hour)}
	}
	scoped := Address{WhatsAppCloud, "UA.111"}
	for name, c := range map[string]struct {
		places []ContactAddress
		want   Address
	}{
		"whatever was heard last":               {[]ContactAddress{at(byLID, Active, 2), at(byPhone, Active, 1)}, byPhone},
		"whatever comes first":                  {[]ContactAddress{at(byPhone, Active, 1), at(byLID, Active, 2)}, byPhone},
		"on Cloud, too":                         {[]ContactAddress{at(scoped, Active, 2), at(Address{WhatsAppCloud, tel}, Active, 1)}, Address{WhatsAppCloud, tel}},
		"not one that cannot be reached":        {[]ContactAddress{at(byPhone, UnreachableState, 1), at(byLID, Active, 2)}, byLID},
		"not one where nobody was heard":        {[]ContactAddress{at(byPhone, Unverified, 1), at(byLID, Active, 2)}, byLID},
		"of two phones where it was heard last": {[]ContactAddress{at(byPhone, Active, 1), at(Address{WhatsApp, "+380671234567"}, Active, 2)}, Address{WhatsApp, "+380671234567"}},
		"elsewhere a plus means nothing":        {[]ContactAddress{at(Address{Viber, "+a"}, Active, 1), at(Address{Viber, "b"}, Active, 2)}, Address{Viber, "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := Contact{Addresses: c.places}
			if got, ok := p.At(c.want.Channel); !ok || got.Address != c.want {
				t.Errorf("At = %v, want %v", got.Address, c.want)
			}
		})
	}
}

func TestWhatAnEventProves(t *testing.T) {
	for name, c := range map[string]struct {
		event Event
		want  string
	}{
		"the phone it names":                   {Event{Kind: Wrote, Chat: byLID, Phone: tel}, tel},
		"the chat's own":                       {Event{Kind: Wrote, Chat: byPhone}, tel},
		"the other address":                    {Event{Kind: Wrote, Chat: byLID, Also: byPhone}, tel},
		"no phone":                             {Event{Kind: Wrote, Chat: byLID}, ""},
		"another address on another channel":   {Event{Kind: Wrote, Chat: byLID, Also: Address{SMS, tel}}, ""},
		"a shared one":                         {Event{Kind: Shared, Chat: byLID, Phone: tel}, ""},
		"on a channel that proves none":        {Event{Kind: Wrote, Chat: chat, Phone: tel, Also: byPhone}, ""},
		"of a change of number, the new one":   {Event{Kind: Moved, Chat: Address{WhatsApp, "+380671234567"}, Data: tel}, tel},
		"of a change of number, never the old": {Event{Kind: Moved, Chat: byPhone, Data: "UA.1", Phone: tel}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.event.Proves(); got != c.want {
				t.Errorf("proves %q, want %q", got, c.want)
			}
		})
	}
}

// TestTwoAddressesArePaired looks at what the contact keeps of them.
func TestTwoAddressesArePaired(t *testing.T) {
	turn := Turn{Event: Event{ID: "e", Channel: WhatsApp, Kind: Wrote, Chat: byLID, Also: byPhone, At: today, Text: "hello"}}
	apply(t, &turn)
	p, l := turn.Contact.Address(byPhone), turn.Contact.Address(byLID)
	if p == nil || l == nil || p.State != Active || l.State != Active || p.Also != byLID.ID || l.Also != byPhone.ID {
		t.Errorf("addresses %+v", turn.Contact.Addresses)
	}
	if got := turn.Contact.Chat(byLID); !reflect.DeepEqual(got, []Address{byLID, byPhone}) {
		t.Errorf("one chat: %v", got)
	}
	if len(turn.Proofs) != 1 || turn.Proofs[0].Also != byPhone {
		t.Errorf("proofs %+v, want one about both", turn.Proofs)
	}
}

// TestNobodyTakesOverByALID plays events of a person who shows no phone, whatever they hold, against a contact who has one: what
// the contact has stays.
func TestNobodyTakesOverByALID(t *testing.T) {
	kinds := []Kind{Wrote, Pressed, Reacted, Edited, Deleted, Blocked, Shared, Started, ByOwner, Moved}
	rapid.Check(t, func(t *rapid.T) {
		owner := Contact{ID: 7, ExternalID: "C-1", Phone: tel}
		owner.Set(byPhone, Active, today.Add(-time.Hour))
		turn := Turn{Event: Event{
			ID: "e", Channel: WhatsApp, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Chat: Address{WhatsApp, "900002@lid"}, At: today,
			Also: rapid.SampledFrom([]Address{{}, {SMS, tel}, {Viber, tel}, {WhatsAppCloud, tel}}).Draw(t, "also"),
			Text: tel, Data: tel, Payload: tel, MessageID: tel, On: tel, Name: "Olena",
		}}
		if turn.Event.Kind == Shared { // a card, of whomever
			turn.Event.Phone, turn.Claimed = tel, owner
		}
		if turn.Event.Kind == Moved { // the new address is another's, who was told of
			turn.Twin.Contact = owner
			turn.Contact = Contact{ID: 9}
			turn.Contact.Set(turn.Event.Chat, Active, today)
		}
		switch err := DefaultCore().Apply(&turn, today.Add(time.Second)); {
		case errors.Is(err, ErrUnreadable):
			return // nothing of the turn is stored
		case err != nil:
			t.Fatal(err)
		}
		if turn.Contact.ID == owner.ID {
			t.Fatalf("a %s by LID is taken for the owner of the phone", turn.Event.Kind)
		}
		for _, lost := range turn.Lost {
			if lost.ID == owner.ID {
				t.Fatalf("a %s by LID took an address from the owner", turn.Event.Kind)
			}
		}
		if turn.Contact.Phone == tel || turn.Contact.Address(byPhone) != nil {
			t.Fatalf("a %s by LID got the phone: %+v", turn.Event.Kind, turn.Contact)
		}
	})
}

func TestWhatTheOwnerWritesChangesNothingOfThePerson(t *testing.T) {
	for _, text := range []string{"стоп", "start", "hello"} {
		turn := Turn{Event: Event{ID: "e", Channel: WhatsApp, Kind: ByOwner, Chat: byPhone, Also: byLID, Name: "Shop", At: today, Text: text, MessageID: "3EB0"}}
		turn.Contact = Contact{ID: 7}
		turn.Contact.Set(byPhone, BlockedState, today.Add(-time.Hour))
		turn.Conversation = Conversation{Contact: 7, State: Snoozed, Assignee: "Iryna", Unread: 3, LastIn: today.Add(-time.Minute), LastUsed: Viber}
		before := fmt.Sprintf("%+v", turn.Contact)
		apply(t, &turn)
		if after := fmt.Sprintf("%+v", turn.Contact); after != before {
			t.Errorf("%q made the contact %s", text, after)
		}
		if turn.Stopped || len(turn.Proofs) > 0 || turn.Message != nil || len(turn.Changes) != 1 {
			t.Errorf("%q: stopped %t, proofs %v, changes %v", text, turn.Stopped, turn.Proofs, turn.Changes)
		}
		if c := turn.Conversation; c.Unread != 0 || c.State != Snoozed || c.Assignee != "Iryna" || c.LastUsed != Viber || !c.LastAt.Equal(today) {
			t.Errorf("%q made the conversation %+v, want it answered as by staff", text, c)
		}
	}
}
