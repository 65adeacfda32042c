package whatsappcloud_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// The vector of the facts: the signature is over the raw body.
func TestSignature(t *testing.T) {
	cfg := config("")
	cfg.AppSecret = "app_secret"
	b, err := whatsappcloud.New(cfg, whatsappcloud.Options{})
	must(t, err)
	const body = `{"object":"whatsapp_business_account","entry":[]}`
	const good = "sha256=c236c758c9b2bd40b388a550eeca09eaca72384dd0aa5e7c31d19cddac5bba46"
	for name, c := range map[string]struct {
		body, signature string
		ok              bool
	}{
		"signed":                      {body, good, true},
		"no signature":                {body, "", false},
		"another body":                {body + " ", good, false},
		"without its mark":            {body, strings.TrimPrefix(good, "sha256="), false},
		"of another hash":             {body, "sha1=" + strings.TrimPrefix(good, "sha256="), false},
		"no hex":                      {body, "sha256=zz", false},
		"half of it":                  {body, good[:len(good)-2], false},
		"with capital digits":         {body, "sha256=" + strings.ToUpper(strings.TrimPrefix(good, "sha256=")), true},
		"an empty signature":          {body, "sha256=", false},
		"signed with the other token": {body, sign(verify, []byte(body)), false},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			if c.signature != "" {
				h.Set("X-Hub-Signature-256", c.signature)
			}
			batch, err := b.Parse(bots.Call{Method: http.MethodPost, Header: h, Body: []byte(c.body), At: calledAt})
			if c.ok && err != nil || !c.ok && !errors.Is(err, bots.ErrForged) || len(batch.Events) > 0 {
				t.Errorf("Parse = %+v, %v", batch, err)
			}
		})
	}
}

// Meta escapes what is not ASCII and signs that text; the same words written otherwise have another signature, and are not asked.
func TestSignatureOfEscapedText(t *testing.T) {
	b := newBot(t, "", whatsappcloud.Options{})
	var compact bytes.Buffer
	must(t, json.Compact(&compact, recorded(t, "reply")))
	escaped := []byte(strings.NewReplacer("К", `\u041a`, "/", `\/`).Replace(compact.String()))
	batch, err := b.Parse(hookCall(escaped))
	if err != nil || len(batch.Events) != 1 || batch.Events[0].Text != "Коли буде знижка?" {
		t.Errorf("Parse = %+v, %v", batch.Events, err)
	}
	call := hookCall(escaped)
	call.Body = compact.Bytes()
	if _, err := b.Parse(call); !errors.Is(err, bots.ErrForged) {
		t.Errorf("Parse of another spelling = %v, want ErrForged", err)
	}
}

func TestChallenge(t *testing.T) {
	for name, c := range map[string]struct {
		query  url.Values
		status int
		body   string
	}{
		"Meta asks":                  {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {verify}}, 200, "1158201444"},
		"with another token":         {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {"guess"}}, 403, ""},
		"without a token":            {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}}, 403, ""},
		"with the app's secret":      {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {secret}}, 403, ""},
		"for something else":         {url.Values{"hub.mode": {"unsubscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {verify}}, 403, ""},
		"nothing":                    {url.Values{}, 403, ""},
		"without a challenge":        {url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {verify}}, 403, ""},
		"with a page as challenge":   {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"<script>alert(1)</script>"}, "hub.verify_token": {verify}}, 403, ""},
		"with a very long challenge": {url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {strings.Repeat("1", 129)}, "hub.verify_token": {verify}}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := &inbox{}
			at := listenFor(t, newBot(t, "", whatsappcloud.Options{}), in)
			res, err := http.Get(at + "?" + c.query.Encode())
			must(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			must(t, err)
			if res.StatusCode != c.status || c.body != "" && string(body) != c.body || strings.Contains(string(body), "script") {
				t.Errorf("the answer is %d %q", res.StatusCode, body)
			}
			if len(in.all()) != 0 {
				t.Error("a question is no event")
			}
		})
	}
}

// Over HTTP, through the handler behind /in/: events once, forgeries never, other methods never.
func TestHook(t *testing.T) {
	in := &inbox{}
	at := listenFor(t, newBot(t, "", whatsappcloud.Options{HookSecret: "path-s3cret"}), in)
	post := func(at string, body []byte, signature string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, bytes.NewReader(body))
		must(t, err)
		req.Header.Set("X-Hub-Signature-256", signature)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, res.Body.Close())
		return res.StatusCode
	}
	body := recorded(t, "batch")
	for range 3 {
		if got := post(at, body, sign(secret, body)); got != 200 {
			t.Errorf("a genuine call is answered %d", got)
		}
	}
	if got := post(at+"/path-s3cret", body, sign(secret, body)); got != 200 {
		t.Errorf("by the path with the secret: %d", got)
	}
	if got := post(at, body, sign("guess", body)); got != 403 {
		t.Errorf("a forged call is answered %d", got)
	}
	if got := post(at, []byte("no json"), sign(secret, []byte("no json"))); got != 400 {
		t.Errorf("a call without JSON is answered %d", got)
	}
	if got, want := len(in.all()), len(parsed(t, "batch").Events); got != want {
		t.Errorf("%d events arrived, want %d", got, want)
	}
	req := httptest.NewRequest(http.MethodPut, "/in/whatsapp_cloud", nil)
	rec := httptest.NewRecorder()
	h, err := bots.NewHookHandler(bots.Hooks{Table: []bots.Hook{newBot(t, "", whatsappcloud.Options{}).Hook()}, Receive: in.receive, Quarantine: in.quarantine, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	if h.ServeHTTP(rec, req); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT is answered %d", rec.Code)
	}
}

// Whatever comes, signed or not, is an error or events that are whole.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"text", "batch", "read", "failed", "contacts", "order", "changed_number", "phoneless", "stop", "entry_of_another_form"} {
		f.Add(recorded(f, name))
	}
	b := newBot(f, "", whatsappcloud.Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := b.Parse(hookCall(body))
		if err != nil {
			if len(batch.Events) > 0 || !errors.Is(err, bots.ErrMalformed) {
				t.Fatalf("Parse = %+v, %v", batch, err)
			}
			return
		}
		for _, e := range batch.Events {
			if e.ID == "" || e.Channel != bots.WhatsAppCloud || len(e.Raw) == 0 {
				t.Fatalf("not whole: %+v", e)
			}
			if e.Kind != "" && e.Kind != bots.Reported && e.Chat.ID == "" {
				t.Fatalf("nobody's: %+v", e)
			}
			if e.Kind == "" {
				continue
			}
			again, err := b.Replay(e.Raw, calledAt)
			if err != nil || len(again.Events) != 1 || again.Events[0].ID != e.ID || line(again.Events[0]) != line(e) {
				t.Fatalf("Replay = %+v, %v; want %+v", again.Events, err, e)
			}
		}
	})
}
