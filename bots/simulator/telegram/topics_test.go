package telegram

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	forum = -1001000000500
	petro = 43
	maria = 44
)

// inForum starts a server with a forum of three, which the bot administers. Maria made it; Anna and Petro are members.
func inForum(t *testing.T, opt Options) *Server {
	t.Helper()
	return inForumOf(t, opt, Group{Forum: true})
}

func inForumOf(t *testing.T, opt Options, g Group) *Server {
	t.Helper()
	s := start(t, opt)
	must(t, s.AddPerson(Person{ID: petro, FirstName: "Petro", Username: "petro"}))
	must(t, s.AddPerson(Person{ID: maria, FirstName: "Maria"}))
	g.ID, g.Title, g.Members, g.Admins = forum, "Support", []int64{anna, petro, maria}, []int64{maria}
	must(t, s.AddGroup(g))
	poll(t, s, "allowed_updates", `["message","edited_message","callback_query","message_reaction","my_chat_member"]`)
	return s
}

// inChat calls a method in the forum.
func inChat(t *testing.T, s *Server, method string, pairs ...string) got {
	t.Helper()
	return call(t, s, method, append([]string{"chat_id", strconv.Itoa(forum)}, pairs...)...)
}

// made opens a topic and answers with its thread.
func made(t *testing.T, s *Server, name string) int {
	t.Helper()
	var topic forumTopic
	inChat(t, s, "createForumTopic", "name", name).into(t, &topic)
	return topic.MessageThreadID
}

// raw is an update or an answer as it came, for tests that look at single fields.
type raw map[string]any

// at follows a path of names, "message.chat.is_forum" for one; what is not there is nil.
func (r raw) at(path string) any {
	var here any = map[string]any(r)
	for _, name := range strings.Split(path, ".") {
		fields, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = fields[name]
	}
	return here
}

// heard are all updates that wait. It never asks for the same offset twice: see the package doc.
func heard(t *testing.T, s *Server) []raw {
	t.Helper()
	var out []raw
	call(t, s, "getUpdates", "offset", num(-100-len(s.Calls()))).into(t, &out)
	return out
}

func answered(t *testing.T, g got) raw {
	t.Helper()
	var out raw
	g.into(t, &out)
	return out
}

func num(n int) string { return strconv.Itoa(n) }

