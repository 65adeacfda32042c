package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	simtelegram "kaskad/bots/simulator/telegram"
)

// What breaks such groups: topics that are deleted and closed, switched off, not allowed; groups that move; answers that are lost.

func TestADeletedTopicIsMadeAgain(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	first := p.opened(1).Thread
	p.emoji(p.team(first, "Вже їде"), "👌")
	mustAll(t, p.tg.DeleteTopic(deskForum, agent, first))
	p.customer("Ви тут? Питаю вдруге")
	p.customer("І втретє")
	again := p.opened(2)
	if card := bot(again)[0]; !strings.HasPrefix(card.Text, "👤 C-1") || !containsAll(card.Text, []string{"Останні повідомлення", "Де замовлення?", "Вже їде"}) {
		t.Errorf("the new card is %q", card.Text)
	}
	waitFor(t, "all lines", func() bool {
		return containsAll(strings.Join(p.texts(again.Thread), "\n"), []string{"Ви тут? Питаю вдруге", "І втретє"})
	})
	p.team(again.Thread, "Так")
	p.customerReads(2, "Так")
	if n := len(p.tg.Topics(deskForum)); n != 2 {
		t.Errorf("%d topics were made", n)
	}
	p.finish()
}

func TestATopicThatSomebodyClosesOrOpens(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	thread := p.opened(1).Thread
	mustAll(t, p.tg.CloseTopic(deskForum, agent, thread))
	p.talkIs("closed")
	mustAll(t, p.tg.ReopenTopic(deskForum, agent, thread))
	p.talkIs("open")
	mustAll(t, p.tg.CloseTopic(deskForum, agent, thread))
	p.talkIs("closed")
	p.customer("Ви тут? Питаю вдруге")
	p.stands(thread, "Ви тут? Питаю вдруге")
	p.talkIs("open")
	waitFor(t, "the topic to be open", func() bool { return !p.topicAt(thread).Closed })
	p.finish()
}

func TestTopicsAreSwitchedOff(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.customer("Де замовлення?")
	p.opened(1)
	mustAll(t, p.tg.SetForum(deskForum, false))
	p.customer("Ви тут? Питаю вдруге")
	waitFor(t, "the line, wherever", func() bool {
		return slices.ContainsFunc(p.tg.Messages(deskForum), func(m simtelegram.Message) bool { return strings.Contains(m.Text, "Питаю вдруге") })
	})
	p.stands(0, "Теми вимкнено")
	p.customer("А тепер утретє")
	post := p.stands(0, "А тепер утретє")
	_, err := p.tg.ReplyIn(deskForum, agent, post.ID, "Слухаю")
	mustAll(t, err)
	p.customerReads(1, "Слухаю")
	if n := len(p.tg.Topics(deskForum)); n != 1 {
		t.Errorf("%d topics were made", n)
	}
	p.finish()
}

