package api

import (
	"net/http"
	"sync"
	"time"
)

// trials bounds how often something elsewhere is called because somebody tries whether it is reached: whoever has got hold of a key makes no
// hammer of the gateway. Those of all are counted together, because several webhooks may have one address.
type trials struct {
	mu sync.Mutex
	at []time.Time
}

const (
	mostTrials  = 10 // in trialWindow
	trialWindow = time.Minute
)

// begin counts a trial, or says how long it has to wait.
func (t *trials) begin(now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.at) == mostTrials {
		wait := t.at[0].Add(trialWindow).Sub(now)
		if wait > 0 && wait <= trialWindow { // not one of before the clock was put back
			p := problem(http.StatusTooManyRequests, "too_many_tests", "", "%d tests were made in the last minute, as many as there may be. Make it again in %d seconds.", mostTrials, seconds(wait))
			p.retryAfter = seconds(wait)
			return p
		}
		t.at = append(t.at[:0], t.at[1:]...)
	}
	t.at = append(t.at, now)
	return nil
}

// seconds are whole ones, and enough.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }
