package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// Telegram takes messages and answers 502 to each: after five it is left alone, told everywhere, and what is to go to others goes there by
// the policy of the cascade, or by hand. When it answers, what waited goes out, nothing twice.
func TestAChannelThatIsDownFromOutside(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, `
[cascades.hold]
steps = [{ channel = "telegram", wait = "1h", until = "read" }, { channel = "sms" }]
when_down = "hold"
quiet_hours = { from = "00:00", to = "00:00" }
`)
	p.start()
	const people = 12
	for i := range people {
		p.person(fmt.Sprint("C-", i), int64(100+i), fmt.Sprintf("+3805011122%02d", i), nil)
	}
	arrived := func() (n int) {
		for i := range people {
			for _, m := range p.tg.Messages(int64(100 + i)) {
				if strings.Contains(m.Text, "Down") {
					n++
				}
			}
		}
		return n
	}
	send := func(from, to int) {
		for i := from; i < to; i++ {
			p.mustSend(map[string]any{"to": fmt.Sprint("ext:C-", i), "text": fmt.Sprint("Down ", i), "purpose": "service", "cascade": "hold"})
		}
	}
	p.tg.Fail(simtelegram.Fault{Method: "sendMessage", Kind: simtelegram.BadGateway, Times: -1})
	const enough = 5 // to be called down
	send(0, enough)
	waitFor(t, "the channel to be called down", func() bool {
		r := p.readiness()
		return r.Status == "ready" && slices.Contains(r.Degraded, "telegram") && strings.Contains(r.Advice["telegram"], "does not answer")
	})
	send(enough, people)
	byHand := p.mustSend(map[string]any{"to": "ext:C-0", "text": "By hand", "purpose": "service", "cascade": "hold"})
	if said := p.run("pause", "telegram", "--skip"); said != "paused: telegram; its steps go on to the next channel\n" {
		t.Errorf("pause says %q", said)
	}
	if r := p.readiness(); !slices.Contains(r.Paused, "telegram (skipped)") {
		t.Errorf("paused %q", r.Paused)
	}
	p.await(byHand, "waiting", "done", "unconfirmed")
	if texts := len(p.sms.Messages("")); texts < people-enough-3 {
		waitFor(t, "the texts of those who had not been tried, but for some trials", func() bool { return len(p.sms.Messages("")) >= people-enough-3 })
	}
	if said := p.run("resume", "telegram"); !strings.Contains(said, "resumed: telegram") {
		t.Errorf("resume says %q", said)
	}
	p.tg.ClearFaults()
	late := p.mustSend(map[string]any{"to": "ext:C-1", "text": "Down late", "purpose": "service", "cascade": "hold"})
	waitFor(t, "the channel to be used again", func() bool { return arrived() == 1 })
	p.await(late, "waiting")
	waitFor(t, "the trouble to be over", func() bool { return !slices.Contains(p.readiness().Degraded, "telegram") })
	if n := arrived(); n != 1 {
		t.Errorf("%d messages arrived, want the one after it", n)
	}
	var changes struct {
		Items []struct {
			Type string
			Data struct{ Channel, Reason string }
		}
	}
	var told []string
	waitFor(t, "both to be in the outbox", func() bool {
		mustAll(t, p.call("GET", "/v1/changes?limit=1000", nil, &changes))
		told = nil
		for _, c := range changes.Items {
			if strings.HasPrefix(c.Type, "channel.") && c.Data.Reason == "down" {
				told = append(told, c.Type)
			}
		}
		return len(told) >= 2
	})
	if !slices.Equal(told, []string{"channel.degraded", "channel.recovered"}) {
		t.Errorf("the outbox says %q", told)
	}
	p.finish()
}