func TestRightsAreTakenAwayAndGivenBack(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	rights := simtelegram.AllRights()
	rights.ManageTopics = false
	mustAll(t, p.tg.SetRights(deskForum, rights))
	p.customer("Де замовлення?")
	p.stands(0, "керувати темами")
	post := p.stands(0, "Де замовлення?")
	waitFor(t, "the trouble to show", func() bool { return strings.Contains(p.ready(), "staff") })
	_, err := p.tg.ReplyIn(deskForum, agent, post.ID, "Їде")
	mustAll(t, err)
	p.customerReads(1, "Їде")
	p.customer("Ви ще тут? Питаю вдруге")
	p.stands(0, "Питаю вдруге")
	if n := strings.Count(strings.Join(p.texts(0), "\n"), "керувати темами"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	mustAll(t, p.tg.SetRights(deskForum, simtelegram.AllRights()))
	p.customer("А тепер утретє")
	waitFor(t, "the third line", func() bool {
		return slices.ContainsFunc(p.tg.Messages(deskForum), func(m simtelegram.Message) bool { return strings.Contains(m.Text, "утретє") })
	})
	p.finish()
}

func TestTheBotMayWriteNothing(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	p.person("C-2", second, "+380501112244", nil)
	p.customer("Де замовлення?")
	first := p.opened(1)
	mustAll(t, p.tg.WaitIdle(p.soon()), p.tg.Demote(deskForum), p.tg.SetForbidden(deskForum, simtelegram.Forbidden{Write: true}))
	p.customer("Ви тут? Питаю вдруге")
	waitFor(t, "the trouble to show", func() bool { return strings.Contains(p.ready(), "may not write in the staff's group") })
	_, err := p.tg.Say(second, "Чи відчинено?")
	mustAll(t, err)
	if got, _ := p.live(); !containsAll(got, []string{"the bot may not write in the group", "Manage Topics", "Delete Messages"}) {
		t.Errorf("the check does not say what the bot lacks:\n%s", got)
	}
	time.Sleep(500 * time.Millisecond)
	if got := bot(p.topicAt(first.Thread)); len(got) != 1 || len(p.tg.Topics(deskForum)) != 1 {
		t.Errorf("somehow there stands %+v", got)
	}
	mustAll(t, p.tg.SetRights(deskForum, simtelegram.AllRights()))
	p.stands(first.Thread, "Питаю вдруге")
	p.stands(p.opened(2).Thread, "Чи відчинено?")
	waitFor(t, "the trouble to end", func() bool { return !strings.Contains(p.ready(), "staff") })
	p.customer("І втретє")
	p.stands(first.Thread, "І втретє")
	for _, line := range []string{"Питаю вдруге", "І втретє"} {
		p.once(line)
	}
	if all := p.texts(0); slices.ContainsFunc(all[1:], func(text string) bool { return text != "" }) {
		t.Errorf("outside topics there stands %q", all)
	}
	p.finish()
}

func TestAGroupMovesAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	p.customer("Де замовлення?")
	p.post(staffGroup, 2)
	now, err := p.tg.Upgrade(staffGroup)
	mustAll(t, err, p.tg.SetForum(now, true), p.tg.SetRights(now, simtelegram.AllRights()))
	_, err = p.tg.SayIn(now, agent, "теми є")
	mustAll(t, err)
	p.customer("Ви тут? Питаю вдруге")
	again := func(m simtelegram.Message) bool { return strings.Contains(m.Text, "Питаю вдруге") }
	waitFor(t, "the second line", func() bool { return slices.ContainsFunc(p.tg.Chat(now), again) })
	if len(p.tg.Topics(now)) == 0 { // it was posted before anything told of topics: the post itself does
		p.customer("Ще раз: Питаю вдруге")
	}
	_, err = p.tg.WaitTopic(p.soon(), now, 1)
	mustAll(t, err)
	thread := p.tg.Topics(now)[0].Thread
	card, err := p.tg.WaitIn(p.soon(), now, thread, 1)
	mustAll(t, err)
	if !strings.Contains(card.Text, "Питаю вдруге") {
		t.Errorf("the card is %q", card.Text)
	}

	mustAll(t, p.tg.AddGroup(simtelegram.Group{ID: deskForum, Title: "New", Forum: true, Members: []int64{agent}}))
	p.bind(deskForum, agent)
	waitFor(t, "the old group to be told", func() bool {
		return slices.ContainsFunc(p.tg.Messages(now), func(m simtelegram.Message) bool { return strings.Contains(m.Text, "інша група") })
	})
	_, err = p.tg.WriteIn(now, agent, simtelegram.Said{Thread: thread, Text: "звідси не піде"})
	mustAll(t, err)
	p.customer("Утретє")
	if card := bot(p.opened(1))[0]; !strings.Contains(card.Text, "Утретє") {
		t.Errorf("the card in the new group is %q", card.Text)
	}
	p.silent(0)
	p.finish()
}

func TestALostAnswerMakesNoTwin(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]simtelegram.Kind{"the connection is cut": simtelegram.CutAfter, "the answer is garbage": simtelegram.Garbage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withForum(t, shortHold)
			p.tg.Fail(simtelegram.Fault{Method: "createForumTopic", Kind: how, CarryOut: true})
			p.customer("Де замовлення?")
			topic := p.opened(1)
			p.customer("Ви тут? Питаю вдруге")
			p.stands(topic.Thread, "Питаю вдруге")
			p.team(topic.Thread, "Так")
			p.customerReads(1, "Так")
			if n := len(p.tg.Topics(deskForum)); n != 1 {
				t.Errorf("%d topics were made", n)
			}
			p.once("Де замовлення?")
			p.finish()
		})
	}
}

func TestAClosedGeneralLosesNothing(t *testing.T) {
	t.Parallel()
	p := withForum(t, shortHold)
	mustAll(t, p.tg.CloseTopic(deskForum, agent, 1))
	p.customer("Де замовлення?")
	topic := p.opened(1)
	p.team(topic.Thread, "Їде")
	p.customerReads(1, "Їде")
	p.once("Де замовлення?")
	p.finish()
}

// TestAKillBetweenATopicAndItsCard: the process dies when the topic stands and nothing in it does. Whether it knew of the topic, was told of
// it while it waited for the answer, or is told when it is back: there is one topic, and the card stands in it at once. (A card whose
// own call the death cut off is waited for, a minute: desk.TestACardThatACrashCutOff.)
func TestAKillBetweenATopicAndItsCard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lost  bool          // the answer never comes
		after time.Duration // between the topic and the death
	}{
		"it knew":         {false, 50 * time.Millisecond},
		"it was told":     {true, 300 * time.Millisecond},
		"nobody told yet": {true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withForum(t, shortHold)
			mustAll(t, p.tg.WaitIdle(p.soon()))
			if c.lost {
				p.tg.FailNext("createForumTopic", simtelegram.HangAfterAccept)
			}
			p.customer("Де замовлення?")
			_, err := p.tg.WaitTopic(p.soon(), deskForum, 1)
			mustAll(t, err)
			time.Sleep(c.after)
			p.kill()
			p.start()
			begun := time.Now()
			topic := p.opened(1)
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("the card stands there after %s", took)
			}
			p.customer("Ви тут? Питаю вдруге")
			p.stands(topic.Thread, "Питаю вдруге")
			p.team(topic.Thread, "Так")
			p.customerReads(1, "Так")
			if n := len(p.tg.Topics(deskForum)); n != 1 {
				t.Errorf("%d topics were made", n)
			}
			p.once("Де замовлення?")
			p.finish()
		})
	}
}
