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

// topicStories are about a group with topics: who has one, what stands there, and that nothing which breaks there loses a line.
var topicStories = map[string]func(*rig, *group){
	"a customer who writes gets a topic, with a card and the line in one post, pinned": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		t.holds(r, "Де замовлення?")
		if got := t.posts[0]; !strings.HasPrefix(got.text, "👤 Олена") || !slices.Equal(got.buttons, []string{"take", "snooze:2h", "close", "note"}) {
			r.t.Errorf("the card is %q with %v", got.text, got.buttons)
		}
		if !slices.Equal(g.acts, []string{"pin " + t.posts[0].id}) {
			r.t.Errorf("done was %v", g.acts)
		}
		g.elsewhere(r)
	},
	"what the shop knows of a customer stands on the card, and is changed there": func(r *rig, g *group) {
		r.desk.Facts = []Fact{{Attribute: "last_purchases", Label: "Покупки"}}
		chat := bots.Ref{Kind: bots.Telegram, Value: "42"}
		for i, name := range []string{"Олена", "Ігор"} {
			r.hear(bots.Event{Kind: bots.Started, Channel: bots.Telegram, Chat: bots.Address{Channel: bots.Telegram, ID: fmt.Sprint(42 + i)}, Name: name})
		}
		r.knows(chat, `{"last_purchases":["12.11 кава"]}`)
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		card := g.topic(r.t, "Олена").posts[0].text
		if !strings.Contains(card, "\nПокупки: 12.11 кава\n") {
			r.t.Errorf("the card is %q", card)
		}
		r.knows(chat, `{"last_purchases":["23.11 чай","12.11 кава"]}`)
		r.pass(time.Minute)
		if now := g.topic(r.t, "Олена").posts[0].text; now != strings.Replace(card, "12.11 кава", "23.11 чай; 12.11 кава", 1) {
			r.t.Errorf("the card is %q", now)
		}
		r.knows(bots.Ref{Kind: bots.Telegram, Value: "43"}, `{"last_purchases":["1"]}`) // whom nobody talks with
		r.pass(time.Minute)
		g.elsewhere(r)
	},
	"what was changed or taken back since is marked in the history, and the words from before stay": func(r *rig, g *group) {
		r.says("viber:v7", "Олена", "Коли?", func(e *bots.Event) { e.MessageID = "w1" })
		r.pass(time.Minute)
		r.hear(bots.Event{Kind: bots.Edited, Chat: bots.Address{Channel: bots.Viber, ID: "v7"}, MessageID: "w1", Text: "Коли й де?"})
		r.hear(bots.Event{Kind: bots.Deleted, Chat: bots.Address{Channel: bots.Viber, ID: "v7"}, MessageID: "w1"})
		r.pass(time.Minute)
		thread := g.topic(r.t, "Олена").id
		r.writes(thread, "500", "/history")
		r.pass(time.Minute)
		posts := g.topic(r.t, "Олена").posts
		if last := posts[len(posts)-1].text; !containsInOrder(last, "👤: Коли?\n", "👤: ✎ Коли й де?\n", "👤: ✗ повідомлення видалено") {
			r.t.Errorf("the history is\n%s", last)
		}
	},
	"a failure names nobody by a whole phone": func(r *rig, g *group) {
		r.says("sms:+380501112233", "", "Передзвоніть")
		r.pass(time.Minute)
		for _, provider := range []string{"sms/main", "sms/own"} {
			r.fails(provider, &bots.SendError{Fault: bots.Unreachable, Code: "404"})
		}
		r.writes(g.topics[0].id, "500", "Дзвонимо")
		r.pass(10 * time.Minute)
		said := ""
		for _, post := range g.topics[0].posts {
			said += post.text + "\n"
		}
		if !strings.Contains(said, "відповідь не доставлено") || strings.Contains(said, "501112233") || strings.Contains(said, "5011122") {
			r.t.Errorf("the topic has\n%s", said)
		}
	},
	"what does not fit into one post follows in others": func(r *rig, g *group) {
		words := func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "слово%d ", i)
			}
			return strings.TrimSpace(b.String())
		}
		long := words(450) // a message of Telegram has 4096 characters at most
		r.says("telegram:42", "Олена", long)
		r.says("telegram:43", "Ігор", strings.Repeat("👍🏽", 1000)+" як це?")
		r.pass(2 * time.Minute)
		all := ""
		for i, post := range g.topic(r.t, "Олена").posts {
			if units(post.text) > maxTaken {
				r.t.Errorf("post %d has %d characters", i, units(post.text))
			}
			all += strings.TrimPrefix(post.text, "… ")
		}
		for i := range 450 {
			if cut := i > 155 && i < 165; !cut && !strings.Contains(all, fmt.Sprintf("слово%d", i)) {
				r.t.Fatalf("word %d is nowhere", i)
			}
		}
		posts := g.topic(r.t, "Ігор").posts
		if last := posts[len(posts)-1].text; !strings.HasSuffix(last, "як це?") {
			r.t.Errorf("it ends with %q", last)
		}
		r.says("telegram:44", "Марія", strings.Repeat("а", 60_000))
		r.pass(2 * time.Minute)
		posts = g.topic(r.t, "Марія").posts
		if len(posts) != 1+maxRests || !strings.HasSuffix(posts[len(posts)-1].text, "… [скорочено, усього знаків: 60000]") {
			r.t.Errorf("a book has %d posts", len(posts))
		}
		g.elsewhere(r)
	},
	"a card that grew still has the lines below it": func(r *rig, g *group) {
		r.desk.Facts = []Fact{{Attribute: "last_purchases", Label: "Покупки"}, {Attribute: "note", Label: "Примітка"}, {Attribute: "more", Label: "Ще"}, {Attribute: "most", Label: "І ще"}}
		for _, text := range []string{strings.Repeat("а", 1400), strings.Repeat("б", 1400), strings.Repeat("в", 500) + " кінець"} {
			r.says("telegram:42", "Олена", text)
		}
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		if !strings.Contains(t.posts[0].text, "кінець") {
			r.t.Fatalf("the lines are not in one post: %q", t.posts[0].text)
		}
		for _, known := range []string{`{"last_purchases":"` + strings.Repeat("к", 100) + `"}`, `{"last_purchases":"1","note":"` + strings.Repeat("п", 150) + `","more":"` + strings.Repeat("щ", 150) + `","most":"` + strings.Repeat("ю", 150) + `"}`} {
			r.knows(bots.Ref{Kind: bots.Telegram, Value: "42"}, known)
			r.pass(time.Minute)
			if now := g.topic(r.t, "Олена").posts[0].text; !strings.Contains(now, "кінець") || units(now) > 4096 {
				r.t.Errorf("the card has %d characters, and ends with %q", units(now), now[len(now)-40:])
			}
		}
		g.elsewhere(r)
	},
	"the card of who is one with another says so, and after an undo nothing of the other is left there": func(r *rig, g *group) {
		r.desk.Facts = []Fact{{Attribute: "last_purchases", Label: "Покупки"}}
		keep, from := bots.Ref{Kind: bots.Telegram, Value: "42"}, bots.Ref{Kind: bots.Viber, Value: "v7"}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		r.says("viber:v7", "Ігор", "А моє?")
		r.knows(from, `{"last_purchases":["12.11 кава"]}`)
		r.pass(time.Minute)
		card := g.topic(r.t, "Олена").posts[0].text
		ask := fallback.MergeAsk{Keep: keep}
		do := func(f func(fallback.Tx) error) {
			if err := r.store.Update(r.t.Context(), f); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
		}
		do(func(tx fallback.Tx) error {
			ask.From = bots.Ref{Kind: "id", Value: tx.FindContact(from).String()}
			return nil
		})
		do(func(tx fallback.Tx) error {
			_, err := fallback.Merge(tx, ask, r.rules)
			return err
		})
		if now := g.topic(r.t, "Олена").posts[0].text; !strings.Contains(now, "Viber") || !strings.Contains(now, "12.11 кава") {
			r.t.Errorf("the card of both is %q", now)
		}
		do(func(tx fallback.Tx) error {
			_, err := fallback.Unmerge(tx, ask, r.rules)
			return err
		})
		if now := g.topic(r.t, "Олена").posts[0].text; now != card {
			r.t.Errorf("the card is %q, want %q", now, card)
		}
		g.elsewhere(r)
	},
	"the topic of who is one with another is closed with a word, and is of use again after an undo": func(r *rig, g *group) {
		keep, from := bots.Ref{Kind: bots.Telegram, Value: "42"}, bots.Ref{Kind: bots.Viber, Value: "v7"}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.says("viber:v7", "Ігор", "А моє?")
		r.pass(time.Minute)
		mine, theirs := g.topic(r.t, "Олена"), g.topic(r.t, "Ігор")
		undo := r.merges(keep, from)
		theirs.holds(r, "А моє?", "«Олена»")
		if !theirs.shut || mine.shut {
			r.t.Errorf("shut are %t, %t; want that of the absorbed one alone", mine.shut, theirs.shut)
		}
		r.says("viber:v7", "Ігор", "Алло?")
		r.pass(time.Minute)
		mine.holds(r, "Де замовлення?", "Алло?")
		undo()
		if theirs.shut || mine.shut {
			r.t.Errorf("shut are %t, %t after the undo", mine.shut, theirs.shut)
		}
		r.says("viber:v7", "Ігор", "Це знову я")
		r.says("telegram:42", "Олена", "І я")
		r.pass(time.Minute)
		theirs.holds(r, "А моє?", "«Олена»", "Це знову я")
		mine.holds(r, "Де замовлення?", "Алло?", "І я")
		g.elsewhere(r)
	},
	"the word that names whom somebody was one with goes when that one is erased": func(r *rig, g *group) {
		keep, from := bots.Ref{Kind: bots.Telegram, Value: "42"}, bots.Ref{Kind: bots.Viber, Value: "v7"}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.says("viber:v7", "Ігор", "А моє?")
		r.pass(time.Minute)
		theirs := g.topic(r.t, "Ігор")
		r.merges(keep, from)()
		theirs.holds(r, "А моє?", "«Олена»")
		r.erases("telegram:42")
		r.pass(time.Minute)
		if !slices.Contains(g.acts, "delete "+theirs.posts[1].id) || slices.Contains(g.acts, "delete "+theirs.posts[0].id) {
			r.t.Errorf("done was %v; want the word taken back, %s", g.acts, theirs.posts[1].id)
		}
	},
	"the topic of who is one with somebody without a topic stays until there is one": func(r *rig, g *group) {
		keep, from := bots.Ref{Kind: bots.Telegram, Value: "42"}, bots.Ref{Kind: bots.Viber, Value: "v7"}
		r.hear(bots.Event{Kind: bots.Started, Channel: bots.Telegram, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Name: "Олена"})
		r.says("viber:v7", "Ігор", "А моє?")
		r.pass(time.Minute)
		theirs := g.topic(r.t, "Ігор")
		r.merges(keep, from)
		if theirs.holds(r, "А моє?"); theirs.shut {
			r.t.Error("it is shut, and there is no other one")
		}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		g.topic(r.t, "Олена").holds(r, "Де замовлення?")
		if theirs.holds(r, "А моє?", "«Олена»"); !theirs.shut {
			r.t.Error("it is open")
		}
	},
	"the topic of who is one with another stays closed after an undo when their conversation was": func(r *rig, g *group) {
		keep, from := bots.Ref{Kind: bots.Telegram, Value: "42"}, bots.Ref{Kind: bots.Viber, Value: "v7"}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.says("viber:v7", "Ігор", "А моє?")
		r.pass(time.Minute)
		theirs := g.topic(r.t, "Ігор")
		r.writesIn(theirs.id, "501", "/close")
		r.pass(time.Minute)
		undo := r.merges(keep, from)
		undo()
		if theirs.holds(r, "А моє?"); !theirs.shut {
			r.t.Error("it is open")
		}
	},
	"what comes later stands below, without another card": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		r.says("telegram:42", "Олена", "Ви тут?")
		r.pass(time.Minute)
		r.says("viber:v7", "Ігор", "Вітаю")
		r.pass(time.Minute)
		g.topic(r.t, "Олена").holds(r, "Де замовлення?", "Ви тут?")
		g.topic(r.t, "Ігор").holds(r, "Вітаю")
		if strings.Contains(g.topic(r.t, "Олена").posts[1].text, "👤") {
			r.t.Error("the card stands there twice")
		}
	},
	"thanks, presses and emoji open no topic": func(r *rig, g *group) {
		for _, text := range []string{"Дякую!", "👍", "ок", "СТОП"} {
			r.says("telegram:42", "Олена", text)
		}
		chat := bots.Address{Channel: bots.Telegram, ID: "42"}
		r.hear(bots.Event{Kind: bots.Pressed, Chat: chat, Data: "ok", On: "5"})
		r.hear(bots.Event{Kind: bots.Reacted, Chat: chat, Data: "👍", On: "5"})
		r.pass(time.Minute)
		if len(g.topics) > 0 {
			r.t.Errorf("%d topics were made", len(g.topics))
		}
	},
	"no phone stands in a card or the name of a topic, and only whoever presses sees it": func(r *rig, g *group) {
		r.says("sms:+380501112233", "", "Передзвоніть")
		r.pass(time.Minute)
		t := g.topics[0]
		if strings.Contains(t.name+t.posts[0].text, "501112") || !strings.Contains(t.posts[0].text, "2233") {
			r.t.Errorf("%q: %q", t.name, t.posts[0].text)
		}
		r.presses(t.id, t.posts[0].id, "show_phone", "q1")
		r.pass(time.Minute)
		if !slices.Equal(r.toasts, []string{"q1 ! 📞 +380501112233"}) {
			r.t.Errorf("shown was %q", r.toasts)
		}
		g.whole(r.t, "Передзвоніть")
		for _, p := range t.posts {
			if strings.Contains(p.text, "501112") {
				r.t.Errorf("everybody reads %q", p.text)
			}
		}
	},
	"what staff write in the topic goes out after the hold, and its reactions show how far it is": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		r.writesIn(g.topic(r.t, "Олена").id, "500", "Вже їде")
		r.pass(2 * time.Second)
		r.shows("500 ✍")
		r.pass(2 * time.Second)
		if got := r.to(bots.Telegram); !slices.Equal(got, []string{"Вже їде"}) {
			r.t.Errorf("went %q", got)
		}
		r.shows("500 ✍", "500 👌")
	},
	"what is taken back within the hold does not go, and shows so": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена").id
		r.writesIn(t, "500", "Вже їде")
		r.pass(time.Second)
		r.writesIn(t, "501", "/undo")
		r.pass(time.Minute)
		if got := r.to(bots.Telegram); len(got) > 0 {
			r.t.Errorf("went %q", got)
		}
		r.shows("500 ✍", "500 👎", "501 👌")
	},
	"a press is answered to whoever pressed, and the card says whose it is": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		r.presses(t.id, t.posts[0].id, "take", "q1")
		r.pass(2 * time.Minute)
		if !slices.Equal(r.toasts, []string{"q1 Розмова ваша."}) {
			r.t.Errorf("shown was %q", r.toasts)
		}
		t.holds(r, "Iryna")
		if got := t.posts[0]; got.buttons[0] != "release" || !strings.Contains(got.text, "Де замовлення?") {
			r.t.Errorf("the card is %q with %v", got.text, got.buttons)
		}
	},
	"many changes of a conversation change its card twice in half a minute at most": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(2 * time.Minute)
		t := g.topic(r.t, "Олена")
		for range 10 {
			r.writesIn(t.id, fmt.Sprint(500+r.events), "/take")
			r.writesIn(t.id, fmt.Sprint(500+r.events), "/release")
			r.pass(3 * time.Second)
		}
		r.pass(2 * time.Minute)
		if n := len(slices.DeleteFunc(slices.Clone(g.acts), func(s string) bool { return !strings.HasPrefix(s, "edit") })); n == 0 || n > 3 {
			r.t.Errorf("the card was changed %d times", n)
		}
	},
	"a conversation that anybody closes has its topic closed, and opened when the customer writes": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
			change := fallback.TalkChange{State: bots.Closed}
			return fallback.PutTalk(tx, tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}), change.Apply)
		})
		if err != nil {
			r.t.Fatal(err)
		}
		r.pass(10 * time.Second)
		if !t.shut {
			r.t.Fatal("the topic is open")
		}
		r.says("telegram:42", "Олена", "Ви тут?")
		r.pass(time.Minute)
		if t.shut {
			r.t.Error("the topic is closed")
		}
		t.holds(r, "Де замовлення?", "Ви тут?")
		if len(g.topics) != 1 {
			r.t.Errorf("there are %d topics", len(g.topics))
		}
	},
	"a topic that was deleted is made again, with card, last messages and the line": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		first := g.topic(r.t, "Олена")
		r.writesIn(first.id, "500", "Вже їде")
		r.pass(time.Minute)
		first.gone = true
		r.says("telegram:42", "Олена", "Ви тут?")
		r.says("telegram:42", "Олена", "Агов?")
		r.pass(2 * time.Minute)
		t := g.topic(r.t, "Олена")
		if len(g.topics) != 2 || len(t.posts) == 0 {
			r.t.Fatalf("%d topics", len(g.topics))
		}
		for _, part := range []string{"👤 Олена", "Останні повідомлення", "👤: Де замовлення?", "Iryna: Вже їде"} {
			if !strings.Contains(t.posts[0].text, part) {
				r.t.Errorf("%q is not in %q", part, t.posts[0].text)
			}
		}
		g.whole(r.t, "Ви тут?\n", "Агов?\n")
		if !slices.Contains(g.acts, "pin "+t.posts[0].id) {
			r.t.Errorf("the new card is not pinned: %v", g.acts)
		}
	},
	"a topic that was closed in the group is opened for the next line": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		t.shut = true // nobody tells
		r.says("telegram:42", "Олена", "Ви тут?")
		r.pass(time.Minute)
		t.holds(r, "Де замовлення?", "Ви тут?")
	},
	"topics are switched off: it is said once, customers are answered as in any group, until they are on again": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		g.off = true
		r.says("telegram:42", "Олена", "Ви тут?")
		r.says("viber:v7", "Ігор", "Вітаю")
		r.pass(2 * time.Minute)
		if n := strings.Count(strings.Join(g.main, "\n"), "Теми вимкнено"); n != 1 {
			r.t.Errorf("it was said %d times: %q", n, g.main)
		}
		g.whole(r.t, "Ви тут?", "Вітаю")
		r.says("viber:v7", "Ігор", "Агов?")
		r.pass(time.Minute)
		r.answersPlain("Агов?", "600", "Слухаю")
		if got := r.to(bots.Viber); !slices.Equal(got, []string{"Слухаю"}) {
			r.t.Errorf("went %q", got)
		}
		g.off = false
		r.writesIn("", "601", "теми знову є")
		r.pass(time.Minute)
		r.says("viber:v7", "Ігор", "Дуже дякую за відповідь, ще питання")
		r.pass(time.Minute)
		g.topic(r.t, "Ігор").holds(r, "ще питання")
	},
	"a bot without the right to make topics says so once, and posts outside them": func(r *rig, g *group) {
		g.bars = bots.NoRights
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.says("viber:v7", "Ігор", "Вітаю")
		r.pass(5 * time.Minute)
		if n := strings.Count(strings.Join(g.main, "\n"), "керувати темами"); n != 1 {
			r.t.Errorf("it was said %d times: %q", n, g.main)
		}
		g.whole(r.t, "Де замовлення?", "Вітаю")
		if _, barred := r.desk.Barred(); !barred {
			r.t.Error("nobody who runs the gateway is told")
		}
		g.bars = ""
		r.pass(barredFor)
		r.says("telegram:42", "Олена", "Ви тут?")
		r.pass(time.Minute)
		g.topic(r.t, "Олена").holds(r, "Ви тут?")
		if _, barred := r.desk.Barred(); barred {
			r.t.Error("it is told still")
		}
	},
	"what is asked for stands in the topic: who, history, help; and why something was not done": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		for i, command := range []string{"/who", "/history", "/help", "/cascade", "/snooze колись", "/dance"} {
			r.writesIn(t.id, fmt.Sprint(500+i), command)
			r.pass(10 * time.Second)
		}
		r.pass(time.Minute)
		t.holds(r, "Де замовлення?", "Розсилки:", "👤: Де замовлення?", "/undo", "Нічого немає", "до якого часу", "Команди /dance немає")
		for i, p := range t.posts[1:] {
			if p.on != fmt.Sprint(500+i) {
				r.t.Errorf("%q answers %q", p.text, p.on)
			}
		}
		if got := r.to(bots.Telegram); len(got) > 0 {
			r.t.Errorf("the customer got %q", got)
		}
	},
	"two who answer the same customer are told of each other": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		r.writesIn(t.id, "500", "Вже їде")
		r.pass(5 * time.Second)
		r.writesIn(t.id, "501", "Перевіряю", func(e *bots.Event) { e.By, e.Name = "778", "Petro" })
		r.pass(time.Minute)
		t.holds(r, "Де замовлення?", "Iryna")
		if t.posts[1].on != "501" {
			r.t.Errorf("it answers %q", t.posts[1].on)
		}
	},
	"an answer that failed is told in the topic, with a way by SMS": func(r *rig, g *group) {
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
			c := tx.Contact(tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}))
			c.Set(bots.Address{Channel: bots.SMS, ID: "+380501112233"}, bots.Active, tx.Now())
			tx.PutContact(c)
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
		r.fails(bots.Telegram, &bots.SendError{Fault: bots.Refused})
		t := g.topic(r.t, "Олена")
		r.writesIn(t.id, "500", "Вже їде")
		r.pass(time.Minute)
		t.holds(r, "Де замовлення?", "не доставлено")
		if got := t.posts[1]; got.on != "500" || !slices.Contains(got.buttons, "sms") {
			r.t.Errorf("it answers %q with %v", got.on, got.buttons)
		}
		r.presses(t.id, t.posts[1].id, "sms", "q1")
		r.pass(time.Minute)
		if got := r.to("sms/main"); !slices.Equal(got, []string{"Вже їде"}) {
			r.t.Errorf("by SMS went %q", got)
		}
	},
	"a customer's change and what they take back answer the post that had the line": func(r *rig, g *group) {
		const number = "whatsapp:+380501112233"
		r.says(number, "Олена", "Де замовлення 12?", func(e *bots.Event) { e.MessageID = "IN1" })
		r.pass(time.Minute)
		r.says(number, "Олена", "І ще одне")
		r.pass(time.Minute)
		t := g.topic(r.t, "Олена")
		chat := bots.Address{Channel: bots.WhatsApp, ID: "+380501112233"}
		r.hear(bots.Event{Kind: bots.Edited, Channel: bots.WhatsApp, Chat: chat, MessageID: "IN1", Text: "Де замовлення 13?"})
		r.pass(time.Minute)
		r.fails(bots.Staff, &bots.SendError{Fault: bots.Uncertain})
		r.hear(bots.Event{Kind: bots.Deleted, Channel: bots.WhatsApp, Chat: chat, MessageID: "IN1"})
		r.pass(time.Hour)
		t.holds(r, "Де замовлення 12?", "І ще одне", "✎ Де замовлення 13?", "✗ повідомлення видалено")
		for _, p := range t.posts[2:] {
			if p.on != t.posts[0].id {
				r.t.Errorf("%q answers %q, want %q", p.text, p.on, t.posts[0].id)
			}
		}
	},
	"a group whose General is closed loses no line": func(r *rig, g *group) {
		g.shut = true
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		g.topic(r.t, "Олена").holds(r, "Де замовлення?")
	},
}

