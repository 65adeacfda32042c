package bots

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wishes is the turn of a form of the preference page.
func wishes(c Contact, w Wish) Turn {
	return Turn{Contact: c, Event: Event{ID: "e", Channel: "page", Kind: Wished, Contact: c.ID, At: today, Wish: &w}}
}

var asked = []string{Telegram, Viber, SMS}

func TestWishes(t *testing.T) {
	hours := func(from, to int) []Hours { return []Hours{{From: from, To: to, Since: today.Add(time.Second)}} }
	for name, c := range map[string]struct {
		preferred string
		have      Wishes
		wish      Wish
		first     string
		want      Wishes // At aside
		changed   string
	}{
		"nothing asked for changes nothing": {wish: Wish{Asked: asked}},
		"a channel first":                   {wish: Wish{Asked: asked, First: Viber}, first: Viber, want: Wishes{Chosen: true}, changed: "first"},
		"the retailer's choice confirmed":   {preferred: Viber, wish: Wish{Asked: asked, First: Viber}, first: Viber, want: Wishes{Chosen: true}, changed: "first"},
		"the retailer's choice refused":     {preferred: Viber, wish: Wish{Asked: asked}, want: Wishes{Chosen: true}, changed: "first"},
		"a choice that was not asked about": {preferred: WhatsApp, wish: Wish{Asked: asked}, first: WhatsApp},
		"channels in our order":             {wish: Wish{Asked: asked, NotOn: []string{SMS, Viber}}, want: Wishes{NotOn: []string{Viber, SMS}}, changed: "not_on"},
		"a no wins over first":              {wish: Wish{Asked: asked, First: SMS, NotOn: []string{SMS}}, want: Wishes{NotOn: []string{SMS}}, changed: "not_on"},
		"a no ends an earlier first": {preferred: SMS, have: Wishes{Chosen: true}, wish: Wish{Asked: []string{SMS}, NotOn: []string{SMS}},
			want: Wishes{Chosen: true, NotOn: []string{SMS}}, changed: "not_on, first"},
		"a no stays where nobody asked": {have: Wishes{NotOn: []string{WhatsApp, SMS}}, wish: Wish{Asked: []string{SMS}},
			want: Wishes{NotOn: []string{WhatsApp}}, changed: "not_on"},
		"hours":          {wish: Wish{Limited: true, From: 9, To: 20}, want: Wishes{Hours: hours(9, 20)}, changed: "hours"},
		"hours at night": {wish: Wish{Limited: true, From: 22, To: 1}, want: Wishes{Hours: hours(22, 1)}, changed: "hours"},
		"the same hours": {have: Wishes{Hours: hours(9, 20)}, wish: Wish{Limited: true, From: 9, To: 20}, want: Wishes{Hours: hours(9, 20)}},
		"any time again": {have: Wishes{Hours: []Hours{{From: 9, To: 20, Since: today.Add(-time.Hour)}}}, wish: Wish{},
			want: Wishes{Hours: []Hours{{From: 9, To: 20, Since: today.Add(-time.Hour), Until: today.Add(time.Second)}}}, changed: "hours"},
	} {
		t.Run(name, func(t *testing.T) {
			before := known()
			before.Preferred, before.Wishes = c.preferred, c.have
			turn := wishes(before, c.wish)
			apply(t, &turn)
			got := turn.Contact
			if (c.changed == "") != got.Wishes.At.Equal(c.have.At) {
				t.Errorf("said at %v", got.Wishes.At)
			}
			got.Wishes.At = time.Time{}
			if got.Preferred != c.first || !reflect.DeepEqual(got.Wishes, c.want) {
				t.Errorf("preferred %q, wishes %+v; want %q, %+v", got.Preferred, got.Wishes, c.first, c.want)
			}
			var reasons []string
			for _, change := range turn.Changes {
				reasons = append(reasons, change.Type+" "+change.Reason)
			}
			want := ""
			if c.changed != "" {
				want = "contact.updated wishes: " + c.changed
			}
			if strings.Join(reasons, "; ") != want {
				t.Errorf("changes %q, want %q", reasons, want)
			}
		})
	}
}

func TestWishesThatNoPageOffers(t *testing.T) {
	for name, w := range map[string]*Wish{
		"none at all":               nil,
		"less than three hours":     {Limited: true, From: 9, To: 11},
		"no hours":                  {Limited: true, From: 9, To: 9},
		"hours before midnight":     {Limited: true, From: -1, To: 9},
		"hours after midnight":      {Limited: true, From: 9, To: 24},
		"a channel of nobody":       {Asked: []string{"pigeon"}},
		"first, but not asked":      {First: Viber, Asked: []string{SMS}},
		"unwanted, but not asked":   {NotOn: []string{Viber}, Asked: []string{SMS}},
		"the empty name, not asked": {NotOn: []string{Viber, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			turn := wishes(known(), Wish{})
			turn.Event.Wish = w
			if err := DefaultCore().Apply(&turn, today); !errors.Is(err, ErrUnreadable) {
				t.Errorf("Apply = %v; want unreadable", err)
			}
			if !turn.Contact.Wishes.Zero() || len(turn.Changes) > 0 {
				t.Errorf("wishes %+v, changes %v", turn.Contact.Wishes, turn.Changes)
			}
		})
	}
	stranger := wishes(Contact{}, Wish{Asked: asked})
	if err := DefaultCore().Apply(&stranger, today); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a wish of nobody: %v", err)
	}
}

