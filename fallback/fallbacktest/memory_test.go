package fallbacktest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var ann = bots.Address{Channel: bots.Telegram, ID: "42"}

func TestMemoryCopies(t *testing.T) {
	m := &Memory{}
	mine := bots.Contact{ID: 7, Addresses: []bots.ContactAddress{{Address: ann, State: bots.Active}}}
	put := func(tx fallback.Tx) error { tx.PutContact(&mine); return nil }
	if err := m.Update(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	mine.Addresses[0].State = bots.BlockedState // what was written is not ours any more
	m.View(func(v fallback.View) {
		got := v.Contact(7)
		if got.Addresses[0].State != bots.Active {
			t.Errorf("a record changed after it was written: %v", got.Addresses)
		}
		got.Addresses[0].State = bots.BlockedState // nor is what was read
		if v.Contact(7).Addresses[0].State != bots.Active {
			t.Error("a record that was read is the stored one")
		}
		if id := v.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"}); id != 7 {
			t.Errorf("FindContact = %d, want 7", id)
		}
	})
}

func TestMemoryWritesNothingOfWhatFailed(t *testing.T) {
	m := &Memory{}
	for name, f := range map[string]func(fallback.Tx) error{
		"an error": func(tx fallback.Tx) error { tx.MarkSeen("e1"); return errors.New("no") },
		"a panic":  func(tx fallback.Tx) error { tx.MarkSeen("e1"); panic("no") },
	} {
		if err := m.Update(t.Context(), f); err == nil {
			t.Errorf("%s: Update = nil, want an error", name)
		}
		m.View(func(v fallback.View) {
			if v.Seen("e1") {
				t.Errorf("%s: what was written stayed", name)
			}
		})
	}
}

func TestTwiceFindsImpureJourneys(t *testing.T) {
	m, n := &Memory{Twice: true}, 0
	defer func() {
		if p, _ := recover().(string); !strings.Contains(p, "not pure") {
			t.Errorf("panic %q, want one that says the journey is not pure", p)
		}
	}()
	m.Update(t.Context(), func(tx fallback.Tx) error {
		n++
		tx.Change(bots.Change{Leg: n})
		return nil
	})
}

func TestDueIsReadInOrderAndDroppedWhenLeft(t *testing.T) {
	m, at := &Memory{}, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	put := func(id bots.ID, due time.Time) {
		d := &fallback.Delivery{Plan: fallback.Plan{ID: id}, Status: fallback.Status{Due: due}}
		m.Update(t.Context(), func(tx fallback.Tx) error { tx.PutPlan(&d.Plan); tx.PutStatus(d); return nil })
	}
	put(1, at.Add(2*time.Second))
	put(2, at.Add(time.Second))
	put(3, at.Add(time.Second))
	put(3, at.Add(3*time.Second)) // leaves a stale entry behind
	first, _ := m.Due(t.Context(), fallback.LaneStart, fallback.Entry{}, at.Add(time.Minute), 2)
	if len(first) != 2 || first[0].ID != 2 || first[1].ID != 3 {
		t.Fatalf("first page %v, want 2 and the stale 3", first)
	}
	rest, _ := m.Due(t.Context(), fallback.LaneStart, first[1], at.Add(2*time.Second), 9)
	if len(rest) != 1 || rest[0].ID != 1 {
		t.Errorf("next page %v, want 1: 3 is not due yet", rest)
	}
	if err := m.Drop(t.Context(), fallback.LaneStart, first); err != nil {
		t.Fatal(err)
	}
	left, _ := m.Due(t.Context(), fallback.LaneStart, fallback.Entry{}, at.Add(time.Minute), 9)
	if len(left) != 3 || left[0].ID != 2 || left[2].ID != 3 {
		t.Errorf("after Drop %v, want 2, 1, 3: an entry at which its delivery stands is kept", left)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestMemoryConforms(t *testing.T) {
	Conform(t, func(*testing.T) Store { return &Memory{Twice: true} })
}
