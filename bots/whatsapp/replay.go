package whatsapp

import (
	"context"
	"time"

	"kaskad/bots"
)

var _ bots.Replayer = (*Bot)(nil)

// Replay reads one event that was kept in quarantine.
func (b *Bot) Replay(raw []byte, _ time.Time) (bots.Batch, error) {
	ctx, cancel := context.WithTimeout(context.Background(), keepTime)
	defer cancel()
	events, err := b.replayed(ctx, raw)
	return bots.Batch{Events: events}, err
}

func (b *Bot) replayed(ctx context.Context, raw []byte) ([]bots.Event, error) {
	evt, err := fromRaw(raw)
	if err != nil {
		return nil, err
	}
	return b.decode(ctx, evt)
}
