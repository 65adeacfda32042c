package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
	"kaskad/cmd/kaskad/internal/app"
)

const phoneText = `
[whatsapp]
enabled = true
pace = 0
jitter = 0
[cascades.chat]
steps = [{ channel = "whatsapp", wait = "1m" }, { channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`

// newPaired is a running gateway whose phone is paired, with the simulated WhatsApp behind it.
func newPaired(t *testing.T) (*plant, *simwhatsapp.Server) {
	t.Helper()
	wa := newWhatsApp(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, phoneText)
	p.env = []string{whatsAppEnv(t, wa)}
	p.start()
	p.told("channel.degraded") // there is no phone
	at := app.Place(p.config)
	gate, err := app.Connect(t.Context(), at, app.Running)
	mustAll(t, err)
	defer gate.Close()
	var paired *app.WhatsAppAccount
	mustAll(t, gate.PairWhatsApp(t.Context(), "", func(s app.WhatsAppStep) error {
		paired = s.Paired
		if s.QR != "" {
			return wa.ScanQR(t.Context(), s.QR, shopPhone)
		}
		return nil
	}))
	if paired == nil || paired.Phone != shopPhone {
		t.Fatalf("paired as %+v", paired)
	}
	p.connected()
	p.told("channel.recovered") // the lanes look once a second
	return p, wa
}

// told waits until the changes tell of something.
func (p *plant) told(change string) {
	p.t.Helper()
	waitFor(p.t, change, func() bool {
		for _, c := range p.everything() {
			if c.Type == change {
				return true
			}
		}
		return false
	})
}

// shown waits until the customer's phone shows a text.
func shown(t *testing.T, c *simwhatsapp.Customer, text string) simwhatsapp.Shown {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	m, err := c.WaitText(ctx, text)
	mustAll(t, err)
	return m
}

// connected waits until the session stands.
func (p *plant) connected() {
	p.t.Helper()
	waitFor(p.t, "the session", func() bool {
		var ready struct {
			Sessions map[string]struct{ State string }
		}
		return p.call("GET", "/readyz", nil, &ready) == nil && ready.Sessions["whatsapp"].State == connected
	})
}

// wrote lets a customer write to the shop, and waits until the gateway has it.
func (p *plant) wrote(c *simwhatsapp.Customer, phone, text string) {
	p.t.Helper()
	_, err := c.Say(p.t.Context(), shopPhone, text)
	mustAll(p.t, err)
	waitFor(p.t, "what the customer wrote", func() bool {
		var page struct{ Items json.RawMessage }
		return p.call("GET", "/v1/conversations/whatsapp:"+strings.Replace(phone, "+", "%2B", 1)+"/messages", nil, &page) == nil && strings.Contains(string(page.Items), text)
	})
}

// A person who wrote first is written to by WhatsApp, and reads it; one who did not, by SMS at once.
func TestAMessageByWhatsAppIsRead(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna, boris = "+380501112233", "+380672223344"
	c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: anna, LID: "900002", Name: "Анна", Habits: simwhatsapp.Always(simwhatsapp.Act{Do: simwhatsapp.ReadIt})})
	mustAll(t, err)
	p.wrote(c, anna, "добрий день")
	id := p.mustSend(map[string]any{"to": "whatsapp:" + anna, "text": "Ваше замовлення тут", "purpose": "service", "cascade": "chat"})
	if d := p.await(id, "done", "failed", "unconfirmed"); d.State != "done" || d.ReachedBy != "whatsapp" || d.Proof != "receipt" {
		t.Errorf("%+v; want it read by WhatsApp", d)
	}
	shown(t, c, "Ваше замовлення тут")
	mustAll(t, p.call("PUT", "/v1/contacts/ext:boris", map[string]any{"phone": boris, "addresses": []map[string]string{{"channel": "whatsapp", "id": boris}}}, nil))
	id = p.mustSend(map[string]any{"to": "ext:boris", "text": "Ваше замовлення тут", "purpose": "service", "cascade": "chat"})
	if d := p.await(id, "done", "failed", "unconfirmed"); d.State != "done" || d.ReachedBy != "sms" {
		t.Errorf("%+v; want a stranger reached by SMS", d)
	}
	if n := len(wa.Messages(shopPhone)); n != 1 {
		t.Errorf("%d messages went out by WhatsApp, want the one", n)
	}
	p.finish()
}

