package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const (
	deskForum = -1001000000500
	colleague = 71 // of staff, too
)

// shortHold is long enough to take something back on a busy machine.
const shortHold = "\n[staff]\nhold = \"1s\"\n"

// withForum is a running plant with a customer, and a group with topics that was bound with a code.
func withForum(t *testing.T, extra string) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, GroupRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, quick+extra)
	p.start()
	p.person("C-1", shopper, phone, nil)
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
		p.tg.AddPerson(simtelegram.Person{ID: colleague, FirstName: "Петро", Username: "petro_shop"}),
		p.tg.AddGroup(simtelegram.Group{ID: deskForum, Title: "Support", Forum: true, Members: []int64{agent, colleague}}),
	)
	p.bind(deskForum, agent)
	return p
}

// customer lets the customer write.
func (p *plant) customer(text string) {
	p.t.Helper()
	_, err := p.tg.Say(shopper, text)
	mustAll(p.t, err)
}

// opened waits for the n-th topic of the group, and for its card.
func (p *plant) opened(n int) simtelegram.Topic {
	p.t.Helper()
	var found simtelegram.Topic
	waitFor(p.t, fmt.Sprintf("topic %d with its card", n), func() bool {
		all := p.tg.Topics(deskForum)
		if len(all) < n {
			return false
		}
		found = all[n-1]
		return len(bot(found)) > 0
	})
	return found
}

// bot are the bot's posts in a topic.
func bot(t simtelegram.Topic) []simtelegram.Message {
	return slices.DeleteFunc(slices.Clone(t.Messages), func(m simtelegram.Message) bool { return !m.FromBot || m.Service != "" })
}

// topicAt is a topic as it is now.
func (p *plant) topicAt(thread int) simtelegram.Topic {
	for _, t := range p.tg.Topics(deskForum) {
		if t.Thread == thread {
			return t
		}
	}
	return simtelegram.Topic{}
}

// stands waits for a post of the bot in a topic (0: General) that has these words.
func (p *plant) stands(thread int, words ...string) simtelegram.Message {
	p.t.Helper()
	var found simtelegram.Message
	waitFor(p.t, fmt.Sprintf("a post in %d with %q; there are %q", thread, words, p.texts(thread)), func() bool {
		for _, m := range p.tg.Messages(deskForum) {
			if m.Thread == thread && !m.Deleted && containsAll(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func containsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func (p *plant) texts(thread int) (all []string) {
	for _, m := range p.tg.Messages(deskForum) {
		if m.Thread == thread {
			all = append(all, m.Text)
		}
	}
	return all
}

// once checks that exactly one post of the whole group has these words.
func (p *plant) once(words string) {
	p.t.Helper()
	n := 0
	for _, m := range p.tg.Messages(deskForum) {
		n += strings.Count(m.Text, words)
	}
	if n != 1 {
		p.t.Errorf("%q stands there %d times", words, n)
	}
}

// team writes in a topic.
func (p *plant) team(thread int, text string) int {
	p.t.Helper()
	return p.teamSays(simtelegram.Said{Thread: thread, Text: text})
}

func (p *plant) teamSays(said simtelegram.Said) int {
	p.t.Helper()
	id, err := p.tg.WriteIn(deskForum, agent, said)
	mustAll(p.t, err)
	return id
}

// emoji waits for the bot's reaction on a message of the group.
func (p *plant) emoji(id int, want string) {
	p.t.Helper()
	waitFor(p.t, "the reaction "+want, func() bool { return p.inForum(id).BotEmoji == want })
}

func (p *plant) inForum(id int) simtelegram.Message {
	for _, m := range p.tg.Chat(deskForum) {
		if m.ID == id {
			return m
		}
	}
	return simtelegram.Message{}
}

// customerReads waits until the newest message of the customer from the bot is this one, and it is the n-th.
func (p *plant) customerReads(n int, text string) simtelegram.Message {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("%q as message %d of the customer", text, n), func() bool {
		all := p.tg.Messages(shopper)
		return len(all) >= n && all[n-1].Text == text
	})
	return p.tg.Messages(shopper)[n-1]
}

// silent checks that the customer has got so many messages, after a while.
func (p *plant) silent(n int) {
	p.t.Helper()
	time.Sleep(1500 * time.Millisecond)
	if got := p.tg.Messages(shopper); len(got) != n {
		p.t.Errorf("the customer has %d messages, want %d: the last is %q", len(got), n, got[len(got)-1].Text)
	}
}

// presses presses the button that does this, and waits for what the presser is shown.
func (p *plant) presses(m simtelegram.Message, does string) simtelegram.Callback {
	p.t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			if !strings.HasSuffix(b.CallbackData, "."+does) && !strings.HasSuffix(b.CallbackData, ":"+does) && b.CallbackData != does {
				continue
			}
			id, err := p.tg.PressIn(deskForum, agent, m.ID, b.CallbackData)
			mustAll(p.t, err)
			shown, err := p.tg.WaitAnswered(p.t.Context(), id)
			mustAll(p.t, err)
			return shown
		}
	}
	p.t.Fatalf("the post has the buttons %v, and none does %q", m.Buttons, does)
	return simtelegram.Callback{}
}

// shopperTalk is the customer's conversation.
func (p *plant) shopperTalk() (talk struct{ State, Assignee string }) {
	p.t.Helper()
	mustAll(p.t, p.call("GET", "/v1/conversations/ext:C-1", nil, &talk))
	return talk
}

func (p *plant) talkIs(state string) {
	p.t.Helper()
	waitFor(p.t, "the conversation to be "+state, func() bool { return p.shopperTalk().State == state })
}
