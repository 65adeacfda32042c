package bots

import "context"

// Marker is a Sender that can show people that what they wrote was read: two blue ticks on WhatsApp. It proves nothing, may be asked
// again, and must never be asked before somebody has read.
type Marker interface {
	// MarkRead marks messages that one person wrote, by the channel's own ids, oldest first. The error is what Send would say.
	MarkRead(ctx context.Context, chat Address, ids []string) error
}
