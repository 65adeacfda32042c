// Package bots is the vocabulary everyone shares, and the pure rules of a conversation.
//
// It is for three things: the words in which adapters and the core talk to each other (Address, Outgoing, Receipt, Event,
// Batch, SendError), the plain records that a conversation is made of (Contact, Conversation, Message, Turn), and Core, the
// pure rules of what one event changes.
//
// It keeps nothing: records are stored by the program's store, network calls are made by adapters.
//
// It never imports another package of ours, never reads a clock (the time is an argument), and never retries anything.
package bots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// The channels that the program knows by name. A channel is a word in cascades, addresses and lanes; whether it is
// switched on is a matter of configuration.
const (
	Telegram      = "telegram"
	Viber         = "viber"
	WhatsApp      = "whatsapp"
	WhatsAppCloud = "whatsapp_cloud"
	SMS           = "sms"
	Email         = "email"
)

// Staff is the room where support staff see what customers write, as a channel of its own. It is none of Channels: no cascade,
// address or call from outside can name it.
const Staff = "staff"

// Channels lists every channel name in the order in which messengers are preferred when nothing else decides.
func Channels() []string { return []string{Telegram, Viber, WhatsApp, WhatsAppCloud, SMS, Email} }

// Messenger reports whether a channel is a messenger: a place where a person chats.
func Messenger(channel string) bool {
	switch channel {
	case Telegram, Viber, WhatsApp, WhatsAppCloud:
		return true
	}
	return false
}

// Address is one person's place on a channel. ID is the channel's own: a Telegram chat id, a Viber user id, a phone in
// E.164 with its plus for SMS. On WhatsApp it is a phone in E.164 where that is known, else "…@lid" (paired phone) or the
// business-scoped user id "UA.…" (Cloud).
type Address struct {
	Channel string
	ID      string
}

func (a Address) String() string { return a.Channel + ":" + a.ID }

// Level is how much is known of a message's way to the person. Levels only grow.
type Level uint8

// The proof levels, weakest first.
const (
	None Level = iota
	Accepted
	Delivered
	Read
	Engaged
)

var levelNames = [...]string{"none", "accepted", "delivered", "read", "engaged"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level(%d)", uint8(l))
}

// Receipt is what a channel says about one message of ours.
type Receipt struct {
	Sender string // who carried it: "telegram", "sms/main"; its provider ids are its own
	Chat   string // address id, where provider ids are unique only within a chat
	ID     string // provider id; empty when the channel named only our step
	Rest   string // the ids of the others, separated by commas, of an album that was handed on in one call: ID is that of the first
	Step   ID     // our id when it came back with the receipt; zero: it did not
	Level  Level  // what is proven; None with Failed
	Failed bool   // it will not arrive
	Fault  Fault  // Failed: what that means
	// AdsOnly: Fault is Refused, of marketing alone; see SendError.
	AdsOnly bool
	Reason  string // Failed: the channel's words or code
	At      time.Time
	SentAt  time.Time // when the channel took the message, if it says so: finds an uncertain attempt
	Parts   int       // SMS parts, if the provider counts them
	Free    bool      // the channel says that it bills nothing for this message
	// Bare: accepted, and the picture, or the file that is handed on, is left out, as the channel could not have it, or shows none beside the rest.
	Bare bool
	// Astray: it stands in the group itself and not in the topic that was named, as the group has none any more.
	Astray bool
	// Forum: the group in which it stands has topics.
	Forum bool
}

// Sender hands messages to one channel.
type Sender interface {
	// Send makes one attempt. A nil error means accepted; any other is read with FaultOf.
	Send(ctx context.Context, out Outgoing) (Receipt, error)
	// Check asks the channel who we are, without sending anything.
	Check(ctx context.Context) (Identity, error)
	// Limits says what the channel can show and prove.
	Limits() Limits
}

// Pricer is a Sender whose messages cost money.
type Pricer interface {
	// Price tells how many parts a text takes and what they cost.
	Price(text string) (parts int, cost Money)
}

// Identity is what Check learnt: who we are there, and anything an operator should know.
type Identity struct {
	Name     string   // "@shop_bot"
	Warnings []string // each says what to do
}

