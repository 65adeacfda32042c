package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

func TestASnoozeEndsByItself(t *testing.T) {
	d := newDesk(t)
	d.seed()
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	w := d.call(people.Send, "PATCH", "/v1/conversations/ext:C-100", `{"state":"snoozed","snoozed_until":"`+until.Format(time.RFC3339)+`"}`)
	var got api.Conversation
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.State != "snoozed" || !got.SnoozedUntil.Equal(until) {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if w := d.call(people.Read, "GET", "/v1/conversations?state=open", ""); !strings.Contains(w.Body.String(), `"items":[]`) {
		t.Errorf("while it is snoozed the open ones are %s", w.Body)
	}
	d.talks[0].SnoozedTo = time.Now().Add(-time.Second)
	for _, path := range []string{"/v1/conversations/ext:C-100", "/v1/conversations?state=open"} {
		if w := d.call(people.Read, "GET", path, ""); !strings.Contains(w.Body.String(), `"state":"open"`) || strings.Contains(w.Body.String(), "snoozed") {
			t.Errorf("%s, when the snooze is over: %s", path, w.Body)
		}
	}
}

func TestAReplyIsAskedForInTheNameOfWhoCalls(t *testing.T) {
	d := newDesk(t)
	d.seed()
	if w := d.call(people.Send, "POST", "/v1/conversations/ext:C-100/replies", `{"text":"Рік"}`); w.Code != 202 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if r := d.replies[0]; r.Author != "test send" || r.Contact != d.talks[0].Contact || r.Scope == "" || r.Text != "Рік" {
		t.Errorf("the engine was asked %+v", r)
	}
	const all = `{"text":"Рік","author":"Ірина","reply_to":"001jz00000009","channel":"sms","key":"k"}`
	if w := d.call(people.Send, "POST", "/v1/conversations/ext:C-100/replies", all); w.Code != 202 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	id, err := bots.ParseID("001jz00000009")
	if r := d.replies[1]; err != nil || r.Author != "Ірина" || r.ReplyTo != id || r.Channel != "sms" || r.Key != "k" {
		t.Errorf("the engine was asked %+v", r)
	}
}

// TestRepliesReachTheEngine goes through the real engine.
func TestRepliesReachTheEngine(t *testing.T) {
	d, memory := realDesk(t)
	d.seed()
	who := d.who(bots.Ref{Kind: "ext", Value: "C-100"})
	mustUpdate(t, memory, who, bots.Conversation{Contact: who.ID, State: bots.Open, LastUsed: "telegram", Unread: 1})
	const path = "/v1/conversations/ext:C-100/replies"
	first := d.call(people.Send, "POST", path, `{"text":"Рік","key":"k"}`)
	again := d.call(people.Send, "POST", path, `{"text":"Рік","key":"k"}`)
	if first.Code != 202 || again.Code != 202 || again.Header().Get("Idempotent-Replay") != "true" || first.Body.String() != again.Body.String() {
		t.Fatalf("%d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if all := memory.Deliveries(); len(all) != 1 || all[0].Purpose.String() != "conversation" || all[0].Author != "test send" {
		t.Errorf("the deliveries are %+v", all)
	}
	for body, want := range map[string]string{
		`{"text":"Рік, не більше","key":"k"}`:                     "key_reused",
		`{"text":"Рік","channel":"viber"}`:                        "channel_off",
		`{"text":"Рік","channel":"pigeon"}`:                       "unknown_channel",
		`{"text":"Рік","reply_to":"0fzzzzzzzzzzz"}`:               "unknown_message",
		`{"text":"` + strings.Repeat("я", 4097) + `"}`:            "text_too_long",
		`{"text":"Рік","key":"` + strings.Repeat("k", 201) + `"}`: "invalid_key",
	} {
		if w := d.call(people.Send, "POST", path, body); w.Code != 422 || code(t, w) != want {
			t.Errorf("%.60s is answered %d %s; want %s", body, w.Code, w.Body, want)
		}
	}
	mustUpdate(t, memory, who, bots.Conversation{Contact: who.ID})
	if w := d.call(people.Send, "POST", path, `{"text":"Рік"}`); w.Code != 422 || code(t, w) != "nobody_wrote" {
		t.Errorf("when nobody wrote it is answered %d %s", w.Code, w.Body)
	}
}

// mustUpdate puts a person and the head of the conversation into a store.
func mustUpdate(t *testing.T, memory *fallbacktest.Memory, who *bots.Contact, talk bots.Conversation) {
	t.Helper()
	err := memory.Update(t.Context(), func(tx fallback.Tx) error {
		tx.PutContact(who)
		tx.PutConversation(talk)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
