package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// StaffMember is one of the people who answer customers. A person of the team may have an account on several messengers.
type StaffMember struct {
	Name     string         `json:"name"` // as colleagues and the conversations show it
	Role     StaffRole      `json:"role"`
	Accounts []bots.Address `json:"accounts"` // who they are, as messengers say: never a name that anybody can take
	Since    time.Time      `json:"since"`
	AddedBy  string         `json:"added_by,omitempty"`
	Away     time.Time      `json:"away,omitzero"`      // gets nothing assigned until then
	Signed   string         `json:"signed,omitempty"`   // what stands under their answers; empty: nothing
	Dealt    time.Time      `json:"dealt,omitzero"`     // when a conversation was dealt to them last
	LastSeen time.Time      `json:"last_seen,omitzero"` // when they did something last, by the day
	Username string         `json:"username,omitempty"` // by which the group can mention them, without its @; empty: it is not known
	Code     *StaffCode     `json:"code,omitempty"`     // adds an account; nil: none is out
	Groups   []string       `json:"groups,omitempty"`   // names of the groups where they answer; empty: in all
	Place    bots.ID        `json:"place,omitempty"`    // the contact that stands for them where they answer in their own chats; 0: they do not
}

// StaffRole is what somebody of the team may do.
type StaffRole string

// The roles. An agent answers customers; a lead is told of what nobody answers, and says who is of the team.
const (
	Agent StaffRole = "agent"
	Lead  StaffRole = "lead"
)

// MaxMembers is how many people a team has at most.
const MaxMembers = 500

// Is reports whether an account is one of the member's.
func (m *StaffMember) Is(account bots.Address) bool { return slices.Contains(m.Accounts, account) }

// Member finds who has an account; nil: nobody of the team.
func (team *Team) Member(account bots.Address) *StaffMember {
	if account.ID == "" {
		return nil
	}
	for i := range team.Members {
		if team.Members[i].Is(account) {
			return &team.Members[i]
		}
	}
	return nil
}

// PutStaffMembers says who is of the team by name.
func PutStaffMembers(tx Tx, all []StaffMember) error {
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	team.Members = all
	return team.put(tx)
}
