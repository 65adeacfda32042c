package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const (
	staffGroup = -500
	shopper    = 42 // a customer
	agent      = 70 // of staff
)

// withStaff is a running plant with a customer, and a group that was bound with a code.
func withStaff(t *testing.T) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, quick)
	p.start()
	p.person("C-1", shopper, phone, nil)
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
		p.tg.AddGroup(simtelegram.Group{ID: staffGroup, Title: "Support", Members: []int64{agent}}),
	)
	p.bind(staffGroup, agent)
	return p
}

func mustAll(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// code asks for a code as the operator does.
func (p *plant) code() staffCode {
	p.t.Helper()
	var made staffCode
	if err := json.Unmarshal([]byte(p.run("staff", "code", "--json")), &made); err != nil {
		p.t.Fatal(err)
	}
	if !strings.HasPrefix(made.Command, "/staff@kaskad_demo_bot ") || time.Until(made.ExpiresAt) < 50*time.Minute {
		p.t.Errorf("the code is %+v", made)
	}
	return made
}

// bind makes a group the room, and waits for the greeting.
func (p *plant) bind(group, who int64) {
	p.t.Helper()
	n := len(p.tg.Messages(group))
	_, err := p.tg.SayIn(group, who, p.code().Command)
	mustAll(p.t, err)
	if m := p.post(group, n+1); !strings.Contains(m.Text, "група підтримки") {
		p.t.Fatalf("the group was greeted with %q", m.Text)
	}
}

// post waits for the n-th post in a group.
func (p *plant) post(group int64, n int) simtelegram.Message {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("post %d in %d", n, group), func() bool { return len(p.tg.Messages(group)) >= n })
	return p.tg.Messages(group)[n-1]
}

func (p *plant) reaction(group int64, id int, want string) {
	p.t.Helper()
	waitFor(p.t.(*testing.T), "the reaction "+want, func() bool { return p.tg.Chat(group)[id-1].BotEmoji == want })
}

func TestStaffAnswerInTheGroup(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	id := p.mustSend(bonus(120))
	waitFor(t, "the bonus", func() bool { return len(p.tg.Messages(shopper)) == 1 })
	_, err := p.tg.Reply(shopper, p.tg.Messages(shopper)[0].ID, "Коли <спишуться>?")
	mustAll(t, err)
	p.await(id, "done")
	post := p.post(staffGroup, 2)
	if !strings.HasPrefix(post.Text, "C-1 · Telegram\n↪ у відповідь на «Нараховано 120 балів»") || !strings.HasSuffix(post.Text, "\nКоли <спишуться>?") {
		t.Errorf("the post is %q", post.Text)
	}
	_, err = p.tg.SayIn(staffGroup, agent, "хто візьме?") // among colleagues
	mustAll(t, err)
	reply, err := p.tg.ReplyIn(staffGroup, agent, post.ID, "За рік")
	mustAll(t, err)
	waitFor(t, "the answer", func() bool { return len(p.tg.Messages(shopper)) == 2 })
	if got := p.tg.Messages(shopper)[1].Text; got != "За рік" {
		t.Errorf("the customer reads %q", got)
	}
	p.reaction(staffGroup, reply, "👌")
	_, err = p.tg.Say(shopper, "Дякую!")
	mustAll(t, err)
	p.reaction(staffGroup, reply, "👀")
	p.quietRoom(2)
	p.hiddenFromRetailers(id)
	p.finish()
}

// quietRoom checks that nothing more is posted.
func (p *plant) quietRoom(posts int) {
	p.t.Helper()
	time.Sleep(500 * time.Millisecond)
	if got := p.tg.Messages(staffGroup); len(got) != posts {
		p.t.Errorf("%d posts, want %d; the last is %q", len(got), posts, got[len(got)-1].Text)
	}
}

// hiddenFromRetailers checks that posts and the room are in no list, and that the answer is in the conversation.
func (p *plant) hiddenFromRetailers(bonus string) {
	p.t.Helper()
	var deliveries struct {
		Items []struct{ ID, Contact, Purpose string }
	}
	var talks struct{ Items []struct{ Contact string } }
	var all struct{ Items []struct{ ID string } }
	var changes struct {
		Items []struct {
			Type string
			Data struct{ Contact, Channel string }
		}
	}
	mustAll(p.t, p.call("GET", "/v1/deliveries", nil, &deliveries), p.call("GET", "/v1/conversations", nil, &talks), p.call("GET", "/v1/contacts", nil, &all), p.call("GET", "/v1/changes?limit=1000", nil, &changes))
	if len(deliveries.Items) != 2 || deliveries.Items[1].ID != bonus || deliveries.Items[0].Purpose != "conversation" {
		p.t.Errorf("deliveries %+v, want the bonus and the answer", deliveries.Items)
	}
	customer := deliveries.Items[1].Contact
	if len(talks.Items) != 1 || talks.Items[0].Contact != customer {
		p.t.Errorf("conversations %+v, want the customer's", talks.Items)
	}
	if len(all.Items) != 1 || all.Items[0].ID != customer {
		p.t.Errorf("people %+v, want the customer", all.Items)
	}
	for _, c := range changes.Items {
		if strings.HasPrefix(c.Type, "staff.") || c.Data.Channel == "staff" || c.Data.Contact != "" && c.Data.Contact != customer {
			p.t.Errorf("a change of the room is shown: %+v", c)
		}
	}
	var said struct {
		Items []struct{ Text, Author string }
	}
	mustAll(p.t, p.call("GET", "/v1/conversations/"+customer+"/messages", nil, &said))
	if n := len(said.Items); n != 4 || said.Items[2].Text != "За рік" || said.Items[2].Author != "Ірина" {
		p.t.Errorf("the conversation is %+v", said.Items)
	}
	for _, path := range []string{"/v1/contacts/staff:room", "/v1/contacts/staff:-500"} {
		if err := p.call("GET", path, nil, nil); err == nil || !strings.Contains(err.Error(), "invalid_ref") {
			p.t.Errorf("%s: %v", path, err)
		}
	}
	body := map[string]any{"to": "ext:C-1", "text": "x", "purpose": "service", "cascade": map[string]any{"steps": []map[string]any{{"channel": "staff"}}}}
	if _, err := p.send(body); err == nil || !strings.Contains(err.Error(), "422") {
		p.t.Errorf("a cascade names the room: %v", err)
	}
}

