package fallback_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// named is a sender whose messages carry ids of our making.
type named struct{ *sender }

func (named) NameOf(step bots.ID) string { return "3EB0" + step.String() }

// TestANamedMessageIsFoundWhateverBecameOfItsCall asks for the id while the call is under way, and after it ended unknown.
func TestANamedMessageIsFoundWhateverBecameOfItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) {
			o.Senders = map[string]bots.Sender{"telegram": named{o.Senders["telegram"].(*sender)}, "sms/main": o.Senders["sms/main"]}
		})
		defer r.close()
		chat := r.person()
		early := bots.ID(0)
		r.with(func() {
			r.tg.answer = func(_ int, out bots.Outgoing) (bots.Receipt, error) {
				r.store.View(func(v fallback.View) {
					early = v.ByProvider(fallback.ProviderKey{Sender: "telegram", Chat: chat.ID, ID: "3EB0" + out.Step.String()})
				})
				return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain}
			}
		})
		id := r.bonus(chat, 120)
		if step := r.step(0); early != step {
			t.Errorf("while the call was under way its id meant %v, want %v", early, step)
		}
		r.pass(10 * time.Minute)
		r.event(bots.Event{Kind: bots.Reacted, Chat: chat, On: "3EB0" + r.step(0).String(), Data: "👍"})
		r.state(id, "done")
		r.pass(time.Hour)
		r.want("0s telegram 1")
	})
}

// TestABatchKeepsTheOrderOfAPerson gives events of many people, each under two addresses, in one batch.
func TestABatchKeepsTheOrderOfAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		const people, each = 20, 6
		var b bots.Batch
		for n := range each {
			for who := range people {
				phone, lid := bots.Address{Channel: bots.WhatsApp, ID: fmt.Sprintf("+38050111%04d", who)}, bots.Address{Channel: bots.WhatsApp, ID: fmt.Sprintf("90%04d@lid", who)}
				e := bots.Event{ID: fmt.Sprint("e", who, "-", n), Channel: bots.WhatsApp, Kind: bots.Wrote, Chat: phone, At: time.Now(), Text: fmt.Sprint(n), MessageID: fmt.Sprint("IN", who, "-", n)}
				switch n % 3 {
				case 1:
					e.Chat = lid
				case 2:
					e.Chat, e.Also = lid, phone
				}
				b.Events = append(b.Events, e)
			}
		}
		if err := r.engine.Receive(context.Background(), b); err != nil {
			t.Fatal(err)
		}
		texts := map[bots.ID]string{}
		for _, c := range r.store.Changes() {
			if c.Type == "message.received" {
				r.store.View(func(v fallback.View) { m := v.Message(c.Message); texts[owner(v, m)] += m.Text })
			}
		}
		if len(texts) != people {
			t.Errorf("the events are of %d people, want %d", len(texts), people)
		}
		for who, text := range texts {
			if text != "012345" {
				t.Errorf("what %v wrote is %q", who, text)
			}
		}
	})
}

// owner is whose a message's chat is now.
func owner(v fallback.View, m *bots.Message) bots.ID {
	return v.FindContact(bots.Ref{Kind: m.To.Channel, Value: m.To.ID})
}
