package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	library "github.com/standard-webhooks/standard-webhooks/libraries/go"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const hooksHere = "\n[webhooks]\nnetworks = [\"127.0.0.0/8\"]\n"

// A program of the shop's is told what happens, in the order of each conversation, also after it and the gateway were away.
func TestAProgramIsToldWhatHappens(t *testing.T) {
	t.Parallel()
	type told struct {
		id   string
		Type string
		Data struct{ Change, Contact string }
	}
	var mu sync.Mutex
	var got []told
	var verifier *library.Webhook
	down := false
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		x := told{id: r.Header.Get("webhook-id")}
		if err == nil && verifier != nil {
			err = verifier.Verify(body, r.Header)
		}
		if err == nil {
			err = json.Unmarshal(body, &x)
		}
		if err != nil || strings.Contains(string(body), "Таємниця") {
			t.Errorf("a call with %s: %v", body, err)
		}
		got = append(got, x)
	}))
	t.Cleanup(program.Close)
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick+hooksHere)
	p.start()
	p.person("C-1", shopper, phone, nil)
	made := strings.Fields(p.run("webhooks", "add", program.URL+"/hook", "--types", "message.received,webhook.*"))
	if len(made) != 2 {
		t.Fatalf("it was made as %q", made)
	}
	var err error
	mu.Lock()
	verifier, err = library.NewWebhook(made[1])
	mu.Unlock()
	mustAll(t, err)
	if out := p.run("webhooks", "test", made[0]); !strings.Contains(out, "taken with status 200") {
		t.Errorf("a try says %q", out)
	}
	has := func(n int) {
		t.Helper()
		waitFor(t, "messages to be told", func() bool {
			mu.Lock()
			defer mu.Unlock()
			different := map[string]bool{}
			for _, x := range got {
				different[x.id] = true
			}
			return len(different) >= n
		})
	}
	has(1)
	p.customer("Таємниця 1")
	has(2)
	mu.Lock()
	down = true
	mu.Unlock()
	p.customer("Таємниця 2")
	p.customer("Таємниця 3")
	waitFor(t, "the trouble to show", func() bool { return strings.Contains(p.run("webhooks", "list"), "status 503") })
	p.kill()
	p.customer("Таємниця 4")
	mu.Lock()
	down = false
	mu.Unlock()
	p.start()
	has(5)
	mu.Lock()
	all := slices.Clone(got)
	mu.Unlock()
	last, ids := 0, map[string]bool{}
	for _, x := range all[1:] {
		n, err := strconv.Atoi(x.Data.Change)
		if x.Type != "message.received" || err != nil || n < last { // the same once more is the same
			t.Errorf("told were %+v", all)
			break
		}
		ids[x.id], last = true, n
	}
	if len(ids) != 4 {
		t.Errorf("%d messages were told, of 4", len(ids))
	}
	out := ""
	waitFor(t, "the gateway to have read the last answer", func() bool {
		out = p.run("webhooks", "show", made[0])
		return strings.Contains(out, "has taken everything")
	})
	if !strings.Contains(out, "message.received") || strings.Contains(out, made[1]) {
		t.Errorf("it is shown as\n%s", out)
	}
	if text, want := p.metrics(), `kaskad_webhook_calls_total{outcome="taken",webhook="`+made[0]+`"}`; !strings.Contains(text, want) || !strings.Contains(text, `kaskad_webhook_behind{webhook="`+made[0]+`"} 0`) {
		t.Errorf("the metrics do not tell of it:\n%s", text)
	}
	p.run("webhooks", "remove", made[0])
	if out := p.run("webhooks", "list"); strings.Contains(out, made[0]) {
		t.Errorf("what was removed is listed\n%s", out)
	}
	if strings.Contains(p.log.String(), made[1]) || strings.Contains(p.log.String(), program.URL) {
		t.Error("the log has the secret, or the address")
	}
	p.finish()
}
