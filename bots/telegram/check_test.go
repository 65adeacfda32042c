package telegram_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
	"kaskad/bots/bottest"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

func TestCheck(t *testing.T) {
	tg := simulator(t, sim.Options{Username: "shop_bot"})
	b := newBot(t, tg.URL(), telegram.Options{})
	if got, err := b.Check(t.Context()); err != nil || got.Name != "@shop_bot" || len(got.Warnings) != 0 {
		t.Errorf("Check = %+v, %v", got, err)
	}
	setWebhook(t, tg)
	got, err := b.Check(t.Context())
	if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "127.0.0.1") || strings.Contains(got.Warnings[0], "secret-path") {
		t.Errorf("with a webhook: Check = %+v, %v; want a warning with the host alone", got, err)
	}
}

// setWebhook is another program that uses the token.
func setWebhook(t *testing.T, tg *sim.Server) {
	t.Helper()
	other := &tgbotapi.BotAPI{Token: token, Client: http.DefaultClient}
	other.SetAPIEndpoint(tg.URL() + "/bot%s/%s")
	if _, err := other.MakeRequest("setWebhook", tgbotapi.Params{"url": "http://127.0.0.1:1/in/telegram/secret-path"}); err != nil {
		t.Fatal(err)
	}
}

func TestCheckWebhookMode(t *testing.T) {
	info := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result := `{"id":123,"is_bot":true,"first_name":"Shop","username":"shop_bot"}`
		if strings.HasSuffix(r.URL.Path, "getWebhookInfo") {
			result = info
		}
		bottest.Answer(200, "application/json", `{"ok":true,"result":`+result+`}`)(w, r)
	}))
	defer srv.Close()
	b, err := telegram.New(telegram.Config{Token: token, APIURL: srv.URL, Updates: telegram.Hooks}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for says, want := range map[string]string{
		`{"url":""}`: "no webhook yet",
		`{"url":"https://bots.example.com/in/telegram/x","last_error_message":"Connection refused"}`: "bots.example.com failed: Connection refused",
	} {
		info = says
		got, err := b.Check(t.Context())
		if err != nil || len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0], "/setjoingroups") || !strings.Contains(got.Warnings[1], want) {
			t.Errorf("Check = %+v, %v; want %q", got, err, want)
		}
	}
}

func TestCheckWrongToken(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b, err := telegram.New(telegram.Config{Token: "123:another", APIURL: tg.URL()}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Check(t.Context())
	if e := bots.FaultOf(err); e.Fault != bots.Misconfigured || !strings.Contains(err.Error(), "@BotFather") || strings.Contains(err.Error(), "another") {
		t.Errorf("Check = %v, want what to do about the token", err)
	}
}

// The name is asked for once, and again when the first try failed.
func TestUsername(t *testing.T) {
	tg := simulator(t, sim.Options{Username: "shop_bot"})
	b := newBot(t, tg.URL(), telegram.Options{})
	tg.Fail(sim.Fault{Kind: sim.BadGateway})
	if _, err := b.Username(t.Context()); err == nil {
		t.Error("Username = nil error while Telegram is down")
	}
	for range 3 {
		if got, err := b.Username(t.Context()); err != nil || got != "shop_bot" {
			t.Errorf("Username = %q, %v", got, err)
		}
	}
	if n := len(tg.CallsOf("getMe")); n != 2 {
		t.Errorf("getMe was called %d times, want 2", n)
	}
}
