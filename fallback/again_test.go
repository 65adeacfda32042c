package fallback_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// wordsOf are the built-in templates and one of the operator's.
func wordsOf(t *testing.T, name, text string) *templates.Set {
	t.Helper()
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin(), templates.Layer{Name: "own", FS: fstest.MapFS{name + "/uk.md": {Data: []byte(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// retry plays a delivery by SMS whose first try fails, and a reload before the second.
func retry(t *testing.T, before, after string, story func(r *rig, d *fallback.Delivery)) {
	synctest.Test(t, func(t *testing.T) {
		var in *fallback.Intake
		r := newRig(t, func(o *fallback.Options) {
			o.Intake.Templates = wordsOf(t, "news", before)
			o.Senders["sms/main"] = parts{o.Senders["sms/main"].(*sender)}
			o.Rules.SpendPerDay = bots.Money{Amount: 60_000, Currency: "UAH"}
			in = o.Intake
		})
		defer r.stop()
		r.with(func() {
			r.sms.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Minute}
				}
				return r.sms.ok(n, out), nil
			}
		})
		id := r.ask(fallback.Ask{To: r.person().String(), Template: "news", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms", Wait: fallback.Lasting(time.Hour)}}}})
		next := *in
		name := "news"
		if after == "" {
			name, after = "other", "x"
		}
		next.Templates = wordsOf(t, name, after)
		r.engine.Reload(&next)
		r.pass(5 * time.Minute)
		story(r, r.store.Delivery(id))
	})
}

// A further try repeats the words of the first, which are on the disk: what is counted is their price, and no template is needed.
func TestAFurtherTryRepeatsTheWordsOfTheFirst(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"the template is shorter by then":   {strings.Repeat("довго ", 60), "коротко"},
		"the template is longer by then":    {"коротко", strings.Repeat("довго ", 60)},
		"the template is gone by then":      {"коротко", ""},
		"the template is marketing by then": {"коротко", "+++\npurpose = \"marketing\"\n+++\nЗнижки! {{way_out}}"},
		"the template wants more by then":   {"коротко", "{{.points}} балів"},
	} {
		t.Run(name, func(t *testing.T) {
			retry(t, c.before, c.after, func(r *rig, d *fallback.Delivery) {
				if len(r.sent) != 2 || r.sent[1].Text != r.sent[0].Text {
					t.Fatalf("%s (%s) after %d sends: %+v", d.State, d.Reason, len(r.sent), r.sent)
				}
				if _, real := (parts{r.sms}).Price(r.sent[1].Text); d.Cost() != real {
					t.Errorf("%s is counted, what went out costs %s", d.Cost(), real)
				}
			})
		})
	}
}

// What was accepted as service does not go out as marketing: not to somebody who said no, not at night.
func TestATemplateThatBecomesMarketing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in *fallback.Intake
		r := newRig(t, func(o *fallback.Options) {
			o.Intake.Templates = wordsOf(t, "news", "Ваше замовлення готове")
			in = o.Intake
		})
		defer r.close()
		chat := r.person()
		r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "СТОП", MessageID: "9"})
		id := r.ask(fallback.Ask{To: chat.String(), Template: "news", SendAt: time.Now().Add(time.Hour)})
		next := *in
		next.Templates = wordsOf(t, "news", "+++\npurpose = \"marketing\"\n+++\nЗнижки! {{way_out}}")
		r.engine.Reload(&next)
		r.pass(90 * time.Minute)
		if d := r.store.Delivery(id); len(r.sent) != 0 || d.State != fallback.Failed || d.Route[0].Reason != fallback.ReasonUnfit {
			t.Errorf("%s (%s) after %d sends", d.State, d.Reason, len(r.sent))
		}
	})
}
