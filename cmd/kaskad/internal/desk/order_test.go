package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

const together = 60 // people whose messages come in one call

// hearTogether lets people "telegram:100" and on write, one after the other within a second, and all that comes in one call.
func (r *rig) hearTogether(people int) {
	r.t.Helper()
	at := time.Now().Truncate(time.Second)
	var b bots.Batch
	for i := range people {
		r.events++
		b.Events = append(b.Events, bots.Event{
			ID: fmt.Sprint("event:", r.events), Kind: bots.Wrote, Channel: bots.Telegram, Chat: bots.Address{Channel: bots.Telegram, ID: fmt.Sprint(100 + i)},
			Name: fmt.Sprintf("К%02d", i), Text: fmt.Sprintf("Питання %02d.", i), MessageID: fmt.Sprint(5000 + r.events), At: at,
		})
	}
	r.store.slow = func(e bots.Event) time.Duration { // who wrote first is stored last
		var n time.Duration
		fmt.Sscan(e.Chat.ID, &n)
		return (160 - n) / 2 * 25 * time.Millisecond
	}
	defer func() { r.store.slow = nil }()
	if err := r.engine.Receive(r.t.Context(), b); err != nil {
		r.t.Fatal(err)
	}
}

// numbers are the numbers of the questions in texts, in their order.
func numbers(texts []string) (all []string) {
	for _, text := range texts {
		for _, part := range strings.Split(text, "Питання ")[1:] {
			all = append(all, part[:2])
		}
	}
	return all
}

func (r *rig) inOrder(what string, got []string, want int) {
	r.t.Helper()
	if len(got) != want || !slices.IsSorted(got) {
		r.t.Errorf("%s: %d, want %d: %v", what, len(got), want, got)
	}
}

// orderStories are about what comes in one call, whose chats are stored side by side: who wrote first comes first.
var orderStories = map[string]func(*rig){
	"topics, and what stands in them": func(r *rig) {
		g := r.forum()
		r.hearTogether(together)
		r.pass(time.Hour)
		var names, posts []string
		var at []time.Time
		for _, x := range g.topics {
			names, posts, at = append(names, x.name), append(posts, x.posts[0].text), append(at, x.posts[0].at)
		}
		r.inOrder("topics", numbers(names), together)
		r.inOrder("posts", numbers(posts), together)
		if !slices.IsSortedFunc(at, time.Time.Compare) {
			r.t.Errorf("the topics' first posts stand there at %v", at)
		}
	},
	"a digest": func(r *rig) {
		g := r.forum()
		r.broadcasts("bonus-nov", together)
		r.hearTogether(together)
		r.pass(time.Hour)
		var posts []string
		for _, x := range g.topics[0].posts {
			posts = append(posts, x.text)
		}
		r.inOrder("people", numbers(posts), together)
	},
	"posts of a plain group": func(r *rig) {
		r.bind()
		r.hearTogether(together)
		r.pass(time.Hour)
		r.inOrder("posts", numbers(r.posts()), together)
	},
	"who wrote first while we were away comes first, whichever channel tells it first": func(r *rig) {
		r.bind()
		wrote := func(ago time.Duration) func(*bots.Event) {
			at := time.Now().Add(-ago)
			return func(e *bots.Event) { e.At = at }
		}
		for i := range maxOpen { // the lane is full
			r.says(fmt.Sprint("telegram:", 10+i), "Раніше", "Коли?")
		}
		r.says("telegram:42", "Олена", "Питання 02.", wrote(time.Minute))
		r.says("viber:v7", "Ігор", "Питання 01.", wrote(time.Hour))
		r.says("telegram:43", "Петро", "Питання 03.", wrote(time.Second))
		r.pass(time.Hour)
		r.inOrder("posts", numbers(r.posts()), 3)
	},
}

func TestOldestFirst(t *testing.T) {
	for name, story := range orderStories {
		t.Run(name, func(t *testing.T) { play(t, story) })
	}
}
