package whatsappcloud_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

var update = flag.Bool("update", false, "rewrite testdata/events.golden")

// line writes an event as people read it: what is set, without what all have in common.
func line(e bots.Event) string {
	var b strings.Builder
	put := func(name string, v any) {
		if rv := reflect.ValueOf(v); !rv.IsZero() {
			fmt.Fprintf(&b, " %s=%v", name, v)
		}
	}
	kind := string(e.Kind)
	if kind == "" {
		kind = "(unreadable)"
	}
	fmt.Fprintf(&b, "%s %s", kind, strings.TrimPrefix(e.ID, eventIDs))
	put("chat", e.Chat.ID)
	put("also", e.Also.ID)
	put("phone", e.Phone)
	put("name", e.Name)
	if !e.At.IsZero() {
		put("at", e.At.Unix())
	}
	put("message", e.MessageID)
	put("on", e.On)
	put("step", e.Step)
	put("text", fmt.Sprintf("%q", e.Text)[:len(fmt.Sprintf("%q", e.Text))*min(len(e.Text), 1)])
	put("data", e.Data)
	for _, m := range e.Media {
		fmt.Fprintf(&b, " media=%s{id:%s name:%s text:%s}", m.Type, m.ID, m.Name, m.Text)
	}
	if r := e.Receipt; r != nil {
		fmt.Fprintf(&b, " receipt{%s id:%s step:%v chat:%q at:%d", r.Level, r.ID, r.Step, r.Chat, r.At.Unix())
		if r.Failed {
			fmt.Fprintf(&b, " failed:%s reason:%s", r.Fault, r.Reason)
		}
		if r.Free {
			b.WriteString(" free")
		}
		if !r.SentAt.IsZero() {
			fmt.Fprintf(&b, " sent:%d", r.SentAt.Unix())
		}
		b.WriteString("}")
	}
	return b.String()
}

