package contacts

import "kaskad/bots"

// Put is one change of many, each for itself.
type Put struct {
	// Refs name the person, the surest name first. A later one counts only where nobody has those before, and for a person who has
	// nothing else in their place.
	Refs []bots.Ref
	// Names are all that the change gives the person, Refs included: changes that share one are made in their order.
	Names []bots.Ref
	// Change writes into the record; it may run more than once. Nothing is written when it returns an error.
	Change func(*bots.Contact) error
	Scene  bots.Scene // where it is from, for the evidence
	Teller string     // who tells what is no consent: "key:crm"; empty: nobody says
}

// MostSharers is how many others with a phone are told. A number of more than that is a shop's own, or made up.
const MostSharers = 20

// Outcome is what a change did.
type Outcome uint8

// The outcomes.
const (
	Unchanged Outcome = iota // all of it was so
	Updated
	Created
)

var outcomes = [...]string{"unchanged", "updated", "created"}

func (o Outcome) String() string { return outcomes[o] }

// Done is what became of a change. Contact is the record after it, not to be changed; nil when Err is set.
type Done struct {
	Contact *bots.Contact
	Outcome Outcome
	// Shared are others who have the phone that the change gave, or claim it, at most MostSharers.
	Shared []bots.ID
	Err    error
}
