package bots

import "time"

// Owner is a contact with the head of its conversation; zero id: nobody.
type Owner struct {
	Contact      Contact
	Conversation Conversation
}

// Turn is all that one event may change, as one plain record. The store fills Event, Contact, Twin, Proven, Claimed and
// Conversation, Core.Apply decides the rest, and the store writes what was decided in the same transaction.
type Turn struct {
	Event        Event
	Contact      Contact   // who the address belongs to; zero id: nobody yet
	Claimed      Contact   // who the link or the shared phone belongs to; zero id: nobody
	Twin         Owner     // who Event.Twin, or Event.Next, belongs to
	Proven       Owner     // who has the phone that Event.Proves
	Lost         []Contact // who loses an address by this event
	Conversation Conversation
	// ClaimedTalk is the conversation of Claimed; it becomes Conversation when the address moves there.
	ClaimedTalk Conversation
	// Way is the way in that the event's link was; the store fills it.
	Way Way
	// Offered: what the bot offered under numbers stands in the event's chat, and nothing else came after it; the store fills it.
	Offered bool
	Message *Message // to append; its ID is given by the store
	Ours    *Message // what one of us wrote from the phone itself; to append as a message of ours
	// Said is what the core says in the response to the call; it is appended as a message of ours. On a repeat of the event it is
	// what was said then.
	Said *Message
	// Repeated: the event came before, and nothing is changed.
	Repeated bool
	Proofs   []Proof
	// Stopped: the person said no. The store ends the contact's open marketing deliveries, then looks at Proofs.
	Stopped bool
	// LinkUsed: the one-time link of the event is spent.
	LinkUsed bool
	// Recruited: the person came by a link in a text, for the first time.
	Recruited bool
	// Strangers came by a source, and turned out to be the contact: how far they came is how far the person did.
	Strangers []Contact
	// Left are addresses whose number somebody else has now than who left it.
	Left []Left
	// Formers had an address of the event until it turned out to be the contact's.
	Formers []ID
	// Moved: a delivery has something new to do or to wait for; whoever reads the lanes has to look.
	Moved   bool
	Changes []Change
	// NewContact: Contact has to be made; the store gives the id.
	NewContact bool
	// Intent is what the bot answers the message with by itself; empty: the message is for people. LeftToStaff: the bot would have
	// answered, if staff were not talking there.
	Intent      Intent
	LeftToStaff bool
	keyword     bool // its words are those of a stop or a yes: nobody has to answer them
	// Asks is what the event asks of the bot besides its words: the store knows of a phone that is claimed. Empty: the words say.
	Asks Intent
	// NoCode is which bound a code that was asked for has met; empty: none.
	NoCode string
}

// Proof is what an event says about messages of ours.
type Proof struct {
	Kind   string // receipt, reply, button, reaction, message, click
	Level  Level
	Failed bool
	Fault  Fault
	// AdsOnly and Free are those of the receipt.
	AdsOnly bool
	Free    bool
	Reason  string
	At      time.Time

	// Which message: by our own id, by the channel's, by the one uncertain attempt that fits SentAt, or (no name at all, or one that
	// nobody knows) by Below or Before.
	Chat       Address
	Also       Address // another address of that chat
	To         Address // receipt: who it is about, where Chat is not told; compared, and never used to find a message
	Sender     string
	Step       ID
	Delivery   ID // click: whose tracked link it was
	ProviderID string
	SentAt     time.Time
	Below      string    // every message of ours in the chat with a lower provider id (a number)
	Before     time.Time // every message of ours in the chat that settled before this
	// Watermark: everything of ours before the named message in that chat is read.
	Watermark bool
	Data      string // button: the answer
}

// Change is a line of the outbox: what happened, for everyone who follows. Records are named, not copied.
type Change struct {
	ID       uint64 // its place in the order; given by the store
	Type     string
	At       time.Time
	Contact  ID
	Delivery ID
	Message  ID
	Channel  string
	State    string // the new state or status
	Reason   string
	Leg      int
	Audit    ID // what somebody of the team did: the line of the audit
}

// Note appends a change about the turn's contact.
func (t *Turn) Note(c Change) { t.Changes = append(t.Changes, c) }