// A gateway that is killed while WhatsApp has its message and has not said so does not send it again: what it kept of the intent is
// uncertain, and the receipt that comes after the start proves it.
func TestAKillInMidSendOnWhatsApp(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna = "+380501112233"
	c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: anna, LID: "900002", Name: "Анна"})
	mustAll(t, err)
	p.wrote(c, anna, "добрий день")
	wa.Fail(simwhatsapp.Fault{From: shopPhone, Kind: simwhatsapp.NoAck})
	id := p.mustSend(map[string]any{"to": "whatsapp:" + anna, "text": "Ваше замовлення тут", "purpose": "service", "cascade": "chat"})
	got := shown(t, c, "Ваше замовлення тут")
	p.kill()
	p.start()
	p.connected()
	mustAll(t, c.Read(t.Context(), got))
	if d := p.await(id, "done", "failed", "unconfirmed"); d.State != "done" || d.ReachedBy != "whatsapp" {
		t.Errorf("%+v; want the one message proven", d)
	}
	if all := wa.Messages(shopPhone); len(all) != 1 || all[0].Times != 1 {
		t.Errorf("WhatsApp was given %d messages: %+v; want one, once", len(all), all)
	}
	p.finish()
}

// A number that is banned carries nothing: the step goes on to SMS at once, the address stays, and /readyz says which it is.
func TestABannedNumberGoesOnToSMS(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna = "+380501112233"
	c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: anna, LID: "900002", Name: "Анна"})
	mustAll(t, err)
	p.wrote(c, anna, "добрий день")
	mustAll(t, p.call("PUT", "/v1/contacts/whatsapp:"+strings.Replace(anna, "+", "%2B", 1), map[string]any{"phone": anna}, nil))
	mustAll(t, wa.FailLogins(shopPhone, simwhatsapp.Outage{Reason: 402, Code: 101, Expire: time.Hour}))
	for _, device := range wa.Devices(shopPhone) {
		if device > 0 {
			wa.Cut(shopPhone, device)
		}
	}
	var ready struct {
		Advice   map[string]string
		Degraded []string
	}
	waitFor(t, "the ban", func() bool {
		return p.call("GET", "/readyz", nil, &ready) == nil && strings.HasPrefix(ready.Advice["whatsapp"], "banned until ")
	})
	if fmt.Sprint(ready.Degraded) != "[whatsapp]" {
		t.Errorf("degraded are %v", ready.Degraded)
	}
	id := p.mustSend(map[string]any{"to": "phone:" + anna, "text": "Ваше замовлення тут", "purpose": "service", "cascade": "chat"})
	d := p.await(id, "done", "failed", "unconfirmed")
	if d.State != "done" || d.ReachedBy != "sms" || d.Steps[0].Channel != "whatsapp" {
		t.Errorf("%+v; want it passed on to SMS", d)
	}
	var who struct {
		Addresses []struct{ Channel, State string }
	}
	mustAll(t, p.call("GET", "/v1/contacts/phone:"+strings.Replace(anna, "+", "%2B", 1), nil, &who))
	for _, at := range who.Addresses {
		if at.State != "active" && at.State != "unverified" {
			t.Errorf("the address on %s is %s after the ban", at.Channel, at.State)
		}
	}
	p.finish()
}

// Ctrl-C ends a pairing: nothing is linked, the picture is gone, and the next one begins at once.
func TestCtrlCEndsAPairing(t *testing.T) {
	t.Parallel()
	wa := newWhatsApp(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, phoneText)
	p.env = []string{whatsAppEnv(t, wa)}
	p.start()
	picture := filepath.Join(p.dir, "qr.png")
	for range 2 {
		cmd := exec.Command(os.Args[0], "-c", p.config, "whatsapp", "pair", "--yes", "--png", picture)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		var errs strings.Builder
		cmd.Stderr = &errs
		mustAll(t, cmd.Start())
		waitFor(t, "the QR code", func() bool { _, err := os.Stat(picture); return err == nil })
		mustAll(t, cmd.Process.Signal(os.Interrupt))
		err := cmd.Wait()
		if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(errs.String(), "broken off: nothing was linked") {
			t.Errorf("it ended with %v and said\n%s", err, &errs)
		}
		if _, err := os.Stat(picture); !os.IsNotExist(err) {
			t.Errorf("the picture is still there: %v", err)
		}
	}
	if all := wa.Devices(shopPhone); len(all) > 1 {
		t.Errorf("the phone has the devices %v", all)
	}
	p.finish()
}
