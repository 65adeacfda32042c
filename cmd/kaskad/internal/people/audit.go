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

// Entry is a line of the audit: who did what to whom, from where. It holds ids and counts, and nothing about a person.
type Entry struct {
	ID      string         `json:"-"`
	At      time.Time      `json:"at"`
	Who     string         `json:"who"`            // the name of a key, "local", or "kaskad"
	Key     string         `json:"key,omitempty"`  // its id
	From    string         `json:"from,omitempty"` // the address that the call came from; empty: this machine's socket
	What    string         `json:"what"`           // "erase", "export", "merge", "unmerge", "retention", "compact", "journal", "restored"
	Contact bots.ID        `json:"contact,omitempty"`
	With    bots.ID        `json:"with,omitempty"` // the other contact of a merge
	Counts  map[string]int `json:"counts,omitempty"`
}

// AuditRecords is the kind of record that the audit is kept as.
const AuditRecords = "audit"

// NewEntry is a line about what whoever makes the call does now.
func NewEntry(ctx context.Context, what string, contact bots.ID, counts map[string]int) Entry {
	who, _ := From(ctx)
	e := EntryAt(time.Now(), who.Name, what, contact)
	e.Key, e.From, e.Counts = who.KeyID, who.From, counts
	return e
}

// EntryAt is a line about what somebody did at a time. It stands among the lines of that time.
func EntryAt(at time.Time, who, what string, contact bots.ID) Entry {
	at = at.UTC()
	// Ids sort with the newest first.
	id := fmt.Sprintf("%016x%s", uint64(math.MaxInt64-at.UnixMicro()), strings.ToLower(rand.Text()[:4]))
	return Entry{ID: id, At: at.Truncate(time.Microsecond), Who: who, What: what, Contact: contact}
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
