package fallback

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// StaffRoom is a room in which support staff see what customers write: the first has no name, others have one. In the store it is a
// contact that nobody outside can name: its address is the group, so that everything posted there is a delivery like any other.
type StaffRoom struct {
	Contact bots.ID `json:"-"` // zero: there never was a room
	Name    string  `json:"-"` // empty: the first
	Group   string  `json:"-"` // the group in force; empty: none

	Bound string            `json:"bound,omitempty"` // by /staff
	Fixed string            `json:"fixed,omitempty"` // by the configuration; it wins
	Since time.Time         `json:"since,omitzero"`  // when the group came into force
	Moved map[string]string `json:"moved,omitempty"` // groups that got another id
	Lost  time.Time         `json:"lost,omitzero"`   // since when we cannot write there; zero: we can
	Code  *StaffCode        `json:"code,omitempty"`
	Offer *StaffOffer       `json:"offer,omitempty"` // who may choose the group in private; nil: nobody
	Desk  json.RawMessage   `json:"desk,omitempty"`  // the desk's own notes

	Forum bool `json:"forum,omitempty"` // the group has topics, as it was told last
	Off   bool `json:"off,omitempty"`   // the configuration names it no longer
}

const (
	maxStaffMoves  = 8
	maxStaffAuthor = 64
)

// roomMark begins the address by which a room is found that has a name.
const roomMark = "room"

// RoomRef finds a room. No REF from outside can be read as one of this kind.
func RoomRef(name string) bots.Ref {
	if name == "" {
		return bots.Ref{Kind: bots.Staff, Value: roomMark}
	}
	return bots.Ref{Kind: bots.Staff, Value: roomMark + ":" + name}
}

// ReadStaffRoom reads a room by its name, empty: the first; without one the zero value, with that name.
func ReadStaffRoom(v View, name string) (StaffRoom, error) {
	return readRoom(v.Contact(v.FindContact(RoomRef(name))), name)
}

func readRoom(c *bots.Contact, name string) (StaffRoom, error) {
	room := StaffRoom{Name: name}
	if c == nil {
		return room, nil
	}
	if err := json.Unmarshal(c.Attributes, &room); err != nil {
		return room, err
	}
	room.Contact = c.ID
	room.Group = room.inForce()
	return room, nil
}

// roomIn is the room that a group is; false: it is none.
func roomIn(v View, group string) (room StaffRoom, ok bool, err error) {
	c := v.Contact(v.FindContact(bots.Ref{Kind: bots.Staff, Value: group}))
	name, ok := roomName(c)
	if !ok {
		return room, false, nil
	}
	room, err = readRoom(c, name)
	return room, err == nil && room.Group != "" && room.Group == group, err
}

// roomHaving is the room that a group is, or was under an id that it had before; false: it is none.
func roomHaving(v View, group string) (room StaffRoom, ok bool, err error) {
	if room, ok, err = roomIn(v, group); ok || err != nil || group == "" {
		return room, ok, err
	}
	rooms, err := ReadStaffRooms(v)
	for _, room := range rooms {
		if _, moved := room.Moved[group]; moved && room.Group != "" && room.Now(group) == room.Group {
			return room, true, nil
		}
	}
	return StaffRoom{}, false, err
}

// roomName is the name of the room for which a contact stands; false: it stands for none.
func roomName(c *bots.Contact) (name string, ok bool) {
	if c == nil {
		return "", false
	}
	for i := range c.Addresses {
		if a := &c.Addresses[i]; a.Channel == bots.Staff {
			if a.ID == roomMark {
				return "", true
			}
			if name, ok = strings.CutPrefix(a.ID, roomMark+":"); ok {
				return name, true
			}
		}
	}
	return "", false
}

// ReadStaffRooms reads all rooms that there ever were, the first before the others.
func ReadStaffRooms(v View) (all []StaffRoom, err error) {
	team, err := ReadTeam(v)
	if err != nil {
		return nil, err
	}
	for _, name := range append([]string{""}, team.Rooms...) {
		room, err := ReadStaffRoom(v, name)
		if err != nil {
			return nil, err
		}
		if room.Contact != 0 {
			all = append(all, room)
		}
	}
	return all, nil
}

// ForStaff reports whether a contact stands for a room of staff, or for one of the team: it is no person, and no business of retailers.
func ForStaff(c *bots.Contact) bool {
	for i := range c.Addresses {
		if c.Addresses[i].Channel == bots.Staff {
			return true
		}
	}
	return false
}

// ForStaff reports whether the plan is a post in the room of staff, or to one of the team. A task is none: it is a step of a message to a
// person.
func (p *Plan) ForStaff() bool {
	return p.Post || len(p.Cascade.Steps) == 1 && p.Cascade.Steps[0].Channel == bots.Staff && p.Cascade.Steps[0].Task == ""
}

// inForce is the group that counts, under the id it has now.
func (room *StaffRoom) inForce() string {
	if room.Off {
		return ""
	}
	group := room.Fixed
	if group == "" {
		group = room.Bound
	}
	return room.Now(group)
}

