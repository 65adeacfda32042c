package whatsapp

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

const (
	deviceRepeats = 5  // of one message to one device: the library asks four times
	allRepeats    = 25 // of one message: a phone and four linked devices
	manyRepeats   = 20_000
)

// repeats counts how often messages were asked for again, over connections: the library counts for each by itself. It is bounded, and
// begins anew when it is full.
type repeats struct {
	mu sync.Mutex
	n  map[repeated]int
}

// repeated is a message that a device asked for; no device: all of them.
type repeated struct {
	id     types.MessageID
	device types.JID
}

// left reports whether a device may ask once more.
func (r *repeats) left(device types.JID, id types.MessageID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n[repeated{id, device}] < deviceRepeats && r.n[repeated{id: id}] < allRepeats
}

// spend counts that a device asked; false: too often.
func (r *repeats) spend(device types.JID, id types.MessageID) bool {
	if !r.left(device, id) {
		return false
	}
	r.count(repeated{id, device}, repeated{id: id})
	return true
}

// turnAway counts that a device asked for what it must not have: that costs those nothing who may.
func (r *repeats) turnAway(device types.JID, id types.MessageID) { r.count(repeated{id, device}) }

func (r *repeats) count(these ...repeated) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil || len(r.n) >= manyRepeats {
		r.n = map[repeated]int{}
	}
	for _, one := range these {
		r.n[one]++
	}
}

// repetition is a message that the library sends again, from its question whether it may to its last word. It holds the keys of all chats.
type repetition struct {
	asked *events.Receipt
	id    types.MessageID
	late  *time.Timer
	end   func()
}

// repeating is the repetition of a connection; nil: none is under way.
type repeating struct{ atomic.Pointer[repetition] }

// hold takes the keys for a repetition. The library ends it by a line in its log, in whichever way: it has no other hook. One that says
// nothing for too long costs the connection, and nothing more.
func (s *session) hold(asked *events.Receipt, id types.MessageID) bool {
	if s.bot.keys.take(s.ctx) != nil {
		return false
	}
	if s.over.Load() {
		s.bot.keys.release()
		return false
	}
	r := &repetition{asked: asked, id: id}
	r.end = sync.OnceFunc(func() {
		s.repeating.CompareAndSwap(r, nil)
		s.bot.keys.release()
	})
	r.late = time.AfterFunc(s.bot.pauses.stuck, func() {
		s.stuck()
		s.close() // before the keys are free: the library may still encrypt
		r.end()
	})
	s.repeating.Store(r)
	return true
}

// How the library ends a repetition. See handleReceipt and handleRetryReceipt there.
const (
	repetitionSent   = "Sent retry #%d for %s/%s to %s"
	repetitionFailed = "Failed to handle retry receipt for %s/%s from %s: %v"
)

// repeatedBy reads from the library's log that a repetition is over, and gives the keys back.
func (s *session) repeatedBy(format string, args []any) {
	r := s.repeating.Load()
	if r == nil || len(args) != 4 {
		return
	}
	sent := format == repetitionSent && args[1] == any(r.asked.Chat) && args[2] == any(r.id) && args[3] == any(r.asked.Sender)
	failed := format == repetitionFailed && args[0] == any(r.asked.Chat) && args[1] == any(r.asked.MessageIDs[0]) && args[2] == any(r.asked.Sender)
	if sent || failed && !unheld(args[3]) {
		r.late.Stop()
		r.end()
	}
}

// unheld reports whether a question failed with an error that comes before the library asks whether it may: the same device may ask for
// the same message twice, and such a one says nothing of the one that holds the keys.
func unheld(failure any) bool {
	switch err := failure.(type) { // as they are: a wrapped one comes of the keys that the question brought
	case *whatsmeow.ElementMissingError:
		return err.Tag == "retry"
	case binary.ErrorList:
		return true
	case error:
		return strings.HasPrefix(err.Error(), "couldn't find message ")
	}
	return false
}
