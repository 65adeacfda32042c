package store

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// table is one kind of record and where it lives. The list is what the package doc's table shows. Numbers are stored: new
// tables go to the end.
type table uint8

const (
	tPlan       table = iota // id → what was accepted; never changes
	tMessage                 // id → a message; never changes
	tStatus                  // id → where a delivery stands, or what became of a message
	tAttempt                 // message, number → one try and its outcome
	tDue                     // lane, due, id → nothing
	tFinal                   // state, time, id → nothing, in order of finishing
	tChange                  // number → a line of the outbox
	tContact                 // id → a person
	tPlace                   // name, contact → since when the person is known there
	tHead                    // contact → head of a conversation
	tActivity                // state, last activity, contact → nothing
	tHeadLog                 // number → contact and head that have not reached tHead
	tLink                    // token → who opens the bot with it
	tLinkEnd                 // expiry, token → nothing
	tHearing                 // channel → how well we hear it
	tPause                   // from, scope → a stop of sending
	tSpent                   // day → money
	tQuarantine              // number → an event no rule could take
	tSetting                 // name → bytes
	tRecord                  // kind, id → bytes
	tCursor                  // consumer → how far it read the outbox

	tByContact  // contact, delivery → hash of template and data
	tByMetadata // hash of key and value, delivery → nothing
	tTalk       // contact, message → nothing
	tProvider   // channel's id → message
	tLastSent   // chat → newest message of ours
	tKey        // hash of an idempotency key → what it was used for
	tSeen       // hash of an event's id → 1 seen, 0 to be taken again
	tCount      // contact, id → time of a marketing delivery
	tOrphan     // hash of a channel's id, or of a chat; id → a proof nobody knew the message of

	tNewest // kind, number, time, mark, contact → nothing: who said or did something last at a number

	tables
)

// layout says how a table is stored.
type layout struct {
	bucket string
	// generations: entries go to a small current bucket; full ones are sealed, and dropped when older than keep (0: never).
	generations bool
	keep        time.Duration
	// tail bytes of a key that do not count for conflicts and filters: entries that differ only there are read together.
	// whole: the table is read together.
	tail int
	// free: no transaction reads an entry before the one that wrote it has told its name, so conflicts are impossible.
	free bool
	// grows: keys only grow, pages are filled.
	grows bool
}

const whole = 1 << 16

// Ages of what is kept for a while.
const (
	keyLife   = 7 * 24 * time.Hour
	seenLife  = 8 * 24 * time.Hour
	countLife = 8 * 24 * time.Hour
	pauseLife = 30 * 24 * time.Hour
)

var layouts = [tables]layout{
	tPlan:       {bucket: "d", free: true, grows: true},
	tMessage:    {bucket: "m", free: true, grows: true},
	tStatus:     {bucket: "s", grows: true},
	tAttempt:    {bucket: "a", free: true, grows: true},
	tDue:        {bucket: "due", free: true, grows: true},
	tFinal:      {bucket: "final", free: true, grows: true},
	tChange:     {bucket: "changes", free: true, grows: true},
	tContact:    {bucket: "contacts"},
	tPlace:      {bucket: "places", tail: 8},
	tHead:       {bucket: "heads"},
	tActivity:   {bucket: "activity", free: true},
	tHeadLog:    {bucket: "headlog", free: true, grows: true},
	tLink:       {bucket: "links"},
	tLinkEnd:    {bucket: "linkends", free: true},
	tHearing:    {bucket: "hearing", tail: whole},
	tPause:      {bucket: "pauses", tail: whole},
	tSpent:      {bucket: "spent"},
	tQuarantine: {bucket: "quarantine", tail: whole},
	tSetting:    {bucket: "settings"},
	tRecord:     {bucket: "records"},
	tCursor:     {bucket: "cursors"},
	tByContact:  {bucket: "bycontact", generations: true, tail: 8},
	tByMetadata: {bucket: "bymetadata", generations: true, tail: 8, free: true},
	tTalk:       {bucket: "talk", generations: true, tail: 8, free: true},
	tProvider:   {bucket: "provider", generations: true},
	tLastSent:   {bucket: "lastsent", generations: true},
	tKey:        {bucket: "keys", generations: true, keep: keyLife},
	tSeen:       {bucket: "seen", generations: true, keep: seenLife},
	tCount:      {bucket: "counts", generations: true, keep: countLife, tail: 8},
	tOrphan:     {bucket: "orphans", generations: true, keep: fallback.OrphanLife, tail: 8},
	tNewest:     {bucket: "newest", tail: newestTail},
}

// Buckets that are not tables.
var (
	metaBucket   = []byte("meta")   // schema, last id, current generations: small enough to lie in the root page
	genBucket    = []byte("gens")   // table, full generation → how many entries, from when to when
	logBucket    = []byte("logs")   // table, generation that is not sealed → a bucket: number → entries, in the order of commits
	filterBucket = []byte("filter") // table, sealed generation → its Bloom filter
)

func (t table) String() string { return layouts[t].bucket }

// group is the part of a key that entries read together have in common.
func (t table) group(key []byte) []byte {
	tail := layouts[t].tail
	if tail >= len(key) {
		return nil
	}
	return key[:len(key)-tail]
}

// hash names a group of a table; stored filters depend on it. It is FNV-1a with a better mix at the end.
func (t table) hash(group []byte) uint64 {
	h := uint64(14695981039346656037)
	h = (h ^ uint64(t)) * 1099511628211
	for _, c := range group {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// Keys. Numbers are big endian, so that keys sort as numbers do; times are microseconds with the sign turned.

func timeKey(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro())^1<<63)
}

func keyTime(b []byte) time.Time {
	if len(b) < 8 {
		return time.Time{}
	}
	return fromMicro(int64(binary.BigEndian.Uint64(b) ^ 1<<63))
}

func idKey(b []byte, id bots.ID) []byte { return binary.BigEndian.AppendUint64(b, uint64(id)) }

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func keyNumber(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// lastID is the id at the end of a key.
func lastID(key []byte) bots.ID {
	if len(key) < 8 {
		return 0
	}
	return bots.IDFromBytes(key[len(key)-8:])
}

// joined puts strings into one key part. Each has its length before it, so no name is the beginning of another.
func joined(parts ...string) []byte {
	n := 8
	for _, p := range parts {
		n += len(p) + 1
	}
	return join(make([]byte, 0, n), parts)
}

func join(b []byte, parts []string) []byte {
	for _, p := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	return b
}

// hash is a key of fixed size for names of any size.
type hash [16]byte

func digest(parts ...string) (h hash) {
	var buf [256]byte
	sum := sha256.Sum256(join(buf[:0], parts))
	copy(h[:], sum[:])
	return h
}

// key is the hash as a key, with room for an id.
func (h hash) key() []byte { return append(make([]byte, 0, 24), h[:]...) }
