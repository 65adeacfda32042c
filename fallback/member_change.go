package fallback

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// Who is of the team only the operator says. Nothing that anybody writes to the bot makes them staff, but for a code that the operator
// made for one of the team (member_code.go).

// What is done to the list of the team, as the audit calls it.
const (
	ActMemberAdd    = "member_add"    // Detail: the name, and the account behind a space
	ActMemberLink   = "member_link"   // the same: somebody got one more account
	ActMemberUnlink = "member_unlink" // the same of an account that was taken off; by "kaskad": it turned out to be somebody else's now
	ActMemberRemove = "member_remove" // Detail: the name
	ActMemberRole   = "member_role"   // Detail: the name, and the role behind a space
	ActMemberSign   = "member_sign"   // Detail: the name; what stands under their answers has changed
	ActMemberCode   = "member_code"   // Detail: the name
	ActStaffCode    = "staff_code"
)

// Why the list of the team cannot be changed so.
var (
	ErrUnknownMember  = errors.New("nobody of the team has this name")
	ErrUnknownAccount = errors.New("the account is none of theirs")
	ErrAccountTaken   = errors.New("the account is somebody else's of the team")
	ErrTooManyMembers = errors.New("the team has as many people as it can have")
	ErrMemberName     = errors.New("a name has between 1 and 64 characters, and no space at its ends")
	ErrMemberRole     = errors.New("a role is agent or lead")
	ErrMemberSigned   = errors.New("what stands under answers has at most 100 characters, on one line")
	ErrMemberAccount  = errors.New("an account is of telegram, viber or whatsapp")
)

// Doer is who changes the list: the name that the audit shows, and what stands for them.
type Doer struct {
	Name    string
	Account bots.Address // {"key", NAME}, or {"control", ""}
}

// maxAccounts is how many accounts one of the team has at most.
const maxAccounts = 16

// MemberNamed finds somebody of the team by name, whatever its case; nil: nobody.
func (team *Team) MemberNamed(name string) *StaffMember {
	i := slices.IndexFunc(team.Members, func(m StaffMember) bool { return strings.EqualFold(m.Name, name) })
	if i < 0 {
		return nil
	}
	return &team.Members[i]
}

// Leads counts those of the team who are told of what nobody answers.
func (team *Team) Leads() (n int) {
	for i := range team.Members {
		if team.Members[i].Role == Lead {
			n++
		}
	}
	return n
}

// AddMember adds somebody to the team by an account; whoever has the name already gets one account more. An empty role is that of an agent,
// or the one that they have.
func AddMember(tx Tx, by Doer, name string, account bots.Address, role StaffRole) (StaffMember, error) {
	return changeTeam(tx, func(team *Team) (StaffMember, Audited, error) {
		act := ActMemberAdd
		m := team.MemberNamed(name)
		if m != nil {
			act = ActMemberLink
		}
		m, err := team.join(tx, by, name, role)
		if err != nil {
			return StaffMember{}, Audited{}, err
		}
		if role != "" {
			m.Role = role
		}
		err = team.link(m, account)
		return *m, by.line(act, m.Name+" "+account.String()), err
	})
}

// join is who has a name, or somebody new.
func (team *Team) join(tx Tx, by Doer, name string, role StaffRole) (*StaffMember, error) {
	switch {
	case role != "" && role != Agent && role != Lead:
		return nil, ErrMemberRole
	case team.MemberNamed(name) != nil:
		return team.MemberNamed(name), nil
	case !isMemberName(name):
		return nil, ErrMemberName
	case len(team.Members) >= MaxMembers:
		return nil, ErrTooManyMembers
	}
	team.Members = append(team.Members, StaffMember{Name: name, Role: Agent, Since: tx.Now(), AddedBy: by.Name})
	return &team.Members[len(team.Members)-1], nil
}

// isMemberName: conversations are given to a name, so that it is one that they can have, too.
func isMemberName(name string) bool {
	return name != "" && strings.TrimSpace(name) == name && IsAssignee(name) && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// link adds an account to those of a member.
func (team *Team) link(m *StaffMember, account bots.Address) error {
	if account.ID == "" || !slices.Contains([]string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud}, account.Channel) {
		return ErrMemberAccount
	}
	switch has := team.Member(account); {
	case has != nil && has != m:
		return ErrAccountTaken
	case has == m:
		return nil
	case len(m.Accounts) >= maxAccounts:
		return ErrTooManyMembers
	}
	m.Accounts = append(m.Accounts, account)
	if i := slices.IndexFunc(team.Seen, func(s SeenAccount) bool { return s.Account == account }); i >= 0 && m.Username == "" {
		m.Username = team.Seen[i].Username
	}
	team.forgetSeen(account)
	return nil
}

