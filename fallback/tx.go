package fallback

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// Tx is what one transaction of a store offers to the journeys of this package (Accept, Receive, Claim, Settle, Come, Cancel).
// The journeys are written once, here; a store runs each as one transaction, possibly more than once.
//
// Reads see what the transaction wrote. A record that cannot be read makes the method panic with an error: the store turns
// that into the operation's error and writes nothing of it.
type Tx interface {
	View

	// NewID gives an id above all others.
	NewID() bots.ID
	// PutContact writes a contact and its places in the indexes by address, phone and external id.
	PutContact(c *bots.Contact)
	PutConversation(c bots.Conversation)
	// PutPlan writes the unchanging part of a new delivery, with its places in the lists by contact and metadata.
	PutPlan(p *Plan)
	// PutStatus writes the moving part, an entry in the due index when Due or lane changed, and one in the list of its final
	// state.
	PutStatus(d *Delivery)
	// PutMessage appends a message; one of ours becomes the last of its chat.
	PutMessage(m *bots.Message)
	PutMessageState(id bots.ID, s bots.MessageState)
	PutAttempt(a *Attempt)
	PutAttemptResult(a *Attempt, res Result)
	// PutProvider remembers which message a channel's id means.
	PutProvider(key ProviderKey, message bots.ID)
	// PutOrphan keeps a receipt for a message that is not known yet, for 48 hours.
	PutOrphan(o Orphan)
	// PutKey remembers what an idempotency key was answered with.
	PutKey(key string, k KeyUse)
	MarkSeen(event string)
	// Count notes a marketing delivery of a person for the frequency limits.
	Count(contact bots.ID, at time.Time)
	AddSpent(day string, m bots.Money)
	// PutWritten keeps how many messages that answer nobody went out on a channel.
	PutWritten(channel string, w Written)
	UseLink(token string)
	// PutWord keeps the last word a person said through a number, for good: whoever comes to own it later has that no.
	PutWord(number string, said bots.Consent)
	// PutStatement writes a line of the evidence of a contact's consents, for as long as the contact is kept; DropStatement makes room.
	PutStatement(contact bots.ID, s bots.Statement)
	DropStatement(contact bots.ID, number int)
	PutLink(l Link)
	PutSource(s bots.Source)
	// PutCame remembers how far a person came by a source.
	PutCame(contact bots.ID, source string, c Came)
	// AddFunnel and AddRecruits add to the counts of a day.
	AddFunnel(k FunnelKey, f Funnel)
	AddRecruits(day string, n Recruits)
	// PutErased notes that a person was erased, for good. PutKeptNo writes a no that outlives its person, and a zero one takes it away.
	PutErased(e Erased)
	PutKeptNo(mark []byte, no KeptNo)
	// PutErasing keeps what the steps of an erase need to know, until the last one (EraseOver).
	PutErasing(g Erasing)
	// DropContact takes a contact away with its places in the indexes, the head of the conversation, the evidence of consents and how far
	// the person came; DropWord the last word said through a number.
	DropContact(id bots.ID)
	DropWord(number string)
	// ReplaceMessage and ReplacePlan write a record anew without touching any index; EmptyAttempts empties the attempts of a message.
	ReplaceMessage(m *bots.Message)
	ReplacePlan(p *Plan)
	EmptyAttempts(message bots.ID)
	// PutFormer remembers at a name which stranger it named before; DropFormer forgets it.
	PutFormer(name bots.Ref, stranger bots.ID)
	DropFormer(name bots.Ref, stranger bots.ID)
	// PutHold writes a region's hold, new or changed.
	PutHold(h RegionHold)
	// PutMerge keeps what is known of a merge. From then on the absorbed contact's id means the kept one wherever it is read, until
	// DropMerge. A contact whose Into is set is written under its own id, and found by no name.
	PutMerge(m bots.Merge)
	DropMerge(absorbed bots.ID)
	// PutCodes keeps what is known of the one-time codes of a phone, under a name that tells nobody which.
	PutCodes(name string, n Codes)
	// PutTopic writes where staff talk about a contact, and makes it findable by its thread; the thread it had before leads nowhere.
	PutTopic(t Topic)
	DropTopic(contact bots.ID)
	// PutAudit writes a line of the audit.
	PutAudit(a Audited)
	// Change appends a line to the outbox.
	Change(c bots.Change)
}

