package fallback_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// parts is a sender whose texts cost by the part of 70 letters.
type parts struct{ *sender }

func (p parts) Price(text string) (int, bots.Money) {
	n := (len([]rune(text)) + 69) / 70
	return n, bots.Money{Amount: int64(n) * p.price.Amount, Currency: p.price.Currency}
}

// TestCheapest: a cascade asks what the message itself costs, not what a part does.
func TestCheapest(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		first string
	}{
		"one part of SMS is cheaper than a message":    {"Bonus", "sms"},
		"two parts of SMS are dearer than one message": {strings.Repeat("Bonus ", 20), "telegram"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(o *fallback.Options) {
					rules := *o.Rules
					tg := rules.Channels["telegram"]
					tg.Price = bots.Money{Amount: 12_000, Currency: "UAH"}
					rules.Channels = map[string]fallback.Channel{"telegram": tg, "sms": rules.Channels["sms"]}
					o.Rules = &rules
					o.Senders["sms/main"] = parts{o.Senders["sms/main"].(*sender)}
					o.Senders["telegram"].(*sender).price = tg.Price
				})
				defer r.stop()
				id := r.ask(fallback.Ask{To: r.person().String(), Text: c.text, Purpose: "service", Steps: &fallback.CascadeConfig{Order: "cheapest", Steps: []fallback.StepConfig{
					{Channel: "telegram", Wait: fallback.Lasting(time.Hour)}, {Channel: "sms", Wait: fallback.Lasting(time.Hour)},
				}}})
				have, err := r.store.Load(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if got := have.Delivery.Route[0].Channel; got != c.first {
					t.Errorf("first is %s, want %s", got, c.first)
				}
				if cost, ok := r.engine.AsSMS(have.Delivery, have.Contact); !ok || cost.Amount%9200 != 0 || cost.Amount == 0 {
					t.Errorf("as SMS it would cost %s, %v", cost, ok)
				}
			})
		})
	}
}
