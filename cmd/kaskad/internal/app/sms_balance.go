package app

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback/sms"
)

// balances is what is left of the money at each SMS provider that can be asked, as it was asked last.
type balances struct {
	mu  sync.Mutex
	all map[string]bots.Money // by sender
}

const balanceEvery = 10 * time.Minute

// read is what is known; a provider that did not answer the last time is not among them.
func (b *balances) read() map[string]bots.Money {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.all)
}

// run asks now and then until ctx ends.
func (b *balances) run(ctx context.Context, providers []*sms.Provider) error {
	for len(providers) > 0 && ctx.Err() == nil {
		providers = b.round(ctx, providers)
		select {
		case <-ctx.Done():
		case <-time.After(balanceEvery):
		}
	}
	return nil
}

// round asks each provider once, and returns those that can be asked at all.
func (b *balances) round(ctx context.Context, providers []*sms.Provider) (able []*sms.Provider) {
	for _, p := range providers {
		ask, cancel := context.WithTimeout(ctx, balanceTime)
		m, err := p.Balance(ask)
		cancel()
		if errors.Is(err, sms.ErrNoBalance) {
			continue
		}
		able = append(able, p)
		b.mu.Lock()
		if err == nil {
			b.all[p.Name()] = m
		} else {
			delete(b.all, p.Name()) // an old figure would hide that money runs out
		}
		b.mu.Unlock()
	}
	return able
}
