package fallback

import (
	"context"
	"slices"
	"time"

	"kaskad/bots"
)

// Why a channel is degraded.
const (
	ReasonUnheard       = "unheard"       // deaf beyond its cap: its waits go on, slowly
	ReasonMisconfigured = "misconfigured" // a sender of it refuses our account: State names the sender
	ReasonDown          = "down"          // a sender of it does not answer: State names the sender
)

// tell writes into the outbox that a channel stays unheard, or is heard again: once for each change, restarts in between or not.
// A crash between the line and the note of it tells once more, never once less. What cannot be written now is told at a later beat.
func (x *ears) tell(ctx context.Context, channel string, a *ear, now time.Time) {
	degraded, recovered := a.gone && !a.Degraded, a.deafFrom.IsZero() && a.Degraded
	if !degraded && !recovered {
		return
	}
	if !x.e.note(ctx, channel, degraded, ReasonUnheard, "", now) {
		return
	}
	a.Degraded = degraded
	x.put(ctx, channel, a, now)
	if degraded {
		x.e.Log.Error("channel stays unheard; its waits go on slowly", "channel", channel, "since", a.deafFrom)
	} else {
		x.e.Log.Info("channel heard again", "channel", channel)
	}
}

// refuses writes into the outbox that a sender refuses our account, or takes messages again: once for each change, as tell does. A
// new process, with the right token in its configuration, tells of the end when the first message is taken.
func (x *ears) refuses(ctx context.Context, channel, sender string, refuses bool, now time.Time) {
	x.among(ctx, channel, sender, func() bool { return refuses }, ReasonMisconfigured, now)
}

// falls writes into the outbox that a sender does not answer, or takes messages again, as refuses does. Many sends end at once: what each of
// them knew is old when its turn comes, and the last word has to be how the sender stands.
func (x *ears) falls(ctx context.Context, channel, sender string, now time.Time) {
	x.among(ctx, channel, sender, func() bool { return x.e.holds.isDown(sender) }, ReasonDown, now)
}

// among puts a sender among those that are in trouble for a reason, or takes it out.
func (x *ears) among(ctx context.Context, channel, sender string, is func() bool, reason string, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil {
		return
	}
	list, in := &a.Refusing, is()
	if reason == ReasonDown {
		list = &a.Down
	}
	if slices.Contains(*list, sender) == in || !x.e.note(ctx, channel, in, reason, sender, now) {
		return
	}
	if in {
		*list = append(slices.Clone(*list), sender)
	} else {
		*list = slices.DeleteFunc(slices.Clone(*list), func(s string) bool { return s == sender })
	}
	x.put(ctx, channel, a, now)
}

// note appends channel.degraded or channel.recovered to the outbox; it reports whether it is there.
func (e *Engine) note(ctx context.Context, channel string, degraded bool, reason, sender string, now time.Time) bool {
	c := bots.Change{Type: "channel.recovered", At: now.Round(0), Channel: channel, State: sender, Reason: reason}
	if degraded {
		c.Type = "channel.degraded"
	}
	if err := e.Store.Note(ctx, c); err != nil {
		e.Log.Warn("change of a channel not written", "channel", channel, "type", c.Type, "err", err)
		return false
	}
	return true
}
