package fallback

import (
	"context"
	"slices"
	"sync"
	"time"

	"kaskad/bots"
)

// holds remembers which senders must not be used for now: told to wait, or misconfigured until a check succeeds. A channel is held
// while all of its senders are. It is lost at a crash, and learnt again from the first attempt.
type holds struct {
	mu      sync.Mutex
	senders map[string]*hold
	waves   map[string]*wave     // by channel
	lapses  map[string]lapse     // by sender; see accuse
	slips   map[string]*slips    // by sender; see answered
	met     map[string]time.Time // by sender: when its channel could call us again; see meet
	checks  bell                 // a check is due now
}

// hold is what stands against one sender. It is forgotten when a message is taken: a check that succeeds ends it for a trial
// only, because an account without money, too, is known by its name.
type hold struct {
	since  time.Time
	until  time.Time // told to wait; or: the next check
	fault  bool      // misconfigured, or down: only a check that succeeds ends it
	blamed time.Time // the first fault since a message was taken; zero: there was none
	probes int       // checks since then
	tried  bool      // one of them succeeded
	down   bool      // the fault is that it does not answer; see answered
	late   bool      // messages failed that had been taken; see accuse
	proven bool      // late: one was taken since, and counts for well at until unless it fails before
}

func (h *hold) on(now time.Time) bool { return h != nil && (h.fault || now.Before(h.until)) }

// wave counts the outcomes of a channel, to tell a channel that goes mad from people who leave.
type wave struct {
	began      time.Time
	all, drops int
	until      time.Time // distrusted until then
}

const (
	waveWindow = 5 * time.Minute
	waveLeast  = 50  // deactivations in a window below which nothing is a wave
	waveShare  = 0.3 // of all outcomes: in an ordinary broadcast a few of a hundred have left
	waveRest   = 30 * time.Minute
	firstProbe = 30 * time.Second
	lastProbe  = 10 * time.Minute
	probeTime  = 20 * time.Second
)

func newHolds() *holds {
	return &holds{senders: map[string]*hold{}, waves: map[string]*wave{}, lapses: map[string]lapse{}, slips: map[string]*slips{}, met: map[string]time.Time{}, checks: newBell()}
}

// wait puts a sender aside until a time: the channel said so.
func (h *holds) wait(sender string, until, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.of(sender)
	if !have.on(now) {
		have.since = now
	}
	if until.After(have.until) {
		have.until = until
	}
}

// of is what stands against a sender; made when nothing does.
func (h *holds) of(sender string) *hold {
	have := h.senders[sender]
	if have == nil {
		have = &hold{}
		h.senders[sender] = have
	}
	return have
}

// meet is said when a channel can call us, as it could not before: what it refused of its senders until then may have been that (Viber
// takes no message of a bot without a webhook), so that they are checked at once.
func (h *holds) meet(senders []string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range senders {
		h.met[name] = now
		if have := h.senders[name]; have != nil && have.fault && !have.down && !have.late {
			have.until = now
			h.checks.ring()
		}
	}
}

// blame puts a misconfigured sender aside after an attempt that began at began; it says when to check it. Messages that were under way
// together are one fault.
func (h *holds) blame(sender string, began, now time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.of(sender)
	if have.down {
		have.down, have.until = false, now // a refusal is an answer
	}
	have.blame(now)
	if began.Before(h.met[sender]) {
		have.until = now
		h.checks.ring()
	}
	return have.until
}

// failed notes that a check of a sender did not succeed.
func (h *holds) failed(sender string, misconfigured bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.of(sender)
	have.down = have.down && !misconfigured
	have.blame(now)
}

// blame reports whether it is news.
func (have *hold) blame(now time.Time) bool {
	if have.fault && now.Before(have.until) {
		return false
	}
	if have.blamed.IsZero() {
		have.blamed = now
	}
	if !have.on(now) {
		have.since = have.blamed // the trials in between helped nobody
	}
	have.fault, have.proven = true, false
	first, last := firstProbe, lastProbe
	if have.down {
		first, last = firstDown, lastDown
	}
	have.until = now.Add(min(first<<min(have.probes, 8), last))
	have.probes++
	return true
}

// try uses a misconfigured sender again because a check succeeded; it reports whether that is to be believed, and not only tried.
func (h *holds) try(sender string) (believed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.of(sender)
	believed = !have.tried && !have.late && !have.down
	have.fault, have.until, have.tried, have.proven = false, time.Time{}, true, false
	return believed
}

// release uses a sender again that took a message; it reports whether anything changed by that.
func (h *holds) release(sender string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.senders[sender]
	if have == nil || have.late && !have.lasted(now) {
		return have != nil
	}
	if have.late || have.down {
		h.lapses[sender] = lapse{have.probes, now}
	}
	delete(h.senders, sender)
	return true
}

// avoided are the senders that must not be used now.
func (h *holds) avoided(now time.Time) map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]bool{}
	for name, have := range h.senders {
		if have.on(now) {
			all[name] = true
		}
	}
	return all
}

