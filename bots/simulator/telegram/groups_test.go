package telegram

import (
	"strconv"
	"testing"
	"time"
)

const room = -500

// inRoom starts a server with a group of two, which the bot is in.
func inRoom(t *testing.T, opt Options) *Server {
	t.Helper()
	s := start(t, opt)
	must(t, s.AddPerson(Person{ID: 43, FirstName: "Petro"}))
	must(t, s.AddGroup(Group{ID: room, Title: "Support", Members: []int64{anna, 43}}))
	poll(t, s, "allowed_updates", `["message","edited_message","callback_query","message_reaction","my_chat_member"]`)
	return s
}

func post(t *testing.T, s *Server, text string, more ...string) got {
	t.Helper()
	return call(t, s, "sendMessage", append([]string{"chat_id", strconv.Itoa(room), "text", text}, more...)...)
}

func TestPrivacyMode(t *testing.T) {
	for name, c := range map[string]struct {
		all  bool
		want int
	}{
		"with privacy mode the bot hears commands and replies to itself": {false, 4},
		"without it the bot hears everything":                            {true, 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := inRoom(t, Options{HearsAll: c.all})
			post(t, s, "post")
			colleague, err := s.SayIn(room, 43, "who takes this?")
			must(t, err)
			for _, said := range []Said{
				{Text: "/staff code"}, {Text: "/staff@kaskad_demo_bot code"}, {Text: "/staff@another_bot code"}, {Text: "@kaskad_demo_bot hello"},
				{Text: "I do", ReplyTo: colleague}, {Text: "coming", ReplyTo: 1}, {Text: "look", ReplyTo: 1, Photo: true},
			} {
				_, err := s.WriteIn(room, anna, said)
				must(t, err)
			}
			got := poll(t, s, "offset", "-99")
			if len(got) != c.want {
				t.Errorf("heard %d messages, want %d: %s", len(got), c.want, list(got))
			}
		})
	}
}

func TestRepliesOfAGroup(t *testing.T) {
	s := inRoom(t, Options{})
	post(t, s, "post", "reply_markup", `{"inline_keyboard":[[{"text":"SMS","callback_data":"x:sms"}]]}`)
	id, err := s.ReplyIn(room, 43, 1, "coming")
	must(t, err)
	_, err = s.WriteIn(room, anna, Said{Text: "so be it", ReplyTo: 1, Anonymous: true})
	must(t, err)
	must(t, s.EditIn(room, 43, id, "on my way"))
	press, err := s.PressIn(room, anna, 1, "x:sms")
	must(t, err)
	u := poll(t, s, "offset", "-99")
	if len(u) != 4 {
		t.Fatalf("heard %s", list(u))
	}
	if m := u[0].Message; m.From.ID != 43 || m.Chat.ID != room || m.Chat.Type != "group" || m.Chat.Title != "Support" || m.ReplyToMessage.From.ID == 43 || m.MessageID != id {
		t.Errorf("the reply is %+v", m)
	}
	if m := u[1].Message; !m.From.IsBot || m.SenderChat == nil || m.SenderChat.ID != room {
		t.Errorf("the anonymous reply is %+v", m)
	}
	if u[2].Edited == nil || u[2].Edited.Text != "on my way" {
		t.Errorf("the edit is %+v", u[2])
	}
	if c := u[3].Callback; c.ID != press || c.From.ID != anna || c.Message.Chat.ID != room {
		t.Errorf("the press is %+v", c)
	}
	if g := call(t, s, "setMessageReaction", "chat_id", strconv.Itoa(room), "message_id", strconv.Itoa(id), "reaction", `[{"type":"emoji","emoji":"👌"}]`); !g.OK || s.Chat(room)[id-1].BotEmoji != "👌" {
		t.Errorf("the reaction: %+v", g)
	}
	if g := call(t, s, "setMessageReaction", "chat_id", strconv.Itoa(room), "message_id", strconv.Itoa(id), "reaction", `[{"type":"emoji","emoji":"✅"}]`); g.Status != 400 {
		t.Errorf("an emoji that is no reaction: %+v", g)
	}
	if _, err := s.SayIn(room, 77, "hi"); err == nil {
		t.Error("a stranger wrote in the group")
	}
	if _, err := s.Say(room, "hi"); err == nil {
		t.Error("a group wrote by itself")
	}
}

func TestTwentyAMinuteInAGroup(t *testing.T) {
	now := time.Unix(1780000000, 0)
	s := inRoom(t, Options{Rate: 30, ChatRate: 1, Now: func() time.Time { return now }})
	sent := 0
	for post(t, s, "x").OK {
		sent++
		now = now.Add(50 * time.Millisecond)
	}
	g := post(t, s, "x")
	if sent != 20 || g.Status != 429 || g.Parameters.RetryAfter < 1 {
		t.Errorf("%d went, then %+v; want 20, then 429", sent, g)
	}
	now = now.Add(3 * time.Second)
	if !post(t, s, "x").OK {
		t.Error("no message after three seconds more")
	}
}

func TestAGroupBecomesASupergroup(t *testing.T) {
	s := inRoom(t, Options{})
	now, err := s.Upgrade(room)
	must(t, err)
	u := poll(t, s, "offset", "-99")
	if len(u) != 2 || u[0].Message.MigrateToChatID != now || u[1].Message.MigrateFromChatID != room || u[1].Message.Chat.ID != now {
		t.Errorf("told %+v", u)
	}
	g := post(t, s, "x")
	if g.Status != 400 || g.Description != "Bad Request: group chat was upgraded to a supergroup chat" || g.Parameters.MigrateTo != now {
		t.Errorf("the old id: %+v", g)
	}
	if g := call(t, s, "sendMessage", "chat_id", strconv.FormatInt(now, 10), "text", "x"); !g.OK {
		t.Errorf("the new id: %+v", g)
	}
	if _, err := s.SayIn(room, anna, "/x"); err == nil {
		t.Error("somebody wrote in the group that is no more")
	}
}

func TestTheBotIsPutOutAndLetIn(t *testing.T) {
	s := inRoom(t, Options{})
	must(t, s.Expel(room, anna))
	if g := post(t, s, "x"); g.Status != 403 || g.Description != "Forbidden: bot was kicked from the group chat" {
		t.Errorf("after the expulsion: %+v", g)
	}
	_, err := s.SayIn(room, anna, "/x")
	must(t, err)
	must(t, s.Invite(room, anna))
	if !post(t, s, "x").OK {
		t.Error("let in again, it cannot write")
	}
	if u := poll(t, s, "offset", "-99"); list(u) != "member kicked, member member" {
		t.Errorf("heard %s", list(u))
	}
}
