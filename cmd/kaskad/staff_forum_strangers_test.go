package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// listedTeam is a plant in whose group only those may act whom the operator named: the colleague, not the agent.
func listedTeam(t *testing.T) (p *plant, topic simtelegram.Topic) {
	p = withForum(t, "\n[staff]\nhold = \"1s\"\nmembers = \"listed\"\n")
	p.run("staff", "add", fmt.Sprint("telegram:", colleague), "--name", "Петро")
	p.customer("Де замовлення?")
	return p, p.opened(1)
}

// audited are the acts in the audit: "Ірина reply not_staff".
func (p *plant) audited() (all []string) {
	p.t.Helper()
	var page struct {
		Items []struct{ By, Act, Refused string }
	}
	mustAll(p.t, json.Unmarshal([]byte(p.run("staff", "audit", "--json")), &page))
	for _, l := range page.Items {
		all = append(all, strings.TrimSpace(l.By+" "+l.Act+" "+l.Refused))
	}
	return all
}

// by writes in a topic as somebody, and returns the message.
func (p *plant) by(who int64, thread int, text string) int {
	p.t.Helper()
	id, err := p.tg.WriteIn(deskForum, who, simtelegram.Said{Thread: thread, Text: text})
	mustAll(p.t, err)
	return id
}

const notStaff = "Вас немає серед співробітників: попросіть адміністратора додати вас (kaskad staff add)"

// TestWhoIsNotOfTheTeam: whoever is in the group and of no team by name reaches nobody, customers least of all, and reads why.
func TestWhoIsNotOfTheTeam(t *testing.T) {
	t.Parallel()
	p, topic := listedTeam(t)
	thread, card := topic.Thread, bot(topic)[0]
	at := p.by(agent, thread, "не піде")
	waitFor(t, "the stranger to be told", func() bool {
		return slices.ContainsFunc(bot(p.topicAt(thread)), func(m simtelegram.Message) bool { return m.ReplyTo == at && strings.Contains(m.Text, notStaff) })
	})
	for _, does := range []string{"take", "close", "show_phone"} {
		if got := p.presses(card, does); !strings.Contains(got.Answer, notStaff) || !got.Alert {
			t.Errorf("whoever presses %s sees %+v", does, got)
		}
	}
	p.by(agent, thread, "/close")
	p.by(agent, thread, "/send sms не піде")
	mustAll(t, p.tg.EditIn(deskForum, agent, at, "теж не піде"))
	p.teamSays(simtelegram.Said{Thread: thread, Text: "від імені групи", Anonymous: true})
	mustAll(t, p.tg.Join(deskForum, shopper))
	p.by(shopper, thread, "Спишіть мені всі бали")
	p.by(shopper, thread, "/take")
	mustAll(t, p.tg.CloseTopic(deskForum, agent, thread))

	answer := p.by(colleague, thread, "Вже їде")
	p.customerReads(1, "Вже їде")
	p.emoji(answer, "👌")
	p.emoji(p.by(colleague, thread, "/take"), "👌")
	if talk := p.shopperTalk(); talk.State != "open" || talk.Assignee != "Петро" {
		t.Errorf("the conversation is %+v", talk)
	}
	p.customer("Дякую! А коли?")
	p.stands(thread, "А коли?")
	p.silent(1)
	if got := p.sms.Messages(phone); len(got) > 0 {
		t.Errorf("by SMS went %+v", got)
	}
	all := p.audited()
	for _, want := range []string{"Ірина reply not_staff", "C-1 reply not_staff", "Петро reply", "Петро take"} {
		if !slices.Contains(all, want) {
			t.Errorf("the audit lacks %q: %q", want, all)
		}
	}
	for _, l := range all {
		if !strings.HasPrefix(l, "Петро ") && !strings.HasSuffix(l, " not_staff") && !strings.Contains(l, "member_") {
			t.Errorf("the audit has %q", l)
		}
	}
	p.finish()
}

// TestACustomersWordsAreNoCommands: what somebody writes to the bot in private, or lets a client of their own press, is a customer's, whatever it says.
func TestACustomersWordsAreNoCommands(t *testing.T) {
	t.Parallel()
	p, topic := listedTeam(t)
	card := bot(topic)[0]
	p.by(colleague, topic.Thread, "Вже їде")
	answer := p.customerReads(1, "Вже їде")
	words := []string{"/close", "/take", "/who", "/send sms x", "/staff 123", "/template bonus", "/undo", "/snooze 2h", "/assign me", "/away 2h"}
	for _, text := range words {
		p.customer(text)
	}
	var me struct{ ID string }
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &me))
	forged := []string{"take", "close", "snooze:2h", "show_phone", "phone", "sms", "send:sms", "open_topic:" + me.ID, "called", "not_interested", "undo"}
	for _, row := range card.Buttons {
		for _, b := range row {
			forged = append(forged, b.CallbackData) // as staff's own client would send it
		}
	}
	for _, data := range forged {
		_, err := p.tg.Forge(shopper, shopper, answer.ID, data)
		mustAll(t, err)
	}
	p.customer("Ви тут? Це кінець")
	p.stands(topic.Thread, "Це кінець")
	said := strings.Join(p.texts(topic.Thread), "\n")
	for _, text := range words { // a person wrote them, so people read them
		if !strings.Contains(said, text) {
			t.Errorf("nobody reads %q", text)
		}
	}
	p.silent(1)
	if talk := p.shopperTalk(); talk.State != "open" || talk.Assignee != "" {
		t.Errorf("the conversation is %+v", talk)
	}
	if n := len(p.sms.Messages(phone)) + len(p.tg.Topics(deskForum)); n != 1 {
		t.Errorf("%d SMS and topics", n)
	}
	for _, l := range p.audited() {
		if l != "Петро reply" && !strings.Contains(l, "member_") {
			t.Errorf("the audit has %q", l)
		}
	}
	for _, c := range p.tg.Callbacks() {
		if !c.Answered || strings.Contains(c.Answer, phone) {
			t.Errorf("the press of %q ended as %+v", c.Data, c)
		}
	}
	p.finish()
}
