package fallback

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

// words of customers and groups: few, so that they meet.
var (
	drawnChannels  = []string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.SMS}
	drawnLanguages = []string{"uk", "uk-UA", "ru", "en"}
	drawnCities    = []string{"Київ", "Львів", "Одеса"}
)

// drawGroups are groups as a configuration may have them, half of which ask for nothing.
func drawGroups(t *rapid.T, most int) (all []StaffGroup) {
	for i := range rapid.IntRange(0, most).Draw(t, "groups") {
		g := StaffGroup{Name: fmt.Sprintf("g%d", i)}
		if rapid.Bool().Draw(t, "asks") {
			g.Channels = drawSome(t, drawnChannels)
			g.Languages = drawSome(t, drawnLanguages)
			if rapid.Bool().Draw(t, "of a city") {
				g.Attributes = map[string]string{"city": rapid.SampledFrom(drawnCities).Draw(t, "city")}
			}
		}
		all = append(all, g)
	}
	return all
}

func drawSome(t *rapid.T, of []string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID[string]).Draw(t, "some")
}

// drawCustomer is somebody and where they write.
func drawCustomer(t *rapid.T) (*bots.Contact, string) {
	c := &bots.Contact{ID: bots.ID(rapid.Uint64Range(1, 1<<62).Draw(t, "id"))}
	c.Locale = rapid.SampledFrom(append([]string{""}, drawnLanguages...)).Draw(t, "locale")
	if rapid.Bool().Draw(t, "lives somewhere") {
		c.Attributes = json.RawMessage(fmt.Sprintf(`{"city":%q}`, strings.ToUpper(rapid.SampledFrom(drawnCities).Draw(t, "home"))))
	}
	return c, rapid.SampledFrom(drawnChannels).Draw(t, "channel")
}

// drawBound says which groups there are.
func drawBound(t *rapid.T, groups []StaffGroup) func(string) bool {
	is := map[string]bool{}
	for _, g := range groups {
		is[g.Name] = rapid.Bool().Draw(t, "bound")
	}
	return func(name string) bool { return is[name] }
}

// What a conversation gets is a group that there is, that asks for nothing else than the customer has, and no later one than another that
// asks so.
func TestAConversationGetsAGroupThatThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := StaffRules{Groups: drawGroups(t, 8)}
		bound := drawBound(t, r.Groups)
		c, channel := drawCustomer(t)
		got := r.GroupFor(c, channel, bound)
		if again := r.GroupFor(c, channel, bound); again != got {
			t.Fatalf("the same question is answered %q, then %q", got, again)
		}
		first := slices.IndexFunc(r.Groups, func(g StaffGroup) bool { return bound(g.Name) && asksForWhatIs(&g, c, channel) })
		at := slices.IndexFunc(r.Groups, func(g StaffGroup) bool { return g.Name == got })
		switch {
		case first >= 0 && at != first:
			t.Fatalf("%q got it, though %q asks for it", got, r.Groups[first].Name)
		case first >= 0 || got == MainGroup:
		case at < 0 || !bound(got):
			t.Fatalf("%q got it, which is no group", got)
		case !asksNothing(&r.Groups[at]):
			t.Fatalf("%q got it, which asks for what the customer has not", got)
		}
	})
}

func asksNothing(g *StaffGroup) bool {
	return len(g.Channels) == 0 && len(g.Languages) == 0 && len(g.Attributes) == 0
}

// asksForWhatIs says of the drawn words alone, in other words than the rules, whether a group asks for something that all is so.
func asksForWhatIs(g *StaffGroup, c *bots.Contact, channel string) bool {
	if asksNothing(g) {
		return false
	}
	written := len(g.Channels) == 0
	for _, on := range g.Channels {
		written = written || on == channel
	}
	spoken := len(g.Languages) == 0
	for _, l := range g.Languages {
		spoken = spoken || c.Locale == l || c.Locale == "uk-UA" && l == "uk"
	}
	city, asked := g.Attributes["city"]
	return written && spoken && (!asked || strings.Contains(string(c.Attributes), strings.ToUpper(city)))
}

// A group that comes takes people over, and nobody goes from one of the others to another of them; one that goes leaves its people alone.
func TestAGroupThatComesMovesNobodyElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := drawGroups(t, 8)
		if len(groups) == 0 {
			return
		}
		bound := drawBound(t, groups)
		at := rapid.IntRange(0, len(groups)-1).Draw(t, "which comes")
		come := groups[at].Name
		before := StaffRules{Groups: slices.Delete(slices.Clone(groups), at, at+1)}
		after := StaffRules{Groups: groups}
		with := func(name string) bool { return name == come || bound(name) }
		without := func(name string) bool { return name != come && bound(name) }
		for range 20 {
			c, channel := drawCustomer(t)
			was, is := before.GroupFor(c, channel, bound), after.GroupFor(c, channel, with)
			if was != is && is != come {
				t.Fatalf("%s went from %q to %q when %q came", c.ID, was, is, come)
			}
			if unbound := after.GroupFor(c, channel, without); unbound != was {
				t.Fatalf("%s has %q where %q is not bound, and %q where it is not there", c.ID, unbound, come, was)
			}
		}
	})
}

