package fallbacktest

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// No marketing attempt is claimed after a stop was committed, whatever happens in whatever order.
func TestNothingIsClaimedAfterAStop(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 59), 160, 240).Draw(r, "choices") // 60 has every divisor that is picked from
		wrong := ""
		synctest.Test(t, func(t *testing.T) {
			s := &script{t: t, Store: &Memory{}, rules: Rules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}, start: time.Now(), nexts: map[string][]func(*sent){}}
			wrong = newStops(s, 0, func(_ string, n int) int {
				if len(choices) == 0 {
					return 0
				}
				next := choices[0]
				choices = choices[1:]
				return next % n
			}).live(80)
		})
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

// A channel alone is enough where nothing is known of all; and a no there stands against a yes to all.
func TestWhoMayBeWrittenToWhere(t *testing.T) {
	given, denied := bots.Consent{State: bots.Given}, bots.Consent{State: bots.Denied}
	on := func(c bots.Consent) []bots.ConsentOn { return []bots.ConsentOn{{Channel: bots.Viber, Consent: c}} }
	for name, c := range map[string]struct {
		have         bots.Contact
		optOut       bool
		viber, other bool
	}{
		"nothing is known":                               {bots.Contact{}, false, false, false},
		"nothing is known, and opt-out":                  {bots.Contact{}, true, true, true},
		"a yes to all":                                   {bots.Contact{Marketing: given}, false, true, true},
		"a no to all, under opt-out":                     {bots.Contact{Marketing: denied}, true, false, false},
		"a yes to one channel":                           {bots.Contact{On: on(given)}, false, true, false},
		"a no to one channel, under opt-out":             {bots.Contact{On: on(denied)}, true, false, true},
		"a yes to all, a no to one":                      {bots.Contact{Marketing: given, On: on(denied)}, false, false, true},
		"a no to all, a yes to one":                      {bots.Contact{Marketing: denied, On: on(given)}, true, false, false},
		"a no to everything, a yes to marketing and one": {bots.Contact{All: denied, Marketing: given, On: on(given)}, true, false, false},
		"a no to everything that was lifted":             {bots.Contact{All: given, Marketing: given}, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			viber, other := c.have.AllowsOn(bots.Viber, c.optOut), c.have.AllowsOn(bots.SMS, c.optOut)
			if viber != c.viber || other != c.other || c.have.Allows(c.optOut) != (viber || other) {
				t.Errorf("viber %v, sms %v, anywhere %v; want %v, %v", viber, other, c.have.Allows(c.optOut), c.viber, c.other)
			}
		})
	}
}
