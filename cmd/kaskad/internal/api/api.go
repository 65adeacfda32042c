// Package api is what other systems talk to: the HTTP API under /v1, its OpenAPI document, health and metrics.
//
// This file is its contents page: operations lists every call there is. A handler reads typed input, makes one call to the
// engine or the store, and answers; what goes wrong becomes a problem (RFC 9457) in problem.go.
//
// It keeps nothing but the list of operations, and the newest changes for those who follow them live. Idempotency keys, contacts and deliveries are the store's, API keys are
// package people's.
//
// It never sends a message itself, never answers before what it accepted is durable, and never puts a message's text, a
// phone or a key into the log.
package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/fallback"
)

// Engine gets messages through.
type Engine interface {
	Accept(ctx context.Context, a fallback.Ask) (fallback.Accepted, error)
	// AcceptAll accepts many, each for itself; results are in the order of the asks.
	AcceptAll(ctx context.Context, asks []fallback.Ask) []fallback.AcceptResult
	// EstimateAll tells what AcceptAll would say of asks that are accepted in their order, and what they cost. It writes nothing.
	EstimateAll(ctx context.Context, asks []fallback.Ask) (fallback.Estimates, error)
	// Reply answers a person in the name of staff.
	Reply(ctx context.Context, r fallback.Reply) (fallback.Accepted, error)
	// Act does something to a message that is out, in the name of staff.
	Act(ctx context.Context, p fallback.Act) (fallback.Accepted, error)
	Cancel(ctx context.Context, id bots.ID) (withdrawn bool, err error)
	// Merge makes one person of two contacts, Unmerge two of one again.
	Merge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error)
	Unmerge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error)
	// AsSMS is what a delivery would have cost as nothing but an SMS; false: it could not have been one.
	AsSMS(d *fallback.Delivery, c *bots.Contact) (bots.Money, bool)
	Pause(ctx context.Context, scope string, skip bool) error
	Resume(ctx context.Context, scope string) error
	Paused() []fallback.Pause
	// Where tells a person's time zone.
	Where(c *bots.Contact) fallback.Whereabouts
	// Hold begins a hold of a region, EndHold ends one; Holds are those that stand and that ended lately, oldest first.
	Hold(ctx context.Context, h fallback.RegionHold) (fallback.RegionHold, error)
	EndHold(ctx context.Context, id bots.ID) (fallback.RegionHold, error)
	Holds() []fallback.RegionHold
	// RegionLook tells how many contacts that it is shown a region concerns.
	RegionLook(region string) *fallback.RegionLook
	Held() map[string]time.Time
	Degraded() map[string]time.Time
}

