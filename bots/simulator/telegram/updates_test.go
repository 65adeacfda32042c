package telegram

import (
	"fmt"
	"math/rand/v2"
	"net/http"
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
		must(t, s.wait(t.Context(), func() bool { return s.poll.end != nil && len(s.callsOf("getUpdates")) > n }))
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

func TestPeople(t *testing.T) {
	s := start(t, Options{})
	poll(t, s, "allowed_updates", `["message","edited_message","callback_query","message_reaction","my_chat_member"]`)
	must(t, s.AddPerson(Person{ID: 43, LanguageCode: "uk", Phone: "+380670000001"}))
	_, err := s.Start(43, "abc-1_2")
	must(t, err)
	call(t, s, "sendMessage", "chat_id", "43", "text", "number?", "reply_markup", `{"keyboard":[[{"text":"Share","request_contact":true}]]}`)
	call(t, s, "sendMessage", "chat_id", "43", "text", "ok?", "reply_markup", `{"inline_keyboard":[[{"text":"Site","url":"https://a.example"},{"text":"OK","callback_data":"d1/0"}]]}`)
	own, err := s.ShareContact(43, OwnContact)
	must(t, err)
	_, err = s.ShareContact(43, ForeignContact)
	must(t, err)
	_, err = s.ShareContact(43, ContactWithoutUserID)
	must(t, err)
	reply, err := s.Reply(43, 3, "fine")
	must(t, err)
	must(t, s.Edit(43, reply, "well"))
	callback, err := s.PressButton(43, 3, 1)
	must(t, err)
	must(t, s.React(43, 3, "👍"))
	must(t, s.React(43, 3, ""))
	must(t, s.Block(43))
	must(t, s.Block(43)) // again: nothing to tell
	must(t, s.Unblock(43))

	u := poll(t, s, "offset", "0", "timeout", "5")
	const want = "message /start abc-1_2, message , message , message , message fine, edited well, pressed d1/0, reaction [{emoji 👍}], reaction [], member kicked, member member"
	if list(u) != want {
		t.Fatalf("got  %s\nwant %s", list(u), want)
	}
	first := u[0].Message
	if first.Entities[0] != (Entity{Type: "bot_command", Length: 6}) || first.From.LanguageCode != "uk" || first.Chat.ID != 43 || first.MessageID != 1 {
		t.Errorf("start: %+v", first)
	}
	if c := u[1].Message; c.MessageID != own || c.Contact.UserID != 43 || c.Contact.PhoneNumber != "+380670000001" || c.ReplyToMessage.MessageID != 2 {
		t.Errorf("own contact: %+v", c)
	}
	if a, b := u[2].Message.Contact, u[3].Message.Contact; a.UserID == 43 || a.UserID == 0 || b.UserID != 0 {
		t.Errorf("foreign contacts: %+v %+v", a, b)
	}
	if u[4].Message.ReplyToMessage.MessageID != 3 || u[5].Edited.EditDate == 0 || u[5].Edited.MessageID != reply {
		t.Errorf("reply %+v, edit %+v", u[4].Message, u[5].Edited)
	}
	if cb := u[6].Callback; cb.ID != callback || cb.Message.MessageID != 3 || cb.Message.ReplyMarkup == nil || cb.From.ID != 43 {
		t.Errorf("callback: %+v", cb)
	}
	if m := u[9].Member; m.Old.Status != "member" || m.Chat.ID != 43 || *m.New.UntilDate != 0 {
		t.Errorf("block: %+v", m)
	}
}

func TestCallbackAnswers(t *testing.T) {
	s := start(t, Options{})
	call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	id, err := s.Press(anna, 1, "ok")
	must(t, err)
	if c := s.Callbacks(); len(c) != 1 || c[0].Answered || c[0].Data != "ok" {
		t.Errorf("before the answer: %+v", c)
	}
	if g := call(t, s, "answerCallbackQuery", "callback_query_id", id, "text", "Thanks", "show_alert", "true"); !g.OK {
		t.Errorf("answer: %+v", g)
	}
	c, err := s.WaitAnswered(t.Context(), id)
	if err != nil || c.Answer != "Thanks" || !c.Alert {
		t.Errorf("after the answer: %+v, %v", c, err)
	}
	if g := call(t, s, "answerCallbackQuery", "callback_query_id", id); g.Status != 400 {
		t.Errorf("a second answer: %+v", g)
	}
}

func TestImpossibleDeeds(t *testing.T) {
	s := start(t, Options{})
	call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"Site","url":"https://a.example"}]]}`)
	for what, err := range map[string]error{
		"a stranger says":              second(s.Say(7, "hi")),
		"a stranger shares":            second(s.ShareContact(7, OwnContact)),
		"a reply to nothing":           second(s.Reply(anna, 9, "hi")),
		"an empty message":             second(s.Say(anna, "")),
		"a payload with a blank":       second(s.Start(anna, "a b")),
		"a payload of 65":              second(s.Start(anna, strings.Repeat("a", 65))),
		"a button that is not there":   second(s.Press(anna, 1, "ok")),
		"a button that opens a site":   second(s.PressButton(anna, 1, 0)),
		"a reaction that is none":      s.React(anna, 1, "🚀"),
		"a reaction to nothing":        s.React(anna, 9, "👍"),
		"an edit of the bot's message": s.Edit(anna, 1, "x"),
		"a person with a known id":     s.AddPerson(Person{ID: anna}),
		"a person without an id":       s.AddPerson(Person{}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestHabits(t *testing.T) {
	s := start(t, Options{Seed: 3})
	poll(t, s, "allowed_updates", `["message","callback_query","message_reaction","my_chat_member"]`)
	must(t, s.SetHabits(anna, Always(
		Act{Do: ReadSilently},
		Act{Do: PressButton, Button: 0},
		Act{Do: ReplyQuoting, After: 10 * time.Second, Text: "thanks"},
		Act{Do: PutReaction, After: 20 * time.Second, Emoji: "🔥"},
		Act{Do: WriteLater, After: 30 * time.Second, Text: "one more thing"},
		Act{Do: BlockBot, After: 40 * time.Second},
	)))
	call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	must(t, s.wait(t.Context(), func() bool { return len(s.queue.pending) == 5 }))
	const want = "pressed ok, message thanks, reaction [{emoji 🔥}], message one more thing, member kicked"
	if u := poll(t, s, "timeout", "5"); list(u) != want || u[1].Message.ReplyToMessage.MessageID != 1 {
		t.Errorf("got %s, want %s", list(u), want)
	}
}

func TestTheSameSeedMakesTheSameChoices(t *testing.T) {
	habits := OneOf(Chance{Weight: 1}, Chance{Weight: 2, Acts: []Act{{Do: WriteLater}}})
	play := func() (chosen string) {
		s := start(t, Options{Seed: 7})
		must(t, s.SetHabits(anna, func(m Message, dice *rand.Rand) []Act {
			chosen += fmt.Sprint(len(habits(m, dice)))
			return nil
		}))
		for range 12 {
			say(t, s, "x")
		}
		return chosen
	}
	if first, second := play(), play(); first != second || strings.Count(first, "0") == 0 || strings.Count(first, "1") == 0 {
		t.Errorf("got %s and %s", first, second)
	}
}

func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault  Fault
		status int // 0 = no answer
		stored int
	}{
		"hang after accept":         {Fault{Kind: HangAfterAccept}, 0, 1},
		"429":                       {Fault{Kind: FloodWait, RetryAfter: 7}, 429, 0},
		"500":                       {Fault{Kind: InternalError}, 500, 0},
		"500 that sent it":          {Fault{Kind: InternalError, CarryOut: true}, 500, 1},
		"502 with a page":           {Fault{Kind: BadGateway}, 502, 0},
		"garbage":                   {Fault{Kind: Garbage}, 200, 0},
		"garbage that sent it":      {Fault{Kind: Garbage, CarryOut: true}, 200, 1},
		"cut before":                {Fault{Kind: CutBefore}, 0, 0},
		"cut after":                 {Fault{Kind: CutAfter}, 0, 1},
		"a delay only delays":       {Fault{Kind: Delay, Delay: time.Second}, 200, 1},
		"a fault of another method": {Fault{Kind: CutBefore, Method: "getMe"}, 200, 1},
		"a fault of another chat":   {Fault{Kind: CutBefore, ChatID: "43"}, 200, 1},
		"one that skips a call":     {Fault{Kind: CutBefore, Skip: 1}, 200, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			s.Fail(tt.fault)
			client := &http.Client{Timeout: 100 * time.Millisecond}
			resp, err := client.Get(s.URL() + "/bot" + s.Token() + "/sendMessage?chat_id=42&text=x")
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("answer %v, error %v", resp, err)
			}
			if err == nil {
				defer resp.Body.Close()
				if resp.StatusCode != tt.status || tt.fault.Kind == FloodWait && resp.Header.Get("Retry-After") != "7" {
					t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
				}
			}
			if n := len(s.Messages(anna)); n != tt.stored {
				t.Errorf("%d messages arrived, want %d", n, tt.stored)
			}
			if c := s.Calls()[0]; c.Status != tt.status || c.Params["text"] != "x" {
				t.Errorf("call: %+v", c)
			}
			s.ClearFaults()
			if !say(t, s, "after").OK {
				t.Error("the next call failed too")
			}
		})
	}
}
