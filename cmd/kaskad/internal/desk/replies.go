package desk

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What a reaction on an answer means. Telegram lets a bot choose among its own reactions only: docs/staff.md lists these.
const (
	emojiAccepted  = "👌" // the channel took it
	emojiDelivered = "👍" // it is on the customer's device
	emojiRead      = "👀" // the customer has seen it
	emojiFailed    = "💔" // it did not arrive; a short post says why
	emojiHeld      = "✍" // it has not gone yet: until then it can be changed, or taken back
	emojiUndone    = "👎" // it was taken back before it went
)

// progress shows how far an answer has come.
func (k *keeper) progress(v fallback.View, i int) {
	r := &k.Replies[i]
	d := v.Delivery(r.Delivery)
	if d == nil {
		return
	}
	emoji, why, reason := standing(v, d)
	if emoji != "" && emoji != r.Shown {
		r.Shown = emoji
		group, _, _ := strings.Cut(d.Metadata[fallback.StaffMessage], ":")
		k.desk.react.put(target{group, r.On}, emoji)
	}
	if why != "" && !r.Told {
		r.Told = true
		k.Says = append(k.Says, saying{Why: why, On: r.On, Of: d.ID, Reason: reason})
	}
	if emoji == emojiRead || emoji == emojiUndone {
		k.Replies = slices.Delete(k.Replies, i, i+1)
	}
}

// standing is how far a delivery has come, as the reaction for it; why, when there is something to be said in words.
func standing(v fallback.View, d *fallback.Delivery) (emoji, why, reason string) {
	for i := len(d.Route) - 1; i >= 0; i-- {
		if d.Route[i].Message == 0 {
			continue
		}
		s := v.MessageState(d.Route[i].Message)
		switch {
		case s.Level >= bots.Read:
			return emojiRead, "", ""
		case s.Level == bots.Delivered:
			return emojiDelivered, "", ""
		case s.Failed && d.State.Final():
			return emojiFailed, sayFailed, s.Fault.String()
		case s.Level == bots.Accepted && !s.Failed:
			return emojiAccepted, "", ""
		}
	}
	switch d.State {
	case fallback.Scheduled:
		return emojiHeld, "", ""
	case fallback.Cancelled: // by whoever wrote it; or with other words another one goes in its place, and shows itself
		return emojiUndone, "", ""
	case fallback.Unconfirmed:
		return "", sayUncertain, ""
	case fallback.Failed, fallback.Skipped, fallback.Expired, fallback.RefusedState:
		return emojiFailed, sayFailed, d.Reason
	}
	return "", "", ""
}

// target is a message of a group.
type target struct{ group, message string }

// reactions puts emoji on messages, one after the other, beside everything else. What a message shows is the last that was wanted;
// a reaction that cannot be put is only missed, as the next one shows more.
type reactions struct {
	bot Reactor
	log *slog.Logger

	mu   sync.Mutex
	want map[target]string
	next []target
	bell chan struct{}
}

const (
	reactTries = 3
	reactPace  = 200 * time.Millisecond
	reactRest  = time.Minute // the longest that a call to wait is obeyed
	maxWanted  = 1000
)

func newReactions(bot Reactor, log *slog.Logger) *reactions {
	return &reactions{bot: bot, log: log, want: map[target]string{}, bell: make(chan struct{}, 1)}
}

func (r *reactions) put(at target, emoji string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, waits := r.want[at]; !waits {
		if len(r.next) >= maxWanted {
			return
		}
		r.next = append(r.next, at)
	}
	r.want[at] = emoji
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

func (r *reactions) take() (at target, emoji string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.next) == 0 {
		return at, "", false
	}
	at = r.next[0]
	r.next = r.next[1:]
	emoji = r.want[at]
	delete(r.want, at)
	return at, emoji, true
}

func (r *reactions) run(ctx context.Context) {
	for {
		at, emoji, ok := r.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-r.bell:
			}
			continue
		}
		r.show(ctx, at, emoji)
		if !rest(ctx, reactPace) {
			return
		}
	}
}

// show puts one reaction, and tries again while that may help.
func (r *reactions) show(ctx context.Context, at target, emoji string) {
	for try := range reactTries {
		err := r.bot.React(ctx, at.group, at.message, emoji)
		if err == nil || ctx.Err() != nil {
			return
		}
		fault := bots.FaultOf(err)
		again := fault.Fault == bots.Temporary || fault.Fault == bots.Uncertain
		if !again || try == reactTries-1 {
			r.log.Warn("a reaction could not be put on a message of staff", "group", at.group, "err", err)
			return
		}
		if !rest(ctx, min(max(fault.RetryAfter, time.Second<<try), reactRest)) {
			return
		}
	}
}

func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