// put writes the room, and tells the outbox when another group is in force than before.
func (room *StaffRoom) put(tx Tx) error {
	before := room.Group
	room.Group = room.inForce()
	if room.Group != before {
		room.Lost = time.Time{}
		if room.Now(before) != room.Group { // else it is the same group under another id, and what was written before is still to be shown
			room.Since = tx.Now()
		}
	}
	raw, err := json.Marshal(room)
	if err != nil {
		return err
	}
	if err := keepTeam(tx); err != nil {
		return err
	}
	c := tx.Contact(room.Contact)
	if c == nil {
		c = &bots.Contact{ID: tx.NewID(), Created: tx.Now()}
		room.Contact = c.ID
		if err := room.enlist(tx); err != nil {
			return err
		}
	}
	c.Attributes, c.Updated = raw, tx.Now()
	if err := room.takeGroup(tx); err != nil {
		return err
	}
	c.Addresses = room.places(tx)
	tx.PutContact(c)
	return nil
}

// enlist notes that there is a room of this name.
func (room *StaffRoom) enlist(tx Tx) error {
	if room.Name == "" {
		return nil
	}
	team, err := ReadTeam(tx)
	if err != nil || slices.Contains(team.Rooms, room.Name) {
		return err
	}
	team.Rooms = append(team.Rooms, room.Name)
	return team.put(tx)
}

// places are the mark by which the room is found, which cannot be written to, and the group.
func (room *StaffRoom) places(tx Tx) []bots.ContactAddress {
	mark := bots.Address{Channel: bots.Staff, ID: RoomRef(room.Name).Value}
	all := []bots.ContactAddress{{Address: mark, State: bots.BlockedState, Since: tx.Now()}}
	if room.Group == "" {
		return all
	}
	at := bots.ContactAddress{Address: bots.Address{Channel: bots.Staff, ID: room.Group}, State: bots.Active, Since: room.Since}
	if !room.Lost.IsZero() {
		at.State, at.Since = bots.UnreachableState, room.Lost
	}
	return append(all, at)
}

// takeGroup takes the group away from the contact that stood for it as a room of before, and from another room: a group is one.
func (room *StaffRoom) takeGroup(tx Tx) error {
	if room.Group == "" {
		return nil
	}
	at := bots.Address{Channel: bots.Staff, ID: room.Group}
	c := tx.Contact(tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}))
	if c == nil || c.ID == room.Contact {
		return nil
	}
	if name, is := roomName(c); is {
		other, err := readRoom(c, name)
		if err != nil {
			return err
		}
		other.Bound, other.Fixed, other.Moved, other.Lost = "", "", nil, time.Time{}
		other.note(tx, bots.Change{Type: StaffLeft, State: at.ID, Reason: LeftTaken})
		return other.put(tx)
	}
	c.Remove(at)
	tx.PutContact(c)
	return nil
}

// FormerStaffRoom is a contact that stands for a group which is the room no longer, to say goodbye there. There is one per group at most, and
// one whose group is the room again stands for the next: there are no more of them than groups, and accounts that wrote a right code.
func FormerStaffRoom(tx Tx, group string) (bots.ID, error) {
	team, err := ReadTeam(tx)
	if err != nil {
		return 0, err
	}
	at := bots.Address{Channel: bots.Staff, ID: group}
	if id := tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}); id != 0 {
		return id, nil
	}
	for _, id := range team.Former {
		if c := tx.Contact(id); c != nil && len(c.Addresses) == 0 {
			c.Set(at, bots.Active, tx.Now())
			tx.PutContact(c)
			return id, nil
		}
	}
	c := &bots.Contact{ID: tx.NewID(), Created: tx.Now(), Updated: tx.Now()}
	c.Set(at, bots.Active, tx.Now())
	tx.PutContact(c)
	team.Former = append(team.Former, c.ID)
	return c.ID, team.put(tx)
}

// StaffContacts are the contacts that stand for rooms, those in force and those of before, for the team and its members, and for the book
// of tickets.
func StaffContacts(v View) (map[bots.ID]bool, error) {
	team, err := ReadTeam(v)
	if err != nil {
		return nil, err
	}
	all := map[bots.ID]bool{}
	for _, name := range append([]string{""}, team.Rooms...) {
		all[v.FindContact(RoomRef(name))] = true
	}
	for _, id := range slices.Concat(team.Former, team.Places, []bots.ID{team.Contact, v.FindContact(bookRef)}) {
		all[id] = true
	}
	delete(all, 0)
	return all, nil
}

// note appends a line to the outbox for the desk of the room. It is about the room, so that nobody outside reads it.
func (room *StaffRoom) note(tx Tx, c bots.Change) { noteFor(tx, room.Contact, c) }

