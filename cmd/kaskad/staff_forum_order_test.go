package main

import (
	"fmt"
	"slices"
	"testing"
)

// What customers wrote while the gateway was away comes in one call: their topics are made, and filled, in the order in which they wrote. Several
// calls are under way at once, so that some may overtake others on a busy machine: a quarter of all pairs, where any order has half and newest first
// all of them. The exact order is package desk's.
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
	for i := range posts {
		posts[i] = posts[i][10:]
	}
	for what, got := range map[string][]string{"the topics": names, "the posts": posts} {
		for i := range people {
			if want := fmt.Sprintf("Клієнт%03d · Питання %03d: де замовлення?", i, i); !slices.Contains(got, want) {
				t.Errorf("among %s there is no %q", what, want)
			}
		}
		if n := overtaken(got); n > people*(people-1)/2/4 {
			t.Errorf("of %s %d pairs are the wrong way round: %q", what, n, got)
		}
	}
	p.finish()
}

// overtaken are the pairs of which the greater one comes first.
func overtaken(list []string) (n int) {
	for i, one := range list {
		for _, later := range list[i+1:] {
			if later < one {
				n++
			}
		}
	}
	return n
}
