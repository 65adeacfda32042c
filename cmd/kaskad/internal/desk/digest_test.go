package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// broadcasts sends one to people "telegram:100" and on, who know the bot.
func (r *rig) broadcasts(name string, people int) {
	r.t.Helper()
	for i := range people {
		chat := bots.Address{Channel: bots.Telegram, ID: fmt.Sprint(100 + i)}
		r.hear(bots.Event{Kind: bots.Started, Channel: bots.Telegram, Chat: chat, Name: fmt.Sprintf("К%02d", i)})
		_, err := r.engine.Accept(r.t.Context(), fallback.Ask{
			To: chat.String(), Text: "Бонуси згорять у листопаді", Purpose: "service", Metadata: map[string]string{fallback.Broadcast: name},
			Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: bots.Telegram}}},
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	r.pass(time.Minute)
}

func (r *rig) customer(i int, text string, more ...func(*bots.Event)) {
	r.says(fmt.Sprint("telegram:", 100+i), fmt.Sprintf("К%02d", i), text, more...)
}

// opens presses Open of one who stands in a post.
func (r *rig) opens(x *thread, post, button int, query string) {
	r.presses(x.id, x.posts[post].id, x.posts[post].buttons[button], query)
}

// digestStories are about what answers a broadcast, in a group with topics.
var digestStories = map[string]func(*rig, *group){
	"answers stand together in the topic of the broadcast, with a button for each": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 3)
		r.customer(0, "Коли згорять?")
		r.customer(1, "Які бонуси?")
		r.customer(2, "Дякую!")
		r.pass(time.Minute)
		if len(g.topics) != 1 || g.topics[0].name != "📣 bonus-nov" {
			r.t.Fatalf("%d topics, the first %+v", len(g.topics), g.topics)
		}
		x := g.topics[0]
		x.holds(r, "📣 bonus-nov: відповіли 2 людини\n1. К00: Коли згорять?\n2. К01: Які бонуси?")
		if b := x.posts[0].buttons; len(b) != 2 || !strings.HasPrefix(b[0], "open_topic:") || len(b[0]) > 49 || b[0] == b[1] {
			r.t.Errorf("the buttons are %v", b)
		}
		g.elsewhere(r)
	},
	"who writes a moment after another stands in the same post, also in a topic that is there": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 4)
		for i := range 4 {
			r.customer(i, "Коли згорять?")
			r.pass(50 * time.Millisecond)
			if i == 1 {
				r.pass(time.Minute)
			}
		}
		r.pass(time.Minute)
		g.topic(r.t, "bonus-nov").holds(r, "відповіли 2 людини\n1. К00: Коли згорять?\n2. К01", "відповіли 2 людини\n1. К02: Коли згорять?\n2. К03")
	},
	"Open makes the conversation a topic with all that they wrote, and theirs who pressed": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 2)
		r.customer(0, "Коли згорять?")
		r.customer(1, "Які бонуси?")
		r.pass(time.Minute)
		r.customer(0, "Ви тут?")
		r.pass(time.Minute)
		x := g.topic(r.t, "bonus-nov")
		x.holds(r, "відповіли 2 людини", "відповіла 1 людина\n1. К00: Ви тут?")
		r.opens(x, 0, 0, "q1")
		r.pass(time.Minute)
		if !slices.Equal(r.toasts, []string{"q1 Відкрито, розмова ваша."}) {
			r.t.Errorf("shown was %q", r.toasts)
		}
		t := g.topic(r.t, "К00")
		t.holds(r, "веде Iryna")
		if !strings.Contains(t.posts[0].text, "Коли згорять?") || !strings.Contains(t.posts[0].text, "Ви тут?") || strings.Contains(t.posts[0].text, "Які бонуси?") {
			r.t.Errorf("it begins with %q", t.posts[0].text)
		}
		r.customer(0, "Алло")
		r.pass(time.Minute)
		t.holds(r, "веде Iryna", "Алло")
		if len(x.posts) != 2 || len(g.topics) != 2 {
			r.t.Errorf("%d posts in the digest, %d topics", len(x.posts), len(g.topics))
		}
		r.writesIn(t.id, "500", "У листопаді")
		r.pass(10 * time.Second)
		if got := r.to(bots.Telegram); got[len(got)-1] != "У листопаді" {
			r.t.Errorf("went %q", got)
		}
	},
	"what is written in a digest goes to nobody, and is told how": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 1)
		r.customer(0, "Коли згорять?")
		r.pass(time.Minute)
		x := g.topic(r.t, "bonus-nov")
		went := len(r.to(bots.Telegram))
		step := r.all()[len(r.all())-1].Step
		r.writesIn(x.id, "500", "У листопаді", func(e *bots.Event) { e.On, e.Step = x.posts[0].id, step })
		r.pass(time.Second) // posts of one moment go side by side
		r.writesIn(x.id, "501", "Кому?")
		r.pass(time.Second)
		r.writesIn(x.id, "502", "/close")
		r.pass(time.Second)
		r.writesIn(x.id, "503", "// між нами", func(e *bots.Event) { e.Aside = true })
		r.happens(bots.TopicClosed, x.id)
		r.pass(time.Minute)
		if n := len(r.to(bots.Telegram)); n != went {
			r.t.Errorf("%d messages went", n-went)
		}
		x.holds(r, "К00", "Звідси нічого нікому не йде", "Звідси нічого нікому не йде", "Це робиться в темі клієнта")
	},
	"whom somebody else leads is not taken away": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 1)
		r.customer(0, "Коли згорять?")
		r.pass(time.Minute)
		x := g.topic(r.t, "bonus-nov")
		r.opens(x, 0, 0, "q1")
		r.pass(time.Minute)
		on, step := x.posts[0].id, bots.ID(0)
		for _, s := range r.all() {
			if len(s.Buttons) == 1 && s.Buttons[0].Data == x.posts[0].buttons[0] {
				step = s.Step
			}
		}
		r.happens(bots.Pressed, x.id, func(e *bots.Event) {
			e.By, e.Name, e.On, e.Step, e.Data, e.Query = "778", "Petro", on, step, x.posts[0].buttons[0], "q2"
		})
		r.pass(time.Minute)
		if got := r.toasts[len(r.toasts)-1]; got != "q2 ! ⚠ Розмову вже веде «Iryna»" {
			r.t.Errorf("shown was %q", r.toasts)
		}
		if len(g.topics) != 2 {
			r.t.Errorf("%d topics", len(g.topics))
		}
	},
	"a button of another post, or of nobody, opens nothing": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 1)
		r.customer(0, "Коли згорять?")
		r.pass(time.Minute)
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		card := g.topic(r.t, "Олена")
		x := g.topic(r.t, "bonus-nov")
		r.presses(card.id, card.posts[0].id, x.posts[0].buttons[0], "q1")
		r.pass(time.Minute)
		if len(g.topics) != 2 || len(r.toasts) != 1 || !strings.Contains(r.toasts[0], "⚠") {
			r.t.Errorf("%d topics, shown was %q", len(g.topics), r.toasts)
		}
	},
	"who has a topic, or writes a day later, comes into a topic; who answers the broadcast itself does not": func(r *rig, g *group) {
		r.says("telegram:100", "К00", "Де замовлення?")
		r.pass(time.Minute)
		r.broadcasts("bonus-nov", 3)
		r.customer(0, "Коли згорять?")
		r.pass(25 * time.Hour)
		r.customer(1, "Є доставка?")
		r.pass(time.Minute)
		g.topic(r.t, "К00").holds(r, "Де замовлення?", "Коли згорять?", "⏰ Команда")
		g.topic(r.t, "К01").holds(r, "Є доставка?")
		r.customer(2, "Коли згорять?", func(e *bots.Event) {
			for _, x := range r.all() {
				if x.name == bots.Telegram && x.To.ID == "102" {
					e.On, e.Step = "7", x.Step
				}
			}
		})
		r.pass(time.Minute)
		g.topic(r.t, "bonus-nov").holds(r, "1. К02: Коли згорять?")
	},
	"of a topic that is gone nothing is lost, and a closed one is opened": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 3)
		r.customer(0, "Коли згорять?")
		r.pass(time.Minute)
		g.topic(r.t, "bonus-nov").gone = true
		r.customer(1, "Які бонуси?")
		r.customer(2, "Скільки?")
		r.pass(time.Minute)
		x := g.topic(r.t, "bonus-nov")
		x.holds(r, "відповіли 2 людини\n1. К01: Які бонуси?\n2. К02: Скільки?")
		x.shut = true
		r.customer(0, "Ну?")
		r.pass(2 * time.Minute)
		x.holds(r, "відповіли 2 людини", "1. К00: Ну?")
	},
	"a crash neither loses nor doubles": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 12)
		for i := range 12 {
			r.customer(i, fmt.Sprintf("Питання %02d.", i))
			if i%3 == 0 {
				r.stop()
				r.begin()
			}
		}
		r.pass(2 * time.Minute)
		for i := range 12 {
			g.whole(r.t, fmt.Sprintf("Питання %02d.", i))
		}
		if len(g.topics) != 1 {
			r.t.Errorf("%d topics", len(g.topics))
		}
	},
	"forty answers are a few posts, eight people each, ten seconds apart, and who wrote first comes first": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 40)
		for i := range 40 {
			r.customer(i, fmt.Sprintf("Питання %02d.", i))
		}
		r.pass(5 * time.Minute)
		posts := g.topic(r.t, "bonus-nov").posts
		next := 0
		for i, p := range posts {
			n := len(p.buttons)
			if n > digestPeople {
				r.t.Errorf("%d people in one post", n)
			}
			if i > 0 && p.at.Sub(posts[i-1].at) < digestEvery-time.Second {
				r.t.Errorf("post %d is %v behind the one before", i, p.at.Sub(posts[i-1].at))
			}
			for j := range n {
				if want := fmt.Sprintf("%d. К%02d: Питання %02d.", j+1, next, next); !strings.Contains(p.text, want) {
					r.t.Errorf("post %d lacks %q: %q", i, want, p.text)
				}
				next++
			}
		}
		if next != 40 || len(posts) > 7 {
			r.t.Errorf("%d people in %d posts", next, len(posts))
		}
	},
	"of those who wait in a digest the team is told once": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 5)
		for i := range 5 {
			r.customer(i, "Коли згорять?")
		}
		r.pass(17 * time.Minute)
		g.topic(r.t, "bonus-nov").holds(r, "відповіли 5 людей", "⏰ Команда: на відповіді тут чекають")
		g.elsewhere(r)
	},
	"without topics each has a post of their own": func(r *rig, g *group) {
		g.off = true
		r.broadcasts("bonus-nov", 2)
		r.customer(0, "Коли згорять?")
		r.customer(1, "Які бонуси?")
		r.pass(2 * time.Minute)
		g.whole(r.t, "Коли згорять?", "Які бонуси?")
		if len(g.topics) > 0 {
			r.t.Errorf("%d topics", len(g.topics))
		}
	},
	"an erased person leaves the digest, and the others stand there again": func(r *rig, g *group) {
		r.broadcasts("bonus-nov", 2)
		r.customer(0, "Коли згорять?")
		r.customer(1, "Які бонуси?")
		r.pass(time.Minute)
		x := g.topic(r.t, "bonus-nov")
		post := x.posts[0].id
		r.erases("telegram:101")
		r.pass(2 * time.Minute)
		if !slices.Contains(g.acts, "delete "+post) {
			r.t.Errorf("done was %v", g.acts)
		}
		x.holds(r, "відповіли 2 людини", "відповіла 1 людина\n1. К00: Коли згорять?")
	},
}

