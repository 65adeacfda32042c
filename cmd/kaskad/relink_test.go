package main

import (
	"fmt"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// TestALinkPassedOnMovesNobodyWhoIsKnown: a mother's link reaches her daughter, who is known in the bot. Nothing of hers is shown there, and the
// daughter stays who she is; the code that went to the mother's number moves the chat.
func TestALinkPassedOnMovesNobodyWhoIsKnown(t *testing.T) {
	t.Parallel()
	const mother = "+380671112233"
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, "")
	p.start()
	p.person("C-1", shopper, phone, nil)
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-2", map[string]any{"phone": mother, "name": "Мати Коваль"}, nil))
	p.says(shopper, "Вітаю")
	waitFor(t, "the daughter to be heard", func() bool { return p.cardOf(shopper) == "C-1" && p.state("telegram") == "active" })
	_, token, _ := strings.Cut(p.personal("ext:C-2", "telegram"), "start=")
	taps := func() {
		_, err := p.tg.Start(shopper, token)
		mustAll(t, err)
	}
	taps()
	asked := p.reads(shopper, 1, "для іншого нашого клієнта")
	if strings.Contains(asked.Text, "Коваль") || strings.Contains(asked.Text, "C-2") || p.cardOf(shopper) != "C-1" {
		t.Errorf("the daughter reads %q, and is %s", asked.Text, p.cardOf(shopper))
	}
	p.await(p.mustSend(map[string]any{"to": "ext:C-2", "text": "Only for her", "purpose": "service", "cascade": way("telegram 1m accepted", "sms")}), "done")
	p.says(shopper, "067 111 22 33")
	p.reads(shopper, 2, "код із шести цифр")
	waitFor(t, "the code", func() bool { return len(p.sms.Messages(mother)) == 2 })
	texts := p.sms.Messages(mother)
	if texts[0].Text != "Only for her" {
		t.Errorf("the mother's texts are %+v", texts)
	}
	p.kill()
	p.start()
	p.says(shopper, sixDigits.FindString(texts[1].Text))
	p.reads(shopper, 3, "упізнали")
	if got := p.cardOf(shopper); got != "C-2" {
		t.Errorf("after the code the chat is of %s, want C-2", got)
	}
	taps() // her own link now
	p.reads(shopper, 4, "Вас вітає")
	for _, m := range p.tg.Messages(shopper) {
		if strings.Contains(m.Text, "Only for her") {
			t.Error("the daughter read the mother's message")
		}
	}
	p.finish()
}

// cardOf is the card of whoever has a chat in Telegram.
func (p *plant) cardOf(chat int64) string {
	p.t.Helper()
	var c struct {
		ExternalID string `json:"external_id"`
	}
	mustAll(p.t, p.call("GET", fmt.Sprintf("/v1/contacts/telegram:%d", chat), nil, &c))
	return c.ExternalID
}
