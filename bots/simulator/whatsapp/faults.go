package whatsapp

import (
	"cmp"
	"time"

	"go.mau.fi/whatsmeow/binary"
)

// Kind is a way in which a stanza goes wrong.
type Kind string

const (
	Drop      Kind = "drop"       // as if it had never come
	NoAck     Kind = "no ack"     // carried out, never answered
	Refuse    Kind = "refuse"     // answered with the error Fault.Code: 463, 479 for a message, 429 for a query
	CutBefore Kind = "cut before" // the connection ends, nothing was done
	CutAfter  Kind = "cut after"  // carried out, then the connection ends without an answer
	Corrupt   Kind = "corrupt"    // a message's copies to others arrive damaged
	Hang      Kind = "hang"       // nothing was done, and the connection is open and dead from then on
	Slow      Kind = "slow"       // carried out, answered after Fault.Delay
)

// Fault makes the next stanzas of clients go wrong.
type Fault struct {
	Tag   string // message, receipt, ack, iq, presence, …; "" = message
	From  string // phone of the sender; "" = any
	Query string // xmlns of an iq: usync, encrypt, privacy, w:m, …; "" = any
	ID    string // "" = any
	Match func(Stanza) bool
	Skip  int // lets that many pass first
	Times int // 0 = once, negative = until ClearFaults
	Kind  Kind
	Code  int           // for Refuse; 0 = 463
	Delay time.Duration // for Slow; divided by Options.Speed
}

// Fail adds a fault. Faults are played in the order in which they were added, one per stanza.
func (s *Server) Fail(f Fault) {
	f.Tag = cmp.Or(f.Tag, "message")
	f.Code = cmp.Or(f.Code, 463)
	s.faults.Add(f, f.Skip, f.Times)
}

// ClearFaults takes back all faults that were not played.
func (s *Server) ClearFaults() { s.faults.Clear() }

func (f Fault) meets(st *Stanza) bool {
	return f.Tag == st.Tag && (f.From == "" || digits(f.From) == digits(st.From)) && (f.Query == "" || f.Query == st.Query) &&
		(f.ID == "" || f.ID == st.ID) && (f.Match == nil || f.Match(*st))
}

// refused notes the error that a message got. The caller holds s.mu.
func (s *Server) refused(n *binary.Node, code int) {
	if m := s.messages[text(n.Attrs, "id")]; m != nil && n.Tag == "message" {
		m.Error = code
	}
}
