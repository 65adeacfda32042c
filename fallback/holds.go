package fallback

import (
	"context"
	"sync"
	"time"

	"kaskad/bots"
)

// holds remembers which channels must not be sent to for now: told to wait, or misconfigured until a check succeeds. It is lost
// at a crash, and learnt again from the first attempt.
type holds struct {
	mu      sync.Mutex
	until   map[string]time.Time // by channel
	since   map[string]time.Time // by channel: when a fault began to hold it
	avoid   map[string]time.Time // by sender: next probe
	probes  map[string]int
	drops   map[string][]time.Time // by channel: when addresses were deactivated
	trusted map[string]time.Time   // by channel: distrusted until
}

func newHolds() *holds {
	return &holds{until: map[string]time.Time{}, since: map[string]time.Time{}, avoid: map[string]time.Time{}, probes: map[string]int{}, drops: map[string][]time.Time{}, trusted: map[string]time.Time{}}
}

const (
	waveWindow = 5 * time.Minute
	waveSize   = 50 // deactivations in the window that look like the channel's fault rather than people's
	waveRest   = 30 * time.Minute
	// A hold that begins this soon after the last one ended is the same trouble.
	holdBreath = 10 * time.Second
	firstProbe = 30 * time.Second
	lastProbe  = 10 * time.Minute
)

func (h *holds) held(channel string, now time.Time) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ok := h.until[channel]
	return until, ok && now.Before(until)
}

func (h *holds) hold(channel string, until, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since[channel].IsZero() || now.After(h.until[channel].Add(holdBreath)) {
		h.since[channel] = now
	}
	if until.After(h.until[channel]) {
		h.until[channel] = until
	}
}

func (h *holds) release(channel, sender string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.until, channel)
	delete(h.since, channel)
	delete(h.avoid, sender)
	delete(h.probes, sender)
}

// troubled lists the channels that a fault holds, and since when.
func (h *holds) troubled(now time.Time) map[string]time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]time.Time{}
	for channel, until := range h.until {
		if now.Before(until) {
			all[channel] = h.since[channel]
		}
	}
	return all
}

// blame puts a misconfigured sender aside; it says when to probe it.
func (h *holds) blame(sender string, now time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := now.Add(min(firstProbe<<min(h.probes[sender], 8), lastProbe))
	h.probes[sender]++
	h.avoid[sender] = at
	return at
}

func (h *holds) avoided() map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]bool, len(h.avoid))
	for s := range h.avoid {
		all[s] = true
	}
	return all
}

// due lists senders whose probe is due.
func (h *holds) due(now time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for s, at := range h.avoid {
		if !now.Before(at) {
			all = append(all, s)
		}
	}
	return all
}

// deactivated counts an error that deactivates an address; it reports whether a wave began.
func (h *holds) deactivated(channel string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	recent := h.drops[channel][:0]
	for _, at := range h.drops[channel] {
		if now.Sub(at) < waveWindow {
			recent = append(recent, at)
		}
	}
	h.drops[channel] = append(recent, now)
	if len(h.drops[channel]) < waveSize || now.Before(h.trusted[channel]) {
		return false
	}
	h.trusted[channel] = now.Add(waveRest)
	return true
}

func (h *holds) distrusted(now time.Time) map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]bool{}
	for c, until := range h.trusted {
		all[c] = now.Before(until)
	}
	return all
}

// settled draws the conclusions of one attempt for the lane: wait, put the sender aside, or distrust a wave.
func (e *Engine) settled(channel, sender string, err *bots.SendError) {
	now := time.Now()
	switch {
	case err == nil:
		if _, held := e.world().Avoid[sender]; held {
			e.holds.release(channel, sender)
			e.look()
		}
	case err.Fault == bots.Temporary && err.RetryAfter > 0:
		e.holds.hold(channel, now.Add(err.RetryAfter), now)
		e.look()
	case err.Fault == bots.Misconfigured:
		at := e.holds.blame(sender, now)
		if e.allAvoided(channel) {
			e.holds.hold(channel, at, now)
		}
		e.look()
		e.Log.Error("channel refuses our account; its lane is held until a check succeeds", "channel", channel, "sender", sender, "code", err.Code, "next_check", at)
	case err.Fault == bots.Refused || err.Fault == bots.Unreachable && bots.Messenger(channel):
		if e.holds.deactivated(channel, now) {
			e.look()
			e.Log.Error("a wave of addresses would be deactivated; none is until it ends", "channel", channel, "within", waveWindow.String())
		}
	}
}

func (e *Engine) allAvoided(channel string) bool {
	avoid := e.holds.avoided()
	for _, s := range e.Rules.Channels[channel].Senders {
		if !avoid[s] {
			return false
		}
	}
	return true
}

// probe asks held senders who we are; the ones that answer are used again.
func (e *Engine) probe(ctx context.Context, now time.Time) {
	for _, name := range e.holds.due(now) {
		channel := e.channelOf(name)
		if _, err := e.Senders[name].Check(ctx); err != nil {
			at := e.holds.blame(name, now)
			if e.allAvoided(channel) {
				e.holds.hold(channel, at, now)
			}
			continue
		}
		e.Log.Info("sender answers again", "channel", channel, "sender", name)
		e.holds.release(channel, name)
		e.look()
		e.wake()
	}
}

func (e *Engine) channelOf(sender string) string {
	for channel, c := range e.Rules.Channels {
		for _, s := range c.Senders {
			if s == sender {
				return channel
			}
		}
	}
	return sender
}

// Held lists the channels that are held by a fault, and until when.
func (e *Engine) Held() map[string]time.Time {
	now := time.Now()
	all := map[string]time.Time{}
	for channel := range e.Rules.Channels {
		if until, held := e.holds.held(channel, now); held {
			all[channel] = until
		}
	}
	return all
}
