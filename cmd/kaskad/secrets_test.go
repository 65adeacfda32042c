package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
)

// Nothing that a whole run prints, answers to strangers or measures has a secret in it, nor a word of what people write: neither while all is
// well, nor when every messenger refuses, breaks off, answers rubbish, or is not there at all.
func TestNoSecretIsPrintedAnywhere(t *testing.T) {
	t.Parallel()
	const (
		telegramToken = "7000000002:AAtelegramSecretThatNobodyMaySee012"
		viberToken    = "445da6az1s345z78-viber-secret-nobody-sees0"
		smsToken      = "sms-secret-that-nobody-may-see"
		alertSecret   = "whsec_YWxlcnQtc2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU="
		said          = "дуже-особисте-слово"
	)
	vb, err := simviber.New(simviber.Options{Token: viberToken, Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 50)})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	pager := newPager(t)
	p := newPlant(t, simtelegram.Options{Token: telegramToken}, simsms.Options{Token: smsToken, Habits: simsms.Always(simsms.Act{Do: simsms.Deliver})}, fmt.Sprintf(`
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
[alerts]
webhook = %q
webhook_secret = %q
hold = "1s"
ping = %q
[webhooks]
networks = ["127.0.0.0/8"]
[cascades.all]
steps = [
  { channel = "telegram", wait = "1s", until = "read" },
  { channel = "viber", wait = "1s", until = "read" },
  { channel = "sms", wait = "1s", until = "delivered" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`, vb.Token(), vb.URL(), pager.URL, alertSecret, pager.URL+"/ping-secret-path"))
	p.start()
	_, err = vb.WaitCallback(t.Context(), "webhook", 1)
	mustAll(t, err)
	hook, err := vb.WaitCall(t.Context(), "set_webhook", 1)
	mustAll(t, err)
	setup := strings.TrimSpace(p.run("people", "setup"))
	made := strings.Fields(p.run("webhooks", "add", pager.URL+"/told"))
	secrets := map[string]string{
		"the token of Telegram": telegramToken, "the token of Viber": viberToken, "the token of SMS": smsToken, "the secret of alerts": alertSecret, "the address of the ping": "ping-secret-path",
		"the API key": p.key, "the way in of Viber": filepath.Base(hook.Text("url")), "the setup code": setup[strings.LastIndexAny(setup, "/=#")+1:], "the secret of a webhook": made[1], "what was written": said,
	}
	for name, secret := range secrets {
		if len(secret) < 12 {
			t.Fatalf("%s is %q, which is no secret", name, secret)
		}
	}

	p.person("C-1", 42, phone, nil)
	mustAll(t, vb.AddPerson(simviber.Person{ID: olena, Name: "Олена", Phone: phone[1:], Subscribed: true}))
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-1", map[string]any{"addresses": []map[string]string{{"channel": "viber", "id": olena}}}, nil))
	send := func(n int) {
		t.Helper()
		p.await(p.mustSend(map[string]any{"to": "ext:C-1", "text": fmt.Sprint(said, n), "purpose": "service", "cascade": "all"}), "done", "unconfirmed", "failed")
	}
	writes := func() {
		_, err := p.tg.Say(42, said)
		mustAll(t, err)
		_, err = vb.Say(olena, said)
		mustAll(t, err)
	}
	writes()
	send(1)
	for i, kind := range []simtelegram.Kind{simtelegram.Refuse, simtelegram.InternalError, simtelegram.Garbage, simtelegram.CutAfter} {
		p.tg.Fail(simtelegram.Fault{Method: "sendMessage", Kind: kind, Text: "the token is " + telegramToken})
		p.tg.Fail(simtelegram.Fault{Method: "getUpdates", Kind: kind, Text: "the token is " + telegramToken})
		vb.Fail(simviber.Fault{Method: "send_message", Kind: []simviber.Kind{simviber.AnswerStatus, simviber.InternalError, simviber.Garbage, simviber.CutAfter}[i], Status: 3})
		p.sms.Fail(simsms.Fault{Kind: []simsms.Kind{simsms.Refuse, simsms.InternalError, simsms.Garbage, simsms.CutAfter}[i], Code: "51"})
		send(2 + i)
		writes()
	}
	var printed strings.Builder // everything that strangers, and those who watch, are answered
	ask := func(method, address string, header ...string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("{"))
		mustAll(t, err)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return // it was cut off
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		mustAll(t, err)
		fmt.Fprintf(&printed, "%v %s\n", answer.Header, raw)
	}
	asksAll := func() {
		ask("GET", "http://"+p.admin+"/readyz")
		ask("GET", "http://"+p.admin+"/metrics")
		ask("GET", "http://"+p.admin+"/login")
		for _, key := range []string{"", "Bearer " + p.key[:len(p.key)-1] + "x", "Bearer nonsense"} {
			ask("POST", "http://"+p.admin+"/v1/deliveries", "Authorization", key)
			ask("GET", "http://"+p.admin+"/v1/status", "Authorization", key)
		}
		ask("POST", "http://"+p.public+"/in/viber/wrong")
		ask("POST", "http://"+p.public+"/in/viber/"+secrets["the way in of Viber"], "X-Viber-Content-Signature", "00")
		ask("POST", "http://"+p.public+"/in/telegram/wrong")
		ask("GET", "http://"+p.public+"/l/"+p.key)
	}
	asksAll()
	// Nobody is there any more.
	mustAll(t, p.tg.Close(), vb.Close(), p.sms.Close())
	p.mustSend(map[string]any{"to": "ext:C-1", "text": said + "9", "purpose": "service", "cascade": "all"})
	time.Sleep(2 * time.Second) // everybody is tried, and tried again
	asksAll()
	p.stop()
	printed.WriteString(p.run("check"))
	for _, word := range []string{"the token is", "step not accepted", "wrong address"} {
		if !strings.Contains(p.log.String(), word) {
			t.Errorf("the log has no word of %q: the run did not meet what it is about", word)
		}
	}
	for name, secret := range secrets {
		for where, text := range map[string]string{"the log": p.log.String(), "an answer": printed.String()} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s stands in %s: …%s…", name, where, text[max(0, i-200):min(len(text), i+len(secret)+60)])
			}
		}
	}
}