func TestDigests(t *testing.T) {
	for name, story := range digestStories {
		t.Run(name, func(t *testing.T) {
			play(t, func(r *rig) {
				r.rules.Staff.Times = fallback.StaffTimes{Remind: 15 * time.Minute}
				story(r, r.forum())
			})
		})
	}
}

// erases forgets a person, to the end.
func (r *rig) erases(ref string) {
	r.t.Helper()
	at, err := bots.ParseRef(ref, "UA")
	if err != nil {
		r.t.Fatal(err)
	}
	var who bots.ID
	update := func(f func(tx fallback.Tx) error) {
		if err := r.engine.Staff(r.t.Context(), r.store, func(tx fallback.Tx, _ fallback.Poster) error { return f(tx) }); err != nil {
			r.t.Fatal(err)
		}
	}
	update(func(tx fallback.Tx) error {
		who = tx.FindContact(at)
		_, err := fallback.Erase(tx, who, "crm")
		return err
	})
	world := &fallback.World{}
	for g := (fallback.Erasing{}); g.Stage < fallback.EraseRest; {
		update(func(tx fallback.Tx) (err error) {
			g, err = fallback.EraseSome(tx, who, r.rules, world)
			return err
		})
	}
	update(func(tx fallback.Tx) error { fallback.EraseDone(tx, who); return nil })
}