// The lines of the outbox that are for the desk.
const (
	StaffBound = "staff.bound" // State: the group
	StaffLeft  = "staff.left"  // State: the group that is the room no longer; Reason: LeftTaken
	StaffFixed = "staff.fixed" // a code that changed nothing, as the configuration names the group for this room; State: the group; Reason: the room that the code was for
	StaffLost  = "staff.lost"  // we cannot write there
	StaffFound = "staff.found" // we can again
	StaffTried = "staff.tried" // a wrong code; State: the channel it came from; Reason: Tried…
	StaffReply = "staff.reply" // Delivery: the reply; State: the message in the room
	// TicketReply is the same of one that a member wrote in their own chat.
	TicketReply = "staff.ticket_reply"
	StaffAct    = "staff.act"   // Audit: the line that says what was done; Reason: the act
	StaffTopic  = "staff.topic" // State: the id of the contact whose topic stands otherwise than before; see Tx.Topic. Reason: TopicLeft or nothing
	StaffWaits  = "staff.waits" // State: the id of the contact who waits; Reason: who is to be told (Waits…); whose it is, the head says
	// StaffDigest says that a post of a digest, or about two who were one person, was taken back because it named somebody who was erased.
	// Message: another customer's line that stood there, too.
	StaffDigest = "staff.digest"
	StaffPress  = "staff.press"  // State: the query of a press that no line of the audit answers; Reason: why it was refused
	StaffRights = "staff.rights" // the bot's standing in the group is another: what it was not let do may be tried again
	StaffForum  = "staff.forum"  // State: "on" or "off": the group has topics, or has none any more
	StaffNote   = "staff.note"   // State: the message in the room; Message: the post it answered; Reason: what to say
)

// TopicLeft says that a topic was closed because the conversation had gone to another group; it may be back by now.
const TopicLeft = "left"

// LeftTaken says that the group is another room of the same team now: there is no goodbye to be said.
const LeftTaken = "taken"

// What a note says: why nothing went out to the customer.
const (
	NoteMedia   = "media"  // a file: only text goes out
	NoteEdited  = "edited" // an edit of what went out
	NoteNobody  = "nobody" // the message that was answered is about no customer
	NoteNoPhone = "no_phone"
	NoteArrived = "arrived" // the text was read after all
)

// FixStaffRoom makes the group of the configuration the room; empty: the bound one counts.
func FixStaffRoom(tx Tx, name, group string) error {
	room, err := ReadStaffRoom(tx, name)
	if err != nil || room.Fixed == group {
		return err
	}
	before := room.Group
	room.Fixed = group
	if err := room.yield(tx); err != nil {
		return err
	}
	if err := room.put(tx); err != nil {
		return err
	}
	room.changed(tx, before)
	return nil
}

// yield gives up the group that a code bound once, before it counts again: meanwhile it became another room.
func (room *StaffRoom) yield(tx Tx) error {
	if room.Fixed != "" || room.Bound == "" {
		return nil
	}
	other, is, err := roomIn(tx, room.Now(room.Bound))
	if is && other.Contact != room.Contact {
		room.Bound, room.Moved = "", nil
	}
	return err
}

// PutStaffDesk keeps the desk's own notes with the room.
func PutStaffDesk(tx Tx, name string, notes json.RawMessage) error {
	room, err := ReadStaffRoom(tx, name)
	if err != nil || room.Contact == 0 {
		return err
	}
	room.Desk = notes
	return room.put(tx)
}

// LoseStaffRoom notes that we cannot write to the room any more.
func LoseStaffRoom(tx Tx, name string) error {
	room, err := ReadStaffRoom(tx, name)
	if err != nil || room.Group == "" || !room.Lost.IsZero() {
		return err
	}
	return room.lose(tx)
}

func (room *StaffRoom) lose(tx Tx) error {
	if !room.Lost.IsZero() {
		return nil
	}
	room.Lost = tx.Now()
	room.note(tx, bots.Change{Type: StaffLost, State: room.Group})
	return room.put(tx)
}

// find notes that the bot was heard in the room, so that it is there.
func (room *StaffRoom) find(tx Tx) error {
	if room.Lost.IsZero() {
		return nil
	}
	room.Lost = time.Time{}
	room.note(tx, bots.Change{Type: StaffFound, State: room.Group})
	return room.put(tx)
}

// changed tells the desk that another group is in force.
func (room *StaffRoom) changed(tx Tx, before string) {
	if room.Group == before {
		return
	}
	if before != "" {
		room.note(tx, bots.Change{Type: StaffLeft, State: before})
	}
	if room.Group != "" {
		room.note(tx, bots.Change{Type: StaffBound, State: room.Group})
	}
}

// move follows a group that Telegram gave another id.
func (room *StaffRoom) move(tx Tx, to string) error {
	if to == "" || to == room.Group {
		return nil
	}
	if len(room.Moved) >= maxStaffMoves {
		room.Moved = nil
		room.Bound = room.Group
	}
	if room.Moved == nil {
		room.Moved = map[string]string{}
	}
	delete(room.Moved, to) // never in a circle
	room.Moved[room.Group] = to
	return room.put(tx)
}
