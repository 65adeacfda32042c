package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/fallback"
)

// said is one Telegram update: somebody wrote a text.
const said = `{"update_id":7,"message":{"message_id":1,"date":1772452800,"chat":{"id":42,"type":"private"},"from":{"id":42,"first_name":"Олена"},"text":"дякую"}}`

type keptLine struct{ ID, Kind, Channel, Event, Reason, Raw, Hook string }

func keptLines(t *testing.T, api *control.Client) []keptLine {
	t.Helper()
	var list struct{ Items []keptLine }
	if err := api.Do(t.Context(), "GET", "/v1/quarantine", nil, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// texts are what people wrote in the conversation of a REF.
func texts(t *testing.T, api *control.Client, ref string) []string {
	t.Helper()
	var talk struct {
		Items []struct{ Direction, Text string }
	}
	err := api.Do(t.Context(), "GET", "/v1/conversations/"+ref+"/messages", nil, &talk)
	if p, ok := errors.AsType[*control.Problem](err); ok && p.Code == "unknown_contact" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range talk.Items {
		if m.Direction == "in" {
			all = append(all, m.Text)
		}
	}
	return all
}

func problemCode(err error) string {
	if p, ok := errors.AsType[*control.Problem](err); ok {
		return p.Code
	}
	return ""
}

// An event that an older version could not take: replayed, it lands in the conversation once, and its copies stay seen.
func TestAnEventIsReplayedOnce(t *testing.T) {
	a, api := gateway(t, t.TempDir(), "")
	kept := fallback.Quarantined{Channel: bots.Telegram, Event: "telegram:123456:7", Reason: "no rule for this", Raw: []byte(said)}
	if err := a.db.Quarantine(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	lines := keptLines(t, api)
	if len(lines) != 1 || lines[0].Kind != "event" || lines[0].Event != kept.Event || lines[0].Reason != kept.Reason || lines[0].Raw != "" {
		t.Fatalf("the list says %+v", lines)
	}
	path := "/v1/quarantine/" + lines[0].ID
	var one keptLine
	if err := api.Do(t.Context(), "GET", path, nil, &one); err != nil || one.Raw != said {
		t.Errorf("it is shown as %+v, %v", one, err)
	}
	copies := batchOf(t, a, said)
	if err := a.engine.Receive(t.Context(), copies); err != nil || len(texts(t, api, "telegram:42")) != 0 {
		t.Errorf("a copy of what is in quarantine was taken (%v)", err)
	}
	var done struct{ Events int }
	if err := api.Do(t.Context(), "POST", path+"/replay", nil, &done); err != nil || done.Events != 1 {
		t.Fatalf("the replay is answered %+v, %v", done, err)
	}
	if err := api.Do(t.Context(), "POST", path+"/replay", nil, nil); problemCode(err) != "unknown_quarantined" {
		t.Errorf("a second replay is answered %v", err)
	}
	if err := a.engine.Receive(t.Context(), copies); err != nil {
		t.Error(err)
	}
	if got := texts(t, api, "telegram:42"); len(got) != 1 || got[0] != "дякую" {
		t.Errorf("the conversation holds %q; want the message once", got)
	}
	if left := keptLines(t, api); len(left) != 0 {
		t.Errorf("still kept: %+v", left)
	}
}

func batchOf(t *testing.T, a *App, raw string) bots.Batch {
	t.Helper()
	batch, err := a.channels[bots.Telegram].senders[bots.Telegram].(bots.Replayer).Replay([]byte(raw), time.Unix(1772452801, 0))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// faulty panics until it is mended: a fault of ours in an adapter.
type faulty struct {
	bots.Webhook
	mended bool
}

func (f *faulty) Parse(c bots.Call) (bots.Batch, error) {
	if !f.mended {
		panic("the text of " + string(c.Body))
	}
	return f.Webhook.Parse(c)
}

// A call that made an adapter panic: it comes in through the public door, is kept with its way in, and is taken once after the
// adapter was mended.
func TestACallIsReplayedOnce(t *testing.T) {
	a, api := gateway(t, t.TempDir(), "")
	hook := a.channels[bots.SMS].hooks[0]
	broken := &faulty{Webhook: hook.Webhook}
	hook.Webhook = broken
	var log bytes.Buffer
	door := a.doorOf(t, hook, &log)
	r := httptest.NewRequest("POST", "/in/sms/main/0123456789abcdef", strings.NewReader(`{"from":"+380501112233","text":"secret words","id":"m1"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Token", "hush")
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("the call is answered %d", w.Code)
	}
	lines := keptLines(t, api)
	if len(lines) != 1 || lines[0].Kind != "call" || lines[0].Channel != bots.SMS || strings.Contains(lines[0].Reason, "secret words") {
		t.Fatalf("the list says %+v", lines)
	}
	path := "/v1/quarantine/" + lines[0].ID
	var one json.RawMessage
	if err := api.Do(t.Context(), "GET", path, nil, &one); err != nil || !bytes.Contains(one, []byte("secret words")) || !bytes.Contains(one, []byte(`"hook":"sms/main"`)) || bytes.Contains(one, []byte("hush")) {
		t.Errorf("it is shown as %s, %v", one, err)
	}
	again := a.quarantineOf(map[string]bots.Webhook{"sms/main": broken})
	id, err := bots.ParseID(lines[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Replay(t.Context(), id); err == nil || strings.Contains(err.Error(), "secret words") {
		t.Errorf("a replay by the same adapter gives %v", err)
	}
	if len(keptLines(t, api)) != 1 {
		t.Fatal("it is not kept any more, and was not taken")
	}
	broken.mended = true
	for range 2 {
		n, err := again.Replay(t.Context(), id)
		if err == nil && n != 1 {
			t.Errorf("the replay found %d events", n)
		}
	}
	if got := texts(t, api, "phone:+380501112233"); len(got) != 1 || got[0] != "secret words" {
		t.Errorf("the conversation holds %q; want the message once", got)
	}
	if strings.Contains(log.String(), "secret words") || strings.Contains(log.String(), "380501112233") {
		t.Errorf("the log holds what the person wrote: %s", &log)
	}
}

func TestWhatCannotBeReplayedStays(t *testing.T) {
	a, api := gateway(t, t.TempDir(), "")
	call, err := json.Marshal(bots.KeptCall{Hook: "viber", Call: bots.Call{Method: "POST", Body: []byte("\xff")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]fallback.Quarantined{
		"a channel that is off":         {Channel: "viber", Event: "viber:1", Raw: []byte("{}")},
		"a way in that is off":          {Channel: "viber", Raw: call},
		"an update that is still wrong": {Channel: bots.Telegram, Event: "telegram:123456:8", Raw: []byte(`{"update_id":8,"message":5}`)},
		"an update without an event":    {Channel: bots.Telegram, Event: "telegram:123456:9", Raw: []byte(`{"update_id":9,"poll":{}}`)},
	} {
		if err := a.db.Quarantine(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		lines := keptLines(t, api)
		if err := api.Do(t.Context(), "POST", "/v1/quarantine/"+lines[0].ID+"/replay", nil, nil); problemCode(err) != "not_replayed" {
			t.Errorf("%s: answered %v", name, err)
		}
		if still := keptLines(t, api); len(still) != 1 {
			t.Errorf("%s: %d are kept; want it still there", name, len(still))
		}
		if err := api.Do(t.Context(), "DELETE", "/v1/quarantine/"+lines[0].ID, nil, nil); err != nil {
			t.Errorf("%s: dropping it: %v", name, err)
		}
		if err := api.Do(t.Context(), "DELETE", "/v1/quarantine/"+lines[0].ID, nil, nil); problemCode(err) != "unknown_quarantined" {
			t.Errorf("%s: dropping it again: %v", name, err)
		}
	}
}

// doorOf is the public door with one hook in it.
func (a *App) doorOf(t *testing.T, hook bots.Hook, log *bytes.Buffer) http.Handler {
	t.Helper()
	h, err := bots.NewHookHandler(bots.Hooks{Table: []bots.Hook{hook}, Receive: a.engine.Answer, Quarantine: a.engine.Quarantine, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (a *App) quarantineOf(hooks map[string]bots.Webhook) *quarantine {
	q := newQuarantine(a.db, a.engine, a.channels)
	q.hooks = hooks
	return q
}
