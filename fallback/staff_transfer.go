package fallback

import (
	"cmp"
	"strings"
)

// transfer gives the conversation to another group of staff.
func (a *staffAnswer) transfer(rest string) error {
	rooms, err := ReadStaffRooms(a.tx)
	if err != nil {
		return err
	}
	var names []string
	for i := range rooms {
		name := rooms[i].Called()
		if rooms[i].Group == "" {
			continue
		}
		if strings.EqualFold(name, strings.TrimSpace(rest)) {
			return a.talk(ActTransfer, name, TalkChange{Group: &name})
		}
		names = append(names, name)
	}
	return a.refuse(ActTransfer, RefusedGroup, strings.Join(names, ", "))
}

// elsewhere reports whether what was done is about somebody whose conversation another group has.
func (a *staffAnswer) elsewhere() bool {
	contact := a.about()
	return a.room != nil && contact != 0 && HomeOf(a.tx, contact) != a.room.Name
}

func (a *staffAnswer) refuseElsewhere(act string) error {
	return a.refuse(act, RefusedElsewhere, cmp.Or(HomeOf(a.tx, a.about()), MainGroup))
}

// IsStaffGroup reports whether a conversation can be given to a group of a name.
func IsStaffGroup(v View, name string) (bool, error) {
	rooms, err := ReadStaffRooms(v)
	for i := range rooms {
		if rooms[i].Group != "" && rooms[i].Called() == name {
			return true, err
		}
	}
	return false, err
}
