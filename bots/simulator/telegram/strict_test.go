package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

func TestTwentyInAnyMinute(t *testing.T) {
	now := time.Unix(1780000000, 0)
	s := inForum(t, Options{GroupStrict: true, Now: func() time.Time { return now }})
	thread := num(made(t, s, "Olena")) // 1
	first := answered(t, inChat(t, s, "sendMessage", "text", "x", "message_thread_id", thread))
	message := num(int(first.at("message_id").(float64))) // 2
	for i := range 16 {                                   // 18
		now = now.Add(time.Second)
		must(t, ok(inChat(t, s, "editMessageText", "message_id", message, "text", fmt.Sprint("edit ", i))))
	}
	free := []struct {
		method string
		params []string
	}{
		{"setMessageReaction", []string{"message_id", message, "reaction", `[{"type":"emoji","emoji":"👍"}]`}},
		{"pinChatMessage", []string{"message_id", message}},
		{"unpinChatMessage", []string{"message_id", message}},
		{"closeForumTopic", []string{"message_thread_id", thread}},
		{"reopenForumTopic", []string{"message_thread_id", thread}},
	}
	for range 5 {
		for _, c := range free {
			must(t, ok(inChat(t, s, c.method, c.params...)))
		}
	}
	var album []raw
	inChat(t, s, "sendMediaGroup", "media", `[{"type":"photo","media":"https://a.example/1"},{"type":"photo","media":"https://a.example/2"}]`).into(t, &album) // 20
	must(t, ok(inChat(t, s, "deleteMessage", "message_id", num(int(album[0].at("message_id").(float64))))))
	for name, g := range map[string]got{
		"a message":   inChat(t, s, "sendMessage", "text", "x"),
		"an edit":     inChat(t, s, "editMessageText", "message_id", message, "text", "more"),
		"a copy":      inChat(t, s, "copyMessage", "from_chat_id", num(forum), "message_id", message),
		"a new topic": inChat(t, s, "createForumTopic", "name", "Taras"),
		"a place":     inChat(t, s, "sendLocation", "latitude", "1", "longitude", "2"),
	} {
		if g.Status != 429 || g.Parameters.RetryAfter != 44 {
			t.Errorf("%s past twenty: %d, retry after %d; want 429 and 44", name, g.Status, g.Parameters.RetryAfter)
		}
	}
	if n := len(s.Topics(forum)); n != 1 {
		t.Errorf("there are %d topics", n)
	}
	now = now.Add(44*time.Second - time.Millisecond)
	if g := inChat(t, s, "sendMessage", "text", "x"); g.Status != 429 || g.Parameters.RetryAfter != 1 {
		t.Errorf("a millisecond early: %+v", g)
	}
	now = now.Add(time.Millisecond)
	for range 2 { // the topic and the message of the first second
		must(t, ok(inChat(t, s, "sendMessage", "text", "x")))
	}
	if g := inChat(t, s, "sendMessage", "text", "x"); g.Status != 429 {
		t.Errorf("a third: %+v", g)
	}
	must(t, ok(say(t, s, "to a person"))) // other chats do not mind
}

func TestNoMinuteHasMoreThanTwenty(t *testing.T) {
	start := time.Unix(1780000000, 0)
	w := &window{most: 20}
	var went []time.Time
	for now := start; now.Before(start.Add(5 * time.Minute)); now = now.Add(700 * time.Millisecond) {
		if w.wait(now, 1) == 0 {
			w.take(now, 1)
			went = append(went, now)
		}
	}
	for i, at := range went {
		if i >= 20 && at.Sub(went[i-20]) < time.Minute {
			t.Errorf("message %d went %s after the one twenty before", i, at.Sub(went[i-20]))
		}
	}
	if len(went) != 100 {
		t.Errorf("%d went in five minutes, want 100", len(went))
	}
}

