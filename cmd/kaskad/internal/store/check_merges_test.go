package store

import (
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestCheckFindsBrokenMerges breaks what is kept of a merge, each time in one place.
func TestCheckFindsBrokenMerges(t *testing.T) {
	t.Parallel()
	records := func(btx *bolt.Tx) *bolt.Bucket { return btx.Bucket([]byte(layouts[tRecord].bucket)) }
	people := func(btx *bolt.Tx) *bolt.Bucket { return btx.Bucket([]byte(layouts[tContact].bucket)) }
	for name, c := range map[string]struct {
		harm func(btx *bolt.Tx, kept, absorbed *bots.Contact) error
		want string
	}{
		"nothing is broken": {func(*bolt.Tx, *bots.Contact, *bots.Contact) error { return nil }, ""},
		"how it was done is gone": {func(btx *bolt.Tx, _, absorbed *bots.Contact) error {
			return records(btx).Delete(mergeKey(absorbed.ID))
		}, "nobody knows how it was absorbed"},
		"the absorbed one leads nowhere": {func(btx *bolt.Tx, _, absorbed *bots.Contact) error {
			return records(btx).Delete(intoKey(absorbed.ID))
		}, "does not lead to the one that absorbed it"},
		"both records are gone": {func(btx *bolt.Tx, _, absorbed *bots.Contact) error {
			if err := records(btx).Delete(mergeKey(absorbed.ID)); err != nil {
				return err
			}
			return records(btx).Delete(intoKey(absorbed.ID))
		}, "and nobody did"},
		"the absorbed one does not know": {func(btx *bolt.Tx, _, absorbed *bots.Contact) error {
			absorbed.Into = 0
			return people(btx).Put(idKey(nil, absorbed.ID), encodeContact(nil, absorbed))
		}, "does not say that it was absorbed"},
		"the kept one does not know": {func(btx *bolt.Tx, kept, _ *bots.Contact) error {
			kept.Merged = nil
			return people(btx).Put(idKey(nil, kept.ID), encodeContact(nil, kept))
		}, "does not know that it absorbed this one"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			upsert(t, db, card(1), func(*bots.Contact) {})
			upsert(t, db, card(2), func(*bots.Contact) {})
			m, err := db.Merge(t.Context(), fallback.MergeAsk{Keep: card(1), From: card(2)}, rules())
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			gone := m.AbsorbedWas
			gone.Into = m.Kept
			damage(t, dir, func(btx *bolt.Tx) error { return c.harm(btx, &m.Became, &gone) })
			if db, err = Open(dir, Options{}); err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			problems, err := db.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range problems {
				all = append(all, p.String())
			}
			if said := strings.Join(all, "\n"); !strings.Contains(said, c.want) || (said == "") != (c.want == "") {
				t.Errorf("Check says\n%s\nwant %q", said, c.want)
			}
		})
	}
}