// LinkAccount gives somebody of the team one more account.
func LinkAccount(tx Tx, by Doer, name string, account bots.Address) (StaffMember, error) {
	return changeMember(tx, name, func(team *Team, m *StaffMember) (Audited, error) {
		return by.line(ActMemberLink, m.Name+" "+account.String()), team.link(m, account)
	})
}

// SetRole says what somebody of the team may do.
func SetRole(tx Tx, by Doer, name string, role StaffRole) (StaffMember, error) {
	return changeMember(tx, name, func(_ *Team, m *StaffMember) (Audited, error) {
		if role != Agent && role != Lead {
			return Audited{}, ErrMemberRole
		}
		m.Role = role
		return by.line(ActMemberRole, m.Name+" "+string(role)), nil
	})
}

// maxSigned is how many characters stand under an answer at most.
const maxSigned = 100

// Sign says what stands under the answers of somebody of the team; empty: nothing does.
func Sign(tx Tx, by Doer, name, text string) (StaffMember, error) {
	return changeMember(tx, name, func(_ *Team, m *StaffMember) (Audited, error) {
		text = strings.TrimSpace(text)
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxSigned || strings.ContainsFunc(text, unicode.IsControl) {
			return Audited{}, ErrMemberSigned
		}
		m.Signed = text
		return by.line(ActMemberSign, m.Name), nil
	})
}

// RemoveMember takes somebody off the team, with their accounts and codes.
func RemoveMember(tx Tx, by Doer, name string) (StaffMember, error) {
	return changeTeam(tx, func(team *Team) (StaffMember, Audited, error) {
		m := team.MemberNamed(name)
		if m == nil {
			return StaffMember{}, Audited{}, ErrUnknownMember
		}
		gone := *m
		team.Members = slices.DeleteFunc(team.Members, func(m StaffMember) bool { return m.Name == gone.Name })
		return gone, by.line(ActMemberRemove, gone.Name), nil
	})
}

// UnlinkAccount takes one account off somebody of the team, who keeps the others.
func UnlinkAccount(tx Tx, by Doer, name string, account bots.Address) (StaffMember, error) {
	return changeMember(tx, name, func(_ *Team, m *StaffMember) (Audited, error) {
		if !m.Is(account) {
			return Audited{}, ErrUnknownAccount
		}
		m.Accounts = slices.DeleteFunc(slices.Clone(m.Accounts), func(a bots.Address) bool { return a == account })
		return by.line(ActMemberUnlink, m.Name+" "+account.String()), nil
	})
}

func (by Doer) line(act, detail string) Audited {
	return Audited{By: by.Name, Account: by.Account, Act: act, Detail: detail}
}

func changeMember(tx Tx, name string, change func(*Team, *StaffMember) (Audited, error)) (StaffMember, error) {
	return changeTeam(tx, func(team *Team) (StaffMember, Audited, error) {
		m := team.MemberNamed(name)
		if m == nil {
			return StaffMember{}, Audited{}, ErrUnknownMember
		}
		line, err := change(team, m)
		return *m, line, err
	})
}

// changeTeam writes the room with what changed in it, and the line of the audit.
func changeTeam(tx Tx, change func(*Team) (StaffMember, Audited, error)) (StaffMember, error) {
	team, err := ReadTeam(tx)
	if err != nil {
		return StaffMember{}, err
	}
	m, line, err := change(&team)
	if err == nil {
		err = team.settlePlaces(tx)
	}
	if err == nil {
		err = team.put(tx)
	}
	if err != nil {
		return StaffMember{}, err
	}
	team.audit(tx, line)
	return m, nil
}

// Audit writes a line about what the operator did, or a program with a key.
func Audit(tx Tx, line Audited) error {
	team, err := ReadTeam(tx)
	if err == nil && team.Contact == 0 {
		err = team.put(tx)
	}
	if err == nil {
		team.audit(tx, line)
	}
	return err
}