// Limits are a channel's properties as data.
type Limits struct {
	MaxText    int           // UTF-16 units of text; 0: no limit
	MaxCaption int           // the same under a picture; 0: the channel shows no pictures
	MaxParts   int           // SMS parts of a text; a longer one is rejected; 0: no limit
	Reports    Level         // the highest level the channel reports by itself
	CanEngage  bool          // replies, buttons or reactions come back
	Buttons    bool          // answer buttons can be shown
	Keeps      time.Duration // how long the channel keeps events for us while we are away
	KeepsPress time.Duration // the same for button presses; 0: as Keeps
	PerSecond  float64       // sends per second over all chats
	Burst      int           // sends at once after a pause; 0: a fifth of a second's
	Together   bool          // several go to one chat at once: whoever sends there keeps the order
	PerMinute  int           // sends in any minute to one chat; 0: no bound but PerSecond
	PerChat    time.Duration // least time between two sends to one chat; 0: none
	Formats    string        // "html" for Telegram HTML, "viber" for Viber's marks; empty: plain text
	DeafCap    time.Duration // after a gap, waits are held at most this long without progress
	Polls      bool          // hears by asking (getUpdates); false: hears while our listener is up
	WayBack    bool          // a person can answer with a keyword
	WarmOnly   bool          // only who was heard there may be written to
	Window     time.Duration // after the person's last message only Approved templates are taken; 0: text always
	Jitter     time.Duration // besides PerSecond, up to this long, at random, between two sends
	Workers    int           // sends under way at once; 0: as many as the engine has
	Daily      Daily         // of messages that answer nobody
	Files      bool          // documents can be sent
	Carries    []string      // types of Media that are taken by their bytes, and "location": see Carrier
	MaxFile    int64         // bytes of one; 0: no bound
	Edits      bool          // a message of ours can be changed, and taken back
	EditFor    time.Duration // for so long after it was sent; 0: the channel says
	DeleteFor  time.Duration // the same of taking it back
	Captions   bool          // Edits: the words under a file that was handed on can be changed, too
	Reacts     bool          // an emoji can be put on a person's message
}

// Daily bounds messages per day that answer nobody, growing while an account is young. The zero value bounds nothing.
type Daily struct {
	First  int     // on the first day
	Growth float64 // times the day before
	Most   int     // in the end
}

// Standing is how a channel that holds a session stands.
type Standing struct {
	// State is a word of the channel's own; docs/whatsapp.md has all: "connected", "connecting", "syncing", "silent", "store_failed",
	// "limited", "unpaired", "logged_out", "replaced", "outdated", "passkey", "banned", "refused", "old_copy".
	State  string
	Since  time.Time // of the state
	Until  time.Time // when it ends by itself; zero: it does not, or nobody knows
	Advice string    // what the operator does; empty: nothing
	// Shut: nothing can be sent. Steps go on to the next channel at once, and the address stays as it is.
	Shut bool
	// Limited: only answers to a person's own message can be sent; other steps go on as when it is shut.
	Limited bool
}

// Stander is a Sender that knows by itself how its session stands.
type Stander interface {
	// Standing reads what is known; it asks nobody.
	Standing() Standing
}

// Namer is a Sender whose messages carry an id of our making, so that a receipt is matched whatever became of the call.
type Namer interface {
	// NameOf is the provider id under which a message goes out; the same for the same message.
	NameOf(step ID) string
}

// Fetcher is a channel that hands out the files of messages that people wrote.
type Fetcher interface {
	// Fetch opens a file of Message.Media, at most max bytes long. The caller closes it.
	Fetch(ctx context.Context, m Media, max int64) (io.ReadCloser, error)
}

// Webhook is a channel that calls us.
type Webhook interface {
	// Parse verifies a call and turns it into events. It must not keep r.Body.
	Parse(r Call) (Batch, error)
}

// Call is one inbound HTTP call, its body already read and bounded.
type Call struct {
	Method string
	Header http.Header
	Query  url.Values
	Body   []byte
	At     time.Time // when it reached us; never used as proof of order
}

// Runner is a channel that we ask for events, or hold a connection to.
type Runner interface {
	// Run hands every batch to receive and goes on only when it returned nil. It ends with ctx.
	Run(ctx context.Context, receive func(context.Context, Batch) error) error
}

// Batch is what one call, poll or socket read brought.
type Batch struct {
	Events []Event
	// Heard is the time until which the channel has told us everything. Zero: this batch says nothing about that.
	Heard time.Time
	// CaughtUp: the channel had nothing more for us.
	CaughtUp bool
	// Answer is what the caller wants to read, when that is the same for every outcome (a provider's "OK").
	Answer Answer
	// Unread tells what of the call nobody could make anything of, as names of fields without values; for the operator, who may
	// have described a provider wrongly.
	Unread string
	// Word makes the answer of what the core said to an answerable event (Viber's welcome is the response to its call). It gives
	// the same bytes for the same message. Nil, or nothing said: Answer.
	Word func(said *Message) (Answer, error)
}

// Answer is a webhook's answer. The zero value is an empty 200.
type Answer struct {
	Status int
	Type   string
	Body   []byte
}

// Registrar is a webhook that has to be told where we are. Some call back at once: the listener must be up.
type Registrar interface {
	// Register makes url the place that the channel calls.
	Register(ctx context.Context, url Secret) error
}

// ErrForged is a call whose signature, secret or shape is not the channel's: answered 4xx, nothing changed.
var ErrForged = errors.New("the call is not from the channel")

// ErrMalformed is a call from the right place that cannot be read: answered 4xx, nothing changed.
var ErrMalformed = errors.New("the call cannot be read")
