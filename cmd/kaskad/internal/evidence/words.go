package evidence

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/tongues"
)

// The sentences of which text and page are made.

// tongue makes them in one language.
type tongue struct{ tongues.Tongue }

func tongueOf(locale string) tongue { return tongue{phrases().In(locale)} }

// what a line is about, and what was said of it.
func (t tongue) what(l *Line) string {
	if l.State == "" {
		return t.About(l.About)
	}
	return t.About(l.About) + ": " + t.Say(l.State)
}

func (t tongue) before(l *Line) string {
	if l.Was == "" || l.Was == l.State {
		return ""
	}
	return t.Say(", before: %s", t.Say(l.Was))
}

// list collects what is known, each in its phrase.
type list struct {
	tongue
	all []string
}

func (l *list) add(phrase, value string) {
	if value != "" {
		l.all = append(l.all, l.Say(phrase, value))
	}
}

// count adds a number; zero: nothing is known.
func (l *list) count(phrase string, n int) {
	if n > 0 {
		l.all = append(l.all, l.Say(phrase, n))
	}
}

// details are what is known of a line.
func (t tongue) details(l *Line) []string {
	known := list{tongue: t}
	known.add("by %s", t.Say(l.By))
	known.add("source %s", t.Source(l.Source))
	known.add("%s", t.listed(l))
	if l.About == bots.AboutWishes {
		known.add("%s", t.wishes(l.Words))
	} else {
		known.add("words “%s”", l.Words)
	}
	known.add("version %s", l.Version)
	known.add("on %s", strings.TrimSpace(l.Channel+" "+l.Chat))
	known.add("message %s", l.Message)
	known.add("link of delivery %s", l.Delivery)
	known.add("came: %s", t.Say(l.Via))
	if l.About == bots.AboutMerge || l.Via == bots.ViaMerged {
		known.add("with contact %s", l.With)
	} else {
		known.add("told of contact %s, which was merged into this one", l.With)
	}
	if l.Times > 1 {
		known.add("%s", t.Say("said %d times, last %s", l.Times, l.Last.Format(time.DateTime)))
	}
	known.count("ended %d deliveries", len(l.Ended)+l.More)
	known.count("%d lines before it made room", l.Folded)
	known.add("written down %s", l.Kept.Format(time.DateTime))
	return known.all
}

// listed is the list that a line came with.
func (t tongue) listed(l *Line) string {
	switch {
	case l.List == "":
		return ""
	case l.Row == 0:
		return t.Say("list %s", l.List)
	}
	return t.Say("list %s, row %d", l.List, l.Row)
}

// wishes are what a person wants: "first viber; not on sms; 09-20".
func (t tongue) wishes(words string) string {
	parts := strings.Split(words, "; ")
	for i, part := range parts {
		if channel, ok := strings.CutPrefix(part, "first "); ok {
			parts[i] = t.Say("first %s", channel)
		}
		if channels, ok := strings.CutPrefix(part, "not on "); ok {
			parts[i] = t.Say("not on %s", channels)
		}
	}
	if words == "" {
		return t.Say("no matter which channel and when")
	}
	return strings.Join(parts, "; ")
}

// reason is why a delivery was stopped: "refused: 403" is the channel's own code behind our word.
func (t tongue) reason(r string) string {
	word, code, channels := strings.Cut(r, ": ")
	if channels {
		return t.Say(word) + ": " + code
	}
	return t.Say(word)
}

// facets are what else is known of a message.
func (t tongue) facets(m *SentMessage) []string {
	known := list{tongue: t}
	known.add("delivery %s", m.Delivery)
	known.add("template %s", m.Template)
	known.add("cascade %s", m.Cascade)
	known.add("cost %s", m.Cost)
	known.add("proof %s", t.Say(m.Proof))
	known.add("written by %s", m.Author)
	known.add("message %s", m.ID)
	known.count("step %d", m.Step)
	return known.all
}

func (t tongue) standing(c *Standing) string {
	if c.State == "unknown" {
		return t.Say("nothing was said")
	}
	return t.Say("%s, %s, by %s, %s", t.Say(c.State), c.At.Format(time.DateTime), t.Say(c.By), t.Source(c.Source)) + t.lineWord(c.Line, "")
}

// lineWord names a line, and whose it is where that is not the document's own contact.
func (t tongue) lineWord(n int, contact string) string {
	switch {
	case n == 0:
		return ""
	case contact != "":
		return " (" + t.Say("line %d of contact %s", n, contact) + ")"
	}
	return " (" + t.Say("line %d", n) + ")"
}
