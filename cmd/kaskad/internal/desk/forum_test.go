package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// amongTopics plays a story in a group with topics.
func amongTopics(t *testing.T, story func(*rig)) {
	play(t, func(r *rig) {
		staff := r.rules.Channels[bots.Staff]
		staff.PerSecond, staff.Burst, staff.PerMinute, staff.PerChat, staff.Together, staff.Edits = 1, 19, 19, 25*time.Millisecond, true, true
		r.rules.Channels[bots.Staff] = staff
		r.rules.Staff.Hold = 3 * time.Second
		r.stop()
		r.begin()
		r.bind()
		r.inGroup(bots.Event{Kind: bots.Unblocked})
		r.pass(time.Minute)
		r.forget()
		story(r)
	})
}

// forget forgets what was sent.
func (r *rig) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent, r.emojis, r.toasts = nil, nil, nil
}

// inGroup is something that one of the team does in the group with topics.
func (r *rig) inGroup(e bots.Event) {
	r.t.Helper()
	e.Chat, e.Sender, e.Forum = bots.Address{Channel: bots.Staff, ID: groupID}, bots.Staff, true
	if e.By == "" {
		e.By, e.Name = "777", "Iryna"
	}
	r.hear(e)
}

// room is what stands in the group: "open Олена", "1001: text", "1001 pin 1002".
func (r *rig) room() (all []string) {
	for _, x := range r.all() {
		if x.name != bots.Staff {
			continue
		}
		switch x.Act {
		case "":
			all = append(all, x.Thread+": "+x.Text)
		case bots.OpenTopicAct:
			all = append(all, "open "+x.Text)
		default:
			all = append(all, strings.TrimSpace(x.Thread+" "+string(x.Act)+" "+x.On))
		}
	}
	return all
}

// stands compares what stands in the group: each must begin with its part, or hold it behind "…".
func (r *rig) stands(parts ...string) {
	r.t.Helper()
	got := r.room()
	if len(got) != len(parts) {
		r.t.Fatalf("%d in the room, want %d:\n%s", len(got), len(parts), strings.Join(got, "\n---\n"))
	}
	for i, part := range parts {
		begin, holds, _ := strings.Cut(part, "…")
		if !strings.HasPrefix(got[i], begin) || !strings.Contains(got[i], holds) {
			r.t.Errorf("%d is %q, want %q", i, got[i], part)
		}
	}
}

// threads are the topics that were asked for and not refused, by the beginning of their name.
func (r *rig) thread(name string) string {
	r.t.Helper()
	for i, x := range slices.Backward(r.all()) {
		if x.Act == bots.OpenTopicAct && strings.HasPrefix(x.Text, name) {
			return fmt.Sprint(1001 + i)
		}
	}
	r.t.Fatalf("no topic begins with %q", name)
	return ""
}

// writes is a message of the team in a topic.
func (r *rig) writes(thread, message, text string) {
	r.t.Helper()
	r.inGroup(bots.Event{Kind: bots.Wrote, Thread: thread, MessageID: message, Text: text})
}

