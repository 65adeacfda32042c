package telegram

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAccess(t *testing.T) {
	s := start(t, Options{})
	must(t, s.AddPerson(Person{ID: 43}))
	want := func(id, description string) {
		t.Helper()
		g := call(t, s, "sendMessage", "chat_id", id, "text", "hi")
		if g.Description != description || (g.Status == 403) != (description != "") {
			t.Errorf("sendMessage to %s: %d %q, want %q", id, g.Status, g.Description, description)
		}
	}
	want("43", "Forbidden: bot can't initiate conversation with a user")
	if _, err := s.Say(43, "hi"); err != nil { // who writes first may be answered
		t.Fatal(err)
	}
	want("43", "")
	must(t, s.Block(anna))
	want("42", "Forbidden: bot was blocked by the user")
	if _, err := s.Say(anna, "hi"); err == nil {
		t.Error("who blocked the bot could write to it")
	}
	if _, err := s.Start(anna, "back"); err != nil {
		t.Fatal(err)
	}
	want("42", "")
	must(t, s.Deactivate(anna))
	want("42", "Forbidden: user is deactivated")
	if err := s.Unblock(anna); err == nil {
		t.Error("a deactivated account did something")
	}
}

func TestTokens(t *testing.T) {
	s := start(t, Options{})
	for path, want := range map[string]string{
		"/bot" + s.Token() + "/GETME":  "",
		"/bot7000000001:wrong/getMe":   "Unauthorized",
		"/botnonsense/getMe":           "Unauthorized: invalid token specified",
		"/bot0123:abc/getMe":           "Unauthorized: invalid token specified",
		"/file/bot7000000001:x/a":      "Not Found",
		"/bot" + s.Token():             "Not Found",
		"/bot" + s.Token() + "/getme/": "",
	} {
		resp, err := http.Get(s.URL() + path)
		if g := read(t, resp, err); g.Description != want {
			t.Errorf("%s: %d %q, want %q", path, g.Status, g.Description, want)
		}
	}
}