func TestTheGroupsTopics(t *testing.T) {
	for name, story := range topicStories {
		t.Run(name, func(t *testing.T) { play(t, func(r *rig) { story(r, r.forum()) }) })
	}
}

// merges makes one person of two; what it returns makes them two again.
func (r *rig) merges(keep, from bots.Ref) (undo func()) {
	r.t.Helper()
	ask := fallback.MergeAsk{Keep: keep}
	do := func(f func(fallback.Tx) error) {
		r.t.Helper()
		if err := r.store.Update(r.t.Context(), f); err != nil {
			r.t.Fatal(err)
		}
	}
	do(func(tx fallback.Tx) error {
		ask.From = bots.Ref{Kind: "id", Value: tx.FindContact(from).String()}
		return nil
	})
	do(func(tx fallback.Tx) error {
		_, err := fallback.Merge(tx, ask, r.rules)
		return err
	})
	r.pass(time.Minute)
	return func() {
		r.t.Helper()
		do(func(tx fallback.Tx) error {
			_, err := fallback.Unmerge(tx, ask, r.rules)
			return err
		})
		r.pass(time.Minute)
	}
}

// With n conversations at once the last one stands in its topic after 2n/19 minutes: each needs a topic and a post. The first ones do not
// wait, those who wait longest come first, and the group never gets more than 19 in a minute.
func TestABurstOfPeople(t *testing.T) {
	const n = 60
	play(t, func(r *rig) {
		g := r.forum()
		start := time.Now()
		for i := range n {
			r.says(fmt.Sprintf("telegram:%d", 100+i), fmt.Sprintf("Клієнт%03d", i), fmt.Sprintf("Питання %03d.", i))
		}
		for i := range n { // and each once more, before their turn
			r.says(fmt.Sprintf("telegram:%d", 100+i), fmt.Sprintf("Клієнт%03d", i), fmt.Sprintf("І ще %03d.", i))
		}
		r.pass(time.Hour)
		last := time.Duration(0)
		for i := range n {
			x := g.topic(t, fmt.Sprintf("Клієнт%03d", i))
			g.whole(t, fmt.Sprintf("Питання %03d.", i), fmt.Sprintf("І ще %03d.", i))
			if len(x.posts) == 0 {
				t.Fatalf("nothing stands in %s", x.name)
			}
			last = max(last, x.posts[0].at.Sub(start))
			if i < laneFull/2 && x.made.Sub(start) > time.Second {
				t.Errorf("topic %d was made after %s", i, x.made.Sub(start))
			}
		}
		for i := 1; i < n; i++ {
			if g.topic(t, fmt.Sprintf("Клієнт%03d", i)).made.Before(g.topic(t, fmt.Sprintf("Клієнт%03d", i-1)).made) {
				t.Errorf("%d came before who waits longer", i)
			}
		}
		if most := 2*n*time.Minute/19 + time.Minute; last > most {
			t.Errorf("the last one stands there after %s, want %s at most", last, most)
		}
		t.Logf("the last of %d stands in its topic after %s", n, last)
		var counted []time.Duration
		for _, x := range r.all() {
			if x.name == bots.Staff && x.Act != bots.PinAct {
				counted = append(counted, x.at)
			}
		}
		for i := 19; i < len(counted); i++ {
			if counted[i]-counted[i-19] < time.Minute {
				t.Fatalf("twenty within %s", counted[i]-counted[i-19])
			}
		}
	})
}

