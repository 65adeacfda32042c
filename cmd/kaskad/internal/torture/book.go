package torture

import (
	"fmt"
	"time"
)

// Channels, as the API calls them.
const (
	telegramChannel = "telegram"
	viberChannel    = "viber"
	cloudChannel    = "whatsapp_cloud" // the Business Platform
	smsChannel      = "sms"
)

// Channels are all of them, in the order of Tally.By.
func Channels() []string { return []string{telegramChannel, viberChannel, cloudChannel, smsChannel} }

// Book is what both sides say. All times are of one clock.
type Book struct {
	// What the outside saw.
	Asks  []Ask
	Calls []Call
	Signs []Sign
	Told  []Telling // in the order in which the program answered them
	Later []Sign    // Signs once more, after the gateway was asked: what it says may have come of them

	// What the gateway says when it is asked.
	Deliveries []Delivery
	Said       []Said // conversations, each in its order
	States     []AddressState
	Changes    []Change // all of them, in their order
	Before     []Change // all that was read from an earlier life of the gateway

	// Over says that nothing is under way any more: everything must have come to its end.
	Over bool
}

// Ask is a delivery that was asked for.
type Ask struct {
	Number    int // stands in the text
	Person    string
	Channels  []string // of its steps, in order
	Marketing bool
	Talk      bool            // an answer of staff: no step follows it, and one of unknown outcome is waited for long
	IDs       map[string]bool // that the answers named; empty: none came
	Cancelled time.Time       // when it was acknowledged that it was cancelled
}

// Call is an attempt that reached a channel.
type Call struct {
	Channel, Person string
	Number          int
	At              time.Time
	Carried         bool   // the person got it, or will
	Refused         bool   // the answer said that nothing was done: the attempt may be made again
	Answer          string // what was answered, and the fault that was played, for those who look why
}

// Kind is what a person, or a provider, did.
type Kind string

// What they do.
const (
	Wrote      Kind = "wrote"
	Replied    Kind = "replied"
	Pressed    Kind = "pressed"
	Reacted    Kind = "reacted"
	Saw        Kind = "saw"
	Got        Kind = "got"     // the phone says that it is there
	Arrived    Kind = "arrived" // the SMS provider says so
	NotArrived Kind = "undeliv" // the SMS provider, or Meta, says that it did not
	SaidStop   Kind = "stop"    // wrote the keyword
	Blocked    Kind = "blocked" // the bot
)

// Sign is something that somebody did, and which the gateway was told.
type Sign struct {
	Channel, Person string
	Kind            Kind
	Number          int       // of the message that it is about; 0: none
	ProviderID      string    // of that message
	Text            string    // of what was written
	Begun           time.Time // when the gateway was told for the first time
	Acked           time.Time // when it acknowledged; zero: not yet
	Name            string    // names the sign in what is reported
}

func (s *Sign) String() string {
	return fmt.Sprintf("%s of %s on %s (%s), acknowledged %s", s.Kind, s.Person, s.Channel, s.Name, clock(s.Acked))
}

// Delivery is what the gateway says of one.
type Delivery struct {
	ID, State, Reason, Person string
	Number                    int // as its messages say; 0: none went out
	Steps                     []Step
}

// Step is what the gateway says of one.
type Step struct {
	Channel, State, Reason, Message, ProviderID string

	Next time.Time // when something happens to it if nothing is heard before
}

// Said is a message of a conversation.
type Said struct {
	Person, ID, Direction, Kind, Channel, Text, Status string
	Number                                             int // of a message of ours
	At                                                 time.Time
	Delivery                                           string
}

// AddressState is how a person may be reached.
type AddressState struct {
	Person, Channel, State string
	Marketing              string // consent: given, denied, unknown
}

// Change is a line of /v1/changes. Line is all of it, as it came.
type Change struct {
	ID                               uint64
	Type, Contact, Delivery, Message string
	Line                             string
}

// Telling is a change that the program was told, and took.
type Telling struct {
	Change                 uint64
	ID, Type, Contact, Sum string
	Genuine                bool // the signature fits
}

// Fault is a broken rule.
type Fault struct{ Rule, What string }

func (f Fault) String() string { return f.Rule + ": " + f.What }

// Rules, by what they are called in reports and in the list of mutations.
const (
	RuleKept     = "kept"      // what was acknowledged is there
	RuleOnce     = "once"      // one key, one delivery; never twice on one channel
	RuleTrue     = "true"      // what is called sent went out
	RuleNoRepeat = "no-repeat" // an attempt of unknown outcome is not made again
	RuleProof    = "proof"     // no attempt is claimed after an acknowledged proof
	RuleNo       = "no"        // no marketing is claimed after an acknowledged no; nothing after a cancel
	RuleEvents   = "events"    // no acknowledged event is missing
	RuleOrder    = "order"     // of a conversation
	RuleEnd      = "end"       // everything that was accepted is final, or will be
	RuleChanges  = "changes"   // each once, never another one under the same id
	RuleTold     = "told"      // programs are told each, in order
	RuleStore    = "store"     // records and indexes agree
	RuleSealed   = "sealed"    // nothing of what was said stands in the clear in a sealed store
)

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("15:04:05.000")
}
