package bots

import (
	"testing"
	"time"
)

func TestMarketingWaitsForAConversation(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	for name, c := range map[string]struct {
		before Conversation
		do     func(*Conversation) bool
		want   Conversation
		free   bool
	}{
		"it begins":                    {Conversation{}, func(c *Conversation) bool { c.HoldAds(now, at(24)); return false }, Conversation{AdsFrom: now, AdsTo: at(24)}, false},
		"it goes on":                   {Conversation{AdsFrom: at(-2), AdsTo: at(22)}, func(c *Conversation) bool { c.HoldAds(now, at(24)); return false }, Conversation{AdsFrom: at(-2), AdsTo: at(24)}, false},
		"it never gets shorter":        {Conversation{AdsFrom: at(-2), AdsTo: at(22)}, func(c *Conversation) bool { c.HoldAds(now, at(1)); return false }, Conversation{AdsFrom: at(-2), AdsTo: at(22)}, false},
		"it begins anew":               {Conversation{AdsFrom: at(-59), AdsTo: at(-24)}, func(c *Conversation) bool { c.HoldAds(now, at(24)); return false }, Conversation{AdsFrom: now, AdsTo: at(24)}, false},
		"it begins soon after another": {Conversation{AdsFrom: at(-9), AdsTo: at(-5)}, func(c *Conversation) bool { c.HoldAds(now, at(24)); return false }, Conversation{AdsFrom: at(-9), AdsTo: at(24)}, false},
		"it ends":                      {Conversation{AdsFrom: at(-2), AdsTo: at(22)}, func(c *Conversation) bool { return c.FreeAds(now) }, Conversation{AdsFrom: at(-2), AdsTo: now}, true},
		"it ended before":              {Conversation{AdsFrom: at(-9), AdsTo: at(-5)}, func(c *Conversation) bool { return c.FreeAds(now) }, Conversation{AdsFrom: at(-9), AdsTo: at(-5)}, false},
		"staff said how long at least": {Conversation{AdsFrom: at(-2), AdsTo: at(22), PausedTo: at(3)}, func(c *Conversation) bool { return c.FreeAds(now) }, Conversation{AdsFrom: at(-2), AdsTo: at(3), PausedTo: at(3)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.before
			if free := c.do(&got); free != c.free || got != c.want {
				t.Errorf("got %+v, free %t; want %+v, %t", got, free, c.want, c.free)
			}
		})
	}
}
