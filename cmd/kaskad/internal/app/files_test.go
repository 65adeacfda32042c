package app

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

// An address of a file ends with what it was sent for.
func TestWhatAnAddressOfAFileOpens(t *testing.T) {
	handed := []bots.Media{{Type: "photo", ID: "a", From: bots.Telegram}}
	for sentence, c := range map[string]struct {
		change func(tx fallback.Tx, d *fallback.Delivery, m *bots.Message)
		opens  bool
	}{
		"what was sent":         {func(fallback.Tx, *fallback.Delivery, *bots.Message) {}, true},
		"what has not gone yet": {func(_ fallback.Tx, d *fallback.Delivery, _ *bots.Message) { d.Route[0].Message = 0 }, false},
		"what was taken back": {func(tx fallback.Tx, _ *fallback.Delivery, m *bots.Message) {
			tx.PutMessageState(m.ID, bots.MessageState{DeletedAt: time.Now()})
		}, false},
		"of nobody any more":       {func(_ fallback.Tx, d *fallback.Delivery, m *bots.Message) { d.Contact, m.Contact = 99, 99 }, false},
		"whose message is emptied": {func(_ fallback.Tx, _ *fallback.Delivery, m *bots.Message) { *m = *fallback.Emptied(m) }, false},
		"a picture by its address": {func(_ fallback.Tx, d *fallback.Delivery, m *bots.Message) {
			d.Copy, m.Media = nil, bots.Picture("https://x.example/a.png")
		}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			store := &fallbacktest.Memory{}
			var id bots.ID
			err := store.Update(t.Context(), func(tx fallback.Tx) error {
				who := &bots.Contact{ID: tx.NewID()}
				tx.PutContact(who)
				m := &bots.Message{ID: tx.NewID(), Contact: who.ID, Media: handed, Channel: bots.Viber}
				d := &fallback.Delivery{Plan: fallback.Plan{ID: tx.NewID(), Contact: who.ID, Copy: &fallback.Copy{Media: handed}}}
				d.Route = []fallback.Leg{{Channel: bots.Viber, Message: m.ID}}
				m.Delivery, id = d.ID, d.ID
				c.change(tx, d, m)
				tx.PutMessage(m)
				tx.PutPlan(&d.Plan)
				tx.PutStatus(d)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			store.View(func(v fallback.View) {
				if got := handedMessage(v, id) != nil; got != c.opens {
					t.Errorf("it opens: %t", got)
				}
			})
		})
	}
}
