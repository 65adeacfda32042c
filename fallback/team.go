package fallback

import (
	"encoding/json"

	"kaskad/bots"
)

// Team is who answers customers, and what all of its groups share. In the store it is a contact that nobody outside can name.
type Team struct {
	Contact bots.ID `json:"-"` // zero: nothing was ever written

	Members []StaffMember `json:"members,omitempty"` // who is of the team by name
	Seen    []SeenAccount `json:"seen,omitempty"`    // who else was seen in its groups, the latest last
	Tries   *StaffTries   `json:"tries,omitempty"`   // wrong codes; nil: none yet
	Rooms   []string      `json:"rooms,omitempty"`   // the names of all rooms that there ever were but the first, which has none

	Former []bots.ID `json:"former,omitempty"` // contacts that stood for rooms of before
	Places []bots.ID `json:"places,omitempty"` // contacts that stand for members, and those that did
}

var teamRef = bots.Ref{Kind: bots.Staff, Value: "team"}

// ReadTeam reads the team; without one the zero value. Of a store that was written when it stood with the first room it is read there.
func ReadTeam(v View) (Team, error) {
	id := v.FindContact(teamRef)
	from := id
	if id == 0 {
		from = v.FindContact(RoomRef(""))
	}
	c := v.Contact(from)
	if c == nil {
		return Team{}, nil
	}
	var team Team
	err := json.Unmarshal(c.Attributes, &team)
	team.Contact = id
	return team, err
}

func (team *Team) put(tx Tx) error {
	raw, err := json.Marshal(team)
	if err != nil {
		return err
	}
	if team.Contact == 0 { // it may have got its place since it was read
		team.Contact = tx.FindContact(teamRef)
	}
	c := tx.Contact(team.Contact)
	if c == nil {
		c = &bots.Contact{ID: tx.NewID(), Created: tx.Now()}
		c.Set(bots.Address{Channel: bots.Staff, ID: teamRef.Value}, bots.BlockedState, tx.Now())
		team.Contact = c.ID
	}
	c.Attributes, c.Updated = raw, tx.Now()
	tx.PutContact(c)
	return nil
}

// keepTeam makes sure that where there is a room there is a team. That of a store in which it stood with the first room gets a place of its
// own, before that room is written without it.
func keepTeam(tx Tx) error {
	if tx.FindContact(teamRef) != 0 {
		return nil
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	return team.put(tx)
}

// audit writes a line about what was done in no group.
func (team *Team) audit(tx Tx, a Audited) bots.ID { return audit(tx, team.Contact, a) }

// note appends a line to the outbox that concerns no group. It is about the team, so that nobody outside reads it.
func (team *Team) note(tx Tx, c bots.Change) { noteFor(tx, team.Contact, c) }

// noteFor appends a line to the outbox for whoever serves staff: of is the contact of the room, or of the team.
func noteFor(tx Tx, of bots.ID, c bots.Change) {
	c.At, c.Contact, c.Channel = tx.Now(), of, bots.Staff
	tx.Change(c)
}