func TestATopicIsOpened(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "  Olena   +380 ")
	u := heard(t, s)
	if len(u) != 1 {
		t.Fatalf("heard %v", u)
	}
	for path, want := range map[string]any{
		"message.message_id": float64(thread), "message.message_thread_id": float64(thread), "message.is_topic_message": true,
		"message.forum_topic_created.name": "Olena +380", "message.forum_topic_created.icon_color": float64(plainIcon),
		"message.from.is_bot": true, "message.chat.is_forum": true, "message.reply_to_message": nil,
	} {
		if got := u[0].at(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	topics := s.Topics(forum)
	if len(topics) != 1 || topics[0].Name != "Olena +380" || topics[0].Thread != thread || topics[0].By != 0 || len(topics[0].Messages) != 1 {
		t.Errorf("the topics are %+v", topics)
	}
	if n := len(s.Messages(forum)); n != 0 {
		t.Errorf("a service message counts among the %d of the bot", n)
	}
}

func TestMessagesOfATopic(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "Olena")
	other := made(t, s, "Taras")
	m := answered(t, inChat(t, s, "sendMessage", "text", "card", "message_thread_id", num(thread)))
	for path, want := range map[string]any{
		"message_thread_id": float64(thread), "is_topic_message": true, "reply_to_message.message_id": float64(thread),
		"reply_to_message.forum_topic_created.name": "Olena", "reply_to_message.reply_to_message": nil,
	} {
		if got := m.at(path); got != want {
			t.Errorf("%s of the answer is %v, want %v", path, got, want)
		}
	}
	card := int(m.at("message_id").(float64))
	m = answered(t, inChat(t, s, "sendMessage", "text", "x", "reply_parameters", fmt.Sprintf(`{"message_id":%d}`, card)))
	if m.at("message_thread_id") != float64(thread) || m.at("reply_to_message.message_id") != float64(card) {
		t.Errorf("a reply without a thread stands at %v", m)
	}
	m = answered(t, inChat(t, s, "sendMessage", "text", "x", "message_thread_id", num(other), "reply_to_message_id", num(card)))
	if m.at("message_thread_id") != float64(other) || m.at("reply_to_message.message_id") != float64(other) || m.at("external_reply.message_id") != float64(card) {
		t.Errorf("a reply into another topic is %v", m)
	}
	m = answered(t, inChat(t, s, "sendMessage", "text", "to all"))
	if m.at("message_thread_id") != nil || m.at("is_topic_message") != nil || m.at("reply_to_message") != nil {
		t.Errorf("a message of General is %v", m)
	}
	general := int(m.at("message_id").(float64))
	id, err := s.ReplyIn(forum, petro, general, "yes")
	must(t, err)
	_, err = s.ReplyIn(forum, anna, id, "no")
	must(t, err)
	_, err = s.WriteIn(forum, petro, Said{Text: "hello", Thread: thread})
	must(t, err)
	_, err = s.ReplyIn(forum, anna, card, "taken")
	must(t, err)
	line := func(parts ...any) string { return strings.ReplaceAll(fmt.Sprintln(parts...), "\n", "") }
	var told []string
	for _, u := range heard(t, s)[2:] {
		told = append(told, line(u.at("message.text"), u.at("message.message_thread_id"), u.at("message.is_topic_message"), u.at("message.reply_to_message.text")))
	}
	want := []string{
		line("yes", general, nil, "to all"), line("no", general, nil, "yes"), line("hello", thread, true, nil), line("taken", thread, true, "card"),
	}
	if !slices.Equal(told, want) {
		t.Errorf("heard %q, want %q", told, want)
	}
	if topics := s.Topics(forum); len(topics[0].Messages) != 5 || len(topics[1].Messages) != 2 || len(s.General(forum).Messages) != 3 {
		t.Errorf("the topics hold %d and %d messages, General %d", len(topics[0].Messages), len(topics[1].Messages), len(s.General(forum).Messages))
	}
}

