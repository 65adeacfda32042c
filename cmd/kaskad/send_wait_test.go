package main

import (
	"bytes"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

const enduring = `
[cascades.enduring]
steps = [{ channel = "telegram", wait = "5m", until = "read" }, { channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`

// Somebody waits while the gateway dies and is started again: the message is followed all the same.
func TestWaitingOutlastsARestart(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, enduring)
	p.start()
	p.person("C-1", 42, phone, nil)
	var out bytes.Buffer
	told, done := &watched{wrote: make(chan struct{})}, make(chan int, 1)
	go func() {
		args := []string{"-c", p.config, "send", "--to", "ext:C-1", "--text", "Ваше замовлення тут.", "--purpose", "service", "--cascade", "enduring", "--wait", "--json"}
		done <- run(t.Context(), args, app.Streams{Out: &out, Err: told})
	}()
	// Before that line the command may not even know that the message was taken.
	waitFor(t, "somebody who waits", func() bool { return strings.Contains(told.String(), "waiting for proof from telegram") })
	p.kill()
	p.start()
	_, err := p.tg.PressButton(42, p.tg.Messages(42)[0].ID, 0)
	mustAll(t, err)
	if code := <-done; code != exitDone || !strings.Contains(out.String(), `"state":"done"`) {
		t.Errorf("exit %d\n%s%s", code, &out, told)
	}
	p.finish()
}
