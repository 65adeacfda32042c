package demo

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestChancesSumUp(t *testing.T) {
	for _, group := range Chances() {
		sum := 0
		for _, c := range group {
			sum += c.Percent
			if c.Of != group[0].Of || c.Does == "" || c.to < c.from {
				t.Errorf("%+v", c)
			}
		}
		if sum != 100 {
			t.Errorf("the chances %s sum up to %d", group[0].Of, sum)
		}
	}
}

// plans are what people are going to do, in words that can be compared.
func plans(seed uint64, n int) (all []string) {
	for _, p := range draw(seed, n) {
		all = append(all, strings.Join(append([]string{p.card, p.name, p.phone}, p.plan...), "; "))
	}
	return all
}

func TestTheSameSeedDrawsTheSamePeople(t *testing.T) {
	if !reflect.DeepEqual(plans(7, 50), plans(7, 50)) {
		t.Error("the same seed draws other people")
	}
	if !reflect.DeepEqual(plans(7, 100)[:10], plans(7, 10)) {
		t.Error("the first ten of a hundred are not the ten of ten")
	}
	if reflect.DeepEqual(plans(7, 50), plans(8, 50)) {
		t.Error("every seed draws the same people")
	}
	golden(t, "people.txt", strings.Join(plans(1, 24), "\n")+"\n")
}

// The stated shares are the real ones.
func TestPeopleAreDrawnByTheirChances(t *testing.T) {
	const n = 30_000
	did := map[string]int{}
	of := map[string]int{}
	all := slices.Concat(Chances()...)
	for _, p := range draw(3, n) {
		for i, does := range p.plan {
			for _, c := range all {
				words := c.Of + " " + c.Does
				if i == 0 {
					words = c.Does
				}
				if words == does || c.to > 0 && strings.HasPrefix(does, words+" after") {
					did[c.Of+" "+c.Does]++
					of[c.Of]++
				}
			}
		}
	}
	for _, group := range Chances() {
		for _, c := range group {
			got := float64(did[c.Of+" "+c.Does]) / float64(of[c.Of]) * 100
			if got < float64(c.Percent)-1.5 || got > float64(c.Percent)+1.5 {
				t.Errorf("%s %s: %.1f %% of %d, stated are %d %%", c.Of, c.Does, got, of[c.Of], c.Percent)
			}
		}
	}
	if of["where they are"] != n {
		t.Errorf("%d of %d are somewhere", of["where they are"], n)
	}
}

// Nobody shares a phone, a card or a chat with somebody else.
func TestDrawnPeopleAreDifferent(t *testing.T) {
	have := map[any]bool{}
	for _, p := range draw(1, 1000) {
		for _, id := range []any{p.card, p.phone, p.chat, p.viber, p.whatsapp.lid, p.name} {
			if id != "" && id != int64(0) && have[id] {
				t.Fatalf("%v is taken twice", id)
			}
			have[id] = true
		}
	}
}
