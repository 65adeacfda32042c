package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// smsLanes are where deliveries stand whose SMS is the current step.
func smsLanes() []fallback.Lane {
	lanes := []fallback.Lane{fallback.LaneGap}
	for _, p := range fallback.Priorities() {
		lanes = append(lanes, fallback.WaitLane(bots.SMS, p))
	}
	return lanes
}

// text sends an SMS and settles it; the answer is the message.
func text(t *testing.T, db *DB, phone, provider string, err *bots.SendError) (delivery, message bots.ID) {
	t.Helper()
	req := request(phone)
	req.Text += " " + provider
	req.Cascade.Steps = []fallback.Step{{Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}}}
	id := accept(t, db, req).ID
	in := &fallback.Intent{Delivery: id, Out: bots.Outgoing{To: bots.Address{Channel: bots.SMS, ID: phone}, Text: req.Text}, Sender: "sms/main", Parts: 1}
	a, problem := db.Claim(t.Context(), in, rules(), world())
	if problem != nil || a == nil {
		t.Fatalf("Claim = %v, %v", a, problem)
	}
	res := fallback.Result{Err: err}
	if err == nil {
		res.Receipt = bots.Receipt{Sender: "sms/main", ID: provider, Step: a.Message, Level: bots.Accepted}
	}
	if err := db.Settle(t.Context(), a, res, rules(), world()); err != nil {
		t.Fatal(err)
	}
	return id, a.Message
}

func reported(id string, r bots.Receipt) bots.Event {
	r.Sender = "sms/main"
	return bots.Event{ID: id, Channel: bots.SMS, Sender: "sms/main", Kind: bots.Reported, At: time.Now(), Step: r.Step, Receipt: &r}
}

