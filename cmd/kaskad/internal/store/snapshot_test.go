package store

import (
	"context"
	"fmt"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
)

// TestReadersWhileTheFileIsMappedAgain: a file that starts small is mapped again and again while it grows, generations are
// sealed and filters read; readers and writers wait for each other, and never for ever. Run it with -race: readers share
// transactions.
func TestReadersWhileTheFileIsMappedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small := Options{Generation: 8, boltOpts: func(o *bolt.Options) { o.InitialMmapSize = 0 }}
	db := openAt(t, dir, small)
	const old, each = 40, 25
	for i := 0; i < old; i += 4 {
		putKeys(t, db, i, i+4, 1)
	}
	closeChecked(t, db)
	db = openAt(t, dir, small)
	ctx, cancel := context.WithCancel(t.Context())
	var writers, readers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range each {
				phone := fmt.Sprintf("+3805011122%d%d", w, i%10)
				req := request(phone)
				req.Key, req.Text = fmt.Sprint(w, "/", i), fmt.Sprint(i)
				a, err := db.Accept(ctx, req, rules(), world())
				if err != nil {
					t.Error(err)
					return
				}
				if again, err := db.Accept(ctx, req, rules(), world()); err != nil || again.ID != a.ID {
					t.Errorf("the same again = %s, %v; want %s", again.ID, err, a.ID)
				}
				if err := db.PutSetting(ctx, phone, make([]byte, 20<<10)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_, err := view(context.Background(), db, func(tx *tx) (int, error) {
					hasKeys(t, tx, old, 1)
					tx.DeliveriesOf(tx.FindContact(bots.Ref{Kind: "phone", Value: "+380501112200"}), func(id bots.ID, _ uint64) bool {
						if tx.Delivery(id) == nil {
							t.Errorf("delivery %s is in the list of its contact and not there", id)
						}
						return true
					})
					return 0, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	cancel()
	readers.Wait()
	for w := range 4 {
		if _, ok := keyUse(t, db, fmt.Sprint(w, "/", each-1)); !ok {
			t.Errorf("the last key of writer %d is not there", w)
		}
	}
}
