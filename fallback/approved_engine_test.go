package fallback_test

import (
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

const cloudChannel = "whatsapp_cloud"

// approvedWords are templates with and without an approved one.
func approvedWords(t *testing.T, points string) *templates.Set {
	t.Helper()
	own := fstest.MapFS{
		"added/uk.md": {Data: []byte("+++\n[approved]\nname = \"bonus_added\"\nbody = [\"" + points + "\"]\nbuttons = [{ data = \"more\" }]\n+++\nБалів: " + points)},
		"bare/uk.md":  {Data: []byte("Балів: {{.points}}")},
	}
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin(), templates.Layer{Name: "own", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// cloud is a rig with WhatsApp Cloud, which takes free text for a day after the person's own message.
func cloud(t *testing.T) func(*fallback.Options) {
	return func(o *fallback.Options) {
		tg := o.Senders["telegram"].(*sender)
		channels := map[string]fallback.Channel{
			cloudChannel: {Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Window: 24 * time.Hour, Formats: "whatsapp"}, Senders: []string{cloudChannel}},
			"sms":        o.Rules.Channels["sms"],
		}
		cascades, _ := (&fallback.Config{}).Cascade(channels)
		rules := *o.Rules
		rules.Channels = channels
		o.Rules = &rules
		o.Senders = map[string]bots.Sender{cloudChannel: tg, "sms/main": o.Senders["sms/main"]}
		o.Intake = &fallback.Intake{Templates: approvedWords(t, "{{.points}}"), Cascades: cascades, Channels: channels, Country: "UA"}
	}
}

// writer is a person who wrote on WhatsApp, with a phone.
func (r *rig) writer() bots.Address {
	r.t.Helper()
	chat := bots.Address{Channel: cloudChannel, ID: "+380501110001"}
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "привіт", MessageID: "w1", Phone: chat.ID})
	r.event(bots.Event{Kind: bots.Shared, Chat: chat, Phone: chat.ID, MessageID: "w2", At: time.Now()})
	return chat
}

func (r *rig) points(to bots.Address, template string) bots.ID {
	r.t.Helper()
	return r.ask(fallback.Ask{To: to.String(), Template: template, Data: map[string]any{"points": 120}})
}

// went says what the n-th message went out as, as its channel saw it and as the store has it.
func (r *rig) went(n int) string {
	r.t.Helper()
	r.mu.Lock()
	out := r.sent[n]
	r.mu.Unlock()
	var m *bots.Message
	var s bots.MessageState
	r.store.View(func(v fallback.View) { m, s = v.Message(out.Step), v.MessageState(out.Step) })
	if m == nil || m.Text != out.Text || s.Approved != (out.Approved != nil) {
		r.t.Errorf("message %d is kept as %+v, %+v", n, m, s)
		return ""
	}
	if out.Approved == nil {
		return out.Text
	}
	if fmt.Sprintf("%+v", m.Approved) != fmt.Sprintf("%+v", out.Approved) {
		r.t.Errorf("kept as %+v, sent as %+v", m.Approved, out.Approved)
	}
	return fmt.Sprintf("%s %v %v", out.Approved.Name, out.Approved.Body, out.Approved.Buttons)
}

func (r *rig) wentAs(want ...string) {
	r.t.Helper()
	if got := len(r.sends()); got != len(want) {
		r.t.Fatalf("%d messages left, want %d: %v", got, len(want), r.sends())
	}
	for i, w := range want {
		if got := r.went(i); got != w {
			r.t.Errorf("message %d went as %q, want %q", i, got, w)
		}
	}
}

const (
	asText     = "Балів: 120"
	asApproved = "bonus_added [{ 120}] [{0  more}]"
)