// View is the reading half of Tx. Nothing found is the zero value, or nil.
type View interface {
	Now() time.Time
	// Contact reads a person; of one that was absorbed, the one that did. Deliveries, messages and conversations name that one, too.
	Contact(id bots.ID) *bots.Contact
	// Same are the contact that an id means, and then all that it absorbed: lists over a person are over them all. An id of nobody is
	// itself alone. Whom a person was as a stranger is not among them: OnePerson has those, too.
	Same(id bots.ID) []bots.ID
	// Merge is how a contact was absorbed, if it is.
	Merge(absorbed bots.ID) (bots.Merge, bool)
	// FindContact finds whom a REF names. Of several owners of a phone it is the one who was heard there last, else the newest;
	// never one who only claims it (see bots.Contact.PhoneClaimed).
	FindContact(ref bots.Ref) bots.ID
	// Owners are all contacts who have a name, or claim it: several may share a phone.
	Owners(ref bots.Ref) []bots.ID
	Conversation(contact bots.ID) bots.Conversation
	Delivery(id bots.ID) *Delivery
	Message(id bots.ID) *bots.Message
	MessageState(id bots.ID) bots.MessageState
	// LastSent is the newest message of ours in a chat.
	LastSent(chat bots.Address) bots.ID
	ByProvider(key ProviderKey) bots.ID
	// Orphans are the receipts kept for a provider id (ID set), or all that a sender has for a chat (only Sender and Chat set).
	// One whose chat is not known is found by its id alone.
	Orphans(key ProviderKey) []Orphan
	Key(key string) (KeyUse, bool)
	Seen(event string) bool
	// DeliveriesOf walks a contact's deliveries, newest first, until f returns false.
	DeliveriesOf(contact bots.ID, f func(id bots.ID, same uint64) bool)
	// Counted are the times of a person's marketing deliveries since a time, newest first.
	Counted(contact bots.ID, since time.Time) []time.Time
	Spent(day string) bots.Money
	Written(channel string) Written
	Link(token string) (Link, bool)
	Source(code string) (bots.Source, bool)
	// Sources walks those behind a code, in the order of codes, until f returns false; Funnel and Recruits read the counts of days, both
	// ends included. They need not see what the transaction wrote.
	Sources(after string, f func(bots.Source) bool)
	Funnel(source, since, until string, f func(FunnelKey, Funnel))
	Recruits(since, until string) Recruits
	Came(contact bots.ID, source string) Came
	Codes(name string) Codes
	// Word is the last word said through a number.
	Word(number string) bots.Consent
	// LastNo is whose no stands last at a number (NoesAt, LaterNo), of all but one; 0: nobody's. It costs the same however many have it.
	LastNo(number string, but bots.ID) bots.ID
	// Statements are the lines of evidence of a contact's consents, oldest first: of this id alone, not of those it absorbed.
	Statements(contact bots.ID) []bots.Statement
	// Erased is what is left of a person who was erased; false: nobody of this id was.
	Erased(contact bots.ID) (Erased, bool)
	Erasing(contact bots.ID) (Erasing, bool)
	// MessagesOf walks the messages with a contact, newest first, from those below an id (zero: from the newest), until f returns false: of
	// this id alone, not of those it absorbed.
	MessagesOf(contact, below bots.ID, f func(id bots.ID) bool)
	// Mark is the keyed hash of a name: a phone (or the address of an SMS, which is the same), an e-mail address, an external id, an
	// address. KeptNo is the no that stands there. KeptNoAt is both at once, and costs nothing where nobody's no was ever kept.
	Mark(name bots.Ref) []byte
	KeptNo(mark []byte) KeptNo
	KeptNoAt(name bots.Ref) KeptNo
	// Formers are the strangers that a name named before.
	Formers(name bots.Ref) []bots.ID
	// Topic is where staff talk about a contact, of this id alone; the zero value: nowhere. TopicAt is whose a thread is.
	Topic(contact bots.ID) Topic
	TopicAt(group, thread string) bots.ID
	// Audited is a line of the audit; false: there is none.
	Audited(id bots.ID) (Audited, bool)
	// OpenOf is how many open conversations are an assignee's. It need not see what the transaction wrote.
	OpenOf(assignee string) int
	// Pauses are those that stand and those of the last 30 days.
	Pauses() []Pause
	// Holds are the holds of regions that stand, and those that ended lately. Nobody changes what it gives.
	Holds() *RegionHolds
}

