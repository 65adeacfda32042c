package bots

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is what happened in an event.
type Kind string

// The kinds of event.
const (
	Wrote     Kind = "wrote"     // a message of any type
	Pressed   Kind = "pressed"   // a button under a message of ours
	Reacted   Kind = "reacted"   // an emoji on a message of ours
	Reported  Kind = "reported"  // a receipt of the channel: Event.Receipt
	Blocked   Kind = "blocked"   // the person shut us out
	Unblocked Kind = "unblocked" // the person let us in again
	Started   Kind = "started"   // the person opened the bot; Payload is what our link carried
	Opened    Kind = "opened"    // the person looked in, and cannot be written to yet; Payload as in Started
	Shared    Kind = "shared"    // the person shared a phone of their own
	Edited    Kind = "edited"    // the person changed a message
	Clicked   Kind = "clicked"   // a tracked link: Event.Delivery
	WayOut    Kind = "way_out"   // the person pressed stop on our page: Event.Contact
	Allowed   Kind = "allowed"   // the person allowed marketing again on our page: Event.Contact
	Silenced  Kind = "silenced"  // the person said no to everything on our page: Event.Contact
	Unsilent  Kind = "unsilent"  // the person took that back on our page, and the no to marketing stays: Event.Contact
	Wished    Kind = "wished"    // the person said on our page where and when to be written to: Event.Contact, Event.Wish
	Moved     Kind = "moved"     // the group, or the person, of Chat has another id now: Data
	NoAds     Kind = "no_ads"    // the person stopped marketing at the messenger itself: Event.Contact; the address stays as it is
	Deleted   Kind = "deleted"   // the person took a message back: MessageID
	ByOwner   Kind = "by_owner"  // one of us wrote to the person from the phone itself, past the program: Text, Media, MessageID
)

// The kinds of what happens in a group of staff, besides what its people write, change, press and react with.
const (
	TopicMade     Kind = "topic_made"     // a topic: Thread, Text is its name; ByUs: we made it
	TopicNamed    Kind = "topic_named"    // Thread, Text is its new name
	TopicClosed   Kind = "topic_closed"   // Thread; empty: the group itself, beside its topics
	TopicReopened Kind = "topic_reopened" // the same
	CameIn        Kind = "came_in"        // By, Name: somebody is in the group from now on; Data: who brought them, empty: themselves
	WentOut       Kind = "went_out"       // By, Name: somebody is not in it any more
	Offered       Kind = "offered"        // By chose a group, in the chat with the bot, to be the staff's: Data is its id
)

// Event is something a person or their messenger did, as an adapter understood it.
type Event struct {
	ID string // unique over all channels and for ever ("telegram:123:7"): the key of de-duplication
	// AlsoIDs are the other ids under which the same may be told: what came under any of them came before.
	AlsoIDs []string
	Channel string
	Sender  string // "telegram", "sms/main": whose provider ids the event speaks of
	Kind    Kind
	Chat    Address // who
	// Also is another address of the same person on the same channel, when the channel itself says so (a LID beside a phone).
	Also Address
	At   time.Time
	// Timeless: the messenger tells no time of what was done, and At is when we were told. It says nothing of what was done before or after.
	Timeless bool
	// Ahead is how far the channel's clock was seen to run ahead of ours; what is ordered by At must allow for it.
	Ahead time.Duration
	// Answerable: the response to the call can carry one message, and the person may not be reached in another way yet.
	Answerable bool
	// ArrivedAt is ours, a moment later for each event of a call. It proves nothing, and orders only what people read, where At tells no
	// difference.
	ArrivedAt time.Time

	Name      string    // of the person, as the messenger shows it
	Locale    string    // of the person's messenger
	MessageID string    // provider id of the person's own message
	On        string    // provider id of our message that is answered, pressed or reacted to
	OnSentAt  time.Time // when the channel took that message, if it says so
	Step      ID        // our id of that message as it came back from the client: checked against the chat
	Text      string
	// Words are what the form said by which the person spoke, or the text that a yes agrees to, and Version which version of them that
	// was. Empty: the person's own text is the words.
	Words    string
	Version  string
	Data     string // Pressed: the button's answer; Reacted: the emoji, empty when taken back
	Media    []Media
	Payload  string // Started: what our link carried
	Phone    string // E.164: Shared, or of the person as a messenger proves it with every event (WhatsApp)
	Coded    bool   // Shared: a one-time code proves the phone
	Receipt  *Receipt
	Delivery ID    // Clicked, and what is said on our page: whose link it was
	Contact  ID    // of what is said on our page: known without an address
	Wish     *Wish // Wished
	// Shown is when the word was said that our page showed when this was said there: a later one stands. Nil: whatever stands.
	Shown *time.Time
	// Of a group of staff.
	By       string // account of whoever did it, as the channel names people; empty: nobody can tell
	Username string // of that account, without its @
	Admin    bool   // an administrator did it in the group's own name: By is empty
	Thread   string // the topic it happened in; empty: the group itself
	Forum    bool   // the group has topics
	// Aside: it is among colleagues: it answers or mentions one of them, or begins with //.
	Aside bool
	Query string // Pressed: by which the press can be answered, for a short time
	Album string // several messages with one of these are one album
	// ByUs: the bot itself did it, as when a topic that it made is told of.
	ByUs bool

	Raw []byte // as it came, for quarantine; never logged
}

// Media is a file in a message, still where the channel keeps it.
type Media struct {
	Type string // photo, document, voice, video, sticker, location, contact
	ID   string // the channel's reference; of a picture that we sent, its address
	Name string
	Size int64
	Text string // "50.45,30.52" for a location; the number for a contact card
	From string // of a file that we hand on: the channel whose reference ID is; empty: it is that of its message
}

// maxNameBytes is what the API takes of a name, too.
const maxNameBytes = 200

// callsItself is the name that the person's account has, as far as it is one: who makes an account writes into it what they like, and
// staff, terminals and pages show it.
func (e *Event) callsItself() string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(e.Name, ""))
	name = strings.Join(strings.Fields(name), " ")
	for len(name) > maxNameBytes {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}
