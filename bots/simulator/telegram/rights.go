package telegram

import (
	"slices"
)

// Rights are what an administrator of a group may do, by the names of the Bot API.
type Rights struct {
	ManageTopics    bool `json:"can_manage_topics"`
	PinMessages     bool `json:"can_pin_messages"`
	DeleteMessages  bool `json:"can_delete_messages"`
	ChangeInfo      bool `json:"can_change_info"`
	InviteUsers     bool `json:"can_invite_users"`
	RestrictMembers bool `json:"can_restrict_members"`
	PromoteMembers  bool `json:"can_promote_members"`
	Anonymous       bool `json:"is_anonymous"`
}

// AllRights are all that a bot can be given, but for writing in the group's own name.
func AllRights() Rights {
	return Rights{
		ManageTopics: true, PinMessages: true, DeleteMessages: true, ChangeInfo: true, InviteUsers: true, RestrictMembers: true, PromoteMembers: true,
	}
}

// and are the rights of both.
func (r Rights) and(more Rights) Rights {
	return Rights{
		ManageTopics: r.ManageTopics || more.ManageTopics, PinMessages: r.PinMessages || more.PinMessages,
		DeleteMessages: r.DeleteMessages || more.DeleteMessages, ChangeInfo: r.ChangeInfo || more.ChangeInfo,
		InviteUsers: r.InviteUsers || more.InviteUsers, RestrictMembers: r.RestrictMembers || more.RestrictMembers,
		PromoteMembers: r.PromoteMembers || more.PromoteMembers, Anonymous: r.Anonymous || more.Anonymous,
	}
}

// Forbidden is what members who do not administer a group may not do there. The zero value forbids nothing.
type Forbidden struct {
	Write  bool // anything at all
	Media  bool // photos, documents and so on
	Topics bool // open topics of their own
	Pin    bool
}

// Status of the bot or of a person in a group.
const (
	creator       = "creator"
	administrator = "administrator"
	ordinary      = "member"
	left          = "left"
	kicked        = "kicked"
)

// SetRights makes the bot an administrator with these rights, or changes them. The bot is told.
func (s *Server) SetRights(id int64, rights Rights) error {
	return s.inGroup(id, 0, func(p *person) error {
		if !p.group.inside() {
			return errBotOutside
		}
		s.appoint(p, p.group.owner(), administrator, rights)
		return nil
	})
}

// Demote leaves the bot in the group without any right. The bot is told.
func (s *Server) Demote(id int64) error {
	return s.inGroup(id, 0, func(p *person) error {
		if !p.group.inside() {
			return errBotOutside
		}
		s.appoint(p, p.group.owner(), ordinary, Rights{})
		return nil
	})
}

// SetForbidden changes what members may not do. Nobody is told.
func (s *Server) SetForbidden(id int64, what Forbidden) error {
	return s.inGroup(id, 0, func(p *person) error { p.group.Forbidden = what; return nil })
}

// appoint changes what the bot is in a group, and tells it.
func (s *Server) appoint(p *person, who int64, status string, rights Rights) {
	g := p.group
	if g.status == status && g.rights == rights {
		return
	}
	change := memberUpdated{Chat: p.chat(), From: s.userOf(who), Date: s.opt.Now().Unix(), Old: s.botMember(g)}
	g.status, g.rights = status, rights
	change.New = s.botMember(g)
	s.queue.add(s, "my_chat_member", p.ID, change)
}

// userOf is somebody as the API shows them; for nobody in particular it is the anonymous administrator.
func (s *Server) userOf(who int64) *user {
	if p := s.people[who]; p != nil && p.group == nil {
		return p.user()
	}
	anonymous := anonymousAdmin
	return &anonymous
}

// mayPost tells why the bot may not send a message there.
func (g *group) mayPost(m *Message) *failure {
	if fail := g.mayWrite(); fail != nil {
		return fail
	}
	return g.mayCarry(m.Media)
}

// inside reports whether the bot is in the group.
func (g *group) inside() bool { return g.status == ordinary || g.status == administrator }

// can reports whether the bot has a right of an administrator.
func (g *group) can(right func(Rights) bool) bool {
	return g.status == administrator && right(g.rights)
}

func manageTopics(r Rights) bool   { return r.ManageTopics }
func pinMessages(r Rights) bool    { return r.PinMessages }
func deleteMessages(r Rights) bool { return r.DeleteMessages }

// owner is who made the group: the first administrator, else the first member, 0 = nobody we know.
func (g *group) owner() int64 {
	return slices.Concat(g.Admins, g.Members, []int64{0})[0]
}

// statusOf is what a person is in the group.
func (g *group) statusOf(who int64) string {
	switch {
	case !slices.Contains(g.Members, who):
		return left
	case who == g.owner():
		return creator
	case slices.Contains(g.Admins, who):
		return administrator
	}
	return ordinary
}