// A crash at any moment neither loses a line, nor posts it twice, nor makes two topics of one person.
func TestCrashesAmongTopics(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 500 * time.Millisecond, 4 * time.Second, 13 * time.Second, time.Minute} {
		t.Run(after.String(), func(t *testing.T) {
			play(t, func(r *rig) {
				g := r.forum()
				var texts []string
				say := func(i int) {
					text := fmt.Sprintf("рядок %d.\n", i)
					texts = append(texts, text)
					r.says(fmt.Sprintf("telegram:%d", 42+i%4), fmt.Sprint("Олена", i%4), strings.TrimSpace(text))
				}
				for i := range 12 {
					say(i)
				}
				r.pass(after)
				r.stop()
				for i := 12; i < 16; i++ {
					say(i)
				}
				r.begin()
				r.pass(time.Hour)
				g.whole(t, texts...)
				if len(g.topics) != 4 {
					t.Errorf("there are %d topics", len(g.topics))
				}
			})
		})
	}
}

// A group in which we may write nothing loses nothing: what is to be posted waits, and comes once we may again.
func TestAMutedBot(t *testing.T) {
	for name, told := range map[string]bool{"the group tells that we may again": true, "nobody tells": false} {
		t.Run(name, func(t *testing.T) {
			play(t, func(r *rig) {
				g := r.forum()
				r.says("telegram:42", "Олена", "Де замовлення?")
				r.pass(time.Minute)
				g.mutes(true)
				r.says("telegram:42", "Олена", "Ви тут?")
				r.says("telegram:43", "Петро", "Чи відчинено?")
				r.pass(3 * time.Hour)
				if since, muted := r.desk.Muted(); !muted || time.Since(since) < time.Hour {
					t.Errorf("muted since %v: %t", since, muted)
				}
				if n := len(r.posts()); n > 60 {
					t.Errorf("%d posts were tried in vain", n)
				}
				r.says("telegram:42", "Олена", "Алло?")
				r.pass(time.Minute)
				g.mutes(false)
				if told {
					r.happens(bots.Unblocked, "")
					r.pass(5 * time.Second)
				} else {
					r.pass(20 * time.Minute)
				}
				g.whole(t, "Де замовлення?", "Ви тут?", "Чи відчинено?", "Алло?")
				if _, muted := r.desk.Muted(); muted {
					t.Error("it is said to be muted still")
				}
			})
		})
	}
}

