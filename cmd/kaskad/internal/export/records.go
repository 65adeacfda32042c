package export

import (
	"encoding/json"
	"time"
)

// Person is the contact, as far as it is one record.
type Person struct {
	MadeAt       time.Time       `json:"made_at,omitzero"` // of the document; not of a record in it
	ID           string          `json:"id"`
	ExternalID   string          `json:"external_id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Phone        string          `json:"phone,omitempty"`
	PhoneClaimed bool            `json:"phone_claimed,omitempty"`
	PhoneHeard   bool            `json:"phone_heard,omitempty"`
	Email        string          `json:"email,omitempty"`
	Locale       string          `json:"locale,omitempty"`
	Zone         string          `json:"timezone,omitempty"`
	Preferred    string          `json:"preferred,omitempty"`
	NotOn        []string        `json:"not_on,omitempty"`
	Hours        []string        `json:"hours,omitempty"`
	Wished       time.Time       `json:"wished_at,omitzero"`
	Attributes   json.RawMessage `json:"attributes,omitempty"`
	Addresses    []Address       `json:"addresses"`
	Consents     []Consent       `json:"consents"`
	CameFirst    *Came           `json:"came_first,omitempty"`
	CameLast     *Came           `json:"came_last,omitempty"`
	Recruited    time.Time       `json:"recruited_at,omitzero"`
	Created      time.Time       `json:"created_at"`
	Updated      time.Time       `json:"updated_at"`
	Conversation *Talk           `json:"conversation,omitempty"`
	Sources      []Came          `json:"sources,omitzero"`
	Names        []Name          `json:"further_names,omitempty"`
	Absorbed     []Absorbed      `json:"absorbed,omitempty"`
	Formers      []*Person       `json:"formers,omitempty"` // strangers that it was, before its chat was known to be its
	Words        []Word          `json:"said_through_numbers,omitempty"`
}

// Word is the last yes or no that was said through a number: it counts for everybody who has that.
type Word struct {
	Number string `json:"number"`
	Consent
}

// Name is one that the person has besides, from a contact that was merged into this one.
type Name struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Absorbed is a contact that was merged into this one, and both as they were before. What has its id in a field of stood under it.
type Absorbed struct {
	At     time.Time `json:"merged_at"`
	By     string    `json:"by,omitempty"`
	Was    *Person   `json:"was"`
	IntoID string    `json:"into"`
	Into   *Person   `json:"into_was"`
}

// Two are both contacts as they were.
func (a Absorbed) Two() []*Person { return []*Person{a.Was, a.Into} }

// Address is a place of the person.
type Address struct {
	Channel string    `json:"channel"`
	ID      string    `json:"id"`
	Also    string    `json:"also,omitempty"`
	State   string    `json:"state"`
	Since   time.Time `json:"since,omitzero"`
	Heard   time.Time `json:"heard_at,omitzero"`
}

// Consent is one as it stands.
type Consent struct {
	About    string    `json:"about"`
	State    string    `json:"state"`
	At       time.Time `json:"at,omitzero"`
	Source   string    `json:"source,omitempty"`
	ByPerson bool      `json:"by_person,omitempty"`
	Words    string    `json:"words,omitempty"`
	Version  string    `json:"version,omitempty"`
	By       string    `json:"by,omitempty"`
}

// Came is how the person came in by a source.
type Came struct {
	Source    string    `json:"source"`
	Channel   string    `json:"channel,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Shared    bool      `json:"phone_shared,omitempty"`
	Consented bool      `json:"consented,omitempty"`
}

// Talk is the head of the conversation.
type Talk struct {
	State        string    `json:"state"`
	Assignee     string    `json:"assignee,omitempty"`
	SnoozedTo    time.Time `json:"snoozed_to,omitzero"`
	LastAt       time.Time `json:"last_at,omitzero"`
	LastIn       time.Time `json:"last_in,omitzero"`
	LastUsed     string    `json:"last_used,omitempty"`
	StaffAt      time.Time `json:"staff_at,omitzero"`
	Unread       uint32    `json:"unread,omitempty"`
	AskedPhone   time.Time `json:"asked_phone_at,omitzero"`
	AskedConsent time.Time `json:"asked_consent_at,omitzero"`
	Wants        time.Time `json:"wants_a_person_since,omitzero"`
	Claims       string    `json:"claims_phone,omitempty"` // a number that the person says is theirs, and that no code has proven yet
	ClaimsAt     time.Time `json:"claims_phone_at,omitzero"`
}

// Statement is a line of the evidence.
type Statement struct {
	Number   int       `json:"number"`
	Kept     time.Time `json:"kept_at"`
	Was      string    `json:"was"`
	Channel  string    `json:"channel,omitempty"`
	Chat     string    `json:"chat,omitempty"`
	Message  string    `json:"message,omitempty"`
	Delivery string    `json:"delivery,omitempty"`
	Via      string    `json:"via,omitempty"`
	Event    string    `json:"event,omitempty"`
	Times    int       `json:"times,omitempty"`
	Last     time.Time `json:"last,omitzero"`
	List     string    `json:"list,omitempty"`
	Row      int       `json:"row,omitempty"`
	With     string    `json:"with,omitempty"`
	Ended    []string  `json:"ended,omitempty"`
	More     int       `json:"ended_more,omitempty"`
	Folded   int       `json:"folded,omitempty"`
	Of       string    `json:"of,omitempty"`
	Consent
}

