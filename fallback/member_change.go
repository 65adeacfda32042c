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
func (room *StaffRoom) MemberNamed(name string) *StaffMember {
	i := slices.IndexFunc(room.Members, func(m StaffMember) bool { return strings.EqualFold(m.Name, name) })
	if i < 0 {
		return nil
	}
	return &room.Members[i]
}

// Leads counts those of the team who are told of what nobody answers.
func (room *StaffRoom) Leads() (n int) {
	for i := range room.Members {
		if room.Members[i].Role == Lead {
			n++
		}
	}
	return n
}

// AddMember adds somebody to the team by an account; whoever has the name already gets one account more. An empty role is that of an agent,
// or the one that they have.
func AddMember(tx Tx, by Doer, name string, account bots.Address, role StaffRole) (StaffMember, error) {
	return changeRoom(tx, func(room *StaffRoom) (StaffMember, Audited, error) {
		act := ActMemberAdd
		m := room.MemberNamed(name)
		if m != nil {
			act = ActMemberLink
		}
		m, err := room.join(tx, by, name, role)
		if err != nil {
			return StaffMember{}, Audited{}, err
		}
		if role != "" {
			m.Role = role
		}
		err = room.link(m, account)
		return *m, by.line(act, m.Name+" "+account.String()), err
	})
}

// join is who has a name, or somebody new.
func (room *StaffRoom) join(tx Tx, by Doer, name string, role StaffRole) (*StaffMember, error) {
	switch {
	case role != "" && role != Agent && role != Lead:
		return nil, ErrMemberRole
	case room.MemberNamed(name) != nil:
		return room.MemberNamed(name), nil
	case !isMemberName(name):
		return nil, ErrMemberName
	case len(room.Members) >= MaxMembers:
		return nil, ErrTooManyMembers
	}
	room.Members = append(room.Members, StaffMember{Name: name, Role: Agent, Since: tx.Now(), AddedBy: by.Name})
	return &room.Members[len(room.Members)-1], nil
}

// isMemberName: conversations are given to a name, so that it is one that they can have, too.
func isMemberName(name string) bool {
	return name != "" && strings.TrimSpace(name) == name && IsAssignee(name) && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// link adds an account to those of a member.
func (room *StaffRoom) link(m *StaffMember, account bots.Address) error {
	if account.ID == "" || !slices.Contains([]string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud}, account.Channel) {
		return ErrMemberAccount
	}
	switch has := room.Member(account); {
	case has != nil && has != m:
		return ErrAccountTaken
	case has == m:
		return nil
	case len(m.Accounts) >= maxAccounts:
		return ErrTooManyMembers
	}
	m.Accounts = append(m.Accounts, account)
	if i := slices.IndexFunc(room.Seen, func(s SeenAccount) bool { return s.Account == account }); i >= 0 && m.Username == "" {
		m.Username = room.Seen[i].Username
	}
	room.forgetSeen(account)
	return nil
}

// LinkAccount gives somebody of the team one more account.
func LinkAccount(tx Tx, by Doer, name string, account bots.Address) (StaffMember, error) {
	return changeMember(tx, name, func(room *StaffRoom, m *StaffMember) (Audited, error) {
		return by.line(ActMemberLink, m.Name+" "+account.String()), room.link(m, account)
	})
}

// SetRole says what somebody of the team may do.
func SetRole(tx Tx, by Doer, name string, role StaffRole) (StaffMember, error) {
	return changeMember(tx, name, func(_ *StaffRoom, m *StaffMember) (Audited, error) {
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
	return changeMember(tx, name, func(_ *StaffRoom, m *StaffMember) (Audited, error) {
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
	return changeRoom(tx, func(room *StaffRoom) (StaffMember, Audited, error) {
		m := room.MemberNamed(name)
		if m == nil {
			return StaffMember{}, Audited{}, ErrUnknownMember
		}
		gone := *m
		room.Members = slices.DeleteFunc(room.Members, func(m StaffMember) bool { return m.Name == gone.Name })
		return gone, by.line(ActMemberRemove, gone.Name), nil
	})
}

// UnlinkAccount takes one account off somebody of the team, who keeps the others.
func UnlinkAccount(tx Tx, by Doer, name string, account bots.Address) (StaffMember, error) {
	return changeMember(tx, name, func(_ *StaffRoom, m *StaffMember) (Audited, error) {
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

func changeMember(tx Tx, name string, change func(*StaffRoom, *StaffMember) (Audited, error)) (StaffMember, error) {
	return changeRoom(tx, func(room *StaffRoom) (StaffMember, Audited, error) {
		m := room.MemberNamed(name)
		if m == nil {
			return StaffMember{}, Audited{}, ErrUnknownMember
		}
		line, err := change(room, m)
		return *m, line, err
	})
}

// changeRoom writes the room with what changed in it, and the line of the audit.
func changeRoom(tx Tx, change func(*StaffRoom) (StaffMember, Audited, error)) (StaffMember, error) {
	room, err := ReadStaffRoom(tx)
	if err != nil {
		return StaffMember{}, err
	}
	m, line, err := change(&room)
	if err == nil {
		err = room.settlePlaces(tx)
	}
	if err == nil {
		err = room.put(tx)
	}
	if err != nil {
		return StaffMember{}, err
	}
	room.audit(tx, line)
	return m, nil
}

// Audit writes a line about what the operator did, or a program with a key.
func Audit(tx Tx, line Audited) error {
	room, err := ReadStaffRoom(tx)
	if err == nil {
		room.audit(tx, line)
	}
	return err
}
