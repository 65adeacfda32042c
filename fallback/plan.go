package fallback

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
)

// Purpose is why a message is sent; it decides consent, quiet hours and priority.
type Purpose uint8

// The purposes.
const (
	Service Purpose = iota
	Marketing
	Urgent       // ignores quiet hours
	Conversation // answers a person's own message; only the core sets it
)

var purposes = [...]string{"service", "marketing", "urgent", "conversation"}

func (p Purpose) String() string { return purposes[p] }

// ParsePurpose reads a purpose that a caller may set.
func ParsePurpose(s string) (Purpose, error) {
	for i, name := range purposes[:Conversation] {
		if s == name {
			return Purpose(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no purpose; write service, marketing or urgent", s)
}

// Priority orders the lanes of one channel: a broadcast never stands before a reply.
type Priority uint8

// The priorities, first served first.
const (
	First Priority = iota // conversation and urgent
	Second
	Third // marketing
)

// Priorities lists them in the order in which a channel serves them.
func Priorities() []Priority { return []Priority{First, Second, Third} }

// Priority of a purpose.
func (p Purpose) Priority() Priority {
	switch p {
	case Marketing:
		return Third
	case Service:
		return Second
	}
	return First
}

// Quiet reports whether quiet hours hold messages of this purpose.
func (p Purpose) Quiet() bool { return p == Service || p == Marketing }

// Heeds reports whether messages of this purpose keep away from channels that the person does not want: all but urgent ones and
// answers to the person's own.
func (p Purpose) Heeds() bool { return p == Service || p == Marketing }

// Until is the proof a step needs: a level, or an exact act that only engagement can give.
type Until struct {
	Level bots.Level
	Exact string // "clicked", "replied", "event:NAME"; empty: Level or anything above it
}

func (u Until) String() string {
	if u.Exact != "" {
		return u.Exact
	}
	return u.Level.String()
}

// ParseUntil reads a proof as cascades write it.
func ParseUntil(s string) (Until, error) {
	switch s {
	case "accepted":
		return Until{Level: bots.Accepted}, nil
	case "delivered":
		return Until{Level: bots.Delivered}, nil
	case "read":
		return Until{Level: bots.Read}, nil
	case "engaged":
		return Until{Level: bots.Engaged}, nil
	case "clicked", "replied":
		return Until{Level: bots.Engaged, Exact: s}, nil
	}
	if name, ok := strings.CutPrefix(s, "event:"); ok && name != "" {
		return Until{Level: bots.Engaged, Exact: s}, nil
	}
	return Until{}, fmt.Errorf("%q is no proof%s; write accepted, delivered, read, engaged, clicked, replied or event:NAME", s,
		orDidYou(s, []string{"accepted", "delivered", "read", "engaged", "clicked", "replied"}))
}

// met reports whether a proof of this kind and level is enough.
func (u Until) met(level bots.Level, kind, data string) bool {
	switch u.Exact {
	case "":
		return level >= u.Level
	case TaskProof:
		return kind == TaskProof
	case "clicked":
		return kind == "click"
	case "replied":
		return kind == "reply" || kind == "message"
	}
	return kind == "event" && u.Exact == "event:"+data
}

// Messengers is the channel word that means the best messenger of the person's own.
const Messengers = "messenger"

// Step is one place of a cascade.
type Step struct {
	Channel string
	Wait    time.Duration // 0: the last step, which waits for the channel's report until the deadline
	Until   Until
	Task    string // what a colleague is asked to do, on the staff's channel; empty: a message goes out
}

// Cascade is a named plan. A delivery keeps a copy: what was promised does not change with the configuration.
type Cascade struct {
	Name      string
	Steps     []Step
	Order     string // "listed", "preferred", "cheapest"
	Deadline  time.Duration
	PaidSteps int // at most this many steps that cost money; 0: no limit
	Quiet     Quiet
	Days      *Days // nil: all days are alike
}

// Plan is what was accepted. It never changes.
type Plan struct {
	ID       bots.ID
	Contact  bots.ID
	To       string // the REF as it was given
	Purpose  Purpose
	Template string
	Text     string // instead of a template
	Data     json.RawMessage
	Cascade  Cascade
	Zone     string // or several: see Whereabouts
	SendAt   time.Time
	Created  time.Time
	Metadata map[string]string
	Same     uint64 // equal for the same template and data
	Author   string // staff; empty: the program or a caller
	By       string // who asked for it over the API: key:NAME, account:NAME; empty: nobody did
	ReplyTo  bots.ID
	// Image and File go with the text: addresses (https).
	Image string
	File  *bots.File
	// Act is what is done to the message ReplyTo, which stands in Chat, instead of writing a new one; Text is what it takes.
	Act bots.Act
	// Chat is where that one stands; of an answer, where it was asked for: it goes there while that is the person's and can be written to.
	Chat bots.Address
	// Exact: the message goes to Chat, on its channel, also where that is not the person's: the one-time code of a phone.
	Exact bool
	// Post: it is a post for staff, wherever it goes: no business of those who call the API. See Plan.ForStaff.
	Post bool
	// Sealed is a one-time code that stands in Data as a mask; nobody but its wire reads it. See CodeRules.
	Sealed []byte
	// Copy is a message of somebody else's that is handed on, with Text as the words under it: within its channel as it is (Act is
	// bots.CopyAct), to another one by the bytes of its file (Act is empty; Media is that one). Nil: none.
	Copy *Copy
	// AskContact: offer to share the phone with one tap.
	AskContact bool
	// Choices are answers offered under the text, besides the template's own: buttons, or numbers where the channel has none.
	Choices []bots.Button
	// First is the state the accept answered, for the same answer to a repeat.
	First       State
	FirstReason string
	// AsText is what it would cost as a text, of a person who came by a link in one; zero: of anybody else.
	AsText bots.Money
	// Under is the absorbed contact under whose id the delivery stands; 0: Contact's own. See bots.Merge.
	Under bots.ID
}

// Copy is a message that is handed on.
type Copy struct {
	From  bots.Address // the chat where it stands
	On    string       // the channel's id of it there; of an album all, apart by commas
	Media []bots.Media
}

// alters reports whether the plan is about a message of ours that stands, and makes no new one.
func (p *Plan) alters() bool { return p.Act != "" && p.Act != bots.CopyAct }

// Outcome is what became of one leg.
type Outcome uint8

// The outcomes.
const (
	Untried   Outcome = iota
	InFlight          // an attempt was claimed and has not settled
	Taken             // the channel accepted it
	Doubtful          // it may have arrived
	Fell              // the channel did not take it, or reported later that it will not arrive
	PassedBy          // not tried: no address, or not paid for
	Withdrawn         // proof, stop, cancel or the deadline came first
)

var outcomes = [...]string{"pending", "sending", "accepted", "uncertain", "failed", "skipped", "withdrawn"}

func (o Outcome) String() string { return outcomes[o] }

// Leg is one step of the route that was settled when the delivery started, and what became of it.
type Leg struct {
	Step     int // in Plan.Cascade.Steps
	Channel  string
	Again    bool // another messenger of the same "messenger" step: only when the one before was unreachable, or takes nothing
	Needs    Until
	Outcome  Outcome
	Fault    bots.Fault // Fell: why
	Reason   string
	Level    bots.Level
	Message  bots.ID
	Sender   string // "sms/main"
	Attempts int
	QueuedAt time.Time
	TriedAt  time.Time // first attempt
	SentAt   time.Time // settled
	Late     bool      // proof came when a later step had gone out
	Cost     bots.Money
	Free     bool   // the channel said that it bills nothing
	By       string // of a task: who said what came of it, which is the reason
}

// spent reports whether the leg may have cost money: accepted, in flight or uncertain.
func (l *Leg) out() bool { return l.Outcome == Taken || l.Outcome == Doubtful || l.Outcome == InFlight }

// State of a delivery.
type State uint8

// The states; those from Done on are final.
const (
	Scheduled State = iota
	Held
	Queued
	Sending
	Waiting
	Done
	Unconfirmed
	Failed
	RefusedState
	Expired
	Skipped
	Cancelled
)

var states = [...]string{"scheduled", "held", "queued", "sending", "waiting", "done", "unconfirmed", "failed", "refused", "expired", "skipped", "cancelled"}

func (s State) String() string { return states[s] }

// Final reports whether nothing more will be sent.
func (s State) Final() bool { return s >= Done }

// ParseState reads a state's name.
func ParseState(s string) (State, bool) {
	for i, name := range states {
		if s == name {
			return State(i), true
		}
	}
	return 0, false
}

// Reasons of deliveries and steps. Those of attempts are the names of faults, with the channel's own code behind a colon.
// docs/api.md tells what each means.
const (
	ReasonQuiet    = "quiet_hours"
	ReasonPause    = "pause"
	ReasonGap      = "gap"
	ReasonHold     = "hold"         // of the person's region
	ReasonTalk     = "conversation" // the person has answered marketing, and is talked with first
	ReasonCatchUp  = "catching_up"  // the channel behind a colon still owes proof of an earlier step, and is not heard now
	ReasonSpend    = "spend"
	ReasonNoPlace  = "no_address"
	ReasonNoRoom   = "no_room"         // of a task: there is no group of staff
	ReasonUnwanted = "unwanted"        // the person asked not to be written to there
	ReasonCold     = "cold"            // the person was never heard there, and only who was may be written to
	ReasonWindow   = "window_closed"   // the person wrote there too long ago for free text, and there is no approved template
	ReasonDaily    = "daily_cap"       // the channel has sent as many messages today as it may that answer nobody
	ReasonShut     = "channel_shut"    // its session stands so that nothing can be sent
	ReasonLimited  = "channel_limited" // its session stands so that only answers can be sent
	ReasonPaid     = "paid_steps"
	ReasonConsent  = "no_consent"
	ReasonOptOut   = "opted_out"
	ReasonSilent   = "stopped_all" // the person said no to everything but what is urgent, and answers
	ReasonOften    = "frequency"
	ReasonSame     = "same_message"
	ReasonExpect   = "expectation"
	ReasonDeadline = "deadline"
	ReasonLane     = "lane_held"
	ReasonRestored = "restored" // the store was put back from a copy, and nobody knows what became of it since
	ReasonOff      = "channel_off"
	ReasonOther    = "other_messenger"
	ReasonTried    = "already_tried"
	ReasonUnfit    = "unwritable"
	ReasonAgain    = "sent_again"   // of a message whose place another one took
	ReasonBack     = "taken_back"   // of what was to be done to a message that was taken back meanwhile
	ReasonGone     = "message_gone" // of what was to be done to a message that is not kept any more
	ReasonOvertook = "overtaken"    // of an edit when a newer one was first
	ReasonBare     = "no_picture"   // of what went out without its picture, or its file
	ReasonNoFile   = "no_file"      // of what had no words beside a file that could not be had
	ReasonErased   = "erased"       // the person was, while it was under way
	ReasonNotMe    = "not_me"       // its chat is somebody else's, as that one says: bots.ReasonNotMe
)
