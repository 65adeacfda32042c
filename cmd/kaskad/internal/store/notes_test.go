package store_test

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
)

func TestALineOfTheOutboxThatBelongsToNoJourney(t *testing.T) {
	db, err := store.Open(t.TempDir(), store.Options{Twice: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	want := bots.Change{ID: 1, Type: "channel.degraded", At: time.Now().UTC().Truncate(time.Microsecond), Channel: bots.Viber, Reason: "unheard"}
	if err := db.Note(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	all, err := db.Changes(t.Context(), 0, 10)
	if err != nil || len(all) != 1 || !all[0].At.Equal(want.At) {
		t.Fatalf("Changes = %+v, %v; want one line at %v", all, err, want.At)
	}
	if all[0].At = want.At; all[0] != want {
		t.Errorf("the outbox has %+v, want %+v", all[0], want)
	}
}
