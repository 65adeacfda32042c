package bots

import (
	"testing"
	"time"
)

func TestNamesOfFilesShowWhatTheyAre(t *testing.T) {
	for sent, want := range map[string]string{
		"invoice.pdf":                                 "invoice.pdf",
		"рахунок 7 (копія).pdf":                       "рахунок 7 (копія).pdf",
		"חשבונית.pdf":                                 "חשבונית.pdf",
		"👨‍👩‍👧.jpg":                                   "👨‍👩‍👧.jpg",
		"invoice\u202efdp.exe":                        "invoicefdp.exe",
		"\u2066a\u2069\u2067b\u2068\u200f.sh":         "ab.sh",
		"a\u061cb\u200ec\u202ad\u202be\u202cf\u202dg": "abcdefg",
		"a\nb\x00c\x1b[31m\u0085":                     "abc[31m",
		"a\xffb.pdf":                                  "a\ufffdb.pdf",
		"":                                            "",
	} {
		e := Event{ID: "1", Channel: WhatsApp, Kind: Wrote, Chat: Address{WhatsApp, "+380501112233"}, At: time.Unix(1, 0), Media: []Media{{Type: "document", ID: "7", Name: sent}}}
		turn := Turn{Event: e}
		if err := DefaultCore().Apply(&turn, time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
		if got := turn.Message.Media[0].Name; got != want {
			t.Errorf("%q is kept as %q, want %q", sent, got, want)
		}
		if e.Media[0].Name != sent {
			t.Errorf("%q: the event was changed", sent)
		}
		e.Kind, e.MessageID = ByOwner, "9"
		turn = Turn{Event: e, Contact: Contact{ID: 7}}
		if err := DefaultCore().Apply(&turn, time.Unix(2, 0)); err != nil || turn.Ours == nil {
			t.Fatalf("%v, %v", turn.Ours, err)
		}
		if got := turn.Ours.Media[0].Name; got != want {
			t.Errorf("%q, sent from the phone, is kept as %q, want %q", sent, got, want)
		}
	}
}