// Store is what the calls read, and the two records they write themselves. A list's cursor is empty for its first page and
// comes back empty behind its last; one that cannot be read is ErrCursor.
type Store interface {
	Delivery(ctx context.Context, id bots.ID) (*fallback.Delivery, error) // fallback.ErrUnknownDelivery
	// InRoom reads a delivery to the staff's room, which Delivery does not; fallback.ErrUnknownDelivery.
	InRoom(ctx context.Context, id bots.ID) (*fallback.Delivery, error)
	Deliveries(ctx context.Context, f DeliveryFilter, cursor string, limit int) ([]*fallback.Delivery, string, error)
	MessageState(ctx context.Context, id bots.ID) (bots.MessageState, error)

	FindContact(ctx context.Context, ref bots.Ref) (*bots.Contact, error) // nil: nobody
	Contacts(ctx context.Context, f ContactFilter, cursor string, limit int) ([]*bots.Contact, string, error)
	// PutContact finds or makes the person of a REF, lets change write, and stores the result with the changes it means, in one
	// transaction. The person is made for ext, phone and channel REFs, with the name that the REF gives; an unknown id is
	// fallback.ErrUnknownContact. An address or an external id of another contact is *Taken, but people may share a phone: an sms
	// address is nobody's alone. Change may run more than once.
	PutContact(ctx context.Context, ref bots.Ref, change func(*bots.Contact) error) (c *bots.Contact, created bool, err error)
	// PutContacts changes or makes many people, each for itself, with the errors of PutContact; those that share a name in their order.
	PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done
	// AtOnce is how many people it takes at once now: few while others wait for it.
	AtOnce() int
	// TryContacts tells what PutContacts would do, and writes nothing.
	TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error)
	MakeLink(ctx context.Context, contact bots.ID, channel, source string, expires time.Time) (fallback.Link, error)
	// Owners are all contacts who have a name, or claim it.
	Owners(ctx context.Context, ref bots.Ref, most int) ([]bots.ID, error)
	// NotSame reports whether somebody said that two contacts are two people; PutNotSame remembers it.
	NotSame(ctx context.Context, a, b bots.ID) (bool, error)
	PutNotSame(ctx context.Context, a, b bots.ID, by string) error
	// OnePerson are all contacts that are one person with an id: the one that it means, all that this one absorbed, and then its formers.
	OnePerson(ctx context.Context, contact bots.ID) ([]bots.ID, error)
	// Statements are the evidence of a contact's consents, oldest first: of this id alone, not of those it absorbed.
	Statements(ctx context.Context, contact bots.ID) ([]bots.Statement, error)

	// Erase begins to erase a person, in one transaction with the line of the audit; WouldErase counts what would go, OwnRecords
	// only what stands under the person's own id. Erased is what is left of somebody who was erased; false: nobody of this id was.
	Erase(ctx context.Context, contact bots.ID, by string, line people.Entry) (fallback.Erased, error)
	WouldErase(ctx context.Context, contact bots.ID) (fallback.Erased, error)
	OwnRecords(ctx context.Context, contact bots.ID) (fallback.Erased, error)
	Erased(ctx context.Context, contact bots.ID) (fallback.Erased, bool, error)
	// Export writes everything about a person page by page, as JSON, or as an HTML page where it is said how that looks.
	Export(ctx context.Context, c *bots.Contact, page *export.Look, out io.Writer) error
	// PutAudit writes a line of the audit, Audit reads them, newest first.
	PutAudit(ctx context.Context, line people.Entry) error
	Audit(ctx context.Context, after string, limit int) ([]people.Entry, error)

	Conversations(ctx context.Context, f ConversationFilter, cursor string, limit int) ([]bots.Conversation, string, error)
	// Conversation reads the head of a person's conversation; the zero value when nobody ever wrote.
	Conversation(ctx context.Context, contact bots.ID) (bots.Conversation, error)
	// PutConversation changes a head, and appends the changes that change returns. Change may run more than once.
	PutConversation(ctx context.Context, contact bots.ID, change func(*bots.Conversation) ([]bots.Change, error)) (bots.Conversation, error)
	Messages(ctx context.Context, contact bots.ID, cursor string, limit int) ([]Said, string, error) // oldest first
	Message(ctx context.Context, id bots.ID) (*bots.Message, error)                                  // nil: there is none
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	// FirstChange is the number of the oldest change that is kept; of none, the next one's.
	FirstChange(ctx context.Context) (uint64, error)
	// LastChange is the number of the newest change, shown or not; Changed is closed when there are newer ones than at the call.
	LastChange() uint64
	Changed() <-chan struct{}
	// Queue counts open deliveries by lane, as far as it can without walking the store.
	Queue(ctx context.Context) (map[string]int, error)
}

// DeliveryFilter says which deliveries are asked for; zero fields ask for all.
type DeliveryFilter struct {
	Contact  bots.ID
	State    *fallback.State
	Since    time.Time
	Metadata map[string]string
}

// ContactFilter says which people are asked for; zero fields ask for all.
type ContactFilter struct {
	Phone string    // E.164
	Since time.Time // made then or later
}

// ConversationFilter says which conversations are asked for; zero fields ask for all.
type ConversationFilter struct {
	State    bots.ConversationState // as fallback.TalkState gives it
	Assignee *string                // empty: nobody
	Waiting  bool                   // those in which somebody waits for people, the longest first
}

// Said is a message with what became of it.
type Said struct {
	bots.Message
	State bots.MessageState
	Edit  *bots.Message // its newest words; nil: it never was changed
}

// Taken is an address or an external id that belongs to another contact.
type Taken struct {
	What  bots.Ref
	Owner bots.ID
}

func (e *Taken) Error() string { return fmt.Sprintf("%s belongs to contact %s", e.What, e.Owner) }

