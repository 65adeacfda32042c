package viber

import (
	"bytes"
	"fmt"
	"time"

	"kaskad/bots"
)

var _ bots.Replayer = (*Bot)(nil)

// Replay reads one call that was kept in quarantine. Nobody waits for its response any more, so nothing is said in it.
func (b *Bot) Replay(raw []byte, at time.Time) (bots.Batch, error) {
	e := b.decode(bytes.Clone(raw), at)
	switch {
	case e == nil:
		return bots.Batch{}, nil
	case e.Kind == "":
		return bots.Batch{}, fmt.Errorf("viber: %w: it is still no event that we understand", bots.ErrMalformed)
	}
	e.Answerable = false
	return bots.Batch{Events: []bots.Event{*e}}, nil
}
