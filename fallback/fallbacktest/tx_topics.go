package fallbacktest

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

func topics(d *data) *map[bots.ID]fallback.Topic { return &d.topics }

func (t *tx) PutTopic(x fallback.Topic) { write(t, topics, x.Contact, x) }

// DropTopic leaves the zero value, which is none.
func (t *tx) DropTopic(contact bots.ID) { write(t, topics, contact, fallback.Topic{}) }

func (t *tx) Topic(contact bots.ID) fallback.Topic {
	x, _ := find(t, topics, contact)
	return x
}

func (t *tx) TopicAt(group, thread string) bots.ID {
	if thread == "" {
		return 0
	}
	for _, from := range []*data{&t.writes, t.base} {
		for contact := range from.topics {
			if x := t.Topic(contact); slices.Contains(x.Threads(), fallback.Thread{Group: group, ID: thread}) {
				return contact
			}
		}
	}
	return 0
}
