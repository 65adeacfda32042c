package store

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// twin is two stores in which the same happens; one of them drops whatever it may, now and then.
type twin struct {
	t      *testing.T
	r      *rapid.T
	dbs    [2]*DB // the second one forgets
	orders [2][]bots.ID
	sent   [2][]*fallback.Attempt
	names  []string // provider ids, of sent
	n      int
}

// TestRetentionAndTheOpen: whenever retention runs, and whatever happens before and after, an open delivery goes the way that it would
// have gone without, and the records that are left fit together.
func TestRetentionAndTheOpen(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) { // files are slow: -rapid.checks=1000 for more
		w := &twin{t: t, r: r}
		for i := range w.dbs {
			db, err := Open(t.TempDir(), Unsynced(Options{Generation: 4, Log: slog.New(slog.DiscardHandler)}))
			if err != nil {
				r.Fatal(err)
			}
			defer db.Close()
			w.dbs[i] = db
		}
		for chat := range 2 {
			w.receive(chat, "", "hello")
		}
		acts := []func(){w.accepts, w.accepts, w.sends, w.sends, w.sends, w.sends, w.reports, w.replies, w.says, w.closes, w.cancels, w.forgets}
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			acts[rapid.IntRange(0, len(acts)-1).Draw(r, "act")]()
			w.alike()
		}
		w.forgets()
		w.alike()
		for _, db := range w.dbs {
			problems, err := db.Check(t.Context())
			if err != nil || len(problems) > 0 {
				r.Fatal(problems, err)
			}
		}
	})
}

func (w *twin) must(err error) {
	if err != nil {
		w.r.Helper()
		w.r.Fatal(err)
	}
}

func (w *twin) pick(n int) int { return rapid.IntRange(0, n-1).Draw(w.r, "which") }

func (w *twin) accepts() {
	chat := w.pick(2)
	w.n++
	for i, db := range w.dbs {
		req := request("")
		req.To, req.Text = bots.Ref{Kind: bots.Telegram, Value: fmt.Sprint(chat)}, fmt.Sprint(w.n)
		if w.n%3 == 0 {
			req.Purpose = fallback.Marketing
		}
		a, err := db.Accept(w.t.Context(), req, rules(), world())
		w.must(err)
		w.orders[i] = append(w.orders[i], a.ID)
	}
}

// sends claims a delivery's step and ends the call: it went, it did not, or nobody knows.
func (w *twin) sends() {
	if len(w.orders[0]) == 0 {
		return
	}
	which, how := w.pick(len(w.orders[0])), w.pick(4)
	provider := fmt.Sprint(1000 + len(w.names))
	made := 0
	for i, db := range w.dbs {
		d, err := db.Delivery(w.t.Context(), w.orders[i][which])
		if errors.Is(err, fallback.ErrUnknownDelivery) || err == nil && d.State != fallback.Queued {
			continue
		}
		w.must(err)
		c, err := db.Contact(w.t.Context(), d.Contact)
		w.must(err)
		place, ok := c.At(d.Route[d.Leg].Channel)
		if !ok {
			continue
		}
		a, err := db.Claim(w.t.Context(), &fallback.Intent{Delivery: d.ID, Leg: d.Leg, Out: bots.Outgoing{To: place.Address, Text: "x"}}, rules(), world())
		if errors.Is(err, fallback.ErrWithdrawn) || err == nil && a == nil {
			continue
		}
		w.must(err)
		res := []fallback.Result{
			{Receipt: bots.Receipt{Sender: "telegram", ID: provider, Level: bots.Accepted}}, {Receipt: bots.Receipt{Sender: "telegram", ID: provider, Level: bots.Accepted}},
			{Err: &bots.SendError{Fault: bots.Unreachable}}, {Err: &bots.SendError{Fault: bots.Uncertain}},
		}[how]
		w.must(db.Settle(w.t.Context(), a, res, rules(), world()))
		w.sent[i] = append(w.sent[i], a)
		made++
	}
	switch made {
	case 1:
		w.r.Fatal("one of the two would not send what the other did")
	case 2:
		w.names = append(w.names, provider)
	}
}

