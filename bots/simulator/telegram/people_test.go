package telegram

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

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

	u := poll(t, s, "offset", "-99", "timeout", "5") // not the offset of before: that would be throttled
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
	call(t, s, "deleteMessage", "chat_id", "42", "message_id", "1")
	if _, err = s.Press(anna, 1, "ok"); err != nil {
		t.Fatal(err)
	}
	if m := poll(t, s, "offset", "-1")[0].Callback.Message; m.MessageID != 1 || m.Date != 0 || m.Text != "" {
		t.Errorf("a button of a deleted message: %+v", m)
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
	must(t, s.stage.Wait(t.Context(), func() bool { return len(s.queue.pending) == 5 }))
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
