package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func TestFacts(t *testing.T) {
	d := New(Options{Locale: "uk", Facts: []Fact{
		{"last_purchases", "Покупки"}, {"loyalty.tier", "Рівень"}, {"loyalty.points", "Бали"}, {"a.b", "Крапка"}, {"vip", "VIP"}, {"nothing", "Нічого"}, {"loyalty.tier.x", "Глибше"},
	}})
	for attributes, want := range map[string][]string{
		"":     nil,
		"{}":   nil,
		"nope": nil,
		`{"last_purchases":["12.11 кава","03.11 сир"],"vip":true,"nothing":"  "}`:                          {"Покупки: 12.11 кава; 03.11 сир", "VIP: ✓"},
		`{"last_purchases":["1","2","3","4","5","6"],"nothing":null}`:                                      {"Покупки: 1; 2; 3; 4; 5"},
		`{"last_purchases":[{"what":"кава","date":"12.11","sum":84.50},{},{"date":""}]}`:                   {"Покупки: 12.11 84.50 кава"},
		`{"loyalty":{"tier":"gold","points":4200000000000001}}`:                                            {"Рівень: gold", "Бали: 4200000000000001"},
		`{"a.b":"разом","a":{"b":"окремо"}}`:                                                               {"Крапка: разом"},
		`{"a":{"b":"окремо"},"last_purchases":"рядок\nз розривом\u0007"}`:                                  {"Покупки: рядок з розривом", "Крапка: окремо"},
		`{"last_purchases":"\u202eхто це\u2066 такий 👨‍👩‍👧"}`:                                              {"Покупки: хто це такий 👨‍👩‍👧"}, // it turns nothing around that stands beside it
		`{"last_purchases":[` + strings.Repeat(`"дуже довга назва товару, яка не кінчається",`, 5) + `0]}`: {"Покупки: " + string([]rune(strings.Repeat("дуже довга назва товару, яка не кінчається; ", 5))[:maxFact]) + "…"},
	} {
		if got := d.facts(&bots.Contact{Attributes: json.RawMessage(attributes)}); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", attributes, got, want)
		}
	}
}

// knows writes what the shop tells of a person.
func (r *rig) knows(ref bots.Ref, attributes string) {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		c := tx.Contact(tx.FindContact(ref))
		if c == nil {
			return fmt.Errorf("nobody is %s", ref.Value)
		}
		c.Attributes = json.RawMessage(attributes)
		tx.PutContact(c)
		tx.Change(bots.Change{Type: "contact.updated", At: tx.Now(), Contact: c.ID})
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(time.Second)
}