// Delivery is one with all that was asked, and its attempts.
type Delivery struct {
	ID        string            `json:"id"`
	To        string            `json:"to"`
	Purpose   string            `json:"purpose"`
	Template  string            `json:"template,omitempty"`
	Text      string            `json:"text,omitempty"`
	Data      json.RawMessage   `json:"data,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Image     string            `json:"image,omitempty"`
	File      string            `json:"file,omitempty"`
	Cascade   string            `json:"cascade,omitempty"`
	Author    string            `json:"author,omitempty"`
	Created   time.Time         `json:"created_at"`
	SendAt    time.Time         `json:"send_at,omitzero"`
	State     string            `json:"state"`
	Reason    string            `json:"reason,omitempty"`
	ReachedBy string            `json:"reached_by,omitempty"`
	Proof     string            `json:"proof,omitempty"`
	ProofAt   time.Time         `json:"proof_at,omitzero"`
	Late      string            `json:"late_proof,omitempty"`
	LateAt    time.Time         `json:"late_proof_at,omitzero"`
	Started   time.Time         `json:"started_at,omitzero"`
	Due       time.Time         `json:"due_at,omitzero"`
	Zone      string            `json:"timezone,omitempty"`
	Act       string            `json:"act,omitempty"`
	ReplyTo   string            `json:"reply_to,omitempty"`
	Chat      string            `json:"chat,omitempty"`
	Choices   []string          `json:"choices,omitempty"`
	Cost      string            `json:"cost,omitempty"`
	Of        string            `json:"of,omitempty"`
	Steps     []Step            `json:"steps"`
	Attempts  []Attempt         `json:"attempts"`
}

// Step is one channel of the way of a delivery, and what became of it there.
type Step struct {
	Channel  string    `json:"channel"`
	Task     string    `json:"task,omitempty"` // what a colleague was asked to do
	By       string    `json:"by,omitempty"`   // and who said what came of it
	Outcome  string    `json:"outcome"`
	Reason   string    `json:"reason,omitempty"`
	Level    string    `json:"level,omitempty"`
	QueuedAt time.Time `json:"queued_at,omitzero"`
	TriedAt  time.Time `json:"tried_at,omitzero"`
	SentAt   time.Time `json:"sent_at,omitzero"`
	Cost     string    `json:"cost,omitempty"`
}

// Attempt is one try.
type Attempt struct {
	Message string    `json:"message"`
	Number  int       `json:"number"`
	Sender  string    `json:"sender"`
	Channel string    `json:"channel"`
	To      string    `json:"to,omitempty"`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	ID      string    `json:"provider_id,omitempty"`
	Error   string    `json:"error,omitempty"`
	Parts   int       `json:"parts,omitempty"`
	Cost    string    `json:"cost,omitempty"`
}

// Message is one of the conversation.
type Message struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Direction   string    `json:"direction"`
	Kind        string    `json:"kind"`
	Channel     string    `json:"channel"`
	Chat        string    `json:"chat,omitempty"`
	Text        string    `json:"text,omitempty"`
	Files       []File    `json:"files,omitempty"`
	Buttons     []string  `json:"buttons,omitempty"`
	Links       []string  `json:"links,omitempty"`
	ReplyTo     string    `json:"reply_to,omitempty"`
	Delivery    string    `json:"delivery,omitempty"`
	Author      string    `json:"author,omitempty"`
	Status      string    `json:"status,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Approved    string    `json:"approved_template,omitempty"`
	ProviderID  string    `json:"provider_id,omitempty"`
	SentAt      time.Time `json:"sent_at,omitzero"`
	FailedAt    time.Time `json:"failed_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	ReadAt      time.Time `json:"read_at,omitzero"`
	EngagedAt   time.Time `json:"engaged_at,omitzero"`
	DeletedAt   time.Time `json:"deleted_at,omitzero"`
	Of          string    `json:"of,omitempty"`
}

// File is a file of a message.
type File struct {
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
	Size int64  `json:"size,omitempty"`
	Text string `json:"text,omitempty"` // a place, or the number on a card
	From string `json:"from,omitempty"` // where it can be fetched
}

// Post is what staff read about the person in their room.
type Post struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
	State string    `json:"state"`
	Of    string    `json:"of,omitempty"`
}

// Link is a one-time link; its token opens doors and is not shown.
type Link struct {
	Channel string    `json:"channel,omitempty"`
	Source  string    `json:"source,omitempty"`
	Expires time.Time `json:"expires_at"`
	Used    bool      `json:"used"`
	Of      string    `json:"of,omitempty"`
}
