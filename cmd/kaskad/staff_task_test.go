package main

import (
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// called is a cascade in which a colleague calls whoever does not answer in Telegram.
func called(purpose string) map[string]any {
	return map[string]any{
		"to": "ext:C-1", "text": "Ваше <замовлення> чекає: https://shop.example/7", "purpose": purpose,
		"cascade": map[string]any{
			"steps": []map[string]any{
				{"channel": "telegram", "wait": "1s", "until": "engaged"}, {"channel": "staff", "task": "call", "wait": "1h"}, {"channel": "sms"},
			},
			"quiet_hours": map[string]any{"from": "00:00", "to": "00:00"},
		},
	}
}

// answer is a press of staff under a post, on the button that says so.
func (p *plant) answer(post simtelegram.Message, button string) {
	p.t.Helper()
	for _, row := range post.Buttons {
		for _, b := range row {
			if b.Text == button {
				_, err := p.tg.PressIn(staffGroup, agent, post.ID, b.CallbackData)
				mustAll(p.t, err)
				return
			}
		}
	}
	p.t.Fatalf("the post has the buttons %v, and not %q", post.Buttons, button)
}

// marked waits until a post says what came of it, and offers nothing more.
func (p *plant) marked(post simtelegram.Message, want string) {
	p.t.Helper()
	waitFor(p.t.(*testing.T), "the mark "+want, func() bool {
		for _, m := range p.tg.Messages(staffGroup) {
			if m.ID == post.ID {
				return strings.HasPrefix(m.Text, post.Text) && strings.HasSuffix(m.Text, want) && len(m.Buttons) == 0
			}
		}
		return false
	})
}

func TestACallIsAStepOfACascade(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"name": "Олена", "phone": phone, "consents": map[string]any{"marketing": map[string]any{"state": "given", "at": "2026-03-01T10:00:00Z", "source": "form"}}}, nil))

	first := p.mustSend(called("service"))
	task := p.post(staffGroup, 2)
	if want := "Зателефонуйте: Олена, C-1, " + phone + "\n\nВаше <замовлення> чекає: https://shop.example/7"; task.Text != want {
		t.Errorf("the task is %q, want %q", task.Text, want)
	}
	p.answer(task, "Додзвонилися")
	now := p.await(first, "done")
	if now.ReachedBy != "staff" || now.Proof != "task" {
		t.Errorf("reached by %q through %q", now.ReachedBy, now.Proof)
	}
	var shown struct {
		Steps []struct{ Channel, Task, State, Reason, By, Message string }
	}
	mustAll(t, p.call("GET", "/v1/deliveries/"+first, nil, &shown))
	if s := shown.Steps[1]; s.Task != "call" || s.State != "engaged" || s.Reason != "called" || s.By != "Ірина" || s.Message != "" {
		t.Errorf("the step is %+v", s)
	}
	p.marked(task, "✓ Додзвонилися — Ірина")
	p.got(1, 0)

	again := called("service")
	again["text"] = "Чекаємо на вас"
	second := p.mustSend(again)
	task = p.post(staffGroup, 3)
	p.answer(task, "Не відповідає")
	if now := p.await(second, "done"); now.ReachedBy != "sms" || now.Steps[1].Reason != "no_answer" {
		t.Errorf("reached by %q; the steps are %v", now.ReachedBy, now.Steps)
	}
	p.marked(task, "✓ Не відповідає — Ірина")
	p.got(2, 1)

	third := p.mustSend(called("marketing"))
	open := called("marketing")
	open["text"] = "Завтра розпродаж"
	task = p.post(staffGroup, 4)
	p.answer(task, "Не цікаво")
	p.await(third, "done")
	p.marked(task, "✓ Не цікаво — Ірина")
	p.got(3, 1)
	var person struct {
		Consents struct {
			Marketing struct{ State, Source string }
		}
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &person))
	if m := person.Consents.Marketing; m.State != "denied" || m.Source != "staff:Ірина" {
		t.Errorf("the consent is %+v", m)
	}
	var made state
	mustAll(t, p.call("POST", "/v1/deliveries", open, &made))
	if made.State != "skipped" || made.Reason != "opted_out" {
		t.Errorf("marketing after the no is %s %s", made.State, made.Reason)
	}
	p.finish()
}

func TestATaskIsTakenOffWhenThePersonAnswersElsewhere(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	id := p.mustSend(called("service"))
	task := p.post(staffGroup, 2)
	_, err := p.tg.Reply(shopper, p.tg.Messages(shopper)[0].ID, "Дякую!")
	mustAll(t, err)
	if now := p.await(id, "done"); now.ReachedBy != "telegram" {
		t.Errorf("reached by %q", now.ReachedBy)
	}
	p.marked(task, "✓ більше не потрібно")
	p.finish()
}
