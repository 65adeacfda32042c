package whatsapp

import (
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// reported reads a receipt: one event for each message that it names.
//
// A receipt is matched by the id of the message alone: it may come from the phone or from the hidden id, and says so only at times.
// Our ids cannot be guessed.
func reported(own string, evt *events.Receipt) []bots.Event {
	level := proven(evt)
	if level == bots.None {
		return nil
	}
	var all []bots.Event
	for _, id := range evt.MessageIDs {
		if id == "" {
			continue
		}
		one := *evt
		one.MessageIDs = []types.MessageID{id}
		all = append(all, bots.Event{
			// Each device of the person reports, and reports again when we were away: one event for all.
			ID:      eventID(own, "", id, level.String()),
			Channel: bots.WhatsApp, Sender: bots.WhatsApp, Kind: bots.Reported, At: evt.Timestamp,
			Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: id, Level: level, At: evt.Timestamp},
			Raw:     rawOf(&one),
		})
	}
	return all
}

// proven is what a receipt says of a message of ours. What our own devices say (sender, read-self, played-self, and all that is from
// ourselves) is not about the person: somebody who hides reading sends read-self to their own devices only.
func proven(evt *events.Receipt) bots.Level {
	if evt.IsFromMe || evt.IsGroup || !direct(evt.Chat) {
		return bots.None
	}
	switch evt.Type {
	case types.ReceiptTypeDelivered, types.ReceiptTypeInactive: // inactive: delivered to a device that nobody looks at
		return bots.Delivered
	case types.ReceiptTypeRead, types.ReceiptTypePlayed:
		return bots.Read
	}
	return bots.None // asked for again (retry), server-error, peer_msg, hist_sync
}

// direct reports whether a chat is one person's.
func direct(chat types.JID) bool {
	switch chat.Server {
	case types.DefaultUserServer, types.HiddenUserServer, types.HostedServer, types.HostedLIDServer, types.LegacyUserServer:
		return true
	}
	return false
}
