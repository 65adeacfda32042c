package main

import (
	"fmt"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// impatient are times of the team that a test can wait for. They are far enough from each other for a busy machine: of two that are to be
// said at once the newer one alone is.
const impatient = "\n[staff]\nhold = \"0s\"\nremind = \"1s\"\nescalate = \"6s\"\nrelease = \"0s\"\n"

// comesOf waits until a task's post in the group with topics says what came of it, and offers nothing more.
func (p *plant) comesOf(task simtelegram.Message, want string) {
	p.t.Helper()
	waitFor(p.t, "the mark "+want, func() bool {
		m := p.inForum(task.ID)
		return strings.HasPrefix(m.Text, task.Text) && strings.HasSuffix(m.Text, want) && len(m.Buttons) == 0
	})
}

// TestATeamCallsAndIsCalled: colleagues are a step of a cascade, in General while the customer has no topic and then there; and whoever lets a
// customer wait is told, then the lead.
func TestATeamCallsAndIsCalled(t *testing.T) {
	t.Parallel()
	p := withForum(t, impatient)
	p.run("staff", "add", fmt.Sprint("telegram:", agent), "--name", "Ірина")
	p.run("staff", "add", fmt.Sprint("telegram:", colleague), "--name", "Петро", "--role", "lead")
	p.emoji(p.by(colleague, 0, "/away off"), "👌") // from then on his username is known

	first := p.mustSend(called("service"))
	task := p.stands(0, "Зателефонуйте: C-1", phone)
	if got := p.presses(task, "called"); got.Alert {
		t.Errorf("whoever pressed sees %+v", got)
	}
	if now := p.await(first, "done"); now.ReachedBy != "staff" || now.Proof != "task" {
		t.Errorf("reached by %q through %q", now.ReachedBy, now.Proof)
	}
	p.comesOf(task, "✓ Додзвонилися — Ірина")

	p.customer("Де замовлення?")
	thread := p.opened(1).Thread
	p.emoji(p.team(thread, "Вже їде"), "👌")
	p.emoji(p.team(thread, "/take"), "👌")
	p.customer("Ви тут? Питаю вдруге")
	p.stands(thread, "Питаю вдруге")
	again := called("service")
	again["text"] = "Чекаємо на вас"
	next := p.mustSend(again)
	task = p.stands(thread, "Зателефонуйте: C-1", "Чекаємо на вас")
	p.presses(task, "no_answer")
	if now := p.await(next, "done"); now.ReachedBy != "sms" || now.Steps[1].Reason != "no_answer" {
		t.Errorf("reached by %q; the steps are %v", now.ReachedBy, now.Steps)
	}
	p.comesOf(task, "✓ Не відповідає — Ірина")
	p.got(3, 1) // both messages and the answer; one text

	p.stands(thread, "⏰ Ірина: C-1 чекає")
	p.stands(thread, "⏰ @petro_shop: C-1 чекає")
	p.emoji(p.team(thread, "Перепрошуємо"), "👌")
	p.silent(4)
	_, since, _ := strings.Cut(strings.Join(p.texts(thread), "\n"), "Питаю вдруге")
	if n := strings.Count(since, "⏰"); n != 2 {
		t.Errorf("somebody was told %d times: %q", n, since)
	}
	p.finish()
}
