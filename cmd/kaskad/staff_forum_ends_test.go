package main

import (
	"fmt"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// left are the bot's posts of a topic that everybody in the group still reads.
func (p *plant) left(thread int) (all []string) {
	for _, m := range bot(p.topicAt(thread)) {
		if !m.Deleted {
			all = append(all, m.Text)
		}
	}
	return all
}

// erases forgets a person, and waits until that is done and what stood in the group is gone, as far as it can be.
func (p *plant) erases(card string) (back, notBack int) {
	p.t.Helper()
	var e erasedNow
	mustAll(p.t, p.call("DELETE", "/v1/contacts/ext:"+card, nil, &e))
	type outcome struct { // what is not there is none: each answer is read anew
		Done    bool
		Back    int `json:"posts_taken_back"`
		Waiting int `json:"posts_waiting"`
		NotBack int `json:"posts_not_taken_back"`
	}
	var told outcome
	waitFor(p.t, "the end of the erase of "+card, func() bool {
		told = outcome{}
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &told) == nil && told.Done && told.Waiting == 0
	})
	return told.Back, told.NotBack
}

// TestATopicIsClosedAndErased: a conversation that is closed by the button of its card, and goes on; then the person is erased, and the topic
// with them. One that the group does not let us delete is said to be left, and without our posts; nothing goes from there to anybody.
func TestATopicIsClosedAndErased(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	first := p.opened(1)
	if got := p.presses(bot(first)[0], "close"); got.Answer != "Закрито." || got.Alert {
		t.Errorf("whoever pressed sees %+v", got)
	}
	p.talkIs("closed")
	waitFor(t, "the topic to be closed", func() bool { return p.topicAt(first.Thread).Closed })
	p.customer("Ви тут? Питаю вдруге")
	p.stands(first.Thread, "Питаю вдруге")
	waitFor(t, "the topic to be open", func() bool { return !p.topicAt(first.Thread).Closed })
	p.talkIs("open")
	p.emoji(p.team(first.Thread, "Вже їде"), "👌")

	p.person("C-2", second, "+380501112244", nil)
	_, err := p.tg.Say(second, "Чи відчинено?")
	mustAll(t, err)
	other := p.opened(2)
	p.emoji(p.team(other.Thread, "Так"), "👌")

	if back, not := p.erases("C-1"); back == 0 || not != 0 {
		t.Errorf("%d were taken back, and %d not", back, not)
	}
	if got := p.topicAt(first.Thread); !got.Deleted {
		t.Errorf("the topic of who was erased stands: %q\n%s", got.Name, p.log)
	}

	rights := simtelegram.AllRights()
	rights.DeleteMessages = false
	mustAll(t, p.tg.SetRights(deskForum, rights))
	if back, not := p.erases("C-2"); back == 0 || not != 1 {
		t.Errorf("%d were taken back, and %d not; want the posts, but not the topic", back, not)
	}
	if got := p.left(other.Thread); len(got) > 0 || p.topicAt(other.Thread).Deleted {
		t.Errorf("of who was erased there is left %q", got)
	}
	if got, _ := p.live(); !strings.Contains(got, "give it the right Delete Messages") {
		t.Errorf("the check does not say what the bot lacks:\n%s", got)
	}
	p.team(other.Thread, "чи дійде?")
	_, err = p.tg.Say(second, "Я знову тут, питаю")
	mustAll(t, err)
	again := p.opened(3)
	if card := bot(again)[0]; strings.Contains(card.Text, "Чи відчинено?") || strings.Contains(card.Text, "C-2 ·") || !strings.Contains(card.Text, "Я знову тут") {
		t.Errorf("the card of who came back is %q", card.Text)
	}
	p.silent(1)
	if got := p.tg.Messages(second); fmt.Sprint(len(got)) != "1" {
		t.Errorf("who was erased has got %d messages: %+v", len(got), got)
	}
	p.finish()
}