func (w *twin) receive(chat int, on, text string) {
	w.n++
	for _, db := range w.dbs {
		e := wrote(fmt.Sprint("e", w.n), fmt.Sprint(chat), text)
		e.MessageID, e.On = fmt.Sprint(w.n), on
		_, err := db.Receive(w.t.Context(), e, rules(), world())
		w.must(err)
	}
}

// reports tells that a message was read, or will not arrive.
func (w *twin) reports() {
	if len(w.names) == 0 {
		return
	}
	which, failed := w.pick(len(w.names)), w.pick(3) == 0
	w.n++
	for i, db := range w.dbs {
		a := w.sent[i][which]
		receipt := bots.Receipt{Sender: "telegram", ID: w.names[which], Level: bots.Read, Failed: failed, At: time.Now()}
		if failed {
			receipt.Level, receipt.Fault = bots.None, bots.Rejected
		}
		e := bots.Event{ID: fmt.Sprint("e", w.n), Channel: bots.Telegram, Sender: "telegram", Kind: bots.Reported, Chat: a.Out.To, At: time.Now(), Receipt: &receipt}
		_, err := db.Receive(w.t.Context(), e, rules(), world())
		w.must(err)
	}
}

func (w *twin) replies() {
	if len(w.names) > 0 {
		w.receive(w.pick(2), w.names[w.pick(len(w.names))], "thanks")
	}
}

func (w *twin) says() {
	words := []string{"hello", "stop", "start"}
	w.receive(w.pick(2), "", words[w.pick(len(words))])
}

func (w *twin) closes() {
	chat := fmt.Sprint(w.pick(2))
	for _, db := range w.dbs {
		w.must(db.Update(w.t.Context(), func(tx fallback.Tx) error {
			c := tx.Conversation(tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: chat}))
			c.State = bots.Closed
			tx.PutConversation(c)
			return nil
		}))
	}
}

func (w *twin) cancels() {
	if len(w.orders[0]) == 0 {
		return
	}
	which := w.pick(len(w.orders[0]))
	for i, db := range w.dbs {
		if _, err := db.Cancel(w.t.Context(), w.orders[i][which]); !errors.Is(err, fallback.ErrUnknownDelivery) {
			w.must(err)
		}
	}
}

// forgets drops everything that may go, however new.
func (w *twin) forgets() {
	w.must(w.dbs[1].Retain(w.t.Context(), Retention{Messages: 1, Deliveries: 1, Changes: 1, Quarantine: 1}, func(string, int) {}))
	problems, err := w.dbs[1].Check(w.t.Context())
	if err != nil || len(problems) > 0 {
		w.r.Fatal(problems, err)
	}
}

// alike compares what became of the deliveries.
func (w *twin) alike() {
	for i := range w.orders[0] {
		d, err := w.dbs[0].Delivery(w.t.Context(), w.orders[0][i])
		w.must(err)
		have, err := w.dbs[1].Delivery(w.t.Context(), w.orders[1][i])
		switch {
		case errors.Is(err, fallback.ErrUnknownDelivery) && d.State.Final():
		case err != nil:
			w.r.Fatalf("delivery %d is %s, and in the other store: %v", i, d.State, err)
		case d.State.Final() != have.State.Final():
			w.r.Fatalf("delivery %d is %s, and %s in the other store", i, d.State, have.State)
		case !d.State.Final() && (d.State != have.State || d.Leg != have.Leg || d.Reached != have.Reached || d.Route[0].Level != have.Route[0].Level):
			w.r.Fatalf("delivery %d: %+v, and in the other store %+v", i, d.Status, have.Status)
		case d.State.Final() && d.State != have.State && have.State != fallback.Unconfirmed:
			w.r.Fatalf("delivery %d ended as %s, and as %s in the other store", i, d.State, have.State)
		}
	}
}
