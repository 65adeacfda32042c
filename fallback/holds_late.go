package fallback

import (
	"context"
	"time"

	"kaskad/bots"
)

// Some channels take a message and say later that they refuse our account: no money, a lock. Neither a check that succeeds nor a
// message that is taken proves then that all is well. After a check that succeeds one message is tried, and the sender rests until
// its failure would have been told; only then does it count as well. Who falls out again soon is checked as late as the last time, so
// that few messages are lost in this way however long it lasts.

const (
	trialRest = time.Minute      // a failure is told within seconds of the message
	lapseLife = time.Hour        // what came back is watched for so long
	staleTold = 10 * time.Minute // a failure told later than that says nothing about the account now
)

// lapse is how a sender stood when it came back: the checks it had taken, and when.
type lapse struct {
	probes int
	at     time.Time
}

// accuse puts a sender aside of which a message failed that it had taken. It says when to check it, and whether it is news.
func (h *holds) accuse(sender string, now time.Time) (check time.Time, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.of(sender)
	if last := h.lapses[sender]; !have.late && now.Sub(last.at) < lapseLife {
		have.probes = max(have.probes, last.probes)
	}
	have.late = true
	news = have.blame(now)
	return have.until, news
}

// lasted takes a message that was taken after a check succeeded; it reports whether an earlier one has lasted.
func (have *hold) lasted(now time.Time) bool {
	if have.fault {
		return false // it was under way when others failed
	}
	if !have.proven {
		have.proven, have.until = true, now.Add(trialRest)
	}
	return !now.Before(have.until)
}

// trial reports whether a channel is to take one message, and no other before that is known to be taken.
func (h *holds) trial(senders []string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range senders {
		if have := h.senders[name]; !have.on(now) {
			return have != nil && (have.down || have.late && !have.proven)
		}
	}
	return false
}

// doubts reports whether a sender's messages may fail after they were taken.
func (h *holds) doubts(sender string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.senders[sender]
	return have != nil && have.late
}

// reported draws the conclusions of a failed receipt for the lane, as settled does of the answer to a send.
func (e *Engine) reported(ctx context.Context, ev *bots.Event) {
	r := ev.Receipt
	if ev.Kind != bots.Reported || r == nil || !r.Failed || e.Senders[r.Sender] == nil {
		return
	}
	now := time.Now()
	if !r.At.IsZero() && now.Sub(r.At) > staleTold {
		return
	}
	if drops(ev.Channel, &bots.SendError{Fault: r.Fault, AdsOnly: r.AdsOnly}) {
		e.counted(ev.Channel, true, now)
	}
	if r.Fault != bots.Misconfigured {
		return
	}
	if at, news := e.holds.accuse(r.Sender, now); news {
		e.look()
		e.Log.Error("sender took a message and refuses our account; it is not used until a check succeeds", "channel", ev.Channel, "sender", r.Sender, "reason", r.Reason, "next_check", at)
	}
	e.ears.refuses(ctx, ev.Channel, r.Sender, true, now)
}
