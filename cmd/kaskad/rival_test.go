package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// Another program that polls with our token is named in /readyz and in an advice. That our polls grow rare is the adapter's test.
func TestAnotherProgramPollsWithOurToken(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	waitFor(t, "the first poll", func() bool { return len(p.tg.CallsOf("getUpdates")) > 1 })
	poll := func() error { // the other program: its poll ends ours
		answer, err := http.PostForm(p.tg.URL()+"/bot"+p.tg.Token()+"/getUpdates", url.Values{"timeout": {"1"}})
		if err != nil {
			return err
		}
		return answer.Body.Close()
	}
	type readiness struct {
		Status   string
		Degraded []string
		Advice   map[string]string
	}
	ready := func() (r readiness) {
		answer, err := http.Get("http://" + p.admin + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	waitFor(t, "the quarrel to be told", func() bool {
		if err := poll(); err != nil {
			t.Fatal(err)
		}
		r := ready()
		return r.Status == "ready" && strings.Contains(fmt.Sprint(r.Degraded), "telegram") && strings.Contains(r.Advice["telegram"], "another program polls Telegram with the same token")
	})
	p.finish()
}