func TestACustomerCannotActAsStaff(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	made := p.code()
	for _, text := range []string{made.Command, "/staff " + made.Code} {
		_, err := p.tg.Say(shopper, text)
		mustAll(t, err)
	}
	mustAll(t, p.tg.WaitIdle(t.Context()))
	_, err := p.tg.Say(shopper, "Чи дійшло?")
	mustAll(t, err)
	// What the customer wrote is a customer's: it stands in the room, which is still the old one.
	waitFor(t, "the customer's words in the room", func() bool {
		all := ""
		for _, m := range p.tg.Messages(staffGroup) {
			all += m.Text
		}
		return strings.Contains(all, "Чи дійшло?")
	})
	mustAll(t, p.tg.AddGroup(simtelegram.Group{ID: -600, Title: "New", Members: []int64{agent}}))
	_, err = p.tg.SayIn(-600, agent, made.Command) // the code was not used up by the customer
	mustAll(t, err)
	if m := p.post(-600, 1); !strings.Contains(m.Text, "група підтримки") {
		t.Errorf("the new group was greeted with %q", m.Text)
	}
	p.finish()
}

func TestStaffAreServedAcrossACrash(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	p.kill()
	_, err := p.tg.Say(shopper, "Є хто?") // while we are away
	mustAll(t, err)
	p.start()
	post := p.post(staffGroup, 2)
	time.Sleep(time.Second) // until the outcome of the post is written down: an answer to one of unknown outcome is another story
	p.kill()
	reply, err := p.tg.ReplyIn(staffGroup, agent, post.ID, "Так, слухаю")
	mustAll(t, err)
	p.start()
	waitFor(t, "the answer", func() bool { return len(p.tg.Messages(shopper)) == 1 })
	p.reaction(staffGroup, reply, "👌")
	p.kill()
	p.start()
	_, err = p.tg.Say(shopper, "А ще питання")
	mustAll(t, err)
	if m := p.post(staffGroup, 3); !strings.HasSuffix(m.Text, "А ще питання") {
		t.Errorf("the next post is %q", m.Text)
	}
	p.quietRoom(3)
	if n := len(p.tg.Messages(shopper)); n != 1 {
		t.Errorf("the customer got %d answers", n)
	}
	p.finish()
}

func TestAFailedAnswerGoesBySMS(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	_, err := p.tg.Say(shopper, "Де замовлення?")
	mustAll(t, err)
	post := p.post(staffGroup, 2)
	mustAll(t, p.tg.WaitIdle(t.Context()), p.tg.Deactivate(shopper))
	reply, err := p.tg.ReplyIn(staffGroup, agent, post.ID, "Вже їде")
	mustAll(t, err)
	p.reaction(staffGroup, reply, "💔")
	failure := p.post(staffGroup, 3)
	if failure.ReplyTo != reply || len(failure.Buttons) != 1 {
		t.Fatalf("the failure is %+v", failure)
	}
	for range 2 {
		_, err = p.tg.PressIn(staffGroup, agent, failure.ID, failure.Buttons[0][0].CallbackData)
		mustAll(t, err)
	}
	p.reaction(staffGroup, reply, "👍") // delivered by SMS
	if got := p.sms.Messages(phone); len(got) != 1 || got[0].Text != "Вже їде" {
		t.Errorf("by SMS went %+v", got)
	}
	p.finish()
}

func TestTheGroupMovesAndIsLost(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	now, err := p.tg.Upgrade(staffGroup)
	mustAll(t, err)
	_, err = p.tg.Say(shopper, "Де замовлення?")
	mustAll(t, err)
	if m := p.post(now, 1); !strings.HasSuffix(m.Text, "Де замовлення?") {
		t.Errorf("in the supergroup stands %q", m.Text)
	}
	mustAll(t, p.tg.Expel(now, agent))
	waitFor(t, "the trouble to show", func() bool { return strings.Contains(p.ready(), `"staff":"the bot cannot write`) })
	_, err = p.tg.Say(shopper, "Агов?")
	mustAll(t, err)
	mustAll(t, p.tg.WaitIdle(t.Context()), p.tg.Invite(now, agent))
	if m := p.post(now, 2); !strings.HasSuffix(m.Text, "Агов?") {
		t.Errorf("let in again, it reads %q", m.Text)
	}
	waitFor(t, "the trouble to end", func() bool { return !strings.Contains(p.ready(), "staff") })
	p.finish()
}

// ready is what /readyz says.
func (p *plant) ready() string {
	p.t.Helper()
	answer, err := http.Get("http://" + p.admin + "/readyz")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		p.t.Errorf("/readyz: %d %s (%v)", answer.StatusCode, raw, err)
	}
	mustAgree(p.t, raw)
	return string(raw)
}
