package webhooks

import (
	"context"
	"net/http"
)

// What the tests look at from inside.
const Down = down

type Payload = payload

var (
	Sign        = sign
	FreshSecret = freshSecret
)

// Transport makes the calls.
func (w *Webhooks) Transport() *http.Transport { return w.caller.client.Transport.(*http.Transport) }

// Call makes one call; what came of it, in words and as an error.
func (w *Webhooks) Call(ctx context.Context, h *Hook) (string, error) {
	o := w.caller.call(ctx, h, "chg_1", []byte("{}"))
	return o.text(), o.err
}