func TestTopicRefusals(t *testing.T) {
	const hello, own, theirs, none = 2, 3, 4, 1 << 20
	pair := func(n int) []string { return []string{"message_thread_id", num(n)} }
	text := func(n int) []string { return append(pair(n), "text", "x") }
	tests := map[string]struct {
		before func(*Server)
		method string
		params []string
		want   string // "" = it goes
	}{
		"a topic that never was":                         {nil, "sendMessage", text(none), "message thread not found"},
		"General by its number":                          {nil, "sendMessage", text(general), "message thread not found"},
		"a message that is no topic":                     {nil, "sendMessage", text(hello), "message thread not found"},
		"a topic that was deleted":                       {func(s *Server) { _ = s.DeleteTopic(forum, maria, theirs) }, "sendMessage", text(theirs), "message thread not found"},
		"a closed topic, to who manages topics":          {func(s *Server) { _ = s.CloseTopic(forum, maria, theirs) }, "sendMessage", text(theirs), ""},
		"a closed topic, without the right":              {func(s *Server) { _ = s.SetRights(forum, Rights{}); _ = s.CloseTopic(forum, maria, theirs) }, "sendMessage", text(theirs), "TOPIC_CLOSED"},
		"a closed topic of its own, without the right":   {func(s *Server) { _ = s.SetRights(forum, Rights{}); _ = s.CloseTopic(forum, maria, own) }, "sendMessage", text(own), ""},
		"a reply into a closed topic":                    {func(s *Server) { _ = s.SetRights(forum, Rights{}); _ = s.CloseTopic(forum, maria, theirs) }, "sendMessage", []string{"text", "x", "reply_to_message_id", num(theirs)}, "TOPIC_CLOSED"},
		"a closed General":                               {func(s *Server) { _ = s.Demote(forum); _ = s.CloseTopic(forum, maria, general) }, "sendMessage", []string{"text", "x"}, "TOPIC_CLOSED"},
		"a hidden General":                               {func(s *Server) { _ = s.Demote(forum); _ = s.HideGeneral(forum, maria, true) }, "sendMessage", []string{"text", "x"}, "TOPIC_CLOSED"},
		"a hidden General, to who manages topics":        {func(s *Server) { _ = s.HideGeneral(forum, maria, true) }, "sendMessage", []string{"text", "x"}, ""},
		"a topic where topics are off":                   {func(s *Server) { _ = s.SetForum(forum, false) }, "sendMessage", text(none), ""},
		"a room where nobody may write":                  {func(s *Server) { _ = s.Demote(forum); _ = s.SetForbidden(forum, Forbidden{Write: true}) }, "sendMessage", []string{"text", "x"}, "not enough rights to send text messages to the chat"},
		"a new topic":                                    {nil, "createForumTopic", []string{"name", "x"}, ""},
		"a new topic without the right":                  {func(s *Server) { _ = s.SetRights(forum, Rights{PinMessages: true}) }, "createForumTopic", []string{"name", "x"}, "not enough rights to create a topic"},
		"a new topic by who is no administrator":         {func(s *Server) { _ = s.Demote(forum) }, "createForumTopic", []string{"name", "x"}, "not enough rights to create a topic"},
		"a new topic where topics are off":               {func(s *Server) { _ = s.SetForum(forum, false) }, "createForumTopic", []string{"name", "x"}, "the chat is not a forum"},
		"a new topic without a name":                     {nil, "createForumTopic", []string{"name", " "}, "name must be non-empty"},
		"a new topic in another colour":                  {nil, "createForumTopic", []string{"name", "x", "icon_color", "7"}, "invalid icon color specified"},
		"a new topic in a colour there is":               {nil, "createForumTopic", []string{"name", "x", "icon_color", "13338331"}, ""},
		"closing":                                        {nil, "closeForumTopic", pair(theirs), ""},
		"closing what is closed":                         {func(s *Server) { _ = s.CloseTopic(forum, maria, theirs) }, "closeForumTopic", pair(theirs), "TOPIC_NOT_MODIFIED"},
		"closing without the right":                      {func(s *Server) { _ = s.SetRights(forum, Rights{}) }, "closeForumTopic", pair(theirs), "not enough rights to close or open the topic"},
		"closing its own without the right":              {func(s *Server) { _ = s.SetRights(forum, Rights{}) }, "closeForumTopic", pair(own), ""},
		"closing what was deleted":                       {func(s *Server) { _ = s.DeleteTopic(forum, maria, theirs) }, "closeForumTopic", pair(theirs), "TOPIC_DELETED"},
		"closing what never was":                         {nil, "closeForumTopic", pair(none), "TOPIC_ID_INVALID"},
		"closing nothing":                                {nil, "closeForumTopic", nil, "invalid forum topic identifier specified"},
		"closing where topics are off":                   {func(s *Server) { _ = s.SetForum(forum, false) }, "closeForumTopic", pair(own), "the chat is not a forum"},
		"reopening":                                      {func(s *Server) { _ = s.CloseTopic(forum, maria, theirs) }, "reopenForumTopic", pair(theirs), ""},
		"reopening what is open":                         {nil, "reopenForumTopic", pair(theirs), "TOPIC_NOT_MODIFIED"},
		"another name":                                   {nil, "editForumTopic", append(pair(theirs), "name", "y"), ""},
		"the same name":                                  {nil, "editForumTopic", append(pair(own), "name", "own"), "TOPIC_NOT_MODIFIED"},
		"no name and no icon":                            {nil, "editForumTopic", pair(own), ""},
		"another name without the right":                 {func(s *Server) { _ = s.SetRights(forum, Rights{}) }, "editForumTopic", append(pair(theirs), "name", "y"), "not enough rights to edit the topic"},
		"deleting":                                       {nil, "deleteForumTopic", pair(theirs), ""},
		"deleting without the right":                     {func(s *Server) { _ = s.SetRights(forum, Rights{ManageTopics: true}) }, "deleteForumTopic", pair(theirs), "not enough rights to delete the topic"},
		"deleting its own without the right":             {func(s *Server) { _ = s.SetRights(forum, Rights{ManageTopics: true}) }, "deleteForumTopic", pair(own), "not enough rights to delete the topic"},
		"deleting twice":                                 {func(s *Server) { _ = s.DeleteTopic(forum, maria, theirs) }, "deleteForumTopic", pair(theirs), "TOPIC_DELETED"},
		"closing General":                                {nil, "closeGeneralForumTopic", nil, ""},
		"reopening General that is open":                 {nil, "reopenGeneralForumTopic", nil, "TOPIC_NOT_MODIFIED"},
		"hiding General":                                 {nil, "hideGeneralForumTopic", nil, ""},
		"hiding General without the right":               {func(s *Server) { _ = s.SetRights(forum, Rights{}) }, "hideGeneralForumTopic", nil, "not enough rights to close or open the topic"},
		"pinning":                                        {nil, "pinChatMessage", []string{"message_id", num(hello)}, ""},
		"pinning without the right":                      {func(s *Server) { _ = s.SetRights(forum, Rights{ManageTopics: true}) }, "pinChatMessage", []string{"message_id", num(hello)}, "not enough rights to manage pinned messages in the chat"},
		"pinning what is not there":                      {nil, "pinChatMessage", []string{"message_id", "99"}, "message to pin not found"},
		"unpinning where nothing is pinned":              {nil, "unpinChatMessage", nil, "message to unpin not found"},
		"unpinning what is not there":                    {nil, "unpinChatMessage", []string{"message_id", "99"}, "message to unpin not found"},
		"deleting what somebody wrote":                   {nil, "deleteMessage", []string{"message_id", num(hello)}, ""},
		"deleting what somebody wrote without the right": {func(s *Server) { _ = s.SetRights(forum, Rights{ManageTopics: true}) }, "deleteMessage", []string{"message_id", num(hello)}, "message can't be deleted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := inForum(t, Options{})
			first, err := s.SayIn(forum, petro, "hello")
			must(t, err)
			bots := made(t, s, "own")
			petros, err := s.OpenTopic(forum, petro, "theirs")
			must(t, err)
			if first != hello || bots != own || petros != theirs {
				t.Fatalf("the message is %d, the topics are %d and %d", first, bots, petros)
			}
			if tt.before != nil {
				tt.before(s)
			}
			g := inChat(t, s, tt.method, tt.params...)
			if want := "Bad Request: " + tt.want; tt.want != "" && (g.Status != 400 || g.Description != want) || tt.want == "" && !g.OK {
				t.Errorf("got %d %q, want %q", g.Status, g.Description, tt.want)
			}
		})
	}
}

