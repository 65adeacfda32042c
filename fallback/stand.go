package fallback

import (
	"context"
	"time"

	"kaskad/bots"
)

// How the sessions of channels stand that have one. A channel that is shut, or limited, is not waited for: what stands in its lanes
// goes on to the next channel at once.

// standEvery is how often senders are asked. They answer from memory.
const standEvery = time.Second

// restTime is how long a session may be on its way to be connected before anybody is told: every start has such a moment.
const restTime = 30 * time.Second

// Standings is how the channels stand that hold a session, by channel.
func (e *Engine) Standings() map[string]bots.Standing {
	all := map[string]bots.Standing{}
	for channel, c := range e.Rules.Channels {
		if s, ok := e.stands(c.Senders); ok {
			all[channel] = s
		}
	}
	return all
}

// stands is how the best of some senders stands; false when one of them holds no session, and so carries the channel by itself.
func (e *Engine) stands(senders []string) (best bots.Standing, ok bool) {
	for i, name := range senders {
		s, holds := e.Senders[name].(bots.Stander)
		if !holds {
			return bots.Standing{}, false
		}
		if now := s.Standing(); i == 0 || rank(now) < rank(best) {
			best = now
		}
	}
	return best, len(senders) > 0
}

func rank(s bots.Standing) int {
	switch {
	case s.Shut:
		return 2
	case s.Limited:
		return 1
	}
	return 0
}

// hears reports whether a session hears its channel: one that is on its way, or was turned away, does not.
func hears(s bots.Standing) bool {
	return s.State == "" || s.State == "connected" || s.State == "limited"
}

// attend looks every second how sessions stand, until ctx ends.
func (e *Engine) attend(ctx context.Context) error {
	return e.every(ctx, standEvery, nil, func() { e.stood(ctx) })
}

// stood looks how sessions stand now, lets the lanes know of what changed, and tells of troubles that begin and end.
func (e *Engine) stood(ctx context.Context) {
	was, is, now := e.world().Standing, e.Standings(), time.Now()
	changed := false
	for channel, s := range is {
		changed = changed || rank(s) != rank(was[channel])
		if !hears(s) && e.ears.loses(channel, now) {
			changed = true
		}
		e.ears.stands(ctx, channel, s, now)
	}
	if changed {
		e.look()
		e.wake()
	}
}

// stands writes into the outbox that a session is shut or limited, and when that is over: once for each change, as tell does.
func (x *ears) stands(ctx context.Context, channel string, s bots.Standing, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil {
		return
	}
	trouble := troubleOf(s, now)
	if trouble == a.Standing {
		return
	}
	told := trouble
	if trouble == "" {
		told = a.Standing
	}
	if !x.e.note(ctx, channel, trouble != "", told, "", now) {
		return
	}
	a.Standing = trouble
	x.put(ctx, channel, a, now)
	if trouble != "" {
		args := []any{"channel", channel, "state", s.State, "since", s.Since, "advice", s.Advice}
		if !s.Until.IsZero() {
			args = append(args, "until", s.Until)
		}
		x.e.Log.Error("channel cannot be sent to; its steps go on to the next", args...)
		return
	}
	x.e.Log.Info("channel can be sent to again", "channel", channel, "state", s.State)
}

// troubleOf is the word for what is wrong with a session; empty: nothing is, or not for long enough.
func troubleOf(s bots.Standing, now time.Time) string {
	switch {
	case rank(s) == 0:
		return ""
	case s.State == "":
		return ReasonShut
	case s.State == "connecting" && now.Sub(s.Since) < restTime:
		return ""
	}
	return s.State
}
