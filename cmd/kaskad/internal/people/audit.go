package people

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"kaskad/bots"
)

// Entry is a line of the audit: who did what to what or whom, from where. It holds ids, names of ours and counts, and nothing about a
// customer.
type Entry struct {
	ID      string         `json:"-"`
	At      time.Time      `json:"at"`
	Who     string         `json:"who"`              // the name of a person or a key, "local", or "kaskad"
	Person  string         `json:"person,omitempty"` // the person's id
	Key     string         `json:"key,omitempty"`    // the key's id
	From    string         `json:"from,omitempty"`   // the address that the call came from; empty: this machine's socket
	What    string         `json:"what"`
	On      string         `json:"on,omitempty"` // what it was done to, and its id: "key 67jyv3w6"
	Contact bots.ID        `json:"contact,omitempty"`
	With    bots.ID        `json:"with,omitempty"`    // the other contact of a merge
	Detail  string         `json:"detail,omitempty"`  // what was asked for with it: a word of ours
	Refused string         `json:"refused,omitempty"` // why it was not done; empty: it was
	Counts  map[string]int `json:"counts,omitempty"`
}

// AuditRecords is the kind of record that the audit is kept as.
const AuditRecords = "audit"

// NewEntry is a line about what whoever makes the call does now.
func NewEntry(ctx context.Context, what string, contact bots.ID, counts map[string]int) Entry {
	return entryAt(ctx, time.Now(), what, contact, counts)
}

func entryAt(ctx context.Context, at time.Time, what string, contact bots.ID, counts map[string]int) Entry {
	who, _ := From(ctx)
	e := EntryAt(at, who.Name, what, contact)
	e.Key, e.Person, e.From, e.Counts = who.KeyID, who.Person, who.From, counts
	return e
}

// Refusal is a line about a sign-in that was refused; of an e-mail that nobody has it holds nothing: people write passwords there.
func Refusal(at time.Time, person, from, why string) Entry {
	e := EntryAt(at, Nobody, "sign-in", 0)
	if e.From, e.Refused = from, why; person != "" {
		e.On = "person " + person
	}
	return e
}

// Nobody is who makes a call of whom nothing is known.
const Nobody = "nobody"

// about says what was done to what.
func (e Entry) about(kind, id, detail string) Entry {
	e.On, e.Detail = kind+" "+id, detail
	return e
}

// record is the entry as a store takes it, beside what it tells of.
func (e Entry) record() (Record, error) {
	raw, err := e.Encode()
	return Record{AuditRecords, e.ID, raw}, err
}

// EntryAt is a line about what somebody did at a time. It stands among the lines of that time.
func EntryAt(at time.Time, who, what string, contact bots.ID) Entry {
	at = at.UTC()
	// Ids sort with the newest first. What comes after the time tells lines of one moment apart: one that had another's would replace it.
	id := fmt.Sprintf("%016x%s", uint64(math.MaxInt64-at.UnixMicro()), strings.ToLower(rand.Text()[:12]))
	return Entry{ID: id, At: at.Truncate(time.Microsecond), Who: who, What: what, Contact: contact}
}

// EntriesUntil is the id behind which the lines of a time stand, and of all times before it.
func EntriesUntil(at time.Time) string {
	return fmt.Sprintf("%016x", uint64(math.MaxInt64-at.UTC().UnixMicro()))
}

// Encode is the entry as it is kept.
func (e *Entry) Encode() ([]byte, error) { return json.Marshal(e) }

// ReadEntry reads one that was kept.
func ReadEntry(id string, raw []byte) (Entry, error) {
	e := Entry{}
	err := json.Unmarshal(raw, &e)
	e.ID = id
	return e, err
}
