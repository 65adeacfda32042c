package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	simtelegram "kaskad/bots/simulator/telegram"
)

// What a team does in a topic, as it does it: the program runs as a process, Telegram is simulated.

func TestATopicFromQuestionToAnswer(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Коли <спишуться> бали?")
	topic := p.opened(1)
	card := bot(topic)[0]
	if !strings.HasPrefix(card.Text, "👤 C-1") || !strings.Contains(card.Text, "Коли <спишуться> бали?") || strings.Contains(card.Text+topic.Name, "501110001") {
		t.Errorf("topic %q has the card %q", topic.Name, card.Text)
	}
	waitFor(t, "the pin", func() bool { return slices.Contains(p.topicAt(topic.Thread).Pinned, card.ID) })

	begun := time.Now()
	reply := p.team(topic.Thread, "За рік")
	p.emoji(reply, "✍")
	p.customerReads(1, "За рік")
	if took := time.Since(begun); took < time.Second {
		t.Errorf("it went after %s, and was to be held for a second", took)
	}
	p.emoji(reply, "👌")
	p.customer("А раніше?")
	p.emoji(reply, "👀")
	p.stands(topic.Thread, "А раніше?")

	p.team(topic.Thread, "// хто знає?")
	p.team(topic.Thread, "@petro_shop глянь")
	of, err := p.tg.WriteIn(deskForum, colleague, simtelegram.Said{Thread: topic.Thread, Text: "// дивлюсь"})
	mustAll(t, err)
	p.teamSays(simtelegram.Said{Thread: topic.Thread, ReplyTo: of, Text: "дякую"})
	_, err = p.tg.SayIn(deskForum, agent, "у General про обід")
	mustAll(t, err)
	p.silent(1)
	p.finish()
}

func TestAnAnswerIsChangedAndTakenBack(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	thread := p.opened(1).Thread

	held := p.team(thread, "Вже йде")
	p.emoji(held, "✍")
	mustAll(t, p.tg.EditIn(deskForum, agent, held, "Вже їде"))
	p.customerReads(1, "Вже їде")
	p.emoji(held, "👌")
	mustAll(t, p.tg.EditIn(deskForum, agent, held, "Вже їде до вас"))
	p.customerReads(1, "Вже їде до вас")

	of := p.teamSays(simtelegram.Said{ReplyTo: held, Text: "/del"})
	waitFor(t, "the message to go", func() bool { return p.tg.Messages(shopper)[0].Deleted })
	p.emoji(of, "👌")

	strange, err := p.tg.WriteIn(deskForum, colleague, simtelegram.Said{ReplyTo: held, Text: "/del"})
	mustAll(t, err)
	waitFor(t, "the refusal", func() bool {
		return slices.ContainsFunc(p.tg.Messages(deskForum), func(m simtelegram.Message) bool { return m.ReplyTo == strange && strings.HasPrefix(m.Text, "⚠") })
	})
	p.finish()
}

// An answer that is taken back while it is held goes to nobody. It is held for longer than a busy machine needs.
func TestAnAnswerIsTakenBackInTime(t *testing.T) {
	t.Parallel()
	p := withForum(t, "\n[staff]\nhold = \"1m\"\n")
	p.customer("Де замовлення?")
	thread := p.opened(1).Thread
	for name, takeBack := range map[string]func(id int){
		"/undo":   func(int) { p.team(thread, "/undo") },
		"a 👎":     func(id int) { mustAll(t, p.tg.ReactIn(deskForum, agent, id, "👎")) },
		"a reply": func(id int) { p.teamSays(simtelegram.Said{ReplyTo: id, Text: "/undo"}) },
	} {
		id := p.team(thread, "не те: "+name)
		p.emoji(id, "✍")
		takeBack(id)
		p.emoji(id, "👎")
	}
	p.finish()
	if got := p.tg.Messages(shopper); len(got) > 0 {
		t.Errorf("the customer reads %q", got[0].Text)
	}
}

func TestFilesGoBothWays(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Ось моя покупка")
	thread := p.opened(1).Thread
	kinds := []simtelegram.Said{
		{Media: simtelegram.Photo, Caption: "фото"}, {Media: simtelegram.Document, Caption: "рахунок", FileName: "рахунок.pdf"}, {Media: simtelegram.Voice},
		{Media: simtelegram.Sticker}, {Media: simtelegram.Location, Lat: 50.45, Lon: 30.52}, {Media: simtelegram.Video, Caption: "відео"},
	}
	for i, said := range kinds {
		said.Thread = thread
		id := p.teamSays(said)
		waitFor(t, "a "+string(said.Media)+" at the customer", func() bool { return len(p.tg.Messages(shopper)) == i+1 })
		if got := p.tg.Messages(shopper)[i]; got.Media != said.Media || got.Text != said.Caption {
			t.Errorf("the customer got a %q %q, want %q %q", got.Media, got.Text, said.Media, said.Caption)
		}
		p.emoji(id, "👌")
	}
	album := 0
	for _, text := range []string{"", "раз"} {
		album = p.teamSays(simtelegram.Said{Thread: thread, Media: simtelegram.Photo, Album: "A", Caption: text})
	}
	waitFor(t, "the album", func() bool { return len(p.tg.Messages(shopper)) == len(kinds)+2 })
	last := p.tg.Messages(shopper)[len(kinds):]
	if last[0].Album == "" || last[0].Album != last[1].Album || last[1].Text != "раз" {
		t.Errorf("the album came as %+v", last)
	}

	waitFor(t, "the album to be gone", func() bool { // what is under way just now cannot be taken back yet
		p.teamSays(simtelegram.Said{Thread: thread, ReplyTo: album, Text: "/del"})
		time.Sleep(200 * time.Millisecond)
		return !slices.ContainsFunc(p.tg.Messages(shopper)[len(kinds):], func(m simtelegram.Message) bool { return !m.Deleted })
	})

	for _, said := range kinds {
		if said.Media == simtelegram.Sticker { // nobody need answer one
			continue
		}
		said.Thread = 0
		_, err := p.tg.Write(shopper, said)
		mustAll(t, err)
		waitFor(t, "the customer's "+string(said.Media)+" in the topic", func() bool {
			return slices.ContainsFunc(bot(p.topicAt(thread)), func(m simtelegram.Message) bool { return m.Media == said.Media })
		})
	}
	p.finish()
}

