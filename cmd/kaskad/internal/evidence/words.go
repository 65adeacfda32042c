package evidence

import (
	"strings"
	"time"

	"kaskad/bots"
)

// The sentences of which text and page are made.

// what a line is about, and what was said of it.
func (t tongue) what(l *Line) string {
	if l.State == "" {
		return t.about(l.About)
	}
	return t.about(l.About) + ": " + t.say(l.State)
}

func (t tongue) before(l *Line) string {
	if l.Was == "" || l.Was == l.State {
		return ""
	}
	return t.say(", before: %s", t.say(l.Was))
}

// list collects what is known, each in its phrase.
type list struct {
	tongue
	all []string
}

func (l *list) add(phrase, value string) {
	if value != "" {
		l.all = append(l.all, l.say(phrase, value))
	}
}

// count adds a number; zero: nothing is known.
func (l *list) count(phrase string, n int) {
	if n > 0 {
		l.all = append(l.all, l.say(phrase, n))
	}
}

// details are what is known of a line.
func (t tongue) details(l *Line) []string {
	known := list{tongue: t}
	known.add("by %s", t.say(l.By))
	known.add("source %s", l.Source)
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
	known.add("came: %s", t.say(l.Via))
	if l.About == bots.AboutMerge || l.Via == bots.ViaMerged {
		known.add("with contact %s", l.With)
	} else {
		known.add("told of contact %s, which was merged into this one", l.With)
	}
	if l.Times > 1 {
		known.add("%s", t.say("said %d times, last %s", l.Times, l.Last.Format(time.DateTime)))
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
		return t.say("list %s", l.List)
	}
	return t.say("list %s, row %d", l.List, l.Row)
}

// wishes are what a person wants: "first viber; not on sms; 09-20".
func (t tongue) wishes(words string) string {
	parts := strings.Split(words, "; ")
	for i, part := range parts {
		if channel, ok := strings.CutPrefix(part, "first "); ok {
			parts[i] = t.say("first %s", channel)
		}
		if channels, ok := strings.CutPrefix(part, "not on "); ok {
			parts[i] = t.say("not on %s", channels)
		}
	}
	if words == "" {
		return t.say("no matter which channel and when")
	}
	return strings.Join(parts, "; ")
}

// facets are what else is known of a message.
func (t tongue) facets(m *SentMessage) []string {
	known := list{tongue: t}
	known.add("delivery %s", m.Delivery)
	known.add("template %s", m.Template)
	known.add("cascade %s", m.Cascade)
	known.add("cost %s", m.Cost)
	known.add("proof %s", m.Proof)
	known.add("written by %s", m.Author)
	known.add("message %s", m.ID)
	known.count("step %d", m.Step)
	return known.all
}

func (t tongue) standing(c *Standing) string {
	if c.State == "unknown" {
		return t.say("nothing was said")
	}
	return t.say("%s, %s, by %s, %s", t.say(c.State), c.At.Format(time.DateTime), t.say(c.By), c.Source) + t.lineWord(c.Line)
}

func (t tongue) lineWord(n int) string {
	if n == 0 {
		return ""
	}
	return " (" + t.say("line %d", n) + ")"
}