// ErrCursor is a cursor that no list of this kind gave out.
var ErrCursor = errors.New("the cursor cannot be read")

// Options is what the API is made of. All but Links and ResumeGap are needed.
type Options struct {
	Engine Engine
	Store  Store
	Keys   *people.Keys
	// Ledger writes the lines of the audit; nil: the store does, each by itself.
	Ledger Ledger
	// Links gives, for a channel whose bot can be opened by a link, that link for a token. The error says why it cannot now.
	Links map[string]func(token string) (url string, err error)
	// Ways are the links that are used again and again.
	Ways *Ways
	// ResumeGap lets the deliveries go on that a gap holds; nil: nothing is ever held by one.
	ResumeGap func(context.Context) (int, error)
	// Confirm ends the safe mode of a store that was put back, and every delivery that was open in it, but for those to send; nil: never put back.
	Confirm     func(ctx context.Context, send []bots.ID) (ended int, err error)
	StaffGroups []string // the names of those beside the first
	// StaffCode makes a code that binds a Telegram group as the staff's; nil: there can be none.
	StaffCode func(ctx context.Context, group string) (StaffCode, error)
	// People is where people come in; nil: nobody does.
	People *Doorway
	// Webhooks are the programs that are told what happened.
	Webhooks *webhooks.Webhooks
	// Team is who answers customers.
	Team Team
	// Unreached is why no ticket can go to one of the team who answers in their own chat; empty: it can. Nil: nobody asks.
	Unreached func(v fallback.View, m *fallback.StaffMember) string
	// Loaded is how templates and cascades were read last; nil: they never change.
	Loaded func() Reading
	// CheckStore compares records with indexes; nil: there is nothing to compare.
	CheckStore func(context.Context) ([]string, error)
	// Files are those that people sent; nil: none are handed out.
	Files Files
	// Keeping is how long what was deleted stays in the file; nil: nobody knows.
	Keeping func() Keeping
	// Search finds people and messages; nil: nothing is searched.
	Search Search
	// Quarantine is what could not be taken; nil: nothing is kept.
	Quarantine Quarantine
	// Alerts is what is wrong, and who is woken; nil: nobody is.
	Alerts Alerts
	// Doors are the addresses, with their secrets, at which providers call us; nil: none.
	Doors map[string]string
	// SlowReader is how long one write of a stream may take: who does not read is closed, and comes back with Last-Event-ID. 0: 10 s
	SlowReader time.Duration
	// Heartbeat is how often a stream says that it lives. 0: 15 s
	Heartbeat time.Duration
	Test      bool   // it serves test keys, and those alone; otherwise it serves all others
	Country   string // for phones without a country code
	Locale    string // of documents, where a call names none
	Currency  string // of sums that are zero
	Build     Build
	Log       *slog.Logger
}

// API answers the calls under /v1, and /openapi.json.
type API struct {
	Options
	mux     *http.ServeMux
	huma    huma.API
	streams streams

	admission *admission

	hookTrials, alertTrials trials
}

