package fallback

import (
	"errors"
	"strings"

	"kaskad/bots"
)

// Why somebody who was only named cannot be added.
var (
	ErrNotSeen = errors.New("nobody was seen in the staff's group under this name")
	ErrSeveral = errors.New("several people were seen in the staff's group under this name")
)

// FindSeen finds an account by what people know of it: telegram:777, @username, or the name that it shows in the group. Names are no proof
// of anything: only accounts that were seen in the group are found by them.
func (team *Team) FindSeen(who string) (SeenAccount, error) {
	if channel, id, ok := strings.Cut(who, ":"); ok && id != "" {
		return SeenAccount{Account: bots.Address{Channel: channel, ID: id}, Name: team.seenName(channel, id)}, nil
	}
	who = strings.TrimSpace(who)
	if strings.Trim(who, "@") == "" {
		return SeenAccount{}, ErrNotSeen
	}
	user, byUser := strings.CutPrefix(who, "@")
	var found []SeenAccount
	for _, s := range team.Seen {
		if byUser && strings.EqualFold(s.Username, user) || !byUser && strings.EqualFold(s.Name, who) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return SeenAccount{}, ErrNotSeen
	case 1:
		return found[0], nil
	}
	return SeenAccount{}, ErrSeveral
}

func (team *Team) seenName(channel, id string) string {
	for _, s := range team.Seen {
		if s.Account.Channel == channel && s.Account.ID == id {
			return s.Name
		}
	}
	return ""
}

// AddSeen adds somebody who is named as FindSeen takes it; an empty name is the one that the account shows.
func AddSeen(tx Tx, by Doer, who, name string, role StaffRole) (StaffMember, error) {
	team, err := ReadTeam(tx)
	if err != nil {
		return StaffMember{}, err
	}
	seen, err := team.FindSeen(who)
	if err != nil {
		return StaffMember{}, err
	}
	if name == "" {
		name = strings.TrimSpace(seen.Name)
	}
	return AddMember(tx, by, name, seen.Account, role)
}