// channel reports whether all senders of a channel are held: since when, and when to look again.
func (h *holds) channel(senders []string, now time.Time) (since, until time.Time, held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range senders {
		have := h.senders[name]
		if !have.on(now) {
			return time.Time{}, time.Time{}, false
		}
		if until.IsZero() || have.until.Before(until) {
			until = have.until
		}
		since = later(since, have.since) // the channel is held since the last of them fell out
	}
	return since, later(until, now.Add(time.Second)), len(senders) > 0
}

// due lists misconfigured senders whose check is due.
func (h *holds) due(now time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for name, have := range h.senders {
		if have.fault && !now.Before(have.until) {
			all = append(all, name)
		}
	}
	return all
}

// outcome counts one attempt of a channel; it reports whether a wave of deactivations begins with it.
func (h *holds) outcome(channel string, drop bool, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.waves[channel]
	if w == nil || now.Sub(w.began) > waveWindow {
		fresh := &wave{began: now}
		if w != nil {
			fresh.until = w.until
		}
		w = fresh
		h.waves[channel] = w
	}
	w.all++
	if !drop {
		return false
	}
	w.drops++
	if w.drops < waveLeast || float64(w.drops) < waveShare*float64(w.all) || now.Before(w.until) {
		return false
	}
	w.until = now.Add(waveRest)
	return true
}

func (h *holds) distrusted(now time.Time) map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]bool{}
	for channel, w := range h.waves {
		if now.Before(w.until) {
			all[channel] = true
		}
	}
	return all
}

// settled draws the conclusions of one attempt for the lane: wait, put the sender aside, or distrust a wave.
func (e *Engine) settled(channel string, a *Attempt, err *bots.SendError) {
	now, sender := time.Now(), a.Sender
	e.counted(channel, drops(channel, err), now)
	if at, news := e.holds.answered(sender, a.Message, err, now); news {
		e.look()
		e.Log.Error("sender does not answer; it is not used until it does", "channel", channel, "sender", sender, "next_check", at)
	}
	switch {
	case err == nil:
		if e.holds.release(sender, now) {
			e.look()
		}
	case err.Fault == bots.Temporary && err.RetryAfter > 0 && !err.ChatOnly:
		e.holds.wait(sender, now.Add(err.RetryAfter), now)
		e.look()
	case err.Fault == bots.Misconfigured:
		at := e.holds.blame(sender, a.At, now)
		e.look()
		e.Log.Error("sender refuses our account; it is not used until a check succeeds", "channel", channel, "sender", sender, "err", err, "next_check", at)
	}
}

// drops reports whether an error deactivates the address.
func drops(channel string, err *bots.SendError) bool {
	return err != nil && (err.Fault == bots.Refused && !err.AdsOnly || err.Fault == bots.Unreachable && bots.Messenger(channel))
}

// counted notes an outcome, and distrusts the channel when a wave begins with it.
func (e *Engine) counted(channel string, drop bool, now time.Time) {
	if e.holds.outcome(channel, drop, now) {
		e.look()
		e.Log.Error("a wave of addresses would be deactivated; none is until it ends", "channel", channel, "within", waveWindow.String())
	}
}

// heldLane reports whether a channel is held, since when, and when to look again.
func (e *Engine) heldLane(channel string, now time.Time) (since, until time.Time, held bool) {
	return e.holds.channel(e.Rules.Channels[channel].Senders, now)
}

// heldSince lists the channels that are held, and since when.
func (e *Engine) heldSince(now time.Time) map[string]time.Time {
	all := map[string]time.Time{}
	for channel := range e.Rules.Channels {
		if since, _, held := e.heldLane(channel, now); held {
			all[channel] = since
		}
	}
	return all
}

// Held lists the channels that are held by a fault, and when they are looked at again.
func (e *Engine) Held() map[string]time.Time {
	now := time.Now()
	all := map[string]time.Time{}
	for channel := range e.Rules.Channels {
		if _, until, held := e.heldLane(channel, now); held {
			all[channel] = until
		}
	}
	return all
}

// probes asks misconfigured senders who we are, until ctx ends; the ones that answer are used again.
func (e *Engine) probes(ctx context.Context) error {
	return e.every(ctx, tickEvery, e.holds.checks, func() {
		for _, name := range e.holds.due(time.Now()) {
			e.probe(ctx, name)
		}
	})
}

func (e *Engine) probe(ctx context.Context, sender string) {
	ask, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	if _, err := e.Senders[sender].Check(ask); err != nil {
		e.holds.failed(sender, bots.FaultOf(err).Fault == bots.Misconfigured, time.Now())
		e.look()
		return
	}
	e.Log.Info("sender answers again", "sender", sender)
	believed := e.holds.try(sender)
	e.look()
	for channel, c := range e.Rules.Channels {
		if believed && slices.Contains(c.Senders, sender) { // else a message that is taken tells
			e.ears.refuses(ctx, channel, sender, false, time.Now())
		}
	}
	e.wake()
}
