package fallback_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var group = bots.Address{Channel: bots.Staff, ID: "-100500"}

// newDesk is an engine with a group of staff, and a topic in it about a customer who has written.
func newDesk(t *testing.T) (*rig, bots.Address) {
	t.Helper()
	room := &sender{name: bots.Staff}
	r := newRig(t, func(o *fallback.Options) {
		o.Rules.Staff.Hold = 3 * time.Second
		o.Senders[bots.Staff] = room
		o.Rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted}, Senders: []string{bots.Staff}}
	})
	room.rig = r
	chat := r.person()
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "Where is my order?", MessageID: "10"})
	err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
		if err := fallback.FixStaffRoom(tx, "", group.ID); err != nil {
			return err
		}
		who := tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID})
		tx.PutTopic(fallback.Topic{Contact: who, Group: group.ID, Thread: "7", State: fallback.TopicOpen, Since: tx.Now()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, chat
}

// writes is a message of the team in the topic.
func (r *rig) writes(id, text string, more ...func(*bots.Event)) {
	r.t.Helper()
	e := bots.Event{Kind: bots.Wrote, Chat: group, Sender: bots.Staff, Text: text, MessageID: id, Thread: "7", Forum: true, By: "777", Name: "Iryna"}
	for _, f := range more {
		f(&e)
	}
	r.event(e)
}

func TestAReplyFromATopicIsHandedOverWhenItsHoldIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, chat := newDesk(t)
		defer r.stop()
		before := len(r.sends())
		begun := time.Now()
		r.writes("500", "On its way")
		time.Sleep(3*time.Second - time.Millisecond)
		synctest.Wait()
		if n := len(r.sends()); n != before {
			t.Fatalf("it went after %s", time.Since(begun))
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := r.sent[before:]; len(got) != 1 || got[0].To != chat || got[0].Text != "On its way" {
			t.Errorf("sent %+v", got)
		}
	})
}

func TestAFileFromATopicIsCopiedToTheCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, chat := newDesk(t)
		defer r.stop()
		before := len(r.sends())
		failed := false
		r.with(func() {
			r.tg.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if !failed {
					failed = true
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary}
				}
				return r.tg.ok(n, out), nil
			}
		})
		r.writes("500", "the receipt", func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "file-of-telegram"}} })
		time.Sleep(time.Minute)
		synctest.Wait()
		got := slices.Clone(r.sent[before:])
		if len(got) != 2 {
			t.Fatalf("sent %+v", got)
		}
		for _, out := range got { // what is tried again is the same
			if out.To != chat || out.Act != bots.CopyAct || out.On != "500" || out.From.ID != group.ID || out.Image != "" {
				t.Errorf("sent %+v", out)
			}
		}
	})
}

func TestATemplateFromATopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, chat := newDesk(t)
		defer r.stop()
		before := len(r.sends())
		r.writes("500", "/template nobody-has-this")
		r.writes("501", "/template order_ready order=17 shop=Lviv")
		again := func(e *bots.Event) { e.Kind = bots.Edited }
		r.writes("501", "/template order_ready order=17 shop=Lviv", again) // nothing that people see
		time.Sleep(time.Minute)
		synctest.Wait()
		r.writes("501", "/template order_ready order=17 shop=Lviv", again)
		synctest.Wait()
		var why []fallback.Audited
		changes := r.store.Changes()
		err := r.store.Update(t.Context(), func(tx fallback.Tx) error {
			why = nil
			for _, c := range changes {
				if a, ok := tx.Audited(c.Audit); ok && c.Audit != 0 {
					why = append(why, a)
				}
			}
			return nil
		})
		if err != nil || len(why) != 2 || why[0].Refused != fallback.RefusedNoTemplate {
			t.Fatalf("the audit says %+v, %v", why, err)
		}
		if why[1].Refused != "" || len(r.sent) != before+1 || r.sent[before].To != chat {
			t.Errorf("the audit says %+v; sent %+v", why[1], r.sent[before:])
		}
	})
}

// A task that the room could not take at once goes there with the number that the person has by then: the old one may be somebody else's.
func TestATaskThatGoesAgainNamesTheNumberOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, chat := newDesk(t)
		defer r.close()
		var posts []bots.Outgoing
		r.with(func() {
			room := r.engine.Senders[bots.Staff].(*sender)
			room.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if posts = append(posts, out); len(posts) < 3 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: 10 * time.Minute}
				}
				return room.ok(n, out), nil
			}
		})
		id := r.ask(fallback.Ask{To: chat.String(), Text: "Your order waits", Purpose: "service", Steps: &fallback.CascadeConfig{
			Steps: []fallback.StepConfig{{Channel: bots.Staff, Task: fallback.TaskCall, Wait: fallback.Lasting(4 * time.Hour)}, {Channel: bots.SMS}},
		}})
		r.pass(15 * time.Minute) // it was tried twice, with the same words
		r.move(chat, func(c *bots.Contact) {
			c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
			c.Phone = "+380501119999"
			c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, time.Now())
		})
		r.pass(15 * time.Minute)
		if len(posts) != 3 || posts[0].Text != posts[1].Text || posts[0].Step != posts[1].Step {
			t.Fatalf("posted %+v", posts)
		}
		if text := posts[2].Text; !strings.Contains(text, "+380501119999") || strings.Contains(text, "+380501110001") || posts[2].Step == posts[1].Step {
			t.Errorf("at last the room was asked\n%s", text)
		}
		r.state(id, "waiting")
	})
}

// What is written in one breath is held to nearly the same moment: it goes in the order in which it was written, also what was changed since.
func TestAnswersThatComeDueAtOnceGoInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newDesk(t)
		defer r.stop()
		before := len(r.sends())
		want := []string{"one", "two", "three", "four", "five", "six"}
		for i, text := range want {
			r.writes(strconv.Itoa(500+i), text)
			time.Sleep(time.Millisecond)
		}
		want[1] = "two, changed"
		r.writes("501", want[1], func(e *bots.Event) { e.Kind = bots.Edited })
		time.Sleep(time.Minute)
		synctest.Wait()
		var got []string
		for _, out := range r.sent[before:] {
			got = append(got, out.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the customer reads %q, want %q", got, want)
		}
	})
}