// manages reports whether a person may do what administrators do. Where nobody is named, everybody may.
func (g *group) manages(who int64) bool {
	return len(g.Admins) == 0 || slices.Contains(g.Admins, who)
}

// memberRights are the fields that only an administrator has.
type memberRights struct {
	CanBeEdited         bool  `json:"can_be_edited"`
	CanManageChat       bool  `json:"can_manage_chat"`
	CanChangeInfo       bool  `json:"can_change_info"`
	CanDeleteMessages   bool  `json:"can_delete_messages"`
	CanInviteUsers      bool  `json:"can_invite_users"`
	CanRestrictMembers  bool  `json:"can_restrict_members"`
	CanPinMessages      bool  `json:"can_pin_messages"`
	CanManageTopics     *bool `json:"can_manage_topics,omitempty"` // supergroups only
	CanPromoteMembers   bool  `json:"can_promote_members"`
	CanManageVideoChats bool  `json:"can_manage_video_chats"`
	CanPostStories      bool  `json:"can_post_stories"`
	CanEditStories      bool  `json:"can_edit_stories"`
	CanDeleteStories    bool  `json:"can_delete_stories"`
	CanManageVoiceChats bool  `json:"can_manage_voice_chats"`
}

func (g *group) rightsOf(r Rights) *memberRights {
	out := &memberRights{
		CanManageChat: true, CanChangeInfo: r.ChangeInfo, CanDeleteMessages: r.DeleteMessages, CanInviteUsers: r.InviteUsers,
		CanRestrictMembers: r.RestrictMembers, CanPinMessages: r.PinMessages, CanPromoteMembers: r.PromoteMembers,
	}
	if g.Super {
		out.CanManageTopics = &r.ManageTopics
	}
	return out
}

func (s *Server) botMember(g *group) member {
	m := member{User: s.botUser(), Status: g.status}
	if g.status == administrator {
		rights := g.rights // a copy: what is shown does not change afterwards
		m.memberRights, m.IsAnonymous = g.rightsOf(rights), &rights.Anonymous
	}
	return m
}

func (s *Server) memberOf(g *group, who int64) member {
	m := member{User: s.userOf(who), Status: g.statusOf(who)}
	no := false
	switch m.Status {
	case creator:
		m.IsAnonymous = &no
	case administrator:
		m.memberRights, m.IsAnonymous = g.rightsOf(AllRights()), &no
	}
	return m
}

func (s *Server) getChatMember(req *request) (any, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	if fail != nil {
		return nil, fail
	}
	who := int64(req.number("user_id", 0, 0, 1<<53))
	switch known := s.people[who]; {
	case who == 0:
		return nil, badRequest("invalid user_id specified")
	case p.group == nil:
		return s.memberOf(&group{Group: Group{Members: []int64{p.ID, s.botID}, Admins: []int64{0}}}, who), nil
	case !p.group.inside():
		return nil, p.group.mayWrite()
	case who == s.botID:
		return s.botMember(p.group), nil
	case known == nil || known.group != nil:
		return nil, badRequest("user not found")
	}
	return s.memberOf(p.group, who), nil
}

func (s *Server) getChatAdministrators(req *request) (any, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	switch {
	case fail != nil:
		return nil, fail
	case p.group == nil:
		return nil, badRequest("there are no administrators in the private chat")
	case !p.group.inside():
		return nil, p.group.mayWrite()
	}
	out := []member{}
	for _, who := range p.group.Members {
		if status := p.group.statusOf(who); status == creator || status == administrator {
			out = append(out, s.memberOf(p.group, who))
		}
	}
	if p.group.status == administrator {
		out = append(out, s.botMember(p.group))
	}
	return out, nil
}

// permissions are what all members of a group may do, as getChat tells it.
func (g *group) permissions() map[string]bool {
	out := map[string]bool{}
	for _, name := range []string{"can_send_messages", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users"} {
		out[name] = !g.Forbidden.Write
	}
	for _, name := range mediaPermissions {
		out[name] = !g.Forbidden.Write && !g.Forbidden.Media
	}
	out["can_pin_messages"], out["can_manage_topics"] = !g.Forbidden.Pin, !g.Forbidden.Topics
	return out
}

var mediaPermissions = []string{
	"can_send_media_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes",
	"can_send_voice_notes", "can_send_polls", "can_send_other_messages", "can_add_web_page_previews",
}

// initialStatus is what the bot is in a group that was just made.
func (g Group) initialStatus() (string, Rights) {
	switch {
	case g.Without:
		return left, Rights{}
	case g.BotRights != nil:
		return administrator, *g.BotRights
	case g.Forum:
		return administrator, AllRights()
	}
	return ordinary, Rights{}
}
