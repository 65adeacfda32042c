package telegram

import (
	"strings"
	"testing"
)

const chooseForum = `{"keyboard":[["no"],[{"text":"Choose","request_chat":{"request_id":7,"chat_is_channel":false,"chat_is_forum":true,"request_title":true,"bot_is_member":false,
	"user_administrator_rights":{"can_manage_topics":true,"can_pin_messages":true,"can_delete_messages":true},
	"bot_administrator_rights":{"can_manage_topics":true,"can_pin_messages":true}}}]]}`

// outside starts a server where Maria knows a forum and a group of hers which the bot is not in.
func outside(t *testing.T) *Server {
	t.Helper()
	s := inForumOf(t, Options{}, Group{Forum: true, Without: true})
	must(t, s.AddGroup(Group{ID: room, Title: "Plain", Members: []int64{maria}, Without: true}))
	_, err := s.Start(maria, "")
	must(t, err)
	must(t, ok(call(t, s, "sendMessage", "chat_id", num(maria), "text", "Which?", "reply_markup", chooseForum)))
	return s
}

func TestAGroupIsShared(t *testing.T) {
	s := outside(t)
	id, err := s.ShareChat(maria, 7, forum)
	must(t, err)
	u := heard(t, s)[1:] // after /start
	if len(u) != 2 {
		t.Fatalf("heard %v", u)
	}
	for path, want := range map[string]any{
		"my_chat_member.old_chat_member.status": "left", "my_chat_member.new_chat_member.status": "administrator",
		"my_chat_member.new_chat_member.can_manage_topics": true, "my_chat_member.new_chat_member.can_delete_messages": false,
		"my_chat_member.from.id": float64(maria), "my_chat_member.chat.is_forum": true,
	} {
		if got := u[0].at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	for path, want := range map[string]any{
		"message.chat_shared.request_id": 7.0, "message.chat_shared.chat_id": float64(forum), "message.chat_shared.title": "Support",
		"message.chat.id": float64(maria), "message.from.id": float64(maria), "message.message_id": float64(id), "message.text": nil,
	} {
		if got := u[1].at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if made(t, s, "Olena") == 0 {
		t.Error("the bot cannot open a topic there")
	}
	if g := inChat(t, s, "deleteForumTopic", "message_thread_id", "1"); !strings.Contains(g.Description, "not enough rights") {
		t.Errorf("it got more rights than were asked for: %+v", g)
	}
	if _, err := s.ShareChat(maria, 7, forum); err != nil || len(heard(t, s)) != 5 {
		t.Errorf("sharing again tells of the group only: %v", err)
	}
}

func TestWhatIsNotShared(t *testing.T) {
	for name, c := range map[string]struct {
		who     int64
		request int
		group   int64
		before  func(*Server)
	}{
		"a group that is no forum":       {maria, 7, room, nil},
		"another request":                {maria, 8, forum, nil},
		"a chat that is no group":        {maria, 7, anna, nil},
		"by who sees no such key":        {petro, 7, forum, nil},
		"by who blocked the bot":         {maria, 7, forum, func(s *Server) { _ = s.Block(maria) }},
		"a group they are not in":        {maria, 7, forum, func(s *Server) { _ = s.Leave(forum, maria) }},
		"a forum with its topics off":    {maria, 7, forum, func(s *Server) { _ = s.SetForum(forum, false) }},
		"a group they do not administer": {petro, 7, forum, func(s *Server) { _, _ = s.Start(petro, ""); s.people[petro].keyboard = s.people[maria].keyboard }},
		"after the keyboard was deleted": {maria, 7, forum, func(s *Server) { s.people[maria].keyboard.Deleted = true }},
	} {
		t.Run(name, func(t *testing.T) {
			s := outside(t)
			if c.before != nil {
				c.before(s)
			}
			if _, err := s.ShareChat(c.who, c.request, c.group); err == nil {
				t.Error("it was shared")
			}
			if g := inChat(t, s, "getChatMember", "user_id", num(maria)); g.Status != 403 {
				t.Errorf("the bot is in the group: %+v", g)
			}
		})
	}
}

func TestRequestChatRefusals(t *testing.T) {
	s := inForum(t, Options{})
	key := func(request string) string { return `{"keyboard":[[{"text":"a","request_chat":` + request + `}]]}` }
	const rights = `{"can_pin_messages":true}`
	for name, c := range map[string]struct{ chat, markup, want string }{
		"no object":                            {"42", key("5"), `can't parse keyboard button: Field "request_chat" must be of type Object`},
		"no request id":                        {"42", key(`{"chat_is_channel":false}`), `can't parse keyboard button: Can't find field "request_id"`},
		"rights that are no object":            {"42", key(`{"request_id":1,"user_administrator_rights":5}`), "can't parse keyboard button: ChatAdministratorRights must be an Object"},
		"rights that the person need not have": {"42", key(`{"request_id":1,"bot_administrator_rights":` + rights + `}`), "bot_administrator_rights must be a subset of user_administrator_rights"},
		"in a group":                           {num(forum), key(`{"request_id":1}`), "chats can be requested in private chats only"},
		"a phone number in a group":            {num(forum), `{"keyboard":[[{"text":"a","request_contact":true}]]}`, "phone number can be requested in private chats only"},
	} {
		t.Run(name, func(t *testing.T) {
			if g := call(t, s, "sendMessage", "chat_id", c.chat, "text", "x", "reply_markup", c.markup); g.Description != "Bad Request: "+c.want {
				t.Errorf("got %q, want %q", g.Description, c.want)
			}
		})
	}
}
