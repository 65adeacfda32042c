package desk

import (
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
	r.shown(bare)
	channel, id, _ := strings.Cut(ref, ":")
	var contact bots.ID
	r.store.View(func(v fallback.View) { contact = v.FindContact(bots.Ref{Kind: channel, Value: id}) })
	answer := fallback.Reply{Contact: contact, Text: text, Image: "https://shop.example/cups.jpg", Author: author}
	if _, err := r.engine.Reply(r.t.Context(), r.store, answer); err != nil {
		r.t.Fatal(err)
	}
	r.store.ring()
	r.pass(time.Minute)
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
		r.posted("Які є чашки?", "Олена: зображення не надіслано")
		if got := r.posts()[1]; !strings.Contains(got, "Клієнт має лише текст") || !strings.Contains(got, "«Ірина: Ось наші чашки»") {
			t.Errorf("the post is %q; want it to say what the customer has, and of which answer", got)
		}
		r.answers("зображення не надіслано", "91", "Вони білі, з червоною крапкою")
		r.told(bots.Telegram, "Ось наші чашки", "А ось сині", "Вони білі, з червоною крапкою")
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
