package whatsappcloud

import (
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// Replay reads one event that was kept in quarantine: its raw form is a call with nothing else in it.
func (b *Bot) Replay(raw []byte, at time.Time) (bots.Batch, error) {
	batch := b.decode(raw, at)
	had := len(batch.Events)
	batch.Events = slices.DeleteFunc(batch.Events, func(e bots.Event) bool { return e.Kind == "" })
	if had > 0 && len(batch.Events) == 0 {
		return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it is still no event that we understand", bots.ErrMalformed)
	}
	return batch, nil
}
