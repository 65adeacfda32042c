package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
)

// BenchmarkSealed measures what sealing costs an accept: the same work, on files of a few people that are as they are, and sealed.
func BenchmarkSealed(b *testing.B) {
	const people = 5000
	for _, sealed := range []bool{false, true} {
		for _, callers := range []int{64, 256} {
			b.Run(fmt.Sprintf("sealed=%t/callers=%d", sealed, callers), func(b *testing.B) {
				opt := Options{}
				if sealed {
					path, master := filepath.Join(b.TempDir(), "people.keys"), keyring.NewMaster()
					if err := keyring.Make(path, master); err != nil {
						b.Fatal(err)
					}
					keys, err := keyring.Open(path, master)
					if err != nil {
						b.Fatal(err)
					}
					opt.Keys = keys
					b.Cleanup(func() { _ = opt.Keys.Close() })
				}
				db := openAt(b, b.TempDir(), opt)
				for i := range people {
					if _, _, err := db.PutContact(b.Context(), bots.Ref{Kind: "phone", Value: benchPhone(i)}, func(c *bots.Contact) error { c.Name = "Олена"; return nil }); err != nil {
						b.Fatal(err)
					}
				}
				r, w, ctx := rules(), world(), b.Context()
				measure(b, db, callers, func(n int) error {
					req := benchRequest(n)
					req.To.Value = benchPhone(n * 7919 % people)
					_, err := db.Accept(ctx, req, r, w)
					return err
				})
			})
		}
	}
}