// Those who ask for nothing share evenly with the first group, whatever they are called and however the ids of people lie: one behind the
// other after an import, or far apart.
func TestGroupsThatAskForNothingShareEvenly(t *testing.T) {
	const people = 10_000
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	apart := map[string]time.Duration{"one behind the other": time.Microsecond, "a quarter of a second": 250 * time.Millisecond, "an hour": time.Hour}
	for _, names := range [][]string{
		{"viber"}, {"a", "b"}, {"b", "a"}, {"team-1", "team-2", "team-3"}, {"1", "2", "3", "4"}, {"night", "day", "main-2", "mai"},
		{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"},
	} {
		r := StaffRules{}
		for _, name := range names {
			r.Groups = append(r.Groups, StaffGroup{Name: name})
		}
		for lie, each := range apart {
			got := map[string]int{}
			for i := range people {
				id := bots.ID(began.Add(time.Duration(i) * each).UnixMicro())
				got[r.GroupFor(&bots.Contact{ID: id}, bots.Telegram, func(string) bool { return true })]++
			}
			share := float64(people) / float64(len(names)+1)
			off := max(share/10, 5*math.Sqrt(share)) // a tenth; of many groups chance alone is more
			if len(names) < 5 {
				off = share / 10
			}
			for _, name := range append(names, MainGroup) {
				if n := float64(got[name]); math.Abs(n-share) > off {
					t.Errorf("of %d people, %s, %q of %v gets %v, want %.0f ± %.0f", people, lie, name, names, n, share, off)
				}
			}
		}
	}
}

// What one has who is asked for, and what not, word for word.
func TestWhatAGroupAsksFor(t *testing.T) {
	customer := &bots.Contact{ID: 1, Locale: "uk-UA", Attributes: json.RawMessage(`{"city":" Львів ","tier":3,"big":1234567,"vip":true,"shops":["Ринок","Сихів"],"loyalty":{"tier":"Gold"},"a.b":"c","none":null}`)}
	for name, c := range map[string]struct {
		group StaffGroup
		fits  bool
	}{
		"a channel":                         {StaffGroup{Channels: []string{"viber", "telegram"}}, true},
		"another channel":                   {StaffGroup{Channels: []string{"viber"}}, false},
		"the language":                      {StaffGroup{Languages: []string{"ru", "uk"}}, true},
		"the language of a country":         {StaffGroup{Languages: []string{"UK-ua"}}, true},
		"that of another country":           {StaffGroup{Languages: []string{"uk-PL"}}, false},
		"a language that begins alike":      {StaffGroup{Languages: []string{"u"}}, false},
		"an attribute, whatever its case":   {StaffGroup{Attributes: map[string]string{"city": "львів"}}, true},
		"another value":                     {StaffGroup{Attributes: map[string]string{"city": "Київ"}}, false},
		"a number":                          {StaffGroup{Attributes: map[string]string{"tier": "3"}}, true},
		"a number of many digits":           {StaffGroup{Attributes: map[string]string{"big": "1234567"}}, true},
		"yes or no":                         {StaffGroup{Attributes: map[string]string{"vip": "true"}}, true},
		"one of a list":                     {StaffGroup{Attributes: map[string]string{"shops": "сихів"}}, true},
		"none of a list":                    {StaffGroup{Attributes: map[string]string{"shops": "Центр"}}, false},
		"inside of an object":               {StaffGroup{Attributes: map[string]string{"loyalty.tier": "gold"}}, true},
		"a name with a dot of its own":      {StaffGroup{Attributes: map[string]string{"a.b": "C"}}, true},
		"an object":                         {StaffGroup{Attributes: map[string]string{"loyalty": "gold"}}, false},
		"nothing where there is nothing":    {StaffGroup{Attributes: map[string]string{"none": ""}}, false},
		"nothing where there is no such":    {StaffGroup{Attributes: map[string]string{"else": ""}}, false},
		"all of it":                         {StaffGroup{Channels: []string{"telegram"}, Languages: []string{"uk"}, Attributes: map[string]string{"city": "Львів", "tier": "3"}}, true},
		"all but one":                       {StaffGroup{Channels: []string{"telegram"}, Languages: []string{"uk"}, Attributes: map[string]string{"city": "Львів", "tier": "4"}}, false},
		"all but the language":              {StaffGroup{Channels: []string{"telegram"}, Languages: []string{"en"}, Attributes: map[string]string{"city": "Львів"}}, false},
		"all but the channel":               {StaffGroup{Channels: []string{"sms"}, Languages: []string{"uk"}, Attributes: map[string]string{"city": "Львів"}}, false},
		"the language as another spells it": {StaffGroup{Languages: []string{"uk_UA"}}, true},
	} {
		c.group.Name = "x"
		r := StaffRules{Groups: []StaffGroup{c.group}}
		want := MainGroup
		if c.fits {
			want = "x"
		}
		if got := r.GroupFor(customer, bots.Telegram, func(string) bool { return true }); got != want {
			t.Errorf("%s: %q got it, want %q", name, got, want)
		}
	}
	r := StaffRules{Groups: []StaffGroup{{Name: "x", Languages: []string{"uk"}}}}
	if got := r.GroupFor(&bots.Contact{ID: 1}, bots.Telegram, func(string) bool { return true }); got != MainGroup {
		t.Errorf("somebody of whom no language is known went to %q", got)
	}
}
