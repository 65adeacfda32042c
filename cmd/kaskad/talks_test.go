package main

import (
	"strings"
	"testing"
	"time"
)

// talkHead is the part of a conversation that the tests read.
type talkHead struct {
	ID, State, Assignee, Channel string
	Unread                       int
}

// TestStaffAnswerThroughTheAPI: a reply goes out where the customer wrote, a conversation is put aside and opened again by the
// customer, and what staff post in their room is in none of it.
func TestStaffAnswerThroughTheAPI(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	if err := p.call("POST", "/v1/conversations/ext:C-1/replies", map[string]any{"text": "hi"}, nil); err == nil || !strings.Contains(err.Error(), "nobody_wrote") {
		t.Errorf("before anybody wrote: %v", err)
	}
	_, err := p.tg.Say(shopper, "Коли спишуться?")
	mustAll(t, err)
	p.post(staffGroup, 2)
	var made state
	reply := map[string]any{"text": "За <рік>", "author": "Ірина", "key": "r1"}
	mustAll(t, p.call("POST", "/v1/conversations/ext:C-1/replies", reply, &made), p.call("POST", "/v1/conversations/ext:C-1/replies", reply, &made))
	if got := p.await(made.ID, "done"); len(got.Steps) != 1 || got.Steps[0].Channel != "telegram" {
		t.Errorf("the delivery is %+v", got)
	}
	if got := p.tg.Messages(shopper); len(got) != 1 || got[0].Text != "За <рік>" {
		t.Errorf("the customer reads %+v", got)
	}
	p.head("open", "", 0)
	aside := map[string]any{"state": "snoozed", "snoozed_until": time.Now().Add(time.Hour).Format(time.RFC3339), "assignee": "Ірина"}
	mustAll(t, p.call("PATCH", "/v1/conversations/ext:C-1", aside, nil))
	p.head("snoozed", "Ірина", 0)
	_, err = p.tg.Say(shopper, "Дякую")
	mustAll(t, err)
	waitFor(t, "the conversation to open", func() bool { return p.talk().State == "open" })
	p.head("open", "Ірина", 1)
	mustAll(t, p.call("PATCH", "/v1/conversations/ext:C-1", map[string]any{"state": "closed", "assignee": ""}, nil))
	p.head("closed", "", 1)
	p.roomIsNoConversation()
	p.finish()
}

func (p *plant) talk() (head talkHead) {
	p.t.Helper()
	mustAll(p.t, p.call("GET", "/v1/conversations/ext:C-1", nil, &head))
	return head
}

// head compares the customer's conversation, read by itself and in the lists by state and by assignee.
func (p *plant) head(state, assignee string, unread int) {
	p.t.Helper()
	want := talkHead{State: state, Assignee: assignee, Channel: "telegram", Unread: unread}
	got := p.talk()
	if want.ID = got.ID; got != want {
		p.t.Errorf("the conversation is %+v, want %+v", got, want)
	}
	who := assignee
	if who == "" {
		who = "none"
	}
	for _, path := range []string{"/v1/conversations", "/v1/conversations?state=" + state, "/v1/conversations?state=" + state + "&assignee=" + who} {
		var list struct{ Items []talkHead }
		mustAll(p.t, p.call("GET", path, nil, &list))
		if len(list.Items) != 1 || list.Items[0].State != state || list.Items[0].Assignee != assignee {
			p.t.Errorf("%s: %+v", path, list.Items)
		}
	}
}

// roomIsNoConversation tries every id that a post or the room could have: the calls know none of them, and the room's posts are
// no messages that a reply can name.
func (p *plant) roomIsNoConversation() {
	p.t.Helper()
	for _, ref := range []string{"staff:room", "staff:-500"} {
		for method, path := range map[string]string{"GET": "", "PATCH": "", "POST": "/replies"} {
			var in any
			if method != "GET" {
				in = map[string]any{map[string]string{"PATCH": "state", "POST": "text"}[method]: "closed"}
			}
			if err := p.call(method, "/v1/conversations/"+ref+path, in, nil); err == nil || !strings.Contains(err.Error(), "invalid_ref") {
				p.t.Errorf("%s %s: %v", method, ref+path, err)
			}
		}
	}
	if err := p.call("POST", "/v1/conversations/ext:C-1/replies", map[string]any{"text": "x", "channel": "staff"}, nil); err == nil || !strings.Contains(err.Error(), "unknown_channel") {
		p.t.Errorf("a reply names the room: %v", err)
	}
}
