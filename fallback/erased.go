package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// Erased is what is left of a person who was erased: that it was done, and nothing of who it was. It is kept for good, under the id that
// the person had; journals beside the backups copy it, so that a store that is put back forgets the person again.
type Erased struct {
	Contact bots.ID
	At      time.Time
	By      string // the name of an API key, or "local"
	// Again is when it was done once more, in a store that was put back and did not know of it; zero: it was not.
	Again time.Time
	// Same are the ids that were one person with it, when it was more than one: the contact that stood first, then all it had absorbed.
	// Each has a record of its own, which counts what stood under it.
	Same []bots.ID
	// Marks are the keyed hashes (View.Mark) of those names of the person at which a no stands: what tells who must not be written to, if
	// ever somebody comes with such a name again, and does not tell the name.
	Marks [][]byte
	// Numbers are the keyed hashes of numbers that the person had before, and at which a no stays that was said there.
	Numbers [][]byte
	// Left is set while records of the person are still to be emptied; the contact itself went in the first transaction.
	Left bool
	// TakeBacks are the deliveries that take posts about the person back in the staff's room.
	TakeBacks []bots.ID
	Ended     time.Time // when the last of the records was emptied; zero: one is left
	// Counts say how much went, as far as it has.
	Counts ErasedCounts
}

// Here is when a store forgot the person: what came after it is of whoever came back.
func (e *Erased) Here() time.Time { return later(e.At, e.Again) }

// ErasedPerson is what is left of all that was one person with an id, under the id that stood for it, counted together.
func ErasedPerson(v View, contact bots.ID) (Erased, bool) {
	e, ok := v.Erased(contact)
	if !ok || len(e.Same) == 0 {
		return e, ok
	}
	sum, ok := v.Erased(e.Same[0])
	for _, id := range e.Same[1:] {
		one, found := v.Erased(id)
		ok = ok && found
		sum.Left, sum.Counts = sum.Left || one.Left, sum.Counts.Plus(one.Counts)
		sum.TakeBacks, sum.Ended = append(sum.TakeBacks, one.TakeBacks...), later(sum.Ended, one.Ended)
	}
	return sum, ok
}

// ErasedCounts are how many things of a person were erased.
type ErasedCounts struct {
	Deliveries int // of all, open and ended
	Cancelled  int // of them, those that were open
	Messages   int
	Files      int
	Posts      int // about the person, in the staff's room
	Links      int
	Quarantine int // events no rule could take that name the person
	Claims     int // of others: a phone of the person that they said is theirs
}

// Plus adds them up.
func (n ErasedCounts) Plus(m ErasedCounts) ErasedCounts {
	return ErasedCounts{
		Deliveries: n.Deliveries + m.Deliveries, Cancelled: n.Cancelled + m.Cancelled, Messages: n.Messages + m.Messages,
		Files: n.Files + m.Files, Posts: n.Posts + m.Posts, Links: n.Links + m.Links, Quarantine: n.Quarantine + m.Quarantine,
		Claims: n.Claims + m.Claims,
	}
}

// KeptNo is a no that outlives its person: what was refused, at the keyed hash of a name.
type KeptNo struct {
	At        time.Time // when it was said
	Marketing bool
	All       bool     // to everything but what is urgent and answers the person
	On        []string // channels of which marketing was refused
	// Told: none of it is a person's own word, so that the retailer's later one stands against it.
	Told bool
}

// With is the stricter of two noes that stand at one name: several people may have shared a phone.
func (n KeptNo) With(m KeptNo) KeptNo {
	n.Told = (n.Told || n.Zero()) && (m.Told || m.Zero()) && !(n.Zero() && m.Zero())
	n.Marketing, n.All, n.At = n.Marketing || m.Marketing, n.All || m.All, later(n.At, m.At)
	for _, channel := range m.On {
		if !slices.Contains(n.On, channel) {
			n.On = append(slices.Clip(n.On), channel)
		}
	}
	return n
}

// Zero reports whether nothing was refused.
func (n *KeptNo) Zero() bool { return !n.Marketing && !n.All && len(n.On) == 0 }