func TestTheButtonsOfACard(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Передзвоніть мені")
	topic := p.opened(1)
	card := bot(topic)[0]
	if got := p.presses(card, "take"); got.Answer != "Розмова ваша." || got.Alert {
		t.Errorf("the presser sees %+v", got)
	}
	if got := p.shopperTalk().Assignee; got != "Ірина" {
		t.Errorf("the conversation is %q's", got)
	}
	if got := p.presses(p.inForum(card.ID), "show_phone"); got.Answer != "📞 "+phone || !got.Alert {
		t.Errorf("the presser sees %+v", got)
	}
	for _, m := range p.tg.Messages(deskForum) {
		if strings.Contains(m.Text, "501110001") {
			t.Errorf("everybody reads the phone: %q", m.Text)
		}
	}
	if got := p.run("staff", "audit", "--act", "show_phone"); !strings.Contains(got, "Ірина") {
		t.Errorf("the audit says %q", got)
	}
	if got := p.presses(p.inForum(card.ID), "note"); !strings.Contains(got.Answer, "/note") || !got.Alert {
		t.Errorf("the presser sees %+v", got)
	}
	p.presses(p.inForum(card.ID), "snooze:2h")
	p.talkIs("snoozed")
	p.emoji(p.team(topic.Thread, "/close"), "👌")
	p.talkIs("closed")
	waitFor(t, "the topic to be closed", func() bool { return p.topicAt(topic.Thread).Closed })
	p.customer("Ви тут?")
	waitFor(t, "the topic to be open", func() bool { return !p.topicAt(topic.Thread).Closed })
	p.stands(topic.Thread, "Ви тут?")
	p.silent(0)
	p.finish()
}

func TestTheCommandsOfATopic(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	id := p.mustSend(bonus(120))
	p.await(id, "done")
	n := len(p.tg.Messages(shopper))
	p.customer("Скільки в мене?")
	thread := p.opened(1).Thread
	for _, c := range []struct{ command, want string }{
		{"/who", "Розсилки:"}, {"/history", "👤: Скільки в мене?"}, {"/history 1", "Скільки в мене?"}, {"/cascade", "1. Telegram"}, {"/help", "/template"},
		{"/dance", "Команди /dance немає"}, {"/send pigeon привіт", "Такого каналу немає"}, {"/send viber привіт", "⚠"}, {"/template nosuch", "Шаблон не надіслано: такого немає. «nosuch»"},
		{"/assign", "Такого імені"}, {"/snooze колись", "до якого часу"}, {"/del", "у відповідь"}, {"/undo", "Забирати нічого"},
	} {
		at := p.team(thread, c.command)
		waitFor(t, c.command+" to be answered", func() bool {
			return slices.ContainsFunc(bot(p.topicAt(thread)), func(m simtelegram.Message) bool { return m.ReplyTo == at && strings.Contains(m.Text, c.want) })
		})
	}
	for _, command := range []string{"/take", "/release", "/assign me", "/assign nobody", "/note лояльна", "/pause 2h", "/pause off", "/snooze 2h", "/open"} {
		p.emoji(p.team(thread, command), "👌")
	}
	p.silent(n)
	p.team(thread, "/template bonus points=7 spend_by=2026-12-31")
	waitFor(t, "the template", func() bool { return len(p.tg.Messages(shopper)) == n+1 })
	p.team(thread, "/send sms Дзвонимо")
	waitFor(t, "the SMS", func() bool {
		got := p.sms.Messages(phone)
		return len(got) > 0 && got[len(got)-1].Text == "Дзвонимо"
	})
	p.emoji(p.team(thread, "/close"), "👌")
	waitFor(t, "the topic to be closed", func() bool { return p.topicAt(thread).Closed })
	p.finish()
}

// TestAnswersInOneBreath: what was written at once is read in the order in which it was written, and the words under a file that went can be
// changed.
func TestAnswersInOneBreath(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	thread := p.opened(1).Thread
	want := []string{"Вітаю!", "Воно вже їде.", "Ось чек:", "чек", "Буде завтра", "о десятій."}
	file := 0
	for _, text := range want {
		said := simtelegram.Said{Thread: thread, Text: text}
		if text == "чек" {
			said = simtelegram.Said{Thread: thread, Media: simtelegram.Photo, Caption: text}
		}
		if id := p.teamSays(said); said.Media != "" {
			file = id
		}
	}
	p.shopperReads(want...)
	p.emoji(file, "👌")
	mustAll(t, p.tg.EditIn(deskForum, agent, file, "чек від сьогодні"))
	waitFor(t, "the new words under the file", func() bool { return p.tg.Messages(shopper)[3].Text == "чек від сьогодні" })
	p.finish()
}
