package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// onePerson is a view of a store with one contact; it makes what it hands out anew, as a store that decodes does.
type onePerson struct{ Tx }

func (v *onePerson) Now() time.Time                { return noon }
func (v *onePerson) Contact(bots.ID) *bots.Contact { return testContact() }
func (v *onePerson) Pauses() []Pause               { return nil }
func (v *onePerson) Holds() *RegionHolds           { return nil }
func (v *onePerson) Conversation(c bots.ID) bots.Conversation {
	return bots.Conversation{Contact: c, LastUsed: string([]byte(bots.Telegram)), Assignee: string([]byte("olena"))}
}
func (v *onePerson) Spent(day string) bots.Money {
	return bots.Money{Amount: int64(len(day)), Currency: string([]byte("UAH"))}
}
func (v *onePerson) Counted(bots.ID, time.Time) []time.Time { return nil }

// BenchmarkEnv counts what the transitions of an accept and of a claim that costs nothing ask of the store.
func BenchmarkEnv(b *testing.B) {
	rules, world := testRules(), &World{Boot: 7, Ears: map[string]Ear{}}
	for name, f := range map[string]func(d *Delivery, e *Env){
		"accept": func(d *Delivery, e *Env) { d.Accept(e, noon) },
		"claim":  func(d *Delivery, e *Env) { d.Accept(e, noon); d.Claim(0, bots.Money{}, e, noon) },
	} {
		b.Run(name, func(b *testing.B) {
			v := &onePerson{}
			b.ReportAllocs()
			for b.Loop() {
				d := &Delivery{Plan: testPlan(Service)}
				f(d, env(v, rules, world, testContact(), Service))
			}
		})
	}
}
