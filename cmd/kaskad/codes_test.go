package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

// hears waits for the n-th message to somebody on Viber, and checks its words.
func (p *plant) hears(vb *simviber.Server, who string, n int, words string) simviber.Message {
	p.t.Helper()
	m, err := vb.WaitMessage(p.t.Context(), who, n)
	mustAll(p.t, err)
	if !strings.Contains(m.Text, words) {
		p.t.Errorf("message %d is %q, want %q in it", n, m.Text, words)
	}
	return m
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// texted is the code of the newest text to the customer's phone, of n in all.
func (p *plant) texted(n int) string {
	p.t.Helper()
	waitFor(p.t, fmt.Sprintf("text %d", n), func() bool { return len(p.sms.Messages(phone)) >= n })
	all := p.sms.Messages(phone)
	code := sixDigits.FindString(all[len(all)-1].Text)
	if len(all) != n || code == "" {
		p.t.Fatalf("there are %d texts, the last is %q", len(all), all[len(all)-1].Text)
	}
	return code
}

// keepsNo looks for a code in every file of the gateway, which does not run.
func (p *plant) keepsNo(code string) {
	p.t.Helper()
	read := 0
	mustAll(p.t, filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(code)) {
			p.t.Errorf("%s has the code", filepath.Base(path))
		}
		read++
		return err
	}))
	if read < 3 {
		p.t.Errorf("%d files in %s: where is the store?", read, p.dir)
	}
}

// tellsNo looks for a code in what the API tells, of messages, deliveries and what happened.
func (p *plant) tellsNo(code string) {
	p.t.Helper()
	var deliveries struct {
		Items []struct{ ID, Template string }
	}
	mustAll(p.t, p.call("GET", "/v1/deliveries", nil, &deliveries))
	seen := 0
	for _, d := range deliveries.Items {
		var all, one json.RawMessage
		mustAll(p.t, p.call("GET", "/v1/deliveries/"+d.ID, nil, &one))
		var with struct{ Contact string }
		mustAll(p.t, json.Unmarshal(one, &with), p.call("GET", "/v1/conversations/"+with.Contact+"/messages", nil, &all))
		if bytes.Contains(append(one, all...), []byte(code)) {
			p.t.Errorf("the API tells the code: %s %s", one, all)
		}
		if d.Template == "code" && bytes.Contains(all, []byte("XXXXXX")) {
			seen++
		}
	}
	if seen != 1 {
		p.t.Errorf("%d messages have a code that is masked, want 1", seen)
	}
}

// owner is the external id of whoever has a place on Viber; empty: a stranger.
func (p *plant) owner(who string) (external, phone string) {
	p.t.Helper()
	var c struct {
		ExternalID string `json:"external_id"`
		Phone      string
	}
	mustAll(p.t, p.call("GET", "/v1/contacts/viber:"+strings.ReplaceAll(strings.ReplaceAll(who, "/", "%2F"), "=", "%3D"), nil, &c))
	return c.ExternalID, c.Phone
}

// TestANumberSharedOnViberIsProvenByACode: the card of a number opens nothing; the code that went to the number does, whatever becomes of the
// program in between. Nobody can tell from the answers whether the number is known.
func TestANumberSharedOnViberIsProvenByACode(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	mustAll(t, vb.Open(olena, ""))
	p.hears(vb, olena, 1, "Вас вітає")
	_, err := vb.SharePhone(olena)
	mustAll(t, err)
	asked := p.hears(vb, olena, 2, "код із шести цифр")
	if len(asked.Buttons) != 3 || asked.Buttons[0].Text != "Новий код" {
		t.Errorf("under the question stand %+v", asked.Buttons)
	}
	code := p.texted(1)
	if strings.Contains(asked.Text, code) {
		t.Errorf("the code is in the chat that asks for it: %q", asked.Text)
	}
	if external, has := p.owner(olena); external != "" || has != "" {
		t.Errorf("before the code the chat is of %q with the phone %q", external, has)
	}
	p.kill() // between the code and the answer
	p.keepsNo(code)
	p.start()
	p.tellsNo(code)
	wrong := map[bool]string{true: "000000", false: "000001"}[code != "000000"]
	_, err = vb.Say(olena, wrong)
	mustAll(t, err)
	p.hears(vb, olena, 3, "не підходить або вже не діє")
	_, err = vb.Say(olena, "Код "+code[:3]+" "+code[3:])
	mustAll(t, err)
	p.hears(vb, olena, 4, "упізнали")
	if external, has := p.owner(olena); external != "C-1" || has != phone {
		t.Errorf("the chat is of %q with the phone %q, want C-1", external, has)
	}
	_, err = vb.Say(olena, code) // again: it is over, and a message as any other
	mustAll(t, err)
	if n := len(p.sms.Messages(phone)); n != 1 {
		t.Errorf("%d texts went out, want 1", n)
	}
	if strings.Contains(p.log.String(), code) || strings.Contains(p.log.String(), phone) {
		t.Error("the log tells the code, or the phone")
	}
	p.finish()
}

