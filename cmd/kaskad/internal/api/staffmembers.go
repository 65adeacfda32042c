package api

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// Team is the store, as far as it keeps who answers customers, and what they did.
type Team interface {
	Read(ctx context.Context, f func(fallback.View) error) error
	Update(ctx context.Context, f func(fallback.Tx) error) error
	// StaffAudit reads lines older than one of them, newest first, and behind which more may follow; zero: none does.
	StaffAudit(ctx context.Context, f ActFilter, before bots.ID, limit int) ([]fallback.Audited, bots.ID, error)
}

// Member is one of the team.
type Member struct {
	Name     string     `json:"name"`
	Role     string     `json:"role" doc:"agent; lead: is told of what nobody answers"`
	Accounts []string   `json:"accounts" nullable:"false" doc:"Who they are on messengers" example:"[\"telegram:777\"]"`
	Since    time.Time  `json:"since"`
	AddedBy  string     `json:"added_by,omitempty"`
	LastSeen *time.Time `json:"last_seen,omitempty" doc:"In the group, by the day"`
	Signed   string     `json:"signature,omitempty" doc:"Stands under their answers"`
	Groups   []string   `json:"groups,omitempty" doc:"The staff groups where they answer; absent: all"`
	Invited  *time.Time `json:"invited_until,omitempty" doc:"Until when a code can be used that adds an account"`
	Deaf     string     `json:"unreachable,omitempty" doc:"Of who answers on Viber or WhatsApp: why no ticket can go there now: window_closed, blocked, channel_off, no_address; absent: it can"`
}

// SeenView is an account that did something in the group and is of nobody on the team.
type SeenView struct {
	Account  string    `json:"account"`
	Name     string    `json:"name,omitempty"`
	Username string    `json:"username,omitempty"`
	At       time.Time `json:"at" doc:"By the day"`
}

// Members are the team, and who was seen beside it.
type Members struct {
	Items []Member   `json:"items" nullable:"false"`
	Seen  []SeenView `json:"seen" nullable:"false" doc:"Not of the team by name, the latest first"`
	Leads int        `json:"leads" doc:"0: nobody is told of what nobody answers"`
}

func showMember(m *fallback.StaffMember) Member {
	out := Member{Name: m.Name, Role: string(m.Role), Accounts: []string{}, Since: m.Since.UTC(), AddedBy: m.AddedBy, Signed: m.Signed, Groups: m.Groups, LastSeen: moment(m.LastSeen)}
	for _, a := range m.Accounts {
		out.Accounts = append(out.Accounts, a.String())
	}
	if m.Code != nil {
		out.Invited = moment(m.Code.Expires)
	}
	return out
}

func (a *API) team(ctx context.Context) (team fallback.Team, err error) {
	err = a.Team.Read(ctx, func(v fallback.View) error {
		team, err = fallback.ReadTeam(v)
		return err
	})
	return team, err
}

type membersOut struct{ Body Members }

func (a *API) listMembers(ctx context.Context, _ *struct{}) (*membersOut, error) {
	team, err := a.team(ctx)
	if err != nil {
		return nil, err
	}
	out := &membersOut{Members{Items: []Member{}, Seen: []SeenView{}, Leads: team.Leads()}}
	err = a.Team.Read(ctx, func(v fallback.View) error {
		out.Body.Items = out.Body.Items[:0]
		for i := range team.Members {
			m := showMember(&team.Members[i])
			if a.Unreached != nil {
				m.Deaf = a.Unreached(v, &team.Members[i])
			}
			out.Body.Items = append(out.Body.Items, m)
		}
		return nil
	})
	for i := len(team.Seen) - 1; i >= 0; i-- {
		s := &team.Seen[i]
		out.Body.Seen = append(out.Body.Seen, SeenView{s.Account.String(), s.Name, s.Username, s.At.UTC()})
	}
	return out, err
}

