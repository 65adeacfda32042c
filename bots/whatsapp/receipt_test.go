package whatsapp

import (
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

func receipt(kind types.ReceiptType, ids ...string) *events.Receipt {
	return &events.Receipt{MessageSource: types.MessageSource{Chat: olenaLID, Sender: olenaLID}, MessageIDs: ids, Timestamp: noon, Type: kind}
}

func TestWhatReceiptsProve(t *testing.T) {
	for kind, want := range map[types.ReceiptType]bots.Level{
		types.ReceiptTypeDelivered:   bots.Delivered,
		types.ReceiptTypeInactive:    bots.Delivered,
		types.ReceiptTypeRead:        bots.Read,
		types.ReceiptTypePlayed:      bots.Read,
		types.ReceiptTypeReadSelf:    bots.None, // of a person who hides reading: it says nothing to us
		types.ReceiptTypePlayedSelf:  bots.None,
		types.ReceiptTypeSender:      bots.None,
		types.ReceiptTypeRetry:       bots.None,
		types.ReceiptTypeServerError: bots.None,
		types.ReceiptTypePeerMsg:     bots.None,
		types.ReceiptTypeHistorySync: bots.None,
		"of a new kind":              bots.None,
	} {
		all := reported(shopPhone.User, receipt(kind, "3EB0AA"))
		got := bots.None
		if len(all) > 0 {
			got = all[0].Receipt.Level
		}
		if got != want || len(all) > 1 {
			t.Errorf("%q proves %v in %d events, want %v", kind, got, len(all), want)
		}
	}
}

func TestReceiptOfSeveralMessages(t *testing.T) {
	all := reported(shopPhone.User, receipt(types.ReceiptTypeRead, "3EB0AA", "", "3EB0BB"))
	if len(all) != 2 {
		t.Fatalf("%d events, want one for each of two messages", len(all))
	}
	for i, id := range []string{"3EB0AA", "3EB0BB"} {
		e := all[i]
		r := e.Receipt
		if e.Kind != bots.Reported || e.Channel != bots.WhatsApp || e.Sender != bots.WhatsApp || r.Sender != bots.WhatsApp || r.ID != id || r.Chat != "" || !r.At.Equal(noon) {
			t.Errorf("event %d is %+v about %+v", i, e, r)
		}
		again, err := new(Bot).replayed(t.Context(), e.Raw)
		if err != nil || len(again) != 1 || again[0].Receipt.ID != id {
			t.Errorf("what was kept of it reads as %+v, %v", again, err)
		}
	}
	if all[0].ID == all[1].ID {
		t.Error("receipts of two messages are one event")
	}
}

func TestReceiptsThatAreNotThePersons(t *testing.T) {
	for name, change := range map[string]func(*events.Receipt){
		"our own phone has read hers": func(r *events.Receipt) { r.IsFromMe, r.Sender = true, shopPhone },
		"of a group":                  func(r *events.Receipt) { r.IsGroup, r.Chat = true, types.NewJID("1-2", types.GroupServer) },
		"of a newsletter":             func(r *events.Receipt) { r.Chat = types.NewJID("1", types.NewsletterServer) },
		"of nothing":                  func(r *events.Receipt) { r.MessageIDs = nil },
	} {
		r := receipt(types.ReceiptTypeRead, "3EB0AA")
		change(r)
		if all := reported(shopPhone.User, r); len(all) > 0 {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// Her phone and her computer both report, and the phone says later from the other address that it was read.
func TestReceiptsOfSeveralDevices(t *testing.T) {
	phone, computer := receipt("", "3EB0AA"), receipt(types.ReceiptTypeInactive, "3EB0AA")
	computer.Sender.Device = 7
	computer.Chat = olenaPhone
	read := receipt(types.ReceiptTypeRead, "3EB0AA")
	id := func(r *events.Receipt) string { return reported(shopPhone.User, r)[0].ID }
	if id(phone) != id(computer) {
		t.Error("delivered to her phone and to her computer are two events")
	}
	if id(phone) == id(read) {
		t.Error("delivered and read are one event")
	}
}
