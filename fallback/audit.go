package fallback

import (
	"time"
	"unicode/utf8"

	"kaskad/bots"
)

// Audited is one line of the audit: what somebody of the team did, or tried to. It is written in the transaction of the act itself, and
// is what the desk answers from.
type Audited struct {
	ID       bots.ID
	At       time.Time
	By       string       // name
	Account  bots.Address // who that is: a messenger's account, or {"key", NAME} of a call
	Act      string       // see docs/staff.md: "reply", "take", "close", "show_phone", …
	Contact  bots.ID      // whom it was about; zero: nobody
	Delivery bots.ID      // what it sent; zero: nothing
	Message  bots.ID      // the message of a conversation, or the post, that it was about
	Group    string       // where it was done, with the topic there and the message of whoever did it
	Thread   string
	On       string
	Query    string // of a press: by which it can be answered
	Detail   string // what was asked for with it: a time, a name, a channel; the words of a note
	Refused  string // why it was not done; empty: it was
}

// maxAudited bounds Detail, in bytes.
const maxAudited = 4000

// cutBytes is the beginning of a text, whole letters of it.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// audit writes a line of the audit, and tells the desk.
func (room *StaffRoom) audit(tx Tx, a Audited) bots.ID { return audit(tx, room.Contact, a) }

// audit writes a line of the audit, and tells whoever serves staff: of is the contact of the room, or of the team.
func audit(tx Tx, of bots.ID, a Audited) bots.ID {
	a.ID, a.At = tx.NewID(), tx.Now()
	a.Detail = cutBytes(a.Detail, maxAudited)
	tx.PutAudit(a)
	noteFor(tx, of, bots.Change{Type: StaffAct, Audit: a.ID, State: a.On, Delivery: a.Delivery, Message: a.Message, Reason: a.Act})
	return a.ID
}