// RoomView is how a group of staff stands.
type RoomView struct {
	Name    string     `json:"name" doc:"main: the first; else as [[staff.groups]] names it"`
	Group   string     `json:"group,omitempty" doc:"Absent: none is bound"`
	Fixed   bool       `json:"fixed,omitempty" doc:"true: the configuration names it"`
	Forum   bool       `json:"forum" doc:"true: it has topics"`
	Since   *time.Time `json:"since,omitempty"`
	Lost    *time.Time `json:"lost,omitempty" doc:"Since when the bot cannot write there"`
	Members int        `json:"members" doc:"How many of the team by name answer there"`
}

func showRoom(room *fallback.StaffRoom, team *fallback.Team) RoomView {
	return RoomView{
		Name: room.Called(), Group: room.Group, Fixed: room.Fixed != "" && !room.Off, Forum: room.Forum, Since: moment(room.Since), Lost: moment(room.Lost), Members: team.Serving(room.Called()),
	}
}

type roomOut struct{ Body RoomView }

func (a *API) staffRoom(ctx context.Context, _ *struct{}) (*roomOut, error) {
	all, err := a.rooms(ctx, []string{fallback.MainGroup})
	if err != nil {
		return nil, err
	}
	return &roomOut{all[0]}, nil
}

// Rooms are the groups of staff.
type Rooms struct {
	Items []RoomView `json:"items" nullable:"false"`
}

type roomsOut struct{ Body Rooms }

func (a *API) staffRooms(ctx context.Context, _ *struct{}) (*roomsOut, error) {
	all, err := a.rooms(ctx, append([]string{fallback.MainGroup}, a.StaffGroups...))
	return &roomsOut{Rooms{all}}, err
}

// rooms are those that the configuration names, also ones to which no group was bound yet.
func (a *API) rooms(ctx context.Context, names []string) (all []RoomView, err error) {
	err = a.Team.Read(ctx, func(v fallback.View) error {
		all = all[:0]
		team, err := fallback.ReadTeam(v)
		for _, name := range names {
			room, failed := fallback.ReadStaffRoom(v, fallback.RoomNamed(name))
			if failed != nil {
				return failed
			}
			all = append(all, showRoom(&room, &team))
		}
		return err
	})
	return all, err
}

// doer is whoever makes the call, as the audit shows them.
func doer(ctx context.Context) fallback.Doer {
	who, _ := people.From(ctx)
	if who.KeyID == people.Local().KeyID {
		return fallback.Doer{Name: who.Name, Account: bots.Address{Channel: "control", ID: who.Name}}
	}
	if who.Person != "" {
		return fallback.Doer{Name: who.Name, Account: bots.Address{Channel: "account", ID: who.Name}}
	}
	return fallback.Doer{Name: who.Name, Account: bots.Address{Channel: "key", ID: who.Name}}
}

type memberOut struct{ Body Member }

// member changes one of the team.
func (a *API) member(ctx context.Context, change func(fallback.Tx, fallback.Doer) (fallback.StaffMember, error)) (*memberOut, error) {
	var m fallback.StaffMember
	err := a.Team.Update(ctx, func(tx fallback.Tx) (err error) {
		m, err = change(tx, doer(ctx))
		return err
	})
	if err == nil {
		doing(ctx).at("member", m.Name)
	}
	return &memberOut{showMember(&m)}, err
}

type addMemberIn struct {
	Body struct {
		Who  string `json:"who" minLength:"1" maxLength:"200" doc:"An account: telegram:ID, viber:ID, whatsapp:ID; or of somebody who was seen in the group: @username, or the name shown there" example:"@olena"`
		Name string `json:"name,omitempty" maxLength:"200" doc:"As colleagues and conversations show it; absent: as the account shows it. Whoever has the name already gets one account more"`
		Role string `json:"role,omitempty" doc:"agent or lead; absent: agent, or what they are"`
	}
}

func (a *API) addMember(ctx context.Context, in *addMemberIn) (*memberOut, error) {
	return a.member(ctx, func(tx fallback.Tx, by fallback.Doer) (fallback.StaffMember, error) {
		return fallback.AddSeen(tx, by, in.Body.Who, in.Body.Name, fallback.StaffRole(in.Body.Role))
	})
}

