package whatsappcloud

import (
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// Replay reads one event that was kept in quarantine: its raw form is a call with nothing else in it. Of a call that was kept whole,
// because its form is another, what was understood was taken when it came, and is not taken again.
func (b *Bot) Replay(raw []byte, at time.Time) (bots.Batch, error) {
	batch, err := b.decode(raw, at)
	if err != nil {
		return bots.Batch{}, err
	}
	if slices.ContainsFunc(batch.Events, func(e bots.Event) bool { return e.Kind == "" }) {
		return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it is still no event that we understand", bots.ErrMalformed)
	}
	return batch, nil
}
