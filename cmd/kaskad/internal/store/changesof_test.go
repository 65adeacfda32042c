package store

import (
	"slices"
	"testing"

	"kaskad/bots"
)

// Who asks for some types of changes is given those, and goes on behind all others.
func TestChangesOfSomeTypes(t *testing.T) {
	db := open(t, Options{})
	types := []string{"contact.linked", "message.status", "message.status", "contact.consent", "message.status"}
	const rounds = 300 // several entries of the file
	for range rounds {
		if err := db.write(t.Context(), func(tx *tx) error {
			for _, kind := range types {
				tx.Change(bots.Change{Type: kind, At: tx.now, Contact: 7, Channel: bots.Telegram, State: "started"})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.Changes(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 3, 7, 500, 1 << 20} {
		var got []bots.Change
		after, pages := uint64(0), 0
		for ; ; pages++ {
			some, upTo, err := db.ChangesOf(t.Context(), after, limit, "contact.linked", "contact.consent")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, some...)
			if upTo == after {
				break
			}
			if upTo-after > uint64(limit) {
				t.Fatalf("it looked at %d lines, want %d at most", upTo-after, limit)
			}
			after = upTo
		}
		want := slices.DeleteFunc(slices.Clone(all), func(c bots.Change) bool { return c.Type == "message.status" })
		if !slices.Equal(got, want) || after != db.LastChange() || pages != (len(all)+limit-1)/limit {
			t.Errorf("in pages of %d: %d changes up to %d in %d pages; want %d up to %d", limit, len(got), after, pages, len(want), db.LastChange())
		}
	}
	if none, upTo, err := db.ChangesOf(t.Context(), 0, 500, "nothing of ours"); err != nil || len(none) > 0 || upTo != 500 {
		t.Errorf("of a type that is not there: %d up to %d, %v", len(none), upTo, err)
	}
}

// A line that is not wanted costs no memory: the dialogue looks at every change of every message.
func TestAChangeThatIsNotWantedIsNotDecoded(t *testing.T) {
	line := encodeChange(nil, &bots.Change{Type: "message.status", Contact: 7, Channel: bots.Telegram, State: "delivered", Reason: "receipt"})
	if allocs := testing.AllocsPerRun(10, func() {
		if kind, err := typeOf(line); err != nil || string(kind) != "message.status" {
			t.Errorf("its type is %q, %v", kind, err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations to read its type", allocs)
	}
}
