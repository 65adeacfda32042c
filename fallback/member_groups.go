package fallback

import (
	"errors"
	"slices"
	"strings"

	"kaskad/bots"
)

// ActMemberGroups is what the audit calls a change of where somebody of the team answers. Detail: the name, and behind a space the groups
// with commas between them; none: in all.
const ActMemberGroups = "member_groups"

// ErrMemberGroups is a list of groups that nobody can be limited to. That they are there whoever calls has to know.
var ErrMemberGroups = errors.New("groups are up to 21 names")

// maxMemberGroups is how many groups one of the team can be limited to: as many as there are at most.
const maxMemberGroups = 21

// Serves reports whether somebody of the team answers in a group, by its name.
func (m *StaffMember) Serves(group string) bool {
	return len(m.Groups) == 0 || slices.Contains(m.Groups, group)
}

// Serving counts those of the team who answer in a group, by its name.
func (team *Team) Serving(group string) (n int) {
	for i := range team.Members {
		if team.Members[i].Serves(group) {
			n++
		}
	}
	return n
}

// SetGroups limits somebody of the team to some groups, by their names; none: they answer in all.
func SetGroups(tx Tx, by Doer, name string, groups []string) (StaffMember, error) {
	return changeMember(tx, name, func(_ *Team, m *StaffMember) (Audited, error) {
		groups := slices.Compact(slices.Sorted(slices.Values(groups)))
		if len(groups) > maxMemberGroups || slices.Contains(groups, "") {
			return Audited{}, ErrMemberGroups
		}
		m.Groups = groups
		return by.line(ActMemberGroups, strings.TrimSpace(m.Name+" "+strings.Join(groups, ","))), nil
	})
}

// groupOfTalk is the name of the group that has a conversation.
func groupOfTalk(v View, contact bots.ID) string {
	if name := HomeOf(v, contact); name != "" {
		return name
	}
	return MainGroup
}