// MemberPath names one of the team.
type MemberPath struct {
	Name string `path:"name" maxLength:"256" doc:"Whatever its case"`
}

type changeMemberIn struct {
	MemberPath
	Body struct {
		Role   string   `json:"role,omitempty" doc:"agent or lead; absent: as it is" example:"lead"`
		Groups []string `json:"groups,omitempty" nullable:"false" maxItems:"21" doc:"The staff groups where they answer, main or of [[staff.groups]]; empty: all; absent: as it is" example:"[\"viber\"]"`
		Signed *string  `json:"signature,omitempty" doc:"What stands under their answers, at most 100 characters on one line; empty: nothing; absent: as it is" example:"Олена, підтримка"`
	}
}

func (a *API) changeMember(ctx context.Context, in *changeMemberIn) (*memberOut, error) {
	b := &in.Body
	if err := a.areStaffGroups(b.Groups); err != nil {
		return nil, err
	}
	return a.member(ctx, func(tx fallback.Tx, by fallback.Doer) (m fallback.StaffMember, err error) {
		if b.Signed != nil {
			m, err = fallback.Sign(tx, by, in.Name, *b.Signed)
		}
		if err == nil && b.Groups != nil {
			m, err = fallback.SetGroups(tx, by, in.Name, b.Groups)
		}
		if err == nil && (b.Role != "" || b.Signed == nil && b.Groups == nil) {
			m, err = fallback.SetRole(tx, by, in.Name, fallback.StaffRole(b.Role))
		}
		return m, err
	})
}

// areStaffGroups refuses what is no group of the configuration. They need not be bound: people may be told before where they answer.
func (a *API) areStaffGroups(names []string) error {
	for _, name := range names {
		if name != fallback.MainGroup && !slices.Contains(a.StaffGroups, name) {
			return unfit("unknown_staff_group", "groups", "There is no group %q: write %s.", name, strings.Join(append([]string{fallback.MainGroup}, a.StaffGroups...), ", "))
		}
	}
	return nil
}

type removeMemberIn struct {
	MemberPath
	Account string `query:"account" maxLength:"200" doc:"Take off this account alone; absent: all of them, and the member" example:"viber:abc="`
}

func (a *API) removeMember(ctx context.Context, in *removeMemberIn) (*memberOut, error) {
	return a.member(ctx, func(tx fallback.Tx, by fallback.Doer) (fallback.StaffMember, error) {
		if channel, id, ok := strings.Cut(in.Account, ":"); in.Account != "" {
			if !ok {
				return fallback.StaffMember{}, fallback.ErrUnknownAccount
			}
			return fallback.UnlinkAccount(tx, by, in.Name, bots.Address{Channel: channel, ID: id})
		}
		return fallback.RemoveMember(tx, by, in.Name)
	})
}

// MemberCode adds an account to somebody of the team.
type MemberCode struct {
	Code      string    `json:"code" doc:"Works once; a code made later for the same name makes it void. An account that wrote five wrong ones is not heard for an hour, or until another code is made" example:"7k3m-q9zx-w2ht"`
	Command   string    `json:"command" doc:"What they write to the bot, in private, on Telegram, Viber or WhatsApp" example:"/staff 7k3m-q9zx-w2ht"`
	ExpiresAt time.Time `json:"expires_at"`
}

type memberCodeOut struct{ Body MemberCode }

func (a *API) memberCode(ctx context.Context, in *MemberPath) (*memberCodeOut, error) {
	plain := strings.ToLower(rand.Text()) // base 32, five bits a letter
	code := plain[:4] + "-" + plain[4:8] + "-" + plain[8:12]
	var expires time.Time
	err := a.Team.Update(ctx, func(tx fallback.Tx) (err error) {
		expires, err = fallback.PutMemberCode(tx, doer(ctx), in.Name, code)
		return err
	})
	if err == nil {
		doing(ctx).at("member", in.Name)
	}
	return &memberCodeOut{MemberCode{Code: code, Command: "/staff " + code, ExpiresAt: expires.UTC()}}, err
}
