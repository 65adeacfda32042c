package bots

import (
	"errors"
	"testing"
	"time"
)

func TestWhatProvesWhat(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *Event)
		want   Proof
		none   bool
	}{
		"a reply to a message of ours":                         {func(e *Event) { e.On = "5" }, Proof{Kind: "reply", ProviderID: "5", Below: "9", Watermark: true}, false},
		"a reply by our own id":                                {func(e *Event) { e.Step = 11 }, Proof{Kind: "reply", Step: 11, Below: "9", Watermark: true}, false},
		"a message on Telegram proves what has a lower number": {func(*Event) {}, Proof{Kind: "message", Below: "9", Watermark: true}, false},
		"one without a number proves nothing":                  {func(e *Event) { e.MessageID = "" }, Proof{}, true},
		"a message on Viber proves what was settled well before": {func(e *Event) { e.Channel, e.Sender, e.Chat = Viber, Viber, Address{Viber, "42"} },
			Proof{Kind: "message", Before: today.Add(-2 * time.Second), Watermark: true}, false},
		"a message on WhatsApp proves what was settled before": {func(e *Event) { e.Channel, e.Sender, e.Chat = WhatsApp, WhatsApp, Address{WhatsApp, "42"} },
			Proof{Kind: "message", Before: today, Watermark: true}, false},
		"a message without a time proves nothing": {func(e *Event) { e.Channel, e.Chat, e.At = Viber, Address{Viber, "42"}, time.Time{} }, Proof{}, true},
		"a press":                   {func(e *Event) { e.Kind, e.On, e.Data = Pressed, "5", "ok" }, Proof{Kind: "button", ProviderID: "5", Data: "ok", Watermark: true}, false},
		"a press on nothing":        {func(e *Event) { e.Kind, e.Data = Pressed, "ok" }, Proof{}, true},
		"a reaction":                {func(e *Event) { e.Kind, e.On, e.Data = Reacted, "5", "👍" }, Proof{Kind: "reaction", ProviderID: "5", Data: "👍", Watermark: true}, false},
		"a reaction taken back":     {func(e *Event) { e.Kind, e.On = Reacted, "5" }, Proof{}, true},
		"an edit":                   {func(e *Event) { e.Kind, e.On = Edited, "5" }, Proof{}, true},
		"opening the bot":           {func(e *Event) { e.Kind = Started }, Proof{Kind: "message", Below: "9", Watermark: true}, false},
		"a click":                   {func(e *Event) { e.Kind, e.Step, e.Delivery = Clicked, 11, 3 }, Proof{Kind: "click", Step: 11, Delivery: 3}, false},
		"a sender that goes unsaid": {func(e *Event) { e.Sender, e.On = "", "5" }, Proof{Kind: "reply", ProviderID: "5", Below: "9", Watermark: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			turn := wrote("thanks")
			c.change(&turn.Event)
			apply(t, &turn)
			if c.none {
				if len(turn.Proofs) != 0 {
					t.Fatalf("proofs %+v, want none", turn.Proofs)
				}
				return
			}
			want := c.want
			want.Level, want.At = Engaged, turn.Event.At
			if want.Kind != "click" {
				want.Chat, want.Sender = turn.Event.Chat, turn.Event.Chat.Channel
			}
			if len(turn.Proofs) != 1 || turn.Proofs[0] != want {
				t.Errorf("proofs %+v\nwant %+v", turn.Proofs, want)
			}
		})
	}
}

func TestReceipts(t *testing.T) {
	for name, c := range map[string]struct {
		receipt *Receipt
		want    Proof
	}{
		"delivered":           {&Receipt{Sender: "sms/main", ID: "5", Level: Delivered, At: today}, Proof{Level: Delivered, ProviderID: "5"}},
		"read is a watermark": {&Receipt{Sender: "sms/main", ID: "5", Level: Read, At: today}, Proof{Level: Read, ProviderID: "5", Watermark: true}},
		"failed":              {&Receipt{Sender: "sms/main", Step: 9, Failed: true, Fault: Refused, Reason: "44", At: today}, Proof{Failed: true, Fault: Refused, Reason: "44", Step: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			turn := Turn{Event: Event{Kind: Reported, Channel: SMS, Receipt: c.receipt}}
			apply(t, &turn)
			want := c.want
			want.Kind, want.At, want.Sender, want.Chat.Channel = "receipt", today, "sms/main", SMS
			if len(turn.Proofs) != 1 || turn.Proofs[0] != want {
				t.Errorf("proofs %+v\nwant %+v", turn.Proofs, want)
			}
			if turn.NewContact || turn.Message != nil || len(turn.Changes) != 0 {
				t.Errorf("a receipt made %+v", turn)
			}
		})
	}
}

func TestPoison(t *testing.T) {
	for name, e := range map[string]Event{
		"an unknown kind":               {Kind: "danced", Chat: chat},
		"no kind":                       {Chat: chat},
		"no address":                    {Kind: Wrote},
		"half an address":               {Kind: Wrote, Chat: Address{Channel: Telegram}},
		"a receipt without a receipt":   {Kind: Reported},
		"a receipt that names nothing":  {Kind: Reported, Receipt: &Receipt{Sender: Viber, Level: Read}},
		"a receipt of nobody":           {Kind: Reported, Receipt: &Receipt{ID: "5", Level: Read}},
		"a receipt that says nothing":   {Kind: Reported, Receipt: &Receipt{Sender: Viber, ID: "5"}},
		"a receipt that says both":      {Kind: Reported, Receipt: &Receipt{Sender: Viber, ID: "5", Level: Read, Failed: true}},
		"a receipt of an unknown level": {Kind: Reported, Receipt: &Receipt{Sender: Viber, ID: "5", Level: 200}},
		"a way out of nobody":           {Kind: WayOut},
		"a click of nobody":             {Kind: Clicked, Step: 5},
	} {
		t.Run(name, func(t *testing.T) {
			if err := DefaultCore().Apply(&Turn{Event: e}, today); !errors.Is(err, ErrUnreadable) {
				t.Errorf("error %v, want ErrUnreadable", err)
			}
		})
	}
}

// What an adapter could not read at all goes to quarantine with a sentence that people understand.
func TestWhatCannotBeReadSaysSo(t *testing.T) {
	err := DefaultCore().Apply(&Turn{Event: Event{ID: "e", Channel: WhatsAppCloud}}, today)
	if want := "the event cannot be understood: it is not what it calls itself"; !errors.Is(err, ErrUnreadable) || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}
