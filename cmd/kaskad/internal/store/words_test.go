package store

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const stopped = "+380501112233"

// The person said no at a number; the retailer then gives the number to contacts, with a yes of before or of after.
func TestWhoeverIsGivenANumberHasItsNo(t *testing.T) {
	no := bots.Consent{State: bots.Denied, At: now().Add(-time.Hour), Source: "keyword:stop", ByPerson: true}
	for name, when := range map[string]time.Time{"a yes of before": no.At.Add(-time.Hour), "a yes of after": now()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, Options{})
			err := db.Update(t.Context(), func(tx fallback.Tx) error { tx.PutWord(stopped, no); return nil })
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = openAt(t, dir, Options{})
			at, yes := now(), bots.Consent{State: bots.Given, At: when, Source: "crm"}
			fresh := upsert(t, db, bots.Ref{Kind: "phone", Value: stopped}, func(c *bots.Contact) { c.Tell(yes) })
			moved := upsert(t, db, bots.Ref{Kind: "ext", Value: "C-1"}, func(c *bots.Contact) { c.Tell(yes) })
			moved = upsert(t, db, bots.Ref{Kind: "id", Value: moved.ID.String()}, func(c *bots.Contact) {
				c.Set(bots.Address{Channel: bots.SMS, ID: stopped}, bots.Unverified, at)
			})
			for _, c := range []*bots.Contact{fresh, moved} {
				kept, err := db.Contact(t.Context(), c.ID)
				if err != nil || !c.Marketing.Same(no) || !kept.Marketing.Same(no) {
					t.Errorf("answered %+v, kept %+v, %v; want %+v", c.Marketing, kept.Marketing, err, no)
				}
			}
			if reasons := consents(t, db, fresh.ID); len(reasons) != 1 || reasons[0] != "denied shared:keyword:stop" {
				t.Errorf("told %q", reasons)
			}
		})
	}
}

// consents are the lines of the outbox about somebody's consent.
func consents(t *testing.T, db *DB, of bots.ID) (told []string) {
	t.Helper()
	list, err := db.Changes(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Type == "contact.consent" && c.Contact == of {
			told = append(told, c.State+" "+c.Reason)
		}
	}
	return told
}

func TestCheckReadsWords(t *testing.T) {
	db := open(t, Options{})
	err := db.write(t.Context(), func(t *tx) error {
		t.set.put(tRecord, naming{}.wordKey(stopped), []byte{0xff})
		t.set.put(tRecord, append(name("people"), 'x'), []byte{0xff})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := db.Check(t.Context())
	if err != nil || len(found) != 1 || found[0].Bucket != tRecord.String() {
		t.Errorf("Check = %v, %v; want the word, and not what others keep", found, err)
	}
	if err := db.write(t.Context(), func(t *tx) error { t.set.delete(tRecord, naming{}.wordKey(stopped)); return nil }); err != nil {
		t.Fatal(err)
	}
}
