package desk

import (
	"slices"
	"testing"
	"time"

	"kaskad/bots"
)

// unheard lets a customer write, and the program die in the middle of the post.
func (r *rig) unheard(chat, name, text string) (sent time.Time) {
	r.t.Helper()
	r.mu.Lock()
	r.senders[bots.Staff].hang = true
	r.mu.Unlock()
	r.says(chat, name, text)
	r.pass(time.Second)
	return time.Now().Add(-time.Second)
}

// replies is a reply to a post that is known by Telegram's number alone.
func (r *rig) replies(on string, sent time.Time, message, text string) {
	r.t.Helper()
	chat := bots.Address{Channel: bots.Staff, ID: groupID}
	r.hear(bots.Event{Kind: bots.Wrote, Chat: chat, Sender: bots.Staff, Name: "Iryna", MessageID: message, On: on, OnSentAt: sent.Truncate(time.Second), Text: text})
	r.pass(time.Second)
}

func (r *rig) told(channel string, want ...string) {
	r.t.Helper()
	if got := r.to(channel); !slices.Equal(got, want) {
		r.t.Errorf("by %s went %q, want %q", channel, got, want)
	}
}

// A post whose outcome nobody knows is answered all the same, whenever that is. The answer shows that the post is there: it is not posted
// once more.
func TestAPostOfUnknownOutcomeIsAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*rig) // the answer
		posts  []string
	}{
		"while its call goes on":    {func(*rig) {}, []string{"Де замовлення?"}},
		"as soon as it is back":     {func(r *rig) { r.stop(); r.begin() }, []string{"Де замовлення?"}},
		"half a minute later":       {func(r *rig) { r.stop(); r.begin(); r.pass(30 * time.Second) }, []string{"Де замовлення?"}},
		"after it was posted again": {func(r *rig) { r.stop(); r.begin(); r.pass(10 * time.Minute) }, []string{"Де замовлення?", "⚠ Можливо, це вже є вище"}},
		"after it died once more":   {func(r *rig) { r.stop(); r.begin(); r.stop(); r.begin() }, []string{"Де замовлення?"}},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(r *rig) {
				r.bind()
				sent := r.unheard("telegram:42", "Олена", "Де замовлення?")
				c.before(r)
				r.replies("88", sent, "89", "Вже їде")
				r.replies("88", sent, "90", "О третій")
				r.pass(time.Hour)
				r.posted(c.posts...)
				r.told(bots.Telegram, "Вже їде", "О третій")
			})
		})
	}
}

// An answer that could mean the posts of two customers goes to neither, and the staff are told. Both are posted once more, and an answer
// to one of those goes where it belongs.
func TestAnAnswerThatCouldMeanTwoPostsIsNotSent(t *testing.T) {
	play(t, func(r *rig) {
		r.bind()
		sent := r.unheard("telegram:42", "Олена", "Де замовлення?")
		r.unheard("telegram:43", "Марія", "Чи відчинено?")
		r.stop()
		r.begin()
		r.replies("88", sent, "90", "Вже їде")
		r.pass(time.Hour)
		r.posted("Де замовлення?", "Чи відчинено?", "Не надіслано: незрозуміло, якому клієнту", "⚠ Можливо, це вже є вище", "⚠ Можливо, це вже є вище")
		r.told(bots.Telegram)
		r.answers("Чи відчинено?", "91", "Відчинено до 20:00")
		if all := r.all(); all[len(all)-1].To.ID != "43" {
			t.Errorf("the answer went to %s", all[len(all)-1].To)
		}
		r.told(bots.Telegram, "Відчинено до 20:00")
	})
}
