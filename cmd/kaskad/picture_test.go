package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

const giftWords = `+++
image = "https://cdn.shop.example/gift/{{.n}}.jpg"
buttons = [{ text = "Забрати", url = "https://shop.example/g/{{.n}}" }]
[example]
n = 7
from = "нас"
+++
Вам **подарунок** від {{.from}}
`

// shownMedia lists the conversation's messages of ours: channel, text, and the address of the picture.
func (p *plant) shownMedia() (list []string) {
	p.t.Helper()
	var talk struct {
		Items []struct {
			Direction, Channel, Text string
			Media                    []struct{ Type, ID string }
		}
	}
	if err := p.call("GET", "/v1/conversations/ext:C-1/messages", nil, &talk); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range talk.Items {
		if line := m.Channel + " " + m.Text; m.Direction == "out" && strings.Contains(m.Text, "подарунок") {
			for _, f := range m.Media {
				line += " " + f.Type + "=" + f.ID
			}
			list = append(list, line)
		}
	}
	return list
}

// A picture goes with its text through Telegram, then Viber, then alone by SMS; the data of the text makes no marks anywhere, and a
// picture that cannot be fetched costs the picture.
func TestAPictureOnItsWay(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.put(filepath.Join(p.dir, "words", "gift", "uk.md"), giftWords)
	p.configure(func(text string) string { return text + "[templates]\ndir = \"words\"\n" })
	p.reload(false)
	p.join(vb)
	p.person("C-1", 42, phone, nil)
	gift := func(n int) string {
		steps := []map[string]any{{"channel": "telegram", "wait": "1s", "until": "read"}, {"channel": "viber", "wait": "1s", "until": "engaged"}, {"channel": "sms"}}
		return p.mustSend(map[string]any{"to": "ext:C-1", "template": "gift", "data": map[string]any{"n": n, "from": "*нас*"},
			"cascade": map[string]any{"steps": steps, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}})
	}
	if d := p.await(gift(7), "done"); d.ReachedBy != "sms" {
		t.Errorf("reached by %s", d.ReachedBy)
	}
	const picture = "https://cdn.shop.example/gift/7.jpg"
	if m := p.tg.Messages(42); len(m) != 1 || m[0].Photo != picture || m[0].Text != "Вам подарунок від *нас*" || len(m[0].Entities) != 1 || len(m[0].Buttons) == 0 {
		t.Errorf("Telegram shows %+v", m)
	}
	if m := vb.Messages(olena); len(m) != 2 || m[1].Type != "picture" || m[1].Media != picture || m[1].Text != "Вам *подарунок* від *\u200aнас\u200a*" || len(m[1].Buttons) == 0 {
		t.Errorf("Viber shows %+v", m)
	}
	if m := p.sms.Messages(phone); len(m) != 1 || m[0].Text != "Вам подарунок від *нас*\nЗабрати: https://shop.example/g/7" {
		t.Errorf("the phone shows %+v", m)
	}
	want := "telegram Вам подарунок від *нас* photo=" + picture + "\nviber Вам подарунок від *нас* photo=" + picture + "\nsms Вам подарунок від *нас*\nЗабрати: https://shop.example/g/7"
	if got := strings.Join(p.shownMedia(), "\n"); got != want {
		t.Errorf("the conversation shows\n%s\nwant\n%s", got, want)
	}

	p.tg.Fail(simtelegram.Fault{Kind: simtelegram.Unfetched})
	time.Sleep(1100 * time.Millisecond) // same_message
	p.await(gift(8), "done")
	if m := p.tg.Messages(42); len(m) != 2 || m[1].Photo != "" || m[1].Text != "Вам подарунок від *нас*" || len(p.tg.CallsOf("sendPhoto")) != 2 {
		t.Errorf("without its picture Telegram shows %+v", m)
	}
	if odd := vb.Oddities(); len(odd) > 0 {
		t.Errorf("Viber wondered about %v", odd)
	}
	p.finish()
}

// The welcome of Viber, which is the answer to its call, shows the picture of its template.
func TestAPictureInTheWelcome(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	p.put(filepath.Join(p.dir, "words", "welcome", "uk.md"), "+++\nimage = \"https://cdn.shop.example/hello.png\"\n+++\nВас вітає **{{company}}**! Щоб не отримувати рекламу, надішліть STOP.\n")
	p.configure(func(text string) string { return text + "[templates]\ndir = \"words\"\n" })
	p.reload(false)
	p.join(vb)
	if m := vb.Messages(olena)[0]; m.Type != "picture" || m.Media != "https://cdn.shop.example/hello.png" || !strings.HasPrefix(m.Text, "Вас вітає *Крамниця*!") || len(m.Buttons) == 0 {
		t.Errorf("the welcome is %+v", m)
	}
	p.finish()
}
