package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Loops look at their lanes when an event gave a delivery something to do, and not when it only ended one.
func TestAnEventThatMovesADeliveryIsActedOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		chat := r.person()
		r.bonus(chat, 120)
		r.pass(5*time.Minute + 30*time.Second) // between two looks of an idle loop
		r.event(bots.Event{Kind: bots.Reported, Chat: chat, Receipt: &bots.Receipt{Sender: "telegram", Chat: chat.ID, ID: "101", Failed: true, Fault: bots.Unreachable, Reason: "gone", At: time.Now()}})
		r.want("0s telegram 1", "5m30s sms/main +380501110001")
	})
}

func TestAnEventTellsWhetherItMovedADelivery(t *testing.T) {
	failed := bots.Receipt{Sender: "telegram", ID: "101", Failed: true, Fault: bots.Unreachable}
	events := map[string]struct {
		event func(chat bots.Address) bots.Event
		moved bool
	}{
		"a report that the message is lost": {func(chat bots.Address) bots.Event {
			f := failed
			f.Chat, f.At = chat.ID, time.Now()
			return bots.Event{Kind: bots.Reported, Receipt: &f}
		}, true},
		"a reply that ends it": {func(bots.Address) bots.Event {
			return bots.Event{Kind: bots.Wrote, Text: "дякую", MessageID: "500", On: "101"}
		}, false},
		"a message that proves nothing":      {func(bots.Address) bots.Event { return bots.Event{Kind: bots.Wrote, Text: "hi", MessageID: "50"} }, false},
		"a stop that ends what is marketing": {func(bots.Address) bots.Event { return bots.Event{Kind: bots.Wrote, Text: "стоп", MessageID: "51"} }, false},
	}
	for name, c := range events {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				chat := r.person()
				r.bonus(chat, 120)
				e := c.event(chat)
				e.ID, e.Channel, e.Sender, e.Chat, e.At = "e", chat.Channel, chat.Channel, chat, time.Now()
				turn, err := r.store.Receive(t.Context(), e, r.engine.Rules, &fallback.World{Boot: 1})
				if err != nil {
					t.Fatal(err)
				}
				if turn.Moved != c.moved {
					t.Errorf("moved: %t, want %t", turn.Moved, c.moved)
				}
			})
		})
	}
}