func TestTheBotHearsWhatHappensToTopics(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "Olena")
	theirs, err := s.OpenTopic(forum, petro, "ours")
	must(t, err)
	steps := []struct {
		what string
		do   func() error
		want string // of the update: field, thread, from; "" = none
	}{
		{"the bot closes", func() error { return ok(inChat(t, s, "closeForumTopic", "message_thread_id", num(thread))) }, "forum_topic_closed 1 bot"},
		{"an administrator reopens", func() error { return s.ReopenTopic(forum, maria, thread) }, "forum_topic_reopened 1 44"},
		{"an administrator names it", func() error { return s.NameTopic(forum, maria, thread, "Olena K.") }, "forum_topic_edited 1 44"},
		{"the bot names it", func() error {
			return ok(inChat(t, s, "editForumTopic", "message_thread_id", num(thread), "name", "O."))
		}, "forum_topic_edited 1 bot"},
		{"a member closes their own", func() error { return s.CloseTopic(forum, petro, theirs) }, "forum_topic_closed 2 43"},
		{"General is hidden", func() error { return s.HideGeneral(forum, maria, true) }, "general_forum_topic_hidden 0 44"},
		{"opening General shows it", func() error { return ok(inChat(t, s, "reopenGeneralForumTopic")) }, "general_forum_topic_unhidden 0 bot"},
		{"General is closed", func() error { return s.CloseTopic(forum, maria, general) }, "forum_topic_closed 0 44"},
		{"a pin", func() error { return ok(inChat(t, s, "pinChatMessage", "message_id", num(thread))) }, "pinned_message 1 bot"},
		{"a deleted topic", func() error { return s.DeleteTopic(forum, maria, thread) }, ""},
		{"topics off", func() error { return s.SetForum(forum, false) }, ""},
	}
	fields := []string{"forum_topic_closed", "forum_topic_reopened", "forum_topic_edited", "general_forum_topic_hidden", "general_forum_topic_unhidden", "pinned_message"}
	before := len(heard(t, s))
	for _, step := range steps {
		must(t, step.do())
		updates := heard(t, s)
		told := ""
		for _, u := range updates[before:] {
			who := fmt.Sprint(u.at("message.from.id"))
			if u.at("message.from.is_bot") == true {
				who = "bot"
			}
			for _, field := range fields {
				if u.at("message."+field) != nil {
					told += fmt.Sprint(field, " ", fmt.Sprint(slices.Index([]any{nil, float64(thread), float64(theirs)}, u.at("message.message_thread_id"))), " ", who)
				}
			}
		}
		if told != step.want {
			t.Errorf("%s: heard %q, want %q", step.what, told, step.want)
		}
		before = len(updates)
	}
	topics := s.Topics(forum)
	if !topics[0].Deleted || topics[0].Name != "O." || !topics[1].Closed || topics[1].By != petro || !s.General(forum).Closed {
		t.Errorf("the topics are %+v", topics)
	}
	for _, m := range topics[0].Messages {
		if !m.Deleted {
			t.Errorf("the deleted topic still shows %+v", m)
		}
	}
}