// Whatever is asked for one after the other: hours follow each other, few are kept, the last form stands, and the slices that a
// reader may hold are not changed.
func TestWishesOneAfterTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := known(), today
		for range rapid.IntRange(1, 12).Draw(t, "forms") {
			now = now.Add(time.Duration(rapid.IntRange(1, 20*24).Draw(t, "later")) * time.Hour)
			from, open := rapid.IntRange(0, 23).Draw(t, "from"), rapid.IntRange(LeastOpen, 23).Draw(t, "open")
			w := Wish{Asked: asked, NotOn: rapid.SliceOfNDistinct(rapid.SampledFrom(asked), 0, 3, rapid.ID).Draw(t, "not on"),
				Limited: rapid.Bool().Draw(t, "limited"), From: from, To: (from + open) % 24}
			held, shown := c.Wishes, slices.Clone(c.Wishes.Hours)
			turn := wishes(c, w)
			if err := DefaultCore().Apply(&turn, now); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(held.Hours, shown) {
				t.Fatal("hours that somebody reads were changed in place")
			}
			c = turn.Contact
			h, limited := c.Wishes.Open()
			if limited != w.Limited || limited && (h.From != w.From || h.To != w.To) || len(c.Wishes.NotOn) != len(w.NotOn) {
				t.Fatalf("asked for %+v, got %+v", w, c.Wishes)
			}
			if len(c.Wishes.Hours) > maxHours {
				t.Fatalf("%d hours are kept", len(c.Wishes.Hours))
			}
			for i, h := range c.Wishes.Hours {
				last := i == len(c.Wishes.Hours)-1
				if h.Until.IsZero() && !last || !h.Until.IsZero() && !h.Since.Before(h.Until) || !last && c.Wishes.Hours[i+1].Since.Before(h.Until) {
					t.Fatalf("hours %+v do not follow each other", c.Wishes.Hours)
				}
			}
		}
	})
}

// Hours of before are forgotten only when no delivery can need them, or when there are too many: then those that lasted least. So a
// form that is saved a hundred times makes no large record, and moves no clock by more than the time that went into it.
func TestWhichHoursAreForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := known(), today
		var said []Hours
		for i := range rapid.IntRange(1, 3*maxHours).Draw(t, "forms") {
			now = now.Add(time.Duration(rapid.IntRange(1, 3*24*60).Draw(t, "later")) * time.Minute)
			h := Hours{From: i % 21, To: (i + 3) % 24, Since: now}
			if n := len(said); n > 0 {
				said[n-1].Until = now
			}
			said = append(said, h)
			c.Wish(&Wish{Asked: asked, Limited: true, From: h.From, To: h.To}, now)
		}
		kept, least := c.Wishes.Hours, hoursLife
		if want := min(len(said), maxHours); len(kept) != want || kept[len(kept)-1] != said[len(said)-1] {
			t.Fatalf("%d hours are kept, the last %+v; want %d, %+v", len(kept), kept[len(kept)-1], want, said[len(said)-1])
		}
		for _, h := range kept[:len(kept)-1] {
			least = min(least, h.Until.Sub(h.Since))
		}
		for _, h := range said {
			if !slices.Contains(kept, h) && h.Until.Sub(h.Since) > least {
				t.Fatalf("forgotten is %+v; kept is what lasted %v", h, least)
			}
		}
	})
}

// Nothing that a delivery with the longest deadline can need is thrown away for its age.
func TestHoursOfLongAgo(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		kept  int
	}{
		"a month":                {31 * 24 * time.Hour, 3},
		"a quarter":              {92 * 24 * time.Hour, 3},
		"longer than a delivery": {hoursLife + time.Hour, 2},
	} {
		who := known()
		for i, at := range []time.Time{today, today.Add(time.Hour), today.Add(time.Hour + c.after)} {
			who.Wish(&Wish{Asked: asked, Limited: true, From: 9 + i, To: 20}, at)
		}
		if len(who.Wishes.Hours) != c.kept {
			t.Errorf("after %s: %+v; want %d", name, who.Wishes.Hours, c.kept)
		}
	}
}

func TestAYesOnThePage(t *testing.T) {
	no := Consent{State: Denied, At: today.Add(-time.Hour), Source: "keyword:стоп", ByPerson: true}
	c := known()
	c.Marketing = no
	turn := Turn{Contact: c, Event: Event{ID: "e", Channel: "page", Kind: Allowed, Contact: c.ID, At: today}}
	apply(t, &turn)
	if want := (Consent{State: Given, At: today, Source: "page", ByPerson: true}); turn.Contact.Marketing != want || turn.Stopped {
		t.Errorf("consent %+v, stopped %v; want %+v", turn.Contact.Marketing, turn.Stopped, want)
	}
	late := Turn{Contact: c, Event: Event{ID: "e", Channel: "page", Kind: Allowed, Contact: c.ID, At: no.At.Add(-time.Minute)}}
	if apply(t, &late); late.Contact.Marketing != no {
		t.Errorf("a yes of before the no lifts it: %+v", late.Contact.Marketing)
	}
}

func TestARetailerDoesNotOverruleAChoice(t *testing.T) {
	c := known()
	if c.Prefer(Viber); c.Preferred != Viber {
		t.Errorf("preferred %q, want what was told", c.Preferred)
	}
	turn := wishes(c, Wish{Asked: asked, First: Telegram})
	apply(t, &turn)
	if turn.Contact.Prefer(SMS); turn.Contact.Preferred != Telegram {
		t.Errorf("preferred %q, want the person's own choice", turn.Contact.Preferred)
	}
	if turn.Contact.Prefer(""); turn.Contact.Preferred != Telegram {
		t.Error("the person's own choice was taken away")
	}
}
