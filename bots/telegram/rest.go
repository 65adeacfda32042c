package telegram

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"kaskad/bots"
)

const (
	firstRest = time.Second
	// Telegram slows down whoever repeats an offset within 3 s, and within half a second answers one update at a time.
	sameOffset  = 3 * time.Second
	longestRest = 30 * time.Second
	tokenRest   = 5 * time.Minute // nothing changes by itself
)

// errNoIDs is an answer with updates that nobody can confirm.
var errNoIDs = errors.New("the updates have no ids")

// notReceived is an error of ours, not of Telegram.
type notReceived struct{ error }

func (e notReceived) Unwrap() error { return e.error }

// trouble is the present run of failures. It is logged when it begins and when it changes, not at every try.
type trouble struct {
	since time.Time
	tries int
	said  string
}

// over ends it: Telegram answered.
func (t *trouble) over(log *slog.Logger) {
	if t.said != "" && !t.since.IsZero() {
		log.Info("telegram answers again", "after", time.Since(t.since).Round(time.Second))
	}
	*t = trouble{}
}

// rest waits before the next round: not at all after success.
func (p *poller) rest(ctx context.Context, err error) {
	if err == nil {
		return
	}
	t := &p.trouble
	if t.tries == 0 {
		t.since = time.Now()
	}
	t.tries++
	sentence, wait := advice(err, t.tries)
	if rivaled(err) {
		now := time.Now()
		wait = p.rival.meet(now)
		if p.rival.met == 1 {
			p.rivalSince.Store(&now)
		}
	}
	level := slog.LevelDebug
	if t.said != sentence {
		level = slog.LevelWarn
	}
	t.said = sentence
	p.opt.Log.Log(ctx, level, sentence, "err", err, "again_in", wait.Round(time.Millisecond))
	sleep(ctx, wait)
}

// advice says what a failed round means, and how long to wait after so many of them.
func advice(err error, tries int) (sentence string, wait time.Duration) {
	fault := bots.FaultOf(err)
	switch {
	case errors.As(err, new(notReceived)):
		return "updates could not be stored: telegram keeps them and is asked again", backOff(sameOffset, tries)
	case errors.Is(err, errNoIDs):
		return "telegram sent updates without ids", backOff(sameOffset, tries)
	case webhookSet(err):
		return "telegram has a webhook although updates are polled: it is removed again; is the token used elsewhere?", backOff(sameOffset, tries)
	case rivaled(err):
		return "another program polls telegram with the same token: only one may, stop the other", rivalFirst
	case fault.Fault == bots.Misconfigured:
		return "telegram does not know the token: check [telegram] token and api_url", max(backOff(sameOffset, tries), min(tokenRest, time.Duration(tries)*longestRest))
	case fault.RetryAfter > 0:
		return "telegram asks for a pause", fault.RetryAfter
	}
	return "telegram could not be asked for updates", backOff(firstRest, tries)
}

// webhookSet reports whether a poll failed because there is a webhook now.
func webhookSet(err error) bool {
	return bots.FaultOf(err).Code == "409" && strings.Contains(strings.ToLower(err.Error()), "webhook")
}

// rivaled reports whether a poll was ended by another program's.
func rivaled(err error) bool { return bots.FaultOf(err).Code == "409" && !webhookSet(err) }

// backOff doubles from first to longestRest.
func backOff(first time.Duration, tries int) time.Duration {
	return backOffTo(first, longestRest, tries)
}

// backOffTo doubles from first to most. A part is left to chance, so that many gateways do not knock together.
func backOffTo(first, most time.Duration, tries int) time.Duration {
	d := most
	if tries < 10 {
		d = min(first<<(tries-1), most)
	}
	return d + rand.N(d/4+1)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
