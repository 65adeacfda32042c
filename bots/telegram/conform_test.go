package telegram_test

import (
	"net/http"
	"path"
	"testing"

	"kaskad/bots"
	"kaskad/bots/bottest"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

// simulator starts a Telegram in which person 42 has pressed Start.
func simulator(t *testing.T, opt sim.Options) *sim.Server {
	t.Helper()
	opt.Token = token
	if opt.Rate == 0 {
		opt.Rate, opt.ChatRate = -1, -1
	}
	tg, err := sim.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tg.Close() })
	if err := tg.AddPerson(sim.Person{ID: 42, FirstName: "Олена", LanguageCode: "uk", Phone: "380501112233", Started: true}); err != nil {
		t.Fatal(err)
	}
	return tg
}

func adapter(t *testing.T) bottest.Adapter {
	stranger := hookCall(recorded(t, "wrote"))
	stranger.Header = http.Header{"X-Telegram-Bot-Api-Secret-Token": {"guess"}}
	return bottest.Adapter{
		New:     func(t *testing.T, url string) bots.Sender { return newBot(t, url, telegram.Options{}) },
		To:      bots.Address{Channel: bots.Telegram, ID: "42"},
		Secrets: []string{secret, hookSecret},
		Genuine: []bots.Call{hookCall(recorded(t, "wrote")), hookCall(recorded(t, "pressed")), hookCall(recorded(t, "blocked"))},
		Forged:  []bots.Call{stranger},
	}
}

func TestConformOnSimulator(t *testing.T) {
	a := adapter(t)
	a.Start = func(t *testing.T) bottest.Peer {
		tg := simulator(t, sim.Options{})
		return bottest.Peer{
			URL:      tg.URL(),
			Fail:     func(f bottest.Failure) bool { return fail(t, tg, f) },
			Requests: func() int { return len(tg.CallsOf("sendMessage")) + len(tg.CallsOf("sendPhoto")) },
			Pictures: func() (all []string) {
				for _, m := range tg.Messages(42) {
					if m.Photo != "" {
						all = append(all, m.Photo)
					}
				}
				return all
			},
			Texts: func() (texts []string) {
				for _, m := range tg.Messages(42) {
					texts = append(texts, m.Text)
				}
				return texts
			},
		}
	}
	bottest.Conform(t, a)
}

// fail makes the simulator fail. Where that can be, it does first what it was asked for.
func fail(t *testing.T, tg *sim.Server, f bottest.Failure) bool {
	kinds := map[bottest.Failure]sim.Kind{
		bottest.Flooded: sim.FloodWait, bottest.ServerError: sim.BadGateway, bottest.Garbage: sim.Garbage,
		bottest.Hang: sim.HangAfterAccept, bottest.Cut: sim.CutAfter,
	}
	var err error
	switch kind, known := kinds[f]; {
	case known:
		tg.Fail(sim.Fault{Kind: kind, Times: -1, RetryAfter: 7, CarryOut: true})
	case f == bottest.Blocked:
		err = tg.Block(42)
	case f == bottest.Gone:
		err = tg.Deactivate(42)
	case f == bottest.Down:
		err = tg.Close()
	default:
		return false // see TestConformOnAnswers
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// The same with answers that the simulator does not give.
func TestConformOnAnswers(t *testing.T) {
	said := func(code int, description, parameters string) http.HandlerFunc {
		return bottest.Answer(code, "application/json", refusal(code, description, parameters))
	}
	a := adapter(t)
	a.Start = bottest.HTTP{
		IsSend: func(r *http.Request) bool { return path.Base(r.URL.Path) == "sendMessage" },
		Text:   func(r *http.Request) string { return r.FormValue("text") },
		Accept: bottest.Answer(200, "application/json", `{"ok":true,"result":{"message_id":7,"date":1780000000,"chat":{"id":42,"type":"private"},"text":"hi"}}`),
		Other:  bottest.Answer(200, "application/json", `{"ok":true,"result":{"id":123,"is_bot":true,"first_name":"Shop","username":"shop_bot","url":""}}`),
		Refuse: map[bottest.Failure]http.HandlerFunc{
			bottest.Blocked:  said(403, "Forbidden: bot was blocked by the user", ""),
			bottest.Gone:     said(400, "Bad Request: chat not found", ""),
			bottest.Flooded:  said(429, "Too Many Requests: retry after 7", `{"retry_after":7}`),
			bottest.BadText:  said(400, "Bad Request: message is too long", ""),
			bottest.BadToken: said(401, "Unauthorized", ""),
		},
	}.Start
	bottest.Conform(t, a)
}