// Every call in testdata: those named as Meta's examples are Meta's, with the phone numbers of its examples.
func TestEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	must(t, err)
	var got bytes.Buffer
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		fmt.Fprintf(&got, "== %s\n", name)
		batch := parsed(t, name)
		for _, e := range batch.Events {
			fmt.Fprintln(&got, line(e))
		}
		if batch.Unread != "" {
			fmt.Fprintln(&got, "unread:", batch.Unread)
		}
	}
	golden := filepath.Join("testdata", "events.golden")
	if *update {
		must(t, os.WriteFile(golden, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the events differ from testdata/events.golden (-update rewrites it):\n%s", got.String())
	}
}

// parsed reads one recorded call and checks what holds for every event.
func parsed(t *testing.T, name string) bots.Batch {
	t.Helper()
	b := newBot(t, "", whatsappcloud.Options{})
	raw := recorded(t, name)
	batch, err := b.Parse(hookCall(raw))
	if err != nil {
		t.Fatalf("%s: Parse = %v", name, err)
	}
	again, err := b.Parse(hookCall(bytes.Clone(raw)))
	if err != nil || !reflect.DeepEqual(again, batch) {
		t.Errorf("%s: a repeat is read otherwise", name)
	}
	ids := map[string]bool{}
	for _, e := range batch.Events {
		if ids[e.ID] {
			t.Errorf("%s: two events are called %s", name, e.ID)
		}
		ids[e.ID] = true
		if !strings.HasPrefix(e.ID, eventIDs) || e.Channel != bots.WhatsAppCloud || e.Sender != bots.WhatsAppCloud || !e.ArrivedAt.Equal(calledAt) || !json.Valid(e.Raw) {
			t.Errorf("%s: %+v", name, e)
		}
		if e.Kind != "" {
			replays(t, b, e)
		} else if batch, err := b.Replay(e.Raw, calledAt); err == nil {
			t.Errorf("%s: what cannot be read is replayed as %+v", name, batch.Events)
		}
	}
	return batch
}

// replays reads an event once more from its raw form, alone.
func replays(t *testing.T, b *whatsappcloud.Bot, e bots.Event) {
	t.Helper()
	batch, err := b.Replay(e.Raw, calledAt)
	if err != nil || len(batch.Events) != 1 || !reflect.DeepEqual(batch.Events[0], e) {
		t.Errorf("Replay(%s) = %+v, %v; want %+v", e.Raw, batch.Events, err, e)
	}
}

// Replay says no to what is still not understood, and to what is nothing at all.
func TestReplayOfWhatIsBroken(t *testing.T) {
	b := newBot(t, "", whatsappcloud.Options{})
	for name, raw := range map[string]string{
		"a message without an id": `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"` + numberID + `"},"messages":[{"from":"380501112233","type":"text"}]}}]}]}`,
		"no JSON":                 `{"object"`,
		"an empty text":           ``,
	} {
		if batch, err := b.Replay([]byte(raw), calledAt); err == nil {
			t.Errorf("%s: Replay = %+v, want an error", name, batch)
		}
	}
}

// One call carries as many events as it has messages and statuses, each under its own id whatever it came with.
func TestEventIDsDoNotDependOnTheCall(t *testing.T) {
	inBatch := map[string]string{}
	for _, e := range parsed(t, "batch").Events {
		inBatch[e.ID] = line(e)
	}
	for _, name := range []string{"read", "delivered"} {
		e := parsed(t, name).Events[0]
		if inBatch[e.ID] != line(e) {
			t.Errorf("alone %q, in a batch %q", line(e), inBatch[e.ID])
		}
	}
}

// The body is not kept: the handler may use its bytes again.
func TestParseKeepsNothingOfTheBody(t *testing.T) {
	for _, name := range []string{"text", "read", "batch", "entry_of_another_form"} {
		body := recorded(t, name)
		b := newBot(t, "", whatsappcloud.Options{})
		batch, err := b.Parse(hookCall(body))
		must(t, err)
		before := make([]string, 0, len(batch.Events))
		for _, e := range batch.Events {
			before = append(before, string(e.Raw))
		}
		for i := range body {
			body[i] = 'x'
		}
		for i, e := range batch.Events {
			if string(e.Raw) != before[i] {
				t.Errorf("%s: event %d holds bytes of the body", name, i)
			}
		}
	}
}

// What the core makes of a preference is what it makes of the word, so the words must be among its own.
func TestPreferencesAreWordsOfTheCore(t *testing.T) {
	for name, want := range map[string]bots.ConsentState{"stop": bots.Denied, "resume": bots.Given, "said_stop": bots.Denied, "said_resume": bots.Given} {
		e := parsed(t, name).Events[0]
		turn := bots.Turn{Event: e, Contact: bots.Contact{ID: 1}}
		must(t, bots.DefaultCore().Apply(&turn, calledAt))
		if got := turn.Contact.Marketing; got.State != want || !got.ByPerson {
			t.Errorf("%s: the consent is %+v", name, got)
		}
	}
}

// Statuses may come in any order and twice; the core only ever grows a level.
func TestStatusesInAnyOrder(t *testing.T) {
	at := time.Unix(1780000001, 0)
	names := []string{"sent", "delivered", "read", "failed"}
	permute(names, func(order []string) {
		var s bots.MessageState
		for _, name := range order {
			r := parsed(t, name).Events[0].Receipt
			if r.Failed {
				s.Failed = s.Level <= bots.Accepted
				continue
			}
			s.Grow(r.Level, at)
		}
		if s.Level != bots.Read || s.Failed {
			t.Errorf("after %v the message is %s, failed %v", order, s.Level, s.Failed)
		}
	})
}

func permute(all []string, f func([]string)) {
	if len(all) <= 1 {
		f(slices.Clone(all))
		return
	}
	for i := range all {
		rest := slices.Delete(slices.Clone(all), i, i+1)
		permute(rest, func(tail []string) { f(append([]string{all[i]}, tail...)) })
	}
}

// What Meta tells of the account is nobody's event, and the operator's business.
func TestAccountNews(t *testing.T) {
	for name, want := range map[string]string{"account_update": "DISABLED_UPDATE", "account_fault": "131042"} {
		var log bytes.Buffer
		b := newBot(t, "", whatsappcloud.Options{Log: textLog(&log)})
		batch, err := b.Parse(hookCall(recorded(t, name)))
		if err != nil || len(batch.Events) != 0 || !strings.Contains(log.String(), want) {
			t.Errorf("%s: %d events, %v; the log says %q", name, len(batch.Events), err, log.String())
		}
	}
}
