package main

import (
	"fmt"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

const second = 43 // another customer

// asked lets a customer write, and waits for the post of it, whose outcome the gateway never hears.
func (p *plant) asked(who int64, text string, n int) simtelegram.Message {
	p.t.Helper()
	p.tg.Fail(simtelegram.Fault{Method: "sendMessage", ChatID: fmt.Sprint(staffGroup), Kind: simtelegram.HangAfterAccept})
	_, err := p.tg.Say(who, text)
	mustAll(p.t, err)
	m := p.post(staffGroup, n)
	if !strings.HasSuffix(m.Text, text) {
		p.t.Fatalf("post %d is %q, want one of %q", n, m.Text, text)
	}
	return m
}

// wasTold waits until a customer has been told something, and compares all of it.
func (p *plant) wasTold(who int64, want ...string) {
	p.t.Helper()
	waitFor(p.t.(*testing.T), fmt.Sprintf("%d messages to %d", len(want), who), func() bool { return len(p.tg.Messages(who)) >= len(want) })
	var all []string
	for _, m := range p.tg.Messages(who) {
		all = append(all, m.Text)
	}
	if fmt.Sprint(all) != fmt.Sprint(want) {
		p.t.Errorf("customer %d reads %q, want %q", who, all, want)
	}
}

// A post stands in the group, and the program was killed before it knew. Whoever answers that post answers the customer in it, once,
// whether they write while the program is away or after it is back.
func TestAnAnswerToAPostOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]bool{"while it is away": false, "after it is back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withStaff(t)
			p.person("C-2", second, "+380501112244", nil)
			post := p.asked(shopper, "Де замовлення?", 2)
			p.kill()
			p.check()
			if back {
				p.start()
				mustAll(t, p.tg.WaitIdle(t.Context()))
			}
			reply, err := p.tg.ReplyIn(staffGroup, agent, post.ID, "Вже їде")
			mustAll(t, err)
			if !back {
				p.start()
			}
			p.wasTold(shopper, "Вже їде")
			p.reaction(staffGroup, reply, "👌")
			_, err = p.tg.Say(shopper, "А коли буде?") // the room goes on
			mustAll(t, err)
			if m := p.post(staffGroup, 3); !strings.HasSuffix(m.Text, "А коли буде?") {
				t.Errorf("the next post is %q", m.Text)
			}
			p.quietRoom(3)
			p.wasTold(shopper, "Вже їде")
			p.wasTold(second)
			p.finish()
		})
	}
}

// Two posts of two customers stand in the group, and the program was killed before it knew of either. An answer that could mean both
// goes to nobody, and the staff are told. What is not mistaken goes where it belongs: the next post, and an answer to that.
func TestAnAnswerThatCouldMeanTwoCustomersGoesToNobody(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	p.person("C-2", second, "+380501112244", nil)
	first := p.asked(shopper, "Де замовлення?", 2)
	p.asked(second, "Чи відчинено?", 3)
	p.kill()
	reply, err := p.tg.ReplyIn(staffGroup, agent, first.ID, "Вже їде")
	mustAll(t, err)
	p.start()
	told := p.post(staffGroup, 4)
	if told.ReplyTo != reply || !strings.HasPrefix(told.Text, "Не надіслано: незрозуміло, якому клієнту") {
		t.Errorf("the staff are told %q, as an answer to %d; want to %d that it is not clear whom they mean", told.Text, told.ReplyTo, reply)
	}
	_, err = p.tg.Say(second, "Агов?")
	mustAll(t, err)
	post := p.post(staffGroup, 5)
	_, err = p.tg.ReplyIn(staffGroup, agent, post.ID, "Відчинено до 20:00")
	mustAll(t, err)
	p.wasTold(second, "Відчинено до 20:00")
	p.wasTold(shopper)
	p.finish()
}
