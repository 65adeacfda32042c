package desk

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/fallback"
)

// The operator reads of wrong codes, and loudly when nobody's are looked at any more.
func TestWrongCodesAreTold(t *testing.T) {
	for reason, want := range map[string]string{
		"":                   "level=WARN msg=\"a wrong code of the staff was written",
		fallback.TriedOut:    "level=WARN msg=\"a wrong code of the staff, and the last one of this account",
		fallback.TriedAllOut: "level=ERROR msg=\"somebody guesses codes of the staff from many accounts",
	} {
		var log bytes.Buffer
		k := &keeper{desk: New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})}
		if err := k.staff(nobody{}, &bots.Change{Type: fallback.StaffTried, State: bots.WhatsApp, Reason: reason}); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); !strings.Contains(got, want) || !strings.Contains(got, "channel=whatsapp") {
			t.Errorf("%q is logged as %q, want %q", reason, got, want)
		}
	}
}

// nobody is a store without a room.
type nobody struct{ fallback.View }

func (nobody) FindContact(bots.Ref) bots.ID  { return 0 }
func (nobody) Contact(bots.ID) *bots.Contact { return nil }