func ok(g got) error {
	if g.OK {
		return nil
	}
	return fmt.Errorf("%d %s", g.Status, g.Description)
}

func TestTopicsOff(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "Olena")
	must(t, s.SetForum(forum, false))
	m := answered(t, inChat(t, s, "sendMessage", "text", "x", "message_thread_id", num(thread)))
	if m.at("message_thread_id") != nil || m.at("is_topic_message") != nil || m.at("reply_to_message") != nil || m.at("chat.is_forum") != nil {
		t.Errorf("the message is %v", m)
	}
	if info := answered(t, inChat(t, s, "getChat")); info.at("is_forum") != nil {
		t.Errorf("the chat is %v", info)
	}
	if _, err := s.WriteIn(forum, petro, Said{Text: "x", Thread: thread}); err == nil {
		t.Error("somebody wrote in a topic")
	}
	must(t, s.SetForum(forum, true))
	if info := answered(t, inChat(t, s, "getChat")); info.at("is_forum") != true {
		t.Errorf("the chat is %v", info)
	}
	if g := inChat(t, s, "sendMessage", "text", "x", "message_thread_id", num(thread)); !g.OK {
		t.Errorf("the topic did not come back: %+v", g)
	}
}

func TestRights(t *testing.T) {
	s := inForum(t, Options{})
	id := strings.Split(s.Token(), ":")[0]
	me := answered(t, inChat(t, s, "getChatMember", "user_id", id))
	if me.at("status") != "administrator" || me.at("can_manage_topics") != true || me.at("can_pin_messages") != true || me.at("can_delete_messages") != true || me.at("is_anonymous") != false {
		t.Errorf("the bot is %v", me)
	}
	must(t, s.SetRights(forum, Rights{ManageTopics: true}))
	must(t, s.SetRights(forum, Rights{ManageTopics: true})) // no change, no update
	must(t, s.Demote(forum))
	u := heard(t, s)
	if len(u) != 2 || u[0].at("my_chat_member.new_chat_member.can_pin_messages") != false || u[0].at("my_chat_member.new_chat_member.can_manage_topics") != true ||
		u[0].at("my_chat_member.old_chat_member.can_pin_messages") != true || u[1].at("my_chat_member.new_chat_member.status") != "member" || u[1].at("my_chat_member.from.id") != float64(maria) {
		t.Errorf("heard %v", u)
	}
	var admins []raw
	inChat(t, s, "getChatAdministrators").into(t, &admins)
	if len(admins) != 1 || admins[0].at("status") != "creator" || admins[0].at("user.id") != float64(maria) {
		t.Errorf("the administrators are %v", admins)
	}
	if m := answered(t, inChat(t, s, "getChatMember", "user_id", num(petro))); m.at("status") != "member" {
		t.Errorf("Petro is %v", m)
	}
	if g := inChat(t, s, "getChatMember", "user_id", "987"); g.Description != "Bad Request: user not found" {
		t.Errorf("a stranger: %+v", g)
	}
	must(t, s.SetForbidden(forum, Forbidden{Topics: true}))
	if info := answered(t, inChat(t, s, "getChat")); info.at("permissions.can_manage_topics") != false || info.at("permissions.can_send_messages") != true {
		t.Errorf("the chat is %v", info)
	}
	for name, err := range map[string]error{
		"a member opens a topic where they may not":   errOf(s.OpenTopic(forum, petro, "mine")),
		"a member closes what another made":           s.CloseTopic(forum, petro, 1),
		"an administrator opens a topic there":        not(errOf(s.OpenTopic(forum, maria, "ours"))),
		"somebody opens a topic in no forum":          errOf(s.OpenTopic(anna, petro, "mine")),
		"an administrator deletes General":            s.DeleteTopic(forum, maria, general),
		"somebody outside opens a topic in the forum": errOf(s.OpenTopic(forum, 77, "mine")),
	} {
		if err == nil {
			t.Error(name)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func not(err error) error {
	if err == nil {
		return fmt.Errorf("it went")
	}
	return nil
}

func TestPins(t *testing.T) {
	s := inForum(t, Options{})
	thread := made(t, s, "Olena")
	m := answered(t, inChat(t, s, "sendMessage", "text", "card", "message_thread_id", num(thread)))
	card := num(int(m.at("message_id").(float64)))
	must(t, ok(inChat(t, s, "pinChatMessage", "message_id", card, "disable_notification", "true")))
	must(t, ok(inChat(t, s, "pinChatMessage", "message_id", card)))
	if got := s.Topics(forum)[0].Pinned; len(got) != 1 || num(got[0]) != card {
		t.Errorf("pinned is %v, want %s", got, card)
	}
	if info := answered(t, inChat(t, s, "getChat")); info.at("pinned_message.text") != "card" {
		t.Errorf("the chat is %v", info)
	}
	u := heard(t, s)
	if last := u[len(u)-1]; len(u) != 2 || last.at("message.pinned_message.text") != "card" || last.at("message.message_thread_id") != float64(thread) {
		t.Errorf("heard %v", u)
	}
	must(t, ok(inChat(t, s, "unpinChatMessage", "message_id", card)))
	if got := s.Topics(forum)[0].Pinned; len(got) != 0 {
		t.Errorf("pinned is %v, want nothing", got)
	}
}
