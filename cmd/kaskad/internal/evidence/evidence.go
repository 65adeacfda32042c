// Package evidence answers one question in one document: why did this person get these messages?
//
// It is made of records as they were written at the time: a line for each change of a consent, with when, where, by whom and in which
// words; each message with the consent that its attempt was claimed under; what a no ended or kept from going. Build is pure; Text, HTML
// and JSON show the same.
//
// It keeps nothing, decides nothing, and adds nothing that was not written down then: what was sent before consents were kept with the
// messages says so. Addresses are shown only as far as the person would know them again.
package evidence

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Facts are what a document is made of.
type Facts struct {
	Contact    *bots.Contact
	Statements []bots.Statement
	Others     []Theirs             // what was said of other contacts that are the same person: absorbed ones and formers
	Sent       []Sent               // oldest first
	Deliveries []*fallback.Delivery // of the person, newest first
	Cut        bool                 // there is more than was read
	Now        time.Time
	Locale     string // of the document; empty: English
	Zone       string // of the clock that people read it by; empty: UTC
	Money      func(bots.Money) string
}

// Theirs are the lines of one of them; their numbers are its own.
type Theirs struct {
	Contact    bots.ID
	Statements []bots.Statement
}

// Sent is a message of ours with what became of it; Delivery is nil for what was said in the response to a call, or on the phone itself,
// and where the delivery is no longer kept.
type Sent struct {
	Message  *bots.Message
	State    bots.MessageState
	Delivery *fallback.Delivery
}

// Document is the answer.
type Document struct {
	MadeAt   time.Time     `json:"made_at"`
	Locale   string        `json:"locale" enum:"en,uk,ru" doc:"The language of its sentences; codes are the same in all"`
	Timezone string        `json:"timezone" doc:"The zone of the times in its sentences, and on the page: the company's. Times of their own are UTC"`
	Contact  Who           `json:"contact"`
	Consents []Standing    `json:"consents" nullable:"false" doc:"What stands now, with the line that says how it came about"`
	Lines    []Line        `json:"lines" nullable:"false" doc:"Everything that was said about consent, oldest first"`
	Messages []SentMessage `json:"messages" nullable:"false" doc:"Everything that was sent to the person and is still kept, oldest first"`
	Stopped  []Stopped     `json:"stopped" nullable:"false" doc:"What a no ended, or kept from going, newest first"`
	Cut      bool          `json:"cut,omitempty" doc:"true: there is more than the document shows"`
}

// Who is whom the document is about.
type Who struct {
	ID         string  `json:"id"`
	ExternalID string  `json:"external_id"`
	Name       string  `json:"name"`
	Phone      string  `json:"phone" doc:"Only its ends"`
	Since      string  `json:"since" doc:"When the person was first known"`
	Addresses  []Place `json:"addresses" nullable:"false"`
}

// Place is where the person can be written to.
type Place struct {
	Channel string `json:"channel"`
	ID      string `json:"id" doc:"Only its ends"`
	State   string `json:"state"`
}

// Standing is a consent as it stands.
type Standing struct {
	About  string    `json:"about" doc:"marketing, marketing:viber, all"`
	State  string    `json:"state" enum:"unknown,given,denied"`
	At     time.Time `json:"at,omitzero"`
	Source string    `json:"source,omitempty"`
	By     string    `json:"by,omitempty"`
	Line   int       `json:"line,omitempty" doc:"0: it is from before lines were written"`
}

// Line is one thing that was said, or done, about consent.
type Line struct {
	Number   int       `json:"number"`
	Contact  string    `json:"contact,omitempty" doc:"Another contact that is the same person, and whose line it is: one that was absorbed, or a former; absent: its own"`
	With     string    `json:"with,omitempty" doc:"The other contact of a merge; of what was told: the absorbed contact that it was told of"`
	At       time.Time `json:"at,omitzero" doc:"When it was said, as far as it is known"`
	Kept     time.Time `json:"kept" doc:"When it was written down here"`
	About    string    `json:"about"`
	State    string    `json:"state"`
	Was      string    `json:"was" doc:"What stood before"`
	Source   string    `json:"source,omitempty"`
	By       string    `json:"by" doc:"person, or who told it: key:crm; key:local is a command on the machine itself"`
	List     string    `json:"list,omitempty" doc:"The list that it was imported with"`
	Row      int       `json:"row,omitempty" doc:"Where in the list"`
	Words    string    `json:"words,omitempty" doc:"What the person wrote, or what the form said"`
	Version  string    `json:"version,omitempty" doc:"Which version of those words"`
	Channel  string    `json:"channel,omitempty" doc:"Where it was said"`
	Chat     string    `json:"chat,omitempty" doc:"Only its ends"`
	Message  string    `json:"message,omitempty" doc:"The person's message"`
	Delivery string    `json:"delivery,omitempty" doc:"Whose link was opened"`
	Via      string    `json:"via,omitempty" doc:"shared: another person said it at a number or link they have in common; merged: it was said of another contact of the same person; moved: it came with an address; kept: it was known before lines were written; not_me: whoever said the yes before turned out to be somebody else, and what was known before that holds"`
	Event    string    `json:"event,omitempty"`
	Times    int       `json:"times,omitempty" doc:"So often the same was said"`
	Last     time.Time `json:"last,omitzero"`
	Ended    []string  `json:"ended,omitempty" doc:"Deliveries that it ended"`
	More     int       `json:"more,omitempty"`
	Folded   int       `json:"folded,omitempty" doc:"Lines before this one that made room for later ones"`
}

// SentMessage is one message that went out, and why it could.
type SentMessage struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at" doc:"When its last attempt was claimed"`
	Channel  string    `json:"channel"`
	To       string    `json:"to" doc:"Only its ends"`
	Status   string    `json:"status"`
	Purpose  string    `json:"purpose"`
	Why      Why       `json:"why"`
	Delivery string    `json:"delivery,omitempty"`
	Template string    `json:"template,omitempty"`
	Cascade  string    `json:"cascade,omitempty"`
	Step     int       `json:"step,omitempty" doc:"From 1"`
	Sender   string    `json:"sender,omitempty"`
	Author   string    `json:"author,omitempty" doc:"Who of the staff wrote it"`
	Cost     string    `json:"cost,omitempty"`
	Proof    string    `json:"proof,omitempty" doc:"What proved it, if its step ended the delivery"`
	ReadAt   time.Time `json:"read_at,omitzero"`
	Text     string    `json:"text" doc:"Its beginning"`
}

// Why is the rule that let a message go, as it was when it was claimed.
type Why struct {
	Rule    string `json:"rule" enum:"not_needed,given,opt_out,unknown"`
	Line    int    `json:"line,omitempty" doc:"given: the line of the consent"`
	Contact string `json:"contact,omitempty" doc:"given: another contact, whose line it is: one that is the same person, or that this one had been part of"`
	Says    string `json:"says" doc:"The same in words"`
}

// Stopped is a delivery that a no ended, or kept from going.
type Stopped struct {
	Delivery string    `json:"delivery"`
	Template string    `json:"template,omitempty"`
	Purpose  string    `json:"purpose"`
	At       time.Time `json:"at" doc:"When it was asked for"`
	State    string    `json:"state"`
	Reason   string    `json:"reason"`
	Line     int       `json:"line,omitempty" doc:"The no"`
	Contact  string    `json:"contact,omitempty" doc:"Another contact that is the same person, and whose line it is"`
}