func TestAwaited(t *testing.T) {
	db := open(t, Options{})
	ctx := t.Context()
	_, waits := text(t, db, "+380501112201", "p1", nil)
	_, arrived := text(t, db, "+380501112202", "p2", nil)
	_, lost := text(t, db, "+380501112203", "p3", nil)
	text(t, db, "+380501112204", "p4", &bots.SendError{Fault: bots.Uncertain})
	text(t, db, "+380501112205", "p5", &bots.SendError{Fault: bots.Unreachable})
	late, unsure := text(t, db, "+380501112206", "p6", nil)
	cancelled, _ := text(t, db, "+380501112207", "p7", nil)
	for _, e := range []bots.Event{
		reported("r2", bots.Receipt{ID: "p2", Step: arrived, Level: bots.Delivered, At: time.Now()}),
		reported("r3", bots.Receipt{ID: "p3", Step: lost, Failed: true, Fault: bots.Unreachable, At: time.Now()}),
	} {
		if _, err := db.Receive(ctx, e, rules(), world()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Cancel(ctx, cancelled); err != nil {
		t.Fatal(err)
	}
	endUnconfirmed(t, db, late)
	tests := map[string]struct {
		sender string
		since  time.Duration
		want   []bots.ID
	}{
		"what waits, and what ended unconfirmed":     {"sms/main", time.Hour, []bots.ID{waits, unsure}},
		"nothing of another provider":                {"sms/second", time.Hour, nil},
		"nothing that is too old to be asked about":  {"sms/main", -time.Hour, nil},
		"nothing of a provider that begins the same": {"sms/mai", time.Hour, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := db.Awaited(ctx, tt.sender, time.Now().Add(-tt.since), smsLanes())
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Awaited = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	list, err := db.AwaitedMessages(ctx, []bots.ID{waits, arrived, lost, unsure, 12345})
	if err != nil || len(list) != 2 || list[0].ID != waits || list[0].ProviderID != "p1" || list[0].To.ID != "+380501112201" || list[0].SentAt.IsZero() || list[1].ID != unsure {
		t.Errorf("AwaitedMessages = %+v, %v; want the two that nobody has told the end of", list, err)
	}
}

// endUnconfirmed lets a delivery's deadline pass.
func endUnconfirmed(t *testing.T, db *DB, id bots.ID) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx fallback.Tx) error {
		d := tx.Delivery(id)
		d.State, d.Due = fallback.Unconfirmed, time.Time{}
		tx.PutStatus(d)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// The walk goes from page to page, and a delivery that left several entries behind is listed once.
func TestAwaitedGoesOnBehindAPage(t *testing.T) {
	t.Parallel()
	db := open(t, Options{})
	const n = awaitedPage + 500
	if err := fillAwaited(db, n); err != nil {
		t.Fatal(err)
	}
	all, err := db.Due(t.Context(), fallback.WaitLane(bots.SMS, fallback.Second), fallback.Entry{}, time.Now().Add(48*time.Hour), 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("Due = %v, %v; want a delivery that waits", all, err)
	}
	if err := db.Update(t.Context(), func(tx fallback.Tx) error {
		d := tx.Delivery(all[0].ID)
		d.Due = d.Due.Add(time.Minute) // the old entry stays until it is met
		tx.PutStatus(d)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ids, err := db.Awaited(t.Context(), "sms/main", time.Now().Add(-time.Hour), smsLanes())
	if err != nil || len(ids) != n || !slices.IsSorted(ids) {
		t.Fatalf("Awaited lists %d messages (%v), want %d in order", len(ids), err, n)
	}
	list, err := db.AwaitedMessages(t.Context(), ids)
	if err != nil || len(list) != n {
		t.Errorf("AwaitedMessages lists %d messages (%v), want %d", len(list), err, n)
	}
}

// fillAwaited puts deliveries into a store whose SMS were accepted just now.
func fillAwaited(db *DB, n int) error {
	at := time.Now().UTC().Truncate(time.Microsecond)
	ctx := context.Background()
	return inChunks(n, 2000, func(from, to int) error {
		return db.write(ctx, func(t *tx) error {
			for i := from; i < to; i++ {
				id, message := t.NewID(), t.NewID()
				c := &bots.Contact{ID: t.NewID(), ExternalID: fmt.Sprint("C-", i), Created: at, Updated: at}
				t.PutContact(c)
				d := &fallback.Delivery{Plan: fallback.Plan{ID: id, Contact: c.ID, Cascade: cascade(), Created: at, Text: "120 bonus points", First: fallback.Queued}}
				d.State, d.Started, d.WaitFrom, d.Due = fallback.Waiting, at, at, at.Add(24*time.Hour)
				d.Route = []fallback.Leg{{Channel: bots.SMS, Step: 1, Outcome: fallback.Taken, Level: bots.Accepted, Message: message, Sender: "sms/main", Attempts: 1, QueuedAt: at, TriedAt: at, SentAt: at}}
				t.PutPlan(&d.Plan)
				t.PutStatus(d)
				to, provider := bots.Address{Channel: bots.SMS, ID: benchPhone(i)}, fmt.Sprint("p", i)
				t.PutMessage(&bots.Message{ID: message, Contact: c.ID, To: to, Channel: bots.SMS, Text: d.Text, At: at, Delivery: id, Seq: 1})
				t.PutMessageState(message, bots.MessageState{Level: bots.Accepted, ProviderID: provider, Sender: "sms/main", Attempt: 1, ClaimedAt: at, SentAt: at})
				t.PutProvider(fallback.ProviderKey{Sender: "sms/main", Chat: to.ID, ID: provider}, message)
			}
			return nil
		})
	})
}

// BenchmarkAwaited is one round of asking: the walk, and all messages in pages.
func BenchmarkAwaited(b *testing.B) {
	db := open(b, Options{})
	const n = 100_000
	if err := fillAwaited(db, n); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		ids, err := db.Awaited(b.Context(), "sms/main", time.Now().Add(-time.Hour), smsLanes())
		if err != nil || len(ids) != n {
			b.Fatalf("Awaited lists %d messages (%v), want %d", len(ids), err, n)
		}
		for page := range slices.Chunk(ids, 1000) {
			if _, err := db.AwaitedMessages(b.Context(), page); err != nil {
				b.Fatal(err)
			}
		}
	}
}
