package whatsapp

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// What is said in groups, statuses and broadcast lists is none of ours. Left to itself the library decrypts all of it; and for each message
// that it cannot read it asks the writer to send it again and our own phone for a copy, which nobody wants and which looks like a machine.
// So it is acknowledged unread, as something that was read before.
//
// The library tells whose message it is about to decrypt in its log only, and handles one after the other, until it gives one up.
type aside struct {
	crowd   atomic.Bool // the message under way is one to many
	unasked atomic.Bool // our phone is not to be asked for a copy of it
	mixed   atomic.Bool // one was given up and runs beside the next: nobody can tell any more which is which
}

// Lines of the library's log. See decryptMessages, immediateRequestMessageFromPhone and handlerQueueLoop there.
const (
	lineDecrypting  = "Decrypting message from %s"
	lineUnavailable = "Unavailable message %s from %s (type: %q)"
	lineUnasked     = "Failed to send request for unavailable message %s to phone: %v"
	lineGivenUp     = "Continuing handling of %s in background as it's taking too long"
)

// setAside listens for messages that are none of ours.
func (s *session) setAside(format string, args []any) {
	switch {
	case format == lineGivenUp:
		s.aside.mixed.Store(true)
	case format == lineDecrypting && len(args) == 1:
		s.moved.Store(int64(time.Since(s.born))) // no handler may come of it
		s.aside.unasked.Store(false)
		s.aside.crowd.Store(toMany(args[0]))
	case format == lineUnavailable && len(args) == 3:
		s.aside.unasked.Store(toMany(args[1]) || args[2] == any(events.UnavailableTypeViewOnce))
	case format == lineUnasked:
		s.aside.unasked.Store(false)
	}
}

// toMany reports whether a message went to many, from where the library says it is: "… in 120363000000000001@g.us".
func toMany(source any) bool {
	text, _ := source.(string)
	return strings.HasSuffix(text, "@"+types.GroupServer) || strings.HasSuffix(text, "@"+types.BroadcastServer)
}

// skips reports whether the message under way is to be left undecrypted.
func (a *aside) skips() bool { return a.crowd.Load() && !a.mixed.Load() }

// errSkipped makes the library acknowledge a message and leave it at that.
var errSkipped = whatsmeow.EventAlreadyProcessed

// errUnasked ends a question to our own phone before it is asked.
var errUnasked = errors.New("nobody wants it")

// handling marks what the library does by itself while it handles a message, and not for a call of ours.
type handling struct{}

// lids keeps the library from asking our phone for a copy of what nobody wants: the first thing that it looks up for the question is our
// own hidden id.
type lids struct {
	store.LIDStore
	aside *aside
	own   types.JID
}

func (l lids) GetLIDForPN(ctx context.Context, pn types.JID) (types.JID, error) {
	if pn == l.own && ctx.Value(handling{}) != nil && !l.aside.mixed.Load() && l.aside.unasked.CompareAndSwap(true, false) {
		return types.JID{}, errUnasked
	}
	return l.LIDStore.GetLIDForPN(ctx, pn)
}