// A card whose own call a crash cut off may stand there: it is waited for, a minute, and then posted once more, which it says.
func TestACardThatACrashCutOff(t *testing.T) {
	play(t, func(r *rig) {
		g := r.forum()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(gather / 2) // the topic stands, and the card is next
		r.mu.Lock()
		r.senders[bots.Staff].hang = true
		r.mu.Unlock()
		r.pass(time.Second)
		r.stop()
		r.begin()
		x := g.topic(t, "Олена")
		r.pass(50 * time.Second)
		x.holds(r)
		r.pass(20 * time.Second)
		x.holds(r, "⚠ Можливо, це вже є вище")
		if text := x.posts[0].text; !strings.HasPrefix(text, "👤 Олена") || !strings.HasSuffix(text, "Де замовлення?") || len(g.topics) != 1 {
			t.Errorf("among %d topics the card is %q", len(g.topics), text)
		}
	})
}

// answersPlain is a reply of staff to the newest post outside topics that holds a text.
func (r *rig) answersPlain(to, message, text string) {
	r.t.Helper()
	for _, x := range slices.Backward(r.all()) {
		if x.name == bots.Staff && strings.Contains(x.Text, to) {
			r.happens(bots.Wrote, "", func(e *bots.Event) { e.Step, e.On, e.MessageID, e.Text, e.Forum = x.Step, "77", message, text, false })
			r.pass(10 * time.Second)
			return
		}
	}
	r.t.Fatalf("no post holds %q", to)
}

// containsInOrder reports whether a text has these parts, one behind the other.
func containsInOrder(text string, parts ...string) bool {
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}
