package main

import (
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// A process that stood still (a suspended machine, a host that was busy for too long) wakes with its deadlines behind it and the proofs still at
// their messengers: what was read meanwhile gets no SMS, and what was not gets it, once.
func TestASuspendedProcessHearsBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, `
[cascades.soon]
steps = [
  { channel = "telegram", wait = "3s", until = "read" },
  { channel = "sms", wait = "2s", until = "delivered" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`)
	p.start()
	p.person("C-1", 42, phone, nil)
	p.person("C-2", 43, "+380501112299", nil)
	ask := func(card string) string {
		return p.mustSend(map[string]any{"to": "ext:" + card, "text": "120", "purpose": "service", "cascade": "soon"})
	}
	read, unread := ask("C-1"), ask("C-2")
	m, err := p.tg.WaitMessage(t.Context(), 42, 1)
	mustAll(t, err)
	_, err = p.tg.WaitMessage(t.Context(), 43, 1)
	mustAll(t, err)
	mustAll(t, p.process.Process.Signal(syscall.SIGSTOP))
	_, err = p.tg.PressButton(42, m.ID, 0)
	mustAll(t, err)
	time.Sleep(6 * time.Second) // both waits are over by now
	mustAll(t, p.process.Process.Signal(syscall.SIGCONT))
	if d := p.await(read, "done", "unconfirmed", "failed"); d.ReachedBy != "telegram" {
		t.Errorf("who pressed while we stood still was reached by %s, steps %v", d.ReachedBy, d.Steps)
	}
	if d := p.await(unread, "done", "unconfirmed", "failed"); d.ReachedBy != "sms" {
		t.Errorf("who did nothing was reached by %q, steps %v", d.ReachedBy, d.Steps)
	}
	time.Sleep(2 * time.Second)
	if n := len(p.sms.Messages(phone)); n != 0 {
		t.Errorf("%d SMS went to who had read", n)
	}
	if n := len(p.sms.Messages("+380501112299")); n != 1 {
		t.Errorf("%d SMS went to who had not", n)
	}
	p.finish()
}