func TestApprovedTemplates(t *testing.T) {
	temporary := func(r *rig, until int, after time.Duration) {
		r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
			if n <= until {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: after}
			}
			return r.tg.ok(n, out), nil
		}
	}
	for name, script := range map[string]func(r *rig){
		"free text goes inside the window": func(r *rig) {
			to := r.writer()
			r.pass(23*time.Hour + 58*time.Minute)
			r.points(to, "added")
			r.wentAs(asText)
		},
		"the approved template goes after it": func(r *rig) {
			to := r.writer()
			r.pass(23*time.Hour + 59*time.Minute)
			r.points(to, "added")
			r.wentAs(asApproved)
		},
		"without one the step is passed over, and its address stays": func(r *rig) {
			to := r.writer()
			r.pass(24 * time.Hour)
			d := r.state(r.points(to, "bare"), "waiting")
			if l := d.Route[0]; l.Channel != cloudChannel || l.Outcome != fallback.PassedBy || l.Reason != fallback.ReasonWindow {
				r.t.Errorf("the step is %s %s %s", l.Channel, l.Outcome, l.Reason)
			}
			if place, _ := r.store.Contact(d.Contact).At(cloudChannel); place.State != bots.Active {
				r.t.Errorf("the address is %s", place.State)
			}
			r.want("24h0m0s sms/main +380501110001")
		},
		"an answer of staff fails after it": func(r *rig) {
			to := r.writer()
			r.answer(to, "yes")
			r.pass(25 * time.Hour)
			d := r.state(r.answer(to, "no"), "failed")
			if d.Reason != fallback.ReasonWindow {
				r.t.Errorf("it failed for %s", d.Reason)
			}
			r.want("0s telegram +380501110001")
		},
		"a new message of the person's opens it again": func(r *rig) {
			to := r.writer()
			r.pass(25 * time.Hour)
			r.event(bots.Event{Kind: bots.Wrote, Chat: to, Text: "?", MessageID: "w3"})
			r.points(to, "bare")
			r.wentAs(asText)
		},
		"one that was told late opens it from when it was written": func(r *rig) {
			to := r.writer()
			r.pass(30 * time.Hour)
			r.event(bots.Event{Kind: bots.Wrote, Chat: to, Text: "?", MessageID: "w3", At: time.Now().Add(-25 * time.Hour)})
			r.points(to, "added")
			r.wentAs(asApproved)
		},
		"a later attempt says the same, whatever the templates say by then": func(r *rig) {
			to := r.writer()
			r.pass(25 * time.Hour)
			temporary(r, 1, time.Minute)
			r.points(to, "added")
			in := *r.engine.Options.Intake
			in.Templates = approvedWords(r.t, "{{.points}}!")
			r.engine.Reload(&in)
			r.pass(2 * time.Minute)
			r.wentAs(asApproved, asApproved)
		},
		"a later attempt after the window is the approved template": func(r *rig) {
			to := r.writer()
			r.pass(23*time.Hour + 58*time.Minute + 30*time.Second)
			temporary(r, 1, time.Minute)
			r.points(to, "added")
			if got := r.sends(); len(got) != 1 {
				r.t.Fatalf("sent %v", got)
			}
			r.with(func() {
				if r.sent[0].Approved != nil {
					r.t.Errorf("the first attempt was %+v", r.sent[0].Approved)
				}
			})
			r.pass(2 * time.Minute)
			if got := r.went(1); got != asApproved {
				r.t.Errorf("the second went as %q", got)
			}
		},
		"a later attempt without one goes on to the next channel": func(r *rig) {
			to := r.writer()
			r.pass(23*time.Hour + 58*time.Minute + 30*time.Second)
			temporary(r, 1, time.Minute)
			d := r.points(to, "bare")
			r.pass(2 * time.Minute)
			r.want("23h58m30s telegram +380501110001", "23h59m30s sms/main +380501110001")
			if l := r.state(d, "waiting").Route[0]; l.Outcome != fallback.Fell || l.Reason != fallback.ReasonWindow {
				r.t.Errorf("the step is %s %s", l.Outcome, l.Reason)
			}
		},
	} {
		scripts{name: {cloud(t), script}}.play(t)
	}
}
