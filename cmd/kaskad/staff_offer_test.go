package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// TestTheGroupIsChosenWithAKey: no id is typed, and nobody is in the bot's way. A customer with an old key chooses nothing.
func TestTheGroupIsChosenWithAKey(t *testing.T) {
	t.Parallel()
	const forum = -1001000000500
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
		p.tg.AddGroup(simtelegram.Group{ID: forum, Title: "Support", Forum: true, Members: []int64{agent}, Without: true}),
	)
	link, err := url.Parse(p.code().Link)
	mustAll(t, err)
	_, err = p.tg.Start(agent, link.Query().Get("start"))
	mustAll(t, err)
	asked := p.post(agent, 1)
	if asked.Keyboard == nil || len(asked.Keyboard.Rows) != 1 || asked.Keyboard.Rows[0][0].RequestChat == nil || !strings.Contains(asked.Text, "групу підтримки") {
		t.Fatalf("the operator was asked %+v", asked)
	}
	if got := p.tg.Messages(forum); len(got) != 0 {
		t.Fatalf("somebody wrote into the group before it was chosen: %+v", got)
	}
	_, err = p.tg.ShareChat(agent, asked.Keyboard.Rows[0][0].RequestChat.RequestID, forum)
	mustAll(t, err)
	if m := p.post(forum, 1); !strings.Contains(m.Text, "група підтримки") {
		t.Errorf("the group was greeted with %q", m.Text)
	}
	var room struct {
		Group string
		Forum bool
	}
	mustAll(t, p.call("GET", "/v1/staff/room", nil, &room))
	if room.Group != "-1001000000500" || !room.Forum {
		t.Errorf("the room is %+v", room)
	}
	if got, code := p.live(); code != exitDone || !strings.Contains(got, "and the bot all the rights it needs there") {
		t.Errorf("the bot was let in without its rights: exit %d:\n%s", code, got)
	}
	if err := p.call("GET", "/v1/contacts/telegram:70", nil, nil); err == nil {
		t.Error("whoever chose the group is a customer")
	}
	p.finish()
}

// TestACustomerWithAKeyChoosesNothing: the key may stay on a screen for ever, and what it sends is no secret.
func TestACustomerWithAKeyChoosesNothing(t *testing.T) {
	t.Parallel()
	const forum = -1001000000600
	p := withStaff(t)
	made := p.code()
	_, err := p.tg.Say(agent, made.Command)
	mustAll(t, err)
	asked := p.post(agent, 1)
	mustAll(t, p.tg.AddGroup(simtelegram.Group{ID: forum, Title: "Theirs", Forum: true, Members: []int64{agent}, Without: true}))
	p.code() // the one before is void, and so is the choice
	_, err = p.tg.ShareChat(agent, asked.Keyboard.Rows[0][0].RequestChat.RequestID, forum)
	mustAll(t, err, p.tg.WaitIdle(t.Context()))
	time.Sleep(200 * time.Millisecond)
	var room struct{ Group string }
	mustAll(t, p.call("GET", "/v1/staff/room", nil, &room))
	if room.Group != "-500" || len(p.tg.Messages(forum)) != 0 {
		t.Errorf("the room is %s", room.Group)
	}
	p.finish()
}