func TestFaultsOfTopics(t *testing.T) {
	for name, c := range map[string]struct {
		fault  Fault
		status int // 0 = no answer
		said   string
		topics int
	}{
		"the topic is made and the answer is lost":     {Fault{Method: "createForumTopic", Kind: CutAfter}, 0, "", 1},
		"the topic is made and the answer never comes": {Fault{Method: "createForumTopic", Kind: HangAfterAccept}, 0, "", 1},
		"nothing is made and no answer comes":          {Fault{Method: "createForumTopic", Kind: Hang}, 0, "", 0},
		"the topic is made behind a 500":               {Fault{Method: "createForumTopic", Kind: InternalError, CarryOut: true}, 500, "Internal Server Error: restart", 1},
		"too many once":                                {Fault{Method: "createforumtopic", Kind: FloodWait, RetryAfter: 9}, 429, "Too Many Requests: retry after 9", 0},
		"words that are asked for":                     {Fault{Method: "createForumTopic", Kind: Refuse, Text: "TOPIC_DELETED"}, 400, "Bad Request: TOPIC_DELETED", 0},
		"another method":                               {Fault{Method: "closeForumTopic", Kind: Refuse}, 200, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := inForum(t, Options{})
			s.Fail(c.fault)
			client := &http.Client{Timeout: 100 * time.Millisecond}
			resp, err := client.PostForm(fmt.Sprint(s.URL(), "/bot", s.Token(), "/createForumTopic"), url.Values{"name": {"Olena"}, "chat_id": {num(forum)}})
			if (err != nil) != (c.status == 0) {
				t.Fatalf("it gave %v", err)
			}
			if err == nil {
				if g := read(t, resp, nil); g.Status != c.status || g.Description != c.said {
					t.Errorf("got %+v", g)
				}
			}
			if n := len(s.Topics(forum)); n != c.topics {
				t.Errorf("there are %d topics, want %d", n, c.topics)
			}
			if n := len(heard(t, s)); n != c.topics {
				t.Errorf("the bot heard %d updates, want %d: it hears of the topic whatever became of the answer", n, c.topics)
			}
			s.ClearFaults()
			made(t, s, "after")
		})
	}
	t.Run("the next call of a method", func(t *testing.T) {
		s := inForum(t, Options{})
		s.FailNext("deleteForumTopic", Refuse)
		thread := num(made(t, s, "Olena"))
		if g := inChat(t, s, "deleteForumTopic", "message_thread_id", thread); g.Status != 400 {
			t.Errorf("got %+v", g)
		}
		must(t, ok(inChat(t, s, "deleteForumTopic", "message_thread_id", thread)))
	})
}

func TestWaitingForTheRoom(t *testing.T) {
	s := inForum(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	form := func(method string, pairs ...string) {
		if g := inChat(t, s, method, pairs...); !g.OK {
			t.Errorf("%s: %+v", method, g)
		}
	}
	wrote, err := s.SayIn(forum, petro, "hello")
	must(t, err)
	go func() {
		form("sendMessage", "text", "to all")
		form("createForumTopic", "name", "Olena")
		form("sendMessage", "text", "card", "message_thread_id", num(wrote+2))
		form("setMessageReaction", "message_id", num(wrote), "reaction", `[{"type":"emoji","emoji":"👌"}]`)
	}()
	must(t, s.WaitEmoji(ctx, forum, wrote, "👌"))
	topic, err := s.WaitTopic(ctx, forum, 1)
	must(t, err)
	card, err := s.WaitIn(ctx, forum, topic.Thread, 1)
	must(t, err)
	all, err := s.WaitIn(ctx, forum, 0, 1)
	must(t, err)
	if found, there := s.TopicNamed(forum, "Olena"); !there || found.Thread != topic.Thread || card.Text != "card" || all.Text != "to all" {
		t.Errorf("found %+v, %q and %q", found, card.Text, all.Text)
	}
	soon, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := s.WaitEmoji(soon, forum, wrote, "👍"); err == nil {
		t.Error("an emoji that never came")
	}
}

// TestARoomFullOfPeople lets everybody do everything at once: under -race it shows that nothing is shared, and afterwards the room
// must be in order.
func TestARoomFullOfPeople(t *testing.T) {
	s := inForum(t, Options{GroupRate: -1})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprint("topic ", i)
			var made forumTopic
			g := inChat(t, s, "createForumTopic", "name", name)
			if err := json.Unmarshal(g.Result, &made); err != nil {
				t.Error(err)
				return
			}
			thread := num(made.MessageThreadID)
			for j := range 5 {
				if g := inChat(t, s, "sendMessage", "text", fmt.Sprint(j), "message_thread_id", thread); !g.OK {
					t.Errorf("%+v", g)
				}
				id, err := s.WriteIn(forum, petro, Said{Media: Photo, Caption: fmt.Sprint(j), Thread: made.MessageThreadID})
				if err != nil {
					t.Error(err)
				}
				_ = s.ReactIn(forum, maria, id, "👍")
				_ = s.EditIn(forum, petro, id, "edited")
				_, _ = s.Write(anna, Said{Media: Voice})
				_ = s.Topics(forum)
				_ = s.Chat(forum)
			}
			if i%2 == 0 {
				_ = s.DeleteTopic(forum, maria, made.MessageThreadID)
			}
		})
	}
	all.Wait()
	topics := s.Topics(forum)
	if len(topics) != 8 {
		t.Fatalf("there are %d topics", len(topics))
	}
	for _, topic := range topics {
		if topic.Messages[0].ID != topic.Thread || len(topic.Messages) != 11 {
			t.Errorf("topic %q of thread %d has %d messages and begins with %d", topic.Name, topic.Thread, len(topic.Messages), topic.Messages[0].ID)
		}
		for _, m := range topic.Messages {
			if m.Deleted != topic.Deleted {
				t.Errorf("message %d of topic %q: deleted %t", m.ID, topic.Name, m.Deleted)
			}
		}
	}
}
