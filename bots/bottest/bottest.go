// Package bottest holds what every adapter must do, as one test: Conform.
//
// An adapter's own tests show that it speaks its channel's language. Conform shows what the rest of Kaskad relies on,
// whatever the channel: an error says truly whether the message may have arrived, nothing is ever sent twice, no token
// leaks, a context is obeyed, and what people read is what was written.
//
// The adapter brings a Peer, the other side, and makes it fail on demand. Simulators make good peers; HTTP makes one out of
// a few answers for channels that are plain HTTP calls.
//
// It keeps nothing and knows no channel.
package bottest

import (
	"testing"
	"time"

	"kaskad/bots"
)

// Failure is a way in which a send goes wrong.
type Failure string

// The failures. A channel that cannot know one of them says so in Peer.Fail.
const (
	Blocked     Failure = "blocked"      // the person said no
	Gone        Failure = "gone"         // nobody can be reached at the address
	Flooded     Failure = "flooded"      // too many sends: the channel names a pause
	BadText     Failure = "bad text"     // the channel does not take this message
	BadToken    Failure = "bad token"    // the channel does not know us any more
	ServerError Failure = "server error" // it fails after it read the request, and says so
	Garbage     Failure = "garbage"      // it answers something that is not its language, quoting what it was asked
	Hang        Failure = "hang"         // it takes the message and never answers
	Cut         Failure = "cut"          // it takes the message and closes the connection
	Down        Failure = "down"         // nobody listens
)

// expectation is what the adapter must make of a failure, and how many requests the other side may have counted.
type expectation struct {
	failure  Failure
	fault    bots.Fault
	requests int
}

var expectations = []expectation{
	{Blocked, bots.Refused, 1},
	{Gone, bots.Unreachable, 1},
	{Flooded, bots.Temporary, 1},
	{BadText, bots.Rejected, 1},
	{BadToken, bots.Misconfigured, 1},
	{ServerError, bots.Uncertain, 1},
	{Garbage, bots.Uncertain, 1},
	{Hang, bots.Uncertain, 1},
	{Cut, bots.Uncertain, 1},
	{Down, bots.Temporary, 0},
}

// Adapter is what Conform has to know of the adapter under test. New, Start and To are required.
type Adapter struct {
	// New makes a sender that talks to the other side at url (or that the other side has made under that name, where a channel is a
	// session), as in production otherwise.
	New func(t *testing.T, url string) bots.Sender
	// Start starts a fresh other side and ends it with the test.
	Start func(t *testing.T) Peer
	// To can be reached at every fresh other side.
	To bots.Address
	// Secrets must never be seen in an error: tokens, passwords, and whatever stands in the address of a call.
	Secrets []string
	// Faults says what a failure means where a channel differs from the others.
	Faults map[Failure]bots.Fault
	// Early are failures that the channel shows before a message is handed over: the other side counts no send.
	Early map[Failure]bool
	// Image is the address of a picture that the channel takes; empty: one that is nowhere, for channels that hand on the address.
	Image string
	// Patience is how long a send waits for a peer that hangs; zero: 300 ms.
	Patience time.Duration

	// Genuine are webhook calls as the channel makes them, Forged ones that it did not make. A channel that is asked has
	// neither; one whose only protection is a secret path has no forged ones.
	Genuine, Forged []bots.Call
}

// Peer is the other side of one adapter.
type Peer struct {
	URL string
	// Fail makes every later send fail in one way. It is false where that cannot happen on the channel.
	Fail func(Failure) bool
	// Requests counts the sends that reached the other side.
	Requests func() int
	// Texts are what people read, oldest first.
	Texts func() []string
	// Pictures are the addresses of those that people see, oldest first. Nil where the channel shows none, or the peer cannot tell.
	Pictures func() []string
}

// Conform runs everything that holds for all adapters.
func Conform(t *testing.T, a Adapter) {
	if a.Patience <= 0 {
		a.Patience = 300 * time.Millisecond
	}
	if a.Image == "" {
		a.Image = nowhere
	}
	t.Run("a send is accepted", a.accepted)
	t.Run("sends side by side", a.sideBySide)
	t.Run("text arrives literally", a.literal)
	t.Run("text that cannot be sent", a.unsendable)
	t.Run("a picture above the text", a.picture)
	t.Run("a picture with more text than fits", a.caption)
	t.Run("failures", a.failures)
	t.Run("the channel comes back", a.recovers)
	t.Run("context", a.contexts)
	t.Run("check", a.check)
	t.Run("limits", a.limits)
	t.Run("webhook", a.webhook)
}
