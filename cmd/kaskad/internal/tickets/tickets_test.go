package tickets

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const anna = "telegram:42" // a customer

func TestTickets(t *testing.T) {
	for name, story := range map[string]func(*rig){
		"both get what a customer writes, under one number, and who answers leads": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Де моє замовлення?")
			r.reads(olena, "№1 · Анна · Telegram\nДе моє замовлення?")
			r.reads(petro, "№1 · Анна · Telegram\nДе моє замовлення?")
			r.says(petro, "", "Їде", r.quoting(petro))
			r.reads(anna, "Їде")
			r.reads(petro, "👌")
			r.reads(olena, "№1 веде Петро")
			if last := r.to(petro)[len(r.to(petro))-1]; last.Act != bots.ReactAct || last.On == "" {
				r.t.Errorf("the sign is %+v", last.Outgoing)
			}
			r.says(anna, "Анна", "А коли?")
			r.reads(petro, "№1 · Анна · Telegram\n↪ після «Петро: Їде»")
			r.reads(olena)
		},
		"a command about nobody knows which is told so, and a list of nothing says that alone": func(r *rig) {
			r.team()
			r.says(olena, "", "/tickets")
			r.reads(olena, "Відкритих розмов немає.")
			if text := r.to(olena)[len(r.to(olena))-1].Text; text != "Відкритих розмов немає." {
				r.t.Errorf("the list is %q", text)
			}
			r.says(anna, "Анна", "Де моє замовлення?")
			r.reads(olena, "№1")
			for _, c := range []struct{ text, want string }{
				{"/close", "⚠ Незрозуміло, про яку розмову. Додайте номер («/close 12»), процитуйте повідомлення клієнта або виберіть:"},
				{"/who 9", "⚠ №9 у вас немає."}, {"9: текст", "⚠ Нікому не надіслано: №9 у вас немає."}, {"текст", "⚠ Нікому не надіслано: незрозуміло, кому."},
			} {
				r.says(olena, "", c.text)
				r.reads(olena, c.want)
				if text := r.to(olena)[len(r.to(olena))-1].Text; !strings.HasPrefix(text, c.want) {
					r.t.Errorf("%s is answered with %q", c.text, text)
				}
			}
		},
		"who has no name is called by what a card shows of the phone, and /phone tells the whole": func(r *rig) {
			r.team()
			r.says("sms:+380501112233", "", "Передзвоніть")
			r.reads(olena, "№1 · +380 ••• 2233 · SMS\nПередзвоніть")
			r.says(olena, "", "/take 1")
			r.reads(olena, "✓ №1 +380 ••• 2233 – ваша розмова")
			r.says(olena, "", "/phone 1")
			r.reads(olena, "📞 +380501112233")
		},
		"a second customer has another number, and each answer its own addressee": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(olena, "№1 · Анна", "№2 · Богдан")
			r.says(olena, "", "2: відповідь")
			r.reads("telegram:43", "відповідь")
			r.reads(anna)
			r.reads(olena, "✓ №2 Богдан")
			if all := r.to(olena); len(all[len(all)-1].Buttons) != 2 || len(all[len(all)-2].Buttons) != 4 {
				r.t.Errorf("the keyboards are %v and %v", all[len(all)-2].Buttons, all[len(all)-1].Buttons)
			}
			if all := r.to(petro); len(all[len(all)-2].Buttons) != 3 { // more would be a list there
				r.t.Errorf("the buttons are %v", all[len(all)-2].Buttons)
			}
			r.says(olena, "", "кому?")
			r.reads(olena, "Нікому не надіслано")
			r.presses(olena, 1) // the newest comes first
			r.reads(olena, "піде сюди – №1 Анна")
			r.says(olena, "", "тобі")
			r.reads(anna, "тобі")
			r.reads(olena, "✓ №1 Анна")
		},
		"who has a conversation gets it alone, and whoever it is given to sees what it is about": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says(olena, "", "/take 1")
			r.reads(olena, "№1", "✓ №1 Анна – ваша розмова")
			r.reads(petro, "№1", "№1 веде Олена")
			r.says(anna, "Анна", "Друге")
			r.reads(olena, "Друге")
			r.reads(petro)
			r.says(olena, "", "/assign 1 Петро")
			r.reads(olena, "✓ №1 Анна – передано")
			r.reads(petro, "№1 веде Петро")
			r.says(anna, "Анна", "Третє")
			r.reads(petro, "Третє")
			r.reads(olena)
		},
		"somebody who never saw a ticket and is given it gets the lines that wait": func(r *rig) {
			r.join("Олена", olena, fallback.Agent)
			r.reads(olena, "тепер сюди приходять")
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.join("Петро", petro, fallback.Lead)
			r.reads(petro, "тепер сюди приходять")
			r.says(olena, "", "/assign 1 Петро")
			r.reads(petro, "№1 · Анна · Telegram\nПерше")
			r.says(petro, "", "1: так")
			r.reads(anna, "так")
		},
		"who answers in the group is told of, once": func(r *rig) {
			group := bots.Address{Channel: bots.Staff, ID: "-100500"}
			r.rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted}, Senders: []string{bots.Staff}}
			r.stop()
			r.begin()
			r.team()
			r.update(func(tx fallback.Tx) error { return fallback.FixStaffRoom(tx, "", group.ID) })
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			who := r.find(anna)
			if err := r.engine.Staff(r.t.Context(), r.store, func(tx fallback.Tx, post fallback.Poster) error {
				room, err := fallback.ReadStaffRoom(tx, "")
				if err == nil {
					_, err = post(room.Contact, "Анна", fallback.Post{Contact: who})
				}
				return err
			}); err != nil {
				r.t.Fatal(err)
			}
			r.pass(2 * time.Second)
			post := r.to(group.String())[0]
			for range 2 {
				r.says(group.String(), "Iryna", "так", func(e *bots.Event) { e.Channel, e.By, e.On = bots.Telegram, "777", post.id })
			}
			r.reads(anna, "так", "так")
			r.reads(olena, "№1 веде Iryna")
			r.reads(petro, "№1", "№1 веде Iryna")
		},
		"whoever waits has another number when one person is two again": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(petro, "№1 · Анна", "№2 · Богдан")
			ask := fallback.MergeAsk{Keep: bots.Ref{Kind: "id", Value: r.find("telegram:43").String()}, From: bots.Ref{Kind: "id", Value: r.find(anna).String()}}
			r.update(func(tx fallback.Tx) error { _, err := fallback.Merge(tx, ask, r.rules); return err })
			r.says(anna, "Анна", "Третє")
			r.reads(petro, "№1 – той самий клієнт", "№2 · Богдан")
			r.update(func(tx fallback.Tx) error { _, err := fallback.Unmerge(tx, ask, r.rules); return err })
			r.pass(2 * time.Second)
			r.reads(petro, "№3 · Анна", "№4 · Богдан")
			r.says(petro, "", "1: Анні")
			r.says(petro, "", "2: Богданові")
			r.reads(anna)
			r.reads("telegram:43")
		},
		"of two customers who are one person one number stays, and the other is free after a day": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(olena, "№1 · Анна", "№2 · Богдан")
			r.reads(petro, "№1 · Анна", "№2 · Богдан")
			old := r.to(petro)[len(r.to(petro))-2] // of №1
			r.merges("telegram:43", anna)
			r.reads(olena, "№1 – той самий клієнт, що №2 Богдан")
			r.reads(petro, "№1 – той самий клієнт, що №2 Богдан")
			r.says(petro, "", "1: Анні") // it means nobody any more
			r.reads(petro, "№1 у вас немає")
			r.says(petro, "", "Вам обом", func(e *bots.Event) { e.On = old.id })
			r.says(petro, "", "2: і ще")
			r.reads(anna, "Вам обом") // where what is quoted was written
			r.reads("telegram:43", "і ще")
			r.says("telegram:44", "Віра", "Третє")
			r.pass(time.Minute)
			if got := r.numberOf("telegram:44"); got != 3 {
				r.t.Errorf("the next customer has №%d on the same day, want 3", got)
			}
			r.pass(fallback.TicketRest)
			r.says("telegram:45", "Ганна", "Четверте")
			r.pass(time.Minute)
			if got := r.numberOf("telegram:45"); got != 1 {
				r.t.Errorf("the next customer has №%d a day later, want 1", got)
			}
		},
		"at night nobody is told that two customers are one person: in the morning": func(r *rig) {
			r.night()
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(petro, "№1 · Анна", "№2 · Богдан")
			r.pass(time.Hour)
			r.merges("telegram:43", anna)
			r.reads(petro)
			r.pass(9 * time.Hour)
			r.reads(petro, "№1 – той самий клієнт, що №2 Богдан")
		},
		"the open number stays, and nobody is told that a closed one is free": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says("telegram:43", "Богдан", "Друге")
			r.says(petro, "", "/close 2")
			r.pass(time.Second)
			r.reads(petro, "№1 · Анна", "№2 · Богдан", "👌")
			r.merges("telegram:43", anna)
			r.says(anna, "Анна", "Третє")
			r.reads(petro, "№1 · Богдан")
		},
		"a file follows its words where the member's channel takes it, and is named alone elsewhere": func(r *rig) {
			on := r.rules.Channels[bots.WhatsAppCloud]
			on.Carries, on.MaxFile = []string{"photo", "document", "sticker"}, 5<<20
			r.rules.Channels[bots.WhatsAppCloud] = on
			r.team()
			sends := func(all ...bots.Media) func(*bots.Event) { return func(e *bots.Event) { e.Media = all } }
			r.says(anna, "Анна", "Ось чек", sends(bots.Media{Type: "photo", ID: "f1"}, bots.Media{Type: "document", ID: "f2", Name: "a.pdf"}))
			r.reads(olena, "Ось чек")
			r.reads(petro, "№1 · Анна · Telegram", "№1 · Анна 📎", "№1 · Анна 📎")
			r.says(anna, "Анна", "Ще", sends(bots.Media{Type: "document", ID: "f3", Size: 6 << 20}, bots.Media{Type: "sticker", ID: "f4"}, bots.Media{Type: "voice", ID: "f5"}))
			r.reads(petro, "Ще")
			r.says(petro, "", "Бачу чек", r.quoting(petro))
			r.reads(anna, "Бачу чек")
		},
		"who wrote first has the first number, also of those whose messages come in one call": func(r *rig) {
			const people = 20
			r.team()
			at, b := time.Now().Truncate(time.Second), bots.Batch{}
			for i := range people {
				r.events++
				b.Events = append(b.Events, bots.Event{
					ID: fmt.Sprint("event:", r.events), Kind: bots.Wrote, Channel: bots.Telegram, Chat: bots.Address{Channel: bots.Telegram, ID: fmt.Sprint(100 + i)},
					Name: fmt.Sprintf("К%02d", i), Text: "Де замовлення?", MessageID: fmt.Sprint(5000 + r.events), At: at,
				})
			}
			r.store.slow = func(e bots.Event) time.Duration { // who wrote first is stored last
				var n time.Duration
				fmt.Sscan(e.Chat.ID, &n)
				return (120 - n) * 30 * time.Millisecond
			}
			if err := r.engine.Receive(r.t.Context(), b); err != nil {
				r.t.Fatal(err)
			}
			r.pass(10 * time.Minute)
			var want []string
			for i := range people {
				want = append(want, fmt.Sprintf("№%d · К%02d", i+1, i))
			}
			r.reads(petro, want...)
		},
		"thanks, emoji and what the program answers need nobody": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Дякую!")
			r.says(anna, "Анна", "👍")
			r.says(anna, "Анна", "стоп")
			r.reads(olena)
			r.reads(petro)
		},
		"nobody is woken: what comes at night waits for the morning, as one ticket": func(r *rig) {
			r.night()
			r.team()
			r.pass(time.Hour)
			r.says(anna, "Анна", "Перше")
			r.says(anna, "Анна", "Друге")
			r.pass(8 * time.Hour)
			r.reads(olena)
			r.says(olena, "", "/help") // who asks is answered at night, too
			r.reads(olena, "12: текст")
			r.pass(time.Hour)
			r.reads(olena, "Перше\nДруге")
			r.reads(petro, "Перше\nДруге")
		},
		"what was answered elsewhere before it could be shown is shown to nobody": func(r *rig) {
			r.night()
			r.team()
			r.pass(time.Hour)
			r.says(anna, "Анна", "Перше")
			if _, err := r.engine.Reply(r.t.Context(), r.store, fallback.Reply{Contact: r.find(anna), Text: "так", Author: "Iryna"}); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Second)
			r.reads(anna, "так")
			r.says(anna, "Анна", "А коли?")
			r.pass(12 * time.Hour)
			r.reads(olena, "№1 · Анна · Telegram\n↪ після «Iryna: так»")
		},
		"who answers at night wakes nobody": func(r *rig) {
			r.night()
			r.team()
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.reads(petro, "№1")
			r.pass(time.Hour)
			r.says(olena, "", "1: так")
			r.reads(anna, "так")
			r.reads(olena, "✓ №1 Анна")
			r.pass(12 * time.Hour)
			r.reads(petro)
		},
		"who is away gets nothing, and all wait while everybody is": func(r *rig) {
			r.team()
			r.says(olena, "", "/away 2h")
			r.reads(olena, "✓ записано")
			r.says(anna, "Анна", "Перше")
			r.reads(olena)
			r.reads(petro, "№1")
			r.says(petro, "", "/away 3h")
			r.reads(petro, "👌")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(petro)
			r.pass(2 * time.Hour)
			r.reads(olena, "№2")
			r.reads(petro)
		},
		"a window that is closed shuts nobody's mouth: the other gets it, and the list says who does not": func(r *rig) {
			r.team()
			r.pass(25 * time.Hour)
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.reads(petro)
			r.store.View(func(v fallback.View) {
				team, _ := fallback.ReadTeam(v)
				if _, why := fallback.MemberChannels(v, team.MemberNamed("Петро"), r.rules); why != fallback.ReasonWindow {
					r.t.Errorf("Petro cannot be reached: %q", why)
				}
			})
			r.says(petro, "", "/tickets")
			r.reads(petro, "Відкритих розмов немає.")
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(petro, "№2")
		},
		"while nobody can be reached lines wait, the gateway says so, and they come when somebody is back": func(r *rig) {
			r.join("Петро", petro, fallback.Lead)
			r.reads(petro, "тепер сюди приходять")
			r.pass(25 * time.Hour)
			r.says(anna, "Анна", "Перше")
			r.pass(time.Hour)
			r.reads(petro)
			if _, stuck := r.clerk.Stuck(); !stuck {
				r.t.Error("nobody is told that customers wait")
			}
			r.says(petro, "", "/help")
			r.pass(time.Minute)
			r.reads(petro, "12: текст", "№1 · Анна")
			if _, stuck := r.clerk.Stuck(); stuck {
				r.t.Error("it is still told that customers wait")
			}
		},
		"a post that no channel takes is posted anew where nobody else has the lines": func(r *rig) {
			r.join("Олена", olena, fallback.Agent)
			r.reads(olena, "тепер сюди приходять")
			r.senders[bots.Viber].answer = []error{&bots.SendError{Fault: bots.Rejected}}
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1 · Анна · Telegram\nПерше")
		},
		"an answer that does not arrive is told, and goes on another channel by a button": func(r *rig) {
			r.team()
			r.update(func(tx fallback.Tx) error {
				c := &bots.Contact{ID: tx.NewID(), Name: "Анна", Phone: "+380501112233", Created: tx.Now()}
				c.Set(bots.Address{Channel: bots.Telegram, ID: "42"}, bots.Active, tx.Now())
				c.Set(bots.Address{Channel: bots.SMS, ID: "+380501112233"}, bots.Unverified, tx.Now())
				tx.PutContact(c)
				return nil
			})
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.senders[bots.Telegram].answer = []error{&bots.SendError{Fault: bots.Rejected}}
			r.says(olena, "", "1: відповідь")
			r.reads(olena, "💔 №1 Анна: відповідь не доставлено")
			r.presses(olena, 0)
			r.reads("sms:+380501112233", "відповідь")
			r.reads(anna)
		},
		"what waits outlives a crash, and nothing is posted twice": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.stop()
			r.begin()
			r.pass(time.Minute)
			r.reads(olena)
			r.says("telegram:43", "Богдан", "Друге")
			r.reads(olena, "№2")
		},
		"who waits for long is told of, to the assignee and then to the leads": func(r *rig) {
			r.rules.Staff.Times = fallback.StaffTimes{Remind: 15 * time.Minute, Escalate: time.Hour}
			r.team()
			r.says(anna, "Анна", "Перше")
			r.says(olena, "", "/take 1")
			r.reads(olena, "№1", "✓")
			r.reads(petro, "№1", "№1 веде Олена")
			r.pass(16 * time.Minute)
			r.reads(olena, "⏰ №1: Анна чекає")
			r.reads(petro)
			r.pass(time.Hour)
			r.reads(petro, "⏰ №1: Анна чекає")
			r.reads(olena)
		},
		"of many who wait there is one reminder": func(r *rig) {
			r.rules.Staff.Times = fallback.StaffTimes{Remind: 15 * time.Minute}
			r.team()
			for i := range 12 {
				r.says(fmt.Sprint("telegram:5", i), fmt.Sprint("К", i), "Перше")
			}
			r.read[olena] = len(r.to(olena))
			r.pass(17 * time.Minute)
			got := r.to(olena)[r.read[olena]:]
			if n := len(got); n == 0 || n > 3 {
				r.t.Fatalf("%d reminders: %v", n, got)
			}
			if last := got[len(got)-1].Text; strings.Count(last, "⏰") < 2 || !strings.Contains(last, "К11 чекає") && !strings.Contains(last, "і ще") {
				r.t.Errorf("the last is %q", last)
			}
			r.says(olena, "", "1: так")
			r.reads("telegram:50", "так")
		},
		"who is erased is in no ticket any more": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Таємниця")
			r.reads(olena, "Таємниця")
			r.says(olena, "", "кому?")
			r.says(olena, "", "1: так")
			r.says(olena, "", "/who 1")
			r.reads(olena, "Нікому не надіслано", "✓ №1 Анна", "№1 Анна")
			who := r.find(anna)
			if err := r.erase(who); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
			r.says(olena, "", "/tickets")
			r.reads(olena, "Відкритих розмов немає")
			r.says(olena, "", "1: відповідь")
			r.reads(olena, "Цього клієнта більше немає")
			r.store.View(func(v fallback.View) {
				team, _ := fallback.ReadTeam(v)
				for _, place := range team.Places {
					v.DeliveriesOf(place, func(id bots.ID, _ uint64) bool {
						if d := v.Delivery(id); strings.Contains(d.Text, "Таємниця") || strings.Contains(d.Text, "Анна") {
							r.t.Errorf("what they wrote stands in %s", d.Text)
						}
						return true
					})
				}
			})
		},
		"whoever is removed reads nothing more": func(r *rig) {
			r.team()
			r.says(anna, "Анна", "Перше")
			r.reads(olena, "№1")
			r.update(func(tx fallback.Tx) error {
				_, err := fallback.RemoveMember(tx, fallback.Doer{Name: "local"}, "Олена")
				return err
			})
			r.says(anna, "Анна", "Друге")
			r.says(olena, "Олена", "1 я ще тут")
			r.reads(olena)
			r.reads(anna)
			r.reads(petro, "№1", "Друге", "№2 · Олена · Viber\n1 я ще тут") // a customer like any other
		},
	} {
		t.Run(name, func(t *testing.T) { play(t, story) })
	}
}
