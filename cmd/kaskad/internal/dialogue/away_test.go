package dialogue

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Bubbles begin at midnight, when the shop is closed.
func TestWhoWritesAtNightIsToldOnceWhenStaffAnswer(t *testing.T) {
	hours := HoursConfig{Sat: "09:00-18:00", Sun: "09:00-18:00", Mon: "09:00-18:00"}
	schedule, _ := hours.Compile(time.UTC)
	for name, c := range map[string]struct {
		after  time.Duration
		reason string
		text   string
		before func(*bots.Conversation)
		off    bool
		on     string
		want   int
	}{
		"a question":                           {want: 1},
		"what the bot left to staff":           {reason: bots.LeftToStaff, want: 1},
		"in the middle of the day":             {after: 12 * time.Hour},
		"what the bot answers":                 {reason: bots.Botted + string(bots.WantsMenu), want: 0},
		"thanks, while a question waits":       {text: "дякую"},
		"a stop, while a question waits":       {text: "stop"},
		"nobody waits":                         {before: func(c *bots.Conversation) { c.Wait.Since = time.Time{} }},
		"staff wrote a quarter of an hour ago": {before: func(c *bots.Conversation) { c.StaffAt = time.Now().Add(-15 * time.Minute) }},
		"staff wrote an hour ago":              {before: func(c *bots.Conversation) { c.StaffAt = time.Now().Add(-time.Hour) }, want: 1},
		"the bot is paused":                    {before: func(c *bots.Conversation) { c.PausedTo = time.Now().Add(time.Hour) }},
		"it was said": {before: func(c *bots.Conversation) {
			c.Bot.Away = time.Now().Truncate(24 * time.Hour).Add(9 * time.Hour)
		}},
		"it was said the night before": {after: 24 * time.Hour, before: func(c *bots.Conversation) {
			c.Bot.Away = time.Now().Truncate(24 * time.Hour).Add(-15 * time.Hour)
		}, want: 1},
		"by SMS":             {on: bots.SMS},
		"it is switched off": {off: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(c.after)
				w := &world{changed: make(chan struct{})}
				w.talk.Wait.Since = time.Now()
				if c.before != nil {
					c.before(&w.talk)
				}
				w.text = "Where is my order?"
				if c.text != "" {
					w.text = c.text
				}
				d := w.bot()
				d.Hours, d.AwayReply = schedule, !c.off
				core := bots.DefaultCore()
				d.Keyword = func(text string) bool { return core.Heard(text).Means != bots.MeansNothing }
				if c.on == "" {
					c.on = bots.Telegram
				}
				change := bots.Change{ID: 1, Type: heard, Reason: c.reason, Contact: 7, Message: 70, Channel: c.on, At: time.Now()}
				for range 2 {
					if _, err := d.take(t.Context(), &change); err != nil {
						t.Fatal(err)
					}
					change.Message++
				}
				got := 0
				for _, a := range w.asks {
					if a.Template == "staff_away" {
						got++
					}
				}
				if got != c.want {
					t.Errorf("told %d times, want %d", got, c.want)
				}
			})
		})
	}
}

// Another program that answers everything it reads is told once in each closed stretch, also over a restart and the night in which the
// clocks are put back.
func TestAProgramThatWritesAllNightIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kyiv, err := fallback.LoadZone("Europe/Kyiv")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(time.Date(2000, 10, 28, 19, 0, 0, 0, kyiv))) // the evening before
		hours := HoursConfig{Sat: "09:00-18:00", Sun: "09:00-18:00", Mon: "09:00-18:00"}
		schedule, _ := hours.Compile(kyiv)
		w := &world{changed: make(chan struct{}), text: "I am away, too. What is it about?"}
		w.talk.Wait.Since = time.Now()
		core := bots.DefaultCore()
		change := bots.Change{ID: 1, Type: heard, Contact: 7, Message: 70, Channel: bots.Telegram}
		var bot *Dialogue
		for minute := range 38 * 60 { // until the morning of Monday
			if minute == 0 || minute == 6*60 {
				d := w.bot()
				d.Hours, d.AwayReply = schedule, true
				d.Keyword = func(text string) bool { return core.Heard(text).Means != bots.MeansNothing }
				bot = d
			}
			change.ID, change.Message, change.At = change.ID+1, change.Message+1, time.Now()
			if _, err := bot.take(t.Context(), &change); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		told := 0
		for _, a := range w.asks {
			if a.Template == "staff_away" {
				told++
			}
		}
		if told != 2 {
			t.Errorf("told %d times in two nights", told)
		}
	})
}
