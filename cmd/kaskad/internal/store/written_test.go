package store

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// A count of a day is durable, and check names one that cannot be read.
func TestWhatAChannelWroteIsKept(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	want := fallback.Written{Day: "2026-11-22", Count: 7, Days: 2, Since: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	if err := db.Update(t.Context(), func(tx fallback.Tx) error { tx.PutWritten(bots.WhatsApp, want); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, dir, Options{})
	if got, err := db.Written(t.Context(), bots.WhatsApp); err != nil || got != want {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
	if got, err := db.Written(t.Context(), bots.Viber); err != nil || got != (fallback.Written{}) {
		t.Errorf("another channel's is %+v, %v", got, err)
	}
	if _, err := decodeWritten([]byte{0x0a}); err == nil {
		t.Error("half a record was read")
	}
}

func TestCheckNamesWhatWentOutAsNothing(t *testing.T) {
	db := open(t, Options{})
	chat := bots.Address{Channel: bots.WhatsAppCloud, ID: "+380501112233"}
	err := db.Update(t.Context(), func(tx fallback.Tx) error {
		m := &bots.Message{ID: tx.NewID(), To: chat, Channel: chat.Channel, Seq: 1, At: tx.Now().Add(-time.Second)}
		tx.PutMessage(m)
		tx.PutMessageState(m.ID, bots.MessageState{Approved: true})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := db.Check(t.Context())
	if err != nil || len(found) == 0 || !strings.Contains(found[0].String(), "approved template") {
		t.Errorf("check finds %v, %v", found, err)
	}
	if err := db.Close(); err != nil { // so that the end of the test does not find it, too
		t.Fatal(err)
	}
}
