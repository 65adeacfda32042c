package desk

import (
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// quiet reports whether a message needs nobody's answer: a press, a reaction, a thank-you, an emoji, a keyword that the program
// itself answers. It is recorded all the same.
func (d *Desk) quiet(m *bots.Message) bool {
	switch {
	case m.Kind == bots.DeleteMessage:
		return false // nobody knows what it was
	case m.Kind != bots.TextMessage && m.Kind != bots.EditMessage:
		return true
	case len(m.Media) > 0:
		return strings.TrimSpace(m.Text) == "" && !slices.ContainsFunc(m.Media, func(f bots.Media) bool { return f.Type != "sticker" })
	}
	return Courtesy(m.Text) || d.Core.Heard(m.Text).Means != bots.MeansNothing
}

// answered reports whether staff need not see a message: the bot answers it by itself, or it needs nobody's answer. A button that asks
// for a person, or that the bot left alone because staff are talking, is shown.
func (d *Desk) answered(c *bots.Change, m *bots.Message) bool {
	in, botted := bots.IntentOf(c.Reason)
	switch {
	case botted:
		return !in.ForStaff()
	case c.Reason == bots.LeftToStaff:
		return false
	}
	return d.quiet(m)
}

// meant is the message that a line is about: what was taken back, where that is known.
func meant(v fallback.View, m *bots.Message) *bots.Message {
	if m.Kind == bots.DeleteMessage {
		if earlier := v.Message(m.ReplyTo); earlier != nil {
			return earlier
		}
	}
	return m
}

// Courtesy reports whether a text is thanks, assent or an emoji, and nothing else.
func Courtesy(text string) bool { return bots.Courtesy(text) }
