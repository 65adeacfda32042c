package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What went out without its picture says so, in the step, in the message and in the changes: whoever sent it must not believe that the
// person sees it.
func TestAPictureThatWasLeftOutIsTold(t *testing.T) {
	for name, bare := range map[string]bool{"left out": true, "shown": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, withPictures(t))
				defer r.close()
				r.with(func() {
					r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
						return bots.Receipt{Sender: "telegram", Chat: out.To.ID, ID: "101", Step: out.Step, Level: bots.Accepted, Bare: bare, At: time.Now()}, nil
					}
				})
				id := r.gift(r.person(), "вам")
				want := ""
				if bare {
					want = fallback.ReasonBare
				}
				told := map[string]string{}
				for _, c := range r.store.Changes() {
					if c.Delivery == id && (c.Type == "delivery.step_sent" || c.Type == "message.status") {
						told[c.Type] = c.State + " " + c.Reason
					}
				}
				if told["message.status"] != "accepted "+want || told["delivery.step_sent"] != "waiting "+want && told["delivery.step_sent"] != "sending "+want {
					t.Errorf("the changes say %q, want %q", told, want)
				}
				r.store.View(func(v fallback.View) {
					d := v.Delivery(id)
					s := v.MessageState(d.Route[0].Message)
					if d.Route[0].Reason != want || s.Reason != want || s.Failed || s.Level != bots.Accepted {
						t.Errorf("the step says %q, the message %+v; want %q", d.Route[0].Reason, s, want)
					}
				})
			})
		})
	}
}
