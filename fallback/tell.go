package fallback

import (
	"context"
	"errors"
	"time"
)

// Tell runs a transaction of the program's own dialogue: what it remembers of a conversation is written together with what it says,
// so that a crash in between neither repeats nor forgets a question. f may run more than once.
//
// What was said before under the same key is not said again. An ask that cannot become a delivery fails the transaction.
func (e *Engine) Tell(ctx context.Context, store Updater, f func(tx Tx, say func(Ask) error) error) error {
	w, in := e.world(), e.intake()
	begins := false
	err := store.Update(ctx, func(tx Tx) error {
		begins = false
		return f(tx, func(a Ask) error {
			req, err := in.Request(a, time.Now())
			if err != nil {
				return err
			}
			done, err := Accept(tx, req, e.Rules, w)
			if errors.Is(err, ErrKeyReused) {
				return nil // said already, of what has changed since
			}
			begins = begins || err == nil && done.begins()
			return err
		})
	})
	if err == nil && begins {
		e.wake()
	}
	return err
}