func TestTopics(t *testing.T) {
	for name, story := range map[string]func(*rig){
		"a conversation has one topic, with a card that is pinned": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Second)
			r.stands("open Олена · Коли згорять?", "1001: 👤 Олена\nTelegram…💬 Telegram\nКоли згорять?", "1001 pin 1002")
			if card := r.all()[1]; len(card.Buttons) != 4 || card.Buttons[0].Data != fallback.ActTake {
				r.t.Errorf("the card has %+v", card.Buttons)
			}
			r.says("telegram:42", "Олена", "Алло?")
			r.pass(time.Minute)
			r.stands("open", "1001:", "1001 pin", "1001: 💬 Telegram\nАлло?")
		},
		"what is written in a topic goes to its customer after the hold": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Second)
			r.forget()
			r.writes("1001", "500", "За рік")
			r.pass(2 * time.Second)
			if got := r.to(bots.Telegram); len(got) != 0 {
				r.t.Fatalf("the customer has %q within the hold", got)
			}
			r.pass(2 * time.Second)
			if got := r.to(bots.Telegram); len(got) != 1 || got[0] != "За рік" {
				r.t.Fatalf("the customer has %q", got)
			}
			r.shows("500 ✍", "500 👌")
		},
		"an undo takes it back": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Second)
			r.forget()
			r.writes("1001", "500", "За рік")
			r.pass(time.Second)
			r.writes("1001", "501", "/undo")
			r.pass(time.Minute)
			if got := r.to(bots.Telegram); len(got) != 0 {
				r.t.Errorf("the customer has %q", got)
			}
			r.shows("500 ✍", "500 👎", "501 👌")
			r.stands()
		},
		"a topic that somebody deleted is made again, and nothing is lost": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.forget()
			r.mu.Lock()
			r.senders[bots.Staff].answer = []error{&bots.SendError{Fault: bots.Rejected, Code: bots.NoTopic}}
			r.mu.Unlock()
			r.says("telegram:42", "Олена", "Алло?")
			r.pass(2 * time.Second)
			r.stands("1001: 💬 Telegram\nАлло?", "open Олена · Алло?", r.thread("Олена")+": 👤 Олена…Коли згорять?\n\n💬 Telegram\nАлло?", r.thread("Олена")+" pin")
			r.says("telegram:42", "Олена", "Ще")
			r.pass(time.Minute)
			if got := r.room(); len(got) != 5 || !strings.HasPrefix(got[4], r.thread("Олена")+": ") {
				r.t.Errorf("the room is %q", got)
			}
		},
		"a press is answered, and the card says so": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			card := r.all()[1]
			r.forget()
			r.inGroup(bots.Event{Kind: bots.Pressed, Thread: "1001", On: "1002", Step: card.Step, Data: fallback.ActTake, Query: "q1"})
			r.pass(time.Minute)
			if want := []string{"q1 Розмова ваша."}; !slices.Equal(r.toasts, want) {
				r.t.Errorf("toasts %q, want %q", r.toasts, want)
			}
			r.stands("1001 edit 1002")
			if x := r.all()[0]; !strings.Contains(x.Text, "веде Iryna") || !strings.Contains(x.Text, "Коли згорять?") || x.Buttons[0].Data != fallback.ActRelease {
				r.t.Errorf("the card is %q with %+v", x.Text, x.Buttons)
			}
		},
		"a conversation that is closed closes its topic, and the next message opens both": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.forget()
			r.writes("1001", "501", "/close")
			r.pass(time.Minute)
			r.stands("1001 close_topic", "1001 edit 1002")
			r.shows("501 👌")
			r.forget()
			r.says("telegram:42", "Олена", "Ще питання")
			r.pass(time.Minute)
			if got := r.room(); len(got) != 3 || got[0] != "1001 reopen_topic" || got[1] != "1001: 💬 Telegram\nЩе питання" {
				r.t.Errorf("the room is %q", got)
			}
		},
		"without topics it goes on as in any group, and says so once": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.forget()
			r.mu.Lock()
			r.senders[bots.Staff].answer = []error{&bots.SendError{Fault: bots.Rejected, Code: bots.NoForum}}
			r.mu.Unlock()
			r.says("telegram:43", "Петро", "Де ви?")
			r.pass(time.Minute)
			r.says("telegram:42", "Олена", "Алло?")
			r.pass(time.Minute)
			got := r.room()
			slices.Sort(got[1:min(3, len(got))]) // they go in one moment
			r.hold(got, "open Петро", ": Петро · Telegram\nДе ви?", ": Теми вимкнено", "Алло?")
			r.inGroup(bots.Event{Kind: bots.Wrote, Thread: "1001", MessageID: "700", Text: "// знову"})
			r.pass(time.Minute)
			r.says("telegram:44", "Ігор", "Привіт, є питання")
			r.pass(time.Minute)
			if got := r.room(); len(got) != 8 || !strings.HasPrefix(got[4], ": Теми ввімкнено") || !strings.HasPrefix(got[5], "open Ігор") {
				r.t.Errorf("the room is %q", got)
			}
		},
		"whoever may make no topics says so once, and posts in the group meanwhile": func(r *rig) {
			refusal := &bots.SendError{Fault: bots.Rejected, Code: bots.NoRights}
			r.mu.Lock()
			r.senders[bots.Staff].answer = []error{refusal, nil, nil, nil, refusal}
			r.mu.Unlock()
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.says("telegram:43", "Петро", "Де ви?")
			r.pass(time.Minute)
			got := r.room()
			slices.Sort(got[1:min(3, len(got))]) // they go in one moment
			r.hold(got, "open Олена", ": Олена · Telegram\nКоли згорять?", ": Я не можу створювати теми", ": Петро · Telegram\nДе ви?")
			r.pass(barredFor)
			r.says("telegram:43", "Петро", "Алло?")
			r.pass(time.Minute)
			r.says("telegram:44", "Ігор", "Є питання")
			r.pass(barredFor)
			if got := r.room(); len(got) != 7 || !strings.HasPrefix(got[4], "open Петро") || !strings.HasPrefix(got[5], ": Петро") || !strings.HasPrefix(got[6], ": Ігор") {
				r.t.Errorf("the room is %q", got)
			}
		},
		"what staff ask is answered in the topic": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.forget()
			for i, c := range []string{"/who", "/history", "/cascade", "/help", "/dance", "/assign Нікому", "/snooze колись", "/send fax привіт"} {
				r.writes("1001", fmt.Sprint(600+i), c)
				r.pass(time.Minute)
			}
			r.writes("", "650", "/who")
			r.pass(time.Minute)
			got := slices.DeleteFunc(r.room(), func(s string) bool { return strings.HasPrefix(s, "1001 edit") })
			r.hold(got, "Розсилки: згоди немає", "👤: Коли згорять?", "1001: Нічого немає.", "1001: Усе, що ви пишете", "1001: Команди /dance немає.",
				"1001: ⚠ Не зрозуміло", "1001: ⚠ Такого каналу немає. «fax»", ": ⚠ Це робиться в темі клієнта.")
		},
		"a file of a customer follows its line as it is": func(r *rig) {
			r.says("telegram:42", "Олена", "ось чек", func(e *bots.Event) { e.Media, e.MessageID = []bots.Media{{Type: "photo", ID: "f1"}}, "88" })
			r.pass(time.Second)
			got := r.room()
			if len(got) != 4 || !slices.Contains(got, "1001 copy 88") {
				r.t.Fatalf("the room is %q", got)
			}
			i := slices.Index(got, "1001 copy 88")
			if x := r.all()[i]; x.From != (bots.Address{Channel: bots.Telegram, ID: "42"}) {
				r.t.Errorf("it is copied from %v", x.From)
			}
		},
		"a crash neither loses nor doubles": func(r *rig) {
			for i := range 5 {
				r.says(fmt.Sprint("telegram:", 50+i), fmt.Sprint("К", i), "Є питання")
				r.stop()
				r.begin()
			}
			r.pass(5 * time.Minute)
			opens, lines := 0, 0
			for _, s := range r.room() {
				if strings.HasPrefix(s, "open ") {
					opens++
				}
				if strings.HasSuffix(s, "💬 Telegram\nЄ питання") {
					lines++
				}
			}
			if opens != 5 || lines != 5 {
				r.t.Errorf("%d topics and %d lines, want 5 of each: %q", opens, lines, r.room())
			}
		},
		"an answer that failed can go by the person's other messenger, once": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
				c := tx.Contact(tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}))
				c.Set(bots.Address{Channel: bots.Viber, ID: "v42"}, bots.Active, tx.Now())
				tx.PutContact(c)
				return nil
			})
			if err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
			r.forget()
			r.mu.Lock()
			r.senders[bots.Telegram].answer = []error{&bots.SendError{Fault: bots.Rejected, Code: "400"}}
			r.mu.Unlock()
			r.writes("1001", "500", "За рік")
			r.pass(time.Minute)
			x := r.all()[len(r.all())-1]
			if len(x.Buttons) != 1 || x.Buttons[0].Data != "send:viber" || !strings.Contains(x.Text, "відповідь не доставлено") {
				r.t.Fatalf("the failure is %q with %+v", x.Text, x.Buttons)
			}
			for i := range 2 {
				r.inGroup(bots.Event{Kind: bots.Pressed, Thread: "1001", On: "1002", Step: x.Step, Data: "send:viber", Query: fmt.Sprint("q", i)})
				r.pass(time.Minute)
			}
			if got := r.to(bots.Viber); len(got) != 1 || got[0] != "За рік" {
				r.t.Errorf("Viber has %q", got)
			}
		},
		"somebody else's answer is told": func(r *rig) {
			r.says("telegram:42", "Олена", "Коли згорять?")
			r.pass(time.Minute)
			r.forget()
			r.writes("1001", "500", "За рік")
			r.inGroup(bots.Event{Kind: bots.Wrote, Thread: "1001", MessageID: "501", Text: "За два", By: "778", Name: "Petro"})
			r.pass(time.Minute)
			r.stands("1001: ⚠ Щойно вже відповів(-ла): Iryna.")
		},
	} {
		t.Run(name, func(t *testing.T) { amongTopics(t, story) })
	}
}

