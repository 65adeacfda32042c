package telegram_test

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

func TestRegister(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	const place = bots.Secret("http://127.0.0.1:1/in/telegram/secret-path")
	if got, err := b.Inspect(t.Context(), place); err != nil || got.Ours || got.Host != "" {
		t.Errorf("before: Inspect = %+v, %v", got, err)
	}
	if err := b.Register(t.Context(), place); err != nil {
		t.Fatal(err)
	}
	c := tg.CallsOf("setWebhook")[0]
	if c.Params["url"] != place.Reveal() || c.Params["secret_token"] != hookSecret || c.Params["max_connections"] != "64" || c.Params["drop_pending_updates"] != "" {
		t.Errorf("setWebhook was called with %v", c.Params)
	}
	for _, kind := range []string{"message", "edited_message", "callback_query", "message_reaction", "my_chat_member"} {
		if !strings.Contains(c.Params["allowed_updates"], `"`+kind+`"`) {
			t.Errorf("allowed_updates %s lack %s", c.Params["allowed_updates"], kind)
		}
	}
	if _, err := tg.Say(42, "є хто?"); err != nil {
		t.Fatal(err)
	}
	var got bots.Registration
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) { // until the call to the closed port has failed
		var err error
		if got, err = b.Inspect(t.Context(), place); err != nil {
			t.Fatal(err)
		}
		if got.Failure != "" {
			break
		}
	}
	if !got.Ours || got.Host != "127.0.0.1:1" || got.Pending != 1 || time.Since(got.FailedAt) > time.Minute || got.Failure == "" {
		t.Errorf("Inspect = %+v", got)
	}
	if other, err := b.Inspect(t.Context(), "http://127.0.0.1:1/in/telegram/another"); err != nil || other.Ours {
		t.Errorf("with another path: Inspect = %+v, %v", other, err)
	}
}

func TestRegisterFails(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	err := b.Register(t.Context(), "https://shop.example/in/telegram/secret-path")
	if e := bots.FaultOf(err); e.Fault != bots.Rejected && e.Fault != bots.Misconfigured || strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), hookSecret) {
		t.Errorf("an address that Telegram does not take: %v", err)
	}
	bare, err := telegram.New(telegram.Config{Token: token, APIURL: tg.URL(), Updates: telegram.Hooks}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := bare.Register(t.Context(), "http://127.0.0.1:1/x"); err == nil {
		t.Error("a webhook without a secret token was set: anybody could call it")
	}
	if l := bare.Limits(); l.Polls || l.DeafCap < 2*time.Minute || l.KeepsPress >= 126*time.Second || l.Keeps != 24*time.Hour {
		t.Errorf("Limits = %+v", l)
	}
}