// ProviderKey names a message in a channel's own words. Chat is set where ids are unique only within a chat.
type ProviderKey struct {
	Sender string
	Chat   string
	ID     string
}

// providerKey is the key for a sender's id: Telegram numbers messages per chat, in the staff's room too; every other sender over
// all of its own.
func providerKey(sender, chat, id string) ProviderKey {
	if sender == bots.Telegram || sender == bots.Staff {
		return ProviderKey{Sender: sender, Chat: chat, ID: id}
	}
	return ProviderKey{Sender: sender, ID: id}
}

// Orphan is a proof that named a message nobody knew when it came.
type Orphan struct {
	Key   ProviderKey
	Chat  bots.Address
	Proof bots.Proof
	At    time.Time // when it came
}

// OrphanLife is how long an orphan is kept.
const OrphanLife = 48 * time.Hour

// KeyUse is what an idempotency key was used for.
type KeyUse struct {
	Delivery bots.ID
	Body     uint64
}

// Link is a one-time link that tells who opens the bot.
type Link struct {
	Token   string
	Contact bots.ID
	Channel string // where it works; empty: everywhere
	Expires time.Time
	Used    bool
	Source  string // where who uses it comes from; empty: nobody asks
}

// Errors of the journeys.
var (
	// ErrUnavailable is a store that cannot write (disk full, read-only, failed, stopping): nothing changed, ask again later.
	// Every store wraps such errors with it; any other error is the operation's own.
	ErrUnavailable = errors.New("the store cannot write")
	// ErrSeen is an event that came before: nothing changed.
	ErrSeen = errors.New("the event was seen before")
	// ErrUnknownContact is a REF that names nobody.
	ErrUnknownContact = errors.New("nobody has this name")
	// ErrUnknownDelivery is an id that names no delivery.
	ErrUnknownDelivery = errors.New("no delivery has this id")
	// ErrKeyReused is an idempotency key that was used for another body.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
)

// UnknownDeliveries are ids of a list that name no delivery, or none that was meant.
type UnknownDeliveries struct{ IDs []bots.ID }

func (e *UnknownDeliveries) Error() string {
	return fmt.Sprintf("%d ids name no delivery that was meant, the first: %s", len(e.IDs), e.IDs[0])
}

// Is makes it ErrUnknownDelivery, too.
func (e *UnknownDeliveries) Is(target error) bool { return target == ErrUnknownDelivery }

// UnknownContact says which REF named nobody.
type UnknownContact struct{ Ref bots.Ref }

func (e *UnknownContact) Error() string { return fmt.Sprintf("%s: %v", e.Ref, ErrUnknownContact) }

// Is makes errors.Is(err, ErrUnknownContact) work.
func (e *UnknownContact) Is(target error) bool { return target == ErrUnknownContact }

// env gathers what the transitions of one delivery may look at.
func env(tx View, r *Rules, w *World, contact *bots.Contact, purpose Purpose) *Env {
	here := *w
	here.Pauses = tx.Pauses() // as they stand in this transaction: a pause is at once
	e := &Env{Rules: r, World: &here, Contact: contact, Holds: holdsOf(tx, contact, r), from: tx}
	if purpose == Marketing {
		if h, held := talkHold(tx, contact); held {
			e.Holds = append(slices.Clip(e.Holds), h)
		}
		e.Counted = tx.Counted(contact.ID, tx.Now().Add(-7*24*time.Hour))
	}
	return e
}

// day is the key of a day's spend, in the company's zone.
func day(now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return now.In(zone).Format("2006-01-02")
}

// save writes what a transition did to a delivery.
func save(tx Tx, d *Delivery) {
	tx.PutStatus(d)
	for _, c := range d.Changes() {
		saved(tx, d, &c)
		tx.Change(c)
	}
	followTopic(tx, d)
}
