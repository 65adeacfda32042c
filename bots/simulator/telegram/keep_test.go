package telegram

import (
	"fmt"
	"testing"
)

func TestAServerThatRunsForLongKeepsTheNewest(t *testing.T) {
	s := start(t, Options{Keep: 5})
	must(t, s.AddPerson(Person{ID: 43, Started: true, FirstMessage: 1000}))
	for i := range 40 {
		var sent wireMessage
		call(t, s, "sendMessage", "chat_id", "43", "text", fmt.Sprint(i)).into(t, &sent)
		if sent.MessageID != 1000+i {
			t.Fatalf("message %d has the id %d; want %d", i, sent.MessageID, 1000+i)
		}
	}
	kept := s.Messages(43)
	if n := len(kept); n < 5 || n > 10 || kept[n-1].Text != "39" || kept[n-1].ID != 1039 {
		t.Errorf("%d messages are kept, the last %+v", n, kept[n-1])
	}
	if n := len(s.Calls()); n < 5 || n > 10 {
		t.Errorf("%d calls are kept", n)
	}
	if _, err := s.Reply(43, 1039, "hi"); err != nil {
		t.Errorf("the newest message cannot be answered: %v", err)
	}
	if _, err := s.Reply(43, 1000, "hi"); err == nil {
		t.Error("a message that is not kept was answered")
	}
	s.Forget(43)
	if g := call(t, s, "sendMessage", "chat_id", "43", "text", "hi"); g.Description != "Bad Request: chat not found" {
		t.Errorf("somebody forgotten: %q", g.Description)
	}
	must(t, s.AddPerson(Person{ID: 43, Started: true}))
}

func TestSomebodyBlockedTheBotLongAgo(t *testing.T) {
	s := start(t, Options{})
	must(t, s.AddPerson(Person{ID: 43, Started: true, Blocked: true}))
	if g := call(t, s, "sendMessage", "chat_id", "43", "text", "hi"); g.Description != "Forbidden: bot was blocked by the user" {
		t.Errorf("a send: %d %q", g.Status, g.Description)
	}
	if n := s.PendingUpdates(); n != 0 {
		t.Errorf("the bot is told: %d updates", n)
	}
}

func TestAMessageIsRefused(t *testing.T) {
	s := start(t, Options{})
	s.Fail(Fault{ChatID: "42", Kind: Refuse, Times: -1})
	for range 2 {
		if g := say(t, s, "hi"); g.Status != 400 || len(s.Messages(anna)) != 0 {
			t.Errorf("answered %d %q with %d messages; want 400 and none", g.Status, g.Description, len(s.Messages(anna)))
		}
	}
}
