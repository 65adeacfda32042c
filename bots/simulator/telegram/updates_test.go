package telegram

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// seen is an update as the bot sees it.
type seen struct {
	UpdateID int `json:"update_id"`
	Message  *wireMessage
	Edited   *wireMessage `json:"edited_message"`
	Callback *struct {
		ID, Data string
		Message  *wireMessage
		From     user
	} `json:"callback_query"`
	Reaction *reactionUpdated `json:"message_reaction"`
	Member   *memberUpdated   `json:"my_chat_member"`
}

func (u seen) String() string {
	switch {
	case u.Message != nil:
		return "message " + u.Message.Text
	case u.Edited != nil:
		return "edited " + u.Edited.Text
	case u.Callback != nil:
		return "pressed " + u.Callback.Data
	case u.Reaction != nil:
		return fmt.Sprint("reaction ", u.Reaction.NewReaction)
	case u.Member != nil:
		return "member " + u.Member.New.Status
	}
	return "?"
}

func poll(t *testing.T, s *Server, pairs ...string) []seen {
	t.Helper()
	var updates []seen
	call(t, s, "getUpdates", pairs...).into(t, &updates)
	return updates
}

func list(updates []seen) string {
	var out []string
	for _, u := range updates {
		out = append(out, u.String())
	}
	return strings.Join(out, ", ")
}

func TestUpdatesAreConfirmedByOffset(t *testing.T) {
	s := start(t, Options{FirstUpdateID: 500, Speed: 1})
	for _, text := range []string{"a", "b", "c"} {
		_, err := s.Say(anna, text)
		must(t, err)
	}
	steps := []struct {
		what   string
		params []string
		want   string
	}{
		{"the first poll gets all", []string{"timeout", "5"}, "message a, message b, message c"},
		{"unconfirmed ones come again", []string{"offset", "500"}, "message a, message b, message c"},
		{"the same at once again: one only", []string{"offset", "500"}, "message a"},
		{"the limit", []string{"offset", "-3", "limit", "2"}, "message a, message b"},
		{"an offset from the future confirms nothing", []string{"offset", "9999"}, "message a, message b, message c"},
		{"an offset confirms what is before it", []string{"offset", "501"}, "message b, message c"},
		{"a negative one keeps the last", []string{"offset", "-1"}, "message c"},
		{"and forgets the rest", []string{"offset", "0"}, "message c"},
		{"all confirmed", []string{"offset", "503"}, ""},
	}
	for _, st := range steps {
		if got := list(poll(t, s, st.params...)); got != st.want {
			t.Errorf("%s: got %q, want %q", st.what, got, st.want)
		}
	}
	if _, err := s.Say(anna, "d"); err != nil {
		t.Fatal(err)
	}
	if u := poll(t, s); len(u) != 1 || u[0].UpdateID != 503 {
		t.Errorf("the next id: %+v, want 503", u)
	}
	if n := s.PendingUpdates(); n != 1 {
		t.Errorf("%d pending, want 1", n)
	}
}

func TestAllowedUpdates(t *testing.T) {
	s := start(t, Options{})
	id := say(t, s, "hi")
	if !id.OK {
		t.Fatal(id)
	}
	offset := "0"
	react := func(allowed string) string {
		poll(t, s, "offset", "-1", "allowed_updates", allowed)
		must(t, s.React(anna, 1, "👍"))
		updates := poll(t, s, "offset", offset)
		if n := len(updates); n > 0 {
			offset = fmt.Sprint(updates[n-1].UpdateID + 1)
			poll(t, s, "offset", offset)
		}
		return list(updates)
	}
	steps := []struct{ what, allowed, want string }{
		{"reactions come only on request", "", ""},
		{"on request", `["message","Message_Reaction"]`, "reaction [{emoji 👍}]"},
		{"nothing given keeps the setting", "", "reaction [{emoji 👍}]"},
		{"null is no list", "null", "reaction [{emoji 👍}]"},
		{"a list with a number is no list", `["message",5]`, "reaction [{emoji 👍}]"},
		{"an empty list is the default", "[]", ""},
		{"only unknown names too", `["pigeons"]`, ""},
	}
	for _, st := range steps {
		if got := react(st.allowed); got != st.want {
			t.Errorf("%s: got %q, want %q", st.what, got, st.want)
		}
	}
}

func TestPollWaitsForAnUpdate(t *testing.T) {
	s := start(t, Options{})
	got := make(chan string, 1)
	go func() { got <- list(poll(t, s, "timeout", "50")) }()
	_, err := s.WaitCall(t.Context(), "getUpdates", 1)
	must(t, err)
	_, err = s.Say(anna, "wake up")
	must(t, err)
	if g := <-got; g != "message wake up" {
		t.Errorf("got %q", g)
	}
}

func TestConflicts(t *testing.T) {
	s := start(t, Options{})
	wait := func() chan got {
		n := len(s.CallsOf("getUpdates"))
		answered := make(chan got, 1)
		go func() { answered <- call(t, s, "getUpdates", "timeout", "50", "offset", fmt.Sprint(n)) }()
		must(t, s.stage.Wait(t.Context(), func() bool { return s.poll.end != nil && len(s.callsOf("getUpdates")) > n }))
		return answered
	}
	older := wait()
	newer := wait()
	if g := <-older; g.Status != 409 || g.Description != errOtherPoll.text {
		t.Errorf("the older poller: %+v", g)
	}
	hook := newHook(t)
	call(t, s, "setWebhook", "url", hook.URL)
	if g := <-newer; g.Status != 409 || g.Description != errHookSet.text {
		t.Errorf("a poll when a webhook is set: %+v", g)
	}
	if g := call(t, s, "getUpdates"); g.Status != 409 || g.Description != errHookActive.text {
		t.Errorf("a poll beside a webhook: %+v", g)
	}
	call(t, s, "deleteWebhook")
	if g := call(t, s, "getUpdates"); !g.OK {
		t.Errorf("a poll after it: %+v", g)
	}
}

func TestUpdatesExpire(t *testing.T) {
	now := time.Now()
	s := start(t, Options{Now: func() time.Time { return now }})
	call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	_, err := s.Say(anna, "hi")
	must(t, err)
	id, err := s.Press(anna, 1, "ok")
	must(t, err)
	now = now.Add(149 * time.Second)
	if got := list(poll(t, s)); got != "message hi, pressed ok" {
		t.Errorf("after 149 s: %q", got)
	}
	now = now.Add(time.Second)
	if got := list(poll(t, s, "offset", "-9")); got != "message hi" {
		t.Errorf("after 150 s: %q", got)
	}
	if g := call(t, s, "answerCallbackQuery", "callback_query_id", id); g.Status != 400 {
		t.Errorf("an answer after 150 s: %+v", g)
	}
	now = now.Add(24 * time.Hour)
	if got := list(poll(t, s, "offset", "0")); got != "" {
		t.Errorf("after a day: %q", got)
	}
}
