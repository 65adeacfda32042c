package app

import (
	"context"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/cmd/kaskad/internal/ticks"
	"kaskad/fallback"
)

// openTicks makes what marks people's messages as read, on the channels that can and may.
func (a *App) openTicks() {
	wanted := map[string]bool{bots.WhatsApp: a.cfg.WhatsApp.BlueTicks, bots.WhatsAppCloud: a.cfg.WhatsAppCloud.BlueTicks}
	markers := map[string]bots.Marker{}
	for name, c := range a.channels {
		for _, s := range c.senders {
			if m, ok := s.(bots.Marker); ok && wanted[name] {
				markers[name] = m
			}
		}
	}
	if len(markers) > 0 {
		a.ticks = ticks.New(ticks.Options{Feed: tickFeed{a.db}, Markers: markers, Log: a.log})
	}
}

// runTicks marks what staff have answered; without a channel that wants it there is nothing to do.
func (a *App) runTicks(ctx context.Context) error {
	if a.ticks == nil {
		return nil
	}
	return a.ticks.Run(ctx)
}

// counts are those of the engine, and of what works beside it.
func (a *App) counts() []fallback.Count {
	all := a.engine.Counts()
	if a.ticks != nil {
		all = append(all, a.ticks.Counts()...)
	}
	return all
}

// tickFeed is the store as ticks want it.
type tickFeed struct{ *store.DB }

func (f tickFeed) Said(ctx context.Context, contact bots.ID, most int) ([]ticks.Line, error) {
	page, err := f.LastMessages(ctx, contact, "", most)
	lines := make([]ticks.Line, len(page.Items))
	for i, l := range page.Items {
		lines[i] = ticks.Line{Message: l.Message, State: l.State}
	}
	return lines, err
}
