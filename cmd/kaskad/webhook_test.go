package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// rewrite changes the configuration, from the next start on.
func (p *plant) rewrite(old, new string) {
	p.t.Helper()
	raw, err := os.ReadFile(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.config, []byte(strings.Replace(string(raw), old, new, 1)), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// updates writes into the configuration how Telegram's updates come.
func (p *plant) updates(how string) {
	p.t.Helper()
	p.rewrite("updates = \"webhook\"\n", "")
	if how == "webhook" {
		p.rewrite("[telegram]\n", "[telegram]\nupdates = \"webhook\"\n")
	}
}

// hooked is a plant whose Telegram calls us, with one customer.
func hooked(t *testing.T, habits simtelegram.Habits) *plant {
	t.Helper()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, Speed: 20}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, quick+roomy)
	p.updates("webhook")
	p.start()
	p.person("C-1", 42, phone, habits)
	return p
}

// hook waits until Telegram was told where to call and returns it.
func (p *plant) hook() (address, token string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if _, err := p.tg.WaitCall(ctx, "setWebhook", 1); err != nil {
		p.t.Fatal(err)
	}
	set := p.tg.CallsOf("setWebhook")
	return set[len(set)-1].Params["url"], set[len(set)-1].Params["secret_token"]
}

func TestTelegramByWebhook(t *testing.T) {
	t.Parallel()
	p := hooked(t, nil)
	address, token := p.hook()
	at, err := url.Parse(address)
	if err != nil || at.Host != p.public || !strings.HasPrefix(at.Path, "/in/telegram/") || len(at.Path) < len("/in/telegram/")+22 || len(token) < 22 || strings.Contains(address, token) {
		t.Errorf("Telegram was told %s with %d letters of secret token (%v)", address, len(token), err)
	}
	if n := len(p.tg.CallsOf("getUpdates")); n != 0 {
		t.Errorf("%d polls", n)
	}
	id := p.mustSend(roomyBonus())
	p.await(id, "waiting")
	press, err := p.tg.PressButton(42, p.tg.Messages(42)[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := p.await(id, "done"); d.ReachedBy != "telegram" || d.Proof != "button" {
		t.Errorf("reached by %s with proof %s, want telegram with button", d.ReachedBy, d.Proof)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.tg.WaitAnswered(ctx, press); err != nil {
		t.Error(err)
	}
	waitFor(t, "all updates to be taken", func() bool { return p.tg.PendingUpdates() == 0 })
	out := p.run("check")
	path := at.Path[len("/in/telegram/"):]
	p.stop()
	if words := out + p.log.String(); strings.Contains(words, path) || strings.Contains(words, token) {
		t.Errorf("a secret of the webhook is shown:\n%s", words)
	}
	p.got(1, 0)
	p.check()
}

// The listener is up before Telegram is told, and Telegram is told until it listens.
func TestTheWebhookIsSetWhenTelegramComesBack(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, Speed: 20}, simsms.Options{}, quick)
	p.updates("webhook")
	p.tg.Fail(simtelegram.Fault{Method: "setWebhook", Kind: simtelegram.BadGateway, Times: 2})
	p.start()
	waitFor(t, "three attempts", func() bool { return len(p.tg.CallsOf("setWebhook")) == 3 })
	p.person("C-1", 42, phone, nil)
	if _, err := p.tg.Say(42, "привіт"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the message to arrive", func() bool { return len(p.said("C-1")) == 1 })
	p.finish()
}

// Proof that came while we were dead is told again by Telegram, and comes before the deadline.
func TestProofByWebhookWhileWeWereDead(t *testing.T) {
	t.Parallel()
	p := hooked(t, nil)
	p.rewrite("catch_up = \"1s\"\n", "") // what Telegram needs
	p.hook()
	id := p.mustSend(roomyBonus())
	p.await(id, "waiting")
	begun := time.Now()
	p.kill()
	if _, err := p.tg.PressButton(42, p.tg.Messages(42)[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	over(t, begun) // while nobody listens; Telegram's next try is up to six seconds away
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "telegram" {
		t.Errorf("reached by %q, want telegram: receipts come before deadlines", d.ReachedBy)
	}
	p.got(1, 0)
	p.finish()
}

// said is what a customer wrote, in the order of the conversation.
func (p *plant) said(card string) []string {
	p.t.Helper()
	var contact struct{ ID string }
	if err := p.call("GET", "/v1/contacts/ext:"+card, nil, &contact); err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for next := ""; ; {
		var page struct {
			Items []struct{ Direction, Text string }
			Next  string
		}
		if err := p.call("GET", "/v1/conversations/"+contact.ID+"/messages?limit=200&cursor="+url.QueryEscape(next), nil, &page); err != nil {
			return all // nothing was said yet
		}
		for _, m := range page.Items {
			if m.Direction == "in" {
				all = append(all, m.Text)
			}
		}
		if next = page.Next; next == "" {
			return all
		}
	}
}

// People go on writing while the operator changes how updates come, with stops and with kills in between: every message is
// stored once, and each chat in its order.
func TestSwitchingBetweenPollAndWebhookLosesNothing(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, Speed: 20}, simsms.Options{}, quick)
	p.start()
	const people = 4
	for i := range people {
		p.person(fmt.Sprintf("W-%d", i), int64(1000+i), fmt.Sprintf("+38050111%04d", i), nil)
	}
	wrote := make([][]string, people)
	quit := make(chan struct{})
	var writers sync.WaitGroup
	for i := range people {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-quit:
					return
				case <-time.After(time.Duration(1+rand.IntN(10)) * time.Millisecond):
				}
				if p.tg.PendingUpdates() > 100 { // a slow machine: the rest would take longer than the test
					n--
					continue
				}
				text := fmt.Sprintf("%d-%d", i, n)
				if _, err := p.tg.Say(int64(1000+i), text); err != nil {
					t.Error(err)
					return
				}
				wrote[i] = append(wrote[i], text)
			}
		})
	}
	for round := range 8 {
		how := []string{"webhook", "poll"}[round%2]
		p.updates(how)
		if round%4 < 2 {
			p.stop()
		} else {
			p.kill()
		}
		p.start()
		before := len(p.said("W-0"))
		waitFor(t, "messages by "+how, func() bool { return len(p.said("W-0")) > before+20 })
	}
	close(quit)
	writers.Wait()
	waitFor(t, "the rest", func() bool { return p.tg.PendingUpdates() == 0 })
	total := 0
	for i := range people {
		card := fmt.Sprintf("W-%d", i)
		waitFor(t, "the last message", func() bool { return len(p.said(card)) >= len(wrote[i]) })
		if got := p.said(card); !slices.Equal(got, wrote[i]) {
			t.Errorf("%s wrote %d messages, %d are stored: %s", card, len(wrote[i]), len(got), differs(wrote[i], got))
		}
		total += len(wrote[i])
	}
	polls, sets := len(p.tg.CallsOf("getUpdates")), len(p.tg.CallsOf("setWebhook"))
	if polls == 0 || sets < 4 || len(p.tg.CallsOf("deleteWebhook")) < 3 {
		t.Errorf("%d polls, %d webhooks: the updates did not change their way", polls, sets)
	}
	t.Logf("%d messages over 8 changes", total)
	p.finish()
}

// differs shows where two lists part.
func differs(want, got []string) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("at %d %q instead of %q", i, got[i], want[i])
		}
	}
	return "one is longer"
}
