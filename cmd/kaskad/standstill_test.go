package main

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// A process that stands still for seconds lets nobody pay for it: waits that ran out meanwhile hear first what people did meanwhile.
func TestWaitsThatRanOutWhileWeStoodStill(t *testing.T) {
	t.Parallel()
	const still = `
[cascades.still]
steps = [{ channel = "telegram", wait = "4s", until = "read" }, { channel = "sms" }]
quiet_hours = { from = "00:00", to = "00:00" }
`
	const people = 20
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, still)
	p.start()
	var ids []string
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011122%02d", i), nil)
	}
	p.run("pause") // so that all go at once, and the first wait is not over before the last has begun
	for i := range people {
		ids = append(ids, p.mustSend(map[string]any{"to": fmt.Sprint("ext:C-", i), "text": fmt.Sprint("Still ", i), "purpose": "service", "cascade": "still"}))
	}
	p.run("resume")
	waitFor(t, "all to wait", func() bool {
		var list struct{ Items []state }
		mustAll(t, p.call("GET", "/v1/deliveries?limit=100", nil, &list))
		return len(list.Items) == people && !slices.ContainsFunc(list.Items, func(d state) bool { return d.State != "waiting" })
	})
	// The poll that is under way when we stop is answered a moment after we run again, as by a network with a long way.
	p.tg.Fail(simtelegram.Fault{Method: "getUpdates", Kind: simtelegram.Delay, Delay: 8 * time.Second})
	p.says(100, "hello") // ends the poll of before, if one is open
	waitFor(t, "the slow poll", func() bool {
		calls := p.tg.CallsOf("getUpdates")
		return calls[len(calls)-1].Fault == simtelegram.Delay
	})
	if err := p.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < people; i++ { // the first has written
		if _, err := p.tg.PressButton(int64(100+i), p.tg.Messages(int64(100 + i))[0].ID, 0); err != nil {
			t.Error(err)
		}
	}
	time.Sleep(6 * time.Second) // longer than the wait
	if err := p.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		p.await(id, "done")
	}
	if texts := p.sms.Messages(""); len(texts) != 0 {
		t.Errorf("%d of %d who had pressed got an SMS", len(texts), people)
	}
	p.finish()
}
