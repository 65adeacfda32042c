package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var stories = map[string]func(*rig){
	"a customer's message is posted with who and where": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Коли спишуться бали?")
		r.says("viber:v7", "Ігор", "Де замовлення?")
		r.says("sms:+380501112233", "", "Передзвоніть")
		r.pass(time.Minute)
		r.posted("Олена · Telegram\nКоли спишуться бали?", "Ігор · Viber\nДе замовлення?", "+380501112233 · SMS\nПередзвоніть")
	},
	"before there is a room nothing is posted, and not afterwards either": func(r *rig) {
		r.says("telegram:42", "Олена", "Є хто?")
		r.pass(time.Minute)
		r.bind()
		r.pass(time.Minute)
		r.posted()
	},
	"what members do in chats of their own is not answered in the group": func(r *rig) {
		r.bind()
		if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
			_, err := fallback.PutMemberCode(tx, fallback.Doer{Name: "local"}, "Марія", "7k3m-q9zx-w2ht")
			return err
		}); err != nil {
			r.t.Fatal(err)
		}
		r.says("viber:v70", "Марія", "/staff 7k3m-q9zx-w2ht")
		r.says("telegram:42", "Олена", "Добрий день")
		r.pass(time.Minute)
		if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
			return fallback.WithTickets(tx, r.rules, &fallback.World{Boot: 1}, func(tx fallback.Tx, team *fallback.Team, book *fallback.TicketBook, post fallback.MemberPoster) error {
				customer := tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"})
				book.Give(tx, customer)
				_, err := post(book, team.MemberNamed("Марія"), "№1 Олена", fallback.Post{Contact: customer})
				return err
			})
		}); err != nil {
			r.t.Fatal(err)
		}
		r.pass(time.Minute)
		for _, text := range []string{"1: вітаю", "кому?", "/who 1", "/take 7", "/help"} {
			r.says("viber:v70", "Марія", text)
		}
		r.pass(time.Minute)
		if got := r.to(bots.Telegram); len(got) != 1 || got[0] != "вітаю" {
			r.t.Errorf("the customer reads %q", got)
		}
		r.posted("Олена · Telegram\nДобрий день")
		r.shows()
	},
	"thanks and keywords are recorded without a post": func(r *rig) {
		r.bind()
		for _, text := range []string{"Дякую!", "👍", "ок", "СТОП", "start"} {
			r.says("telegram:42", "Олена", text)
		}
		r.hear(bots.Event{Kind: bots.Pressed, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Data: "ok", On: "5"})
		r.hear(bots.Event{Kind: bots.Reacted, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Data: "👍", On: "5"})
		r.hear(bots.Event{Kind: bots.Started, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Text: "/start"})
		r.pass(time.Minute)
		r.posted()
	},
	"an answer to a delivery says which one": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Добрий день")
		step := r.sends("telegram:42", "Нараховано 120 балів, дійсні до неділі")
		r.says("telegram:42", "Олена", "А коли спишуться?", func(e *bots.Event) { e.Step = step })
		r.says("viber:v7", "Ігор", "Вітаю")
		r.sends("viber:v7", "Нараховано 50 балів")
		r.says("viber:v7", "Ігор", "Не бачу")
		r.pass(time.Minute)
		r.posted("Добрий день", "↪ у відповідь на «Нараховано 120 балів, дійсні до неділі» (01.01 12:01)\nА коли спишуться?", "Вітаю", "↪ після «Нараховано 50 балів»")
	},
	"what was written on the phone itself is told as what the customer answers": func(r *rig) {
		r.bind()
		r.says("whatsapp:+380501112233", "Олена", "Коли відкриєтесь?")
		r.pass(time.Second)
		chat := bots.Address{Channel: bots.WhatsApp, ID: "+380501112233"}
		r.hear(bots.Event{Kind: bots.ByOwner, Chat: chat, MessageID: "OWN1", Text: "О дев'ятій, дякуємо"})
		r.pass(time.Second)
		r.says("whatsapp:+380501112233", "Олена", "А в неділю?")
		r.pass(time.Minute) // else it is chance whether both stand in one post
		r.says("whatsapp:+380501112233", "Олена", "Ви тут?", func(e *bots.Event) { e.On = "OWN1" })
		r.pass(time.Minute)
		r.posted("Олена · WhatsApp\nКоли відкриєтесь?", "↪ після «з телефона: О дев'ятій, дякуємо» (01.01 12:01)\nА в неділю?", "↪ у відповідь на «з телефона: О дев'ятій, дякуємо» (01.01 12:01)\nВи тут?")
	},
	"what a customer takes back is told, unless it was nothing": func(r *rig) {
		r.bind()
		chat := bots.Address{Channel: bots.WhatsApp, ID: "+380501112233"}
		for i, text := range []string{"Моя картка 1234", "дякую"} {
			r.says("whatsapp:+380501112233", "Олена", text, func(e *bots.Event) { e.MessageID = fmt.Sprint("IN", i) })
			r.pass(time.Second)
			r.hear(bots.Event{Kind: bots.Deleted, Chat: chat, MessageID: fmt.Sprint("IN", i)})
			r.pass(time.Second)
		}
		r.hear(bots.Event{Kind: bots.Deleted, Chat: chat, MessageID: "of before"})
		r.pass(time.Minute)
		r.posted("Моя картка 1234", "Олена · WhatsApp\n✗ повідомлення видалено: «Моя картка 1234»", "✗ повідомлення видалено")
	},
	"what the bot was to answer and could not is shown": func(r *rig) {
		r.bind()
		r.hear(bots.Event{Kind: bots.Pressed, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Name: "Олена", Data: "hours", MessageID: "9"})
		who := bots.ID(0)
		r.store.View(func(v fallback.View) { who = v.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}) })
		r.pass(time.Minute)
		r.posted()
		leave := func(c bots.Change) {
			c.Contact, c.Channel = who, bots.Telegram
			if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error { fallback.LeaveToStaff(tx, c); return nil }); err != nil {
				r.t.Fatal(err)
			}
			r.pass(time.Minute)
		}
		last := bots.ID(0)
		r.store.View(func(v fallback.View) { last = v.Conversation(who).LastID })
		leave(bots.Change{Message: last, Reason: fallback.ReasonUnfit})
		r.posted("Олена · Telegram\n▸ натискає «Години роботи»")
		r.sends("telegram:42", "Графік")
		r.store.View(func(v fallback.View) {
			last = v.Message(v.LastSent(bots.Address{Channel: bots.Telegram, ID: "42"})).Delivery
		})
		leave(bots.Change{Delivery: last, Reason: fallback.ReasonUnfit})
		r.posted("Години роботи", "Олена: бот не зміг відповісти; людина чекає. Текст завеликий")
		r.answers("не зміг відповісти", "502", "Ми до восьмої")
		r.hold(r.to(bots.Telegram), "Графік", "Ми до восьмої")
	},
	"what people write is bounded, and cannot pass for ours": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена\nІгор · Viber", strings.Repeat("а", 5000))
		r.says("telegram:43", "<b>Петро</b>", "1 < 2 & <script>")
		r.says("telegram:44", "", "", func(e *bots.Event) {
			e.Media = []bots.Media{{Type: "document", Name: "чек\n.pdf"}, {Type: "hologram"}}
		})
		r.pass(time.Minute)
		r.posted("Олена Ігор · Viber · Telegram\nаа", "<b>Петро</b> · Telegram\n1 < 2 & <script>", "Клієнт · Telegram\n[файл чек.pdf] [файл]")
		if x := r.all()[0]; len([]rune(x.Text)) > 1700 || !strings.Contains(x.Text, "[скорочено, усього знаків: 5000]") {
			r.t.Errorf("the long one has %d characters", len([]rune(x.Text)))
		}
		if x := r.all()[1]; x.Markup != "&lt;b&gt;Петро&lt;/b&gt; · Telegram\n1 &lt; 2 &amp; &lt;script&gt;" {
			r.t.Errorf("the markup is %q", x.Markup)
		}
	},
	"what was written before the group got another id is shown in it": func(r *rig) {
		r.bind()
		r.stop() // the desk has not read it yet
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.hear(bots.Event{Kind: bots.Moved, Channel: bots.Telegram, Sender: bots.Staff, Chat: bots.Address{Channel: bots.Staff, ID: groupID}, Data: "-100777"})
		r.begin()
		r.pass(time.Minute)
		r.posted("Де замовлення?")
	},
	"lines of one person are joined when the budget is short, never lines of two": func(r *rig) {
		r.bind()
		for i := range 30 {
			r.says("telegram:42", "Олена", fmt.Sprintf("рядок %d.", i))
			r.says("viber:v7", "Ігор", fmt.Sprintf("питання %d.", i))
		}
		r.pass(10 * time.Minute)
		all := strings.Join(r.posts(), "\n")
		for i := range 30 {
			if strings.Count(all, fmt.Sprintf("рядок %d.", i)) != 1 || strings.Count(all, fmt.Sprintf("питання %d.", i)) != 1 {
				r.t.Errorf("line %d stands not once", i)
			}
		}
		if n := len(r.posts()); n > 10 {
			r.t.Errorf("%d posts for 60 lines", n)
		}
		for _, text := range r.posts() {
			if strings.Contains(text, "рядок") && strings.Contains(text, "питання") {
				r.t.Errorf("one post has lines of two: %q", text)
			}
		}
	},
	"never more than 20 posts in a minute": func(r *rig) {
		r.bind()
		for i := range 80 {
			r.says(fmt.Sprintf("telegram:%d", 1000+i), "Клієнт", fmt.Sprintf("питання %d.", i))
		}
		r.pass(20 * time.Minute)
		all := r.all()
		if len(all) != 80 {
			r.t.Errorf("%d posts, want 80", len(all))
		}
		for i := range all {
			if i >= 20 && all[i].at-all[i-20].at < time.Minute {
				r.t.Fatalf("21 posts in %s", all[i].at-all[i-20].at)
			}
			if i > 0 && !strings.Contains(all[i].Text, fmt.Sprintf("питання %d.", i)) {
				r.t.Errorf("post %d is %q: first come, first posted", i, all[i].Text)
			}
		}
	},
	"the reaction on an answer shows its way": func(r *rig) {
		r.bind()
		r.says("viber:v7", "Ігор", "Де замовлення?")
		r.pass(time.Second)
		r.answers("Де замовлення?", "500", "Вже їде")
		r.shows("500 👌")
		x := r.all()[1]
		if x.name != bots.Viber || x.Text != "Вже їде" {
			r.t.Fatalf("sent %+v", x)
		}
		for _, level := range []bots.Level{bots.Delivered, bots.Read} {
			r.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "v7", Step: x.Step, Level: level, At: time.Now()}})
			r.pass(time.Second)
		}
		r.shows("500 👌", "500 👍", "500 👀")
		r.posted("Де замовлення?")
	},
	"a failure says why, and offers SMS where that helps": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.hear(bots.Event{Kind: bots.Shared, Channel: bots.Telegram, Chat: bots.Address{Channel: bots.Telegram, ID: "42"}, Phone: "+380501112233"})
		r.pass(time.Second)
		r.fails(bots.Telegram, &bots.SendError{Fault: bots.Unreachable, Code: "403"})
		r.answers("Де замовлення?", "500", "Вже їде")
		r.pass(time.Minute)
		r.posted("Де замовлення?", "Олена: відповідь не доставлено. На цьому каналі")
		x := r.all()[2]
		if x.ReplyTo != "500" || len(x.Buttons) != 1 || x.Buttons[0].Data != fallback.PressSMS || x.Buttons[0].Text == "" {
			r.t.Fatalf("the failure is %+v", x.Outgoing)
		}
		r.shows("500 💔")
		for range 3 {
			r.hear(bots.Event{Kind: bots.Pressed, Chat: x.To, Sender: bots.Staff, Name: "Петро", On: "1003", Step: x.Step, Data: fallback.PressSMS})
			r.pass(time.Second)
		}
		if got := r.to("sms/main"); !slices.Equal(got, []string{"Вже їде"}) {
			r.t.Errorf("by SMS went %q", got)
		}
		r.shows("500 💔", "500 👌")
		r.answers("не доставлено", "501", "Пробую ще раз") // an answer to the failure is one to the customer
		if got := r.to(bots.Telegram); len(got) != 1 {
			r.t.Errorf("to a shut door went %q", got)
		}
	},
	"without a phone there is no button": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.fails(bots.Telegram, &bots.SendError{Fault: bots.Rejected, Code: "400"})
		r.answers("Де замовлення?", "500", "Вже їде")
		r.pass(time.Minute)
		r.posted("Де замовлення?", "Канал не прийняв")
		if x := r.all()[2]; len(x.Buttons) != 0 {
			r.t.Errorf("the failure offers %+v", x.Buttons)
		}
	},
	"an answer reported undelivered later is a failure, too": func(r *rig) {
		r.bind()
		r.says("viber:v7", "Ігор", "Де замовлення?")
		r.pass(time.Second)
		r.answers("Де замовлення?", "500", "Вже їде")
		r.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "v7", Step: r.all()[1].Step, Failed: true, Fault: bots.Unreachable, At: time.Now()}})
		r.pass(time.Minute)
		r.shows("500 👌", "500 💔")
		r.posted("Де замовлення?", "не доставлено")
	},
	"an answer whose outcome nobody told is said so": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.fails(bots.Telegram, &bots.SendError{Fault: bots.Uncertain})
		r.answers("Де замовлення?", "500", "Вже їде")
		r.pass(time.Hour)
		r.posted("Де замовлення?", "невідомо, чи дійшла")
		r.shows()
	},
	"only text goes out, and the room reads so": func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.answers("Де замовлення?", "500", "")
		r.pass(time.Minute)
		r.posted("Де замовлення?", "Не надіслано: клієнту йде лише текст")
		if x := r.all()[1]; x.ReplyTo != "500" {
			r.t.Errorf("the note answers %q", x.ReplyTo)
		}
		r.answers("лише текст", "501", "Вже їде")
		if got := r.to(bots.Telegram); !slices.Equal(got, []string{"Вже їде"}) {
			r.t.Errorf("went %q", got)
		}
	},
	"a post that may have arrived is posted once more, and says so": func(r *rig) {
		r.bind()
		r.fails(bots.Staff, &bots.SendError{Fault: bots.Uncertain})
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Hour)
		r.posted("Де замовлення?", "⚠ Можливо, це вже є вище")
		if !strings.Contains(r.posts()[1], "Де замовлення?") {
			r.t.Errorf("once more: %q", r.posts()[1])
		}
	},
	"a post that was answered has arrived": func(r *rig) {
		r.bind()
		r.fails(bots.Staff, &bots.SendError{Fault: bots.Uncertain})
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.answers("Де замовлення?", "500", "Вже їде")
		r.pass(time.Hour)
		r.posted("Де замовлення?")
	},
	"a post that the room refused comes again, later and later, and is given up in the end": func(r *rig) {
		r.bind()
		for range 10 {
			r.fails(bots.Staff, &bots.SendError{Fault: bots.Rejected, Code: "400"})
		}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(5 * time.Hour)
		if n := len(r.posts()); n != maxTries+1 {
			r.t.Errorf("%d tries, want %d", n, maxTries+1)
		}
		r.fine(bots.Staff)
		r.says("telegram:42", "Олена", "Агов?")
		r.pass(time.Hour)
		if got := r.posts(); !strings.Contains(got[len(got)-1], "Агов?") {
			r.t.Errorf("then came %q", got[len(got)-1])
		}
	},
	"what comes while Telegram is away is posted when it is back": func(r *rig) {
		r.stop()
		r.beats = true
		r.begin()
		r.bind()
		for _, down := range []*bots.SendError{{Fault: bots.Temporary}, {Fault: bots.Temporary, RetryAfter: 10 * time.Minute, Code: "429"}} {
			r.mu.Lock()
			r.senders[bots.Staff].down = down
			r.mu.Unlock()
			r.says("telegram:42", "Олена", "Де замовлення?")
			r.pass(90 * time.Minute)
			r.mu.Lock()
			r.senders[bots.Staff].down, r.sent = nil, nil
			r.mu.Unlock()
			r.pass(time.Hour)
			r.posted("Де замовлення?")
			r.mu.Lock()
			r.sent = nil
			r.mu.Unlock()
		}
	},
	"a room that the bot was put out of gets its lines when it is let in again": func(r *rig) {
		r.bind()
		room := bots.Address{Channel: bots.Staff, ID: groupID}
		r.hear(bots.Event{Kind: bots.Blocked, Chat: room})
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Hour)
		r.posted()
		if _, lost := r.desk.Lost(); !lost {
			r.t.Error("the room is not known to be lost")
		}
		r.hear(bots.Event{Kind: bots.Unblocked, Chat: room})
		r.pass(time.Minute)
		r.posted("Де замовлення?")
		if _, lost := r.desk.Lost(); lost {
			r.t.Error("the room is still lost")
		}
	},
	"a room that is gone without a word is lost with the first post, and loses none": func(r *rig) {
		r.bind()
		r.fails(bots.Staff, &bots.SendError{Fault: bots.Unreachable, Code: "403"})
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Hour)
		if _, lost := r.desk.Lost(); !lost || len(r.posts()) != 1 {
			r.t.Errorf("lost %t after %d posts", lost, len(r.posts()))
		}
		r.hear(bots.Event{Kind: bots.Unblocked, Chat: bots.Address{Channel: bots.Staff, ID: groupID}})
		r.pass(time.Hour)
		r.posted("Де замовлення?", "Де замовлення?")
	},
	"another room gets what waits, and the old one hears so": func(r *rig) {
		r.bind()
		if err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error { return fallback.FixStaffRoom(tx, "", "-200") }); err != nil {
			r.t.Fatal(err)
		}
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		got := map[string]string{}
		for _, x := range r.all() {
			got[x.To.ID] += x.Text + "\n"
		}
		if !strings.Contains(got[groupID], "Групою підтримки стала інша") || strings.Contains(got[groupID], "замовлення") || !strings.Contains(got["-200"], "Де замовлення?") {
			r.t.Errorf("the rooms read %q", got)
		}
	},
	"reactions that cannot be put are tried a few times, and hold up nothing": func(r *rig) {
		r.bind()
		r.mu.Lock()
		r.refuse = errors.New("no network")
		r.mu.Unlock()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.answers("Де замовлення?", "500", "Вже їде")
		r.says("telegram:43", "Ігор", "А моє?")
		r.pass(time.Minute)
		r.posted("Де замовлення?", "А моє?")
		r.mu.Lock()
		r.refuse = nil
		r.mu.Unlock()
		r.says("telegram:42", "Олена", "О, бачу")
		r.pass(time.Minute)
		r.shows("500 👀")
	},
	"a full disk is waited out": func(r *rig) {
		r.bind()
		r.store.mu.Lock()
		r.store.broken = fallback.ErrUnavailable
		r.store.mu.Unlock()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Minute)
		r.posted()
		r.store.mu.Lock()
		r.store.broken = nil
		r.store.mu.Unlock()
		r.pass(time.Minute)
		r.posted("Де замовлення?")
	},
	"when too much waits, the changes are read no further, and nothing is lost": func(r *rig) {
		r.bind()
		r.most = 60
		r.stop()
		r.begin()
		for i := range 600 {
			r.says(fmt.Sprintf("telegram:%d", 42+i%3), "Клієнт", fmt.Sprintf("рядок %d.", i))
		}
		r.pass(2 * time.Hour)
		all := strings.Join(r.posts(), "\n") + "\n"
		for i := range 600 {
			if n := strings.Count(all, fmt.Sprintf("рядок %d.\n", i)); n != 1 {
				r.t.Fatalf("line %d stands %d times", i, n)
			}
		}
	},
}

