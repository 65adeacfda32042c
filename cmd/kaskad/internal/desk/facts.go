package desk

import (
	"encoding/json"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// Fact is an attribute of a customer that the card shows, as the shop wrote it: the last purchases, say.
type Fact struct {
	Attribute string // a name; in a dotted one each part is of the object before
	Label     string // stands before it
}

const (
	maxFact      = 160 // characters of one
	factsOfAList = 5   // its first: the newest, as shops keep such lists
)

// facts words what the shop knows of a customer. What a customer has not, or what holds nothing, has no line.
func (d *Desk) facts(c *bots.Contact) (lines []string) {
	if len(d.Facts) == 0 || len(c.Attributes) == 0 {
		return nil
	}
	for _, f := range d.Facts {
		if text := oneLine(wordFact(c.Attribute(f.Attribute)), maxFact); text != "" {
			lines = append(lines, oneLine(f.Label, maxName)+": "+text)
		}
	}
	return lines
}

// known takes that something else is known of a customer: the card of an open conversation shows it. An import touches many who have no
// topic, and whose card is closed reads it when they write again.
func (k *keeper) known(v fallback.View, c *bots.Change) {
	if !k.room.Forum || len(k.desk.Facts) == 0 {
		return
	}
	if topic := k.room.Topic(v, c.Contact); !topic.Stands(k.room.Group) {
		return
	}
	if talk := v.Conversation(c.Contact); talk.State != bots.Closed {
		k.stale(c.Contact)
	}
}

// others takes that a customer is one with another now, or alone again: the card says who it is, and keeps nothing of the other one.
func (k *keeper) others(v fallback.View, c *bots.Change) {
	topic := k.room.Topic(v, c.Contact)
	if c.Type == "contact.merged" && k.room.Forum && !k.serves(v, c.Contact) {
		k.joins(v, c.Contact, false)
	}
	if !k.room.Forum || !topic.Stands(k.room.Group) {
		return
	}
	k.stale(c.Contact)
	if c.Type == "contact.merged" {
		k.joins(v, c.Contact, false)
	} else if topic.Shut {
		k.Acts = append(k.Acts, doing{Contact: c.Contact, Do: bots.ReopenTopicAct}) // if their conversation is open
	}
}

// wordFact writes a value in a line. Of an object its values, by the order of their names, as JSON has none of its own.
func wordFact(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "✓"
		}
		return "✗"
	case []any:
		return wordFacts(v[:min(len(v), factsOfAList)], "; ")
	case map[string]any:
		var names []string
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		var values []any
		for _, name := range names {
			values = append(values, v[name])
		}
		return wordFacts(values, " ")
	}
	return ""
}

func wordFacts(all []any, between string) string {
	var words []string
	for _, v := range all {
		if text := wordFact(v); strings.TrimSpace(text) != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, between)
}
