package store

import (
	"fmt"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
)

// heardOnWhatsApp is a store in which a person wrote four messages, and took one back.
func heardOnWhatsApp(t *testing.T, dir string) (db *DB, contact bots.ID) {
	t.Helper()
	db = openAt(t, dir, Options{Generation: 2})
	hear := func(kind bots.Kind, id string) {
		e := bots.Event{ID: string(kind) + id, Channel: bots.WhatsApp, Sender: bots.WhatsApp, Kind: kind, Chat: bots.Address{Channel: bots.WhatsApp, ID: "+380501112233"}, MessageID: id, Text: "hello", At: now()}
		turn, err := db.Receive(t.Context(), e, rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		contact = turn.Contact.ID
	}
	for i := range 4 {
		hear(bots.Wrote, fmt.Sprint("IN", i))
	}
	hear(bots.Deleted, "IN2")
	return db, contact
}

func TestAConversationSaysWhatWasTakenBack(t *testing.T) {
	db, who := heardOnWhatsApp(t, t.TempDir())
	for name, read := range map[string]func() (Page[MessageLine], error){
		"oldest first": func() (Page[MessageLine], error) { return db.Messages(t.Context(), who, "", 10) },
		"newest first": func() (Page[MessageLine], error) { return db.LastMessages(t.Context(), who, "", 10) },
	} {
		page, err := read()
		if err != nil || len(page.Items) != 5 {
			t.Fatalf("%s: %d messages, %v; want 5", name, len(page.Items), err)
		}
		for _, l := range page.Items {
			if gone := l.ProviderID == "IN2" && l.Kind == bots.TextMessage; gone == l.State.DeletedAt.IsZero() {
				t.Errorf("%s: message %s of kind %d was taken back at %v", name, l.ProviderID, l.Kind, l.State.DeletedAt)
			}
		}
	}
	closeChecked(t, db)
}

// TestCheckKnowsPeoplesOwnIDs breaks the index of what people wrote.
func TestCheckKnowsPeoplesOwnIDs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func([]entry) []entry
		want string
	}{
		"an id is lost":               {func(list []entry) []entry { return list[1:] }, "is not found by the channel's id"},
		"an id means another message": {func(list []entry) []entry { list[0].val = list[1].val; return list }, "is not found by its own id"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db, _ := heardOnWhatsApp(t, dir)
			sealAll(t, db) // what is harmed is a sealed generation, and sealing takes its time
			closeChecked(t, db)
			damage(t, dir, func(btx *bolt.Tx) error {
				return edit(btx.Bucket([]byte(layouts[tProvider].bucket)), tProvider, c.harm)
			})
			db, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			problems, err := db.Check(t.Context())
			if err != nil || !strings.Contains(fmt.Sprint(problems), c.want) {
				t.Errorf("Check says %v, %v; want %q", problems, err, c.want)
			}
		})
	}
}
