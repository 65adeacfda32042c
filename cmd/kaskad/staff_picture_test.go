package main

import (
	"net/url"
	"strings"
	"testing"

	simtelegram "kaskad/bots/simulator/telegram"
)

// An answer with a picture that Telegram cannot fetch goes as text alone, and whoever wrote it is told: by the delivery, in the
// conversation, and in the staff's group.
func TestAnAnswerWithoutItsPictureIsTold(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	_, err := p.tg.Say(shopper, "Які є чашки?")
	mustAll(t, err)
	p.post(staffGroup, 2)
	p.tg.Fail(simtelegram.Fault{Method: "sendPhoto", Kind: simtelegram.Unfetched})
	talk := "/v1/conversations/" + url.PathEscape("ext:C-1")
	var made state
	mustAll(t, p.call("POST", talk+"/replies", map[string]any{"text": "Ось наші чашки", "image": "https://shop.example/cups.jpg", "author": "Ірина"}, &made))
	if d := p.await(made.ID, "done"); len(d.Steps) != 1 || d.Steps[0].Reason != "no_picture" {
		t.Errorf("the delivery says %+v", d.Steps)
	}
	if m := p.tg.Messages(shopper); len(m) != 1 || m[0].Photo != "" || m[0].Text != "Ось наші чашки" {
		t.Errorf("the customer reads %+v", m)
	}
	var said struct {
		Items []struct{ Text, Status, Reason string }
	}
	mustAll(t, p.call("GET", talk+"/messages", nil, &said))
	if n := len(said.Items); n != 2 || said.Items[1].Status != "accepted" || said.Items[1].Reason != "no_picture" {
		t.Errorf("the conversation shows %+v", said.Items)
	}
	told := p.post(staffGroup, 3)
	if !strings.HasPrefix(told.Text, "C-1: зображення або файл не надіслано") || !strings.Contains(told.Text, "«Ірина: Ось наші чашки»") {
		t.Errorf("the staff are told %q", told.Text)
	}
	_, err = p.tg.ReplyIn(staffGroup, agent, told.ID, "Вони білі")
	mustAll(t, err)
	p.wasTold(shopper, "Ось наші чашки", "Вони білі")
	p.quietRoom(3)
	p.finish()
}
