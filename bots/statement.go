package bots

import "time"

// What a statement is about.
const (
	AboutMarketing = "marketing" // on all channels; behind a colon: on one of them
	AboutAll       = "all"       // everything
	AboutAddress   = "address"   // a door that was shut or opened
	AboutWishes    = "wishes"    // the person's channel and hours, and where they want nothing
	AboutMerge     = "merge"     // two contacts became one, or two again
)

// Statement is one line of the evidence behind a contact's consents. Lines are written in the transaction that changes the consent,
// never changed but for what is counted, and kept for as long as the contact.
type Statement struct {
	Number  int       // by contact, from 1
	Kept    time.Time // when it was written down
	About   string
	Consent // as it is from then on
	Was     ConsentState
	WasLine int // the line of what was before; 0: none
	Scene
	// Times: so often the same was said; 0: once. Last: the last time.
	Times int
	Last  time.Time
	// Ended are the deliveries that it ended, the first MaxEnded of them; More: how many there were besides.
	Ended []ID
	More  int
	// Folded are the lines before this one that made room for later ones: never the first, never a no that stands alone.
	Folded int
}

// Scene is where and how something was said.
type Scene struct {
	Channel  string
	Chat     Address // zero: not in a chat
	Message  ID      // the person's message; 0: none
	Delivery ID      // whose link was opened, or which send was refused
	// Via is how a word came to a contact that was not said by its person: "shared" through a number or a link, "moved" with an
	// address; "merged" with a contact that is the same person, With; "kept" of what was known before there were statements; "not_me": a yes
	// that somebody else may have said is taken back, and what was known before holds. Empty: it was said by or of this person.
	Via   string
	Event string // what happened at an address: "unblocked"; to the contact: "merged", "unmerged"
	// List is the name of the list that an import took the word from, without its folder, and Row the row in it; empty: none.
	List string
	Row  int
	With ID // ViaMerged, AboutMerge: the other contact; of what was told: the absorbed one that it was told of
}

// How a word came to a contact.
const (
	ViaShared = "shared"
	ViaMoved  = "moved"
	ViaKept   = "kept"
	ViaMerged = "merged"
	ViaNotMe  = "not_me"
)

// MaxEnded is how many deliveries a statement names.
const MaxEnded = 50

// Basis is why a message could go out, as it was when its attempt was claimed.
type Basis uint8

// The bases. They are on disk: the list only grows.
const (
	BasisUnknown Basis = iota // sent before this was kept
	BasisNone                 // needs no consent: service, urgent, an answer
	BasisOptOut               // marketing: nothing was known, and the operator wrote opt-out
	BasisGiven                // marketing: a consent; Line says which
)

var bases = [...]string{"unknown", "not_needed", "opt_out", "given"}

func (b Basis) String() string { return bases[b] }