func TestBodies(t *testing.T) {
	s := start(t, Options{})
	address := s.URL() + "/bot" + s.Token() + "/sendMessage"
	asJSON := `{"chat_id":42,"text":"json","disable_notification":true,"reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]},"entities":null}`
	resp, err := http.Post(address, "application/json", strings.NewReader(asJSON))
	read(t, resp, err)
	resp, err = http.Get(address + "?chat_id=42&text=query")
	read(t, resp, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(t, form.WriteField("chat_id", "42"))
	must(t, form.WriteField("caption", "multipart"))
	part, err := form.CreateFormFile("photo", "a.png")
	must(t, err)
	_, _ = part.Write([]byte("png"))
	must(t, form.Close())
	resp, err = http.Post(s.URL()+"/bot"+s.Token()+"/sendPhoto", form.FormDataContentType(), &body)
	var photo wireMessage
	read(t, resp, err).into(t, &photo)
	if len(photo.Photo) == 0 || photo.Caption != "multipart" || !call(t, s, "sendPhoto", "chat_id", "42", "photo", photo.Photo[0].FileID).OK {
		t.Errorf("an uploaded photo cannot be sent again: %+v", photo)
	}
	messages := s.Messages(anna)
	if len(messages) != 4 || messages[0].Text != "json" || !messages[0].Silent || messages[0].Buttons[0][0].CallbackData != "b" || messages[1].Text != "query" {
		t.Errorf("messages: %+v", messages)
	}
	if c := s.Calls()[0]; c.Params["text"] != "json" || c.Params["chat_id"] != "42" || c.Status != 200 {
		t.Errorf("first call: %+v", c)
	}
	resp, err = http.Post(address, "application/json", strings.NewReader("{"))
	if g := read(t, resp, err); g.Status != 400 {
		t.Errorf("broken JSON: %+v", g)
	}
}

func TestMessage(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s := start(t, Options{Now: func() time.Time { return now }})
	id, err := s.Say(anna, "hello")
	must(t, err)
	g := call(t, s, "sendMessage", "chat_id", "42", "text", " <b>Ваш</b> бонус: &lt;120&gt; ", "parse_mode", "html",
		"reply_parameters", `{"message_id":1}`, "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}],[]]}`)
	var m wireMessage
	g.into(t, &m)
	if m.MessageID != 2 || m.Chat.ID != 42 || m.Chat.Type != "private" || !m.From.IsBot || m.Date != now.Unix() {
		t.Errorf("message: %+v", m)
	}
	if m.Text != "Ваш бонус: <120>" || len(m.Entities) != 1 || m.Entities[0] != (Entity{Type: "bold", Length: 3}) {
		t.Errorf("text %q, entities %+v", m.Text, m.Entities)
	}
	if m.ReplyToMessage == nil || m.ReplyToMessage.MessageID != id || m.ReplyToMessage.From.ID != anna || len(m.ReplyMarkup.InlineKeyboard) != 1 {
		t.Errorf("reply %+v, markup %+v", m.ReplyToMessage, m.ReplyMarkup)
	}
	if seen := s.Messages(anna)[0]; seen.Raw != " <b>Ваш</b> бонус: &lt;120&gt; " || seen.Text != m.Text || seen.ReplyTo != 1 {
		t.Errorf("Anna sees %+v", seen)
	}
	if g := call(t, s, "sendMessage", "chat_id", "42", "text", strings.Repeat("ж", 4096)); !g.OK {
		t.Errorf("4096 characters: %+v", g)
	}
	if g := call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_parameters", `{"message_id":99,"allow_sending_without_reply":true}`); !g.OK {
		t.Errorf("sending without reply: %+v", g)
	}
}

func TestEditCopyDelete(t *testing.T) {
	now := time.Now()
	s := start(t, Options{Now: func() time.Time { return now }})
	call(t, s, "sendMessage", "chat_id", "42", "text", "one", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	mine, err := s.Say(anna, "hers")
	must(t, err)
	steps := []struct {
		what, method string
		params       []string
		want         string
	}{
		{"the same words and no buttons is a change", "editMessageText", []string{"message_id", "1", "text", "one"}, ""},
		{"the same again is none", "editMessageText", []string{"message_id", "1", "text", "one"}, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"new words", "editMessageText", []string{"message_id", "1", "text", "two"}, ""},
		{"a reply keyboard", "editMessageText", []string{"message_id", "1", "text", "x", "reply_markup", `{"force_reply":true}`}, "Bad Request: inline keyboard expected"},
		{"the person's message", "editMessageText", []string{"message_id", "2", "text", "x"}, "Bad Request: message can't be edited"},
		{"a copy", "copyMessage", []string{"from_chat_id", "42", "message_id", "1"}, ""},
		{"a reaction", "setMessageReaction", []string{"message_id", "2", "reaction", `[{"type":"emoji","emoji":"❤"}]`}, ""},
		{"a delete", "deleteMessage", []string{"message_id", "1"}, ""},
		{"a second delete", "deleteMessage", []string{"message_id", "1"}, "Bad Request: message to delete not found"},
		{"an edit of a deleted one", "editMessageText", []string{"message_id", "1", "text", "x"}, "Bad Request: message to edit not found"},
	}
	for _, st := range steps {
		if g := call(t, s, st.method, append(st.params, "chat_id", "42")...); g.Description != st.want {
			t.Errorf("%s: %q, want %q", st.what, g.Description, st.want)
		}
	}
	m := s.Messages(anna)
	if len(m) != 2 || m[0].Text != "two" || !m[0].Edited || !m[0].Deleted || m[0].Buttons != nil || m[1].Text != "two" || m[1].ID != 3 {
		t.Errorf("messages: %+v", m)
	}
	if m := s.Chat(anna)[mine-1]; m.BotEmoji != "❤" {
		t.Errorf("reaction: %+v", m)
	}
	now = now.Add(49 * time.Hour)
	if g := call(t, s, "deleteMessage", "chat_id", "42", "message_id", "3"); g.Description != "Bad Request: message can't be deleted" {
		t.Errorf("delete after 49 h: %+v", g)
	}
}

func TestSmallMethods(t *testing.T) {
	s := start(t, Options{Username: "shop_bot"})
	var me user
	call(t, s, "getMe").into(t, &me)
	if !me.IsBot || me.Username != "shop_bot" || me.ID != 7000000001 || me.CanJoinGroups == nil {
		t.Errorf("getMe: %+v", me)
	}
	var anna chat
	call(t, s, "getChat", "chat_id", "42").into(t, &anna)
	if anna.FirstName != "Anna" || anna.Type != "private" {
		t.Errorf("getChat: %+v", anna)
	}
	if g := call(t, s, "sendChatAction", "chat_id", "42", "action", "typing"); !g.OK {
		t.Errorf("sendChatAction: %+v", g)
	}
	call(t, s, "setMyCommands", "commands", `[{"command":"stop","description":"No more offers"}]`)
	if c := s.Commands(); len(c) != 1 || c[0].Command != "stop" {
		t.Errorf("commands: %+v", c)
	}
}

func TestRates(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s := start(t, Options{Rate: 8, Now: func() time.Time { return now }})
	for i := range 5 {
		if g := say(t, s, "burst"); !g.OK {
			t.Fatalf("message %d: %+v", i, g)
		}
	}
	g := say(t, s, "one too many")
	if g.Status != 429 || g.Parameters.RetryAfter != 1 || g.Header.Get("Retry-After") != "1" || g.Description != "Too Many Requests: retry after 1" {
		t.Errorf("sixth message to one chat: %+v", g)
	}
	if len(s.Messages(anna)) != 5 {
		t.Error("a refused message arrived")
	}
	now = now.Add(time.Second)
	if g := say(t, s, "a second later"); !g.OK {
		t.Errorf("after the wait: %+v", g)
	}
	must(t, s.AddPerson(Person{ID: 43, Started: true}))
	must(t, s.AddPerson(Person{ID: 44, Started: true}))
	ok := 0
	for i := range 10 {
		if call(t, s, "sendMessage", "chat_id", []string{"43", "44"}[i%2], "text", "x").OK {
			ok++
		}
	}
	if ok != 7 { // 8 a second for all chats, one of them was Anna's
		t.Errorf("%d of 10 messages to two others went through, want 7", ok)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s, err := New(Options{})
	must(t, err)
	must(t, s.AddPerson(Person{ID: anna, Started: true, Habits: Always(Act{Do: WriteLater, After: time.Hour, Text: "late"})}))
	say(t, s, "hi")
	polled := make(chan struct{})
	go func() {
		defer close(polled)
		resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/getUpdates?timeout=50")
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	if _, err := s.WaitCall(t.Context(), "getUpdates", 1); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	<-polled
	if err := s.WaitIdle(context.Background()); err != nil { // nothing pending: still answers
		t.Error(err)
	}
}

func TestNewRefusals(t *testing.T) {
	for name, opt := range map[string]Options{
		"an address that all can reach": {Addr: "0.0.0.0:0"},
		"a token without a colon":       {Token: "abc"},
		"a token without an id":         {Token: "abc:def"},
	} {
		if s, err := New(opt); err == nil {
			t.Errorf("%s was accepted", name)
			_ = s.Close()
		}
	}
}
