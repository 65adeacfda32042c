package app

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/export"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// A delivery of one that went to the other's chat while the two were one: afterwards its document says that there was a step, and the other's
// has the message; neither has the other's chat, nor what the channel said of it.
func TestAnExportAfterAnUndoHasNothingOfTheOthersChat(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &exportLife{t: t, db: db, round: 1}
	other := bots.Address{Channel: bots.SMS, ID: "+380671112233"}
	for n, place := range []bots.Address{l.chat(0), other} {
		c, _, err := db.PutContact(t.Context(), l.card(n), func(c *bots.Contact) error {
			if c.Set(place, bots.Active, time.Now()); place == other {
				c.Phone = place.ID
			}
			return nil
		})
		l.must(err)
		l.people = append(l.people, c.ID)
	}
	_, err = db.Merge(t.Context(), fallback.MergeAsk{Keep: l.card(0), From: l.card(1), By: "key:test"}, l.rules())
	l.must(err)
	got, err := db.Accept(t.Context(), &fallback.Request{
		To: l.card(0), Given: l.card(0).String(), Purpose: fallback.Service, Text: "120 points", Same: 1,
		Cascade: fallback.Cascade{Deadline: time.Hour, Steps: []fallback.Step{{Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}}}},
	}, l.rules(), &fallback.World{Boot: 7})
	l.must(err)
	l.send(got.ID)
	l.undo([]bots.Merge{{Kept: l.people[0], Absorbed: l.people[1]}})

	own, theirs := l.document(0), l.document(1)
	if n := strings.Count(own, "120 points"); n != 1 || strings.Contains(own, other.ID) || strings.Contains(own, `"number"`) {
		t.Errorf("the words stand %d times, or there is something of the other's, in %s", n, own)
	}
	if strings.Count(theirs, "120 points") != 1 || !strings.Contains(theirs, other.ID) || strings.Contains(theirs, l.chat(0).ID) {
		t.Errorf("the other's is %s", theirs)
	}
	problems, err := db.Check(t.Context())
	if err = errors.Join(err, db.Close()); len(problems) > 0 || err != nil {
		t.Errorf("records and indexes differ: %v, %v", problems, err)
	}
}

func (l *exportLife) document(n int) string {
	c, err := l.db.Contact(l.t.Context(), l.people[n])
	l.must(err)
	var out bytes.Buffer
	_, err = export.JSON(l.t.Context(), exports{l.db}, c, &out)
	l.must(err)
	return out.String()
}
