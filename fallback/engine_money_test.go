package fallback_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func TestEngineAndMoney(t *testing.T) {
	scripts{
		"a text of more parts than the provider takes is rejected, and is no matter of money": {func(o *fallback.Options) {
			rules := *o.Rules
			rules.SpendPerDay = bots.Money{Amount: 20_000, Currency: "UAH"}
			o.Rules = &rules
			sms := o.Senders["sms/main"].(*sender)
			sms.limits.MaxParts = 2
			o.Senders["sms/main"] = parts{sms}
		}, func(r *rig) {
			r.sms.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected}
			}
			id := r.ask(texted("+380501112200", strings.Repeat("Знижка ", 30)))
			d := r.state(id, "failed")
			if d.Reason != "rejected" && d.Route[0].Reason != "rejected" || d.Cost().Amount != 0 {
				r.t.Errorf("%s, leg %s, for %s; want rejected for nothing", d.Reason, d.Route[0].Reason, d.Cost())
			}
			if told := r.reached(); len(told) != 0 {
				r.t.Errorf("told %q of a text that nobody can send", told)
			}
		}},
		"a step that alone is too dear is told, and so is the end of the day's money": {func(o *fallback.Options) {
			rules := *o.Rules
			rules.SpendPerDay = bots.Money{Amount: 20_000, Currency: "UAH"}
			o.Rules = &rules
			o.Senders["sms/main"] = parts{o.Senders["sms/main"].(*sender)}
		}, func(r *rig) {
			for i := range 2 {
				id := r.ask(texted(fmt.Sprintf("+38050111221%d", i), strings.Repeat("Знижка ", 30)))
				r.state(id, "held")
			}
			for i := range 4 {
				r.ask(texted(fmt.Sprintf("+38050111220%d", i), "Знижка"))
			}
			r.pass(time.Minute)
			if told := r.reached(); !slices.Equal(told, []string{"0 UAH", "1.84 UAH"}) {
				r.t.Errorf("told %q after %d sends", told, len(r.sends()))
			}
		}},
	}.play(t)
}

// texted is a service message by SMS and by nothing else.
func texted(number, text string) fallback.Ask {
	return fallback.Ask{To: "phone:" + number, Text: text, Purpose: "service", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}}
}

// reached are the sums with which the day's limit was told.
func (r *rig) reached() (told []string) {
	for _, c := range r.store.Changes() {
		if c.Type == "spend.reached" {
			told = append(told, c.Reason)
		}
	}
	return told
}
