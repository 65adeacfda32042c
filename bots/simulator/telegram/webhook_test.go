package telegram

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is a bot's webhook. Until good, it answers with status.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	header  map[string]string
	answer  string
	secrets []string
	seen    []string
}

func newHook(t *testing.T) *hook {
	h := &hook{status: 200}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var u seen
		if err := json.Unmarshal(body, &u); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("webhook got %s: %v", body, err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.secrets = append(h.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		h.seen = append(h.seen, u.String())
		for name, value := range h.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(h.status)
		_, _ = io.WriteString(w, h.answer)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) set(status int, answer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.answer = status, answer
}

func (h *hook) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.seen)
}

func TestWebhookRefusals(t *testing.T) {
	tests := map[string]struct{ url, secret, want string }{
		"no address":            {"://", "", "Bad Request: invalid webhook URL specified"},
		"ftp":                   {"ftp://127.0.0.1/", "", "Bad Request: invalid webhook URL specified"},
		"an address outside":    {"https://shop.example/hook", "", "Bad Request: bad webhook: the simulator calls loopback addresses only"},
		"a long secret":         {"http://127.0.0.1:1/", strings.Repeat("a", 257), "Bad Request: secret token is too long"},
		"a secret with a blank": {"http://127.0.0.1:1/", "a b", "Bad Request: secret token contains unallowed characters"},
	}
	s := start(t, Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if g := call(t, s, "setWebhook", "url", tt.url, "secret_token", tt.secret); g.Status != 400 || g.Description != tt.want {
				t.Errorf("got %d %q, want %q", g.Status, g.Description, tt.want)
			}
		})
	}
}

func TestWebhookLife(t *testing.T) {
	s := start(t, Options{})
	h := newHook(t)
	_, err := s.Say(anna, "before")
	must(t, err)
	steps := []struct {
		what, method string
		params       []string
		want         string
	}{
		{"set", "setWebhook", []string{"url", h.URL, "secret_token", "s3cret"}, "Webhook was set"},
		{"set again", "setWebhook", []string{"url", h.URL, "secret_token", "s3cret"}, "Webhook is already set"},
		{"an empty address removes it", "setWebhook", nil, "Webhook was deleted"},
		{"removed again", "deleteWebhook", nil, "Webhook is already deleted"},
		{"set once more", "setWebhook", []string{"url", h.URL, "secret_token", "s3cret", "max_connections", "7", "allowed_updates", `["message"]`}, "Webhook was set"},
	}
	for _, st := range steps {
		if g := call(t, s, st.method, st.params...); !g.OK || g.Description != st.want {
			t.Errorf("%s: %+v, want %q", st.what, g, st.want)
		}
	}
	_, err = s.Say(anna, "after")
	must(t, err)
	must(t, s.WaitIdle(t.Context()))
	if got := slices.Compact(h.got()); strings.Join(got, ", ") != "message before, message after" || h.secrets[0] != "s3cret" {
		t.Errorf("the bot got %v with secrets %v", got, h.secrets)
	}
	var info webhookInfo
	call(t, s, "getWebhookInfo").into(t, &info)
	if info.URL != h.URL || info.MaxConnections != 7 || info.PendingUpdateCount != 0 || strings.Join(info.AllowedUpdates, "") != "message" || info.LastErrorMessage != "" {
		t.Errorf("info: %+v", info)
	}
}

func TestWebhookRetriesInOrder(t *testing.T) {
	s := start(t, Options{})
	h := newHook(t)
	h.set(503, "")
	call(t, s, "sendMessage", "chat_id", "42", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	call(t, s, "setWebhook", "url", h.URL)
	for _, text := range []string{"a", "b"} {
		_, err := s.Say(anna, text)
		must(t, err)
	}
	must(t, s.AddPerson(Person{ID: 43}))
	_, err := s.Start(43, "")
	must(t, err)
	_, err = s.Press(anna, 1, "ok")
	must(t, err)
	retried := func() bool {
		got := h.got()
		count := func(what string) int {
			return len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != what }))
		}
		return count("message a") >= 3 && count("message /start") >= 3 && count("pressed ok") >= 3
	}
	for !retried() {
		time.Sleep(time.Millisecond)
	}
	if slices.Contains(h.got(), "message b") {
		t.Error("b overtook a, which the bot did not take")
	}
	var info webhookInfo
	call(t, s, "getWebhookInfo").into(t, &info)
	if info.PendingUpdateCount != 4 || info.LastErrorMessage != "Wrong response from the webhook: 503 Service Unavailable" || info.LastErrorDate == 0 {
		t.Errorf("info: %+v", info)
	}
	h.set(204, "")
	must(t, s.WaitIdle(t.Context()))
	if got := h.got(); got[len(got)-1] == "message a" || !slices.Contains(got, "message b") {
		t.Errorf("after the repair: %v", got)
	}
}

func TestWebhookHonoursRetryAfter(t *testing.T) {
	s := start(t, Options{Speed: 20})
	h := newHook(t)
	h.status, h.header = 503, map[string]string{"Retry-After": "3600"}
	call(t, s, "setWebhook", "url", h.URL)
	_, err := s.Say(anna, "a")
	must(t, err)
	must(t, s.stage.Wait(t.Context(), func() bool { return s.hook.lastError != "" }))
	time.Sleep(20 * time.Millisecond) // without the header, the first retry is at once
	if n := len(h.got()); n != 1 {
		t.Errorf("%d tries within the hour the bot asked for", n)
	}
	if g := call(t, s, "deleteWebhook", "drop_pending_updates", "true"); !g.OK || s.PendingUpdates() != 0 {
		t.Errorf("drop: %+v, %d pending", g, s.PendingUpdates())
	}
}

func TestWebhookAnswerMayCallAMethod(t *testing.T) {
	s := start(t, Options{})
	h := newHook(t)
	h.set(200, `{"method":"sendMessage","chat_id":42,"text":"pong"}`)
	call(t, s, "setWebhook", "url", h.URL)
	_, err := s.Say(anna, "ping")
	must(t, err)
	m, err := s.WaitMessage(t.Context(), anna, 1)
	if err != nil || m.Text != "pong" {
		t.Errorf("got %+v, %v", m, err)
	}
	if c := s.CallsOf("sendMessage"); len(c) != 1 || !c[0].Hook {
		t.Errorf("calls: %+v", c)
	}
	h.set(200, `{"method":"getUpdates"}`)
	_, err = s.Say(anna, "again")
	must(t, err)
	must(t, s.WaitIdle(t.Context()))
	if c := s.CallsOf("getUpdates"); len(c) != 0 {
		t.Errorf("a get method was called: %+v", c)
	}
}

func TestSetWebhookTwiceInASecond(t *testing.T) {
	now := time.Now()
	s := start(t, Options{Rate: 30, Now: func() time.Time { return now }})
	h := newHook(t)
	call(t, s, "setWebhook", "url", h.URL)
	if g := call(t, s, "setWebhook", "url", h.URL); g.Status != 429 || g.Parameters.RetryAfter != 1 {
		t.Errorf("at once: %+v", g)
	}
	now = now.Add(time.Second)
	if g := call(t, s, "setWebhook", "url", h.URL); !g.OK {
		t.Errorf("a second later: %+v", g)
	}
}
