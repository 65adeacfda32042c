package store

import (
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestCheckLooksAtTheWaysIn makes one record of each kind that journeys keep, none of which is a problem, and breaks one at a time.
func TestCheckLooksAtTheWaysIn(t *testing.T) {
	t.Parallel()
	nobody := bots.ID(5)
	for what, c := range map[string]struct {
		key  []byte
		val  []byte // nil: the record goes
		want string
	}{
		"a source that cannot be read":         {sourceKey("shop7"), []byte{0xff}, "malformed"},
		"a source under another's code":        {sourceKey("shop8"), encodeSource(nil, &bots.Source{Code: "shop7", Name: "Shop 7"}), "calls itself"},
		"a source without a name":              {sourceKey("shop7"), encodeSource(nil, &bots.Source{Code: "shop7"}), "could not be made so"},
		"a source that people came by is lost": {sourceKey("shop7"), nil, "there is no source"},
		"somebody came who is not there":       {cameKey(nobody, "shop7"), encode(nil, func(e *encoder) { e.str(1, bots.Viber) }), "is not there"},
		"somebody came that cannot be read":    {cameKey(nobody, "shop7"), []byte{0xff}, "malformed"},
		"somebody came on no channel":          {cameKey(nobody, "shop7"), encode(nil, func(e *encoder) { e.bool(2, true) }), "contact"},
		"counts of no day":                     {funnelKey(fallback.FunnelKey{Source: "shop7", Day: "2026-13-41"}), encode(nil, func(e *encoder) { e.bool(15, true) }), "malformed"},
		"counts that cannot be read":           {funnelKey(fallback.FunnelKey{Source: "shop7", Day: "2026-11-22"}), []byte{0xff}, "malformed"},
		"counts of no source":                  {funnelKey(fallback.FunnelKey{Source: "shop8", Day: "2026-11-22"}), encode(nil, func(e *encoder) { e.bool(15, true) }), "there is no source"},
		"less than nothing was saved":          {recruitKey("2026-11-22"), encode(nil, func(e *encoder) { e.int(4, -1) }), "was saved"},
		"what links in texts did, unreadable":  {recruitKey("2026-11-22"), []byte{0xff}, "malformed"},
		"less than no codes":                   {codesKey("x"), encodeCodes(nil, &fallback.Codes{Sent: -1}), "codes were sent"},
		"codes that cannot be read":            {codesKey("x"), []byte{0xff}, "malformed"},
		"a hold under another's id":            {holdKey(nobody), encodeHold(nil, &fallback.RegionHold{ID: 6, Region: "UA"}), "not kept under its own id"},
		"a hold that cannot be read":           {holdKey(nobody), []byte{0xff}, "malformed"},
		"a word that cannot be read":           {naming{}.wordKey("+380501112233"), []byte{0xff}, "malformed"},
		"a channel's count, unreadable":        {writtenKey("whatsapp"), []byte{0xff}, "malformed"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			waysHarmed(t, tRecord, c.key, c.val, c.want)
		})
	}
	end := now()
	for what, c := range map[string]struct {
		key, val []byte
		want     string
	}{
		"a link of nobody":             {name("ONE"), encodeLink(nil, &fallback.Link{Token: "ONE", Contact: nobody, Expires: end}), "whose link it is, is not there"},
		"a link under another's token": {name("ONE"), encodeLink(nil, &fallback.Link{Token: "TWO", Contact: nobody, Expires: end}), "calls itself otherwise"},
		"a link that cannot be read":   {name("ONE"), []byte{0xff}, "malformed"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			waysHarmed(t, tLink, c.key, c.val, c.want)
		})
	}
}

// waysHarmed checks a store with a person who came by a source, then the same with one record put or lost.
func waysHarmed(t *testing.T, of table, key, val []byte, want string) {
	t.Helper()
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	err := db.Update(t.Context(), func(tx fallback.Tx) error {
		if _, err := fallback.MakeSource(tx, bots.Source{Code: "shop7", Name: "Shop 7"}, false); err != nil {
			return err
		}
		who := &bots.Contact{ID: tx.NewID(), Phone: "+380501112233"}
		tx.PutContact(who)
		tx.PutCame(who.ID, "shop7", fallback.Came{Channel: bots.Viber})
		tx.PutCame(who.ID, bots.SourceSMS, fallback.Came{Channel: bots.Viber})
		tx.AddFunnel(fallback.FunnelKey{Source: "shop7", Day: "2026-11-22"}, fallback.Funnel{Started: 1})
		tx.AddRecruits("2026-11-22", fallback.Recruits{Moved: 1})
		tx.PutCodes("all", fallback.Codes{Sent: 1})
		tx.PutLink(fallback.Link{Token: "MINE", Contact: who.ID, Source: "shop7", Expires: tx.Now()})
		tx.PutWord(who.Phone, bots.Consent{State: bots.Denied})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	closeChecked(t, db)
	damage(t, dir, func(btx *bolt.Tx) error {
		b := btx.Bucket([]byte(layouts[of].bucket))
		if val == nil {
			return b.Delete(key)
		}
		return b.Put(key, val)
	})
	db, err = Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if strings.Contains(p.What, want) {
			return
		}
	}
	t.Errorf("Check says %v, want %q", found, want)
}
