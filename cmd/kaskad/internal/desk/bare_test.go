package desk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// shown lets Telegram take pictures, or leave them out.
func (r *rig) shown(bare bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.senders[bots.Telegram].bare = bare
}

// pictures sends a customer of Telegram an answer with a picture, as the API does; bare: Telegram leaves the picture out.
func (r *rig) pictures(ref, text, author string, bare bool) {
	r.t.Helper()
	r.answered(ref, text, author, bare)
	r.pass(time.Minute)
}

func (r *rig) answered(ref, text, author string, bare bool) {
	r.t.Helper()
	r.shown(bare)
	channel, id, _ := strings.Cut(ref, ":")
	var contact bots.ID
	r.store.View(func(v fallback.View) { contact = v.FindContact(bots.Ref{Kind: channel, Value: id}) })
	answer := fallback.Reply{Contact: contact, Text: text, Image: "https://shop.example/cups.jpg", Author: author}
	if _, err := r.engine.Reply(r.t.Context(), r.store, answer); err != nil {
		r.t.Fatal(err)
	}
	r.store.ring()
}

// An answer of staff that went out without its picture is told in the group, once, in words that say what to do; one that shows it is not.
// Whoever answers that post answers the customer.
func TestAPictureThatWasLeftOutIsToldInTheGroup(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Які є чашки?")
		r.pass(time.Minute)
		r.pictures("telegram:42", "Ось наші чашки", "Ірина", true)
		r.stop()
		r.begin()
		r.pass(time.Hour)
		r.pictures("telegram:42", "А ось сині", "Ірина", false)
		r.posted("Які є чашки?", "Олена: зображення або файл не надіслано")
		if got := r.posts()[1]; !strings.Contains(got, "Клієнт має лише текст") || !strings.Contains(got, "«Ірина: Ось наші чашки»") {
			t.Errorf("the post is %q; want it to say what the customer has, and of which answer", got)
		}
		r.answers("зображення або файл не надіслано", "91", "Вони білі, з червоною крапкою")
		r.told(bots.Telegram, "Ось наші чашки", "А ось сині", "Вони білі, з червоною крапкою")
	})
}

// The host of the pictures is down, and a program answers hundreds: one post tells it, an hour later another one with the number, and no
// customer's question waits for either.
func TestManyPicturesThatWereLeftOutAreOnePostAnHour(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		const many = 40
		for i := range many {
			r.says(fmt.Sprintf("telegram:%d", 1000+i), "Хтось", "Питання")
		}
		r.pass(time.Hour)
		before := len(r.posts())
		for i := range many {
			r.answered(fmt.Sprintf("telegram:%d", 1000+i), "Ось наші чашки", "shop bot", true)
			if i == 0 {
				r.pass(time.Second) // the first is told alone
			}
		}
		r.pass(30 * time.Second)
		r.says("telegram:42", "Олена", "Де моє замовлення?")
		r.pass(30 * time.Second)
		r.hold(r.posts()[before:], "зображення або файл не надіслано", "Де моє замовлення?")
		r.stop()
		r.begin()
		r.pass(58 * time.Minute)
		r.hold(r.posts()[before:], "зображення або файл не надіслано", "Де моє замовлення?")
		r.pass(2 * time.Hour)
		all := r.posts()[before:]
		r.hold(all, "зображення або файл не надіслано", "Де моє замовлення?", "зображення або файл не надіслано")
		told := 0
		for _, post := range []string{all[0], all[2]} {
			var more int
			if _, rest, ok := strings.Cut(post, "Також без зображення надіслано відповідей: "); ok {
				if _, err := fmt.Sscanf(rest, "%d.", &more); err != nil {
					t.Errorf("%q: %v", post, err)
				}
			}
			told += 1 + more
		}
		if told != many {
			t.Errorf("%d answers are told of, want %d", told, many)
		}
	})
}

// Questions that wait come first: also before a post about pictures that Telegram did not take at once.
func TestCustomersComeBeforePictures(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Які є чашки?")
		r.pass(time.Minute)
		r.mu.Lock()
		r.senders[bots.Staff].answer = []error{&bots.SendError{Fault: bots.Rejected}}
		r.mu.Unlock()
		r.answered("telegram:42", "Ось наші чашки", "Ірина", true)
		r.pass(10 * time.Second)
		for i := range 5 {
			r.says(fmt.Sprintf("telegram:%d", 1000+i), "Хтось", fmt.Sprintf("Питання %d", i))
		}
		r.pass(time.Hour)
		r.posted("Які є чашки?", "зображення або файл не надіслано", "Питання 0", "Питання 1", "Питання 2", "Питання 3", "Питання 4", "зображення або файл не надіслано")
	})
}

// What the program sends to many without a picture is no answer of staff: the deliveries and the log tell it.
func TestAPictureOfTheProgramsIsNotToldInTheGroup(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		r.says("telegram:42", "Олена", "Які є чашки?")
		r.pass(time.Minute)
		r.shown(true)
		step := fallback.Step{Channel: bots.Telegram, Until: fallback.Until{Level: bots.Accepted}, Wait: time.Hour}
		_, err := r.store.Accept(t.Context(), &fallback.Request{
			To: bots.Ref{Kind: "telegram", Value: "42"}, Purpose: fallback.Urgent, Text: "Знижки", Image: "https://shop.example/cups.jpg",
			Cascade: fallback.Cascade{Steps: []fallback.Step{step}, Order: "listed", Deadline: time.Hour},
		}, r.rules, &fallback.World{Boot: 1})
		if err != nil {
			t.Fatal(err)
		}
		r.pass(time.Hour)
		r.told(bots.Telegram, "Знижки")
		r.posted("Які є чашки?")
	})
}
