package main

import (
	"fmt"
	"slices"
	"testing"
)

// What customers wrote while the gateway was away comes in one call: their topics are made, and filled, in the order in which they wrote.
func TestStaffReadTheOldestFirst(t *testing.T) {
	const people = 9 // whose topics and posts fit into a minute
	p := withForum(t, "")
	p.gather(crowdFrom, people, "Клієнт")
	p.stop()
	p.writeIn(crowdFrom, people)
	p.start()
	var names, posts []string
	waitFor(t, "everybody's lines", func() bool {
		names, posts = nil, nil
		for _, topic := range p.tg.Topics(deskForum) {
			names = append(names, topic.Name)
			if said := bot(topic); len(said) > 0 {
				posts = append(posts, fmt.Sprintf("%09d %s", said[0].ID, topic.Name))
			}
		}
		return len(posts) == people
	})
	slices.Sort(posts)
	for i := range people {
		want := fmt.Sprintf("Клієнт%03d · Питання %03d: де замовлення?", i, i)
		if names[i] != want || posts[i][10:] != want {
			t.Errorf("%d: topic %q, post in %q; want %q", i, names[i], posts[i][10:], want)
		}
	}
	p.finish()
}