// New lists the operations and returns the handler for them.
func New(o Options) (*API, error) {
	if o.Engine == nil || o.Store == nil || o.Keys == nil {
		return nil, errors.New("api: an engine, a store and keys are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.SlowReader, o.Heartbeat = cmp.Or(o.SlowReader, 10*time.Second), cmp.Or(o.Heartbeat, 15*time.Second)
	a := &API{Options: o, mux: http.NewServeMux(), admission: newAdmission()}
	a.huma = humago.New(a.mux, a.config())
	a.streams.feed.store, a.streams.feed.test, a.streams.ending = o.Store, o.Test, make(chan struct{})
	a.operations()
	a.documentStream()
	a.documentMedia()
	a.documentPaper()
	a.documentExport()
	a.mux.HandleFunc("GET /openapi.json", a.tellDocument())
	a.mux.HandleFunc("/", a.unknown)
	return a, nil
}

// operations is the contents page.
func (a *API) operations() {
	register(a, op{"POST", "/v1/deliveries", people.Send, "accept-delivery", 202, "Send one message to one person"}, a.accept)
	register(a, op{"POST", "/v1/deliveries:batch", people.Send, "accept-deliveries", 200, "Send up to 1,000 messages"}, a.acceptBatch)
	register(a, op{"POST", "/v1/deliveries:estimate", people.Send, "estimate-deliveries", 200, "Tell what a batch would do and cost, without sending it"}, a.estimate)
	register(a, op{"GET", "/v1/deliveries", people.Read, "list-deliveries", 200, "List deliveries, newest first"}, a.deliveries)
	register(a, op{"GET", "/v1/deliveries/{id}", people.Read, "get-delivery", 200, "Read one delivery with its steps"}, a.delivery)
	register(a, op{"POST", "/v1/deliveries/{id}/cancel", people.Send, "cancel-delivery", 200, "Stop a delivery"}, a.cancel)

	register(a, op{"GET", "/v1/contacts", people.Read, "list-contacts", 200, "List people, newest first"}, a.contacts)
	register(a, op{"PUT", "/v1/contacts/{ref}", people.Send, "put-contact", 200, "Make or change a person"}, a.putContact)
	register(a, op{"POST", "/v1/contacts:batch", people.Send, putContactsName, 200, "Make or change up to 1,000 people"}, a.putContacts)
	register(a, op{"GET", "/v1/contacts/{ref}", people.Read, "get-contact", 200, "Read a person"}, a.contact)
	register(a, op{"GET", "/v1/contacts/{ref}/evidence", people.Read, "get-evidence", 200, "Tell why a person got these messages"}, a.evidence)
	register(a, op{"GET", "/v1/contacts/{ref}/export", people.Admin, "export-contact", 200, "Everything that is kept about a person"}, a.export)
	register(a, op{"DELETE", "/v1/contacts/{ref}", people.Admin, "erase-contact", 200, "Erase a person"}, a.erase)
	register(a, op{"GET", "/v1/erased/{id}", people.Admin, "get-erased", 200, "Tell how far an erase is"}, a.erased)
	register(a, op{"GET", "/v1/audit", people.Admin, "list-audit", 200, "Who changed what, newest first"}, a.audit)
	register(a, op{"POST", "/v1/contacts/{ref}/merge", people.Send, "merge-contacts", 200, "Make one person of two contacts"}, a.merge)
	register(a, op{"POST", "/v1/contacts/{ref}/unmerge", people.Send, "unmerge-contacts", 200, "Make two contacts of one again"}, a.unmerge)
	register(a, op{"GET", "/v1/duplicates", people.Read, "list-duplicates", 200, "Pairs of contacts that may be one person"}, a.duplicates)
	register(a, op{"POST", "/v1/duplicates/{pair}/dismiss", people.Send, "dismiss-duplicate", 200, "Say that two contacts are two people"}, a.dismiss)
	register(a, op{"POST", "/v1/contacts/{ref}/links", people.Send, "make-links", 200, "Make links by which a person opens the bots"}, a.makeLinks)

	register(a, op{"POST", "/v1/sources", people.Send, "make-source", 201, "Make a source: links that are used again and again"}, a.makeSource)
	register(a, op{"GET", "/v1/sources", people.Read, "list-sources", 200, "List sources, in the order of their codes"}, a.sources)
	register(a, op{"GET", "/v1/sources/{code}", people.Read, "get-source", 200, "Read a source with its links"}, a.source)
	register(a, op{"PATCH", "/v1/sources/{code}", people.Send, "change-source", 200, "Rename a source, retire it, or take it back into use"}, a.changeSource)
	register(a, op{"GET", "/v1/sources/{code}/qr", people.Read, "get-source-qr", 200, "Draw a link of a source as QR code"}, a.sourceQR)
	register(a, op{"GET", "/v1/sources/{code}/sheet", people.Read, "get-source-sheet", 200, "A page to print, with the codes of a source"}, a.sourceSheet)
	register(a, op{"GET", "/v1/funnel", people.Read, "get-funnel", 200, "How far people came, by source and channel"}, a.funnel)
	register(a, op{"GET", "/v1/recruits", people.Read, "get-recruits", 200, "What the links in texts did"}, a.recruits)

	register(a, op{"GET", "/v1/conversations", people.Read, "list-conversations", 200, "List conversations, last used first"}, a.conversations)
	register(a, op{"GET", "/v1/conversations/{id}", people.Read, "get-conversation", 200, "Read the head of a conversation"}, a.conversation)
	register(a, op{"PATCH", "/v1/conversations/{id}", people.Reply, "change-conversation", 200, "Assign, snooze, close or reopen a conversation"}, a.changeConversation)
	register(a, op{"POST", "/v1/conversations/{id}/replies", people.Reply, "reply", 202, "Answer a person where they wrote last"}, a.reply)
	register(a, op{"GET", "/v1/conversations/{id}/messages", people.Read, "list-messages", 200, "Read a conversation, oldest message first"}, a.messages)
	register(a, op{"PATCH", "/v1/conversations/{id}/messages/{message}", people.Reply, "edit-message", 202, "Change a message of ours"}, a.editMessage)
	register(a, op{"DELETE", "/v1/conversations/{id}/messages/{message}", people.Reply, "take-back-message", 202, "Take a message of ours back"}, a.takeBack)
	register(a, op{"PUT", "/v1/conversations/{id}/messages/{message}/reaction", people.Reply, "react-to-message", 202, "Put an emoji on a person's message"}, a.react)
	register(a, op{"GET", "/v1/conversations/{id}/messages/{message}/media/{n}", people.Read, "get-media", 200, "Download a file that a person sent"}, a.media)
	register(a, op{"GET", "/v1/changes", people.Read, "list-changes", 200, "Everything that happened, in order"}, a.changes)
	register(a, op{"GET", "/v1/stream", people.Read, "stream-changes", 200, "The same as it happens, as server-sent events"}, a.stream)

	register(a, op{"GET", "/v1/status", people.Read, "get-status", 200, "What is paused, held, unheard and queued"}, a.status)
	register(a, op{"POST", "/v1/store/check", people.Admin, "check-store", 200, "Compare the store's records with its indexes"}, a.checkStore)
	register(a, op{"POST", "/v1/search/rebuild", people.Admin, "rebuild-search", 202, "Make the index of people and messages anew"}, a.rebuildSearch)
	register(a, op{"GET", "/v1/quarantine", people.Admin, "list-quarantine", 200, "What could not be taken, newest first"}, a.listQuarantine)
	register(a, op{"GET", "/v1/quarantine/{id}", people.Admin, "get-quarantined", 200, "Read it as it came"}, a.showQuarantined)
	register(a, op{"POST", "/v1/quarantine/{id}/replay", people.Admin, "replay-quarantined", 200, "Take it once more"}, a.replayQuarantined)
	register(a, op{"DELETE", "/v1/quarantine/{id}", people.Admin, "drop-quarantined", 204, "Forget it"}, a.dropQuarantined)
	register(a, op{"GET", "/v1/alerts", people.Read, "list-alerts", 200, "What is wrong, oldest first, and who was told"}, a.listAlerts)
	register(a, op{"POST", "/v1/alerts:test", people.Admin, "try-alerts", 200, "Send a test to everybody who is woken, and say what came of it"}, a.tryAlerts)
	register(a, op{"POST", "/v1/alerts:silence", people.Admin, "silence-alert", 200, "Let nobody be told of one thing for a time"}, a.silenceAlert)
	register(a, op{"GET", "/v1/doors", people.Admin, "list-doors", 200, "Where providers call us; the addresses are secret"}, a.doors)
	register(a, op{"POST", "/v1/pause", people.Admin, "pause", 200, "Stop what has not been handed to a channel"}, a.pause)
	register(a, op{"POST", "/v1/resume", people.Admin, "resume", 200, "End a pause, or let go what a gap holds"}, a.resume)
	register(a, op{"POST", "/v1/holds", people.Admin, "begin-hold", 201, "Let what is for the people of a region wait"}, a.beginHold)
	register(a, op{"GET", "/v1/holds", people.Read, "list-holds", 200, "List holds of regions, newest first"}, a.listHolds)
	register(a, op{"DELETE", "/v1/holds/{id}", people.Admin, "end-hold", 200, "End a hold"}, a.endHold)

	register(a, op{"POST", "/v1/webhooks", people.Admin, "make-webhook", 201, "Let a program be told what happens"}, a.makeHook)
	register(a, op{"GET", "/v1/webhooks", people.Admin, "list-webhooks", 200, "The programs that are told, and how they stand"}, a.listHooks)
	register(a, op{"GET", "/v1/webhooks/{id}", people.Admin, "get-webhook", 200, "One of them, with its last calls"}, a.getHook)
	register(a, op{"PATCH", "/v1/webhooks/{id}", people.Admin, "change-webhook", 200, "Change, disable or enable it"}, a.changeHook)
	register(a, op{"DELETE", "/v1/webhooks/{id}", people.Admin, "drop-webhook", 200, "Take it away, with its dead letters"}, a.dropHook)
	register(a, op{"POST", "/v1/webhooks/{id}/secret", people.Admin, "rotate-webhook-secret", 200, "Make a new secret; the one before signs beside it for a day"}, a.rotateHook)
	register(a, op{"POST", "/v1/webhooks/{id}/test", people.Admin, "try-webhook", 200, "Call it now, and say what came of it"}, a.tryHook)
	register(a, op{"POST", "/v1/webhooks/{id}/replay", people.Admin, "replay-webhook", 200, "Tell it again: dead letters, or everything after a change"}, a.replayHook)
	register(a, op{"GET", "/v1/webhooks/{id}/dead", people.Admin, "list-dead-letters", 200, "What it did not take for a day, oldest first"}, a.listDead)

	register(a, op{"POST", "/v1/staff/code", people.Admin, "make-staff-code", 201, "Make a code that binds the staff's Telegram group"}, a.staffCode)
	register(a, op{"GET", "/v1/staff/room", people.Admin, "get-staff-room", 200, "How the staff's first group stands"}, a.staffRoom)
	register(a, op{"GET", "/v1/staff/rooms", people.Admin, "list-staff-rooms", 200, "How the staff's groups stand, the first one first"}, a.staffRooms)
	register(a, op{"GET", "/v1/staff/members", people.Admin, "list-members", 200, "Who is of the team, and who was seen in the group"}, a.listMembers)
	register(a, op{"POST", "/v1/staff/members", people.Admin, "add-member", 201, "Add somebody to the team, or an account to somebody"}, a.addMember)
	register(a, op{"PATCH", "/v1/staff/members/{name}", people.Admin, "change-member", 200, "Say what somebody of the team may do"}, a.changeMember)
	register(a, op{"DELETE", "/v1/staff/members/{name}", people.Admin, "remove-member", 200, "Take somebody off the team"}, a.removeMember)
	register(a, op{"POST", "/v1/staff/members/{name}/code", people.Admin, "make-member-code", 201, "Make a code that adds an account to somebody of the team"}, a.memberCode)
	register(a, op{"GET", "/v1/staff/audit", people.Admin, "list-staff-audit", 200, "Who of the team did what, newest first"}, a.staffAudit)

	register(a, op{"GET", "/v1/people", people.Admin, "list-people", 200, "Who may sign in on the pages"}, a.listPeople)
	register(a, op{"POST", "/v1/people", people.Admin, "add-person", 201, "Add somebody, with an invitation"}, a.addPerson)
	register(a, op{"PATCH", "/v1/people/{id}", people.Admin, "change-person", 200, "Rename somebody, give another role, keep out or let in again"}, a.changePerson)
	register(a, op{"POST", "/v1/people/{id}/invitation", people.Admin, "invite-person", 201, "Make a new invitation, also for who has lost the password"}, a.invite)
	register(a, op{"POST", "/v1/people/setup", people.Admin, "make-setup-code", 201, "Make the address at which the first admin comes in"}, a.setup)

	register(a, op{"GET", "/v1/keys", people.Admin, "list-keys", 200, "List API keys"}, a.listKeys)
	register(a, op{"POST", "/v1/keys", people.Admin, "make-key", 201, "Make an API key; it is shown once"}, a.makeKey)
	register(a, op{"DELETE", "/v1/keys/{id}", people.Admin, "revoke-key", 204, "Revoke an API key"}, a.revokeKey)
}

// ServeHTTP answers one call. What it says is about people: nothing on the way may keep it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if a.Test {
		w.Header().Set(testHeader, "true")
	}
	if !clean(r) {
		a.unknown(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}