// TestAStrangerWithSomebodysNumberGetsNothing: two people with changed clients share the number of a customer who is on Telegram. She reads
// the code, says that it was not her, and nothing has changed.
func TestAStrangerWithSomebodysNumberGetsNothing(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: shopper, FirstName: "Олена", Phone: phone, Started: true}))
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"name": "Олена Коваль", "addresses": []any{map[string]string{"channel": "telegram", "id": fmt.Sprint(shopper)}}}, nil))
	p.says(shopper, "Вітаю")
	waitFor(t, "the customer to be heard", func() bool { return p.state("telegram") == "active" })
	thieves := []string{simviber.UserID(7), simviber.UserID(8)}
	shares := func(who string) {
		mustAll(t, vb.AddPerson(simviber.Person{ID: who, Name: "Чужий", Phone: phone[1:]}))
		mustAll(t, vb.Open(who, ""))
		p.hears(vb, who, 1, "Вас вітає")
		_, err := vb.SharePhone(who)
		mustAll(t, err)
		p.hears(vb, who, 2, "код із шести цифр")
	}
	shares(thieves[0])
	told := p.reads(shopper, 1, "Якщо просили не ви")
	code := sixDigits.FindString(told.Text)
	p.press(shopper, told, "Це не я")
	p.reads(shopper, 2, "Код більше не діє")
	shares(thieves[1]) // reads the same as the first one, and no code goes out
	for _, who := range thieves {
		_, err := vb.Say(who, code)
		mustAll(t, err)
		p.hears(vb, who, 3, "не підходить або вже не діє")
		if external, has := p.owner(who); external != "" || has != "" {
			t.Errorf("a stranger is %q with the phone %q", external, has)
		}
		for _, m := range vb.Messages(who) {
			if strings.Contains(m.Text, "Коваль") || strings.Contains(m.Text, "C-1") {
				t.Errorf("a stranger reads %q", m.Text)
			}
		}
	}
	var c struct {
		Addresses []struct{ Channel string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/ext:C-1", nil, &c))
	for _, a := range c.Addresses {
		if a.Channel == "viber" {
			t.Errorf("the customer has a place of a stranger's: %+v", c.Addresses)
		}
	}
	if n, texts := len(p.tg.Messages(shopper)), len(p.sms.Messages(phone)); n != 2 || texts != 0 {
		t.Errorf("the customer got %d messages and %d texts, want 2 and none", n, texts)
	}
	p.finish()
}

// TestTheCodesOfADayAreUsedUp: whoever asks after that reads that staff have the conversation, and the operator is told until when.
func TestTheCodesOfADayAreUsedUp(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.stop()
	p.configure(func(text string) string { return text + "\n[dialogue.code]\nper_day = 1\n" })
	p.start()
	if p.degraded("codes") {
		t.Error("before the first code /readyz says that none are left")
	}
	second := simviber.UserID(7)
	mustAll(t, vb.AddPerson(simviber.Person{ID: second, Name: "Петро", Phone: "380671112244"}))
	for _, who := range []string{olena, second} {
		mustAll(t, vb.Open(who, ""))
		p.hears(vb, who, 1, "Вас вітає")
		_, err := vb.SharePhone(who)
		mustAll(t, err)
		p.hears(vb, who, 2, map[string]string{olena: "код із шести цифр", second: "Ми передали розмову співробітникам"}[who]) // one after the other
	}
	if !p.degraded("codes") || !strings.Contains(p.ready(), "per_day") {
		t.Errorf("/readyz says %s", p.ready())
	}
	p.finish()
}
