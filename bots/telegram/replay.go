package telegram

import (
	"bytes"
	"fmt"
	"time"

	"kaskad/bots"
)

var _ bots.Replayer = (*Bot)(nil)

// Replay reads one update that was kept in quarantine. A press in it is not answered: the person's client has long given up.
func (b *Bot) Replay(raw []byte, at time.Time) (bots.Batch, error) {
	h := b.decode(bytes.Clone(raw), at)
	switch {
	case h.event == nil:
		return bots.Batch{}, nil
	case h.event.Kind == "":
		return bots.Batch{}, fmt.Errorf("telegram: %w: it is still no update that we understand", bots.ErrMalformed)
	}
	return bots.Batch{Events: []bots.Event{*h.event}}, nil
}