func TestDesk(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) { play(t, story) })
	}
}

// A crash at any moment neither loses a line nor posts it twice; one in the middle of a send leaves a post that says that it may
// be the second.
func TestCrashes(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 500 * time.Millisecond, 4 * time.Second, 7 * time.Second, 13 * time.Second, time.Minute} {
		t.Run(after.String(), func(t *testing.T) {
			play(t, func(r *rig) {
				r.bind()
				for i := range 12 {
					r.says(fmt.Sprintf("telegram:%d", 42+i%4), "Олена", fmt.Sprintf("рядок %d.", i))
				}
				r.pass(after)
				r.stop()
				for i := 12; i < 16; i++ {
					r.says(fmt.Sprintf("telegram:%d", 42+i%4), "Олена", fmt.Sprintf("рядок %d.", i)) // while we were away
				}
				r.begin()
				r.pass(time.Hour)
				all := strings.Join(r.posts(), "\n") + "\n"
				for i := range 16 {
					if n := strings.Count(all, fmt.Sprintf("рядок %d.\n", i)); n != 1 {
						t.Errorf("line %d stands %d times", i, n)
					}
				}
			})
		})
	}
}

func TestACrashInASend(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		r.mu.Lock()
		r.senders[bots.Staff].hang = true
		r.mu.Unlock()
		r.says("telegram:42", "Олена", "Де замовлення?")
		r.pass(time.Second)
		r.stop()
		r.begin()
		r.pass(time.Hour)
		r.posted("Де замовлення?", "⚠ Можливо, це вже є вище")
	})
}

// sends makes a delivery and returns our id of its message.
func (r *rig) sends(chat, text string) bots.ID {
	r.t.Helper()
	channel, id, _ := strings.Cut(chat, ":")
	step := fallback.Step{Channel: channel, Until: fallback.Until{Level: bots.Accepted}, Wait: time.Hour}
	_, err := r.store.Accept(r.t.Context(), &fallback.Request{
		To: bots.Ref{Kind: channel, Value: id}, Purpose: fallback.Urgent, Text: text,
		Cascade: fallback.Cascade{Steps: []fallback.Step{step}, Order: "listed", Deadline: time.Hour},
	}, r.rules, &fallback.World{Boot: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pass(2 * time.Minute)
	for _, x := range slices.Backward(r.all()) {
		if x.Text == text {
			return x.Step
		}
	}
	r.t.Fatalf("%q did not go out", text)
	return 0
}

func (r *rig) fails(name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.senders[name].answer = append(r.senders[name].answer, err)
}

func (r *rig) fine(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.senders[name].answer = nil
}
