package fallback_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

const gift = "https://cdn.shop.example/gift/7.jpg"

// withPictures gives the shop a template with an image, and a Telegram that shows one above 40 characters.
func withPictures(t *testing.T) func(*fallback.Options) {
	t.Helper()
	own := fstest.MapFS{"gift/uk.md": {Data: []byte("+++\nimage = \"https://cdn.shop.example/gift/{{.n}}.jpg\"\n+++\n**Подарунок** {{.words}}\n")}}
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin(), templates.Layer{Name: "own", FS: own})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *fallback.Options) {
		o.Intake.Templates = words
		tg := o.Rules.Channels["telegram"]
		tg.MaxCaption = 40
		o.Rules.Channels["telegram"] = tg
	}
}

func (r *rig) gift(chat bots.Address, words string) bots.ID {
	r.t.Helper()
	return r.ask(fallback.Ask{To: chat.String(), Template: "gift", Data: map[string]any{"n": 7, "words": words}})
}

func TestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withPictures(t))
		defer r.close()
		refused := false
		r.with(func() {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if refused {
					return bots.Receipt{Sender: "telegram", Chat: out.To.ID, ID: "101", Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
				}
				refused = true
				return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Second}
			}
		})
		d := r.state(r.gift(r.person(), "вам"), "queued")
		r.pass(2 * time.Hour)
		if len(r.sent) != 3 {
			t.Fatalf("%d sends: %v; want the first try, the second, and the SMS", len(r.sent), r.log)
		}
		for i, out := range r.sent[:2] {
			if out.Image != gift || out.Markup != "<b>Подарунок</b> вам" {
				t.Errorf("try %d shows %q above %q", i+1, out.Image, out.Markup)
			}
		}
		if r.sent[2].Image != "" || r.sent[2].Text != "Подарунок вам" {
			t.Errorf("the SMS is %+v; it has no picture", r.sent[2])
		}
		var m *bots.Message
		r.store.View(func(v fallback.View) { m = v.Message(r.sent[1].Step) })
		if m == nil || m.Image() != gift || len(m.Media) != 1 || m.Media[0].Type != "photo" || m.Delivery != d.ID {
			t.Errorf("the record is %+v; it keeps the picture", m)
		}
	})
}

func TestTextThatDoesNotFitUnderThePictureGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, withPictures(t))
		defer r.close()
		r.gift(r.person(), strings.Repeat("я", 30)) // with "Подарунок " 40 characters
		r.gift(r.person(), strings.Repeat("я", 31))
		if len(r.sent) != 2 || r.sent[0].Image != gift || r.sent[1].Image != "" || !strings.Contains(r.sent[1].Text, "яяя") {
			t.Errorf("sent %+v", r.sent)
		}
	})
}