// TestABurstAmongTopics: forty people write in one moment. The first fifteen have a topic within a second, nobody has two, no minute has
// more than nineteen posts, who wrote first comes first, and all is there in the time that the bound allows: two posts each.
func TestABurstAmongTopics(t *testing.T) {
	amongTopics(t, func(r *rig) {
		const people = 40
		begin := time.Now()
		for i := range people {
			r.says(fmt.Sprint("telegram:", 100+i), fmt.Sprintf("К%02d", i), "Є питання")
		}
		r.pass(time.Second)
		opens := 0
		for _, s := range r.room() {
			if strings.HasPrefix(s, "open ") {
				opens++
			}
		}
		if opens < 15 {
			t.Errorf("%d topics within a second", opens)
		}
		r.says("telegram:100", "К00", "І ще")
		r.pass(time.Duration(2*(people+1)/19+1) * time.Minute)
		var at []time.Time
		var order []string
		for _, x := range r.all() {
			if x.name != bots.Staff || x.Act == bots.PinAct {
				continue
			}
			at = append(at, begin.Add(x.at))
			if x.Act == bots.OpenTopicAct {
				order = append(order, x.Text)
			}
		}
		for i, name := range order { // those that go in one moment go in any order
			var n int
			if _, err := fmt.Sscanf(name, "К%02d", &n); err != nil || n > i+maxOpening || n < i-maxOpening {
				t.Errorf("%q is topic %d", name, i)
			}
		}
		slices.Sort(order)
		if len(slices.Compact(order)) != people {
			t.Errorf("the topics are %q", order)
		}
		for i := range at {
			n := 0
			for j := i; j < len(at) && at[j].Sub(at[i]) < time.Minute; j++ {
				n++
			}
			if n > 19 {
				t.Fatalf("%d posts in one minute", n)
			}
		}
		if want := 2*people + 1; len(at) != want {
			t.Errorf("%d posts, want %d:\n%s", len(at), want, strings.Join(r.room(), "\n---\n"))
		}
	})
}

func TestWordsOfTopicsAreInAllLanguages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uk, ru, en := ukrainianTopics(), russianTopics(), englishTopics()
		for name, all := range map[string][3]map[string]string{
			"states": {uk.states, ru.states, en.states}, "consents": {uk.consents, ru.consents, en.consents}, "buttons": {uk.buttons, ru.buttons, en.buttons},
			"toasts": {uk.toasts, ru.toasts, en.toasts}, "refused": {uk.refused, ru.refused, en.refused},
		} {
			for key, text := range all[2] {
				for i := range all {
					if all[i][key] == "" || text == "" {
						t.Errorf("%s: language %d lacks %q", name, i, key)
					}
				}
			}
			if len(all[0]) != len(all[2]) || len(all[1]) != len(all[2]) {
				t.Errorf("%s: %d, %d and %d words", name, len(all[0]), len(all[1]), len(all[2]))
			}
		}
	})
}
