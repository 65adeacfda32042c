package app

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// waitingShop is a store with SMS that were accepted; every third has arrived.
func waitingShop(t *testing.T, n int) (*store.DB, []bots.ID) {
	t.Helper()
	db, err := store.Open(t.TempDir(), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var want []bots.ID
	if err := db.Update(t.Context(), func(tx fallback.Tx) error {
		want = nil
		for i := range n {
			at := tx.Now()
			c := &bots.Contact{ID: tx.NewID(), ExternalID: fmt.Sprint("C-", i), Created: at}
			tx.PutContact(c)
			d := &fallback.Delivery{Plan: fallback.Plan{ID: tx.NewID(), Contact: c.ID, Text: "x", Created: at, Cascade: fallback.Cascade{Steps: []fallback.Step{{Channel: bots.SMS}}}}}
			message, level := tx.NewID(), bots.Accepted
			d.State, d.Started, d.WaitFrom, d.Due = fallback.Waiting, at, at, at.Add(time.Hour)
			d.Route = []fallback.Leg{{Channel: bots.SMS, Outcome: fallback.Taken, Level: level, Message: message, Sender: "sms/main", Attempts: 1, QueuedAt: at, TriedAt: at, SentAt: at}}
			if i%3 == 2 { // after the walk
				level = bots.Delivered
			} else {
				want = append(want, message)
			}
			tx.PutPlan(&d.Plan)
			tx.PutStatus(d)
			tx.PutMessage(&bots.Message{ID: message, Contact: c.ID, To: bots.Address{Channel: bots.SMS, ID: fmt.Sprintf("+38050%07d", i)}, Channel: bots.SMS, At: at, Delivery: d.ID})
			tx.PutMessageState(message, bots.MessageState{Level: level, ProviderID: fmt.Sprint("p", i), Sender: "sms/main", Attempt: 1, ClaimedAt: at, SentAt: at})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return db, want
}

// A poller sees every message once a round, in pages that are full until the last, whatever ended in between.
func TestPagesOfARound(t *testing.T) {
	db, want := waitingShop(t, 100)
	cfg := Default()
	w := &awaited{db: db, lanes: awaitedLanes(&cfg, nil), rounds: map[string][]bots.ID{}}
	for _, limit := range []int{1, 7, 33, 1000} {
		var got []bots.ID
		for after, pages := bots.ID(0), 0; ; pages++ {
			page, err := w.Awaited(t.Context(), "sms/main", time.Now().Add(-time.Hour), after, limit)
			if err != nil || pages > len(want) {
				t.Fatal(pages, err)
			}
			for _, m := range page {
				got = append(got, m.Step)
				after = m.Step
				if m.ID == "" || m.Phone == "" || m.SentAt.IsZero() {
					t.Errorf("nobody can be asked about %+v", m)
				}
			}
			if len(page) < limit {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %d messages, want %d in order", limit, len(got), len(want))
		}
		if len(w.rounds) != 0 {
			t.Errorf("in pages of %d: something is kept after the round", limit)
		}
	}
}

func TestAwaitedLanes(t *testing.T) {
	channels := map[string]fallback.Channel{bots.Telegram: {}, bots.Viber: {}, bots.SMS: {}}
	steps := func(order string, names ...string) fallback.CascadeConfig {
		c := fallback.CascadeConfig{Order: order}
		for _, name := range names {
			c.Steps = append(c.Steps, fallback.StepConfig{Channel: name, Wait: fallback.Lasting(time.Hour)})
		}
		return c
	}
	for name, tt := range map[string]struct {
		cascade fallback.CascadeConfig
		want    []string // channels other than SMS whose lanes are walked
	}{
		"SMS is last":                        {steps("", "telegram", "sms"), nil},
		"Telegram behind SMS":                {steps("", "viber", "sms", "telegram"), []string{"telegram"}},
		"the best messenger behind SMS":      {steps("", "sms", "messenger"), []string{"telegram", "viber"}},
		"an order that is settled later":     {steps("cheapest", "viber", "sms"), []string{"viber"}},
		"no SMS at all, Telegram and others": {steps("", "viber", "telegram"), nil},
	} {
		cfg := Default()
		cfg.Cascades = map[string]fallback.CascadeConfig{"a": tt.cascade, "service": steps("", "telegram", "sms"), "marketing": steps("", "telegram", "sms")}
		var want []fallback.Lane
		for _, p := range fallback.Priorities() {
			want = append(want, fallback.WaitLane(bots.SMS, p))
			for _, c := range tt.want {
				want = append(want, fallback.WaitLane(c, p), fallback.SendLane(c, p))
			}
		}
		got := awaitedLanes(&cfg, channels)
		want = append(want, fallback.LaneGap)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: lanes %v, want %v", name, got, want)
		}
	}
}
