package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"
)

// preKeys makes the keys for people's first messages in one commit: 812 at the first login, where the library makes a commit each.
//
// Both ways of making keys begin with the transaction and take the library's own lock inside it: in another order the two would wait
// for each other, as there is one connection.
type preKeys struct {
	store.PreKeyStore
	buffer store.EventBuffer // its transaction is the database's
}

func (p preKeys) GetOrGenPreKeys(ctx context.Context, count uint32) (made []*keys.PreKey, err error) {
	err = p.buffer.DoDecryptionTxn(ctx, func(ctx context.Context) (err error) {
		made, err = p.PreKeyStore.GetOrGenPreKeys(ctx, count)
		return err
	})
	return made, err
}

func (p preKeys) GenOnePreKey(ctx context.Context) (made *keys.PreKey, err error) {
	err = p.buffer.DoDecryptionTxn(ctx, func(ctx context.Context) (err error) {
		made, err = p.PreKeyStore.GenOnePreKey(ctx)
		return err
	})
	return made, err
}
